"""A town with hazards, and orders brought to a state the way officers bring them there."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from service import clock
from service.hazards import commands as hazards
from service.hazards.records import Hazard
from service.hazards.rules import Category, Grade, Plan, Source
from service.register.records import Premises
from service.supervision import commands
from service.supervision.commands import Decider, Plate
from service.supervision.records import SupervisionOrder
from service.supervision.rules import Level
from tenants.wall import tenant_transaction
from tests.conftest import Work, World
from tests.hazards.conftest import open_shop

TODAY = date(2026, 3, 2)
DEADLINE = date(2026, 6, 30)


@dataclass
class Desk:
    """One town's desk."""

    world: World
    shop: Premises
    monkeypatch: pytest.MonkeyPatch
    work: Work

    def at(self, day: date) -> None:
        """From now on it is noon in China on that day."""
        instant = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        self.monkeypatch.setattr(clock, "now", lambda: instant)

    @property
    def town(self) -> Decider:
        """The town as the one that decides."""
        return Decider(self.world.towns[0].owner, self.world.towns[0].body_id, town=True)

    @property
    def department(self) -> Decider:
        """The fire department as the one that decides."""
        return Decider(self.world.office, self.world.departments["fire"], town=False, line="fire")

    async def do(self, act: Any, *args: Any, actor: str = "account:officer", **named: Any) -> Any:
        """One command of the town in a transaction of its own."""
        async with tenant_transaction(self.world.towns[0].scope(actor)):
            return await act(*args, **named)

    async def district(self, act: Any, *args: Any, **named: Any) -> Any:
        """One command of a department."""
        async with tenant_transaction(self.world.department_scope()):
            return await act(*args, **named)

    async def hazard(self) -> Hazard:
        """A hazard that is assigned and planned."""
        found = await self.do(
            hazards.report,
            self.shop.id,
            category=Category.FIRE,
            description="张某堵塞疏散通道",
            source=Source.INSPECTION,
        )
        await self.do(hazards.grade, found.id, Grade.GENERAL)
        await self.do(hazards.assign, found.id, responsible="周示例", due_on=DEADLINE)
        planned: Hazard = await self.do(
            hazards.plan, found.id, Plan(measures="清理"), actor="account:party"
        )
        return planned

    async def proposed(self, level: Level = Level.KE) -> SupervisionOrder:
        """An order that was proposed."""
        hazard = await self.hazard()
        made: SupervisionOrder = await self.do(commands.propose, hazard.id, level, "久拖不改")
        return made

    async def listed(self, number: str = "示督〔2026〕1号") -> SupervisionOrder:
        """An order of the lowest level that was listed."""
        order = await self.proposed()
        await self.do(commands.approve, order.id, self.town, actor="account:head")
        made: SupervisionOrder = await self.do(
            commands.list_order, order.id, self.town, plate(number)
        )
        return made

    async def reload(self, order: SupervisionOrder) -> SupervisionOrder:
        """The order as it stands now."""
        async with tenant_transaction(self.world.towns[0].scope(), read_only=True):
            return await SupervisionOrder.get(id=order.id)


def plate(number: str = "示督〔2026〕1号", deadline: date = DEADLINE, basis: str = "") -> Plate:
    """What a listing says."""
    return Plate(number, deadline, "李示例", "疏散通道长期堵塞", basis)


@pytest.fixture
async def desk(world: World, work: Work, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The first town's desk, on a Monday."""
    made = Desk(world, await open_shop(world), monkeypatch, work)
    made.at(TODAY)
    return made
