"""How every step in a case is taken: the row locked, the rule asked, the step kept."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.cases.persons import ONE_WITH_ENTERPRISE
from service.cases.records import CaseEvent, PenaltyCase
from service.cases.rules import State, Step, step
from service.deadlines.commands import Subject
from service.deadlines.rules import SubjectKind
from service.errors import Forbidden, Invalid, NotFound
from service.ids import new_id
from tenants.records import owned
from tenants.wall import current

EVENTS = {
    Step.ASSIGN: "cases.assigned",
    Step.REPORT: "cases.reported",
    Step.RETURN: "cases.returned",
    Step.PASS: "cases.reviewed",
    Step.SERVE_NOTICE: "cases.notice_served",
    Step.DEFEND: "cases.defended",
    Step.ASK_HEARING: "cases.hearing_asked",
    Step.WAIVE_HEARING: "cases.hearing_waived",
    Step.CALL_HEARING: "cases.hearing_called",
    Step.HOLD_HEARING: "cases.heard",
    Step.DECIDE: "cases.decided",
    Step.DECIDE_ON_SPOT: "cases.decided_on_spot",
    Step.SERVE: "cases.decision_served",
    Step.PUBLISH: "cases.decision_published",
    Step.EXECUTE: "cases.executed",
    Step.CLOSE: "cases.closed",
    Step.SPARE: "cases.spared",
    Step.TRANSFER: "cases.transferred",
    Step.SUSPEND: "cases.suspended",
    Step.RESUME: "cases.resumed",
    Step.ANNUL: "cases.annulled",
}
"""Outbox event and audit act of each step."""


def today() -> date:
    """The legal day in China."""
    return clock.legal_day(clock.now())


async def locked(
    case_id: UUID, acting: UUID | None = None, *, party: UUID | None = None
) -> PenaltyCase:
    """The case, held until the transaction ends; of the acting body, or of the party.

    Raises:
        NotFound: no such case in this scope, or not the party's own.
        Forbidden: it is another body's.
    """
    found = PenaltyCase.filter(id=case_id)
    if party is not None:
        found = found.filter(enterprise_id=party, person_role__in=ONE_WITH_ENTERPRISE)
    case = await found.select_for_update().get_or_none()
    if case is None or case.tenant_id not in current().scope.writable:
        raise NotFound("no such case", path=("input", "caseId"))
    if party is None and case.body_id != acting:
        raise Forbidden("only the body that filed the case acts in it")
    return case


def subject(case: PenaltyCase) -> Subject:
    """What the deadlines of a case are about."""
    return Subject(
        case.owner, SubjectKind.CASE, case.id, case.enterprise_id, case.body_id,
        of_person=case.person_role not in ONE_WITH_ENTERPRISE,
    )  # fmt: skip


def allow(case: PenaltyCase, taken: Step) -> State:
    """The state that a step would lead to, asked before anything is written for it.

    Raises:
        WrongStep: the step does not fit.
    """
    before = State(case.suspended_from) if case.suspended_from else None
    return step(State(case.state), taken, before)


async def take(
    case: PenaltyCase, taken: Step, *, changes: Mapping[str, Any] | None = None, **detail: Any
) -> PenaltyCase:
    """Take one step in a locked case: state, history, audit and outbox.

    `detail` goes into history and event: ids, days, kinds and numbers, never a name.

    Raises:
        WrongStep: the step does not fit.
    """
    before, after = State(case.state), allow(case, taken)
    at = clock.now()
    for name, value in (changes or {}).items():
        setattr(case, name, value)
    case.state, case.updated_at = after.value, at
    await case.save()
    await CaseEvent.create(
        id=new_id(),
        **owned(case.owner),
        case_id=case.id,
        step=taken.value,
        state=after.value,
        at=at,
        actor=current().scope.actor,
        detail=detail,
    )
    await note(case, EVENTS[taken], before=before.value, **detail)
    return case


async def note(case: PenaltyCase, act: str, **detail: Any) -> None:
    """Audit and announce an act in a case."""
    await audit.record(act, case.owner, "PenaltyCase", case.id, state=case.state, **detail)
    payload = {"case": str(case.id), "state": case.state, **detail}
    await outbox.emit(act, case.owner, payload)


def past(day: date, field: str, since: date | None = None) -> date:
    """A day that has come, and not before `since`.

    Raises:
        Invalid: it lies in the future, or before.
    """
    if day > today() or (since is not None and day < since):
        raise Invalid(
            f"{field} lies between {since or 'the past'} and today", path=("input", field)
        )
    return day
