"""Acts with accidents: reported, supplemented, corrected, found concealed, read with purpose."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry
from strawberry import relay

from api.accidents import Accident
from api.context import Info
from api.errors import MutationError, attempt
from api.hazards_acts import KeyedAct, party_of
from api.nodes import node_id
from api.register import Premises
from api.scalars import FenAmount
from service import clock, receipts
from service.accidents import commands, queries, records
from service.accidents.commands import First
from service.accidents.rules import Toll
from service.errors import NotFound
from tenants.rights import Right, Subject


@strawberry.input(description="What an accident cost")
class AccidentTollInput:
    """The three numbers of 条例 art. 3."""

    deaths: int = strawberry.field(default=0, description="People dead")
    serious_injuries: int = strawberry.field(default=0, description="People seriously injured")
    direct_loss_fen: FenAmount = strawberry.field(
        default=FenAmount(0), description="Direct loss in fen"
    )

    def toll(self) -> Toll:
        """As the rules know it."""
        return Toll(self.deaths, self.serious_injuries, self.direct_loss_fen)


@strawberry.input
class AccidentAct(KeyedAct):
    """The accident an act is about."""

    accident_id: relay.GlobalID = strawberry.field(description="Accident of the act")


def accident_of(given: AccidentAct) -> UUID:
    """The plain id of the act's accident.

    Raises:
        Invalid: not the id of an accident.
    """
    return node_id(given.accident_id, Accident, "accidentId")


@strawberry.enum(description="Why an accident was not reported")
class ReportAccidentErrorCode(Enum):
    """Codes of `reportAccident`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="First report of an accident")
class ReportAccidentInput(KeyedAct):
    """Input of `reportAccident`."""

    premises_id: relay.GlobalID = strawberry.field(description="Premises of the accident")
    occurred_at: datetime = strawberry.field(description="Timestamp at which it happened")
    known_at: datetime = strawberry.field(
        description="Timestamp at which the head of the enterprise learnt of it"
    )
    reported_at: datetime | None = strawberry.field(
        default=None,
        description="Timestamp at which it reached the town by telephone; now by default",
    )
    summary: str = strawberry.field(description="What happened, at most 4,000 characters")
    toll: AccidentTollInput = strawberry.field(description="What is known of its cost")


