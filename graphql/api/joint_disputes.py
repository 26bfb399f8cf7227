"""Disputes over plans in the schema: objections, rulings, versions compared, results recognised."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Body
from api.context import Info
from api.errors import MutationError, attempt
from api.hazards_acts import KeyedAct
from api.joint import InspectionDemand, JointPlan, JointVisit, body_of
from api.nodes import RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service.joint import comparing, disputes, queries, records
from service.joint.recognising import recognise_result
from service.joint.rules import Decision
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject

REFUSALS = "Refusals; empty when the act was done"
strawberry.enum(
    Decision, name="ObjectionDecision", description="How the committee settles an objection"
)
strawberry.enum(
    comparing.Change, name="PlanChange", description="What happened to a visit between two versions"
)
strawberry.enum(comparing.Cause, name="PlanChangeCause", description="Why a visit changed")


@strawberry.type(description="Decision of the committee on one objection")
class ObjectionRuling:
    """One ruling."""

    row: strawberry.Private[records.PlanRuling]

    @strawberry.field(description="How the objection was settled")
    def decision(self) -> Decision:
        """From the row."""
        return Decision(self.row.decision)

    @strawberry.field(description="Reason of the committee")
    def reason(self) -> str:
        """From the row."""
        return self.row.reason

    @strawberry.field(description="Timestamp of the ruling")
    def ruled_at(self) -> datetime:
        """In UTC."""
        return self.row.ruled_at

    @strawberry.field(description="Body that leads the visit from now on, null unless it changes")
    async def lead_body(self, info: Info) -> Body | None:
        """Loaded in batches."""
        return await body_of(info, self.row.lead_body_id)


@strawberry.type(description="Objection of a body to a plan version or to one visit of it")
class PlanObjection(RowNode, relay.Node):
    """One objection; its plan is not published before the committee has ruled."""

    model = records.PlanObjection
    object_kind = Subject.DEMAND

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.PlanObjection]
    reason: str = strawberry.field(description="Reason of the objection")
    made_at: datetime = strawberry.field(description="Timestamp of the objection")

    @strawberry.field(description="Body that objects")
    async def body(self, info: Info) -> Body | None:
        """Loaded in batches."""
        return await body_of(info, self.row.body_id)

    @strawberry.field(description="Global id of the plan version")
    def plan_id(self) -> strawberry.ID:
        """As a global id."""
        return strawberry.ID(str(relay.GlobalID("JointPlan", str(self.row.plan_id))))

    @strawberry.field(description="Global id of the visit, null when it is against the whole plan")
    def visit_id(self) -> strawberry.ID | None:
        """As a global id."""
        known = self.row.visit_id
        return strawberry.ID(str(relay.GlobalID("JointVisit", str(known)))) if known else None

    @strawberry.field(description="Decision of the committee, null while it is open")
    async def ruling(self, info: Info) -> ObjectionRuling | None:
        """Loaded in batches."""

        async def load(keys: list[UUID]) -> list[records.PlanRuling | None]:
            found = await disputes.ruling_of(keys)
            return [found.get(key) for key in keys]

        row = await info.context.loader("ruling_of", load).load(self.id)
        return ObjectionRuling(row=row) if row else None

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Nothing for enterprises; the dispute is among bodies."""
        return found.filter(id__isnull=True) if principal.role is Role.ENTERPRISE else found

    @classmethod
    def of(cls, row: records.PlanObjection) -> "PlanObjection":
        """The row as the schema shows it."""
        return cls(id=row.id, row=row, reason=row.reason, made_at=row.made_at)


@strawberry.type(description="Visit in two plan versions")
class PlanDifference:
    """One difference."""

    change: comparing.Change = strawberry.field(description="What happened to the visit")
    cause: comparing.Cause = strawberry.field(description="Why, as far as the demands tell")
    words: str = strawberry.field(description="The cause in a sentence")
    before: JointVisit | None = strawberry.field(description="Visit in the first version")
    after: JointVisit | None = strawberry.field(description="Visit in the second version")


@strawberry.type(description="Number of visits with one kind of change")
class PlanChangeCount:
    """One count."""

    change: comparing.Change = strawberry.field(description="What happened")
    visits: int = strawberry.field(description="Number of visits")


@strawberry.type(description="Two plan versions side by side, as far as their visits are in sight")
class PlanComparison:
    """Counts of everything, and the first differences."""

    counts: list[PlanChangeCount] = strawberry.field(description="Visits by kind of change")
    unchanged: int = strawberry.field(description="Visits that are the same in both")
    differences: list[PlanDifference] = strawberry.field(
        description="The first 100 differences, by premises"
    )


def _difference(found: comparing.Difference) -> PlanDifference:
    return PlanDifference(
        change=found.change,
        cause=found.cause,
        words=comparing.WORDS[found.cause],
        before=JointVisit.of(found.before) if found.before else None,
        after=JointVisit.of(found.after) if found.after else None,
    )


PlanId = Annotated[relay.GlobalID, strawberry.argument(description="Plan version")]


