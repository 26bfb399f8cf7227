"""What heads owe: rates against a recount by hand, and warnings given once and made up."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.administration.commands import change_settings
from service.errors import SafetyError
from service.guidance import commands, duty, warnings
from service.guidance.records import DutyWarning, GuidanceVisit
from service.guidance.rules import Duty, EventKind, Period, half_of, month_of
from service.law.queries import rule_book
from service.law.rules import NoRule
from service.outbox import OutboxEvent
from service.responsibility.commands import leave_office, replace_person, withdraw_plate
from service.responsibility.records import ResponsibilityPlate, ResponsiblePerson
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.guidance.conftest import noon, visit
from tests.responsibility.conftest import Hall

NOVEMBER = date(2027, 11, 1)


async def standings(hall: Hall, period: Period, today: date) -> dict[Any, duty.Standing]:
    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        found = await duty.standings(period, today, await rule_book())
    return {one.person_id: one for one in found}


async def owed(hall: Hall, today: date, within: int | None = None) -> list[warnings.Open]:
    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        return await warnings.open_duties([hall.owner], today, within)


async def recount(hall: Hall, period: Period, today: date) -> dict[Any, tuple[int, int, int]]:
    """Visits, premises and premises visited of each head, day by day and with bare hands."""
    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        plates = await ResponsibilityPlate.filter(tenant_id=hall.owner.tenant_id)
        people = await ResponsiblePerson.filter(tenant_id=hall.owner.tenant_id)
        visits = await GuidanceVisit.filter(tenant_id=hall.owner.tenant_id, counts=True)

    def named(day: date) -> set[tuple[Any, Any]]:
        return {
            (head, one.premises_id)
            for one in plates
            if one.valid_from <= day and (one.valid_to is None or day < one.valid_to)
            for head in (one.admin_head_id, one.industry_head_id)
        }

    length = (period.last - period.first).days + 1
    each_day = [period.first + timedelta(n) for n in range(length)]
    first, seen = named(period.first), named(min(period.last, today))
    found = {}
    for person in people:
        units = {unit for head, unit in seen if head == person.id}
        began = any(head == person.id for head, _ in first)
        if not (units and began and all(person.term.holds(day) for day in each_day)):
            continue
        mine = [v for v in visits if v.person_id == person.id and v.day in each_day]
        found[person.id] = (len(mine), len(units), len(units & {v.premises_id for v in mine}))
    return found


STEPS = st.lists(
    st.tuples(
        st.integers(0, 151),  # days after 1 November 2027; a leap day lies among them
        st.sampled_from(["visit", "visit", "visit", "assign", "replace", "leave", "withdraw"]),
        st.integers(0, 1),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=14,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, since=st.lists(st.integers(-20, 60), min_size=4, max_size=4))
async def test_rates_are_those_of_a_recount_by_hand(
    world: World, turn: Any, steps: Any, since: list[int]
) -> None:
    turn(NOVEMBER - timedelta(5))
    hall = Hall(world, town=0)
    shops = [await hall.shop() for _ in range(2)]
    people = [await hall.official(since=NOVEMBER + timedelta(days)) for days in since]
    for after, act, which, who, other in sorted(steps):
        turn(NOVEMBER + timedelta(after))
        try:
            if act == "visit":
                await visit(hall, people[who], shops[which])
            elif act == "assign":
                await hall.assign(shops[which], admin=people[who].id, industry=people[other].id)
            elif act == "replace":
                await hall.do(replace_person, people[who].id, people[other].id)
            elif act == "leave":
                await hall.do(leave_office, people[who].id, NOVEMBER + timedelta(after))
            elif versions := await hall.versions(shops[which]):
                await hall.do(withdraw_plate, versions[-1].id, "更换")
        except SafetyError:
            continue
    today = NOVEMBER + timedelta(150)
    turn(today)

    for day in (NOVEMBER, date(2027, 12, 31), date(2028, 2, 29), today):
        for period in (month_of(day), half_of(day)):
            found = await standings(hall, period, today)
            mine = {
                one.person_id: (one.visits, one.assigned, one.covered)
                for one in found.values()
                if one.tenant_id == hall.owner.tenant_id
            }
            assert mine == await recount(hall, period, today)


async def plated_in(hall: Hall, turn: Any, day: date, shops: int = 1) -> Any:
    turn(day)
    return await hall.plated(shops=shops)


async def test_a_head_without_a_visit_is_counted_and_not_forgotten(hall: Hall, turn: Any) -> None:
    (shop, other), (mayor, clerk) = await plated_in(hall, turn, date(2027, 6, 1), shops=2)
    turn(date(2027, 8, 15))
    await visit(hall, mayor, shop)

    found = await standings(hall, month_of(date(2027, 8, 15)), date(2027, 8, 15))
    shares = [one.monthly for one in found.values()]
    half = await standings(hall, half_of(date(2027, 8, 15)), date(2027, 8, 15))

    total = duty.total(shares)
    assert (total.numerator, total.denominator, total.value) == (1, 2, 0.5)
    assert (found[mayor.id].monthly.value, found[clerk.id].monthly.value) == (1.0, 0.0)
    assert half[mayor.id].half_cover.value == 0.5
    assert half[clerk.id].half_cover.value == 0.0
    assert duty.total([]).value is None
    assert other.id != shop.id


async def test_a_visit_at_midnight_in_china_belongs_to_the_new_month(hall: Hall, turn: Any) -> None:
    (shop,), (mayor, _) = await plated_in(hall, turn, date(2027, 12, 31))
    turn(date(2028, 3, 2))
    await visit(hall, mayor, shop, datetime(2028, 2, 29, 15, 59, tzinfo=UTC))
    leap = await standings(hall, month_of(date(2028, 2, 1)), date(2028, 3, 2))
    await visit(hall, mayor, shop, datetime(2028, 2, 29, 16, 0, tzinfo=UTC))
    march = await standings(hall, month_of(date(2028, 3, 1)), date(2028, 3, 2))

    assert (leap[mayor.id].visits, march[mayor.id].visits) == (1, 1)


async def test_a_new_half_year_begins_with_nothing_covered(hall: Hall, turn: Any) -> None:
    (shop,), (mayor, _) = await plated_in(hall, turn, date(2026, 12, 1))
    for day in (date(2027, 6, 30), date(2027, 7, 1)):
        turn(day)
        before = await standings(hall, half_of(day), day)
        await visit(hall, mayor, shop)
        after = await standings(hall, half_of(day), day)
        assert (before[mayor.id].covered, after[mayor.id].covered) == (0, 1)


async def test_who_came_in_mid_month_is_counted_from_the_next(hall: Hall, turn: Any) -> None:
    (shop,), (mayor, clerk) = await plated_in(hall, turn, date(2027, 6, 1))
    turn(date(2027, 8, 10))
    successor = await hall.official(since=date(2027, 8, 10))
    await hall.do(replace_person, mayor.id, successor.id)

    august = await standings(hall, month_of(date(2027, 8, 1)), date(2027, 8, 31))
    september = await standings(hall, month_of(date(2027, 9, 1)), date(2027, 9, 1))

    assert set(august) == {clerk.id}
    assert set(september) == {clerk.id, successor.id}
    with pytest.raises(NoRule):
        await standings(hall, month_of(date(2022, 1, 1)), date(2022, 1, 1))
    assert shop.id


async def test_an_event_counts_once_its_window_is_over(hall: Hall, turn: Any) -> None:
    (shop, other), (mayor, clerk) = await plated_in(hall, turn, date(2027, 6, 1), shops=2)
    at = noon(date(2027, 8, 10))
    turn(at)
    await hall.do(commands.declare_event, hall.owner, EventKind.ACCIDENT, "火情", at, shop.id)
    await visit(hall, clerk, shop, at - timedelta(seconds=1))
    await visit(hall, clerk, other, at + timedelta(hours=1))
    turn(at + timedelta(hours=2))
    await visit(hall, mayor, shop)
    running = await owed(hall, date(2027, 8, 10))

    async def special(now: datetime) -> dict[Any, Any]:
        async with tenant_transaction(hall.world.committee().scope, read_only=True):
            found = await duty.special(half_of(date(2027, 8, 10)), now)
        return {
            person: (ratio.numerator, ratio.denominator) for (_, person), ratio in found.items()
        }

    assert [(one.duty, one.person_id) for one in running] == [(Duty.SPECIAL, clerk.id)]
    assert await special(at + timedelta(hours=23)) == {}
    assert await special(at + timedelta(hours=24)) == {mayor.id: (1, 1), clerk.id: (0, 1)}


async def test_warnings_are_ordered_by_urgency_and_begin_with_the_towns_lead(
    hall: Hall, turn: Any
) -> None:
    (shop, other), (mayor, clerk) = await plated_in(hall, turn, date(2027, 11, 1), shops=2)
    turn(date(2028, 1, 2))
    await visit(hall, mayor, shop)
    turn(date(2028, 6, 25))
    await visit(hall, mayor, other)

    found = await owed(hall, date(2028, 6, 25))

    assert [(one.duty, one.person_id, one.premises_id) for one in found] == [
        (Duty.MONTH, clerk.id, None),
        *((Duty.HALF, clerk.id, one) for one in sorted([shop.id, other.id])),
    ]
    assert await owed(hall, date(2028, 5, 1)) == []
    assert {one.duty for one in await owed(hall, date(2028, 5, 1), within=70)} == {
        Duty.MONTH,
        Duty.HALF,
    }
    await hall.do(change_settings, hall.owner, {"duty.half_warning_days": [3]})
    assert [one.duty for one in await owed(hall, date(2028, 6, 25))] == [Duty.MONTH]


async def given_warnings(hall: Hall) -> list[tuple[str, str, int, int]]:
    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        rows = await DutyWarning.filter(tenant_id=hall.owner.tenant_id).order_by("id")
        events = await OutboxEvent.filter(
            tenant_id=hall.owner.tenant_id, event="guidance.duty_warned"
        ).count()
    assert events == len(rows)
    return [(one.duty, one.subject, one.step, one.units) for one in rows]


async def test_each_warning_is_given_once_and_a_missed_run_is_made_up(
    hall: Hall, turn: Any
) -> None:
    (shop,), (mayor, clerk) = await plated_in(hall, turn, date(2028, 1, 1))

    async def run(day: date) -> int:
        turn(day)
        async with tenant_transaction(hall.world.towns[0].scope("task:guidance.warn")):
            return await warnings.warn(hall.owner, day)

    assert await run(date(2028, 2, 21)) == 0  # eight days before the leap day
    # The run of the 22nd was missed; that of the 24th makes it up.
    assert await run(date(2028, 2, 24)) == 2
    assert await run(date(2028, 2, 24)) == 0
    assert await run(date(2028, 2, 26)) == 0
    await visit(hall, mayor, shop)
    assert await run(date(2028, 2, 27)) == 1
    assert await run(date(2028, 2, 29)) == 0
    assert await given_warnings(hall) == [
        ("MONTH", "2028-02", 7, 1),
        ("MONTH", "2028-02", 7, 1),
        ("MONTH", "2028-02", 2, 1),
    ]
    assert await run(date(2028, 3, 1)) == 0
    assert clerk.id


async def test_the_periodic_task_goes_through_every_town(world: World, turn: Any) -> None:
    halls = [Hall(world, town=n) for n in range(2)]
    for hall in halls:
        await plated_in(hall, turn, date(2028, 1, 1))
    turn(date(2028, 6, 29))

    await warnings.warn_everywhere()
    await warnings.warn_everywhere()

    for hall in halls:
        found = await given_warnings(hall)
        assert sorted(found) == [("HALF", "2028-H1", 10, 1)] * 2 + [("MONTH", "2028-06", 2, 1)] * 2
