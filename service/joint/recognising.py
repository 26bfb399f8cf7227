"""Recognition of results (结果互认): a body takes over what another found, and does not come.

Results of inspections are recognised among bodies: 优化营商环境条例 art. 57, 重庆市政府令第375号
art. 16.
"""

from collections import Counter
from uuid import UUID

from service import audit, clock, outbox
from service.errors import Conflict, Forbidden, NotFound
from service.ids import new_id
from service.joint.records import InspectionDemand, JointVisit, Recognition
from service.joint.rules import DemandState, VisitState, advance, check_reason
from service.officers.records import Officer
from tenants.records import owned
from tenants.wall import current


async def recognise_result(
    body_id: UUID | None, demand_id: UUID, visit_id: UUID, reason: str
) -> Recognition:
    """Satisfy a demand by the result of another body's visit to the same premises.

    The visit must have taken place, must have looked at every item of the demand, and not be
    older than the interval of those items when the demand is due.

    Raises:
        NotFound: no such demand or visit in scope.
        Forbidden: the demand is another body's.
        Conflict: the demand is booked or settled, or the visit does not cover it.
    """
    checked = check_reason(reason)
    await current().fetch("select 1 from inspection_demands where id = $1 for update", demand_id)
    demand = await InspectionDemand.get_or_none(id=demand_id)
    if demand is None:
        raise NotFound("no such demand", path=("input", "demandId"))
    if body_id is None or demand.body_id != body_id:
        raise Forbidden("a body recognises results for its own demands")
    state = advance(DemandState(demand.state), DemandState.RECOGNISED)
    visit = await JointVisit.get_or_none(id=visit_id)
    if visit is None or visit.premises_id != demand.premises_id:
        raise NotFound("no such visit to these premises", path=("input", "visitId"))
    await _check_covers(visit, demand)
    row = await Recognition.create(
        id=new_id(),
        **owned(demand.owner),
        demand_id=demand.id,
        visit_id=visit.id,
        body_id=body_id,
        reason=checked,
        recognised_by=current().scope.actor,
        recognised_at=clock.now(),
    )
    demand.state = state.value
    demand.recognised_visit_id, demand.visit_id = visit.id, None
    await demand.save(update_fields=["state", "recognised_visit_id", "visit_id"])
    await audit.record(
        "joint.result_recognised",
        demand.owner,
        "InspectionDemand",
        demand.id,
        visit=str(visit.id),
        body=str(body_id),
    )
    await outbox.emit("joint.result_recognised", demand.owner, {"recognition": str(row.id)})
    return row


async def _check_covers(visit: JointVisit, demand: InspectionDemand) -> None:
    if visit.state != VisitState.DONE.value:
        raise Conflict("only the result of a visit that took place is recognised")
    served = await InspectionDemand.filter(tenant_id=visit.tenant_id, visit_id=visit.id)
    if demand.body_id in {row.body_id for row in served}:
        raise Conflict("your body was there itself", path=("input", "visitId"))
    missing = set(demand.items) - {item for row in served for item in row.items}
    if missing:
        raise Conflict(
            f"the visit did not look at {', '.join(sorted(missing))}", path=("input", "visitId")
        )
    if (demand.due_on - visit.day).days > max(demand.interval_days, 1):
        raise Conflict("the result is older than the items allow", path=("input", "visitId"))


async def without_settled(visits: list[JointVisit]) -> list[JointVisit]:
    """Drafts of a plan without the demands recognised or withdrawn after it was solved.

    A visit that is left without a demand, or without a body that could lead it, is given up;
    the others keep their time.
    """
    wanted = [UUID(d) for visit in visits for d in visit.demand_ids]
    rows = await current().fetch(
        "select id from inspection_demands where id = any ($1) and state = any ($2)",
        wanted,
        [DemandState.RECOGNISED.value, DemandState.WITHDRAWN.value],
    )
    gone = {str(row["id"]) for row in rows}
    return [v for v in visits if gone.isdisjoint(v.demand_ids) or await _shrunk(v, gone)]


async def _shrunk(visit: JointVisit, gone: set[str]) -> bool:
    """Take settled demands out of a visit; False when nothing of it is left."""
    visit.demand_ids = [d for d in visit.demand_ids if d not in gone]
    left = await InspectionDemand.filter(id__in=[UUID(d) for d in visit.demand_ids]).order_by("id")
    weight: Counter[UUID] = Counter()
    for row in left:
        weight[row.body_id] += row.risk * row.minutes
    team = await Officer.filter(id__in=[UUID(o) for o in visit.officer_ids])
    able = [body for body, _ in weight.most_common() if body in {o.body_id for o in team}]
    if able:
        visit.lead_body_id = visit.lead_body_id if visit.lead_body_id in able else able[0]
    else:
        visit.state, visit.demand_ids = VisitState.RELEASED.value, []
        await InspectionDemand.filter(id__in=[row.id for row in left]).update(
            state=DemandState.SUBMITTED.value, visit_id=None
        )
    await visit.save(update_fields=["demand_ids", "lead_body_id", "state"])
    return bool(able)
