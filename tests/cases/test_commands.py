"""Cases by their commands: every state × every act, and what only the database can hold."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from service import clock
from service.cases import commands, decisions, defence, execution
from service.cases.discretion import Band, Circumstance, OutsideDiscretion
from service.cases.fines import Entry
from service.cases.queries import completeness_of
from service.cases.records import CaseEvent, PenaltyCase
from service.cases.rules import (
    MOVES,
    CollectiveMissing,
    DayOff,
    DecidedByInvestigator,
    Delivery,
    HeavierThanNoticed,
    NoConsent,
    NoHearing,
    NotPaid,
    NotReviewedByAnother,
    NotSimple,
    Penalty,
    PenaltyKind,
    State,
    Step,
    TimeBarred,
    TooSoon,
    WrongStep,
)
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.evidence.records import Evidence
from service.ids import new_id
from service.inspections.rules import State as InspectionState
from service.inspections.rules import TeamTooSmall
from service.inspections.rules import WrongStep as WrongInspection
from tenants.records import owned
from tenants.wall import current, tenant_transaction
from tests.cases.conftest import LARGE, REVIEWER, SMALL, Court, called
from tests.inspections.conftest import HEAD, INSPECTOR, TODAY, Patrol

ACTS: dict[Step, Any] = {
    Step.ASSIGN: lambda c, i: c.do(commands.assign, c.body, i, c.officers),
    Step.REPORT: lambda c, i: c.do(commands.report, c.body, i, commands.Report("查明", SMALL)),
    Step.PASS: lambda c, i: c.do(
        commands.review, c.body, i, passed=True, opinion="同意", actor=REVIEWER
    ),
    Step.RETURN: lambda c, i: c.do(
        commands.review, c.body, i, passed=False, opinion="补充", actor=REVIEWER
    ),
    Step.SERVE_NOTICE: lambda c, i: c.do(
        commands.serve_notice, c.body, i, Delivery.IN_PERSON, TODAY
    ),
    Step.DEFEND: lambda c, i: c.do(defence.defend, c.shop.enterprise_id, i, "已整改"),
    Step.ASK_HEARING: lambda c, i: c.do(defence.ask_hearing, c.shop.enterprise_id, i),
    Step.WAIVE_HEARING: lambda c, i: c.do(defence.waive_hearing, c.shop.enterprise_id, i),
    Step.CALL_HEARING: lambda c, i: c.do(
        defence.call_hearing, c.body, i, called(TODAY + timedelta(days=20))
    ),
    Step.HOLD_HEARING: lambda c, i: c.do(defence.hold_hearing, c.body, i, "笔录"),
    Step.DECIDE: lambda c, i: c.do(
        decisions.decide, c.body, i, decisions.Decision("演罚9号", SMALL), actor=HEAD
    ),
    Step.DECIDE_ON_SPOT: lambda c, i: c.do(
        decisions.decide_on_spot, c.body, i, decisions.Decision("演罚9号", SMALL), c.officers
    ),
    Step.SERVE: lambda c, i: c.do(decisions.serve, c.body, i, Delivery.IN_PERSON, TODAY),
    Step.PUBLISH: lambda c, i: c.do(decisions.publish, c.body, i),
    Step.EXECUTE: lambda c, i: c.do(execution.execute, c.body, i, "执行"),
    Step.CLOSE: lambda c, i: c.do(execution.close, c.body, i, "结案"),
    Step.SPARE: lambda c, i: c.do(commands.spare, c.body, i, "轻微并改正"),
    Step.TRANSFER: lambda c, i: c.do(
        commands.transfer, c.body, i, c.world.departments["fire"], "属消防职权"
    ),
    Step.SUSPEND: lambda c, i: c.do(commands.suspend, c.body, i, "等待鉴定"),
    Step.RESUME: lambda c, i: c.do(commands.resume, c.body, i),
    Step.ANNUL: lambda c, i: c.do(decisions.annul, c.body, i, "复议撤销"),
}


async def trace(court: Court) -> Any:
    """Everything of the town's cases and of all claims, to show that a refusal changed nothing."""
    tables = (
        "penalty_cases", "case_officers", "case_events", "registered_evidence", "fine_entries",
        "case_transfers", "legal_deadlines", "outbox_events",
    )  # fmt: skip
    async with tenant_transaction(court.world.towns[0].scope(), read_only=True):
        return [
            await current().fetch(f"select * from {table} where tenant_id = $1 order by id",
                                  court.shop.tenant_id)
            for table in tables
        ]  # fmt: skip


