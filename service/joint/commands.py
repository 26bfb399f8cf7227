"""What can be done: submit a demand, request, approve and publish a plan, settle a visit."""

from dataclasses import dataclass, replace
from datetime import date
from secrets import token_hex
from uuid import UUID

from service import audit, clock, jobs, outbox
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.ids import new_id
from service.joint.disputes import apply_rulings, hold_plan, rulings_on
from service.joint.ledger import settle_ledger
from service.joint.library import check_published
from service.joint.recognising import without_settled
from service.joint.records import InspectionDemand, JointPlan, JointVisit, PlanApproval
from service.joint.reserving import reserve
from service.joint.rules import (
    DemandState,
    DemandTerms,
    PlanState,
    VisitState,
    advance,
    check_reason,
    check_terms,
    may_publish,
)
from service.joint.snapshot import working_days
from service.officers.rules import SKILLS
from service.register.records import Premises
from tenants.records import Body, District, owned
from tenants.scope import Owner
from tenants.wall import current

MAX_HORIZON_DAYS = 366
MAX_SECONDS = 300.0
MAX_ITERATIONS = 100_000
MAX_SEED = 2**31 - 1


async def submit_demand(
    body_id: UUID | None, premises_id: UUID, terms: DemandTerms, *, skill: str | None = None
) -> InspectionDemand:
    """Enter a demand of an enforcement body; it belongs to the town of the premises.

    `skill` is what the inspecting officer must master, by default the line of the body.  The
    items must be published by the body; the interval is never shorter than theirs.

    Raises:
        Forbidden: the principal speaks for no enforcement body (国办发〔2024〕54号).
        NotFound: no such premises in scope.
        Invalid: the terms break a rule.
    """
    body = await _body(body_id)
    premises = await Premises.get_or_none(id=premises_id)
    if premises is None:
        raise NotFound("no such premises", path=("input", "premisesId"))
    if premises.status != "OPERATING":
        raise Conflict("these premises do not trade", path=("input", "premisesId"))
    today = clock.legal_day(clock.now())
    checked = check_terms(terms, today)
    published = await check_published(body.id, today, checked.items)
    longest = max(item.interval_days for item in published.values())
    checked = replace(checked, interval_days=max(checked.interval_days, longest))
    wanted = _known_skill(skill or body.line)
    row = await InspectionDemand.create(
        id=new_id(),
        **owned(premises.owner),
        premises_id=premises.id,
        enterprise_id=premises.enterprise_id,
        body_id=body.id,
        kind=checked.kind.value,
        items=list(checked.items),
        skill=wanted,
        release_on=checked.release_on,
        due_on=checked.due_on,
        minutes=checked.minutes,
        risk=checked.risk,
        mandatory=checked.mandatory,
        basis=checked.basis,
        exemption_reason=checked.exemption_reason,
        interval_days=checked.interval_days,
        submitted_by=current().scope.actor,
        created_at=clock.now(),
    )
    await audit.record(
        "joint.demand_submitted", row.owner, "InspectionDemand", row.id, kind=row.kind
    )
    await outbox.emit("joint.demand_submitted", row.owner, {"demand": str(row.id)})
    return row


def _known_skill(skill: str) -> str:
    if skill not in SKILLS:
        raise Invalid(f"unknown skill {skill}", path=("input", "skill"))
    return skill


async def _body(body_id: UUID | None) -> Body:
    body = await Body.get_or_none(id=body_id) if body_id is not None else None
    if body is None:
        raise Forbidden("only an enforcement body may ask for an inspection")
    return body


@dataclass(frozen=True, slots=True)
class Budget:
    """How long the planner may search: steps (reproducible) or CPU seconds."""

    iterations: int | None = None
    seconds: float | None = None
    seed: int = 0


