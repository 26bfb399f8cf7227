"""The work of the demo's bodies: a year that was planned and inspected, and what is open.

The past year is one joint plan, requested, solved, approved and published as of a year ago, with
each visit completed on its day and each proposal made on its own.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from infra.demo.history import HISTORY_DAYS
from infra.demo.model import DemoDemand, DemoPlan, DemoProposal, DemoVisit
from infra.demo.past import at_moment, office_hour
from infra.demo.steps import ACTOR, District, Index, each
from infra.demo.trades import DEPARTMENT_BY_CODE
from service.blacklist.commands import Proposal, classify, decide, propose, serve_decision
from service.blacklist.records import BlacklistCase
from service.blacklist.rules import BodyId, Delivery, PublicationClass
from service.joint.commands import (
    Budget,
    approve_plan,
    complete_visit,
    publish_plan,
    request_plan,
    submit_demand,
)
from service.joint.records import InspectionDemand, JointPlan, JointVisit
from service.joint.rules import EXEMPT_KINDS, DemandKind, DemandTerms, PlanState, VisitState
from service.joint.solving import solve_plan
from service.register.rules import RISK_WEIGHT
from tenants.directory import department_scope
from tenants.scope import Scope
from tenants.wall import tenant_transaction

ITERATIONS = 200  # steps of the planner's search, so that the same plan comes out again
_SPREAD_DAYS = 20  # how far around its day a past inspection might have been planned

Act = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A demand of the plan, as the command wants it."""

    town: str
    premises: tuple[int, int]
    body: tuple[str, str | None]
    skill: str
    terms: DemandTerms


async def open_demands(plan: DemoPlan, district: District, known: Index) -> int:
    """What the bodies ask for in the coming months."""
    with at_moment(office_hour(plan.today, 480)):
        return await _submit([_wish(plan, item) for item in plan.demands], district, known)


def _wish(plan: DemoPlan, item: DemoDemand) -> _Wish:
    enterprise = plan.enterprises[item.premises[0]]
    kind = DemandKind(item.kind)
    terms = DemandTerms(
        kind,
        item.items,
        item.release,
        item.due,
        item.minutes,
        RISK_WEIGHT[enterprise.risk],
        item.mandatory,
        item.basis,
        item.basis if kind in EXEMPT_KINDS else "",
    )
    body = (item.body_code, item.town_code)
    return _Wish(enterprise.town_code, item.premises, body, item.skill, terms)


def _past_wishes(plan: DemoPlan, visit: DemoVisit) -> list[_Wish]:
    """What the bodies of a past visit had asked for, around its day."""
    enterprise = plan.enterprises[visit.premises[0]]
    first = plan.today - timedelta(days=HISTORY_DAYS)
    last = plan.today - timedelta(days=1)
    release = max(visit.day - timedelta(days=_SPREAD_DAYS), first)
    due = min(visit.day + timedelta(days=_SPREAD_DAYS), last)
    return [
        _Wish(
            enterprise.town_code,
            visit.premises,
            (code, None),
            code,
            DemandTerms(
                DemandKind.ROUTINE,
                DEPARTMENT_BY_CODE[code].items[:1],
                release,
                due,
                visit.minutes,
                RISK_WEIGHT[enterprise.risk],
                False,
                "年度检查计划",
            ),
        )
        for code in visit.body_codes
    ]


async def _submit(wishes: list[_Wish], district: District, known: Index) -> int:
    by_town: dict[str, list[_Wish]] = defaultdict(list)
    for wish in wishes:
        by_town[wish.town].append(wish)
    scope = await department_scope(district.office.district_id, ACTOR)
    return await each(
        _submit_town(scope, district.owner(town).tenant_id, members, known)
        for town, members in by_town.items()
    )


async def _submit_town(scope: Scope, tenant_id: UUID, wishes: list[_Wish], known: Index) -> int:
    made = 0
    async with tenant_transaction(scope):
        rows = await InspectionDemand.filter(tenant_id=tenant_id).values_list(
            "premises_id", "body_id", "release_on"
        )
        seen = {tuple(row) for row in rows}
        for wish in wishes:
            premises, body = known.premises[wish.premises], known.bodies[wish.body]
            if (premises, body, wish.terms.release_on) not in seen:
                await submit_demand(body, premises, wish.terms, skill=wish.skill)
                made += 1
    return made


