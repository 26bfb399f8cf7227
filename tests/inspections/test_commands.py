"""Inspections by their commands: the closed loop, and what the database refuses by itself."""

import asyncio
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from service import clock
from service.deadlines.records import LegalDeadline
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.hazards.records import Hazard
from service.inspections import codes, commands, low_yield, overdue, visits
from service.inspections.records import (
    Inspection,
    InspectionCheck,
    InspectionEvent,
    InspectionOfficer,
    LowYieldAlarm,
)
from service.inspections.rules import (
    MOVES,
    CodeShown,
    ItemResult,
    Kind,
    NotEnforcing,
    OpenItems,
    SamePerson,
    Signature,
    State,
    Step,
    TeamTooSmall,
    TermTooLong,
    WrongStep,
)
from service.powers.commands import grant
from service.powers.rules import NoPower, Power
from tenants.wall import current, tenant_transaction
from tests.inspections.conftest import HEAD, TODAY, Patrol, appoint

ACTS = {
    Step.APPROVE: lambda p, i: p.do(commands.approve, p.body, i, actor=HEAD),
    Step.ISSUE_CODE: lambda p, i: p.do(commands.issue_code, p.body, i),
    Step.GO_WITHOUT_CODE: lambda p, i: p.do(commands.go_without_code, p.body, i, "应急处置"),
    Step.REFUSE_VISIT: lambda p, i: p.do(
        commands.refuse_visit, i, p.shop.enterprise_id, "未出示执法码"
    ),
    Step.CHECK_IN: lambda p, i: p.do(commands.check_in, p.body, i, commands.Arrival(p.officers)),
    Step.SIGN_RECORD: lambda p, i: p.do(visits.sign_record, p.body, i, p.record()),
    Step.NOTE_REFUSAL: lambda p, i: p.do(
        visits.sign_record,
        p.body,
        i,
        p.record(signature=Signature.REFUSED, refusal_reason="不认可", refusal_witness="李见证"),
    ),
    Step.FIND_NOTHING: lambda p, i: p.do(visits.find_nothing, p.body, i),
    Step.ORDER_RECTIFICATION: lambda p, i: p.do(
        visits.order_rectification, p.body, i, "清理通道", TODAY
    ),
    Step.REINSPECT: lambda p, i: p.do(
        visits.reinspect, p.body, i, visits.Outcome(True, "已清理", p.officers)
    ),
    Step.CANCEL: lambda p, i: p.do(commands.cancel, p.body, i, "企业停业"),
}
REACHED = [s for s in State if s not in (State.DUE, State.REINSPECTED, State.CASE_FILED)]
"""States in which an inspection rests by commands alone."""


async def trace(patrol: Patrol, row: Inspection) -> Any:
    """Everything of one inspection, so that a refusal can be shown to have changed nothing."""
    async with tenant_transaction(patrol.world.towns[0].scope(), read_only=True):
        return [
            await current().fetch(f"select * from {table} where tenant_id = $1 order by id",
                                  row.tenant_id)
            for table in ("inspections", "inspection_officers", "inspection_checks",
                          "inspection_events", "legal_deadlines", "outbox_events")
        ]  # fmt: skip


@pytest.mark.parametrize("state", REACHED)
async def test_in_each_state_each_unlawful_act_is_refused_and_changes_nothing(
    patrol: Patrol, state: State
) -> None:
    row = await patrol.at(state)
    before = await trace(patrol, row)

    for taken, act in ACTS.items():
        if (state, taken) not in MOVES:
            with pytest.raises((WrongStep, CodeShown, OpenItems, TeamTooSmall)):
                await act(patrol, row.id)

    assert await trace(patrol, row) == before


async def test_the_loop_closes_when_the_reinspection_finds_it_put_right(patrol: Patrol) -> None:
    row = await patrol.at(State.CLOSED)

    async with tenant_transaction(patrol.world.towns[0].scope(), read_only=True):
        steps = [e.step for e in await InspectionEvent.filter(inspection_id=row.id).order_by("id")]
        team = await InspectionOfficer.filter(inspection_id=row.id).order_by("round", "id")
        due = {d.rule: d for d in await LegalDeadline.filter(subject_id=row.id)}
        hazards = await Hazard.filter(premises_id=patrol.shop.id)
    assert steps == [
        "APPROVE", "ISSUE_CODE", "CHECK_IN", "SIGN_RECORD", "ORDER_RECTIFICATION", "REINSPECT",
        "CLOSE",
    ]  # fmt: skip
    assert [member.round for member in team] == [0, 0, 1, 1]
    assert due["RECTIFY"].due_on == due["RECTIFY"].met_on == TODAY
    assert due["REINSPECT"].met_on == TODAY
    assert [hazard.description for hazard in hazards] == ["疏散通道堵塞"]
    assert row.ended_on == TODAY


