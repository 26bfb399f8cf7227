"""Certificates and conformity in the database: who does what, when one counts, and how it ends."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import BaseORMException

from service.errors import Conflict, Invalid, NotFound
from service.hazards.indicators import Ratio
from service.indicators import queries as indicators
from service.indicators.rules import Measured
from service.register import changing, tiers
from service.register.records import Enterprise
from service.register.rules import EnterpriseStatus
from service.standardisation import commands, conformity, ending, queries
from service.standardisation.conformity import Ended, Level, Wanted
from service.standardisation.records import Certificate, ConformityAssessment, ConformityItem
from service.standardisation.rules import PublicityRuns, SamePerson, ScoreTooLow, State, WrongStep
from tenants.wall import current, tenant_transaction
from tests.conftest import World
from tests.guidance.conftest import turn as turn
from tests.hazards.conftest import open_shop

DAY = date(2026, 3, 2)
END = date(2029, 3, 12)


async def town(world: World, act: Any, *args: Any, **named: Any) -> Any:
    async with tenant_transaction(world.towns[0].scope("account:clerk")):
        return await act(*args, **named)


async def office(world: World, act: Any, *args: Any, **named: Any) -> Any:
    async with tenant_transaction(world.department_scope("account:emergency")):
        return await act(*args, **named)


async def shop(world: World, number: int = 0, *, above: bool = True) -> UUID:
    place = await open_shop(world, name=f"安商{number}店")
    async with tenant_transaction(world.towns[0].scope()):
        await Enterprise.filter(id=place.enterprise_id).update(above_quota=above)
    return place.enterprise_id


async def granted(world: World, enterprise: UUID, number: str = "AQB1") -> Certificate:
    """A certificate on the straight way, issued on 2026-03-12."""
    row = await town(world, commands.apply, enterprise, 3, DAY)
    await town(world, commands.self_assess, row.id, 70, DAY)
    await office(world, commands.review, row.id, 66, DAY)
    await office(world, commands.publish, row.id, DAY)
    made: Certificate = await office(world, commands.grant, row.id, number, date(2026, 3, 12))
    return made


async def measured(world: World, code: str, until: date) -> Measured | None:
    async with tenant_transaction(world.committee().scope, read_only=True):
        values = await indicators.measure(until.replace(day=1), until)
    return values[code].get(world.towns[0].owner.tenant_id)


async def rate(world: World, day: date) -> Ratio | None:
    async with tenant_transaction(world.committee().scope, read_only=True):
        return (await queries.rates(day)).get(world.towns[0].owner.tenant_id)


async def states(world: World) -> list[str]:
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        return [row.state for row in await Certificate.all().order_by("id")]


async def test_a_certificate_is_reviewed_by_another_published_and_granted(
    world: World, turn: Any
) -> None:
    turn(date(2026, 3, 20))
    enterprise = await shop(world)
    row = await town(world, commands.apply, enterprise, 3, DAY)
    with pytest.raises(WrongStep):
        await office(world, commands.review, row.id, 66, DAY)
    await town(world, commands.self_assess, row.id, 70, DAY)
    with pytest.raises(SamePerson):
        await town(world, commands.review, row.id, 66, DAY)
    with pytest.raises(ScoreTooLow, match="grade 3 asks for 60"):
        await office(world, commands.review, row.id, 59, DAY)
    assert await states(world) == ["SELF_ASSESSED"]
    await office(world, commands.review, row.id, 60, DAY)
    published = await office(world, commands.publish, row.id, DAY)
    # Monday, so that the fifth working day after it is the Monday that follows.
    assert published.objections_until == date(2026, 3, 9)
    with pytest.raises(PublicityRuns, match="2026-03-09"):
        await office(world, commands.grant, row.id, "AQB1", date(2026, 3, 9))
    made = await office(world, commands.grant, row.id, "AQB1", date(2026, 3, 10))

    assert (made.state, made.valid_to, made.score) == ("GRANTED", date(2029, 3, 10), 60)
    with pytest.raises(Conflict, match="has this number"):
        await granted(world, await shop(world, 2))
    assert await states(world) == ["GRANTED", "PUBLISHED"]


async def test_one_application_is_open_at_a_time_and_goes_back_or_away(
    world: World, turn: Any
) -> None:
    turn(date(2026, 3, 20))
    enterprise = await shop(world)
    row = await town(world, commands.apply, enterprise, 2, DAY)
    with pytest.raises(Conflict, match="open"):
        await town(world, commands.apply, enterprise, 3, DAY)
    await town(world, commands.self_assess, row.id, 80, DAY)
    await office(world, commands.review, row.id, 75, DAY)
    back = await office(world, commands.give_back, row.id, "台账不全")
    assert (back.state, back.score, back.self_score, back.reason) == (
        "APPLIED", None, None, "台账不全",
    )  # fmt: skip
    await town(world, commands.withdraw, row.id, "改申请三级")

    other = await town(world, commands.apply, enterprise, 3, DAY)

    assert await states(world) == ["WITHDRAWN", "APPLIED"]
    for wrong in (
        (commands.apply, enterprise, 4, DAY),
        (commands.apply, enterprise, 3, date(2026, 3, 21)),
        (commands.self_assess, other.id, 101, DAY),
        (commands.self_assess, other.id, 70, DAY - timedelta(days=1)),
        (commands.withdraw, other.id, " "),
    ):
        with pytest.raises(Invalid):
            await town(world, *wrong)
    assert await states(world) == ["WITHDRAWN", "APPLIED"]


async def test_the_rate_counts_operating_enterprises_above_quota_on_the_day(
    world: World, turn: Any
) -> None:
    turn(date(2026, 3, 20))
    assert await rate(world, DAY) is None
    one, two, small = [await shop(world, n, above=n < 2) for n in range(3)]
    await granted(world, one)
    await office(world, commands.record, small, 3, "AQB2", date(2026, 1, 5))
    day = date(2026, 3, 31)
    assert await rate(world, day) == Ratio(1, 2)
    assert await measured(world, "std_rate", day) == Measured(1, 2)
    # It began on the 12th, and the first of its last days does not count.
    for on, holding in ((date(2026, 3, 11), 0), (date(2026, 3, 12), 1), (date(2029, 3, 11), 1)):
        assert await rate(world, on) == Ratio(holding, 2), on
    assert await rate(world, date(2029, 3, 12)) == Ratio(0, 2)

    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        assert [row.id for row in await queries.without(day)] == [two]
    await town(world, changing.set_status, two, EnterpriseStatus.SUSPENDED, "停业")
    assert await rate(world, day) == Ratio(1, 1)
    assert await measured(world, "std_rate", day) == Measured(1, 1)


async def test_the_rate_of_a_past_day_is_that_of_its_enterprises(world: World, turn: Any) -> None:
    turn(date(2026, 3, 20))
    one, two = [await shop(world, n) for n in range(2)]
    await granted(world, one)
    turn(date(2026, 5, 10))
    await town(world, changing.set_status, two, EnterpriseStatus.CLOSED, "注销")
    await town(world, changing.update_enterprise, one, {"industry_code": "5212"})
    turn(date(2026, 5, 11))
    await town(world, tiers.state_revenue, one, 2025, 1)  # it shrank below the quota

    assert await rate(world, date(2026, 5, 9)) == Ratio(1, 2)
    assert await measured(world, "std_rate", date(2026, 5, 9)) == Measured(1, 2)
    assert await rate(world, date(2026, 5, 10)) == Ratio(1, 1)
    assert await measured(world, "std_rate", date(2026, 5, 10)) == Measured(1, 1)
    assert await rate(world, date(2026, 5, 11)) is None


async def test_a_revoked_certificate_counts_up_to_its_day(world: World, turn: Any) -> None:
    turn(date(2026, 5, 20))
    enterprise = await shop(world)
    row = await granted(world, enterprise)
    with pytest.raises(Invalid):
        await office(world, commands.revoke, row.id, "弄虚作假", date(2026, 3, 11))
    await office(world, commands.revoke, row.id, "弄虚作假", date(2026, 5, 1))

    assert await measured(world, "std_rate", date(2026, 4, 30)) == Measured(1, 1)
    assert await measured(world, "std_rate", date(2026, 5, 31)) == Measured(0, 1)
    with pytest.raises(WrongStep):
        await office(world, commands.revoke, row.id, "再次", date(2026, 5, 2))


async def test_certificates_are_warned_of_once_a_step_and_end_although_nobody_ran(
    world: World, turn: Any
) -> None:
    turn(date(2026, 3, 20))
    row = await granted(world, await shop(world))
    owner = world.towns[0].owner

    async def run(day: date) -> tuple[int, int]:
        turn(day)
        done: tuple[int, int] = await town(world, ending.follow, owner, day)
        return done

    assert row.valid_to == END
    assert await run(END - timedelta(days=91)) == (0, 0)
    # Of ninety days nobody ran for fifty.
    assert await run(END - timedelta(days=40)) == (0, 1)
    assert await run(END - timedelta(days=31)) == (0, 0)
    assert await run(END - timedelta(days=30)) == (0, 1)
    assert await run(END - timedelta(days=1)) == (0, 0)
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        assert await queries.expiring(END - timedelta(days=1), 1).count() == 1
    assert await run(END + timedelta(days=200)) == (1, 0)
    assert await run(END + timedelta(days=201)) == (0, 0)
    assert await states(world) == ["EXPIRED"]
    # What was late to be marked was never counted for longer.
    assert await rate(world, END) == Ratio(0, 1)
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        events = await current().fetch(
            "select event, count(*)::int as n from outbox_events where tenant_id = $1"
            " and event in ('standardisation.expiring', 'standardisation.expired')"
            " group by 1 order by 1",
            owner.tenant_id,
        )
    assert [(one["event"], one["n"]) for one in events] == [
        ("standardisation.expired", 1), ("standardisation.expiring", 2),
    ]  # fmt: skip


async def test_a_paper_certificate_has_the_term_of_its_day_or_its_own(
    world: World, turn: Any
) -> None:
    turn(date(2026, 3, 20))
    one, other = await shop(world), await shop(world, 1)
    row = await office(world, commands.record, one, 1, "AQB1", date(2024, 2, 29))
    assert row.valid_to == date(2027, 2, 28)
    own = await office(world, commands.record, other, 1, "AQB2", date(2019, 2, 1), date(2022, 2, 1))
    assert (own.state, own.valid_to) == ("GRANTED", date(2022, 2, 1))
    with pytest.raises(Invalid, match="ends later"):
        await office(world, commands.record, one, 1, "AQB3", date(2024, 2, 29), date(2024, 2, 29))
    async with tenant_transaction(world.towns[1].scope()):
        with pytest.raises(NotFound):
            await commands.record(one, 1, "AQB3", date(2024, 2, 29))
    assert len(await states(world)) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        "state = 'PUBLISHED'",
        "state = 'REVIEWED', self_score = 1, self_assessed_on = '2026-03-02', score = 60,"
        " reviewed_on = '2026-03-02', reviewed_by = applied_by",
        "state = 'GRANTED'",
        "state = 'GRANTED', number = 'x', issued_on = '2026-03-02', valid_to = '2026-03-02'",
        "grade = 4",
        "state = 'REVOKED'",
        "score = 101",
        "number = 'x'",
    ],
)
async def test_the_database_refuses_a_certificate_that_cannot_be(
    world: World, turn: Any, wrong: str
) -> None:
    turn(DAY)
    await town(world, commands.apply, await shop(world), 3, DAY)
    with pytest.raises(BaseORMException):
        async with tenant_transaction(world.towns[0].scope()):
            await current().fetch(f"update standardisation_certs set {wrong}")
    assert await states(world) == [State.APPLIED.value]


async def test_conformity_is_counted_at_each_level_as_it_stood_on_the_day(
    world: World, turn: Any
) -> None:
    turn(DAY)
    one, other = await shop(world), await shop(world, 1)
    wanted = [Wanted(Level.DISCIPLINE, "电气"), Wanted(Level.POST, "电工"),
              Wanted(Level.POST, "收银", required=False)]  # fmt: skip
    electric, _, electrician = await town(world, conformity.keep, one, wanted)
    await town(world, conformity.keep, other, [Wanted(Level.POST, "厨师")])
    turn(date(2026, 4, 10))
    await town(world, conformity.assess, electric.id, passed=True, assessed_on=date(2026, 4, 1))
    await town(world, conformity.assess, electrician.id, passed=True, assessed_on=date(2026, 4, 2))

    async def counted() -> dict[Level, Ratio]:
        async with tenant_transaction(world.committee().scope, read_only=True):
            return (await conformity.counts())[world.towns[0].owner.tenant_id]

    assert await counted() == {
        Level.ENTERPRISE: Ratio(1, 2), Level.DISCIPLINE: Ratio(1, 1), Level.POST: Ratio(1, 2),
    }  # fmt: skip
    await town(world, conformity.assess, electric.id, passed=False, assessed_on=date(2026, 4, 3))
    assert (await counted())[Level.ENTERPRISE] == Ratio(0, 2)
    march, april = date(2026, 3, 31), date(2026, 4, 30)
    assert await measured(world, "conform_enterprise", march) == Measured(0, 2)
    assert await measured(world, "conform_discipline", date(2026, 4, 2)) == Measured(1, 1)
    assert await measured(world, "conform_enterprise", date(2026, 4, 2)) == Measured(1, 2)
    assert await measured(world, "conform_discipline", april) == Measured(0, 1)
    assert await measured(world, "conform_post", april) == Measured(1, 2)
    # A post that was given up counts no more, and no longer than until then.
    await town(world, conformity.end, electrician.id)
    assert await measured(world, "conform_post", april) == Measured(0, 1)
    assert await measured(world, "conform_post", date(2026, 4, 9)) == Measured(1, 2)


async def test_every_assessment_is_kept_and_a_wrong_one_changes_nothing(
    world: World, turn: Any
) -> None:
    turn(DAY)
    enterprise = await shop(world)
    (item,) = await town(world, conformity.keep, enterprise, [Wanted(Level.POST, " 电工 ")])
    again = await town(world, conformity.keep, enterprise, [Wanted(Level.POST, "电工", False)])
    assert [(row.id, row.name, row.required) for row in again] == [(item.id, "电工", False)]
    await town(world, conformity.assess, item.id, passed=True, assessed_on=DAY, note="实操合格")
    for wrong, error in (
        ({"assessed_on": DAY + timedelta(days=1)}, Invalid),
        ({"assessed_on": DAY - timedelta(days=1)}, Invalid),
        ({"assessed_on": DAY, "note": "长" * 401}, Invalid),
    ):
        with pytest.raises(error):
            await town(world, conformity.assess, item.id, passed=False, **wrong)
    twice = [Wanted(Level.POST, "厨师"), Wanted(Level.POST, " 厨师")]
    for many in ([], twice, [Wanted(Level.POST, " ")], [Wanted(Level.POST, "长" * 101)]):
        with pytest.raises(Invalid):
            await town(world, conformity.keep, enterprise, many)
    await town(world, conformity.end, item.id)
    with pytest.raises(Ended):
        await town(world, conformity.assess, item.id, passed=False, assessed_on=DAY)
    async with tenant_transaction(world.towns[1].scope()):
        with pytest.raises(NotFound):
            await conformity.end(item.id)

    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        assert await ConformityAssessment.all().values_list("number", "passed", "note") == [
            (1, True, "实操合格")
        ]
        assert await ConformityItem.all().values_list("name", "passed") == [("电工", True)]
