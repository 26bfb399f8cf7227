"""Acts of joint enforcement in the schema: demand, plan, approve, publish, settle."""

from datetime import date
from enum import Enum
from uuid import UUID

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.jobs import Job
from api.joint import InspectionDemand, JointPlan, JointVisit
from api.nodes import node_id
from api.register import Premises
from service.joint import commands, records
from service.joint.rules import DemandKind, DemandTerms
from tenants.rights import Capability, Right, Role, Subject

KEY = "Key under which a repeat gets the same answer"
REFUSALS = "Refusals; empty when the act was done"


@strawberry.enum(description="Why a demand was not taken")
class SubmitInspectionDemandErrorCode(Enum):
    """Codes of `submitInspectionDemand`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Demand of the caller's enforcement body")
class SubmitInspectionDemandInput:
    """Input of `submitInspectionDemand`."""

    premises_id: relay.GlobalID = strawberry.field(description="Premises to be inspected")
    kind: DemandKind = strawberry.field(description="Why the body wants to inspect")
    items: list[str] = strawberry.field(description="Items to be inspected, 1 to 20")
    release_on: date = strawberry.field(description="First day of the window")
    due_on: date = strawberry.field(description="Last day of the window")
    minutes: int = strawberry.field(description="Duration in minutes, 5 to 480")
    risk: int = strawberry.field(description="Risk from 1 (low) to 4 (high)")
    mandatory: bool = strawberry.field(description="Indicates that it must be served")
    basis: str = strawberry.field(description="Legal basis of the demand")
    exemption_reason: str = strawberry.field(
        default="", description="Why it is outside the caps; for CLUE, INSTANT and REINSPECT"
    )
    interval_days: int = strawberry.field(
        default=30, description="Days before the items may be inspected again"
    )
    skill: str | None = strawberry.field(
        default=None, description="What the officer must master, by default the body's line"
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def terms(self) -> DemandTerms:
        """The demand as the rules know it."""
        return DemandTerms(
            self.kind,
            self.items,
            self.release_on,
            self.due_on,
            self.minutes,
            self.risk,
            self.mandatory,
            self.basis,
            self.exemption_reason,
            self.interval_days,
        )


@strawberry.type(description="Answer to `submitInspectionDemand`")
class SubmitInspectionDemandPayload:
    """The demand, or why not."""

    demand: InspectionDemand | None = strawberry.field(description="Demand that was submitted")
    errors: list[MutationError[SubmitInspectionDemandErrorCode]] = strawberry.field(
        description=REFUSALS
    )


@strawberry.enum(description="Why no plan was asked for")
class RequestJointPlanErrorCode(Enum):
    """Codes of `requestJointPlan`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Horizon and budget of a new plan version")
class RequestJointPlanInput:
    """Input of `requestJointPlan`."""

    first_day: date = strawberry.field(description="First day of the horizon, today or later")
    last_day: date = strawberry.field(description="Last day of the horizon")
    iterations: int | None = strawberry.field(
        default=None, description="Steps of search, reproducible"
    )
    seconds: float | None = strawberry.field(default=None, description="CPU seconds of search")
    seed: int = strawberry.field(default=0, description="Seed of the search")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="Answer to `requestJointPlan`")
