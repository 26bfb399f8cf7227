"""Acts with a risk point: identified, evaluated, graded, controlled; a failure makes a hazard."""

from decimal import Decimal, InvalidOperation
from enum import Enum
from uuid import UUID

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.hazards import Hazard
from api.hazards_acts import KeyedAct, party_of, shown
from api.nodes import node_id
from api.register import Premises
from api.risks import RiskControl, RiskPoint
from service.errors import Invalid
from service.hazards import records as hazard_records
from service.hazards.rules import Category
from service.register.rules import RiskColour
from service.risks import commands, records
from service.risks.rules import Control, Level
from tenants.rights import Right, Subject


@strawberry.input
class RiskPointAct(KeyedAct):
    """The risk point an act is about."""

    risk_point_id: relay.GlobalID = strawberry.field(description="Risk point of the act")


@strawberry.input(description="Value of one factor of a method")
class RiskFactorInput:
    """One factor."""

    factor: str = strawberry.field(description="Letter of the factor, such as L")
    value: str = strawberry.field(description="One of the values of the factor, a decimal string")


@strawberry.input(description="Measure against a risk")
class RiskControlInput:
    """One measure."""

    level: Level = strawberry.field(description="Level that controls")
    measure: str = strawberry.field(description="What is done")
    responsible: str = strawberry.field(description="Who answers for it")
    interval_days: int = strawberry.field(description="Longest time between two checks, in days")


def point_of(given: RiskPointAct) -> UUID:
    """The plain id of the act's risk point.

    Raises:
        Invalid: not the id of a risk point.
    """
    return node_id(given.risk_point_id, RiskPoint, "riskPointId")


def factors_of(given: list[RiskFactorInput]) -> dict[str, Decimal]:
    """The inputs as the method takes them.

    Raises:
        Invalid: a factor is given twice, or a value is no number.
    """
    found: dict[str, Decimal] = {}
    for one in given:
        if one.factor in found:
            raise Invalid(f"{one.factor} is given twice", path=("input", "inputs"))
        try:
            found[one.factor] = Decimal(one.value)
        except InvalidOperation as error:
            raise Invalid(f"{one.value!r} is no number", path=("input", "inputs")) from error
        if not found[one.factor].is_finite():
            raise Invalid(f"{one.value!r} is no number", path=("input", "inputs"))
    return found


def point_shown(row: records.RiskPoint | None) -> RiskPoint | None:
    """The risk point in a payload."""
    return RiskPoint.of(row) if row else None


@strawberry.enum(description="Why a risk point was not entered")
class IdentifyRiskPointErrorCode(Enum):
    """Codes of `identifyRiskPoint`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Risk point that was identified")
class IdentifyRiskPointInput(KeyedAct):
    """Input of `identifyRiskPoint`."""

    premises_id: relay.GlobalID = strawberry.field(description="Premises of the risk point")
    name: str = strawberry.field(description="Name of the risk point, at most 200 characters")
    category: Category = strawberry.field(description="What the risk is about")
    description: str = strawberry.field(default="", description="What may happen")


@strawberry.type(description="Answer to `identifyRiskPoint`")
class IdentifyRiskPointPayload:
    """The risk point, or why not."""

    risk_point: RiskPoint | None = strawberry.field(description="Risk point after the act")
    errors: list[MutationError[IdentifyRiskPointErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a risk point was not evaluated")
class EvaluateRiskErrorCode(Enum):
    """Codes of `evaluateRisk`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NO_RULE_IN_FORCE = "NO_RULE_IN_FORCE"


@strawberry.input(description="Evaluation of a risk point")
class EvaluateRiskInput(RiskPointAct):
    """Input of `evaluateRisk`."""

    method: str = strawberry.field(description="Id of the method, such as LEC")
    inputs: list[RiskFactorInput] = strawberry.field(description="Value of each factor")


