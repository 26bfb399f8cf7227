"""A shop whose units check themselves, with the clock where a test wants it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from service import clock
from service.register.records import Premises
from service.routine_checks import commands, generation
from service.routine_checks.records import CheckRoutine, RoutineCheck
from service.routine_checks.rules import Kind, Version
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.hazards.conftest import open_shop

MONDAY = date(2026, 3, 2)
ITEMS = ("疏散通道", "灭火器", "配电箱")


@dataclass
class Desk:
    """One shop of one town."""

    world: World
    shop: Premises
    monkeypatch: pytest.MonkeyPatch

    def at(self, day: date, hour: int = 4) -> datetime:
        """From now on it is that hour (UTC) of that day."""
        instant = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        self.monkeypatch.setattr(clock, "now", lambda: instant)
        return instant

    async def do(self, act: Any, *args: Any, **named: Any) -> Any:
        """One command in a transaction of its own."""
        async with tenant_transaction(self.world.towns[0].scope("account:party")):
            return await act(*args, **named)

    async def routine(self, kind: Kind = Kind.DAILY_TEAM, **version: Any) -> CheckRoutine:
        """A routine from Monday on."""
        given = {"number": 0, "effective_from": MONDAY, "items": ITEMS, **version}
        made: CheckRoutine = await self.do(
            commands.create, self.shop.id, kind=kind, unit="收银组", version=Version(**given)
        )
        return made

    async def run(self, day: date) -> None:
        """The clock's task as it runs on a day."""
        self.at(day)
        await generation.generate(self.world.district_id, day)
        await generation.mark_missed(self.world.district_id, day)

    async def checks(self) -> list[RoutineCheck]:
        """All checks, oldest first."""
        async with tenant_transaction(self.world.towns[0].scope(), read_only=True):
            return await RoutineCheck.all().order_by("due_on", "id")


@pytest.fixture
async def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The desk of the first town's shop, on a Monday."""
    made = Desk(world, await open_shop(world), monkeypatch)
    made.at(MONDAY)
    return made


def day(after: int) -> date:
    """So many days after Monday."""
    return MONDAY + timedelta(days=after)
