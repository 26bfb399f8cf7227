"""Acts with a hazard: from its report to the work that puts it right."""

from datetime import date
from enum import Enum
from uuid import UUID

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.evidence import Evidence
from api.hazards import Hazard
from api.nodes import NOBODY, node_id
from api.register import Premises
from api.scalars import FenAmount
from service.errors import Invalid
from service.hazards import commands, records
from service.hazards.rules import Category, EvidencePurpose, Grade, Plan, Source
from tenants.rights import Right, Role, Subject


@strawberry.input
class KeyedAct:
    """What every act may carry."""

    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.input
class HazardAct(KeyedAct):
    """The hazard an act is about."""

    hazard_id: relay.GlobalID = strawberry.field(description="Hazard of the act")


def hazard_of(given: HazardAct) -> UUID:
    """The plain id of the act's hazard.

    Raises:
        Invalid: not the id of a hazard.
    """
    return node_id(given.hazard_id, Hazard, "hazardId")


def party_of(info: Info) -> UUID | None:
    """The enterprise that acts, None where an officer does."""
    principal = info.context.principal
    if principal.role is Role.ENTERPRISE:
        return principal.enterprise_id or NOBODY
    return None


def source_of(given: Source | None, party: UUID | None) -> Source:
    """How a reported hazard came to light; failures are recorded as such.

    Raises:
        Invalid: an officer says that a measure failed.
    """
    if given is Source.CONTROL_FAILURE:
        raise Invalid("use recordControlFailure", path=("input", "source"))
    return (given or Source.INSPECTION) if party is None else Source.SELF_CHECK


def shown(row: records.Hazard | None) -> Hazard | None:
    """The hazard in a payload."""
    return Hazard.of(row) if row else None


@strawberry.enum(description="Why a hazard was not entered")
class ReportHazardErrorCode(Enum):
    """Codes of `reportHazard`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Hazard that was found")
class ReportHazardInput(KeyedAct):
    """Input of `reportHazard`."""

    premises_id: relay.GlobalID = strawberry.field(description="Premises of the hazard")
    category: Category = strawberry.field(description="What the hazard is about")
    description: str = strawberry.field(description="What was found, at most 2000 characters")
    source: Source | None = strawberry.field(
        default=None,
        description="How an officer learnt of it, INSPECTION by default; an enterprise found it",
    )
    found_on: date | None = strawberry.field(
        default=None, description="Day of the finding, today by default"
    )


@strawberry.type(description="Answer to `reportHazard`")
class ReportHazardPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[ReportHazardErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a hazard was not graded")
class GradeHazardErrorCode(Enum):
    """Codes of `gradeHazard`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_THE_PARTYS = "NOT_THE_PARTYS"
    NO_RULE_IN_FORCE = "NO_RULE_IN_FORCE"


@strawberry.input(description="Hazard and its grade")
class GradeHazardInput(HazardAct):
    """Input of `gradeHazard`."""

    grade: Grade = strawberry.field(description="Grade of the hazard")
    criterion: str | None = strawberry.field(
        default=None, description="Code of the criterion that makes it major"
    )
    reason: str = strawberry.field(default="", description="Why, in words")


