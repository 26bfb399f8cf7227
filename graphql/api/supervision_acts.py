"""Acts with supervised listings: proposed, decided, listed, extended, delisted, escalated."""

from datetime import date
from enum import Enum
from uuid import UUID

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.hazards import Hazard, own_line
from api.hazards_acts import KeyedAct, party_of
from api.nodes import node_id
from api.supervision import SupervisionOrder
from service.supervision import commands, records
from service.supervision.rules import Level
from tenants.rights import Right, Role, Subject


@strawberry.input
class SupervisionAct(KeyedAct):
    """The order an act is about."""

    order_id: relay.GlobalID = strawberry.field(description="Order of the act")


def order_of(given: SupervisionAct) -> UUID:
    """The plain id of the act's order.

    Raises:
        Invalid: not the id of an order.
    """
    return node_id(given.order_id, SupervisionOrder, "orderId")


async def decider_of(info: Info) -> commands.Decider:
    """The body for which the caller decides."""
    principal = info.context.principal
    return commands.Decider(
        info.context.home,
        principal.body_id,
        principal.role is Role.TENANT_ADMIN,
        await own_line(info),
    )


@strawberry.enum(description="Why a listing was not proposed")
class ProposeSupervisionErrorCode(Enum):
    """Codes of `proposeSupervision`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Hazard to put under supervision")
class ProposeSupervisionInput(KeyedAct):
    """Input of `proposeSupervision`."""

    hazard_id: relay.GlobalID = strawberry.field(description="Hazard of the act")
    level: Level = strawberry.field(description="Level that supervises")
    reason: str = strawberry.field(description="Why, at most 1000 characters")


@strawberry.type(description="Answer to `proposeSupervision`")
class ProposeSupervisionPayload:
    """The order, or why not."""

    order: SupervisionOrder | None = strawberry.field(description="Order after the act")
    errors: list[MutationError[ProposeSupervisionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a listing was not approved")
class ApproveSupervisionErrorCode(Enum):
    """Codes of `approveSupervision`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_THE_DECIDER = "NOT_THE_DECIDER"
    SAME_PERSON = "SAME_PERSON"
    NO_RULE_IN_FORCE = "NO_RULE_IN_FORCE"


@strawberry.input(description="Order to approve")
class ApproveSupervisionInput(SupervisionAct):
    """Input of `approveSupervision`."""


