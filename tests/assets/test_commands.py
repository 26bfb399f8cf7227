"""Equipment in the database: due by law or by its report, told of in time, counted on the day."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.exceptions import BaseORMException

from service.assets import commands, queries
from service.assets.commands import Report
from service.assets.records import Asset, AssetCheck
from service.assets.rules import Retired, Standing, alarm_step, standing
from service.errors import Conflict, Invalid, NotFound
from service.hazards.indicators import Ratio
from service.ids import new_id
from service.indicators import queries as indicators
from service.indicators.rules import Measured
from service.register import changing
from service.register.rules import EnterpriseStatus
from tenants.wall import current, tenant_transaction
from tests.guidance.conftest import turn as turn
from tests.hazards.conftest import Desk, open_shop
from tests.hazards.conftest import desk as desk

DAY = date(2026, 3, 2)
REPORT = Report(DAY, True, "某特检院", "TJ-1")


async def lift(desk: Desk, serial: str = "3010", due: date = DAY, **more: Any) -> Asset:
    row: Asset = await desk.do(
        commands.register, desk.shop.id, "LIFT", name="客梯", serial=serial, next_due_on=due, **more
    )
    return row


async def measured(desk: Desk, until: date) -> Measured | None:
    async with tenant_transaction(desk.world.committee().scope, read_only=True):
        values = await indicators.measure(until.replace(day=1), until)
    return values["assets_in_date"].get(desk.shop.tenant_id)


async def events(desk: Desk) -> dict[str, int]:
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        rows = await current().fetch(
            "select event, count(*)::int as n from outbox_events where tenant_id = $1"
            " and event in ('assets.due_soon', 'assets.overdue') group by 1",
            desk.shop.tenant_id,
        )
    return {row["event"]: row["n"] for row in rows}


@pytest.mark.parametrize(
    ("due", "fit", "retired", "wanted"),
    [
        (DAY, True, None, Standing.IN_DATE),
        (DAY - timedelta(days=1), True, None, Standing.OVERDUE),
        (DAY, False, None, Standing.UNFIT),
        (DAY - timedelta(days=1), False, None, Standing.UNFIT),
        (DAY - timedelta(days=1), True, DAY, Standing.RETIRED),
        (DAY, True, DAY + timedelta(days=1), Standing.IN_DATE),
    ],
)
def test_the_last_day_itself_is_in_date(
    due: date, fit: bool, retired: date | None, wanted: Standing
) -> None:
    assert standing(due, fit, retired, DAY) is wanted


@given(st.lists(st.integers(-5, 60), max_size=30, unique=True))
def test_whatever_runs_are_missed_each_step_is_told_once_and_overdue_is_never_lost(
    runs: list[int],
) -> None:
    last: int | None = None
    told = []
    for left in sorted(runs, reverse=True):
        step = alarm_step(DAY + timedelta(days=left), DAY, (30, 7), last)
        if step is not None:
            told.append(step)
            last = step
    assert told == sorted(set(told), reverse=True)
    assert (-1 in told) is any(left < 0 for left in runs)
    assert (7 in told) is any(0 <= left <= 7 for left in runs)


async def test_it_is_due_by_its_report_or_an_interval_after_it(desk: Desk, turn: Any) -> None:
    turn(DAY)
    row = await lift(desk, due=DAY - timedelta(days=400))
    assert row.next_due_on == DAY - timedelta(days=400)

    by_law = await desk.do(commands.inspect, row.id, REPORT)
    assert (by_law.next_due_on, by_law.fit) == (date(2027, 3, 2), True)
    stated = replace(REPORT, number="TJ-2", next_due_on=date(2026, 9, 30))
    assert (await desk.do(commands.inspect, row.id, stated)).next_due_on == date(2026, 9, 30)
    failed = replace(REPORT, number="TJ-3", passed=False, next_due_on=date(2027, 1, 1))
    unfit = await desk.do(commands.inspect, row.id, failed)
    assert (unfit.next_due_on, unfit.fit) == (DAY, False)
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        assert [
            (check.number, check.report, check.passed)
            for check in (await queries.checks_of([row.id]))[row.id]
        ] == [(3, "TJ-3", False), (2, "TJ-2", True), (1, "TJ-1", True)]
        known = await queries.kinds(DAY)
    assert {rule.topic: rule.number for rule in known}["LIGHTNING_PROTECTION_HAZARDOUS"] == 6
    half = await desk.do(
        commands.register, desk.shop.id, "LIGHTNING_PROTECTION_HAZARDOUS", name="防雷装置",
        serial="1#", last_checked_on=date(2025, 8, 31),
    )  # fmt: skip
    assert half.next_due_on == date(2026, 2, 28)


async def test_what_cannot_be_is_refused_and_changes_nothing(desk: Desk, turn: Any) -> None:
    turn(DAY)
    row = await lift(desk)
    await desk.do(commands.inspect, row.id, REPORT)
    for wrong, error in (
        (replace(REPORT, checked_on=DAY + timedelta(days=1)), Invalid),
        (replace(REPORT, checked_on=DAY - timedelta(days=1)), Invalid),
        (replace(REPORT, next_due_on=DAY), Invalid),
        (replace(REPORT, next_due_on=date(2040, 1, 1)), Invalid),
        (replace(REPORT, body=" "), Invalid),
        (replace(REPORT, number="长" * 61), Invalid),
        (replace(REPORT, evidence_id=new_id()), NotFound),
    ):
        with pytest.raises(error):
            await desk.do(commands.inspect, row.id, wrong)
    for changed, refused in (
        ({"kind": "SPACESHIP"}, Invalid),
        ({"serial": " "}, Invalid),
        ({"next_due_on": None}, Invalid),
        ({"last_checked_on": DAY + timedelta(days=1)}, Invalid),
        ({"last_checked_on": DAY, "next_due_on": DAY}, Invalid),
        ({"next_due_on": date(2040, 1, 1)}, Invalid),
        ({"party": new_id()}, NotFound),
        ({}, Conflict),
    ):
        given_ = {"kind": "LIFT", "name": "客梯", "serial": "3010", "next_due_on": DAY, **changed}
        with pytest.raises(refused):
            await desk.do(commands.register, desk.shop.id, **given_)
    with pytest.raises(NotFound):
        await desk.do(commands.inspect, row.id, REPORT, new_id())
    async with tenant_transaction(desk.world.towns[1].scope()):
        with pytest.raises(NotFound):
            await commands.retire(row.id, "拆除")
    with pytest.raises(BaseORMException):
        await desk.do(_spoil)
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        assert (await Asset.all().count(), await AssetCheck.all().count()) == (1, 1)
        assert (await Asset.get(id=row.id)).next_due_on == date(2027, 3, 2)


async def _spoil() -> None:
    await current().fetch("update assets set fit = false")


async def test_it_is_told_of_before_and_after_the_day_although_nobody_ran(
    desk: Desk, turn: Any
) -> None:
    turn(DAY)
    row = await lift(desk, due=date(2026, 6, 30))
    closed = await open_shop(desk.world, name="已关店")
    await desk.do(commands.register, closed.id, "LIFT", name="旧梯", serial="1", next_due_on=DAY)
    await desk.do(changing.set_premises_status, closed.id, EnterpriseStatus.CLOSED, "搬迁")
    gone = await lift(desk, "3011")
    await desk.do(commands.retire, gone.id, "拆除")
    with pytest.raises(Retired):
        await desk.do(commands.inspect, gone.id, REPORT)
    owner = desk.world.towns[0].owner

    async def run(day: date) -> int:
        turn(day)
        told: int = await desk.do(commands.follow, owner, day)
        return told

    assert [await run(date(2026, 5, 30)), await run(date(2026, 5, 31))] == [0, 1]
    # Nobody ran for weeks: the nearest step is told, and those before it are not made up.
    assert [await run(date(2026, 6, 28)), await run(date(2026, 6, 30))] == [1, 0]
    assert [await run(date(2026, 7, 9)), await run(date(2026, 7, 10))] == [1, 0]
    assert await events(desk) == {"assets.due_soon": 2, "assets.overdue": 1}
    # An inspection begins the count anew.
    passed = replace(REPORT, checked_on=date(2026, 7, 10), next_due_on=date(2026, 8, 1))
    await desk.do(commands.inspect, row.id, passed)
    assert [await run(date(2026, 7, 11)), await run(date(2026, 8, 2))] == [1, 1]
    assert await events(desk) == {"assets.due_soon": 3, "assets.overdue": 2}


async def test_the_share_in_date_is_that_of_the_day(desk: Desk, turn: Any) -> None:
    turn(DAY)
    assert await measured(desk, DAY) is None
    first, second = await lift(desk, "1", date(2026, 3, 20)), await lift(desk, "2")
    await lift(desk, "3", date(2027, 1, 1))
    turn(date(2026, 5, 4))
    await desk.do(commands.inspect, first.id, replace(REPORT, checked_on=date(2026, 4, 10)))
    await desk.do(
        commands.inspect, second.id, replace(REPORT, checked_on=date(2026, 4, 12), passed=False)
    )

    assert await measured(desk, date(2026, 3, 2)) == Measured(3, 3)
    assert await measured(desk, date(2026, 3, 31)) == Measured(1, 3)
    assert await measured(desk, date(2026, 4, 30)) == Measured(2, 3)
    async with tenant_transaction(desk.world.committee().scope, read_only=True):
        (counted,) = (await queries.counts(date(2026, 5, 4)))[desk.shop.tenant_id]
    assert counted == queries.KindCount("LIFT", Ratio(2, 3), 1)
    await desk.do(commands.retire, second.id, "报废")
    assert await measured(desk, date(2026, 5, 31)) == Measured(2, 2)
    assert await measured(desk, date(2026, 4, 30)) == Measured(2, 3)
