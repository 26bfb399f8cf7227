"""Accidents in the database: reported, supplemented, corrected, concealed; the heads called."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tortoise.exceptions import BaseORMException

from service import clock
from service.accidents import commands, queries
from service.accidents.commands import First
from service.accidents.records import Accident, AccidentReport
from service.accidents.rules import Level, SupplementTooLate, Toll
from service.errors import Conflict, Invalid, NotFound
from service.guidance.records import KeyEvent
from service.ids import new_id
from tenants.wall import current, tenant_transaction
from tests.guidance.conftest import noon
from tests.hazards.conftest import Desk

DAY = date(2026, 3, 2)
HAPPENED = noon(DAY) - timedelta(hours=2)


def first(**more: Any) -> First:
    given = {
        "occurred_at": HAPPENED,
        "known_at": HAPPENED + timedelta(minutes=10),
        "summary": "货架倒塌",
        "toll": Toll(1, 2, 300_000),
        **more,
    }
    return First(**given)


async def report(desk: Desk, **more: Any) -> Accident:
    row: Accident = await desk.do(commands.report, desk.shop.id, first(**more))
    return row


async def rows(desk: Desk) -> tuple[list[Accident], list[AccidentReport]]:
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        return await Accident.all(), await AccidentReport.all().order_by("number")


async def counted(desk: Desk, year: int = 2026) -> queries.Counts:
    async with tenant_transaction(desk.world.committee().scope, read_only=True):
        return (await queries.counts(year)).get(desk.shop.tenant_id, queries.NONE)


async def test_every_number_that_was_reported_stays_readable(desk: Desk, turn: Any) -> None:
    turn(DAY)
    made = await report(desk)
    turn(DAY + timedelta(days=30))
    await desk.do(commands.supplement, made.id, Toll(3, 0, 300_000), "两人医治无效")
    turn(DAY + timedelta(days=31))
    with pytest.raises(SupplementTooLate):
        await desk.do(commands.supplement, made.id, Toll(4, 0, 300_000), "又一人")
    before = await rows(desk)
    await desk.do(commands.correct, made.id, Toll(2, 1, 300_000), "误报一人")
    (row,), reports = await rows(desk)

    assert [one.version for one in before[0]] == [2]
    assert [(one.number, one.kind, one.deaths, one.serious_injuries) for one in reports] == [
        (1, "FIRST", 1, 2), (2, "SUPPLEMENT", 3, 0), (3, "CORRECTION", 2, 1),
    ]  # fmt: skip
    assert (row.deaths, row.serious_injuries, row.version) == (2, 1, 3)


async def test_one_accident_is_reported_once_and_a_refusal_leaves_nothing(
    desk: Desk, turn: Any
) -> None:
    turn(DAY)
    await report(desk)
    before = await rows(desk)
    other = new_id()

    with pytest.raises(Conflict):
        await report(desk, summary="又报一次")
    with pytest.raises(Invalid, match="future"):
        await report(
            desk, occurred_at=HAPPENED - timedelta(1), reported_at=noon(DAY + timedelta(1))
        )
    with pytest.raises(NotFound):
        await desk.do(commands.report, desk.shop.id, first(), other)
    with pytest.raises(Invalid, match="arrives"):
        await desk.do(
            commands.report, desk.shop.id, first(reported_at=HAPPENED), desk.shop.enterprise_id
        )

    assert await rows(desk) == before


async def test_the_year_is_that_of_china_and_counts_deaths_levels_and_latency(
    desk: Desk, turn: Any
) -> None:
    new_year = datetime(2026, 1, 1, tzinfo=clock.SHANGHAI)
    turn(DAY)
    last = new_year - timedelta(seconds=1)
    await report(desk, occurred_at=last, known_at=last, toll=Toll(7))
    await report(
        desk, occurred_at=new_year, known_at=new_year, toll=Toll(3),
        reported_at=new_year + timedelta(minutes=60),
    )  # fmt: skip
    late = await report(desk, toll=Toll(1))
    assert await counted(desk) == queries.Counts(
        2, 4, 0, 0, {Level.LARGER: 1, Level.ORDINARY: 1}, queries.Ratio(1, 2)
    )
    prompt = await report(desk, occurred_at=noon(DAY), known_at=noon(DAY))
    assert (await counted(desk)).latency == queries.Ratio(2, 3)
    await desk.do(commands.mark_concealed, prompt.id, "先瞒后报")
    with pytest.raises(Conflict):
        await desk.do(commands.mark_concealed, prompt.id, "再记一次")

    found = await counted(desk)
    assert (found.latency, found.concealed, found.deaths) == (queries.Ratio(1, 3), 1, 5)
    assert (await counted(desk, 2025)).deaths == 7
    assert late.id != prompt.id


async def test_an_accident_calls_the_heads_of_its_premises_by_itself(
    desk: Desk, turn: Any, work: Any
) -> None:
    turn(DAY)
    made = await report(desk)
    assert "accidents.call_heads" in await work()

    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        (event,) = await KeyEvent.all()
    assert (event.kind, event.premises_id, event.at) == ("ACCIDENT", desk.shop.id, made.occurred_at)


@pytest.mark.parametrize(
    "sql",
    [
        "update accidents set reported_at = known_at",
        "delete from accidents",
        "update accident_reports set deaths = 0",
        "delete from accident_reports",
        "update accidents set deaths = -1",
        "update accidents set concealed_at = now()",
    ],
)
async def test_nobody_rewrites_an_accident_past_the_commands(
    desk: Desk, turn: Any, sql: str
) -> None:
    turn(DAY)
    await report(desk)
    before = await rows(desk)

    with pytest.raises(BaseORMException):
        async with tenant_transaction(desk.world.towns[0].scope()):
            await current().fetch(sql)

    assert await rows(desk) == before
