"""Routines in the database: due by their calendars, filled, missed, and never lost."""

import asyncio
from datetime import UTC, date, datetime

import asyncpg
import pytest

from service.administration.commands import change_settings
from service.errors import Conflict, Invalid, NotFound
from service.hazards.records import Hazard
from service.ids import new_id
from service.outbox import OutboxEvent
from service.routine_checks import commands, generation, queries
from service.routine_checks.records import CheckRoutine, CheckRoutineVersion, RoutineCheck
from service.routine_checks.rules import AlreadyFilled, Answer, Closure, Kind, NotYetDue, Version
from tasks.hazards import generate_checks
from tenants.wall import tenant_transaction
from tests.routine_checks.conftest import ITEMS, MONDAY, Desk, day

GOOD = [Answer(n, passed=True) for n in (1, 2, 3)]


async def test_the_clock_makes_up_for_days_without_a_run_and_runs_twice_without_harm(
    desk: Desk,
) -> None:
    await desk.routine(closing_weekdays=frozenset({7}))

    await desk.run(MONDAY)
    await desk.run(day(9))
    await desk.run(day(9))
    await asyncio.gather(*(generation.generate(desk.world.district_id, day(10)) for _ in range(3)))

    found = await desk.checks()
    assert [one.due_on for one in found] == [day(n) for n in (0, 1, 2, 3, 4, 5, 7, 8, 9, 10)]
    assert [one.state for one in found] == ["MISSED"] * 7 + ["DUE"] * 3


async def test_a_failed_item_makes_a_hazard_of_the_enterprise(desk: Desk) -> None:
    await desk.routine()
    await desk.run(MONDAY)
    (check,) = await desk.checks()

    answers = [*GOOD[:1], Answer(2, passed=False, remark="压力不足", category="FIRE"), GOOD[2]]
    done = await desk.do(commands.fill, check.id, answers, party=desk.shop.enterprise_id)

    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        (hazard,) = await Hazard.all()
        kept = (await queries.answers_of([check.id]))[check.id]
        (event,) = await OutboxEvent.filter(event="routine_checks.filled")
    assert done.state == "DONE"
    assert (hazard.source, hazard.category, hazard.description, hazard.found_on) == (
        "SELF_CHECK", "FIRE", "灭火器：压力不足", MONDAY,
    )  # fmt: skip
    assert [(one.text, one.passed, one.hazard_id) for one in kept] == [
        ("疏散通道", True, None), ("灭火器", False, hazard.id), ("配电箱", True, None),
    ]  # fmt: skip
    assert event.payload["hazards"] == [str(hazard.id)]


async def test_a_check_done_off_line_counts_on_the_day_it_was_done(desk: Desk) -> None:
    await desk.routine()
    await desk.run(MONDAY)
    (check,) = await desk.checks()
    desk.at(day(1))

    captured = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)  # 23:59 in China
    done = await desk.do(commands.fill, check.id, GOOD, captured_at=captured)

    assert (done.state, done.captured_at, done.received_at.day) == ("DONE", captured, 3)


async def test_a_check_done_after_its_day_is_late(desk: Desk) -> None:
    await desk.routine()
    await desk.run(MONDAY)
    (check,) = await desk.checks()
    desk.at(day(1))

    done = await desk.do(
        commands.fill, check.id, GOOD, captured_at=datetime(2026, 3, 2, 16, tzinfo=UTC)
    )

    assert done.state == "LATE"


async def test_what_was_missed_stays_missed_and_its_answers_are_kept(desk: Desk) -> None:
    await desk.routine()
    await desk.run(MONDAY)
    await desk.run(day(2))
    check = (await desk.checks())[0]
    assert check.state == "MISSED"

    failed = [*GOOD[:2], Answer(3, passed=False, remark="裸线")]
    done = await desk.do(
        commands.fill, check.id, failed, captured_at=datetime(2026, 3, 2, 4, tzinfo=UTC)
    )

    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        assert len((await queries.answers_of([check.id]))[check.id]) == 3
        assert await Hazard.all().count() == 1
    assert (done.state, done.missed_on) == ("MISSED", day(2))
    with pytest.raises(asyncpg.CheckViolationError):
        async with tenant_transaction(desk.world.towns[0].scope()) as transaction:
            await transaction.client._connection.execute(
                "update routine_checks set state = 'DONE' where state = 'MISSED'"
            )


async def test_a_town_grants_more_days_of_grace(desk: Desk) -> None:
    await desk.routine()
    async with tenant_transaction(desk.world.towns[0].scope()):
        await change_settings(desk.world.towns[0].owner, {"routine_check.late_days": 3})
    await desk.run(MONDAY)

    await desk.run(day(3))
    before = (await desk.checks())[0].state
    await desk.run(day(4))

    assert (before, (await desk.checks())[0].state) == ("DUE", "MISSED")


