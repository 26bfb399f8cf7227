"""Hazards in the database: each act with its rows, its event and its refusals."""

from datetime import timedelta

import pytest

from service import audit
from service.administration.commands import change_settings
from service.errors import Conflict, Invalid, NotFound
from service.hazards import commands, overdue, queries
from service.hazards.criteria import NoCriterion
from service.hazards.records import Hazard, HazardEvent
from service.hazards.rules import (
    Authority,
    Category,
    ConditionsMissing,
    Grade,
    NotThePartys,
    Plan,
    ReportsOwed,
    SamePerson,
    Source,
    State,
    Step,
    WrongStep,
    possible,
)
from service.ids import new_id
from service.outbox import OutboxEvent
from tasks.hazards import mark_overdue
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.hazards.conftest import PLAN, TODAY, Desk, open_shop

ACTS = {
    Step.GRADE: lambda i: commands.grade(i, Grade.GENERAL),
    Step.ASSIGN: lambda i: commands.assign(i, responsible="周示例", due_on=TODAY),
    Step.PLAN: lambda i: commands.plan(i, PLAN),
    Step.SUBMIT: lambda i: commands.submit(i, "已更换"),
    Step.VERIFY: lambda i: commands.verify(i, "合格"),
    Step.REJECT: lambda i: commands.reject(i, "不合格"),
    Step.CLOSE: commands.close,
    Step.SUPERVISE: lambda i: commands.supervise(i, "督办〔2026〕1号"),
}
ASIDE = (State.OVERDUE, State.SUPERVISED, State.DISMISSED, State.MERGED)
STRAIGHT = [s for s in State if s not in ASIDE]


async def test_the_straight_way_leaves_its_history(desk: Desk) -> None:
    hazard = await desk.at(State.CLOSED, Grade.MAJOR)

    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        steps = await HazardEvent.filter(hazard_id=hazard.id).order_by("at", "id")
        events = await OutboxEvent.filter(tenant_id=hazard.tenant_id, event__startswith="hazards.")
        report = await audit.verify(hazard.owner)
    assert [one.step for one in steps] == [
        "GRADE", "ASSIGN", "PLAN", "SUBMIT", "VERIFY", "CLOSE",
    ]  # fmt: skip
    assert sorted(one.event for one in events) == [
        "hazards.assigned",
        "hazards.closed",
        "hazards.graded",
        "hazards.major_reported",
        "hazards.major_reported",
        "hazards.planned",
        "hazards.reported",
        "hazards.submitted",
        "hazards.verified",
    ]
    assert report.broken_at is None
    assert (hazard.criterion, hazard.criterion_version) == ("FIRE", "2025")
    assert hazard.closed_on == TODAY


@pytest.mark.parametrize("state", STRAIGHT, ids=lambda one: one.value)
async def test_a_step_that_does_not_fit_changes_nothing(desk: Desk, state: State) -> None:
    hazard = await desk.at(state)

    for taken, act in ACTS.items():
        if taken not in possible(state):
            with pytest.raises(WrongStep):
                await desk.do(act, hazard.id, actor="account:other")
    after = await desk.reload(hazard)
    assert (after.state, after.updated_at) == (state.value, hazard.updated_at)


async def test_only_another_person_verifies_or_rejects(desk: Desk) -> None:
    hazard = await desk.at(State.SELF_CHECKED)

    for act in (commands.verify, commands.reject):
        with pytest.raises(SamePerson):
            await desk.do(act, hazard.id, "合格", actor="account:enterprise")
    rejected = await desk.do(commands.reject, hazard.id, "不合格")
    assert rejected.state == "RECTIFYING"


