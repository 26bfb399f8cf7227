"""Continuous intake in the schema: booked visits offered to new demands, urgent ones fitted in."""

from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.errors import MutationError, attempt
from api.hazards_acts import KeyedAct
from api.jobs import Job
from api.joint import InspectionDemand, JointVisit
from api.nodes import node_id
from service.joint import intake, queries, records, urgent, withdrawing
from service.joint.rules import check_reason
from tenants.rights import Right, Subject

REFUSALS = "Refusals; empty when the act was done"


@strawberry.type(description="Booked visit that can serve one more demand")
class VisitOffer:
    """One offer."""

    visit: JointVisit = strawberry.field(description="Visit that is announced already")
    minutes: int = strawberry.field(description="Minutes it would last with the demand")


@strawberry.type(description="Announced visit that made room for an urgent one")
class VisitMove:
    """One move."""

    visit_id: strawberry.ID = strawberry.field(description="Global id of the visit that moved")
    from_day: date = strawberry.field(description="Day it was announced for")
    from_at: datetime = strawberry.field(description="Timestamp it was announced for")
    to_day: date = strawberry.field(description="Day it takes place")
    to_at: datetime = strawberry.field(description="Timestamp it begins")

    @classmethod
    def of(cls, row: records.VisitMove) -> "VisitMove":
        """The row as the schema shows it."""
        return cls(
            visit_id=strawberry.ID(str(relay.GlobalID("JointVisit", str(row.visit_id)))),
            from_day=row.from_day,
            from_at=queries.minutes_of(row.from_day, row.from_minute),
            to_day=row.to_day,
            to_at=queries.minutes_of(row.to_day, row.to_minute),
        )


@strawberry.type
class IntakeQuery:
    """Questions of the intake."""

    @strawberry.field(description="Booked visits that could serve a demand, soonest first")
    async def visit_offers(self, info: Info, demand_id: relay.GlobalID) -> list[VisitOffer]:
        """At most ten; empty when the demand is booked or not in sight."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        wanted = node_id(demand_id, InspectionDemand, "demandId")
        found = InspectionDemand.seen(
            info.context.principal, records.InspectionDemand.filter(id=wanted)
        )
        row = await found.first()
        if row is None:
            return []
        return [
            VisitOffer(visit=JointVisit.of(offer.visit), minutes=offer.minutes)
            for offer in await intake.offers_for(row)
        ]


@strawberry.enum(description="Why a demand did not join a visit")
class JoinJointVisitErrorCode(Enum):
    """Codes of `joinJointVisit`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Demand that joins a booked visit")
class JoinJointVisitInput(KeyedAct):
    """Input of `joinJointVisit`."""

    demand_id: relay.GlobalID = strawberry.field(description="Demand of the caller's body")
    visit_id: relay.GlobalID = strawberry.field(description="Visit that was offered")