@strawberry.type(description="Answer to `approveSupervision`")
class ApproveSupervisionPayload:
    """The order, or why not."""

    order: SupervisionOrder | None = strawberry.field(description="Order after the act")
    errors: list[MutationError[ApproveSupervisionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a listing was not declined")
class DeclineSupervisionErrorCode(Enum):
    """Codes of `declineSupervision`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_THE_DECIDER = "NOT_THE_DECIDER"


@strawberry.input(description="Order to decline")
class DeclineSupervisionInput(SupervisionAct):
    """Input of `declineSupervision`."""

    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `declineSupervision`")
class DeclineSupervisionPayload:
    """The order, or why not."""

    order: SupervisionOrder | None = strawberry.field(description="Order after the act")
    errors: list[MutationError[DeclineSupervisionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a hazard was not listed")
class ListSupervisionErrorCode(Enum):
    """Codes of `listSupervision`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_THE_DECIDER = "NOT_THE_DECIDER"
    CONFLICT = "CONFLICT"


@strawberry.input(description="What the listing says")
class ListSupervisionInput(SupervisionAct):
    """Input of `listSupervision`."""

    number: str = strawberry.field(description="Number of the plate, unique in the town")
    deadline: date = strawberry.field(description="Last day, a working day")
    official: str = strawberry.field(description="Responsible official")
    summary: str = strawberry.field(
        description="What the public reads, without names, at most 300 characters"
    )
    basis: str = strawberry.field(
        default="",
        description="Body above the district and its decision, needed at the highest level",
    )


@strawberry.type(description="Answer to `listSupervision`")
class ListSupervisionPayload:
    """The order, or why not."""

    order: SupervisionOrder | None = strawberry.field(description="Order after the act")
    errors: list[MutationError[ListSupervisionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an extension was not asked for")
class RequestSupervisionExtensionErrorCode(Enum):
    """Codes of `requestSupervisionExtension`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    TOO_LATE = "TOO_LATE"
    YEAR_NOT_PUBLISHED = "YEAR_NOT_PUBLISHED"


@strawberry.input(description="Longer term that is asked for")
class RequestSupervisionExtensionInput(SupervisionAct):
    """Input of `requestSupervisionExtension`."""

    until: date = strawberry.field(description="New last day, a working day")
    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `requestSupervisionExtension`")
class RequestSupervisionExtensionPayload:
    """The order, or why not."""

    order: SupervisionOrder | None = strawberry.field(description="Order after the act")
    errors: list[MutationError[RequestSupervisionExtensionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a request was not answered")
class AnswerSupervisionExtensionErrorCode(Enum):
    """Codes of `answerSupervisionExtension`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_THE_DECIDER = "NOT_THE_DECIDER"


@strawberry.input(description="Answer to the request for a longer term")
class AnswerSupervisionExtensionInput(SupervisionAct):
    """Input of `answerSupervisionExtension`."""

    granted: bool = strawberry.field(description="Indicates that the longer term is granted")
    answer: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `answerSupervisionExtension`")
class AnswerSupervisionExtensionPayload:
    """The order, or why not."""

    order: SupervisionOrder | None = strawberry.field(description="Order after the act")
    errors: list[MutationError[AnswerSupervisionExtensionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an order was not delisted")
class DelistSupervisionErrorCode(Enum):
    """Codes of `delistSupervision`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_THE_DECIDER = "NOT_THE_DECIDER"


@strawberry.input(description="Order to take off the list")
class DelistSupervisionInput(SupervisionAct):
    """Input of `delistSupervision`."""

    finding: str = strawberry.field(description="What was verified, at most 400 characters")


@strawberry.type(description="Answer to `delistSupervision`")
class DelistSupervisionPayload:
    """The order, or why not."""

    order: SupervisionOrder | None = strawberry.field(description="Order after the act")
    errors: list[MutationError[DelistSupervisionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an order was not escalated")
class EscalateSupervisionErrorCode(Enum):
    """Codes of `escalateSupervision`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    CONFLICT = "CONFLICT"
    NO_HIGHER_LEVEL = "NO_HIGHER_LEVEL"


@strawberry.input(description="Overdue order and why the next level takes it")
class EscalateSupervisionInput(SupervisionAct):
    """Input of `escalateSupervision`."""

    reason: str = strawberry.field(description="Why, at most 1000 characters")


@strawberry.type(description="Answer to `escalateSupervision`")
class EscalateSupervisionPayload:
    """The order, or why not."""

    order: SupervisionOrder | None = strawberry.field(description="Order after the act")
    errors: list[MutationError[EscalateSupervisionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class SupervisionMutation:
    """Acts with supervised listings."""

    @strawberry.mutation(description="Propose to put a hazard under supervision")
    async def propose_supervision(
        self, info: Info, input: ProposeSupervisionInput
    ) -> ProposeSupervisionPayload:
        """See `service.supervision.commands.propose`."""

        async def act() -> records.SupervisionOrder:
            info.context.require(Subject.SUPERVISION, Right.PROPOSE)
            return await commands.propose(
                node_id(input.hazard_id, Hazard, "hazardId"), input.level, input.reason
            )

        row, errors = await attempt(ProposeSupervisionErrorCode, act())
        return ProposeSupervisionPayload(
            order=SupervisionOrder.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Approve a proposed listing; another person than the proposer")
    async def approve_supervision(
        self, info: Info, input: ApproveSupervisionInput
    ) -> ApproveSupervisionPayload:
        """See `service.supervision.commands.approve`."""

        async def act() -> records.SupervisionOrder:
            info.context.require(Subject.SUPERVISION, Right.DECIDE)
            return await commands.approve(order_of(input), await decider_of(info))

        row, errors = await attempt(ApproveSupervisionErrorCode, act())
        return ApproveSupervisionPayload(
            order=SupervisionOrder.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Decline a listing before it stands")
    async def decline_supervision(
        self, info: Info, input: DeclineSupervisionInput
    ) -> DeclineSupervisionPayload:
        """See `service.supervision.commands.decline`."""

        async def act() -> records.SupervisionOrder:
            info.context.require(Subject.SUPERVISION, Right.DECIDE)
            return await commands.decline(order_of(input), await decider_of(info), input.reason)

        row, errors = await attempt(DeclineSupervisionErrorCode, act())
        return DeclineSupervisionPayload(
            order=SupervisionOrder.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(
        description="List an approved order (挂牌), which puts the hazard under supervision"
    )
    async def list_supervision(
        self, info: Info, input: ListSupervisionInput
    ) -> ListSupervisionPayload:
        """See `service.supervision.commands.list_order`."""

        async def act() -> records.SupervisionOrder:
            info.context.require(Subject.SUPERVISION, Right.DECIDE)
            plate = commands.Plate(
                input.number, input.deadline, input.official, input.summary, input.basis
            )
            return await commands.list_order(order_of(input), await decider_of(info), plate)

        row, errors = await attempt(ListSupervisionErrorCode, act())
        return ListSupervisionPayload(
            order=SupervisionOrder.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Ask for a longer term in good time")
    async def request_supervision_extension(
        self, info: Info, input: RequestSupervisionExtensionInput
    ) -> RequestSupervisionExtensionPayload:
        """See `service.supervision.commands.ask_extension`."""

        async def act() -> records.SupervisionOrder:
            info.context.require(Subject.SUPERVISION, Right.OBJECT)
            return await commands.ask_extension(
                order_of(input), input.until, input.reason, party_of(info)
            )

        row, errors = await attempt(RequestSupervisionExtensionErrorCode, act())
        return RequestSupervisionExtensionPayload(
            order=SupervisionOrder.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Grant or deny a longer term")
    async def answer_supervision_extension(
        self, info: Info, input: AnswerSupervisionExtensionInput
    ) -> AnswerSupervisionExtensionPayload:
        """See `service.supervision.commands.answer_extension`."""

        async def act() -> records.SupervisionOrder:
            info.context.require(Subject.SUPERVISION, Right.DECIDE)
            return await commands.answer_extension(
                order_of(input), await decider_of(info), granted=input.granted, why=input.answer
            )

        row, errors = await attempt(AnswerSupervisionExtensionErrorCode, act())
        return AnswerSupervisionExtensionPayload(
            order=SupervisionOrder.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Take a verified order off the list (摘牌)")
    async def delist_supervision(
        self, info: Info, input: DelistSupervisionInput
    ) -> DelistSupervisionPayload:
        """See `service.supervision.commands.delist`."""

        async def act() -> records.SupervisionOrder:
            info.context.require(Subject.SUPERVISION, Right.DECIDE)
            return await commands.delist(order_of(input), await decider_of(info), input.finding)

        row, errors = await attempt(DelistSupervisionErrorCode, act())
        return DelistSupervisionPayload(
            order=SupervisionOrder.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="End an overdue order and propose one at the next level")
    async def escalate_supervision(
        self, info: Info, input: EscalateSupervisionInput
    ) -> EscalateSupervisionPayload:
        """See `service.supervision.commands.escalate`."""

        async def act() -> records.SupervisionOrder:
            info.context.require(Subject.SUPERVISION, Right.PROPOSE)
            return await commands.escalate(order_of(input), input.reason)

        row, errors = await attempt(EscalateSupervisionErrorCode, act())
        return EscalateSupervisionPayload(
            order=SupervisionOrder.of(row) if row else None, errors=errors
        )