@pytest.mark.parametrize("state", list(State))
async def test_in_each_state_each_unlawful_act_is_refused_and_changes_nothing(
    court: Court, state: State
) -> None:
    case = await court.at(state)
    before = await trace(court)

    assert set(ACTS) == set(Step)
    for taken, act in ACTS.items():
        if (state, taken) not in MOVES and (state, taken) != (State.SUSPENDED, Step.RESUME):
            with pytest.raises(WrongStep):
                await act(court, case.id)

    assert await trace(court) == before


async def test_a_case_from_the_inspection_to_the_closed_file(court: Court) -> None:
    patrol = Patrol(court.world, court.shop, court.officers)
    inspected = await patrol.at(InspectionState.FAILED)
    case = await court.file(inspection_id=inspected.id)
    grown = await patrol.reload(inspected)
    closed = await court.at(State.CLOSED)

    assert (grown.state, grown.case_id) == ("CASE_FILED", case.id)
    clocks = await court.due(closed)
    assert {rule: clock.met_on for rule, clock in clocks.items()} == {
        "DECIDE": TODAY, "CASE_DEFENCE": None, "SERVE": TODAY, "PUB_PENALTY": TODAY,
        "FINE_PAY": TODAY,
    }  # fmt: skip
    assert clocks["CASE_DEFENCE"].dropped is True
    assert clocks["DECIDE"].article == "art. 60"
    async with tenant_transaction(court.world.towns[0].scope(), read_only=True):
        steps = [e.step for e in await CaseEvent.filter(case_id=closed.id).order_by("id")]
    assert steps == [
        "ASSIGN", "REPORT", "PASS", "SERVE_NOTICE", "DECIDE", "SERVE", "PUBLISH", "EXECUTE",
        "CLOSE",
    ]  # fmt: skip


async def test_an_inspection_without_findings_makes_no_case_and_one_makes_one(
    court: Court,
) -> None:
    patrol = Patrol(court.world, court.shop, court.officers)
    nothing = await patrol.at(InspectionState.NO_ISSUE)
    found = await patrol.at(InspectionState.RECORD_SIGNED)
    await court.file(inspection_id=found.id)

    for row in (nothing, found):
        with pytest.raises(WrongInspection):
            await court.file(inspection_id=row.id)


async def test_a_defence_makes_no_penalty_heavier(court: Court) -> None:
    case = await court.at(State.DEFENCE)
    await court.lapse(case, "CASE_DEFENCE")
    decide = decisions.decide

    with pytest.raises(Conflict, match="answer the defence"):
        await ACTS[Step.DECIDE](court, case.id)
    await court.do(defence.answer_defence, court.body, case.id, "申辩不成立")
    for heavier in (
        Penalty(SMALL.kinds, SMALL.fine_fen + 1),
        Penalty(SMALL.kinds | {PenaltyKind.CLOSURE}, SMALL.fine_fen),
        Penalty(frozenset({PenaltyKind.CONFISCATION})),
    ):
        with pytest.raises(HeavierThanNoticed):
            await court.do(
                decide, court.body, case.id, decisions.Decision("1号", heavier), actor=HEAD
            )
    lighter = decisions.Decision("1号", Penalty(SMALL.kinds, 1))
    done = await court.do(decide, court.body, case.id, lighter, actor=HEAD)

    assert (done.state, done.fine_fen) == ("DECIDED", 1)


async def test_the_database_fines_nobody_above_the_notice(court: Court) -> None:
    case = await court.at(State.DECIDED)

    with pytest.raises(IntegrityError, match="penalty_cases_noticed"):
        await court.change(case, fine_fen=SMALL.fine_fen + 1)
    with pytest.raises(IntegrityError, match="penalty_cases_reviewed"):
        await court.change(case, reviewed_by=case.reported_by)


