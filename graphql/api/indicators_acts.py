"""Acts with indicators: a committee chooses, measures and answers; a town objects."""

from datetime import date
from enum import Enum

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.hazards_acts import KeyedAct
from api.indicators import IndicatorSnapshot, ScoreAppeal, ScoreSheet
from api.nodes import node_id
from service.indicators import commands, records
from service.indicators.rules import Choice, Purpose
from tenants.rights import Right, Subject

REFUSALS = "Refusals; empty when the act was done"


@strawberry.enum(description="Why the choice was not taken")
class ChooseIndicatorErrorCode(Enum):
    """Codes of `chooseIndicator`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    TAINTED = "TAINTED"


@strawberry.input(description="How an indicator counts in a year")
class ChooseIndicatorInput(KeyedAct):
    """Input of `chooseIndicator`."""

    code: str = strawberry.field(description="Code of the indicator")
    year: int = strawberry.field(description="Year that is decided")
    scored: bool = strawberry.field(description="Indicates that it counts towards the score")
    weight: int = strawberry.field(default=1, description="Weight among the scored ones, 1 to 100")
    target: int | None = strawberry.field(
        default=None, description="Value to reach, in thousandths where the value is a share"
    )
    reason: str = strawberry.field(default="", description="Why, in words")


@strawberry.type(description="How an indicator counts in a year")
class IndicatorChoice:
    """One decision."""

    code: str = strawberry.field(description="Code of the indicator")
    year: int = strawberry.field(description="Year that is decided")
    scored: bool = strawberry.field(description="Indicates that it counts towards the score")
    weight: int = strawberry.field(description="Weight among the scored ones")
    target: int | None = strawberry.field(description="Value to reach")

    @classmethod
    def of(cls, row: records.IndicatorChoice) -> "IndicatorChoice":
        """The row as the schema shows it."""
        return cls(
            code=row.code, year=row.year, scored=row.scored, weight=row.weight, target=row.target
        )


@strawberry.type(description="Answer to `chooseIndicator`")
class ChooseIndicatorPayload:
    """The choice, or why not."""

    choice: IndicatorChoice | None = strawberry.field(description="Choice that was taken")
    errors: list[MutationError[ChooseIndicatorErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.enum(description="Why nothing is measured")
class TakeIndicatorSnapshotErrorCode(Enum):
    """Codes of `takeIndicatorSnapshot`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    CONFLICT = "CONFLICT"
    TAINTED = "TAINTED"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Period to be measured and scored")
class TakeIndicatorSnapshotInput(KeyedAct):
    """Input of `takeIndicatorSnapshot`."""

    since: date = strawberry.field(description="First day of the period")
    until: date = strawberry.field(description="Last day of the period, not in the future")


@strawberry.type(description="Answer to `takeIndicatorSnapshot`")
class TakeIndicatorSnapshotPayload:
    """The snapshot, taken soon after, or why not."""

    snapshot: IndicatorSnapshot | None = strawberry.field(description="Snapshot that was asked for")
    errors: list[MutationError[TakeIndicatorSnapshotErrorCode]] = strawberry.field(
        description=REFUSALS
    )


@strawberry.enum(description="Why the objection was not taken")
class AppealScoreErrorCode(Enum):
    """Codes of `appealScore`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Objection to a score")
class AppealScoreInput(KeyedAct):
    """Input of `appealScore`."""

    sheet_id: relay.GlobalID = strawberry.field(description="Score sheet of the own town")
    text: str = strawberry.field(description="What is wrong and why, at most 4000 characters")


@strawberry.type(description="Answer to `appealScore`")
class AppealScorePayload:
    """The objection, or why not."""

    appeal: ScoreAppeal | None = strawberry.field(description="Objection that was raised")
    errors: list[MutationError[AppealScoreErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.enum(description="Why the answer was not taken")
class AnswerScoreAppealErrorCode(Enum):
    """Codes of `answerScoreAppeal`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Numbers of one indicator as they should have been")