async def test_a_failed_reinspection_leaves_the_order_unmet(patrol: Patrol) -> None:
    row = await patrol.at(State.FAILED)

    async with tenant_transaction(patrol.world.towns[0].scope(), read_only=True):
        order = await LegalDeadline.get(subject_id=row.id, rule="RECTIFY")
    assert order.met_on is None
    assert row.ended_on is None


async def test_a_long_order_keeps_its_reason(patrol: Patrol) -> None:
    row = await patrol.at(State.RECORD_SIGNED)
    order, last = visits.order_rectification, TODAY + timedelta(days=60)
    for until, reason in ((last, ""), (TODAY + timedelta(days=181), "改造自动喷淋系统")):
        with pytest.raises(TermTooLong):
            await patrol.do(order, patrol.body, row.id, "改造喷淋", until, reason)

    ordered = await patrol.do(order, patrol.body, row.id, "改造喷淋", last, "改造自动喷淋系统")

    assert (ordered.rectify_until, ordered.rectify_reason) == (last, "改造自动喷淋系统")


async def test_an_order_falls_due_by_itself_once(patrol: Patrol) -> None:
    row = await patrol.at(State.RECTIFY_ORDERED)
    district = patrol.world.district_id

    on_time = await overdue.mark_due(district, TODAY)
    marked = await asyncio.gather(
        *(overdue.mark_due(district, TODAY + timedelta(days=1)) for _ in range(3))
    )

    assert on_time == []
    assert sorted(map(len, marked)) == [0, 0, 1]
    assert (await patrol.reload(row)).state == "DUE"
    closed = await ACTS[Step.REINSPECT](patrol, row.id)
    assert closed.state == "CLOSED"


async def test_who_planned_does_not_approve(patrol: Patrol) -> None:
    row = await patrol.plan()

    with pytest.raises(SamePerson):
        await patrol.do(commands.approve, patrol.body, row.id)

    assert (await patrol.reload(row)).state == "PLANNED"


async def test_a_committee_or_a_foreign_body_inspects_nothing(patrol: Patrol) -> None:
    task = commands.Task(Kind.ROUTINE, ["fire.exit"], "计划", TODAY)
    with pytest.raises(NotEnforcing):
        await patrol.do(commands.plan_task, None, patrol.shop.id, task)
    row = await patrol.plan()

    with pytest.raises(Forbidden):
        await patrol.do(commands.approve, patrol.world.towns[1].body_id, row.id, actor=HEAD)


async def test_a_body_checks_only_what_its_published_powers_cover(patrol: Patrol) -> None:
    await patrol.do(
        grant, patrol.world.towns[0].owner, patrol.body, Power.CHECK, item_group="gas.",
        basis="授权目录", document="演政发1号", valid_from=TODAY, published_on=TODAY,
    )  # fmt: skip

    with pytest.raises(NoPower):
        await patrol.plan()
    allowed = await patrol.plan(items=["gas.alarm"])

    assert allowed.state == "PLANNED"


async def test_a_visit_without_code_may_be_refused_and_with_one_may_not(patrol: Patrol) -> None:
    bare, coded = await patrol.at(State.TASK_APPROVED), await patrol.at(State.CODED)
    shop = patrol.shop.enterprise_id

    refused = await patrol.do(commands.refuse_visit, bare.id, shop, "未出示执法码")
    with pytest.raises(CodeShown):
        await patrol.do(commands.refuse_visit, coded.id, shop, "不想接受检查")
    with pytest.raises(NotFound):
        await patrol.do(commands.refuse_visit, coded.id, patrol.shop.id, "别家的检查")

    assert refused.state == "VISIT_REFUSED"
    again = await patrol.do(commands.issue_code, patrol.body, refused.id)
    assert again.state == "CODED"


async def test_an_urgent_visit_goes_first_and_owes_approval_and_filing(patrol: Patrol) -> None:
    row = await patrol.plan(kind=Kind.CLUE, urgent_reason="举报液氨泄漏")
    await patrol.do(commands.go_without_code, patrol.body, row.id, "情况紧急")
    row = await patrol.do(commands.check_in, patrol.body, row.id, commands.Arrival(patrol.officers))
    owed = await _rules(patrol, row)

    approved = await patrol.do(commands.approve, patrol.body, row.id, actor=HEAD)
    await patrol.do(commands.file_without_code, patrol.body, row.id, "备1号", TODAY)

    assert owed == {"URGENT_APPROVAL": None, "NO_CODE_FILE": None}
    assert approved.approved_afterwards is True
    assert approved.state == "ON_SITE"
    assert await _rules(patrol, row) == {"URGENT_APPROVAL": TODAY, "NO_CODE_FILE": TODAY}


