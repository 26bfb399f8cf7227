"""What the party says and asks after the notice: defence, hearing (arts. 45, 63, 64)."""

from datetime import date
from uuid import UUID

from service import clock
from service.cases import papers
from service.cases.records import CaseOfficer, PenaltyCase
from service.cases.rules import NoHearing, State, Step, TooSoon, WrongStep
from service.cases.steps import allow, locked, note, past, subject, take, today
from service.deadlines import commands as deadlines
from service.deadlines.records import LegalDeadline
from service.errors import Conflict, Invalid
from service.law.queries import rule_book
from service.texts import bounded
from service.workdays.queries import calendar
from service.workdays.rules import working_days_between


async def defend(party: UUID, case_id: UUID, defence: str) -> PenaltyCase:
    """The enterprise states its defence; it is heard at any time before the decision (art. 45).

    Raises:
        NotFound: not its own case.
        WrongStep: no notice was served, or the decision is made.
    """
    case = await locked(case_id, party=party)
    allow(case, Step.DEFEND)
    said = bounded(defence, "defence", 8000)
    earlier = f"{case.defence}\n\n" if case.defence else ""
    changes = {"defence": f"{earlier}{today()}: {said}", "defended_on": today()}
    changes["defence_answer"] = ""
    await take(case, Step.DEFEND, changes=changes)
    await deadlines.meet(subject(case), "CASE_DEFENCE", today())
    return case


async def answer_defence(acting: UUID | None, case_id: UUID, answer: str) -> PenaltyCase:
    """Verify what the party said and answer it; without an answer nothing is decided (art. 45).

    Raises:
        Conflict: nothing was said.
    """
    case = await locked(case_id, acting)
    if not case.defence or State(case.state) not in (
        State.DEFENCE, State.HEARING_ASKED, State.HEARING, State.HEARD,
    ):  # fmt: skip
        raise Conflict("no defence waits for an answer", path=("input", "caseId"))
    case.defence_answer = bounded(answer, "answer", 4000)
    await case.save()
    await note(case, "cases.defence_answered")
    return case


async def ask_hearing(party: UUID, case_id: UUID) -> PenaltyCase:
    """The enterprise asks for a hearing, within 5 working days of the notice (arts. 63, 64).

    Raises:
        NoHearing: for no kind that art. 63 names, or too late.
    """
    case = await locked(case_id, party=party)
    allow(case, Step.ASK_HEARING)
    if not case.hearing_due:
        raise NoHearing(
            "a hearing is held for a large fine, a licence or a closure (art. 63); state your "
            "defence instead"
        )
    limit = await LegalDeadline.get(
        tenant_id=case.tenant_id, subject_id=case.id, rule="HEAR_REQ", reference=""
    )
    if limit.due_on is not None and today() > limit.due_on:
        raise NoHearing(f"the last day was {limit.due_on} (art. 64); state your defence instead")
    await take(case, Step.ASK_HEARING, changes={"hearing_asked_on": today()})
    await deadlines.meet(subject(case), "HEAR_REQ", today())
    return case


async def waive_hearing(party: UUID, case_id: UUID) -> PenaltyCase:
    """The enterprise takes its request back; the body may decide without a hearing."""
    case = await locked(case_id, party=party)
    return await take(case, Step.WAIVE_HEARING, changes={"hearing_on": None})


async def call_hearing(acting: UUID | None, case_id: UUID, held: papers.Hearing) -> PenaltyCase:
    """Call the hearing, at least 7 working days after this notice of time and place (art. 64).

    Raises:
        TooSoon: fewer working days lie between.
        Invalid: no place, no chair, or one who investigates the case.
        YearNotPublished: nobody knows yet how many do.
    """
    case = await locked(case_id, acting)
    allow(case, Step.CALL_HEARING)
    await _check_hearing(case, held)
    on = clock.legal_day(held.at)
    least = (await rule_book()).rule("HEAR_NOTICE", today()).number
    between = working_days_between(today(), on, await calendar())
    if between < least:
        raise TooSoon(
            f"{between} working days lie between today and {on}; at least {least} must (art. 64)",
            path=("input", "heldAt"),
        )
    await take(case, Step.CALL_HEARING, changes={"hearing_on": on}, on=str(on))
    await deadlines.start(subject(case), "HEAR_NOTICE", today(), last_day=on)
    await papers.hearing(case, held)
    return case


async def _check_hearing(case: PenaltyCase, held: papers.Hearing) -> None:
    bounded(held.place, "place", 200)
    chair = bounded(held.chair, "chair", 60)
    if await CaseOfficer.exists(case_id=case.id, name=chair):
        raise Invalid(
            "somebody else than the investigators chairs (art. 64)", path=("input", "chair")
        )


async def hold_hearing(acting: UUID | None, case_id: UUID, record: str) -> PenaltyCase:
    """Record the hearing on or after its day; the decision follows its record (art. 65).

    Raises:
        TooSoon: its day has not come.
    """
    case = await locked(case_id, acting)
    allow(case, Step.HOLD_HEARING)
    if case.hearing_on is None:
        raise WrongStep("call the hearing first")
    if today() < case.hearing_on:
        raise TooSoon(f"the hearing is on {case.hearing_on}", path=("input", "caseId"))
    changes = {"hearing_record": bounded(record, "record", 16000)}
    await take(case, Step.HOLD_HEARING, changes=changes)
    await deadlines.meet(subject(case), "HEAR_NOTICE", today())
    return case


async def discuss(acting: UUID | None, case_id: UUID, on: date, record: str) -> PenaltyCase:
    """Record that the heads of the body discussed the case together (集体讨论, art. 57)."""
    case = await locked(case_id, acting)
    if State(case.state) not in (State.NOTICE_SERVED, State.DEFENCE, State.HEARD):
        raise WrongStep("the heads discuss a case after its notice and before its decision")
    case.discussed_on = past(on, "on", case.notice_served_on)
    case.discussion = bounded(record, "record", 8000)
    await case.save()
    await note(case, "cases.discussed")
    return case