async def test_a_refused_filling_changes_nothing(desk: Desk) -> None:
    await desk.routine(Kind.WEEKLY_DEPT, due_on=5)
    await desk.run(MONDAY)
    (check,) = await desk.checks()
    other = new_id()

    refusals = [
        (Invalid, GOOD[:2], {}),
        (NotYetDue, GOOD, {"captured_at": datetime(2026, 3, 1, 4, tzinfo=UTC)}),
        (Invalid, GOOD, {"captured_at": datetime(2026, 3, 3, 4, tzinfo=UTC)}),
        (NotFound, GOOD, {"party": other}),
    ]
    for refusal, answers, more in refusals:
        with pytest.raises(refusal):
            await desk.do(commands.fill, check.id, answers, **more)
    (still,) = await desk.checks()
    await desk.do(commands.fill, check.id, GOOD)
    with pytest.raises(AlreadyFilled):
        await desk.do(commands.fill, check.id, GOOD)

    assert (still.state, still.received_at) == ("DUE", None)
    assert len(await desk.checks()) == 1


async def test_two_phones_fill_a_check_once(desk: Desk) -> None:
    await desk.routine()
    await desk.run(MONDAY)
    (check,) = await desk.checks()

    outcomes = await asyncio.gather(
        *(desk.do(commands.fill, check.id, GOOD) for _ in range(3)), return_exceptions=True
    )

    assert sum(isinstance(one, RoutineCheck) for one in outcomes) == 1
    assert sum(isinstance(one, AlreadyFilled) for one in outcomes) == 2


async def test_a_change_keeps_the_past_and_a_closure_moves_what_is_due(desk: Desk) -> None:
    routine = await desk.routine(Kind.WEEKLY_DEPT, due_on=5)
    await desk.run(MONDAY)
    changed = Version(0, day(1), ("气瓶",), 2)
    await desk.do(commands.change, routine.id, changed)
    await desk.do(commands.close_unit, routine.id, Closure(day(4), day(6)), "装修")
    await desk.run(day(7))

    first, second = await desk.checks()
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        items = {row.id: row.items for row in await CheckRoutineVersion.all()}
    assert (first.due_on, items[first.version_id]) == (day(3), list(ITEMS))
    assert (second.due_on, items[second.version_id]) == (day(8), ["气瓶"])


async def test_a_closed_period_and_an_ended_routine_owe_nothing(desk: Desk) -> None:
    routine = await desk.routine(Kind.MONTHLY_MANAGER, due_on=20)
    await desk.run(MONDAY)
    await desk.do(commands.close_unit, routine.id, Closure(day(1), date(2026, 3, 31)), "停业")
    (kept,) = await desk.checks()
    weekly = await desk.do(
        commands.create,
        desk.shop.id,
        kind=Kind.WEEKLY_DEPT,
        unit="安全部",
        version=Version(0, MONDAY, ITEMS, 3),
    )
    await desk.run(MONDAY)
    await desk.do(commands.end, weekly.id, MONDAY)

    # The Monday itself was open, so the month's check falls back on it.
    assert kept.due_on == MONDAY
    assert [one.due_on for one in await desk.checks()] == [MONDAY, MONDAY]
    with pytest.raises(Conflict):
        await desk.do(commands.change, weekly.id, Version(0, day(3), ITEMS))
    with pytest.raises(Conflict):
        await desk.do(commands.end, weekly.id, day(2))


async def test_a_routine_cannot_be_altered_backwards_or_set_up_twice(desk: Desk) -> None:
    routine = await desk.routine()
    desk.at(day(1))

    with pytest.raises(Conflict):
        await desk.routine(effective_from=day(1))
    with pytest.raises(Invalid):
        await desk.routine(effective_from=MONDAY)
    with pytest.raises(Invalid):
        await desk.do(commands.change, routine.id, Version(0, day(1), ITEMS))
    with pytest.raises(Invalid):
        await desk.do(commands.close_unit, routine.id, Closure(day(1), day(2)), "停业")
    with pytest.raises(Invalid):
        await desk.do(commands.end, routine.id, MONDAY)
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        assert await CheckRoutineVersion.all().count() == await CheckRoutine.all().count() == 1


async def test_completion_counts_from_the_calendar_and_not_from_rows(desk: Desk) -> None:
    await desk.routine(closing_weekdays=frozenset({6, 7}))
    await desk.run(day(1))
    first, second = await desk.checks()
    await desk.do(commands.fill, first.id, GOOD, captured_at=datetime(2026, 3, 2, 4, tzinfo=UTC))
    desk.at(day(2))
    await desk.do(commands.fill, second.id, GOOD)
    # No run after Tuesday: three checks have no row, and they are owed all the same.

    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        found = await queries.completion(MONDAY, day(6))
        beside = await queries.completion(day(5), day(6))
    owner = desk.world.towns[0].owner.tenant_id
    one = found[owner, Kind.DAILY_TEAM]
    assert (one.on_time.numerator, one.on_time.denominator, one.late, one.missed) == (1, 5, 1, 3)
    assert beside[owner, Kind.DAILY_TEAM].on_time.value is None


async def test_the_task_runs_in_every_district(desk: Desk) -> None:
    await desk.routine()

    await generate_checks()

    assert [one.due_on for one in await desk.checks()] == [MONDAY]