async def _rules(patrol: Patrol, row: Inspection) -> dict[str, Any]:
    async with tenant_transaction(patrol.world.towns[0].scope(), read_only=True):
        return {d.rule: d.met_on for d in await LegalDeadline.filter(subject_id=row.id)}


async def test_a_team_with_a_lapsed_card_is_refused_and_nothing_begins(patrol: Patrol) -> None:
    lapsed = await appoint(patrol.world, count=1, valid_to=TODAY - timedelta(days=1))
    row = await patrol.at(State.CODED)

    for team in (patrol.officers[:1], [patrol.officers[0], *lapsed], [patrol.officers[0]] * 2):
        with pytest.raises(TeamTooSmall):
            await patrol.do(commands.check_in, patrol.body, row.id, commands.Arrival(team))

    assert (await patrol.reload(row)).state == "CODED"


@pytest.mark.parametrize("officers", [0, 1])
async def test_the_database_lets_nobody_on_site_without_two_officers(
    patrol: Patrol, officers: int
) -> None:
    row = await patrol.at(State.CODED)

    with pytest.raises(IntegrityError, match="two officers"):
        async with tenant_transaction(patrol.world.towns[0].scope()):
            await current().fetch(
                "insert into inspection_officers (id, tenant_id, district_id, inspection_id, round,"
                " officer_id, name, card_no, card_valid_to, day) select gen_random_uuid(),"
                " tenant_id, district_id, id, 0, gen_random_uuid(), '甲', '1', $2, $2"
                " from inspections, generate_series(1, $3) where id = $1",
                row.id, TODAY, officers,
            )  # fmt: skip
            await current().fetch(
                "update inspections set state = 'ON_SITE', on_site_day = $2 where id = $1",
                row.id, TODAY,
            )  # fmt: skip


async def test_the_database_knows_no_officer_with_a_lapsed_card(patrol: Patrol) -> None:
    row = await patrol.at(State.CODED)

    with pytest.raises(IntegrityError, match="inspection_officers_card"):
        async with tenant_transaction(patrol.world.towns[0].scope()):
            await current().fetch(
                "insert into inspection_officers (id, tenant_id, district_id, inspection_id, round,"
                " officer_id, name, card_no, card_valid_to, day) select gen_random_uuid(),"
                " tenant_id, district_id, id, 0, gen_random_uuid(), '甲', '1', $2::date - 1,"
                " $2::date from inspections where id = $1",
                row.id, TODAY,
            )  # fmt: skip


async def since_morning(patrol: Patrol, row: Inspection, at: datetime) -> None:
    """As if the task had been approved and coded then."""
    async with tenant_transaction(patrol.world.towns[0].scope()):
        await Inspection.filter(id=row.id).update(approved_at=at, code_issued_at=at)


async def test_no_code_makes_a_visit_lawful_that_began_without_it(patrol: Patrol) -> None:
    row = await patrol.at(State.CODED)
    arrival = commands.Arrival(patrol.officers, captured_at=clock.now() - timedelta(hours=1))

    with pytest.raises(Invalid, match="cancel the task"):
        await patrol.do(commands.check_in, patrol.body, row.id, arrival)

    assert (await patrol.reload(row)).state == "CODED"


async def test_a_team_of_others_alone_does_not_act_for_a_body(patrol: Patrol) -> None:
    row = await patrol.at(State.CODED)
    async with tenant_transaction(patrol.world.department_scope()):
        await Inspection.filter(id=row.id).update(body_id=patrol.world.departments["fire"])

        with pytest.raises(TeamTooSmall, match="of the body that acts"):
            await commands.check_in(
                patrol.world.departments["fire"], row.id, commands.Arrival(patrol.officers)
            )
    assert (await patrol.reload(row)).state == "CODED"


async def test_nobody_re_inspects_before_the_visit_was_recorded(patrol: Patrol) -> None:
    row = await patrol.at(State.RECTIFY_ORDERED)
    outcome = visits.Outcome(True, "已清理", patrol.officers, clock.now() - timedelta(hours=2))

    with pytest.raises(Invalid, match="follows the record"):
        await patrol.do(visits.reinspect, patrol.body, row.id, outcome)

    assert (await patrol.reload(row)).state == "RECTIFY_ORDERED"


async def test_a_record_that_arrives_hours_later_keeps_both_times(patrol: Patrol) -> None:
    row = await patrol.at(State.CODED)
    arrived = clock.now() - timedelta(hours=5)
    left = arrived + timedelta(minutes=40)
    await since_morning(patrol, row, arrived - timedelta(hours=1))

    await patrol.do(
        commands.check_in, patrol.body, row.id,
        commands.Arrival(patrol.officers, 29.601, 106.5, "某路1号", "手机7", arrived),
    )  # fmt: skip
    await patrol.check(row.id, violated=True)
    row = await patrol.do(visits.sign_record, patrol.body, row.id, patrol.record(captured_at=left))

    async with tenant_transaction(patrol.world.towns[0].scope(), read_only=True):
        event = await InspectionEvent.get(inspection_id=row.id, step="CHECK_IN")
    assert event.captured_at == row.on_site_at == arrived
    assert event.at > arrived + timedelta(hours=4)
    assert row.recorded_at == left
    assert row.distance_m == 111


