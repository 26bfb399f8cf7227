"""A town with a shop, an inspector, a head, and inspections brought to a state by the commands."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.hazards.rules import Category
from service.inspections import commands, visits
from service.inspections.records import Inspection
from service.inspections.rules import ItemResult, Kind, Signature, State
from service.officers.commands import appoint_officer
from service.register.commands import add_premises, enrol_enterprise
from service.register.records import Premises
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import World

TODAY = clock.legal_day(clock.now())
INSPECTOR, HEAD = "account:inspector", "account:head"
ITEMS = ("fire.exit", "gas.alarm")


async def open_shop(world: World, town: int = 0, name: str = "安商甲店") -> Premises:
    """A new enterprise of a town with its premises."""
    owner = world.towns[town].owner
    async with tenant_transaction(world.towns[town].scope()):
        enterprise = await enrol_enterprise(owner, name=name, alternate_id=f"旧照{name}")
        return await add_premises(
            enterprise.id, name=name, address="某路1号", latitude=29.6, longitude=106.5
        )


async def appoint(
    world: World, town: int = 0, count: int = 2, valid_to: date | None = None
) -> list[UUID]:
    """Officers of a town's body."""
    owner = world.towns[town].owner
    made = []
    async with tenant_transaction(world.towns[town].scope()):
        for number in range(count):
            officer = await appoint_officer(
                owner,
                body_code="town",
                name=f"执法员{number}",
                card_no=f"演{owner.tenant_id.hex[:8]}{valid_to or ''}{number}",
                card_valid_to=TODAY + timedelta(days=400),
                skills=["general"],
                base_latitude=29.6,
                base_longitude=106.5,
            )
            if valid_to is not None:  # a card ends by itself; nobody is appointed with such
                officer.card_valid_to = valid_to
                await officer.save(update_fields=["card_valid_to"])
            made.append(officer.id)
    return made


@dataclass
class Patrol:
    """One town's officers and the shop they inspect."""

    world: World
    shop: Premises
    officers: list[UUID]
    town: int = 0

    @property
    def body(self) -> UUID:
        """The town's enforcement body."""
        return self.world.towns[self.town].body_id

    def member(self, role: Role, key: str, **more: Any) -> Principal:
        """Somebody of the town under a name of their own."""
        base = self.world.towns[self.town].principal(role)
        return replace(base, key=key, scope=self.world.towns[self.town].scope(key), **more)

    async def do(self, act: Any, *args: Any, actor: str = INSPECTOR, **named: Any) -> Any:
        """One command in a transaction of its own."""
        async with tenant_transaction(self.world.towns[self.town].scope(actor)):
            return await act(*args, **named)

    async def plan(self, **changes: Any) -> Inspection:
        """A planned task."""
        given = {
            "kind": Kind.ROUTINE,
            "items": ITEMS,
            "basis": "年度检查计划",
            "planned_on": TODAY,
            **changes,
        }
        row: Inspection = await self.do(
            commands.plan_task, self.body, self.shop.id, commands.Task(**given)
        )
        return row

    async def check(self, inspection_id: UUID, *, violated: bool) -> Any:
        """Fill in the checklist."""
        first = (
            visits.Entry(ITEMS[0], ItemResult.NOT_COMPLIANT, "疏散通道堵塞", Category.FIRE)
            if violated
            else visits.Entry(ITEMS[0], ItemResult.COMPLIANT)
        )
        rest = visits.Entry(ITEMS[1], ItemResult.NOT_APPLICABLE)
        return await self.do(visits.record_checks, self.body, inspection_id, [first, rest])

    def record(self, **changes: Any) -> visits.Record:
        """A record that the party signed."""
        given = {
            "findings": "疏散通道堵塞一处",
            "handling": "责令限期整改",
            "signature": Signature.SIGNED,
            "signed_by": "周示例",
            "place": "某路1号",
            **changes,
        }
        return visits.Record(**given)

    async def at(self, state: State, *, until: date | None = None) -> Inspection:
        """An inspection brought to a state."""
        row = await self.plan()
        do, body, last = self.do, self.body, until or TODAY
        refused = self.record(
            signature=Signature.REFUSED, refusal_reason="不认可", refusal_witness="李见证"
        )
        nothing = state is State.NO_ISSUE
        signing = refused if state is State.RECORD_REFUSED else self.record()
        if state is State.VISIT_REFUSED:
            return await do(commands.refuse_visit, row.id, row.enterprise_id, "未出示执法码")
        if state is State.CANCELLED:
            return await do(commands.cancel, body, row.id, "企业停业")
        way = [
            lambda: do(commands.approve, body, row.id, actor=HEAD),
            lambda: do(commands.issue_code, body, row.id),
            lambda: do(commands.check_in, body, row.id, commands.Arrival(self.officers)),
            lambda: self.check(row.id, violated=not nothing),
            lambda: do(visits.sign_record, body, row.id, signing),
            lambda: (
                do(visits.find_nothing, body, row.id)
                if nothing
                else do(visits.order_rectification, body, row.id, "清理通道", last)
            ),
            lambda: do(
                visits.reinspect,
                body,
                row.id,
                visits.Outcome(state is State.CLOSED, "现场复查", self.officers),
            ),
        ]
        for number, act in enumerate(way):
            if row.state == state.value and number != 3:
                break
            row = await act()
        assert row.state == state.value
        return row

    async def reload(self, row: Inspection) -> Inspection:
        """The inspection as it stands now."""
        async with tenant_transaction(self.world.towns[self.town].scope(), read_only=True):
            return await Inspection.get(id=row.id)


@pytest.fixture
async def patrol(world: World) -> Patrol:
    """The first town's officers at a shop."""
    return Patrol(world, await open_shop(world), await appoint(world))