@strawberry.type(description="Answer to `joinJointVisit`")
class JoinJointVisitPayload:
    """The visit, or why not."""

    visit: JointVisit | None = strawberry.field(
        description="Visit with the demand; null while the district's desk works on it"
    )
    job: Job | None = strawberry.field(
        description="Job to watch, where the district's desk books for a town"
    )
    errors: list[MutationError[JoinJointVisitErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.enum(description="Why an urgent demand was not fitted in")
class FitUrgentDemandErrorCode(Enum):
    """Codes of `fitUrgentDemand`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Demand of an exempt kind that cannot wait for the plan")
class FitUrgentDemandInput(KeyedAct):
    """Input of `fitUrgentDemand`."""

    demand_id: relay.GlobalID = strawberry.field(description="Demand of the caller's body")


@strawberry.type(description="Answer to `fitUrgentDemand`")
class FitUrgentDemandPayload:
    """The visit with what it moved, or why not."""

    visit: JointVisit | None = strawberry.field(
        description="Visit that serves the demand; null while the district's desk works on it"
    )
    moves: list[VisitMove] = strawberry.field(
        description="Announced visits that made room, two at most"
    )
    job: Job | None = strawberry.field(
        description="Job to watch, where the district's desk books for a town"
    )
    errors: list[MutationError[FitUrgentDemandErrorCode]] = strawberry.field(description=REFUSALS)


def _whole_district(info: Info) -> bool:
    """Whether the caller's scope holds all officers; a town's does not."""
    scope = info.context.principal.scope
    return len(scope.writable) > 1


@strawberry.input(description="Demand that the caller's body takes back")
class WithdrawInspectionDemandInput(KeyedInput):
    """Input of `withdrawInspectionDemand`."""

    demand_id: relay.GlobalID = strawberry.field(description="Demand of the caller's body")
    reason: str = strawberry.field(description="Reason, 4 to 400 characters")


async def _withdraw(info: Info, input: WithdrawInspectionDemandInput) -> dict[str, Any]:
    body = info.context.principal.body_id
    wanted = node_id(input.demand_id, InspectionDemand, "demandId")
    row = await records.InspectionDemand.get_or_none(id=wanted)
    if row is None or row.visit_id is None or _whole_district(info):
        row = await withdrawing.withdraw_demand(body, wanted, input.reason)
        return {"demand": InspectionDemand.of(row), "job": None}
    job = await intake.ask_the_desk(
        info.context.home, body, wanted, None, withdraw=check_reason(input.reason)
    )
    return {"demand": InspectionDemand.of(row), "job": Job.of(job)}


@strawberry.type
class IntakeMutation:
    """Acts of the intake."""

    withdraw_inspection_demand: Any = act(
        "withdrawInspectionDemand",
        "Take a demand back; a visit that is announced goes on for the other bodies",
        WithdrawInspectionDemandInput,
        ("demand", InspectionDemand | None),
        _withdraw,
        needs=(Subject.DEMAND, Right.WRITE),
        codes=("CONFLICT",),
        also={"job": (Job | None, "Job to watch, where the district's desk acts for a town")},
    )

    @strawberry.mutation(description="Let a booked visit serve one more demand of the caller")
    async def join_joint_visit(
        self, info: Info, input: JoinJointVisitInput
    ) -> JoinJointVisitPayload:
        """See `service.joint.intake.join_visit`."""

        async def act() -> tuple[records.JointVisit | None, Job | None]:
            info.context.require(Subject.DEMAND, Right.WRITE)
            body = info.context.principal.body_id
            demand = node_id(input.demand_id, InspectionDemand, "demandId")
            visit = node_id(input.visit_id, JointVisit, "visitId")
            if _whole_district(info):
                return await intake.join_visit(body, demand, visit), None
            job = await intake.ask_the_desk(info.context.home, body, demand, visit)
            return None, Job.of(job)

        done, errors = await attempt(JoinJointVisitErrorCode, act())
        visit, job = done or (None, None)
        return JoinJointVisitPayload(
            visit=JointVisit.of(visit) if visit else None, job=job, errors=errors
        )

    @strawberry.mutation(
        description="Book a visit for an urgent demand at once; at most two others move"
    )
    async def fit_urgent_demand(
        self, info: Info, input: FitUrgentDemandInput
    ) -> FitUrgentDemandPayload:
        """See `service.joint.urgent.fit_urgent`."""

        async def act() -> tuple[urgent.FittedIn | None, Job | None]:
            info.context.require(Subject.DEMAND, Right.WRITE)
            body = info.context.principal.body_id
            demand: UUID = node_id(input.demand_id, InspectionDemand, "demandId")
            if _whole_district(info):
                return await urgent.fit_urgent(body, demand), None
            job = await intake.ask_the_desk(info.context.home, body, demand, None)
            return None, Job.of(job)

        done, errors = await attempt(FitUrgentDemandErrorCode, act())
        fitted, job = done or (None, None)
        return FitUrgentDemandPayload(
            visit=JointVisit.of(fitted.visit) if fitted else None,
            moves=[VisitMove.of(move) for move in fitted.moves] if fitted else [],
            job=job,
            errors=errors,
        )
