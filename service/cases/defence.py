"""What the party says and asks after the notice: defence, hearing (arts. 45, 63, 64).

An enterprise speaks through its account.  Of any party the body notes what it said by word of
mouth or on paper; a natural person has no account, so that this is its way.
"""

from datetime import date
from enum import Enum
from uuid import UUID

from service import clock
from service.cases import papers
from service.cases.records import CaseOfficer, PenaltyCase
from service.cases.rules import DayOff, NoHearing, State, Step, TooSoon, WrongStep
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
    return await _defend(await locked(case_id, party=party), defence, today())


async def _defend(case: PenaltyCase, defence: str, on: date, field: str = "defence") -> PenaltyCase:
    allow(case, Step.DEFEND)
    said = bounded(defence, field, 8000)
    earlier = f"{case.defence}\n\n" if case.defence else ""
    changes = {"defence": f"{earlier}{on}: {said}", "defended_on": on, "defence_answer": ""}
    await take(case, Step.DEFEND, changes=changes)
    await deadlines.meet(subject(case), "CASE_DEFENCE", on)
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
    return await _ask(await locked(case_id, party=party), today())


async def _ask(case: PenaltyCase, on: date) -> PenaltyCase:
    allow(case, Step.ASK_HEARING)
    if not case.hearing_due:
        raise NoHearing(
            "a hearing is held for a large fine, a licence or a closure (art. 63); state your "
            "defence instead"
        )
    limit = await LegalDeadline.get(
        tenant_id=case.tenant_id, subject_id=case.id, rule="HEAR_REQ", reference=""
    )
    if limit.due_on is not None and on > limit.due_on:
        raise NoHearing(f"the last day was {limit.due_on} (art. 64); state your defence instead")
    await take(case, Step.ASK_HEARING, changes={"hearing_asked_on": on})
    await deadlines.meet(subject(case), "HEAR_REQ", on)
    return case


async def waive_hearing(party: UUID, case_id: UUID) -> PenaltyCase:
    """The enterprise takes its request back; the body may decide without a hearing."""
    return await _waive(await locked(case_id, party=party))


async def _waive(case: PenaltyCase) -> PenaltyCase:
    return await take(case, Step.WAIVE_HEARING, changes={"hearing_on": None})


class Statement(Enum):
    """What a party said to the body, by word of mouth or on paper."""

    DEFENCE = "DEFENCE"
    HEARING_REQUEST = "HEARING_REQUEST"
    HEARING_WAIVER = "HEARING_WAIVER"


async def note_statement(
    acting: UUID | None, case_id: UUID, said: Statement, on: date, text: str = ""
) -> PenaltyCase:
    """Note what the party said on a day after the notice; `text` is a defence (arts. 45, 64).

    The day on which it was received counts, not that of the entry.

    Raises:
        NoHearing, WrongStep: as for what the party enters itself.
        Invalid: the day lies before the notice or ahead, or the defence says nothing.
    """
    case = await locked(case_id, acting)
    day = past(on, "receivedOn", case.notice_served_on)
    if said is Statement.DEFENCE:
        return await _defend(case, text, day, "text")
    if said is Statement.HEARING_REQUEST:
        return await _ask(case, day)
    return await _waive(case)


async def call_hearing(
    acting: UUID | None, case_id: UUID, held: papers.Hearing, *, day_off_agreed: bool = False
) -> PenaltyCase:
    """Call the hearing, at least 7 working days after this notice of time and place (art. 64).

    Those are working days (art. 85), and a hearing that the party could not expect on a day off is
    none: on such a day only as the party agreed.

    Raises:
        TooSoon: fewer working days lie between.
        DayOff: the day is none of work, and the party did not agree to it.
        Invalid: no place, no chair, or one who investigates the case.
        YearNotPublished: nobody knows yet how many do.
    """
    case = await locked(case_id, acting)
    allow(case, Step.CALL_HEARING)
    await _check_hearing(case, held)
    on = clock.legal_day(held.at)
    least = (await rule_book()).rule("HEAR_NOTICE", today()).number
    days = await calendar()
    between = working_days_between(today(), on, days)
    if between < least:
        raise TooSoon(
            f"{between} working days lie between today and {on}; at least {least} must (art. 64)",
            path=("input", "heldAt"),
        )
    if not days.is_working(on) and not day_off_agreed:
        raise DayOff(
            f"{on} is a day off; choose a working day, or say that the party agreed to it",
            path=("input", "heldAt"),
        )
    agreed = {"day_off_agreed": True} if day_off_agreed else {}
    await take(case, Step.CALL_HEARING, changes={"hearing_on": on}, on=str(on), **agreed)
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