async def test_the_database_lets_no_case_go_on_without_two_officers(court: Court) -> None:
    case = await court.file()

    with pytest.raises(IntegrityError, match="two officers"):
        await court.change(case, state="INVESTIGATING")
    with pytest.raises(TeamTooSmall):
        await court.do(commands.assign, court.body, case.id, court.officers[:1])


async def test_nothing_is_decided_while_the_party_may_speak(court: Court) -> None:
    case = await court.at(State.NOTICE_SERVED)

    with pytest.raises(TooSoon):
        await ACTS[Step.DECIDE](court, case.id)
    await court.lapse(case, "CASE_DEFENCE")

    assert (await ACTS[Step.DECIDE](court, case.id)).state == "DECIDED"


async def test_investigators_do_not_review_their_case(court: Court) -> None:
    case = await court.at(State.LEGAL_REVIEW)

    with pytest.raises(NotReviewedByAnother):
        await court.do(commands.review, court.body, case.id, passed=True, opinion="同意")
    returned = await ACTS[Step.RETURN](court, case.id)

    assert (returned.state, returned.reviewed_on) == ("INVESTIGATING", None)


async def test_a_hearing_is_held_for_its_kinds_only_and_in_time(court: Court) -> None:
    small, large = await court.at(State.NOTICE_SERVED), None
    with pytest.raises(NoHearing):
        await ACTS[Step.ASK_HEARING](court, small.id)
    large = await court.at(State.NOTICE_SERVED, LARGE)
    await court.lapse(large, "HEAR_REQ")
    with pytest.raises(NoHearing, match="last day"):
        await ACTS[Step.ASK_HEARING](court, large.id)
    asked = await court.at(State.HEARING_ASKED)
    with pytest.raises(TooSoon):
        await court.do(
            defence.call_hearing, court.body, asked.id, called(TODAY + timedelta(days=8))
        )
    holiday = called(TODAY + timedelta(days=20), off=True)
    with pytest.raises(DayOff) as refusal:
        await court.do(defence.call_hearing, court.body, asked.id, holiday)
    assert refusal.value.path == ("input", "heldAt")
    assert (await court.reload_case(asked)).state == "HEARING_ASKED"
    agreed = await court.do(
        defence.call_hearing, court.body, asked.id, holiday, day_off_agreed=True
    )
    assert agreed.hearing_on == holiday.at.date()
    summoned = await ACTS[Step.CALL_HEARING](court, asked.id)
    with pytest.raises(TooSoon):
        await ACTS[Step.HOLD_HEARING](court, summoned.id)

    waived = await ACTS[Step.WAIVE_HEARING](court, summoned.id)
    assert (waived.state, waived.hearing_on) == ("DEFENCE", None)


async def test_a_grave_case_is_discussed_by_the_heads(court: Court) -> None:
    case = await court.at(State.HEARD)
    decision = decisions.Decision("演罚2号", LARGE)
    await court.lapse(case, "CASE_DEFENCE")

    with pytest.raises(CollectiveMissing):
        await court.do(decisions.decide, court.body, case.id, decision, actor=HEAD)
    with pytest.raises(IntegrityError, match="penalty_cases_collective"):
        await court.change(case, decision_number="1号")
    await court.do(defence.discuss, court.body, case.id, TODAY, "一致同意")

    decided = await court.do(decisions.decide, court.body, case.id, decision, actor=HEAD)

    assert decided.state == "DECIDED"


async def test_electronic_service_needs_signed_consent(court: Court) -> None:
    case = await court.at(State.DECIDED)

    with pytest.raises(NoConsent):
        await court.do(decisions.serve, court.body, case.id, Delivery.ELECTRONIC, TODAY)
    await court.do(commands.consent, court.body, case.id, TODAY)
    served = await court.do(decisions.serve, court.body, case.id, Delivery.ELECTRONIC, TODAY)

    assert served.delivery == "ELECTRONIC"


@pytest.mark.parametrize(
    ("ended", "harmed", "barred"),
    [(729, False, False), (735, False, True), (735, True, False), (1830, True, True)],
)
async def test_an_act_found_too_late_is_not_punished(
    court: Court, ended: int, harmed: bool, barred: bool
) -> None:
    day = TODAY - timedelta(days=ended)
    values = {"began_on": day, "ended_on": day, "harmed_life_or_health": harmed}

    if barred:
        with pytest.raises(TimeBarred):
            await court.file(**values)
    else:
        assert (await court.file(**values)).state == "FILED"


