"""Training in the database: hours that count, sessions taken back, and cards warned of once."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.exceptions import BaseORMException

from service.errors import Invalid, NotFound
from service.hazards.indicators import Ratio
from service.ids import new_id
from service.indicators import queries as indicators
from service.indicators.rules import Measured
from service.officers.commands import appoint_officer
from service.officers.records import Officer
from service.training import commands, queries
from service.training.records import CardWarning, TrainingAttendance, TrainingSession
from service.training.rules import Attendee, Audience, Withdrawn, check_attendees, warning_step
from tenants.wall import current, tenant_transaction
from tests.conftest import World
from tests.guidance.conftest import turn as turn
from tests.hazards.conftest import open_shop

DAY = date(2026, 3, 2)


async def do(world: World, act: Any, *args: Any, **named: Any) -> Any:
    async with tenant_transaction(world.towns[0].scope("account:clerk")):
        return await act(*args, **named)


async def officer(world: World, number: int = 1, valid_to: date = date(2030, 1, 1)) -> Officer:
    row: Officer = await do(
        world,
        appoint_officer,
        world.towns[0].owner,
        body_code="town",
        name=f"执法{number}",
        card_no=f"A{world.towns[0].owner.tenant_id.hex[:8]}{number}",
        card_valid_to=valid_to,
        skills=["general"],
        base_latitude=29.6,
        base_longitude=106.5,
    )
    return row


async def hold(world: World, *attendees: Attendee, **more: Any) -> TrainingSession:
    given = {"title": "执法培训", "held_on": DAY, "minutes": 1200, **more}
    audience = given.pop("audience", Audience.ENFORCER)
    row: TrainingSession = await do(
        world, commands.hold, world.towns[0].owner, audience, attendees=attendees, **given
    )
    return row


async def trained(world: World, year: int = 2026) -> Ratio | None:
    async with tenant_transaction(world.committee().scope, read_only=True):
        return (await queries.trained(year)).get(world.towns[0].owner.tenant_id)


async def kept(world: World) -> tuple[int, int]:
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        return await TrainingSession.all().count(), await TrainingAttendance.all().count()


async def test_an_officer_is_trained_at_the_very_minute_and_not_before(
    world: World, turn: Any
) -> None:
    turn(DAY)
    assert await trained(world) is None
    one, other = await officer(world), await officer(world, 2)
    await hold(world, Attendee(one.id), Attendee(other.id))
    await hold(world, Attendee(one.id), Attendee(other.id, minutes=1199), title="行刑衔接")
    assert await trained(world) == Ratio(1, 2)
    extra = await hold(world, Attendee(other.id, minutes=1), title="补课")
    assert await trained(world) == Ratio(2, 2)
    await do(world, commands.withdraw, extra.id, "记错了人")
    with pytest.raises(Withdrawn):
        await do(world, commands.withdraw, extra.id, "再撤一次")

    assert await trained(world) == Ratio(1, 2)
    assert await trained(world, 2025) == Ratio(0, 2)
    for year, share in ((2026, Measured(1, 2)), (2025, Measured(0, 2))):
        async with tenant_transaction(world.committee().scope, read_only=True):
            found = await indicators.measure(date(year, 1, 1), date(year, 12, 31))
        assert found["trained"][world.towns[0].owner.tenant_id] == share


async def test_training_of_enterprises_counts_for_no_officer(world: World, turn: Any) -> None:
    turn(DAY)
    shop = await open_shop(world)
    one = await officer(world)
    who = Attendee(enterprise_id=shop.enterprise_id, name="周示例")
    await hold(world, who, audience=Audience.ENTERPRISE)
    before = await kept(world)

    with pytest.raises(Invalid):
        await hold(world, Attendee(one.id), audience=Audience.ENTERPRISE)
    with pytest.raises(NotFound):
        await hold(world, Attendee(new_id()))
    with pytest.raises(Invalid, match="once it was held"):
        await hold(world, Attendee(one.id), held_on=DAY + timedelta(days=1))

    assert (await trained(world), await kept(world), before) == (Ratio(0, 1), (1, 1), (1, 1))


async def test_a_card_is_warned_of_once_a_step_and_a_missed_run_is_made_up(
    world: World, turn: Any
) -> None:
    turn(DAY)
    await officer(world, 1, DAY + timedelta(days=91))
    given = []
    for after in (0, 1, 2, 70, 99):
        day = DAY + timedelta(days=after)
        turn(day)
        given.append(await do(world, commands.warn_cards, world.towns[0].owner, day))
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        warned = [(row.step, row.warned_on) for row in await CardWarning.all().order_by("-step")]

    assert given == [0, 1, 0, 1, 0]
    assert warned == [(90, DAY + timedelta(days=1)), (30, DAY + timedelta(days=70))]


async def test_nobody_rewrites_who_attended(world: World, turn: Any) -> None:
    turn(DAY)
    await hold(world, Attendee((await officer(world)).id))
    for sql in ("update training_attendances set minutes = 1440", "delete from training_sessions"):
        with pytest.raises(BaseORMException):
            async with tenant_transaction(world.towns[0].scope()):
                await current().fetch(sql)
    assert await kept(world) == (1, 1)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(-50, 200))
def test_the_nearest_step_reached_is_the_one_warned_of(left: int) -> None:
    expected = 30 if left <= 30 else 90 if left <= 90 else None

    assert warning_step(DAY + timedelta(days=left), DAY, (90, 30)) == expected


def test_attendees_of_the_wrong_kind_or_twice_the_same_are_refused() -> None:
    one = Attendee(new_id())
    for attendees, audience in (
        ([], Audience.ENFORCER),
        ([one, one], Audience.ENFORCER),
        ([one], Audience.ENTERPRISE),
        ([Attendee(enterprise_id=new_id(), name=" ")], Audience.ENTERPRISE),
        ([Attendee(new_id(), minutes=61)], Audience.ENFORCER),
    ):
        with pytest.raises(Invalid):
            check_attendees(attendees, audience, 60)