async def test_of_two_results_the_later_captured_one_stays_whatever_arrives_last(
    patrol: Patrol,
) -> None:
    row = await patrol.at(State.ON_SITE)
    entry = visits.Entry("fire.exit", ItemResult.COMPLIANT)
    newer, older = clock.now(), clock.now() - timedelta(hours=2)

    await patrol.do(visits.record_checks, patrol.body, row.id, [entry], newer)
    late = visits.Entry("fire.exit", ItemResult.NOT_COMPLIANT, "通道堵塞")
    await patrol.do(visits.record_checks, patrol.body, row.id, [late], older)

    async with tenant_transaction(patrol.world.towns[0].scope(), read_only=True):
        check = await InspectionCheck.get(inspection_id=row.id, item="fire.exit")
    assert (check.result, check.captured_at) == ("COMPLIANT", newer)


async def test_a_finding_becomes_one_hazard_however_often_it_is_sent(patrol: Patrol) -> None:
    row = await patrol.at(State.ON_SITE)
    for _ in range(2):
        await patrol.check(row.id, violated=True)

    async with tenant_transaction(patrol.world.towns[0].scope(), read_only=True):
        assert await Hazard.filter(premises_id=patrol.shop.id).count() == 1


async def test_a_refused_signature_needs_reason_and_witness(patrol: Patrol) -> None:
    row = await patrol.at(State.ON_SITE)
    await patrol.check(row.id, violated=True)

    for missing in ("refusal_reason", "refusal_witness"):
        given = {"refusal_reason": "不认可", "refusal_witness": "李见证", missing: ""}
        with pytest.raises(Invalid):
            await patrol.do(
                visits.sign_record, patrol.body, row.id,
                patrol.record(signature=Signature.REFUSED, **given),
            )  # fmt: skip

    assert (await patrol.reload(row)).state == "ON_SITE"


async def test_a_third_visit_without_findings_raises_the_alarm_for_each_officer(
    patrol: Patrol,
) -> None:
    alarms = []
    for _ in range(4):
        await patrol.at(State.NO_ISSUE)
        async with tenant_transaction(patrol.world.towns[0].scope(), read_only=True):
            alarms.append(await LowYieldAlarm.all().order_by("id"))

    assert [len(found) for found in alarms] == [0, 0, 2, 2]
    assert {alarm.visits for alarm in alarms[2]} == {3}
    with pytest.raises(Forbidden):
        await patrol.do(
            low_yield.explain, patrol.world.towns[1].body_id, alarms[2][0].id, "该店管理良好"
        )
    done = await patrol.do(low_yield.explain, patrol.body, alarms[2][0].id, "该店管理良好")
    assert done.explained_on == TODAY
    with pytest.raises(Conflict):
        await patrol.do(low_yield.explain, patrol.body, alarms[2][0].id, "再解释一次")


async def test_one_joint_visit_brings_a_body_one_inspection(patrol: Patrol) -> None:
    task = commands.Task(Kind.ROUTINE, ["fire.exit"], "联合检查", TODAY)
    visit = UUID(int=7)

    rows = [
        await patrol.do(commands.plan_task, patrol.body, patrol.shop.id, task, joint_visit_id=visit)
        for _ in range(2)
    ]

    assert rows[0].id == rows[1].id


async def test_a_code_cannot_be_guessed_prolonged_or_moved(patrol: Patrol) -> None:
    row, other = await patrol.at(State.CODED), await patrol.at(State.CODED)
    now = clock.now()
    shown = codes.show(row, now)

    assert codes.read(shown.code, now) == (codes.Verdict.VALID, row.id)
    assert codes.read(shown.code.lower(), shown.valid_until)[0] is codes.Verdict.VALID
    late = shown.valid_until + timedelta(seconds=1)
    assert codes.read(shown.code, late) == (codes.Verdict.EXPIRED, row.id)
    foreign = codes.show(other, now).code
    for bent in (foreign[:20] + shown.code[20:], shown.code[:-1], "", "A" * 50, "ü"):
        assert codes.read(bent, now) == (codes.Verdict.NOT_OURS, None)
    # The last letter holds two bits that stand for nothing.
    for index, letter in product(range(0, 49, 7), "AQ7"):
        if shown.code[index] != letter:
            changed = shown.code[:index] + letter + shown.code[index + 1 :]
            assert codes.read(changed, now)[0] is not codes.Verdict.VALID
