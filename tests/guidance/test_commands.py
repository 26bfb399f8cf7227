"""Guidance visits in the database: kept late and off line, without force, counted honestly."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from service import clock
from service.errors import Conflict, Invalid, NotFound
from service.guidance import commands, queries
from service.guidance.commands import CheckIn, Finding
from service.guidance.records import GuidanceVisit, KeyEvent
from service.guidance.rules import EventKind, NotGuidance, Place, Rating
from service.hazards.records import Hazard
from service.hazards.rules import Category
from service.ids import new_id
from service.joint.records import FrequencyBudget, JointVisit, PremisesReservation
from service.outbox import OutboxEvent
from service.responsibility.rules import OutOfOffice, WrongPerson
from tenants.records import owned
from tenants.wall import current, tenant_transaction
from tests.guidance.conftest import AT_THE_SHOP, noon, visit
from tests.responsibility.conftest import TODAY, Hall


async def rows_of(hall: Hall, model: Any) -> int:
    async with tenant_transaction(hall.world.towns[0].scope(), read_only=True):
        return int(await model.filter(tenant_id=hall.owner.tenant_id).count())


def ago(**time: int) -> datetime:
    return clock.now() - timedelta(**time)


async def test_a_check_in_without_a_network_is_kept_as_of_its_own_time(hall: Hall) -> None:
    (shop,), (mayor, _) = await hall.plated()
    captured = ago(hours=30)

    row = await visit(hall, mayor, shop, captured, note="  已提醒疏散通道  ")

    assert (row.captured_at, row.happened_at) == (captured, captured)
    assert row.received_at >= captured + timedelta(hours=30)
    assert row.day == clock.legal_day(captured)
    assert (row.flags, row.counts, row.note, row.distance_m) == ([], True, "已提醒疏散通道", 0)


async def test_the_same_check_in_sent_again_is_one_visit(hall: Hall) -> None:
    (shop,), (mayor, _) = await hall.plated()
    captured, finding = ago(hours=1), [Finding(Category.FIRE, "灭火器过期")]

    first = await visit(hall, mayor, shop, captured, findings=finding)
    again = await visit(hall, mayor, shop, captured, findings=finding)

    assert first.id == again.id
    assert (await rows_of(hall, GuidanceVisit), await rows_of(hall, Hazard)) == (1, 1)


async def test_two_devices_at_once_leave_one_visit(hall: Hall) -> None:
    (shop,), (mayor, _) = await hall.plated()
    captured = ago(hours=1)

    done = await asyncio.gather(
        *(visit(hall, mayor, shop, captured) for _ in range(4)), return_exceptions=True
    )

    assert all(isinstance(one, GuidanceVisit | Conflict) for one in done), done
    assert any(isinstance(one, GuidanceVisit) for one in done)
    assert await rows_of(hall, GuidanceVisit) == 1


async def test_far_away_without_position_or_with_a_wrong_clock_is_marked(hall: Hall) -> None:
    (shop,), (mayor, _) = await hall.plated()

    far = await visit(hall, mayor, shop, place=Place(29.7, 106.5))
    nowhere = await visit(hall, mayor, shop, ago(hours=1), place=None)
    ahead = await visit(hall, mayor, shop, ago(days=-30))
    late = await visit(hall, mayor, shop, ago(hours=169))

    assert (far.flags, far.counts) == (["FAR"], True)
    assert far.distance_m == pytest.approx(11120, abs=10)
    assert (nowhere.flags, nowhere.distance_m) == (["NO_POSITION"], None)
    assert (ahead.flags, ahead.day) == (["CLOCK_AHEAD"], TODAY)
    assert (late.flags, late.counts) == (["LATE"], False)


async def test_the_day_of_a_visit_is_that_of_china(hall: Hall, turn: Any) -> None:
    turn(datetime(2026, 2, 28, 17, tzinfo=UTC))
    (shop,), (mayor, _) = await hall.plated()

    before = await visit(hall, mayor, shop, datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC))
    after = await visit(hall, mayor, shop, datetime(2026, 2, 28, 16, 0, 0, tzinfo=UTC))

    assert (before.day, after.day) == (date(2026, 2, 28), date(2026, 3, 1))


async def test_hazards_seen_become_hazards_of_guidance(hall: Hall) -> None:
    (shop,), (mayor, _) = await hall.plated()
    seen = [Finding(Category.GAS, "软管老化"), Finding(Category.FIRE, "堵塞")]

    row = await visit(hall, mayor, shop, findings=seen)

    async with tenant_transaction(hall.world.towns[0].scope(), read_only=True):
        found = (await queries.hazards_of([row.id]))[row.id]
    assert [(one.source, one.category, one.state) for one in found] == [
        ("GUIDANCE", "GAS", "FOUND"),
        ("GUIDANCE", "FIRE", "FOUND"),
    ]


async def test_guidance_uses_up_no_cap_and_reserves_nothing(hall: Hall) -> None:
    (shop,), (mayor, _) = await hall.plated()

    for hours in range(8):
        await visit(hall, mayor, shop, ago(hours=hours))

    counts = [
        await rows_of(hall, one) for one in (GuidanceVisit, FrequencyBudget, PremisesReservation)
    ]
    assert counts == [8, 0, 0]


async def inspection(hall: Hall, shop: Any, state: str = "DONE") -> JointVisit:
    async with tenant_transaction(hall.world.towns[0].scope()):
        return await JointVisit.create(
            id=new_id(),
            **owned(hall.owner),
            plan_id=new_id(),
            premises_id=shop.id,
            enterprise_id=shop.enterprise_id,
            day=TODAY,
            start_minute=540,
            minutes=60,
            lead_body_id=hall.world.towns[0].body_id,
            officer_ids=[],
            demand_ids=[],
            state=state,
            created_at=clock.now(),
        )


async def test_an_inspection_is_referred_to_and_recorded_elsewhere(hall: Hall) -> None:
    (shop, other), (mayor, _) = await hall.plated(shops=2)
    done, planned = await inspection(hall, shop), await inspection(hall, shop, "PLANNED")

    row = await visit(hall, mayor, shop, inspection_id=done.id)
    assert (row.kind, row.inspection_id) == ("ADMIN_INSPECTION", done.id)

    more = {"findings": [Finding(Category.FIRE, "x")]}
    for premises, reference, besides, refusal in (
        (other, done.id, {}, NotGuidance),
        (shop, planned.id, {}, NotGuidance),
        (shop, new_id(), {}, NotFound),
        (shop, done.id, more, NotGuidance),
    ):
        with pytest.raises(refusal):
            await visit(hall, mayor, premises, inspection_id=reference, **besides)
    with pytest.raises(NotGuidance):
        await hall.do(commands.rate, row.id, shop.enterprise_id, Rating.FAIR)
    assert await rows_of(hall, GuidanceVisit) == 1
    for kind, reference in (("GUIDANCE", "inspection_id"), ("ADMIN_INSPECTION", "null")):
        with pytest.raises(Exception, match="check"):
            async with tenant_transaction(hall.world.towns[0].scope()):
                await current().fetch(
                    "insert into guidance_visits (id, tenant_id, district_id, person_id,"
                    " premises_id, enterprise_id, kind, inspection_id, day, happened_at,"
                    " captured_at, received_at, flags, counts, note, recorded_by, rating_note)"
                    " select $1, tenant_id, district_id, person_id, premises_id, enterprise_id,"
                    f" '{kind}', {reference}, day, happened_at, now(), received_at, flags, counts,"
                    " note, recorded_by, '' from guidance_visits where id = $2",
                    new_id(),
                    row.id,
                )


async def test_who_cannot_have_visited_is_refused_and_nothing_is_kept(hall: Hall) -> None:
    (shop,), _ = await hall.plated()
    coming = await hall.official(since=TODAY)
    trader = await hall.trader(shop.enterprise_id)
    there = Hall(hall.world, town=1)
    elsewhere = await there.official()
    blank = [Finding(Category.FIRE, " ")]

    for desk, person, refusal, more in (
        (hall, trader, WrongPerson, {}),
        (hall, elsewhere, NotFound, {}),
        (there, elsewhere, NotFound, {}),
        (hall, coming, OutOfOffice, {"at": ago(days=2)}),
        (hall, coming, Invalid, {"note": "长" * 2001}),
        (hall, coming, NotFound, {"evidence_ids": [new_id()]}),
        (hall, coming, Invalid, {"findings": blank}),
    ):
        with pytest.raises(refusal):
            await visit(desk, person, shop, **more)
    async with tenant_transaction(hall.world.committee().scope):
        with pytest.raises(NotFound):
            await commands.check_in(coming.id, shop.id, CheckIn(clock.now(), AT_THE_SHOP))

    assert (await rows_of(hall, GuidanceVisit), await rows_of(hall, Hazard)) == (0, 0)


async def test_an_enterprise_rates_its_own_visit_once(hall: Hall) -> None:
    (shop, other), (mayor, _) = await hall.plated(shops=2)
    row = await visit(hall, mayor, shop)

    with pytest.raises(NotFound):
        await hall.do(commands.rate, row.id, other.enterprise_id, Rating.SATISFIED)
    rated = await hall.do(commands.rate, row.id, shop.enterprise_id, Rating.SATISFIED, "讲得清楚")
    with pytest.raises(Conflict):
        await hall.do(commands.rate, row.id, shop.enterprise_id, Rating.FAIR)

    assert (rated.rating, rated.rating_note) == ("SATISFIED", "讲得清楚")


@pytest.mark.parametrize(
    "statement",
    [
        "update guidance_visits set day = day - 30",
        "update guidance_visits set counts = true",
        "delete from guidance_visits",
        "delete from duty_warnings",
        "update key_events set window_to = window_to + interval '1 day'",
    ],
)
async def test_what_was_recorded_is_never_rewritten(hall: Hall, statement: str) -> None:
    with pytest.raises(Exception, match="permission denied"):
        async with tenant_transaction(hall.world.towns[0].scope()):
            await current().fetch(statement)


async def test_an_event_keeps_its_window_and_is_cancelled_before_it_is_over(
    hall: Hall, turn: Any
) -> None:
    (shop,), _ = await hall.plated()
    at = noon(TODAY)
    turn(at)
    with pytest.raises(Invalid, match="which premises"):
        await hall.do(commands.declare_event, hall.owner, EventKind.ACCIDENT, "火情", at)
    with pytest.raises(NotFound):
        await hall.do(commands.declare_event, hall.owner, EventKind.DANGER, "险情", at, new_id())
    row = await hall.do(commands.declare_event, hall.owner, EventKind.ACCIDENT, "火情", at, shop.id)
    assert (row.window_from, row.window_to) == (at, at + timedelta(hours=24))
    node = await hall.do(commands.declare_event, hall.owner, EventKind.KEY_NODE, "春节前", at)

    cancelled = await hall.do(commands.cancel_event, node.id, "误报")
    with pytest.raises(Conflict):
        await hall.do(commands.cancel_event, node.id, "再撤")
    turn(at + timedelta(hours=24))
    with pytest.raises(Conflict):
        await hall.do(commands.cancel_event, row.id, "想撤")

    assert cancelled.cancelled_at == at
    assert await rows_of(hall, KeyEvent) == 2
    async with tenant_transaction(hall.world.towns[0].scope(), read_only=True):
        events = await OutboxEvent.filter(
            tenant_id=hall.owner.tenant_id, event__startswith="guidance."
        ).order_by("id")
    assert [one.event for one in events] == [
        "guidance.event_declared",
        "guidance.event_declared",
        "guidance.event_cancelled",
    ]
