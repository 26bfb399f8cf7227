"""A body takes its own demand back, before it is planned or after the visit was announced.

What is booked shrinks: the visit keeps its day, hour and team for the other bodies, or is given up
when nobody else comes.  The caps hold exactly what still takes place.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from service import audit, clock, outbox
from service.errors import Conflict, Forbidden, NotFound
from service.joint.ledger import give_back, settle_ledger
from service.joint.records import InspectionDemand, JointVisit
from service.joint.reserving import lock_all
from service.joint.rules import EXEMPT, DemandState, VisitState, advance, check_reason
from service.officers.records import Officer
from tenants.wall import current


async def withdraw_demand(body_id: UUID | None, demand_id: UUID, reason: str) -> InspectionDemand:
    """Take a demand back; withdrawing twice changes nothing.

    Raises:
        NotFound: no such demand in scope.
        Forbidden: it is another body's.
        Invalid: no reason.
        Conflict: it is done, recognised or over, the team has arrived, or no other body of the
            team could lead the visit; nothing changed.
    """
    checked = check_reason(reason)
    await current().fetch("select 1 from inspection_demands where id = $1 for update", demand_id)
    demand = await InspectionDemand.get_or_none(id=demand_id)
    if demand is None:
        raise NotFound("no such demand", path=("input", "demandId"))
    if body_id is None or demand.body_id != body_id:
        raise Forbidden("a body withdraws its own demands")
    if demand.state == DemandState.WITHDRAWN.value:
        return demand
    was = DemandState(demand.state)
    demand.state = advance(was, DemandState.WITHDRAWN).value
    if was is DemandState.CODED and demand.visit_id is not None:
        await _leave(demand)
    demand.visit_id, demand.withdrawn_reason = None, checked
    await demand.save(update_fields=["state", "visit_id", "withdrawn_reason"])
    await audit.record("joint.demand_withdrawn", demand.owner, "InspectionDemand", demand.id)
    await outbox.emit("joint.demand_withdrawn", demand.owner, {"demand": str(demand.id)})
    return demand


async def _leave(demand: InspectionDemand) -> None:
    """Take a booked demand out of its visit."""
    await current().fetch("select 1 from joint_visits where id = $1 for update", demand.visit_id)
    visit = await JointVisit.get(tenant_id=demand.tenant_id, id=demand.visit_id)
    if visit.state != VisitState.PUBLISHED.value or visit.arrived_at is not None:
        raise Conflict("the team has arrived already", path=("input", "demandId"))
    await lock_all([visit])
    others = await InspectionDemand.filter(
        tenant_id=visit.tenant_id, visit_id=visit.id, id__not=demand.id
    ).order_by("id")
    visit.sequence, visit.changed_at = visit.sequence + 1, clock.now()
    if not others:
        await settle_ledger(visit, took_place=False)
        visit.state = VisitState.RELEASED.value
        await visit.save(update_fields=["state", "sequence", "changed_at"])
        await audit.record("joint.visit_released", visit.owner, "JointVisit", visit.id)
        await outbox.emit("joint.visit_released", visit.owner, {"visit": str(visit.id)})
        return
    visit.lead_body_id = await _lead(visit, others)
    await give_back(visit, demand, others)
    visit.demand_ids = [str(row.id) for row in others]
    visit.exempt = all(row.kind in EXEMPT for row in others)
    visit.explanation = f"{visit.explanation}; {demand.body_id} withdrew one demand"[:600]
    await visit.save(
        update_fields=[
            "lead_body_id", "demand_ids", "exempt", "explanation", "sequence", "changed_at",
        ]
    )  # fmt: skip


async def _lead(visit: JointVisit, left: Sequence[InspectionDemand]) -> UUID:
    """The lead as it is, if it still has a demand, or the heaviest body with an officer there."""
    weight: Counter[UUID] = Counter()
    for row in left:
        weight[row.body_id] += row.risk * row.minutes
    if visit.lead_body_id in weight:
        return visit.lead_body_id
    team = await Officer.filter(id__in=[UUID(o) for o in visit.officer_ids])
    present = {officer.body_id for officer in team}
    for body, _ in weight.most_common():
        if body in present:
            return body
    raise Conflict(
        "no officer of another body is in the team; release the visit instead",
        path=("input", "demandId"),
    )