async def past_year(plan: DemoPlan, district: District, known: Index) -> int:
    """Plan, publish and carry out the past year; how many visits and proposals it had."""
    begun = office_hour(plan.today - timedelta(days=HISTORY_DAYS), 480)
    with at_moment(begun):
        joint = await _planned(plan, district, known)
        await _published(joint, district)
    scope = await department_scope(district.office.district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        visits = await JointVisit.filter(plan_id=joint.id, state=VisitState.PUBLISHED.value)
    by_town: dict[UUID, list[JointVisit]] = defaultdict(list)
    for visit in visits:
        by_town[visit.tenant_id].append(visit)
    proposals: dict[UUID, list[tuple[int, DemoProposal]]] = defaultdict(list)
    for number, item in enumerate(plan.proposals, start=1):
        proposals[district.owner(item.town_code).tenant_id].append((number, item))
    return await each(
        _live_through(scope, district, known, by_town[town], proposals[town])
        for town in sorted({*by_town, *proposals})
    )


async def _planned(plan: DemoPlan, district: District, known: Index) -> JointPlan:
    """The plan of the past year, solved; one that a run left behind is taken up."""
    scope = await department_scope(district.office.district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        joint = await JointPlan.filter(tenant_id=district.office.tenant_id).first()
    if joint is None:
        wishes = [wish for visit in plan.visits for wish in _past_wishes(plan, visit)]
        await _submit(wishes, district, known)
        async with tenant_transaction(scope):
            joint, _ = await request_plan(
                district.office,
                plan.today - timedelta(days=HISTORY_DAYS),
                plan.today - timedelta(days=1),
                Budget(iterations=ITERATIONS, seed=plan.seed),
            )
    await solve_plan(district.office.district_id, joint.id)
    async with tenant_transaction(scope, read_only=True):
        return await JointPlan.get(id=joint.id)


async def _published(joint: JointPlan, district: District) -> None:
    scope = await department_scope(district.office.district_id, ACTOR)
    if joint.state == PlanState.SOLVED.value:
        async with tenant_transaction(scope):
            for body in joint.lead_bodies:
                await approve_plan(district.office, UUID(body), joint.id)
            await publish_plan(joint.id)
    elif joint.state != PlanState.PUBLISHED.value:
        raise RuntimeError(f"the plan of the past year is {joint.state}: {joint.failure}")


async def _live_through(
    scope: Scope,
    district: District,
    known: Index,
    visits: list[JointVisit],
    proposals: list[tuple[int, DemoProposal]],
) -> int:
    """The year of one town, act by act in the order of time, in one transaction."""
    acts: list[tuple[datetime, Act]] = [
        (office_hour(visit.day, visit.start_minute + visit.minutes), _completion(visit))
        for visit in visits
    ]
    async with tenant_transaction(scope):
        made = {row.penalty_number for row in await BlacklistCase.all()}
        for number, item in proposals:
            if _penalty_number(number, item) not in made:
                acts.extend(_case(number, item, district, known))
        for moment, act in sorted(acts, key=lambda entry: entry[0]):
            with at_moment(moment):
                await act()
    return len(visits) + len(proposals)


def _completion(visit: JointVisit) -> Act:
    return lambda: complete_visit(visit.lead_body_id, visit.id)


def _penalty_number(number: int, item: DemoProposal) -> str:
    return f"演罚〔{item.proposed_on.year}〕{number}号"


def _case(
    number: int, item: DemoProposal, district: District, known: Index
) -> list[tuple[datetime, Act]]:
    """The proposal, and for a penalty's publicity all steps up to its service."""
    body = BodyId(known.bodies[(item.deciding_body_code, None)])
    proposal = Proposal(
        enterprise_id=known.enterprises[item.enterprise],
        penalty_body_id=body,
        publication=PublicationClass(item.publication),
        cause=item.ground,
        basis="《中华人民共和国安全生产法》",
        penalty="罚款",
        penalty_number=_penalty_number(number, item),
        penalty_decided_on=item.proposed_on,
    )
    case: list[UUID] = []

    async def made() -> None:
        case.append((await propose(district.owner(item.town_code), proposal)).id)

    steps: list[tuple[datetime, Act]] = [(office_hour(item.proposed_on, 600), made)]
    if proposal.publication is PublicationClass.PENALTY_PUBLICITY:
        decided = f"演公示〔{item.proposed_on.year}〕{number}号"
        served = item.proposed_on + timedelta(days=1)
        steps += [
            (
                office_hour(item.proposed_on, 900),
                lambda: classify(case[0], body, PublicationClass.PENALTY_PUBLICITY),
            ),
            (
                office_hour(item.proposed_on, 960),
                lambda: decide(case[0], body, decision_number=decided),
            ),
            (
                office_hour(served, 600),
                lambda: serve_decision(case[0], body, Delivery.IN_PERSON, served),
            ),
        ]
    return steps