@strawberry.type
class DisputeQuery:
    """Questions about disputes."""

    @strawberry.field(description="Objections to a plan version, newest first")
    async def plan_objections(
        self, info: Info, plan_id: PlanId, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[PlanObjection]:
        """One page."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        found = records.PlanObjection.filter(plan_id=node_id(plan_id, JointPlan, "planId"))
        seen = PlanObjection.seen(info.context.principal, found)
        return await page(seen, PlanObjection.of, first=first, after=after)

    @strawberry.field(description="What changed from one plan version to another, and why")
    async def joint_plan_comparison(
        self, info: Info, before: PlanId, after: PlanId
    ) -> PlanComparison | None:
        """Null when a version is not in sight; enterprises see none."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        ids = [node_id(before, JointPlan, "before"), node_id(after, JointPlan, "after")]
        if info.context.principal.role is Role.ENTERPRISE:
            return None
        if await queries.plans().filter(id__in=ids).count() < len(set(ids)):
            return None
        found = await comparing.compare(*ids)
        return PlanComparison(
            counts=[PlanChangeCount(change=c, visits=n) for c, n in found.counts.items()],
            unchanged=found.unchanged,
            differences=[_difference(one) for one in found.shown],
        )


@strawberry.enum(description="Why an objection was not taken")
class ObjectToJointPlanErrorCode(Enum):
    """Codes of `objectToJointPlan`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Objection of the caller's body")
class ObjectToJointPlanInput(KeyedAct):
    """Input of `objectToJointPlan`."""

    plan_id: relay.GlobalID = strawberry.field(description="Plan version")
    visit_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Visit objected to; the whole plan when left out"
    )
    reason: str = strawberry.field(description="Reason, 4 to 400 characters")


@strawberry.type(description="Answer to `objectToJointPlan`")
class ObjectToJointPlanPayload:
    """The objection, or why not."""

    objection: PlanObjection | None = strawberry.field(description="Objection that was entered")
    errors: list[MutationError[ObjectToJointPlanErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.enum(description="Why an objection was not ruled on")
class RuleOnObjectionErrorCode(Enum):
    """Codes of `ruleOnObjection`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Decision of the committee")
class RuleOnObjectionInput(KeyedAct):
    """Input of `ruleOnObjection`."""

    objection_id: relay.GlobalID = strawberry.field(description="Objection")
    decision: Decision = strawberry.field(description="How it is settled")
    lead_body_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Body that leads the visit, with LEAD_CHANGED"
    )
    reason: str = strawberry.field(description="Reason, 4 to 400 characters")


@strawberry.type(description="Answer to `ruleOnObjection`")
class RuleOnObjectionPayload:
    """The ruling, or why not."""

    ruling: ObjectionRuling | None = strawberry.field(description="Ruling that was made")
    errors: list[MutationError[RuleOnObjectionErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.enum(description="Why a result was not recognised")
class RecogniseResultErrorCode(Enum):
    """Codes of `recogniseResult`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Result of another body's visit that satisfies a demand")
class RecogniseResultInput(KeyedAct):
    """Input of `recogniseResult`."""

    demand_id: relay.GlobalID = strawberry.field(description="Demand of the caller's body")
    visit_id: relay.GlobalID = strawberry.field(description="Visit whose result is taken over")
    reason: str = strawberry.field(description="Why it suffices, 4 to 400 characters")


@strawberry.type(description="Answer to `recogniseResult`")
class RecogniseResultPayload:
    """The demand, or why not."""

    demand: InspectionDemand | None = strawberry.field(description="Demand that is satisfied")
    errors: list[MutationError[RecogniseResultErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.type
class DisputeMutation:
    """Acts in disputes."""

    @strawberry.mutation(description="Object to a solved plan for a body that takes part in it")
    async def object_to_joint_plan(
        self, info: Info, input: ObjectToJointPlanInput
    ) -> ObjectToJointPlanPayload:
        """See `service.joint.disputes.object_to_plan`."""

        async def act() -> records.PlanObjection:
            info.context.require(Subject.DEMAND, Right.DECIDE)
            visit = node_id(input.visit_id, JointVisit, "visitId") if input.visit_id else None
            return await disputes.object_to_plan(
                info.context.home,
                info.context.principal.body_id,
                node_id(input.plan_id, JointPlan, "planId"),
                visit,
                input.reason,
            )

        row, errors = await attempt(ObjectToJointPlanErrorCode, act())
        made = PlanObjection.of(row) if row else None
        return ObjectToJointPlanPayload(objection=made, errors=errors)

    @strawberry.mutation(description="Settle an objection; the committee only")
    async def rule_on_objection(
        self, info: Info, input: RuleOnObjectionInput
    ) -> RuleOnObjectionPayload:
        """See `service.joint.disputes.rule_on_objection`."""

        async def act() -> records.PlanRuling:
            info.context.require(Subject.DEMAND, Right.ARBITRATE)
            given = input.lead_body_id
            lead = node_id(given, Body, "leadBodyId") if given else None
            return await disputes.rule_on_objection(
                info.context.home,
                node_id(input.objection_id, PlanObjection, "objectionId"),
                input.decision,
                input.reason,
                lead,
            )

        row, errors = await attempt(RuleOnObjectionErrorCode, act())
        return RuleOnObjectionPayload(
            ruling=ObjectionRuling(row=row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Take another body's result over instead of inspecting again")
    async def recognise_result(
        self, info: Info, input: RecogniseResultInput
    ) -> RecogniseResultPayload:
        """See `service.joint.recognising.recognise_result`."""

        async def act() -> records.InspectionDemand:
            info.context.require(Subject.DEMAND, Right.WRITE)
            demand = node_id(input.demand_id, InspectionDemand, "demandId")
            await recognise_result(
                info.context.principal.body_id,
                demand,
                node_id(input.visit_id, JointVisit, "visitId"),
                input.reason,
            )
            return await records.InspectionDemand.get(id=demand)

        row, errors = await attempt(RecogniseResultErrorCode, act())
        shown = InspectionDemand.of(row) if row else None
        return RecogniseResultPayload(demand=shown, errors=errors)
