"""How every step with an inspection is taken: the row locked, the rule asked, the step kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import setting
from service.deadlines.commands import Subject
from service.deadlines.rules import SubjectKind
from service.errors import Forbidden, NotFound
from service.ids import new_id
from service.inspections.records import Inspection, InspectionEvent
from service.inspections.rules import NotEnforcing, State, Step, check_captured, step
from tenants.records import Body, owned
from tenants.scope import Owner
from tenants.wall import current

EVENTS = {
    Step.APPROVE: "inspections.approved",
    Step.ISSUE_CODE: "inspections.coded",
    Step.GO_WITHOUT_CODE: "inspections.uncoded",
    Step.REFUSE_VISIT: "inspections.visit_refused",
    Step.CHECK_IN: "inspections.checked_in",
    Step.SIGN_RECORD: "inspections.record_signed",
    Step.NOTE_REFUSAL: "inspections.record_refused",
    Step.FIND_NOTHING: "inspections.nothing_found",
    Step.ORDER_RECTIFICATION: "inspections.rectification_ordered",
    Step.FALL_DUE: "inspections.due",
    Step.REINSPECT: "inspections.reinspected",
    Step.CLOSE: "inspections.closed",
    Step.FAIL: "inspections.failed",
    Step.FILE_CASE: "inspections.case_filed",
    Step.CANCEL: "inspections.cancelled",
}
"""Outbox event and audit act of each step."""


async def body_of(acting: UUID | None) -> Body:
    """The enforcement body that acts.

    Raises:
        NotEnforcing: the caller speaks for none.
    """
    body = await Body.get_or_none(id=acting) if acting is not None else None
    if body is None:
        raise NotEnforcing("only an enforcement body inspects (国办发〔2024〕54号)")
    return body


async def locked(inspection_id: UUID, acting: UUID | None = None) -> Inspection:
    """The inspection, held until the transaction ends; `acting` is the body that must own it.

    Raises:
        NotFound: no such inspection in this scope.
        Forbidden: it is another body's.
    """
    row = await Inspection.filter(id=inspection_id).select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such inspection", path=("input", "inspectionId"))
    if acting is not None and row.body_id != acting:
        raise Forbidden("only the body that planned the inspection acts in it")
    return row


def subject(row: Inspection) -> Subject:
    """What the deadlines of an inspection are about."""
    return Subject(row.owner, SubjectKind.INSPECTION, row.id, row.enterprise_id, row.body_id)


async def moment(owner: Owner, captured_at: datetime | None) -> datetime:
    """When an act happened: by the device where it says so, else now.

    Raises:
        Invalid: the device's time cannot be.
    """
    received = clock.now()
    if captured_at is None:
        return received
    hours = await setting(owner, "inspection.offline_hours", clock.legal_day(received))
    assert isinstance(hours, int)
    check_captured(captured_at, received, hours)
    return captured_at


def allow(row: Inspection, taken: Step) -> State:
    """The state that a step would lead to, asked before anything is written for it.

    Raises:
        WrongStep: the step does not fit.
    """
    return step(State(row.state), taken, urgent=row.urgent, approved=row.approved_at is not None)


async def take(
    row: Inspection,
    taken: Step,
    *,
    at: datetime | None = None,
    changes: Mapping[str, Any] | None = None,
    **detail: Any,
) -> Inspection:
    """Take one step with a locked inspection: state, history, audit and outbox.

    Raises:
        WrongStep: the step does not fit.
    """
    before, after = State(row.state), allow(row, taken)
    received = clock.now()
    for name, value in (changes or {}).items():
        setattr(row, name, value)
    row.state, row.updated_at = after.value, received
    await row.save()
    await InspectionEvent.create(
        id=new_id(),
        **owned(row.owner),
        inspection_id=row.id,
        step=taken.value,
        state=after.value,
        at=received,
        captured_at=at or received,
        actor=current().scope.actor,
        detail=detail,
    )
    await audit.record(
        EVENTS[taken], row.owner, "Inspection", row.id, before=before.value, state=after.value
    )
    payload = {"inspection": str(row.id), "state": after.value, **detail}
    await outbox.emit(EVENTS[taken], row.owner, payload)
    return row