async def test_a_major_hazard_needs_its_plan_and_both_reports(desk: Desk) -> None:
    hazard = await desk.at(State.ASSIGNED, Grade.MAJOR)

    with pytest.raises(ConditionsMissing):
        await desk.do(commands.submit, hazard.id, "已更换")
    with pytest.raises(ConditionsMissing, match="funds"):
        await desk.do(commands.plan, hazard.id, Plan("周示例", "更换", None, TODAY, "停业"))
    await desk.do(commands.plan, hazard.id, PLAN, actor="account:enterprise")
    await desk.do(commands.submit, hazard.id, "已更换", actor="account:enterprise")
    await desk.do(commands.verify, hazard.id, "合格")
    await desk.do(commands.record_report, hazard.id, Authority.AUTHORITY, TODAY)
    with pytest.raises(ReportsOwed, match="WORKERS_CONGRESS"):
        await desk.do(commands.close, hazard.id)
    with pytest.raises(Conflict, match="recorded already"):
        await desk.do(commands.record_report, hazard.id, Authority.AUTHORITY, TODAY)
    for day, words in ((TODAY + timedelta(1), "future"), (TODAY - timedelta(1), "not been found")):
        with pytest.raises(Invalid, match=words):
            await desk.do(commands.record_report, hazard.id, Authority.WORKERS_CONGRESS, day)
    await desk.do(commands.record_report, hazard.id, Authority.WORKERS_CONGRESS, TODAY)

    assert (await desk.do(commands.close, hazard.id)).state == "CLOSED"


async def test_general_hazards_are_not_reported(desk: Desk) -> None:
    hazard = await desk.at(State.GRADED)

    with pytest.raises(Conflict, match="only major"):
        await desk.do(commands.record_report, hazard.id, Authority.AUTHORITY, TODAY)


async def test_a_grade_goes_with_its_criterion(desk: Desk) -> None:
    hazard = await desk.report()

    with pytest.raises(Invalid, match="name the criterion"):
        await desk.do(commands.grade, hazard.id, Grade.MAJOR)
    with pytest.raises(Invalid, match="makes a hazard major"):
        await desk.do(commands.grade, hazard.id, Grade.GENERAL, criterion="FIRE")
    with pytest.raises(NoCriterion):
        await desk.do(commands.grade, hazard.id, Grade.MAJOR, criterion="NONE")
    assert (await desk.reload(hazard)).grade is None


async def test_the_criterion_is_that_of_the_day_of_the_finding(desk: Desk) -> None:
    hazard = await desk.report(found_on=TODAY.replace(year=2025, month=10, day=31))
    graded = await desk.do(commands.grade, hazard.id, Grade.MAJOR, criterion="FIRE")

    assert graded.criterion_version == "2017"


async def test_an_enterprise_acts_on_its_own_only(desk: Desk) -> None:
    party, stranger = desk.shop.enterprise_id, new_id()
    found = await desk.report()
    own = await desk.report(source=Source.SELF_CHECK, party=party)

    with pytest.raises(NotFound):
        await desk.report(party=stranger)
    with pytest.raises(NotFound):
        await desk.do(commands.grade, own.id, Grade.GENERAL, party=stranger)
    with pytest.raises(NotThePartys):
        await desk.do(commands.grade, found.id, Grade.GENERAL, party=party)
    graded = await desk.do(commands.grade, own.id, Grade.GENERAL, party=party)
    assert graded.state == "GRADED"
    with pytest.raises(NotThePartys):
        await desk.do(commands.grade, own.id, Grade.GENERAL, party=party)


async def test_another_town_cannot_report_here(desk: Desk) -> None:
    async with tenant_transaction(desk.world.towns[1].scope()):
        with pytest.raises(NotFound):
            await commands.report(
                desk.shop.id, category=Category.FIRE, description="x", source=Source.CLUE
            )
    async with tenant_transaction(desk.world.committee().scope):
        with pytest.raises(NotFound):
            await commands.report(
                desk.shop.id, category=Category.FIRE, description="x", source=Source.CLUE
            )


async def test_what_makes_no_sense_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid, match="future"):
        await desk.report(found_on=TODAY + timedelta(1))
    with pytest.raises(Invalid, match="empty"):
        await desk.report(description=" ")
    with pytest.raises(Invalid, match="2000"):
        await desk.report(description="长" * 2001)
    graded = await desk.at(State.GRADED)
    with pytest.raises(Invalid, match="past"):
        await desk.do(commands.assign, graded.id, responsible="周示例", due_on=TODAY - timedelta(1))
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        assert await Hazard.filter(tenant_id=graded.tenant_id).count() == 1


