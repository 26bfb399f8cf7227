"""Objections (异议): the party says what is wrong with its publication, and gets an answer.

An objection must be verified and answered within a set time (国办发〔2020〕49号 (八)).  It ends in
a correction, a withdrawal, or a refusal with reasons; the entry changes in the same transaction.
"""

from datetime import date
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.blacklist import listing
from service.blacklist import rule_packs as packs
from service.blacklist.deadlines import answer_by
from service.blacklist.records import BlacklistCase, BlacklistObjection
from service.blacklist.rules import (
    LISTED,
    BodyId,
    ObjectionOutcome,
    PublicationClass,
    State,
    Step,
    WrongStep,
    check_decider,
)
from service.blacklist.steps import body_of, locked
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.law.queries import rule_book
from service.workdays.queries import calendar
from tenants.records import owned

TEXT_MAX = 2000


async def lodge(case_id: UUID, claim: str) -> BlacklistObjection:
    """Take an objection in; its answer is due from this day on.

    Raises:
        NotFound: no such case.
        WrongStep: nothing is public.
        Invalid: the claim has a wrong length.
        Conflict: an earlier objection waits for its answer.
    """
    case = await locked(case_id)
    if State(case.state) not in LISTED:
        raise WrongStep("nothing about this case is public; a defence is recorded in the case")
    today = clock.legal_day(clock.now())
    text, publication = _text(claim, "claim"), PublicationClass(case.publication)
    due = answer_by(packs.OBJECTION, publication, today, await rule_book(), await calendar())
    try:
        row = await BlacklistObjection.create(
            id=new_id(),
            **owned(case.owner),
            case_id=case.id,
            enterprise_id=case.enterprise_id,
            penalty_body_id=case.penalty_body_id,
            claim=text,
            lodged_on=today,
            due_on=due,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict(
            "an objection to this entry waits for its answer", path=("input", "caseId")
        ) from error
    await _tell("blacklist.objection_lodged", row)
    return row


async def answer(
    objection_id: UUID,
    acting: BodyId | None,
    outcome: ObjectionOutcome,
    text: str,
    *,
    cause: str | None = None,
    basis: str | None = None,
) -> tuple[BlacklistObjection, BlacklistCase]:
    """Answer after verification; `cause` and `basis` are the corrected words of a correction.

    Raises:
        NotFound, NotDecidingBody: no such objection, or another body's.
        WrongStep: it was answered already, or the entry is not in a state to be changed so.
        Invalid: no reasons, or a correction without corrected words.
    """
    found = await BlacklistObjection.get_or_none(id=objection_id)
    if found is None:
        raise NotFound("no such objection", path=("input", "objectionId"))
    # The case is locked before its objection, as everywhere.
    case = await locked(found.case_id)
    row = await BlacklistObjection.filter(id=objection_id).select_for_update().get()
    body = await body_of(acting, case.penalty_decided_on)
    check_decider(BodyId(row.penalty_body_id), body, Step.CORRECT)
    if row.outcome:
        raise WrongStep("this objection was answered already")
    reasons = _text(text, "answer")
    if outcome is ObjectionOutcome.CORRECTED:
        case = await listing.correct(case.id, acting, reason=reasons, cause=cause, basis=basis)
    elif outcome is ObjectionOutcome.WITHDRAWN:
        case = await listing.withdraw(case.id, acting, reasons)
    row.outcome, row.answer = outcome.value, reasons
    row.answered_on = clock.legal_day(clock.now())
    await row.save()
    await _tell("blacklist.objection_answered", row, outcome=outcome.value)
    return row, case


def is_late(row: BlacklistObjection, today: date) -> bool:
    """Whether the answer is owed or came after its last day."""
    return row.due_on is not None and (row.answered_on or today) > row.due_on


async def _tell(event: str, row: BlacklistObjection, **detail: str) -> None:
    await audit.record(event, row.owner, "BlacklistObjection", row.id, **detail)
    payload = {"case": str(row.case_id), "objection": str(row.id), **detail}
    await outbox.emit(event, row.owner, payload)


def _text(text: str, field: str) -> str:
    if not 2 <= len(text.strip()) <= TEXT_MAX:
        raise Invalid(f"{field} has 2 to {TEXT_MAX} characters", path=("input", field))
    return text.strip()
