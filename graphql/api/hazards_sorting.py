"""Acts beside the way of a hazard: a later deadline, a false report, a duplicate, another line."""

from datetime import date
from enum import Enum

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.hazards import Hazard
from api.hazards_acts import HazardAct, hazard_of, party_of
from api.nodes import node_id
from service.errors import Forbidden
from service.hazards import extensions, records, sorting
from tenants.rights import Right, Role, Subject


def require_officer(info: Info) -> None:
    """Refuse enterprises: what is no hazard is not theirs to say.

    Raises:
        Forbidden: as said.
    """
    info.context.require(Subject.HAZARD, Right.WRITE)
    if info.context.principal.role is Role.ENTERPRISE:
        raise Forbidden("an officer of the town does this; tell the town why it is no hazard")


@strawberry.enum(description="Why a later deadline was not asked for")
class RequestHazardExtensionErrorCode(Enum):
    """Codes of `requestHazardExtension`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    CONFLICT = "CONFLICT"
    TOO_LATE = "TOO_LATE"
    TOO_OFTEN = "TOO_OFTEN"


@strawberry.input(description="Later deadline that is asked for")
class RequestHazardExtensionInput(HazardAct):
    """Input of `requestHazardExtension`."""

    until: date = strawberry.field(description="Last day that is asked for")
    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `requestHazardExtension`")
class RequestHazardExtensionPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[RequestHazardExtensionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a request was not answered")
class AnswerHazardExtensionErrorCode(Enum):
    """Codes of `answerHazardExtension`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOTHING_ASKED = "NOTHING_ASKED"
    SAME_PERSON = "SAME_PERSON"
    TOO_LATE = "TOO_LATE"


@strawberry.input(description="Answer to the request for a later deadline")
class AnswerHazardExtensionInput(HazardAct):
    """Input of `answerHazardExtension`."""

    granted: bool = strawberry.field(description="Indicates that the later deadline is granted")
    answer: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `answerHazardExtension`")
class AnswerHazardExtensionPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[AnswerHazardExtensionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a dismissal was not asked for")
class RequestHazardDismissalErrorCode(Enum):
    """Codes of `requestHazardDismissal`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Hazard that is none")
class RequestHazardDismissalInput(HazardAct):
    """Input of `requestHazardDismissal`."""

    reason: str = strawberry.field(description="Why it is no hazard, at most 400 characters")


@strawberry.type(description="Answer to `requestHazardDismissal`")
class RequestHazardDismissalPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[RequestHazardDismissalErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a dismissal was not decided")
class DecideHazardDismissalErrorCode(Enum):
    """Codes of `decideHazardDismissal`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOTHING_ASKED = "NOTHING_ASKED"
    SAME_PERSON = "SAME_PERSON"


@strawberry.input(description="Decision about a hazard that is said to be none")
class DecideHazardDismissalInput(HazardAct):
    """Input of `decideHazardDismissal`."""

    dismissed: bool = strawberry.field(description="Indicates that it is no hazard")


@strawberry.type(description="Answer to `decideHazardDismissal`")
class DecideHazardDismissalPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[DecideHazardDismissalErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a duplicate was not merged")
class MergeHazardErrorCode(Enum):
    """Codes of `mergeHazard`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"


@strawberry.input(description="Duplicate and the hazard that it repeats")
class MergeHazardInput(HazardAct):
    """Input of `mergeHazard`."""

    original_id: relay.GlobalID = strawberry.field(description="Hazard that stays")


@strawberry.type(description="Answer to `mergeHazard`")
class MergeHazardPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[MergeHazardErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a hazard was not transferred")
class TransferHazardErrorCode(Enum):
    """Codes of `transferHazard`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"


@strawberry.input(description="Hazard and the line that it belongs to")
class TransferHazardInput(HazardAct):
    """Input of `transferHazard`."""

    line: str = strawberry.field(description="Line of business of a department of the district")
    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `transferHazard`")
class TransferHazardPayload:
    """The hazard, or why not."""

    hazard: Hazard | None = strawberry.field(description="Hazard after the act")
    errors: list[MutationError[TransferHazardErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class HazardSortingMutation:
    """Acts beside the way of a hazard."""

    @strawberry.mutation(description="Ask for a later deadline before the last day is over")
    async def request_hazard_extension(
        self, info: Info, input: RequestHazardExtensionInput
    ) -> RequestHazardExtensionPayload:
        """See `service.hazards.extensions.ask`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.WRITE)
            return await extensions.ask(hazard_of(input), input.until, input.reason, party_of(info))

        row, errors = await attempt(RequestHazardExtensionErrorCode, act())
        return RequestHazardExtensionPayload(hazard=Hazard.of(row) if row else None, errors=errors)

    @strawberry.mutation(
        description="Grant or deny a later deadline; another person than who asked"
    )
    async def answer_hazard_extension(
        self, info: Info, input: AnswerHazardExtensionInput
    ) -> AnswerHazardExtensionPayload:
        """See `service.hazards.extensions.answer`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.VERIFY)
            return await extensions.answer(
                hazard_of(input), granted=input.granted, why=input.answer
            )

        row, errors = await attempt(AnswerHazardExtensionErrorCode, act())
        return AnswerHazardExtensionPayload(hazard=Hazard.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Say why a hazard is none (误报); a second person decides")
    async def request_hazard_dismissal(
        self, info: Info, input: RequestHazardDismissalInput
    ) -> RequestHazardDismissalPayload:
        """See `service.hazards.sorting.ask_dismissal`."""

        async def act() -> records.Hazard:
            require_officer(info)
            return await sorting.ask_dismissal(hazard_of(input), input.reason)

        row, errors = await attempt(RequestHazardDismissalErrorCode, act())
        return RequestHazardDismissalPayload(hazard=Hazard.of(row) if row else None, errors=errors)

    @strawberry.mutation(
        description="Dismiss a false report, or keep the hazard; another person than who asked"
    )
    async def decide_hazard_dismissal(
        self, info: Info, input: DecideHazardDismissalInput
    ) -> DecideHazardDismissalPayload:
        """See `service.hazards.sorting.decide_dismissal`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.VERIFY)
            return await sorting.decide_dismissal(hazard_of(input), dismissed=input.dismissed)

        row, errors = await attempt(DecideHazardDismissalErrorCode, act())
        return DecideHazardDismissalPayload(hazard=Hazard.of(row) if row else None, errors=errors)

    @strawberry.mutation(
        description="Merge a duplicate into the hazard that it repeats, with its evidence"
    )
    async def merge_hazard(self, info: Info, input: MergeHazardInput) -> MergeHazardPayload:
        """See `service.hazards.sorting.merge`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.VERIFY)
            original = node_id(input.original_id, Hazard, "originalId")
            return await sorting.merge(hazard_of(input), original)

        row, errors = await attempt(MergeHazardErrorCode, act())
        return MergeHazardPayload(hazard=Hazard.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Give a hazard to the line of another body (移送)")
    async def transfer_hazard(
        self, info: Info, input: TransferHazardInput
    ) -> TransferHazardPayload:
        """See `service.hazards.sorting.transfer`."""

        async def act() -> records.Hazard:
            info.context.require(Subject.HAZARD, Right.VERIFY)
            return await sorting.transfer(hazard_of(input), input.line, input.reason)

        row, errors = await attempt(TransferHazardErrorCode, act())
        return TransferHazardPayload(hazard=Hazard.of(row) if row else None, errors=errors)