class ScoreCorrectionInput:
    """One correction."""

    code: str = strawberry.field(description="Code of an indicator in the sheet")
    numerator: int = strawberry.field(description="What should have been counted")
    denominator: int | None = strawberry.field(default=None, description="Of how many")


@strawberry.input(description="Answer to an objection")
class AnswerScoreAppealInput(KeyedAct):
    """Input of `answerScoreAppeal`."""

    appeal_id: relay.GlobalID = strawberry.field(description="Objection that is answered")
    upheld: bool = strawberry.field(description="Indicates that the town is right")
    text: str = strawberry.field(description="Reasons, at most 4000 characters")
    corrections: list[ScoreCorrectionInput] = strawberry.field(
        default_factory=list, description="Right numbers where the town is right, at most 100"
    )


@strawberry.type(description="Answer to `answerScoreAppeal`")
class AnswerScoreAppealPayload:
    """The objection as it stands, or why not; the town gets the answer soon after."""

    appeal: ScoreAppeal | None = strawberry.field(description="Objection that was answered")
    errors: list[MutationError[AnswerScoreAppealErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.type
class IndicatorMutation:
    """Acts with indicators."""

    @strawberry.mutation(
        description="Decide how an indicator counts in a year; fines and inspections never score"
    )
    async def choose_indicator(
        self, info: Info, input: ChooseIndicatorInput
    ) -> ChooseIndicatorPayload:
        """See `service.indicators.commands.choose`."""

        async def act() -> records.IndicatorChoice:
            info.context.require(Subject.INDICATOR, Right.WRITE)
            chosen = Choice(input.scored, input.weight, input.target)
            return await commands.choose(
                info.context.home, input.code, input.year, chosen, reason=input.reason
            )

        row, errors = await attempt(ChooseIndicatorErrorCode, act())
        return ChooseIndicatorPayload(
            choice=IndicatorChoice.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Measure all towns over a period and score them")
    async def take_indicator_snapshot(
        self, info: Info, input: TakeIndicatorSnapshotInput
    ) -> TakeIndicatorSnapshotPayload:
        """See `service.indicators.commands.ask_snapshot`."""

        async def act() -> records.IndicatorSnapshot:
            info.context.require(Subject.INDICATOR, Right.WRITE)
            return await commands.ask_snapshot(
                info.context.home, input.since, input.until, Purpose.SCORE
            )

        row, errors = await attempt(TakeIndicatorSnapshotErrorCode, act())
        shown = IndicatorSnapshot.of(row) if row else None
        return TakeIndicatorSnapshotPayload(snapshot=shown, errors=errors)

    @strawberry.mutation(description="Object to the own town's score while the time for it runs")
    async def appeal_score(self, info: Info, input: AppealScoreInput) -> AppealScorePayload:
        """See `service.indicators.commands.appeal`."""

        async def act() -> records.ScoreAppeal:
            info.context.require(Subject.INDICATOR, Right.OBJECT)
            return await commands.appeal(node_id(input.sheet_id, ScoreSheet, "sheetId"), input.text)

        row, errors = await attempt(AppealScoreErrorCode, act())
        return AppealScorePayload(appeal=ScoreAppeal.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Answer an objection; a corrected sheet follows if upheld")
    async def answer_score_appeal(
        self, info: Info, input: AnswerScoreAppealInput
    ) -> AnswerScoreAppealPayload:
        """See `service.indicators.commands.answer`."""

        async def act() -> records.ScoreAppeal:
            info.context.require(Subject.INDICATOR, Right.WRITE)
            return await commands.answer(
                info.context.home,
                node_id(input.appeal_id, ScoreAppeal, "appealId"),
                upheld=input.upheld,
                text=input.text,
                corrections=[
                    commands.Correction(one.code, one.numerator, one.denominator)
                    for one in input.corrections
                ],
            )

        row, errors = await attempt(AnswerScoreAppealErrorCode, act())
        return AnswerScoreAppealPayload(appeal=ScoreAppeal.of(row) if row else None, errors=errors)