@strawberry.type(description="Answer to `reportAccident`")
class ReportAccidentPayload:
    """The accident, or why not."""

    accident: Accident | None = strawberry.field(description="Accident after the act")
    errors: list[MutationError[ReportAccidentErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an accident was not supplemented")
class SupplementAccidentErrorCode(Enum):
    """Codes of `supplementAccident`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    SUPPLEMENT_TOO_LATE = "SUPPLEMENT_TOO_LATE"


@strawberry.input(description="Numbers that changed")
class SupplementAccidentInput(AccidentAct):
    """Input of `supplementAccident`."""

    toll: AccidentTollInput = strawberry.field(description="All three numbers as they are now")
    text: str = strawberry.field(description="What changed, at most 4,000 characters")


@strawberry.type(description="Answer to `supplementAccident`")
class SupplementAccidentPayload:
    """The accident, or why not."""

    accident: Accident | None = strawberry.field(description="Accident after the act")
    errors: list[MutationError[SupplementAccidentErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an accident was not corrected")
class CorrectAccidentErrorCode(Enum):
    """Codes of `correctAccident`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Numbers that were wrong from the beginning")
class CorrectAccidentInput(AccidentAct):
    """Input of `correctAccident`."""

    toll: AccidentTollInput = strawberry.field(description="All three numbers as they are right")
    reason: str = strawberry.field(description="Why, at most 4,000 characters")


@strawberry.type(description="Answer to `correctAccident`")
class CorrectAccidentPayload:
    """The accident, or why not."""

    accident: Accident | None = strawberry.field(description="Accident after the act")
    errors: list[MutationError[CorrectAccidentErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an accident was not marked")
class MarkAccidentConcealedErrorCode(Enum):
    """Codes of `markAccidentConcealed`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Accident that was concealed")
class MarkAccidentConcealedInput(AccidentAct):
    """Input of `markAccidentConcealed`."""

    finding: str = strawberry.field(description="What was found, at most 400 characters")


@strawberry.type(description="Answer to `markAccidentConcealed`")
class MarkAccidentConcealedPayload:
    """The accident, or why not."""

    accident: Accident | None = strawberry.field(description="Accident after the act")
    errors: list[MutationError[MarkAccidentConcealedErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an accident was not shown")
class ReadAccidentWithPurposeErrorCode(Enum):
    """Codes of `readAccidentWithPurpose`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Accident that a committee reads")
class ReadAccidentWithPurposeInput(AccidentAct):
    """Input of `readAccidentWithPurpose`."""

    purpose: str = strawberry.field(description="Why it is read, 6 to 400 characters")


@strawberry.type(description="Answer to `readAccidentWithPurpose`")
class ReadAccidentWithPurposePayload:
    """The accident, or why not."""

    accident: Accident | None = strawberry.field(description="Accident that was read")
    errors: list[MutationError[ReadAccidentWithPurposeErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


def shown(row: records.Accident | None) -> Accident | None:
    """The row in the schema, where there is one."""
    return Accident.of(row) if row else None


def aware(given: datetime) -> datetime:
    """The instant; a time without an offset is one of China."""
    return given if given.tzinfo else given.replace(tzinfo=clock.SHANGHAI)


@strawberry.type
class AccidentMutation:
    """Acts with accidents."""

    @strawberry.mutation(description="Report an accident; the heads of the premises are called")
    async def report_accident(
        self, info: Info, input: ReportAccidentInput
    ) -> ReportAccidentPayload:
        """See `service.accidents.commands.report`."""

        async def act() -> records.Accident:
            info.context.require(Subject.ACCIDENT, Right.WRITE)
            first = First(
                aware(input.occurred_at),
                aware(input.known_at),
                input.summary,
                input.toll.toll(),
                aware(input.reported_at) if input.reported_at else None,
            )
            place = node_id(input.premises_id, Premises, "premisesId")
            return await commands.report(place, first, party_of(info))

        row, errors = await attempt(ReportAccidentErrorCode, act())
        return ReportAccidentPayload(accident=shown(row), errors=errors)

    @strawberry.mutation(description="Report numbers of an accident that changed since (补报)")
    async def supplement_accident(
        self, info: Info, input: SupplementAccidentInput
    ) -> SupplementAccidentPayload:
        """See `service.accidents.commands.supplement`."""

        async def act() -> records.Accident:
            info.context.require(Subject.ACCIDENT, Right.WRITE)
            return await commands.supplement(
                accident_of(input), input.toll.toll(), input.text, party_of(info)
            )

        row, errors = await attempt(SupplementAccidentErrorCode, act())
        return SupplementAccidentPayload(accident=shown(row), errors=errors)

    @strawberry.mutation(description="Correct numbers of an accident that were wrong")
    async def correct_accident(
        self, info: Info, input: CorrectAccidentInput
    ) -> CorrectAccidentPayload:
        """See `service.accidents.commands.correct`."""

        async def act() -> records.Accident:
            info.context.require(Subject.ACCIDENT, Right.VERIFY)
            return await commands.correct(accident_of(input), input.toll.toll(), input.reason)

        row, errors = await attempt(CorrectAccidentErrorCode, act())
        return CorrectAccidentPayload(accident=shown(row), errors=errors)

    @strawberry.mutation(description="Keep that an accident was concealed (瞒报)")
    async def mark_accident_concealed(
        self, info: Info, input: MarkAccidentConcealedInput
    ) -> MarkAccidentConcealedPayload:
        """See `service.accidents.commands.mark_concealed`."""

        async def act() -> records.Accident:
            info.context.require(Subject.ACCIDENT, Right.VERIFY)
            return await commands.mark_concealed(accident_of(input), input.finding)

        row, errors = await attempt(MarkAccidentConcealedErrorCode, act())
        return MarkAccidentConcealedPayload(accident=shown(row), errors=errors)

    @strawberry.mutation(
        description="Read one accident of a town for a stated purpose; the town gets a receipt"
    )
    async def read_accident_with_purpose(
        self, info: Info, input: ReadAccidentWithPurposeInput
    ) -> ReadAccidentWithPurposePayload:
        """See `service.receipts.leave`."""

        async def act() -> records.Accident:
            info.context.require(Subject.ACCIDENT, Right.READ_WITH_PURPOSE)
            row = await queries.accidents().get_or_none(id=accident_of(input))
            if row is None:
                raise NotFound("no such accident", path=("input", "accidentId"))
            reader = info.context.principal.name
            await receipts.leave(row.owner, reader, "Accident", row.id, input.purpose)
            return row

        row, errors = await attempt(ReadAccidentWithPurposeErrorCode, act())
        return ReadAccidentWithPurposePayload(accident=shown(row), errors=errors)
