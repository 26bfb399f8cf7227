"""Joint enforcement in the schema: demands, plan versions with their proof, and visits."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Body
from api.context import Info
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise, Premises
from service.joint import queries, records
from service.joint.calendars import CalendarKind, calendar_file
from service.joint.drawn_teams import TeamNote
from service.joint.planning.explain import merged_words_zh, unserved_words, unserved_words_zh
from service.joint.rules import DemandKind, DemandState, PlanState, Shortage, VisitState
from tenants.principal import Principal
from tenants.records import Body as BodyRow
from tenants.rights import Right, Role, Subject

strawberry.enum(DemandKind, name="DemandKind", description="Why a body wants to inspect")
strawberry.enum(DemandState, name="DemandState", description="Where a demand stands")
strawberry.enum(PlanState, name="JointPlanState", description="Where a plan version stands")
strawberry.enum(VisitState, name="JointVisitState", description="Where a visit stands")
strawberry.enum(
    Shortage, name="TeamShortage", description="What a visit lacks since its officers changed"
)
strawberry.enum(TeamNote, description="Why somebody who was drawn is not in the team")


async def body_of(info: Info, body_id: UUID | None) -> Body | None:
    """A body, loaded for all objects of the page in one statement."""

    async def load(keys: list[UUID]) -> list[BodyRow | None]:
        rows = {row.id: row for row in await BodyRow.filter(id__in=keys)}
        return [rows.get(key) for key in keys]

    if body_id is None:
        return None
    found = await info.context.loader("joint_bodies", load).load(body_id)
    return Body.of(found) if found else None


@strawberry.type(description="Wish or duty of one body to inspect one premises")
class InspectionDemand(RowNode, relay.Node):
    """One demand."""

    model = records.InspectionDemand
    object_kind = Subject.DEMAND

    id: relay.NodeID[UUID]
    kind: DemandKind = strawberry.field(description="Why the body wants to inspect")
    state: DemandState = strawberry.field(description="Where the demand stands")
    items: list[str] = strawberry.field(description="Items to be inspected")
    release_on: date = strawberry.field(description="First day of the window")
    due_on: date = strawberry.field(description="Last day of the window")
    minutes: int = strawberry.field(description="Duration in minutes")
    risk: int = strawberry.field(description="Risk from 1 (low) to 4 (high)")
    mandatory: bool = strawberry.field(description="Indicates that it must be served")
    basis: str = strawberry.field(description="Legal basis of the demand")
    body_id: strawberry.ID = strawberry.field(description="Plain id of the enforcement body")
    unserved: str | None = strawberry.field(
        description="Why the latest plan leaves the demand out, null when it does not"
    )

    unserved_zh: str | None = strawberry.field(description="The same in Chinese")
    withdrawn_reason: str | None = strawberry.field(
        description="Why the body took it back, null when it did not"
    )
    draw_id: strawberry.ID | None = strawberry.field(
        description="Global id of the random draw that led to it, null when none did"
    )
    drawn_officer_ids: list[strawberry.ID] = strawberry.field(
        description="Plain ids of the officers who were drawn for it, empty when none were"
    )
    team_note: TeamNote | None = strawberry.field(
        description="Why the team of its visit is not the drawn one, null when it is"
    )

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.InspectionDemand) -> "InspectionDemand":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            kind=DemandKind(row.kind),
            state=DemandState(row.state),
            items=row.items,
            release_on=row.release_on,
            due_on=row.due_on,
            minutes=row.minutes,
            risk=row.risk,
            mandatory=row.mandatory,
            basis=row.basis,
            body_id=strawberry.ID(str(row.body_id)),
            unserved=unserved_words(row.unserved_reason) if row.unserved_reason else None,
            unserved_zh=unserved_words_zh(row.unserved_reason) if row.unserved_reason else None,
            withdrawn_reason=row.withdrawn_reason or None,
            draw_id=(
                strawberry.ID(str(relay.GlobalID("RandomDraw", str(row.draw_id))))
                if row.draw_id
                else None
            ),
            drawn_officer_ids=[strawberry.ID(officer) for officer in row.officer_ids],
            team_note=TeamNote(row.team_note) if row.team_note else None,
        )


@strawberry.type(description="Visit of one or more bodies to one premises")
class JointVisit(RowNode, relay.Node):
    """One visit."""

    model = records.JointVisit
    object_kind = Subject.DEMAND

    id: relay.NodeID[UUID]
    state: VisitState = strawberry.field(description="Where the visit stands")
    starts_at: datetime = strawberry.field(description="Timestamp of the start")
    day: date = strawberry.field(description="Day of the visit in China")
    minutes: int = strawberry.field(description="Duration in minutes")
    exempt: bool = strawberry.field(description="Indicates that it uses no cap and keeps no gap")
    code: str | None = strawberry.field(
        description="Code that the officers show (执法码), null until the visit is published"
    )
    explanation: str = strawberry.field(description="Which demands were merged, and why")
    urgent: bool = strawberry.field(description="Indicates that it was fitted in beside the plan")
    changed_at: datetime | None = strawberry.field(
        description="Timestamp of the last change after it was announced, null when there is none"
    )
    lead_body_id: strawberry.ID = strawberry.field(description="Plain id of the lead body")
    officer_ids: list[strawberry.ID] = strawberry.field(description="Plain ids of the team")
    lacking: strawberry.Private[str]

    @strawberry.field(
        description="What the team lacks since an officer left, lost the card or went on leave, "
        "null when it can go; enterprises are not told"
    )
    def shortage(self, info: Info) -> Shortage | None:
        """As the desk of the district counted it."""
        if not self.lacking or info.context.principal.role is Role.ENTERPRISE:
            return None
        return Shortage(self.lacking)

    @strawberry.field(description="Body that leads the visit")
    async def lead_body(self, info: Info) -> Body | None:
        """Loaded in batches."""
        return await body_of(info, UUID(self.lead_body_id))

    @strawberry.field(description="Demands that the visit serves")
    async def demands(self, info: Info) -> list[InspectionDemand]:
        """Loaded for all visits of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.InspectionDemand]]:
            found = await queries.demands_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("demands_of", load).load(self.id)
        return [InspectionDemand.of(row) for row in rows]

    @strawberry.field(description="The same explanation in Chinese, with the names of the bodies")
    async def explanation_zh(self, info: Info) -> str:
        """From the demands as they are now."""
        demands = await self.demands(info)
        lead = await self.lead_body(info)
        ids = sorted({d.body_id for d in demands if d.body_id != self.lead_body_id})
        others = [await body_of(info, UUID(one)) for one in ids]
        names = [body.name for body in others if body]
        return merged_words_zh(self.day.isoformat(), lead.name if lead else "", names, len(demands))

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own announced visits."""
        return confined(principal, found)

    @classmethod
    def of(cls, row: records.JointVisit) -> "JointVisit":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            state=VisitState(row.state),
            starts_at=queries.minutes_of(row.day, row.start_minute),
            day=row.day,
            minutes=row.minutes,
            exempt=row.exempt,
            code=row.code or None,
            explanation=row.explanation,
            urgent=row.origin == "URGENT",
            changed_at=row.changed_at,
            lead_body_id=strawberry.ID(str(row.lead_body_id)),
            officer_ids=[strawberry.ID(officer) for officer in row.officer_ids],
            lacking=row.shortage if row.state == VisitState.PUBLISHED.value else "",
        )


@strawberry.type(description="What the planner proves about its plan; bounds hold for any plan")
class PlanCertificate:
    """Figures of `anshang.plan/1`."""

    visits: int = strawberry.field(description="Visits of the plan")
    visits_lower_bound: int = strawberry.field(
        description="Least number of visits that serve the same demands"
    )
    gap: float = strawberry.field(description="Visits over their lower bound, less one")
    mandatory_unserved: int = strawberry.field(description="Mandatory demands left out")
    mandatory_unserved_bound: int = strawberry.field(
        description="Mandatory demands that every lawful plan leaves out"
    )
    discretionary_unserved: int = strawberry.field(description="Other demands left out")
    discretionary_unserved_bound: int = strawberry.field(
        description="Other demands that every lawful plan leaves out"
    )
    officer_days: int = strawberry.field(description="Days of officers on the road")
    travel_minutes: int = strawberry.field(description="Minutes of travel of all officers")
    seed: int = strawberry.field(description="Seed of the search")
    budget: str = strawberry.field(description="Budget of the search")
    solver_version: str = strawberry.field(description="Version of the planner")
    input_sha256: str = strawberry.field(description="SHA-256 of the instance")


@strawberry.type(description="What the joint plan spares against each body planning alone")
class PlanBurden:
    """Recomputed with each plan."""

    joint_visits: int = strawberry.field(description="Visits of the joint plan")
    separate_visits: int = strawberry.field(
        description="Visits if every body merged only its own demands"
    )
    separate_broken_gaps: int = strawberry.field(
        description="Separate visits that come too soon after another"
    )
    spared: float | None = strawberry.field(description="Share of the visits that is spared")


@strawberry.type(description="Version of the joint plan of a district")
class JointPlan(RowNode, relay.Node):
    """One version."""

    model = records.JointPlan
    object_kind = Subject.DEMAND

    id: relay.NodeID[UUID]
    version: int = strawberry.field(description="Number of the version in the district")
    state: PlanState = strawberry.field(description="Where the version stands")
    first_day: date = strawberry.field(description="First day of the horizon")
    last_day: date = strawberry.field(description="Last day of the horizon")
    certificate: PlanCertificate | None = strawberry.field(
        description="Proof of the plan, null until it is solved"
    )
    burden: PlanBurden | None = strawberry.field(description="What the plan spares")
    lead_body_ids: list[strawberry.ID] = strawberry.field(
        description="Plain ids of the bodies that lead visits and must approve"
    )
    plan_sha256: str | None = strawberry.field(description="SHA-256 of the plan document")
    failure: str | None = strawberry.field(description="Why there is no plan, when it failed")

    @strawberry.field(description="Visits of the plan that the caller may see, in order of days")
    async def visits(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[JointVisit]:
        """One page."""
        found = confined(info.context.principal, queries.visits(plan_id=self.id))
        return await page(found, JointVisit.of, first=first, after=after, descending=False)

    @strawberry.field(
        description="Number of its announced visits in sight that lack officers or a skill"
    )
    async def short_visits(self, info: Info) -> int:
        """Counted for all plans of the page in one statement."""

        async def load(keys: list[UUID]) -> list[int]:
            found = await queries.short_of_plans(keys)
            return [found[key] for key in keys]

        if info.context.principal.role is Role.ENTERPRISE:
            return 0
        count: int = await info.context.loader("short_visits", load).load(self.id)
        return count

    @strawberry.field(
        description="Demands that the plan leaves out, gravest first, at most 100 of those in sight"
    )
    async def unserved(self, info: Info) -> list[InspectionDemand]:
        """Officers only."""
        if info.context.principal.role is Role.ENTERPRISE:
            return []
        return [InspectionDemand.of(row) for row in await queries.unserved(self.id)]

    @classmethod
    def of(cls, row: records.JointPlan) -> "JointPlan":
        """The row as the schema shows it."""
        shown = {f.python_name for f in PlanCertificate.__strawberry_definition__.fields}  # type: ignore[attr-defined]
        figures = {key: value for key, value in row.certificate.items() if key in shown}
        return cls(
            id=row.id,
            version=row.version,
            state=PlanState(row.state),
            first_day=row.first_day,
            last_day=row.last_day,
            certificate=PlanCertificate(**figures) if figures else None,
            burden=PlanBurden(**row.burden) if row.burden else None,
            lead_body_ids=[strawberry.ID(body) for body in row.lead_bodies],
            plan_sha256=row.plan_sha256 or None,
            failure=row.failure or None,
        )


@strawberry.type(description="Line of the ledger of yearly caps of one enterprise")
class FrequencyBudget:
    """`used + reserved` never exceeds `cap`."""

    body_id: strawberry.ID | None = strawberry.field(
        description="Plain id of the body, null for all bodies together"
    )
    cap: int = strawberry.field(description="Visits allowed in the year")
    reserved: int = strawberry.field(description="Visits set aside")
    used: int = strawberry.field(description="Visits that took place")

    @classmethod
    def of(cls, row: records.FrequencyBudget) -> "FrequencyBudget":
        """The row as the schema shows it."""
        body = None if row.body == "ALL" else strawberry.ID(row.body)
        return cls(body_id=body, cap=row.cap, reserved=row.reserved, used=row.used)


def confined(
    principal: Principal, found: QuerySet[records.JointVisit]
) -> QuerySet[records.JointVisit]:
    """An enterprise sees its own announced visits only."""
    if principal.role is not Role.ENTERPRISE:
        return found
    own = found.filter(enterprise_id=principal.enterprise_id or NOBODY)
    return queries.only_announced(own)


def _enterprise(info: Info, given: relay.GlobalID) -> UUID:
    wanted = node_id(given, Enterprise, "enterpriseId")
    principal = info.context.principal
    if principal.role is Role.ENTERPRISE and principal.enterprise_id != wanted:
        return NOBODY
    return wanted


EnterpriseId = Annotated[relay.GlobalID, strawberry.argument(description="Enterprise")]


@strawberry.type
class JointQuery:
    """Questions to joint enforcement."""

    @strawberry.field(description="Demands that the caller may see, newest first")
    async def inspection_demands(
        self,
        info: Info,
        state: Annotated[
            DemandState | None, strawberry.argument(description="State of the demands")
        ] = None,
        premises_id: Annotated[
            relay.GlobalID | None, strawberry.argument(description="Premises of the demands")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[InspectionDemand]:
        """One page; an enterprise sees its own."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        place = node_id(premises_id, Premises, "premisesId") if premises_id else None
        found = queries.demands(state=state, premises_id=place)
        principal = info.context.principal
        if principal.role is Role.ENTERPRISE:
            found = found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        return await page(found, InspectionDemand.of, first=first, after=after)

    @strawberry.field(description="Versions of the joint plan of the district, newest first")
    async def joint_plans(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[JointPlan]:
        """One page."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        return await page(queries.plans(), JointPlan.of, first=first, after=after)

    @strawberry.field(description="Version of the joint plan, null when unseen")
    async def joint_plan(
        self,
        info: Info,
        id: Annotated[relay.GlobalID, strawberry.argument(description="Plan version")],
    ) -> JointPlan | None:
        """One plan."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        row = await queries.plans().get_or_none(id=node_id(id, JointPlan, "id"))
        return JointPlan.of(row) if row else None

    @strawberry.field(description="Calendar of an enterprise: announced visits by day")
    async def enterprise_calendar(
        self,
        info: Info,
        enterprise_id: EnterpriseId,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[JointVisit]:
        """One page."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        found = queries.visits(enterprise_id=_enterprise(info, enterprise_id), announced=True)
        return await page(
            found, JointVisit.of, first=first, after=after, key="day", descending=False
        )

    @strawberry.field(description="The same calendar as an iCalendar file (RFC 5545)")
    async def enterprise_calendar_file(self, info: Info, enterprise_id: EnterpriseId) -> str:
        """Text of the file."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        wanted = _enterprise(info, enterprise_id)
        return (await calendar_file(CalendarKind.ENTERPRISE, wanted)).decode()

    @strawberry.field(description="Ledger of yearly caps of an enterprise")
    async def frequency_budgets(
        self,
        info: Info,
        enterprise_id: EnterpriseId,
        year: Annotated[int, strawberry.argument(description="Year of the ledger")],
    ) -> list[FrequencyBudget]:
        """A line per body, and one for all."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        rows = await queries.budgets(_enterprise(info, enterprise_id), year)
        return [FrequencyBudget.of(row) for row in rows]