@strawberry.type(description="Answer to `gradeHazard`")
class GradeHazardPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[GradeHazardErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a hazard was not assigned")
class AssignHazardErrorCode(Enum):
    """Codes of `assignHazard`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_THE_PARTYS = "NOT_THE_PARTYS"


@strawberry.input(description="Hazard and who puts it right")
class AssignHazardInput(HazardAct):
    """Input of `assignHazard`."""

    responsible: str = strawberry.field(
        description="Who puts the hazard right, at most 100 characters"
    )
    due_on: date = strawberry.field(description="Last day to put the hazard right")


@strawberry.type(description="Answer to `assignHazard`")
class AssignHazardPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[AssignHazardErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why the work was not planned")
class PlanRectificationErrorCode(Enum):
    """Codes of `planRectification`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_THE_PARTYS = "NOT_THE_PARTYS"
    CONDITIONS_MISSING = "CONDITIONS_MISSING"


@strawberry.input(description="Hazard and how it is put right")
class PlanRectificationInput(HazardAct):
    """Input of `planRectification`."""

    measures: str = strawberry.field(description="What is done")
    responsible: str = strawberry.field(default="", description="Who answers for it")
    funds: FenAmount | None = strawberry.field(
        default=None, description="Money provided, in fen; 0 where none is needed"
    )
    finish_on: date | None = strawberry.field(
        default=None, description="Day by which the work ends"
    )
    contingency: str = strawberry.field(
        default="", description="What is done meanwhile if it happens"
    )


@strawberry.type(description="Answer to `planRectification`")
class PlanRectificationPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[PlanRectificationErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why the work was not submitted")
class SubmitRectificationErrorCode(Enum):
    """Codes of `submitRectification`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_THE_PARTYS = "NOT_THE_PARTYS"
    CONDITIONS_MISSING = "CONDITIONS_MISSING"


@strawberry.input(description="Hazard that was put right")
class SubmitRectificationInput(HazardAct):
    """Input of `submitRectification`."""

    result: str = strawberry.field(description="What was done")


@strawberry.type(description="Answer to `submitRectification`")
class SubmitRectificationPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[SubmitRectificationErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why evidence was not attached")
class AttachHazardEvidenceErrorCode(Enum):
    """Codes of `attachHazardEvidence`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Evidence of a hazard")
class AttachHazardEvidenceInput(HazardAct):
    """Input of `attachHazardEvidence`."""

    evidence_ids: list[relay.GlobalID] = strawberry.field(
        description="Evidence of the same town, 1 to 20"
    )
    purpose: EvidencePurpose = strawberry.field(description="What the evidence shows")


@strawberry.type(description="Answer to `attachHazardEvidence`")
class AttachHazardEvidencePayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[AttachHazardEvidenceErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class HazardMutation:
    """Acts with hazards."""

    @strawberry.mutation(description="Report a hazard found at premises")
    async def report_hazard(self, info: Info, input: ReportHazardInput) -> ReportHazardPayload:
        """See `service.hazards.commands.report`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.WRITE)
            party = party_of(info)
            return await commands.report(
                node_id(input.premises_id, Premises, "premisesId"),
                category=input.category,
                description=input.description,
                source=source_of(input.source, party),
                found_on=input.found_on,
                party=party,
            )

        row, errors = await attempt(ReportHazardErrorCode, act())
        return ReportHazardPayload(hazard=shown(row), errors=errors)

    @strawberry.mutation(
        description="Grade a hazard; a major one by a criterion in force when it was found"
    )
    async def grade_hazard(self, info: Info, input: GradeHazardInput) -> GradeHazardPayload:
        """See `service.hazards.commands.grade`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.WRITE)
            return await commands.grade(
                hazard_of(input),
                input.grade,
                criterion=input.criterion,
                reason=input.reason,
                party=party_of(info),
            )

        row, errors = await attempt(GradeHazardErrorCode, act())
        return GradeHazardPayload(hazard=shown(row), errors=errors)

    @strawberry.mutation(description="Say who puts a hazard right and by which last day")
    async def assign_hazard(self, info: Info, input: AssignHazardInput) -> AssignHazardPayload:
        """See `service.hazards.commands.assign`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.WRITE)
            return await commands.assign(
                hazard_of(input),
                responsible=input.responsible,
                due_on=input.due_on,
                party=party_of(info),
            )

        row, errors = await attempt(AssignHazardErrorCode, act())
        return AssignHazardPayload(hazard=shown(row), errors=errors)

    @strawberry.mutation(
        description="Plan how a hazard is put right; a major one with all five conditions"
    )
    async def plan_rectification(
        self, info: Info, input: PlanRectificationInput
    ) -> PlanRectificationPayload:
        """See `service.hazards.commands.plan`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.WRITE)
            plan = Plan(
                input.responsible, input.measures, input.funds, input.finish_on, input.contingency
            )
            return await commands.plan(hazard_of(input), plan, party_of(info))

        row, errors = await attempt(PlanRectificationErrorCode, act())
        return PlanRectificationPayload(hazard=shown(row), errors=errors)

    @strawberry.mutation(description="Submit a hazard as put right after one's own check")
    async def submit_rectification(
        self, info: Info, input: SubmitRectificationInput
    ) -> SubmitRectificationPayload:
        """See `service.hazards.commands.submit`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.WRITE)
            return await commands.submit(hazard_of(input), input.result, party_of(info))

        row, errors = await attempt(SubmitRectificationErrorCode, act())
        return SubmitRectificationPayload(hazard=shown(row), errors=errors)

    @strawberry.mutation(description="Attach evidence to a hazard")
    async def attach_hazard_evidence(
        self, info: Info, input: AttachHazardEvidenceInput
    ) -> AttachHazardEvidencePayload:
        """See `service.hazards.commands.attach`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.WRITE)
            wanted = [node_id(one, Evidence, "evidenceIds") for one in input.evidence_ids]
            return await commands.attach(hazard_of(input), wanted, input.purpose, party_of(info))

        row, errors = await attempt(AttachHazardEvidenceErrorCode, act())
        return AttachHazardEvidencePayload(hazard=shown(row), errors=errors)
