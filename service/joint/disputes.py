"""Disputes over a plan: a lead body objects, the committee rules (牵头单位由专委指定).

The committee names a lead, takes a visit out or returns the plan; it never inspects
(国办发〔2024〕54号).  One lead for several bodies is named by the government of their level or
whom it charges with it: 重庆市优化营商环境条例 art. 59.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.ids import new_id
from service.joint.records import (
    InspectionDemand,
    JointPlan,
    JointVisit,
    PlanObjection,
    PlanRuling,
)
from service.joint.rules import Decision, DemandState, PlanState, VisitState, check_reason
from service.officers.records import Officer
from service.officers.rules import certified_on
from tenants.records import District, owned
from tenants.scope import Owner
from tenants.wall import current


async def hold_plan(plan_id: UUID) -> None:
    """Let objections to a plan, rulings on them and its publication come one after another."""
    await current().fetch(
        "select pg_advisory_xact_lock(hashtextextended($1, 11))", f"joint plan {plan_id}"
    )


async def object_to_plan(
    owner: Owner, body_id: UUID | None, plan_id: UUID, visit_id: UUID | None, reason: str
) -> PlanObjection:
    """Object to a solved plan, or to one visit of it, for a body that takes part.

    The plan cannot be published before the committee has ruled.

    Raises:
        Forbidden: the caller speaks for no enforcement body.
        NotFound: no such plan or visit in sight.
        Conflict: the plan is not up for approval, or the body objected already.
        Invalid: no reason, or the body has no part in what it objects to.
    """
    checked = check_reason(reason)
    if body_id is None:
        raise Forbidden("only an enforcement body may object")
    # A town cannot lock the office's row; whoever publishes waits for this lock, too.
    await hold_plan(plan_id)
    plan = await JointPlan.get_or_none(id=plan_id)
    if plan is None:
        raise NotFound("no such plan", path=("input", "planId"))
    if plan.state != PlanState.SOLVED.value:
        raise Conflict(f"a plan that is {plan.state} is not disputed", path=("input", "planId"))
    await _takes_part(body_id, plan, visit_id)
    try:
        row = await PlanObjection.create(
            id=new_id(),
            **owned(owner),
            plan_id=plan.id,
            visit_id=visit_id,
            body_id=body_id,
            reason=checked,
            made_by=current().scope.actor,
            made_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict("your body has objected to this already", path=("input",)) from error
    await audit.record(
        "joint.plan_objected", owner, "JointPlan", plan.id, body=str(body_id), objection=str(row.id)
    )
    await outbox.emit("joint.plan_objected", owner, {"objection": str(row.id)})
    return row


async def _takes_part(body_id: UUID, plan: JointPlan, visit_id: UUID | None) -> None:
    if visit_id is None:
        if str(body_id) not in plan.lead_bodies:
            raise Invalid("your body leads no visit of this plan", path=("input", "planId"))
        return
    visit = await JointVisit.get_or_none(id=visit_id, plan_id=plan.id)
    if visit is None:
        raise NotFound("no such visit in this plan", path=("input", "visitId"))
    if body_id not in await bodies_of(visit):
        raise Invalid("your body has no demand in this visit", path=("input", "visitId"))


async def bodies_of(visit: JointVisit) -> set[UUID]:
    """Bodies whose demands a visit serves."""
    rows = await InspectionDemand.filter(id__in=[UUID(d) for d in visit.demand_ids])
    return {row.body_id for row in rows}


async def rule_on_objection(
    owner: Owner, objection_id: UUID, decision: Decision, reason: str, lead_body_id: UUID | None
) -> PlanRuling:
    """Settle an objection for the committee; it takes effect when the plan is published.

    Raises:
        Forbidden: the caller does not sit in the district's office.
        NotFound: no such objection.
        Conflict: it is ruled on already, or its plan is no longer up for approval.
        Invalid: the decision does not fit, or the body named cannot lead the visit.
    """
    checked = check_reason(reason)
    if owner.tenant_id not in {row.office_id for row in await District.all()}:
        raise Forbidden("the committee rules on objections")
    objection = await PlanObjection.get_or_none(id=objection_id)
    if objection is None:
        raise NotFound("no such objection", path=("input", "objectionId"))
    # The plan is held while it is ruled on, so that it is not published at the same time.
    await current().fetch("select 1 from joint_plans where id = $1 for update", objection.plan_id)
    plan = await JointPlan.get(id=objection.plan_id)
    if plan.state != PlanState.SOLVED.value:
        raise Conflict(f"the plan is {plan.state}; nothing is left to rule on")
    await _check_decision(objection, decision, lead_body_id)
    made = await current().fetch(
        "insert into plan_rulings (id, tenant_id, district_id, plan_id, objection_id, visit_id,"
        " decision, lead_body_id, reason, ruled_by, ruled_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " on conflict on constraint plan_rulings_once do nothing returning id",
        new_id(),
        owner.tenant_id,
        owner.district_id,
        plan.id,
        objection.id,
        objection.visit_id,
        decision.value,
        lead_body_id,
        checked,
        current().scope.actor,
        clock.now(),
    )
    if not made:
        raise Conflict("this objection is settled already", path=("input", "objectionId"))
    if decision is Decision.RETURNED:
        await JointPlan.filter(tenant_id=plan.tenant_id, id=plan.id).update(
            state=PlanState.RETURNED.value
        )
    await audit.record(
        "joint.objection_ruled",
        owner,
        "PlanObjection",
        objection.id,
        decision=decision.value,
        lead=str(lead_body_id) if lead_body_id else None,
    )
    await outbox.emit("joint.objection_ruled", owner, {"ruling": str(made[0]["id"])})
    return await PlanRuling.get(id=made[0]["id"])


async def _check_decision(
    objection: PlanObjection, decision: Decision, lead_body_id: UUID | None
) -> None:
    if (decision is Decision.LEAD_CHANGED) != (lead_body_id is not None):
        raise Invalid(
            "name a lead body with LEAD_CHANGED and only then", path=("input", "decision")
        )
    if decision not in (Decision.LEAD_CHANGED, Decision.VISIT_DROPPED):
        return
    if objection.visit_id is None:
        raise Invalid("the objection names no visit", path=("input", "decision"))
    if lead_body_id is None:
        return
    visit = await JointVisit.get(id=objection.visit_id)
    if lead_body_id not in await bodies_of(visit):
        raise Invalid("this body has no demand in the visit", path=("input", "leadBodyId"))
    team = await Officer.filter(id__in=[UUID(o) for o in visit.officer_ids])
    if not any(
        o.body_id == lead_body_id and certified_on(visit.day, o.card_valid_to) for o in team
    ):
        raise Invalid("the team holds no officer of this body", path=("input", "leadBodyId"))


@dataclass(slots=True)
class Rulings:
    """What is open and what was decided on one plan."""

    open: int = 0
    settled: set[UUID] = field(default_factory=set)
    leads: dict[UUID, UUID] = field(default_factory=dict)
    dropped: set[UUID] = field(default_factory=set)


async def rulings_on(plan_id: UUID) -> Rulings:
    """The state of all objections to a plan."""
    made = {r.objection_id: r for r in await PlanRuling.filter(plan_id=plan_id).order_by("id")}
    found = Rulings()
    for objection in await PlanObjection.filter(plan_id=plan_id).order_by("id"):
        ruling = made.get(objection.id)
        if ruling is None:
            found.open += 1
            continue
        found.settled.add(objection.body_id)
        if ruling.visit_id is not None and ruling.lead_body_id is not None:
            found.leads[ruling.visit_id] = ruling.lead_body_id
        if ruling.visit_id is not None and ruling.decision == Decision.VISIT_DROPPED.value:
            found.dropped.add(ruling.visit_id)
    return found


async def apply_rulings(visits: list[JointVisit], rulings: Rulings) -> list[JointVisit]:
    """Give visits the leads that were named and take out those that were dropped."""
    for visit in visits:
        if visit.id in rulings.leads and visit.id not in rulings.dropped:
            visit.lead_body_id = rulings.leads[visit.id]
            await visit.save(update_fields=["lead_body_id"])
    gone = [visit for visit in visits if visit.id in rulings.dropped]
    await _take_out(gone)
    return [visit for visit in visits if visit.id not in rulings.dropped]


async def _take_out(visits: Iterable[JointVisit]) -> None:
    for visit in visits:
        await InspectionDemand.filter(tenant_id=visit.tenant_id, visit_id=visit.id).update(
            state=DemandState.SUBMITTED.value, visit_id=None, unserved_reason="DISPUTED"
        )
        visit.state = VisitState.RELEASED.value
        await visit.save(update_fields=["state"])


async def objections_of(plan_ids: Iterable[UUID]) -> dict[UUID, list[PlanObjection]]:
    """Objections in sight by plan, in one statement."""
    wanted = list(plan_ids)
    found: dict[UUID, list[PlanObjection]] = {one: [] for one in wanted}
    for row in await PlanObjection.filter(plan_id__in=wanted).order_by("id"):
        found[row.plan_id].append(row)
    return found


async def ruling_of(objection_ids: Iterable[UUID]) -> dict[UUID, PlanRuling]:
    """Rulings by objection, in one statement."""
    rows = await PlanRuling.filter(objection_id__in=list(objection_ids))
    return {row.objection_id: row for row in rows}
