"""How every step with a hazard is taken: the row locked, the rule asked, the step kept."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.errors import NotFound
from service.hazards.records import Hazard, HazardEvent
from service.hazards.rules import Source, State, Step, check_party, step
from service.ids import new_id
from tenants.records import owned
from tenants.wall import current

EVENTS = {
    Step.GRADE: "hazards.graded",
    Step.ASSIGN: "hazards.assigned",
    Step.PLAN: "hazards.planned",
    Step.SUBMIT: "hazards.submitted",
    Step.VERIFY: "hazards.verified",
    Step.REJECT: "hazards.rejected",
    Step.CLOSE: "hazards.closed",
    Step.FALL_OVERDUE: "hazards.overdue",
    Step.SUPERVISE: "hazards.supervised",
    Step.ASK_EXTENSION: "hazards.extension_asked",
    Step.EXTEND: "hazards.extended",
    Step.DENY_EXTENSION: "hazards.extension_denied",
    Step.ASK_DISMISSAL: "hazards.dismissal_asked",
    Step.DISMISS: "hazards.dismissed",
    Step.KEEP: "hazards.dismissal_denied",
    Step.MERGE: "hazards.merged",
    Step.TRANSFER: "hazards.transferred",
}
"""Outbox event and audit act of each step."""


async def locked(hazard_id: UUID, party: UUID | None = None) -> Hazard:
    """The hazard, held until the transaction ends; `party` is the enterprise that acts, if one.

    Raises:
        NotFound: no such hazard in this scope, or not the party's own.
    """
    found = Hazard.filter(id=hazard_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    hazard = await found.select_for_update().get_or_none()
    if hazard is None:
        raise NotFound("no such hazard", path=("input", "hazardId"))
    return hazard


async def take(
    hazard: Hazard,
    taken: Step,
    *,
    party: UUID | None = None,
    changes: Mapping[str, Any] | None = None,
    **detail: Any,
) -> Hazard:
    """Take one step with a locked hazard: state, history, audit and outbox.

    Raises:
        NotThePartys: an enterprise acts and the step is not its own to take.
        WrongStep: the step does not fit.
    """
    before = State(hazard.state)
    if party is not None:
        check_party(taken, Source(hazard.source), before)
    after = step(before, taken, supervised=hazard.supervised_on is not None)
    at = clock.now()
    for name, value in (changes or {}).items():
        setattr(hazard, name, value)
    hazard.state, hazard.updated_at = after.value, at
    await hazard.save()
    await HazardEvent.create(
        id=new_id(),
        **owned(hazard.owner),
        hazard_id=hazard.id,
        step=taken.value,
        state=after.value,
        at=at,
        actor=current().scope.actor,
        detail=detail,
    )
    await audit.record(
        EVENTS[taken], hazard.owner, "Hazard", hazard.id, before=before.value, state=after.value
    )
    await outbox.emit(EVENTS[taken], hazard.owner, {"hazard": str(hazard.id), "state": after.value})
    return hazard