async def request_plan(
    owner: Owner, first_day: date, last_day: date, budget: Budget
) -> tuple[JointPlan, jobs.Job]:
    """Ask for a new version of the district's joint plan; a job reports how far it is.

    Raises:
        Invalid: the horizon or the budget is out of range.
        Forbidden: the caller is no part of the district's office.
    """
    today = clock.legal_day(clock.now())
    if first_day < today or not 0 <= (last_day - first_day).days < MAX_HORIZON_DAYS:
        raise Invalid(
            f"plan from today on, for at most {MAX_HORIZON_DAYS} days", path=("input", "lastDay")
        )
    if budget.seconds is not None and not 0 <= budget.seconds <= MAX_SECONDS:
        raise Invalid(f"at most {MAX_SECONDS:g} seconds", path=("input", "seconds"))
    if budget.iterations is not None and not 0 <= budget.iterations <= MAX_ITERATIONS:
        raise Invalid(f"at most {MAX_ITERATIONS} iterations", path=("input", "iterations"))
    if not 0 <= budget.seed <= MAX_SEED:
        raise Invalid(f"a seed is 0 to {MAX_SEED}", path=("input", "seed"))
    if owner.tenant_id not in {row.office_id for row in await District.all()}:
        raise Forbidden("the district's office asks for the joint plan")
    if not await working_days(first_day, last_day):
        raise Invalid("nobody works on any of these days", path=("input", "lastDay"))
    await current().fetch(
        "select pg_advisory_xact_lock(hashtextextended($1, 11))", f"joint plans {owner.tenant_id}"
    )
    rows = await current().fetch(
        "select coalesce(max(version), 0) + 1 as version from joint_plans where tenant_id = $1",
        owner.tenant_id,
    )
    job = await jobs.start(owner, "joint.solve")
    plan = await JointPlan.create(
        id=new_id(),
        **owned(owner),
        version=rows[0]["version"],
        first_day=first_day,
        last_day=last_day,
        seed=budget.seed,
        iterations=budget.iterations,
        seconds=budget.seconds,
        job_id=job.id,
        created_at=clock.now(),
    )
    await audit.record("joint.plan_requested", owner, "JointPlan", plan.id, version=plan.version)
    await outbox.emit("joint.plan_requested", owner, {"plan": str(plan.id)})
    return plan, job


async def approve_plan(owner: Owner, body_id: UUID | None, plan_id: UUID) -> JointPlan:
    """Approve a solved plan for a body that leads visits in it; twice is once.

    Raises:
        NotFound: no such plan in the district.
        Conflict: the plan is not solved, or the body leads no visit in it.
    """
    plan = await _plan(plan_id)
    if plan.state != PlanState.SOLVED.value:
        raise Conflict(f"a plan that is {plan.state} cannot be approved", path=("input", "planId"))
    if body_id is None or str(body_id) not in plan.lead_bodies:
        raise Conflict("your body leads no visit of this plan", path=("input", "planId"))
    # Two officers of one body may press at once; the second finds the first's approval.
    approved = await current().fetch(
        "insert into joint_plan_approvals"
        " (id, tenant_id, district_id, plan_id, body_id, approved_by, approved_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)"
        " on conflict on constraint joint_plan_approvals_once do nothing returning id",
        new_id(),
        owner.tenant_id,
        owner.district_id,
        plan.id,
        body_id,
        current().scope.actor,
        clock.now(),
    )
    if approved:
        await audit.record("joint.plan_approved", owner, "JointPlan", plan.id, body=str(body_id))
        await outbox.emit("joint.plan_approved", owner, {"plan": str(plan.id)})
    return plan