@strawberry.type(description="Answer to `evaluateRisk`")
class EvaluateRiskPayload:
    """The risk point, or why not."""

    risk_point: RiskPoint | None = strawberry.field(description="Risk point after the act")
    errors: list[MutationError[EvaluateRiskErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a risk point was not graded")
class GradeRiskPointErrorCode(Enum):
    """Codes of `gradeRiskPoint`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"


@strawberry.input(description="Risk point that was evaluated")
class GradeRiskPointInput(RiskPointAct):
    """Input of `gradeRiskPoint`."""

    raised_to: RiskColour | None = strawberry.field(
        default=None, description="Graver colour by direct judgement"
    )
    reason: str = strawberry.field(default="", description="Why the colour is raised")


@strawberry.type(description="Answer to `gradeRiskPoint`")
class GradeRiskPointPayload:
    """The risk point, or why not."""

    risk_point: RiskPoint | None = strawberry.field(description="Risk point after the act")
    errors: list[MutationError[GradeRiskPointErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why measures were not set")
class SetControlsErrorCode(Enum):
    """Codes of `setControls`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    LEVEL_MISSING = "LEVEL_MISSING"
    TOO_SELDOM = "TOO_SELDOM"


@strawberry.input(description="Measures against a risk")
class SetControlsInput(RiskPointAct):
    """Input of `setControls`."""

    controls: list[RiskControlInput] = strawberry.field(description="Measures, 1 to 50")


@strawberry.type(description="Answer to `setControls`")
class SetControlsPayload:
    """The risk point, or why not."""

    risk_point: RiskPoint | None = strawberry.field(description="Risk point after the act")
    errors: list[MutationError[SetControlsErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a failure was not recorded")
class RecordControlFailureErrorCode(Enum):
    """Codes of `recordControlFailure`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Measure that failed")
class RecordControlFailureInput(KeyedAct):
    """Input of `recordControlFailure`."""

    control_id: relay.GlobalID = strawberry.field(description="Measure that failed")
    description: str = strawberry.field(description="What was found, at most 2000 characters")


@strawberry.type(description="Answer to `recordControlFailure`")
class RecordControlFailurePayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[RecordControlFailureErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class RiskMutation:
    """Acts with risk points."""

    @strawberry.mutation(description="Enter a risk point of premises")
    async def identify_risk_point(
        self, info: Info, input: IdentifyRiskPointInput
    ) -> IdentifyRiskPointPayload:
        """See `service.risks.commands.identify`."""

        async def act() -> records.RiskPoint:
            info.context.require(Subject.HAZARD, Right.WRITE)
            return await commands.identify(
                node_id(input.premises_id, Premises, "premisesId"),
                name=input.name,
                category=input.category,
                description=input.description,
                party=party_of(info),
            )

        row, errors = await attempt(IdentifyRiskPointErrorCode, act())
        return IdentifyRiskPointPayload(risk_point=point_shown(row), errors=errors)

    @strawberry.mutation(
        description="Evaluate a risk point by a method in force; all inputs are kept"
    )
    async def evaluate_risk(self, info: Info, input: EvaluateRiskInput) -> EvaluateRiskPayload:
        """See `service.risks.commands.evaluate`."""

        async def act() -> records.RiskPoint:
            info.context.require(Subject.HAZARD, Right.WRITE)
            return await commands.evaluate(
                point_of(input), input.method, factors_of(input.inputs), party_of(info)
            )

        row, errors = await attempt(EvaluateRiskErrorCode, act())
        return EvaluateRiskPayload(risk_point=point_shown(row), errors=errors)

    @strawberry.mutation(
        description="Give a risk point the colour of its evaluation, or a graver one"
    )
    async def grade_risk_point(
        self, info: Info, input: GradeRiskPointInput
    ) -> GradeRiskPointPayload:
        """See `service.risks.commands.grade`."""

        async def act() -> records.RiskPoint:
            info.context.require(Subject.HAZARD, Right.WRITE)
            return await commands.grade(
                point_of(input),
                raised_to=input.raised_to,
                reason=input.reason,
                party=party_of(info),
            )

        row, errors = await attempt(GradeRiskPointErrorCode, act())
        return GradeRiskPointPayload(risk_point=point_shown(row), errors=errors)

    @strawberry.mutation(
        description="Replace the measures against a risk; each required level needs one"
    )
    async def set_controls(self, info: Info, input: SetControlsInput) -> SetControlsPayload:
        """See `service.risks.commands.set_controls`."""

        async def act() -> records.RiskPoint:
            info.context.require(Subject.HAZARD, Right.WRITE)
            controls = [
                Control(one.level, one.measure, one.responsible, one.interval_days)
                for one in input.controls
            ]
            return await commands.set_controls(point_of(input), controls, party_of(info))

        row, errors = await attempt(SetControlsErrorCode, act())
        return SetControlsPayload(risk_point=point_shown(row), errors=errors)

    @strawberry.mutation(description="Record that a measure failed, which makes a hazard")
    async def record_control_failure(
        self, info: Info, input: RecordControlFailureInput
    ) -> RecordControlFailurePayload:
        """See `service.risks.commands.record_failure`."""

        async def act() -> hazard_records.Hazard:
            info.context.require(Subject.HAZARD, Right.WRITE)
            return await commands.record_failure(
                node_id(input.control_id, RiskControl, "controlId"),
                input.description,
                party_of(info),
            )

        row, errors = await attempt(RecordControlFailureErrorCode, act())
        return RecordControlFailurePayload(hazard=shown(row), errors=errors)
