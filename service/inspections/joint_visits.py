"""Inspections of a joint visit: each body of it opens one, and their outcome ends the visit.

The visit is the joint plan's, the inspection the body's own, with its own record and order.  Both
are tied by events alone, so joint enforcement knows nothing of inspections.
"""

from dataclasses import dataclass, field
from uuid import UUID

import structlog

from service import outbox
from service.errors import Conflict, SafetyError
from service.inspections.commands import Task, plan_task
from service.inspections.records import Inspection
from service.inspections.rules import Kind, State
from service.joint import commands as joint
from service.joint.records import InspectionDemand, JointVisit
from service.joint.rules import DemandKind, VisitState
from tenants.directory import department_scope
from tenants.scope import Owner
from tenants.wall import tenant_transaction

log = structlog.get_logger()

ACTOR = "task:inspections.joint"
KINDS = {
    DemandKind.ROUTINE: Kind.ROUTINE,
    DemandKind.SPECIAL: Kind.SPECIAL,
    DemandKind.CLUE: Kind.CLUE,
    DemandKind.INSTANT: Kind.INSTANT,
    DemandKind.REINSPECT: Kind.SPECIAL,
}
GIVEN_UP = frozenset({State.VISIT_REFUSED.value, State.CANCELLED.value})


@dataclass(slots=True)
class _Part:
    """What one body does at a visit."""

    kind: Kind
    items: list[str] = field(default_factory=list)
    basis: list[str] = field(default_factory=list)


async def open_plan(owner: Owner, plan_id: UUID) -> None:
    """Open the inspections of every visit of a published plan.  Safe to run twice."""
    scope = await department_scope(owner.district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        visits = await JointVisit.filter(plan_id=plan_id).order_by("id")
    for visit in visits:
        await _open(owner, visit.id)
    async with tenant_transaction(scope):
        await outbox.settle()


async def open_visit(owner: Owner, visit_id: UUID) -> None:
    """Open what is missing of the inspections of one visit.  Safe to run twice."""
    await _open(owner, visit_id)
    async with tenant_transaction(await department_scope(owner.district_id, ACTOR)):
        await outbox.settle()


async def _open(owner: Owner, visit_id: UUID) -> None:
    scope = await department_scope(owner.district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        visit = await JointVisit.get(id=visit_id)
        demands = await InspectionDemand.filter(visit_id=visit_id).order_by("id")
    if visit.state != VisitState.PUBLISHED.value:
        return
    parts: dict[UUID, _Part] = {}
    for demand in demands:
        part = parts.setdefault(demand.body_id, _Part(KINDS[DemandKind(demand.kind)]))
        part.items += demand.items
        part.basis.append(demand.basis)
    for body_id, part in parts.items():
        task = Task(part.kind, part.items, "；".join(dict.fromkeys(part.basis))[:400], visit.day)
        try:
            async with tenant_transaction(scope):
                await plan_task(body_id, visit.premises_id, task, joint_visit_id=visit.id)
        except SafetyError as refusal:
            # One body without the power, or premises that closed since, hold up nobody else.
            log.warning("inspections.not_opened", visit=str(visit.id), code=refusal.code)


async def settle_visit(owner: Owner, inspection_id: UUID) -> None:
    """End the joint visit of an inspection, once that is clear.  Safe to run twice.

    The record of the lead body completes it; it is released when every body has been turned away
    or gave up.  A visit that was ended by hand, or is yet to come, stays as it is.
    """
    scope = await department_scope(owner.district_id, ACTOR)
    async with tenant_transaction(scope):
        row = await Inspection.get(id=inspection_id)
        if row.joint_visit_id is not None:
            await _settle(row, row.joint_visit_id)
        await outbox.settle()


async def _settle(row: Inspection, visit_id: UUID) -> None:
    visit = await JointVisit.get(id=visit_id)
    if visit.state != VisitState.PUBLISHED.value:
        return
    own = await Inspection.filter(tenant_id=row.tenant_id, joint_visit_id=visit_id).order_by("id")
    leads = [one for one in own if one.body_id == visit.lead_body_id]
    if any(one.recorded_at is not None for one in leads):
        try:
            await joint.complete_visit(visit.lead_body_id, visit_id)
        except Conflict:
            log.warning("inspections.visit_not_ended", visit=str(visit_id))
    elif all(one.state in GIVEN_UP for one in own):
        await joint.release_visit(visit.lead_body_id, visit_id, row.refused_reason)
