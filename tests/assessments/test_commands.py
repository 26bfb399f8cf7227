"""Sessions in the database: no illegal state is reached, and rates count what should have been."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.assessments import commands, queries, work
from service.assessments.commands import Action
from service.assessments.records import RiskSession, SessionAction, WorkItem
from service.assessments.rules import Trigger
from service.errors import Conflict, Invalid, NotFound, SafetyError
from tenants.records import Tenant
from tenants.scope import Scope
from tenants.wall import current, tenant_transaction
from tests.conftest import World
from tests.responsibility.conftest import TODAY, Hall

NEXT_YEAR = date(TODAY.year + 1, 1, 1)


async def tenant_of(hall: Hall) -> Tenant:
    async with tenant_transaction(Scope.of_platform("test"), read_only=True):
        return await Tenant.get(id=hall.owner.tenant_id)


async def occasion(hall: Hall, first_day: date, trigger: Trigger = Trigger.KEY_PERIOD) -> Any:
    return await hall.do(commands.declare_occasion, hall.owner, trigger, "春节", first_day)


async def hold(hall: Hall, session: Any, *due: date, held_on: date = TODAY) -> Any:
    actions = [Action("整改", "周示例", one) for one in due]
    return await hall.do(commands.hold, session.id, held_on, "全镇商场", ["风险总体可控"], actions)


async def actions_of(hall: Hall, session: Any) -> list[SessionAction]:
    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        return (await queries.actions_of([session.id]))[session.id]


async def rates(hall: Hall, since: date, until: date, today: date) -> tuple[Any, Any]:
    tenant = await tenant_of(hall)
    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        sessions = (await queries.session_rates([tenant], since, until, today))[tenant.id]
        actions = (await queries.action_rates(since, until, today)).get(tenant.id)
    return (sessions.numerator, sessions.denominator), actions and (
        actions.numerator,
        actions.denominator,
    )


async def test_a_session_goes_from_its_plan_to_its_closure(hall: Hall) -> None:
    session = await occasion(hall, TODAY + timedelta(3))
    assert (session.state, session.due_on) == ("PLANNED", TODAY + timedelta(2))

    held = await hold(hall, session, TODAY, TODAY + timedelta(9))
    assert held.state == "ACTIONS_OPEN"
    with pytest.raises(Conflict, match="2 actions"):
        await hall.do(commands.close, session.id)
    for action in await actions_of(hall, session):
        await hall.do(commands.finish_action, action.id, "已整改")
        with pytest.raises(Conflict):
            await hall.do(commands.finish_action, action.id, "再整改")
    closed = await hall.do(commands.close, session.id)
    assert (closed.state, closed.closed_on) == ("CLOSED", TODAY)


async def test_a_session_without_actions_is_closed_at_once(hall: Hall) -> None:
    session = await occasion(hall, TODAY)

    assert (await hold(hall, session)).state == "HELD"
    assert (await hall.do(commands.close, session.id)).state == "CLOSED"


ACTS = st.lists(st.sampled_from(["hold", "hold with", "add", "finish", "close"]), max_size=7)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
async def test_no_sequence_of_acts_reaches_an_illegal_state(world: World, acts: Any) -> None:
    hall = Hall(world)
    session = await occasion(hall, TODAY)
    more = [Action("整改", "周示例", TODAY)]

    async def now() -> tuple[RiskSession, list[SessionAction]]:
        async with tenant_transaction(world.committee().scope, read_only=True):
            row = await RiskSession.get(id=session.id)
        return row, await actions_of(hall, session)

    for act in acts:
        before, known = await now()
        try:
            if act.startswith("hold"):
                await hold(hall, session, *([TODAY] if act == "hold with" else []))
            elif act == "add":
                await hall.do(commands.add_actions, session.id, more)
            elif act == "finish":
                open_ones = [one for one in known if one.done_on is None] or known
                if open_ones:
                    await hall.do(commands.finish_action, open_ones[0].id, "完成")
            else:
                await hall.do(commands.close, session.id)
        except SafetyError:
            after, same = await now()
            assert (after.state, after.held_on, after.closed_on) == (
                before.state, before.held_on, before.closed_on,
            )  # fmt: skip
            assert [one.done_on for one in same] == [one.done_on for one in known]
        row, found = await now()
        left = [one for one in found if one.done_on is None]
        assert (row.state == "PLANNED") == (row.held_on is None)
        assert row.state != "PLANNED" or not found
        assert row.state != "HELD" or not found
        assert row.state != "ACTIONS_OPEN" or found
        assert row.state != "CLOSED" or not left


async def test_a_missed_run_is_made_up_and_the_session_stays_missed(hall: Hall, turn: Any) -> None:
    tenant = await tenant_of(hall)
    turn(NEXT_YEAR + timedelta(5))
    assert await hall.do(commands.plan_periodic, tenant) == 1
    async with tenant_transaction(hall.world.towns[0].scope(), read_only=True):
        first = await RiskSession.get(tenant_id=hall.owner.tenant_id)
    await hold(hall, first, held_on=NEXT_YEAR + timedelta(5))
    # Nothing runs in the second quarter.
    today = date(NEXT_YEAR.year, 7, 1)
    turn(today)
    assert await rates(hall, NEXT_YEAR, date(NEXT_YEAR.year, 6, 30), today) == ((1, 2), None)
    assert await hall.do(commands.plan_periodic, tenant) == 2
    assert await hall.do(commands.plan_periodic, tenant) == 0

    async with tenant_transaction(hall.world.towns[0].scope(), read_only=True):
        rows = await RiskSession.filter(tenant_id=hall.owner.tenant_id).order_by("due_on")
    assert [(row.trigger, row.state) for row in rows] == [
        ("PERIODIC", "HELD"),
        ("PERIODIC", "PLANNED"),
        ("PERIODIC", "PLANNED"),
    ]
    late = await hold(hall, rows[1], held_on=today)
    assert late.state == "HELD"
    assert await rates(hall, NEXT_YEAR, date(NEXT_YEAR.year, 6, 30), today) == ((1, 2), None)


async def test_rates_count_occasions_and_actions_whose_last_day_is_over(
    hall: Hall, turn: Any
) -> None:
    day = date(2028, 2, 20)
    turn(day)
    session = await occasion(hall, date(2028, 3, 1))
    await occasion(hall, date(2028, 2, 21), Trigger.INDUCING_FACTOR)
    await hold(hall, session, day, date(2028, 2, 29), held_on=day)
    action = (await actions_of(hall, session))[0]
    await hall.do(commands.finish_action, action.id, "完成")

    span = (date(2028, 2, 1), date(2028, 2, 29))
    assert await rates(hall, *span, day) == ((0, 0), None)
    assert await rates(hall, *span, date(2028, 2, 25)) == ((0, 1), (1, 1))
    assert await rates(hall, *span, date(2028, 3, 1)) == ((1, 2), (1, 2))


async def test_what_makes_no_sense_is_refused_and_nothing_is_kept(hall: Hall) -> None:
    session = await occasion(hall, TODAY)

    with pytest.raises(Invalid):
        await occasion(hall, TODAY, Trigger.PERIODIC)
    with pytest.raises(Invalid, match="future"):
        await hold(hall, session, held_on=TODAY + timedelta(1))
    with pytest.raises(Invalid, match="after the session"):
        await hold(hall, session, TODAY - timedelta(1))
    with pytest.raises(Invalid, match="conclusions"):
        await hall.do(commands.hold, session.id, TODAY, "全镇", [])
    with pytest.raises(NotFound):
        await hold(Hall(hall.world, town=1), session)
    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        row = await RiskSession.get(tenant_id=hall.owner.tenant_id)
    assert (row.state, row.conclusions) == ("PLANNED", [])
    assert await actions_of(hall, session) == []


async def test_business_has_its_safety_item_and_the_rate_shows_where_it_lags(hall: Hall) -> None:
    ahead = await hall.do(work.plan_work, hall.owner, "开业促销", "促销期间人流管控")
    even = await hall.do(work.plan_work, hall.owner, "夜市开放", "夜市用电检查")
    await hall.do(work.advance_safety, even.id)
    for one in (ahead, even):
        await hall.do(work.advance_work, one.id)

    async with tenant_transaction(hall.world.committee().scope, read_only=True):
        found = (await queries.pair_rates())[hall.owner.tenant_id]
    assert (found.numerator, found.denominator) == (1, 2)
    with pytest.raises(Invalid):
        await hall.do(work.plan_work, hall.owner, "只有业务", " ")
    for statement in (
        "update work_items set safety_item_id = null",
        "update work_items set safety_item_id = gen_random_uuid()",
    ):
        with pytest.raises(Exception, match=r"not-null|foreign key"):
            async with tenant_transaction(hall.world.towns[0].scope()):
                await current().fetch(statement)
    async with tenant_transaction(hall.world.towns[0].scope(), read_only=True):
        assert await WorkItem.filter(tenant_id=hall.owner.tenant_id).count() == 2