async def test_on_the_spot_only_a_small_fine(court: Court) -> None:
    case = await court.file()
    spot = decisions.decide_on_spot
    most = Penalty(frozenset({PenaltyKind.FINE}), 300_000)

    for heavy in (Penalty(most.kinds, 300_001), Penalty(frozenset({PenaltyKind.CLOSURE}))):
        with pytest.raises(NotSimple):
            await court.do(
                spot, court.body, case.id, decisions.Decision("1号", heavy), court.officers
            )
    done = await court.do(
        spot, court.body, case.id, decisions.Decision("1号", most), court.officers
    )

    assert (done.state, done.simple, done.served_on) == ("SERVED", True, TODAY)
    assert set(await court.due(done)) == {"DECIDE", "PUB_PENALTY", "FINE_PAY"}


async def test_a_late_fine_grows_and_is_executed_when_all_is_paid(court: Court) -> None:
    case = await court.at(State.PUBLISHED)
    body, pay = court.body, execution.record_payment
    await court.change(case, served_on=TODAY - timedelta(days=40))
    async with tenant_transaction(court.world.towns[0].scope()):
        await current().fetch(
            'update fine_entries set "on" = $2 where case_id = $1', case.id,
            TODAY - timedelta(days=10),
        )  # fmt: skip

    with pytest.raises(NotPaid, match="1300000 fen are owed, 300000"):
        await court.do(execution.execute, body, case.id, "缴清")
    with pytest.raises(Conflict, match="only 1300000"):
        await court.do(pay, body, case.id, 1_300_001, TODAY, "回单")
    await court.do(execution.record_suit, body, case.id, TODAY - timedelta(days=4), None)
    await court.do(pay, body, case.id, 1_150_000, TODAY, "回单")
    done = await court.do(execution.execute, body, case.id, "缴清")

    assert done.state == "EXECUTED"


async def test_instalments_add_up_and_move_the_last_day(court: Court) -> None:
    case = await court.at(State.SERVED)
    body, grant = court.body, execution.grant_instalments
    halves = [Entry(TODAY + timedelta(days=d), 500_000) for d in (30, 60)]

    for wrong in ([halves[0]], [halves[0], halves[0]], [Entry(TODAY, 0), *halves]):
        with pytest.raises(Invalid):
            await court.do(grant, body, case.id, wrong, "经营困难")
    await court.do(grant, body, case.id, halves, "经营困难")

    assert (await court.due(case))["FINE_PAY"].due_on == halves[1].on


async def test_a_stay_holds_the_execution_and_a_suit_does_not(court: Court) -> None:
    case = await court.at(State.PUBLISHED)
    body = court.body
    await court.do(execution.record_payment, body, case.id, SMALL.fine_fen, TODAY, "回单")
    await court.do(execution.record_suit, body, case.id, TODAY, None)
    await court.do(execution.record_stay, body, case.id, TODAY, None, "法院裁定停止执行")

    with pytest.raises(Conflict, match="stayed"):
        await court.do(execution.execute, body, case.id, "缴清")
    await court.do(execution.record_stay, body, case.id, TODAY, TODAY, "裁定解除")

    assert (await court.do(execution.execute, body, case.id, "缴清")).state == "EXECUTED"


async def test_an_annulled_decision_leaves_the_public_before_it_is_closed(court: Court) -> None:
    case = await court.at(State.WITHDRAWN)
    clock = (await court.due(case))["WITHDRAW"]

    with pytest.raises(Conflict, match="withdraw"):
        await ACTS[Step.CLOSE](court, case.id)
    await court.do(decisions.confirm_withdrawal, court.body, case.id)

    assert (clock.met_on, clock.article) == (None, "art. 48")
    assert (await court.due(case))["WITHDRAW"].met_on == TODAY
    assert (await ACTS[Step.CLOSE](court, case.id)).state == "CLOSED"


