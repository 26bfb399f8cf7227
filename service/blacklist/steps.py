"""How every step in a case is taken: the row locked, the rule asked, the step kept."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.blacklist import measures
from service.blacklist.deadlines import CaseDates
from service.blacklist.records import BlacklistCase, BlacklistEvent
from service.blacklist.rules import (
    BY_DECIDING_BODY,
    ENDED,
    LIFTS,
    BodyId,
    CreditClass,
    NotDecidingBody,
    PenalisingBody,
    PublicationClass,
    State,
    Step,
    WrongStep,
    check_decider,
    step,
)
from service.errors import NotFound
from service.ids import new_id
from service.powers import queries as powers
from service.powers.rules import Power
from service.publication.commands import News, announce
from service.publication.events import EventKind
from tenants.records import Body, owned
from tenants.wall import current

EVENTS = {
    Step.CLASSIFY: "blacklist.classified",
    Step.REJECT: "blacklist.rejected",
    Step.DROP: "blacklist.dropped",
    Step.SERVE_NOTICE: "blacklist.notice_served",
    Step.RECORD_DEFENCE: "blacklist.defence_recorded",
    Step.HEAR: "blacklist.heard",
    Step.DECIDE: "blacklist.decided",
    Step.SERVE_DECISION: "blacklist.decision_served",
    Step.PUBLISH: "blacklist.published",
    Step.CORRECT: "blacklist.corrected",
    Step.SUSPEND: "blacklist.suspended",
    Step.RESUME: "blacklist.resumed",
    Step.REQUEST_REPAIR: "blacklist.repair_requested",
    Step.ACCEPT_REPAIR: "blacklist.repair_accepted",
    Step.REFUSE_REPAIR: "blacklist.repair_refused",
    Step.REPAIR: "blacklist.repaired",
    Step.REINSTATE: "blacklist.reinstated",
    Step.WITHDRAW: "blacklist.withdrawn",
    Step.EXPIRE: "blacklist.expired",
}
"""Outbox event and audit act of each step."""

_PUBLIC_EVENTS = {
    Step.PUBLISH: EventKind.PUBLISH,
    Step.CORRECT: EventKind.CORRECT,
    Step.SUSPEND: EventKind.SUSPEND,
    Step.RESUME: EventKind.RESUME,
    Step.REPAIR: EventKind.REPAIR,
    Step.REINSTATE: EventKind.RESUME,
    Step.WITHDRAW: EventKind.WITHDRAW,
    Step.EXPIRE: EventKind.EXPIRE,
}


async def locked(case_id: UUID) -> BlacklistCase:
    """The case, held until the transaction ends.

    Raises:
        NotFound: no such case in this scope, or one that this scope may only read.
    """
    case = await BlacklistCase.filter(id=case_id).select_for_update().get_or_none()
    if case is None:
        raise NotFound("no such case", path=("input", "caseId"))
    return case


async def take(
    case: BlacklistCase,
    taken: Step,
    *,
    acting: BodyId | None = None,
    changes: Mapping[str, Any] | None = None,
    **detail: Any,
) -> BlacklistCase:
    """Take one step in a locked case: state, history, public event, audit and outbox.

    Raises:
        NotDecidingBody: the step is the deciding body's and `acting` is another.
        WrongStep: the step does not fit, or shows what is past its last day.
    """
    if taken in BY_DECIDING_BODY:
        body = await body_of(acting, case.penalty_decided_on)
        check_decider(BodyId(case.penalty_body_id), body, taken)
    publication = PublicationClass(case.publication) if case.classified else None
    before = State(case.state)
    after = step(before, taken, publication)
    at = clock.now()
    _check_term(case, taken, clock.legal_day(at))
    for name, value in (changes or {}).items():
        setattr(case, name, value)
    case.state, case.updated_at = after.value, at
    if after in ENDED:
        case.ended_on = clock.legal_day(at)
    # Joint measures (联合惩戒) stand and fall with the listing, whoever executes them.
    if after in LIFTS:
        await measures.order_lifting(case, taken, clock.legal_day(at))
    elif taken in (Step.RESUME, Step.REINSTATE):
        await measures.renew(case, clock.legal_day(at))
    # Before the audit entry: the lock of the public queue is always taken first.
    if taken in _PUBLIC_EVENTS and not (taken is Step.WITHDRAW and case.published_on is None):
        await announce(case.owner, await _news(case, _PUBLIC_EVENTS[taken]))
    await case.save()
    await _remember(case, taken, at, acting, detail)
    await audit.record(
        EVENTS[taken], case.owner, "BlacklistCase", case.id, before=before.value, state=after.value
    )
    await outbox.emit(EVENTS[taken], case.owner, {"case": str(case.id), "state": after.value})
    return case


def _check_term(case: BlacklistCase, taken: Step, today: date) -> None:
    """An entry whose last day is over is not shown again, not even until it is taken out."""
    shows = taken in (Step.CORRECT, Step.RESUME, Step.REINSTATE)
    if shows and case.published_until is not None and case.published_until < today:
        raise WrongStep(f"its publication ended on {case.published_until} and is not shown again")


async def _remember(
    case: BlacklistCase, taken: Step, at: datetime, acting: BodyId | None, detail: dict[str, Any]
) -> None:
    await BlacklistEvent.create(
        id=new_id(),
        **owned(case.owner),
        case_id=case.id,
        step=taken.value,
        state=case.state,
        at=at,
        actor=current().scope.actor,
        body_id=acting,
        detail=detail,
    )


def dates(case: BlacklistCase) -> CaseDates:
    """The days of a case as its rules see them."""
    return CaseDates(
        State(case.state),
        PublicationClass(case.publication),
        case.penalty_decided_on,
        CreditClass(case.severity),
        case.decided_on,
        case.served_on,
        case.notice_served_on,
        case.published_on,
        case.repair_requested_on,
        case.repair_accepted_on,
    )


async def body_of(acting: BodyId | None, day: date) -> PenalisingBody:
    """The acting body with its power on the day of the penalty (service.powers)."""
    body = await Body.get_or_none(id=acting) if acting else None
    if body is None:
        raise NotDecidingBody("act as a member of the body that decided the penalty")
    return PenalisingBody(BodyId(body.id), await powers.held(body, Power.PENALISE, day))


async def _news(case: BlacklistCase, kind: EventKind) -> News:
    body = await Body.get(id=case.penalty_body_id)
    in_force = await measures.in_force(case)
    facts = {
        **case.party,
        "cause": case.cause,
        "basis": case.basis,
        "penalty": case.penalty,
        "penalty_number": case.penalty_number,
        "penalty_decided_on": case.penalty_decided_on.isoformat(),
        "decision_number": case.decision_number,
        "decided_by": body.name,
        "decided_on": case.decided_on.isoformat() if case.decided_on else "",
        "published_until": case.published_until.isoformat() if case.published_until else "",
        "measures": "；".join(one.measure for one in in_force),
    }
    return News(
        subject_id=case.id,
        entry_id=case.entry_id,
        kind=kind,
        publication=case.publication,
        party_kind=case.party_kind,
        fields={name: value for name, value in facts.items() if value},
        persons=tuple(case.persons),
        reason=case.reason,
        since=case.first_published_at,
    )
