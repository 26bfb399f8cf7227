"""Acts with a hazard that was put right: checked, closed, or read from above."""

from datetime import date
from enum import Enum

import strawberry

from api.context import Info
from api.errors import MutationError, attempt
from api.hazards import Hazard
from api.hazards_acts import HazardAct, hazard_of, party_of, shown
from service import receipts
from service.errors import NotFound
from service.hazards import commands, queries, records
from service.hazards.rules import Authority
from tenants.rights import Right, Subject


@strawberry.enum(description="Why a hazard was not verified")
class VerifyHazardErrorCode(Enum):
    """Codes of `verifyHazard`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    SAME_PERSON = "SAME_PERSON"


@strawberry.input(description="Hazard that is gone")
class VerifyHazardInput(HazardAct):
    """Input of `verifyHazard`."""

    finding: str = strawberry.field(description="What the verifier found")


@strawberry.type(description="Answer to `verifyHazard`")
class VerifyHazardPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[VerifyHazardErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a hazard was not sent back")
class RejectRectificationErrorCode(Enum):
    """Codes of `rejectRectification`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    SAME_PERSON = "SAME_PERSON"


@strawberry.input(description="Hazard that is not gone")
class RejectRectificationInput(HazardAct):
    """Input of `rejectRectification`."""

    finding: str = strawberry.field(description="What the verifier found")


@strawberry.type(description="Answer to `rejectRectification`")
class RejectRectificationPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[RejectRectificationErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a hazard was not closed")
class CloseHazardErrorCode(Enum):
    """Codes of `closeHazard`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    REPORTS_OWED = "REPORTS_OWED"


@strawberry.input(description="Hazard that was verified")
class CloseHazardInput(HazardAct):
    """Input of `closeHazard`."""


@strawberry.type(description="Answer to `closeHazard`")
class CloseHazardPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[CloseHazardErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a hazard was not shown")
class ReadHazardWithPurposeErrorCode(Enum):
    """Codes of `readHazardWithPurpose`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Hazard that a committee reads")
class ReadHazardWithPurposeInput(HazardAct):
    """Input of `readHazardWithPurpose`."""

    purpose: str = strawberry.field(description="Why the hazard is read, 6 to 400 characters")


@strawberry.type(description="Answer to `readHazardWithPurpose`")
class ReadHazardWithPurposePayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[ReadHazardWithPurposeErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a report was not recorded")
class RecordMajorHazardReportErrorCode(Enum):
    """Codes of `recordMajorHazardReport`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Report on a major hazard")
class RecordMajorHazardReportInput(HazardAct):
    """Input of `recordMajorHazardReport`."""

    to: Authority = strawberry.field(description="To whom it was reported")
    reported_on: date = strawberry.field(description="Day of the report")


@strawberry.type(description="Answer to `recordMajorHazardReport`")
class RecordMajorHazardReportPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[RecordMajorHazardReportErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class HazardCheckMutation:
    """Acts of those who check."""

    @strawberry.mutation(description="Verify that a hazard is gone; not by who put it right")
    async def verify_hazard(self, info: Info, input: VerifyHazardInput) -> VerifyHazardPayload:
        """See `service.hazards.commands.verify`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.VERIFY)
            return await commands.verify(hazard_of(input), input.finding)

        row, errors = await attempt(VerifyHazardErrorCode, act())
        return VerifyHazardPayload(hazard=shown(row), errors=errors)

    @strawberry.mutation(description="Send a hazard back that is not gone")
    async def reject_rectification(
        self, info: Info, input: RejectRectificationInput
    ) -> RejectRectificationPayload:
        """See `service.hazards.commands.reject`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.VERIFY)
            return await commands.reject(hazard_of(input), input.finding)

        row, errors = await attempt(RejectRectificationErrorCode, act())
        return RejectRectificationPayload(hazard=shown(row), errors=errors)

    @strawberry.mutation(description="Close a verified hazard (销号)")
    async def close_hazard(self, info: Info, input: CloseHazardInput) -> CloseHazardPayload:
        """See `service.hazards.commands.close`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.VERIFY)
            return await commands.close(hazard_of(input))

        row, errors = await attempt(CloseHazardErrorCode, act())
        return CloseHazardPayload(hazard=shown(row), errors=errors)

    @strawberry.mutation(
        description="Read one hazard of a town for a stated purpose; the town gets a receipt"
    )
    async def read_hazard_with_purpose(
        self, info: Info, input: ReadHazardWithPurposeInput
    ) -> ReadHazardWithPurposePayload:
        """See `service.receipts.leave`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.READ_WITH_PURPOSE)
            row = await queries.hazards().get_or_none(id=hazard_of(input))
            if row is None:
                raise NotFound("no such hazard", path=("input", "hazardId"))
            reader = info.context.principal.name
            await receipts.leave(row.owner, reader, "Hazard", row.id, input.purpose)
            return row

        row, errors = await attempt(ReadHazardWithPurposeErrorCode, act())
        return ReadHazardWithPurposePayload(hazard=shown(row), errors=errors)

    @strawberry.mutation(description="Record that the handling of a major hazard was reported")
    async def record_major_hazard_report(
        self, info: Info, input: RecordMajorHazardReportInput
    ) -> RecordMajorHazardReportPayload:
        """See `service.hazards.commands.record_report`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.WRITE)
            return await commands.record_report(
                hazard_of(input), input.to, input.reported_on, party_of(info)
            )

        row, errors = await attempt(RecordMajorHazardReportErrorCode, act())
        return RecordMajorHazardReportPayload(hazard=shown(row), errors=errors)
