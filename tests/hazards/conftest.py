"""A town with one shop, and hazards brought to a state the way officers bring them there."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.hazards import commands
from service.hazards.records import Hazard
from service.hazards.rules import Authority, Category, Grade, Plan, Source, State
from service.register.commands import add_premises, enrol_enterprise
from service.register.records import Premises
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import World

TODAY = clock.legal_day(clock.now())
PLAN = Plan("周示例", "更换疏散指示", 120_000, TODAY, "停业疏散")


async def open_shop(world: World, town: int = 0, name: str = "安商甲店") -> Premises:
    """A new enterprise of a town with its premises."""
    owner = world.towns[town].owner
    async with tenant_transaction(world.towns[town].scope()):
        enterprise = await enrol_enterprise(owner, name=name, alternate_id=f"旧照{name}")
        return await add_premises(
            enterprise.id, name=name, address="某路1号", latitude=29.6, longitude=106.5
        )


def member(world: World, role: Role, key: str, town: int = 0, **more: Any) -> Principal:
    """Somebody of a town who acts under a name of their own."""
    base = world.towns[town].principal(role)
    return replace(base, key=key, scope=world.towns[town].scope(key), **more)


@dataclass
class Desk:
    """One town's desk: the enterprise puts right, the officer verifies."""

    world: World
    shop: Premises

    async def do(self, act: Any, *args: Any, actor: str = "account:officer", **named: Any) -> Any:
        """One command in a transaction of its own."""
        async with tenant_transaction(self.world.towns[0].scope(actor)):
            return await act(*args, **named)

    async def report(self, **changes: Any) -> Hazard:
        """A hazard that was found."""
        given = {
            "category": Category.FIRE,
            "description": "疏散通道堵塞",
            "source": Source.INSPECTION,
            **changes,
        }
        hazard: Hazard = await self.do(commands.report, self.shop.id, **given)
        return hazard

    async def at(
        self, state: State, grade: Grade = Grade.GENERAL, *, due_on: date | None = None
    ) -> Hazard:
        """A hazard brought to a state on the straight way."""
        hazard = await self.report()
        way = [
            (State.GRADED, lambda i: self.do(commands.grade, i, grade, criterion=_law(grade))),
            (
                State.ASSIGNED,
                lambda i: self.do(commands.assign, i, responsible="周示例", due_on=due_on or TODAY),
            ),
            (
                State.RECTIFYING,
                lambda i: self.do(commands.plan, i, PLAN, actor="account:enterprise"),
            ),
            (
                State.SELF_CHECKED,
                lambda i: self.do(commands.submit, i, "已更换", actor="account:enterprise"),
            ),
            (State.VERIFIED, lambda i: self.do(commands.verify, i, "现场复核合格")),
            (State.CLOSED, lambda i: self.close(i, grade)),
        ]
        for reached, act in way:
            if hazard.state == state.value:
                return hazard
            hazard = await act(hazard.id)
            assert hazard.state == reached.value
        assert hazard.state == state.value
        return hazard

    async def close(self, hazard_id: UUID, grade: Grade = Grade.GENERAL) -> Hazard:
        """Reported where it must be, and closed."""
        for to in Authority if grade is Grade.MAJOR else ():
            await self.do(commands.record_report, hazard_id, to, TODAY)
        hazard: Hazard = await self.do(commands.close, hazard_id)
        return hazard

    async def backdate(self, hazard: Hazard, **days: int) -> None:
        """As if days had passed since: `due_on=3` is three days ago."""
        changes = {name: TODAY - timedelta(days=ago) for name, ago in days.items()}
        async with tenant_transaction(self.world.towns[0].scope()):
            await Hazard.filter(id=hazard.id).update(**changes)

    async def reload(self, hazard: Hazard) -> Hazard:
        """The hazard as it stands now."""
        async with tenant_transaction(self.world.towns[0].scope(), read_only=True):
            return await Hazard.get(id=hazard.id)


def _law(grade: Grade) -> str | None:
    return "FIRE" if grade is Grade.MAJOR else None


@pytest.fixture
async def desk(world: World) -> Desk:
    """The first town's desk."""
    return Desk(world, await open_shop(world))