async def test_suspended_days_do_not_count(court: Court) -> None:
    case = await court.at(State.SUSPENDED)
    before = (await court.due(case))["DECIDE"].due_on
    await court.change(case, suspended_on=TODAY - timedelta(days=30))

    resumed = await ACTS[Step.RESUME](court, case.id)

    after = (await court.due(case))["DECIDE"].due_on
    assert resumed.state == "INVESTIGATING"
    assert resumed.suspended_from == ""
    assert isinstance(before, date) or before is None
    if before is not None and after is not None:
        assert after - before >= timedelta(days=30)


async def test_registered_evidence_is_decided_by_its_last_day(court: Court) -> None:
    case = await court.at(State.INVESTIGATING)
    thing = await court.do(commands.register_evidence, court.body, case.id, "灭火器三具")
    clock = (await court.due(case))["EVID_REG"]

    await court.do(commands.handle_evidence, court.body, thing.id, "退还")

    assert (clock.reference, clock.met_on, clock.article) == (str(thing.id), None, "art. 56")
    assert (await court.due(case))["EVID_REG"].met_on == TODAY
    with pytest.raises(Conflict):
        await court.do(commands.handle_evidence, court.body, thing.id, "没收")


async def test_another_body_or_enterprise_does_nothing_in_a_case(court: Court) -> None:
    case = await court.at(State.NOTICE_SERVED)

    with pytest.raises(Forbidden):
        await court.do(commands.suspend, court.world.towns[1].body_id, case.id, "等待鉴定")
    with pytest.raises(NotFound):
        await court.do(defence.defend, court.shop.id, case.id, "已整改")


async def test_a_file_says_what_it_lacks(court: Court) -> None:
    case = await court.at(State.CLOSED)

    async with tenant_transaction(court.world.towns[0].scope(), read_only=True):
        lacking = (await completeness_of([case]))[case.id]
    assert [piece.value for piece in lacking.missing] == ["EVIDENCE"]
    assert len(lacking.required) == 13
    assert await _sealed(court, case) == []


async def _sealed(court: Court, case: PenaltyCase) -> Any:
    async with tenant_transaction(court.world.towns[0].scope()):
        await Evidence.create(
            id=new_id(), **owned(case.owner), subject_kind="CASE", subject_id=case.id,
            filename="1.jpg", media_type="image/jpeg", byte_length=1, sha256="0" * 64,
            captured_at=clock.now(), upload_id="u", part_length=1, expires_at=clock.now(),
            created_by="x", created_at=clock.now(), state="SEALED", decided_at=clock.now(),
        )  # fmt: skip
        return [p.value for p in (await completeness_of([case]))[case.id].missing]


async def test_whoever_reported_what_was_found_does_not_decide(court: Court) -> None:
    case = await court.at(State.NOTICE_SERVED)
    await court.lapse(case, "CASE_DEFENCE", "HEAR_REQ")
    decision = decisions.Decision("演罚1号", SMALL)

    with pytest.raises(DecidedByInvestigator):
        await court.do(decisions.decide, court.body, case.id, decision, actor=INSPECTOR)

    assert (await court.reload_case(case)).state == "NOTICE_SERVED"
    decided = await court.do(decisions.decide, court.body, case.id, decision, actor=HEAD)
    assert decided.state == "DECIDED"


async def test_a_decision_keeps_why_it_leaves_the_table_of_its_item(
    court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await court.at(State.NOTICE_SERVED)
    await court.lapse(case, "CASE_DEFENCE", "HEAR_REQ")
    band = Band(Circumstance.GENERAL, 100, 200, "示裁〔2025〕1号", confirmed=False)
    monkeypatch.setattr(decisions, "table", lambda *_: [band])
    given = decisions.Decision("演罚1号", SMALL, circumstance=Circumstance.GENERAL)

    with pytest.raises(OutsideDiscretion, match="100 to 200"):
        await court.do(decisions.decide, court.body, case.id, given, actor=HEAD)
    assert (await court.reload_case(case)).state == "NOTICE_SERVED"

    given = replace(given, departure="一年内第三次违法")
    await court.do(decisions.decide, court.body, case.id, given, actor=HEAD)
    row = await court.reload_case(case)
    assert (row.state, row.circumstance, row.departure) == (
        "DECIDED", "GENERAL", "一年内第三次违法",
    )  # fmt: skip