async def publish_plan(plan_id: UUID) -> JointPlan:
    """Reserve every visit of an approved plan, give each its code, and announce the calendar.

    All or nothing; publishing twice changes nothing.

    Raises:
        NotFound: no such plan.
        Forbidden: only a department of the district may publish.
        Conflict: approvals are missing, the plan is out of date, or visits cannot be reserved.
    """
    await hold_plan(plan_id)
    await current().fetch("select 1 from joint_plans where id = $1 for update", plan_id)
    plan = await _plan(plan_id)
    if plan.tenant_id not in current().scope.writable:
        raise Forbidden("a department of the district publishes the plan")
    if plan.state == PlanState.PUBLISHED.value:
        return plan
    approved = {str(a.body_id) for a in await PlanApproval.filter(plan_id=plan.id)}
    rulings = await rulings_on(plan.id)
    settled = approved | {str(body) for body in rulings.settled}
    may_publish(PlanState(plan.state), plan.lead_bodies, sorted(settled), rulings.open)
    visits = await JointVisit.filter(plan_id=plan.id).order_by("id")
    visits = await without_settled(visits)
    await _check_current(plan, visits)
    visits = await apply_rulings(visits, rulings)
    await reserve(visits)
    await current().fetch(
        "update joint_visits v set state = 'PUBLISHED', code = n.code"
        " from unnest($1::uuid[], $2::uuid[], $3::text[]) as n(tenant, visit, code)"
        " where v.tenant_id = n.tenant and v.id = n.visit returning v.id",
        [visit.tenant_id for visit in visits],
        [visit.id for visit in visits],
        [token_hex(10) for _ in visits],
    )
    await InspectionDemand.filter(plan_id=plan.id, visit_id__isnull=False).update(
        state=DemandState.CODED.value
    )
    plan.state, plan.published_at = PlanState.PUBLISHED.value, clock.now()
    await plan.save(update_fields=["state", "published_at"])
    towns = {visit.tenant_id: visit.owner for visit in visits}
    for tenant_id, owner in sorted({**towns, plan.tenant_id: plan.owner}.items()):
        own = sum(visit.tenant_id == tenant_id for visit in visits)
        await audit.record("joint.plan_published", owner, "JointPlan", plan.id, visits=own)
    await outbox.emit("joint.plan_published", plan.owner, {"plan": str(plan.id)})
    return plan


async def _check_current(plan: JointPlan, visits: list[JointVisit]) -> None:
    matched = await InspectionDemand.filter(
        plan_id=plan.id, visit_id__isnull=False, state=DemandState.MATCHED.value
    ).count()
    if matched != sum(len(visit.demand_ids) for visit in visits):
        raise Conflict(
            "a newer plan or a change has taken some of its demands; request a new plan",
            path=("input", "planId"),
        )


async def _plan(plan_id: UUID) -> JointPlan:
    plan = await JointPlan.get_or_none(id=plan_id)
    if plan is None:
        raise NotFound("no such plan", path=("input", "planId"))
    return plan


async def complete_visit(body_id: UUID | None, visit_id: UUID) -> JointVisit:
    """Record that a visit took place; its caps are used up.

    Raises:
        NotFound, Conflict, Forbidden: see `_settle`.
    """
    return await _settle(body_id, visit_id, took_place=True)


async def release_visit(body_id: UUID | None, visit_id: UUID, reason: str) -> JointVisit:
    """Give a published visit up; premises, officers and caps are free again.

    Raises:
        Invalid: no reason.
        NotFound, Conflict, Forbidden: see `_settle`.
    """
    check_reason(reason)
    return await _settle(body_id, visit_id, took_place=False)


async def _settle(body_id: UUID | None, visit_id: UUID, *, took_place: bool) -> JointVisit:
    """Only the lead body ends a published visit, and only once."""
    await current().fetch("select 1 from joint_visits where id = $1 for update", visit_id)
    visit = await JointVisit.get_or_none(id=visit_id)
    if visit is None:
        raise NotFound("no such visit", path=("input", "visitId"))
    if visit.lead_body_id != body_id:
        raise Forbidden("only the lead body ends a visit")
    if visit.state != VisitState.PUBLISHED.value:
        raise Conflict(f"a visit that is {visit.state} cannot end again", path=("input", "visitId"))
    if took_place and visit.day > clock.legal_day(clock.now()):
        raise Conflict("this visit is yet to come", path=("input", "visitId"))
    await settle_ledger(visit, took_place=took_place)
    to = advance(DemandState.CODED, DemandState.DONE if took_place else DemandState.RELEASED)
    await InspectionDemand.filter(tenant_id=visit.tenant_id, visit_id=visit.id).update(
        state=to.value, **({} if took_place else {"visit_id": None})
    )
    visit.state = VisitState.DONE.value if took_place else VisitState.RELEASED.value
    visit.completed_at = clock.now() if took_place else None
    await visit.save(update_fields=["state", "completed_at"])
    act = "joint.visit_completed" if took_place else "joint.visit_released"
    await audit.record(act, visit.owner, "JointVisit", visit.id)
    await outbox.emit(act, visit.owner, {"visit": str(visit.id)})
    return visit