async def test_a_like_hazard_soon_after_a_closure_is_a_recurrence(desk: Desk) -> None:
    first = await desk.at(State.CLOSED)
    again = await desk.report()
    other = await desk.report(category=Category.GAS)
    await desk.backdate(first, found_on=200, closed_on=181)
    late = await desk.report()
    await desk.do(change_settings, first.owner, {"hazard.recurrence_days": 181})
    within = await desk.report()

    assert again.recurrence_of == within.recurrence_of == first.id
    assert other.recurrence_of is late.recurrence_of is None


async def test_overdue_is_found_after_downtime_and_marked_once(desk: Desk) -> None:
    late = await desk.at(State.RECTIFYING)
    assigned = await desk.at(State.ASSIGNED)
    today = await desk.at(State.ASSIGNED)
    done = await desk.at(State.SELF_CHECKED)
    await desk.backdate(late, due_on=40)
    await desk.backdate(assigned, due_on=1)
    await desk.backdate(done, due_on=1)

    district = desk.world.district_id
    first = await overdue.mark_overdue(district, TODAY)
    second = await overdue.mark_overdue(district, TODAY)
    await mark_overdue()

    assert set(first) == {late.id, assigned.id}
    assert second == []
    states = [(await desk.reload(one)).state for one in (late, assigned, today, done)]
    assert states == ["OVERDUE", "OVERDUE", "ASSIGNED", "SELF_CHECKED"]
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        events = await OutboxEvent.filter(tenant_id=late.tenant_id, event="hazards.overdue")
    assert len(events) == 2


async def test_supervision_follows_overdue_and_outlasts_a_rejection(desk: Desk) -> None:
    hazard = await desk.at(State.RECTIFYING)
    await desk.backdate(hazard, due_on=1)
    await overdue.mark_overdue(desk.world.district_id, TODAY)
    later = Plan("周示例", "更换", 0, TODAY + timedelta(5), "停业")

    planned = await desk.do(commands.plan, hazard.id, later, actor="account:enterprise")
    assert planned.state == "OVERDUE"
    supervised = await desk.do(commands.supervise, hazard.id, "督办〔2026〕1号")
    assert (supervised.state, supervised.supervised_on) == ("SUPERVISED", TODAY)
    await desk.do(commands.submit, hazard.id, "已更换", actor="account:enterprise")
    assert (await desk.do(commands.reject, hazard.id, "不合格")).state == "SUPERVISED"
    await desk.do(commands.submit, hazard.id, "已更换", actor="account:enterprise")
    await desk.do(commands.verify, hazard.id, "合格")
    assert (await desk.do(commands.close, hazard.id)).state == "CLOSED"


async def test_the_counts_are_those_of_the_rows(world: World) -> None:
    desk = Desk(world, await open_shop(world))
    await open_shop(world, 1, "安商乙店")
    await desk.at(State.CLOSED)
    late = await desk.at(State.CLOSED, Grade.MAJOR)
    await desk.backdate(late, due_on=1)
    await desk.at(State.RECTIFYING, Grade.MAJOR)
    await desk.at(State.GRADED, Grade.MAJOR)
    overdue_one = await desk.at(State.ASSIGNED)
    await desk.backdate(overdue_one, due_on=1)
    await overdue.mark_overdue(world.district_id, TODAY)

    async with tenant_transaction(world.committee().scope, read_only=True):
        found = await queries.counts(TODAY, TODAY)
        gas = await queries.counts(TODAY, TODAY, line="gas")
        before = await queries.counts(TODAY - timedelta(9), TODAY - timedelta(1))
    (counts,) = found.values()
    assert list(found) == [world.towns[0].owner.tenant_id]
    assert (counts.found, counts.closed, counts.overdue) == (5, 2, 1)
    assert (counts.major, counts.major_open, counts.major_planned) == (3, 2, 1)
    assert (counts.due, counts.on_time) == (3, 1)
    # Each closed one was followed by a like hazard; how many followed does not matter.
    assert (counts.recurred, counts.recurrence.value) == (2, 1.0)
    assert gas == before == {}