class RequestJointPlanPayload:
    """The version to come with its job, or why not."""

    plan: JointPlan | None = strawberry.field(description="Version that was asked for")
    job: Job | None = strawberry.field(description="Job to watch")
    errors: list[MutationError[RequestJointPlanErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.enum(description="Why a plan was not approved")
class ApproveJointPlanErrorCode(Enum):
    """Codes of `approveJointPlan`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Plan that the caller's body approves")
class ApproveJointPlanInput:
    """Input of `approveJointPlan`."""

    plan_id: relay.GlobalID = strawberry.field(description="Plan version")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="Answer to `approveJointPlan`")
class ApproveJointPlanPayload:
    """The plan, or why not."""

    plan: JointPlan | None = strawberry.field(description="Plan that was approved")
    errors: list[MutationError[ApproveJointPlanErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.enum(description="Why a plan was not published")
class PublishJointPlanErrorCode(Enum):
    """Codes of `publishJointPlan`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Plan to be published")
class PublishJointPlanInput:
    """Input of `publishJointPlan`."""

    plan_id: relay.GlobalID = strawberry.field(description="Plan version")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="Answer to `publishJointPlan`")
class PublishJointPlanPayload:
    """The plan, or why not."""

    plan: JointPlan | None = strawberry.field(description="Plan that was published")
    errors: list[MutationError[PublishJointPlanErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.enum(description="Why a visit was not ended")
class EndJointVisitErrorCode(Enum):
    """Codes of `completeJointVisit` and `releaseJointVisit`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Visit that took place")
class CompleteJointVisitInput:
    """Input of `completeJointVisit`."""

    visit_id: relay.GlobalID = strawberry.field(description="Visit")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Visit that is given up")
class ReleaseJointVisitInput:
    """Input of `releaseJointVisit`."""

    visit_id: relay.GlobalID = strawberry.field(description="Visit")
    reason: str = strawberry.field(description="Why it is given up, 4 to 400 characters")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="Answer to the acts that end a visit")
class EndJointVisitPayload:
    """The visit, or why not."""

    visit: JointVisit | None = strawberry.field(description="Visit that was ended")
    errors: list[MutationError[EndJointVisitErrorCode]] = strawberry.field(description=REFUSALS)


async def _ended(
    info: Info, given: relay.GlobalID, act: str, reason: str = ""
) -> EndJointVisitPayload:
    async def end() -> records.JointVisit:
        # Whether the caller's body leads this very visit is for the command to see.
        info.context.require(Subject.JOINT_INSPECTION, Right.DECIDE, Capability.LEADS)
        wanted: UUID = node_id(given, JointVisit, "visitId")
        body = info.context.principal.body_id
        if act == "complete":
            return await commands.complete_visit(body, wanted)
        return await commands.release_visit(body, wanted, reason)

    row, errors = await attempt(EndJointVisitErrorCode, end())
    return EndJointVisitPayload(visit=JointVisit.of(row) if row else None, errors=errors)


@strawberry.type
class JointMutation:
    """Acts of joint enforcement."""

    @strawberry.mutation(description="Ask for an inspection on behalf of the caller's body")
    async def submit_inspection_demand(
        self, info: Info, input: SubmitInspectionDemandInput
    ) -> SubmitInspectionDemandPayload:
        """See `service.joint.commands.submit_demand`."""

        async def act() -> records.InspectionDemand:
            info.context.require(Subject.DEMAND, Right.WRITE)
            return await commands.submit_demand(
                info.context.principal.body_id,
                node_id(input.premises_id, Premises, "premisesId"),
                input.terms(),
                skill=input.skill,
            )

        row, errors = await attempt(SubmitInspectionDemandErrorCode, act())
        demand = InspectionDemand.of(row) if row else None
        return SubmitInspectionDemandPayload(demand=demand, errors=errors)

    @strawberry.mutation(description="Ask for a new version of the district's joint plan")
    async def request_joint_plan(
        self, info: Info, input: RequestJointPlanInput
    ) -> RequestJointPlanPayload:
        """See `service.joint.commands.request_plan`."""

        async def act() -> tuple[records.JointPlan, Job]:
            committee = info.context.principal.role is Role.COMMITTEE
            info.context.require(Subject.DEMAND, Right.ARBITRATE if committee else Right.DECIDE)
            budget = commands.Budget(input.iterations, input.seconds, input.seed)
            plan, job = await commands.request_plan(
                info.context.home, input.first_day, input.last_day, budget
            )
            return plan, Job.of(job)

        made, errors = await attempt(RequestJointPlanErrorCode, act())
        return RequestJointPlanPayload(
            plan=JointPlan.of(made[0]) if made else None,
            job=made[1] if made else None,
            errors=errors,
        )

    @strawberry.mutation(description="Approve a plan for a body that leads visits in it")
    async def approve_joint_plan(
        self, info: Info, input: ApproveJointPlanInput
    ) -> ApproveJointPlanPayload:
        """See `service.joint.commands.approve_plan`."""

        async def act() -> records.JointPlan:
            info.context.require(Subject.DEMAND, Right.DECIDE)
            return await commands.approve_plan(
                info.context.home,
                info.context.principal.body_id,
                node_id(input.plan_id, JointPlan, "planId"),
            )

        row, errors = await attempt(ApproveJointPlanErrorCode, act())
        return ApproveJointPlanPayload(plan=JointPlan.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Reserve, code and announce every visit of an approved plan")
    async def publish_joint_plan(
        self, info: Info, input: PublishJointPlanInput
    ) -> PublishJointPlanPayload:
        """See `service.joint.commands.publish_plan`."""

        async def act() -> records.JointPlan:
            info.context.require(Subject.DEMAND, Right.DECIDE)
            return await commands.publish_plan(node_id(input.plan_id, JointPlan, "planId"))

        row, errors = await attempt(PublishJointPlanErrorCode, act())
        return PublishJointPlanPayload(plan=JointPlan.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Record that a visit took place")
    async def complete_joint_visit(
        self, info: Info, input: CompleteJointVisitInput
    ) -> EndJointVisitPayload:
        """See `service.joint.commands.complete_visit`."""
        return await _ended(info, input.visit_id, "complete")

    @strawberry.mutation(description="Give a published visit up; everything reserved is free again")
    async def release_joint_visit(
        self, info: Info, input: ReleaseJointVisitInput
    ) -> EndJointVisitPayload:
        """See `service.joint.commands.release_visit`."""
        return await _ended(info, input.visit_id, "release", input.reason)
