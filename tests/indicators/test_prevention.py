"""The formulas of prevention agree with what the capabilities themselves count."""

from datetime import date, timedelta
from random import Random
from typing import Any

from service.accidents import commands as accidents
from service.accidents import queries as tolls
from service.accidents.commands import First
from service.accidents.rules import Toll
from service.duties import enterprise
from service.hazards import queries as hazards
from service.indicators import queries
from service.indicators.rules import Measured
from service.post_cards import commands as cards
from service.post_cards import queries as understanding
from service.post_cards.commands import Content
from service.post_cards.rules import CardKind, OutOfDate, Question
from tenants.wall import current, tenant_transaction
from tests.guidance.conftest import noon
from tests.guidance.conftest import turn as turn
from tests.hazards.conftest import Desk
from tests.hazards.conftest import desk as desk

SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)


async def measured(desk: Desk, code: str) -> Measured | None:
    async with tenant_transaction(desk.world.committee().scope, read_only=True):
        values = await queries.measure(SINCE, UNTIL)
    return values[code].get(desk.shop.tenant_id)


async def test_deaths_and_latency_agree_with_the_counts_of_accidents(desk: Desk, turn: Any) -> None:
    draw = Random(20260302)
    turn(date(2027, 2, 1))
    assert await measured(desk, "deaths_commerce") == Measured(0, None)
    for number in range(25):
        happened = noon(date(2025, 12, 20)) + timedelta(hours=16 * 24 * number + draw.randrange(24))
        known = happened + timedelta(minutes=draw.randrange(30))
        reported = known + timedelta(minutes=draw.choice((0, 59, 60, 61, 300)))
        first = First(happened, known, "跌落", Toll(draw.randrange(4)), reported)
        row = await desk.do(accidents.report, desk.shop.id, first)
        if draw.random() < 0.3:
            await desk.do(accidents.mark_concealed, row.id, "瞒报")
    async with tenant_transaction(desk.world.committee().scope, read_only=True):
        counted = (await tolls.counts(2026))[desk.shop.tenant_id]

    assert 0 < counted.latency.numerator < counted.latency.denominator < 25
    assert await measured(desk, "deaths_commerce") == Measured(counted.deaths, None)
    assert await measured(desk, "report_latency") == Measured(
        counted.latency.numerator, counted.latency.denominator
    )


async def test_what_was_dismissed_or_merged_is_no_hazard_in_any_formula(
    desk: Desk, turn: Any
) -> None:
    turn(date(2026, 3, 2))
    kept = [await desk.report(description=f"隐患{number}") for number in range(3)]
    gone = await desk.report(description="误报的隐患")
    merged = await desk.report(description="重复的隐患")
    async with tenant_transaction(desk.world.towns[0].scope("account:officer")):
        await current().fetch(
            "update hazards set grade = 'MAJOR', due_on = '2026-04-01' where id = any($1)",
            [row.id for row in (*kept, gone, merged)],
        )
        await current().fetch(
            "update hazards set state = 'CLOSED', closed_on = '2026-03-20' where id = $1",
            kept[0].id,
        )
        await current().fetch("update hazards set state = 'DISMISSED' where id = $1", gone.id)
        await current().fetch(
            "update hazards set state = 'MERGED', merged_into = $2 where id = $1",
            merged.id,
            kept[1].id,
        )
    async with tenant_transaction(desk.world.committee().scope, read_only=True):
        counted = (await hazards.counts(SINCE, UNTIL))[desk.shop.tenant_id]

    assert await measured(desk, "hazard_closure") == Measured(1, 3)
    assert (counted.closure.numerator, counted.closure.denominator) == (1, 3)
    assert await measured(desk, "hazard_on_time") == Measured(1, 3)
    assert await measured(desk, "major_five_conditions") == Measured(0, 2)


async def test_coverage_and_understanding_agree_with_the_counts_of_cards(
    desk: Desk, turn: Any
) -> None:
    draw, checks = Random(20260303), []
    days = [date(2026, 2, day) for day in (3, 10, 20, 27)] + [date(2025, 12, 1)]
    for number in range(6):
        turn(date(2026, 3, 2))
        post = await desk.do(
            enterprise.open_post, desk.shop.enterprise_id, f"岗位{number}", date(2026, 3, 2)
        )
        for kind in CardKind:
            for day in draw.sample(days, 2):
                turn(day)
                if number and draw.random() < 0.2:
                    continue
                quiz = (Question("问", ("甲", "乙"), 1),)
                card = await desk.do(cards.write, post.id, kind, Content(("一",), quiz))
                checks.append((day, card.id))
    for day, card_id in checks:
        turn(day)
        async with tenant_transaction(desk.world.towns[0].scope("account:party")):
            try:
                await cards.issue(card_id, ["周示例"])
            except OutOfDate:
                continue
            (issue,) = (await understanding.issues_of([card_id]))[card_id]
            await cards.take_quiz(issue.id, [draw.choice((1, 2))])
    async with tenant_transaction(desk.world.committee().scope, read_only=True):
        covered = (await understanding.coverage(UNTIL))[desk.shop.tenant_id]
        passed = (await understanding.understood(SINCE, UNTIL))[desk.shop.tenant_id]
    kinds = passed.values()

    assert 0 < covered.numerator < covered.denominator == 6
    assert await measured(desk, "post_coverage") == Measured(covered.numerator, 6)
    assert await measured(desk, "understood") == Measured(
        sum(one.numerator for one in kinds), sum(one.denominator for one in kinds)
    )
