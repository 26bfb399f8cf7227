"""Acts of duties: the committee's list, what bodies fill in, what enterprises keep."""

from datetime import date
from enum import Enum

import strawberry
from strawberry import relay

from api.administration import Body
from api.context import Info
from api.duties import DutyItem, DutyRecord, PrincipalDuty, StaffPost, own_enterprise
from api.errors import MutationError, attempt
from api.hazards_acts import KeyedAct
from api.nodes import node_id
from api.register import Enterprise
from service.duties import commands, enterprise, records
from service.duties.rules import EvidenceKind, Frequency
from tenants.rights import Right, Subject


@strawberry.enum(description="Why a duty was not entered")
class AddDutyItemErrorCode(Enum):
    """Codes of `addDutyItem`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Duty of one body")
class AddDutyItemInput(KeyedAct):
    """Input of `addDutyItem`."""

    body_id: relay.GlobalID = strawberry.field(description="Body that owes it")
    title: str = strawberry.field(description="What is to be done, at most 300 characters")
    basis: str = strawberry.field(description="Document that says so, at most 200 characters")
    frequency: Frequency = strawberry.field(description="How often it is due")
    evidence_kind: EvidenceKind = strawberry.field(description="What shows that it was done")
    valid_from: date = strawberry.field(
        description="Day from which it holds; due from the next full period on"
    )


@strawberry.type(description="Answer to `addDutyItem`")
class AddDutyItemPayload:
    """The result, or why not."""

    item: DutyItem | None = strawberry.field(description="Duty that was entered")
    errors: list[MutationError[AddDutyItemErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a duty was not ended")
class EndDutyItemErrorCode(Enum):
    """Codes of `endDutyItem`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Duty to be ended")
class EndDutyItemInput(KeyedAct):
    """Input of `endDutyItem`."""

    item_id: relay.GlobalID = strawberry.field(description="Duty")
    valid_to: date = strawberry.field(description="First day on which it holds no more")


@strawberry.type(description="Answer to `endDutyItem`")
class EndDutyItemPayload:
    """The result, or why not."""

    item: DutyItem | None = strawberry.field(description="Duty after the act")
    errors: list[MutationError[EndDutyItemErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a duty was not filled in")
class FillDutyRecordErrorCode(Enum):
    """Codes of `fillDutyRecord`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    NOT_YOURS = "NOT_YOURS"
    TOO_EARLY = "TOO_EARLY"
    CONFLICT = "CONFLICT"


@strawberry.input(description="What a body did in a period")
class FillDutyRecordInput(KeyedAct):
    """Input of `fillDutyRecord`."""

    item_id: relay.GlobalID = strawberry.field(description="Duty")
    period_first: date = strawberry.field(description="First day of the period")
    note: str = strawberry.field(description="What was done, at most 2000 characters")
    reference: str = strawberry.field(
        default="", description="Number of the document that shows it"
    )


@strawberry.type(description="Answer to `fillDutyRecord`")
class FillDutyRecordPayload:
    """The result, or why not."""

    record: DutyRecord | None = strawberry.field(description="Record after the act")
    errors: list[MutationError[FillDutyRecordErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a duty was not kept as fulfilled")
class FulfilPrincipalDutyErrorCode(Enum):
    """Codes of `fulfilPrincipalDuty`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Duty of a principal that was fulfilled")
class FulfilPrincipalDutyInput(KeyedAct):
    """Input of `fulfilPrincipalDuty`."""

    enterprise_id: relay.GlobalID = strawberry.field(description="Enterprise of the principal")
    duty: int = strawberry.field(description="Number of the duty in art. 21, 1 to 7")
    fulfilled_on: date = strawberry.field(description="Day; its year is the year of the list")
    note: str = strawberry.field(description="What was done, at most 2000 characters")


@strawberry.type(description="Answer to `fulfilPrincipalDuty`")
class FulfilPrincipalDutyPayload:
    """The result, or why not."""

    duty: PrincipalDuty | None = strawberry.field(description="Duty that was kept")
    errors: list[MutationError[FulfilPrincipalDutyErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a post was not entered")
class OpenStaffPostErrorCode(Enum):
    """Codes of `openStaffPost`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Post of an enterprise")
class OpenStaffPostInput(KeyedAct):
    """Input of `openStaffPost`."""

    enterprise_id: relay.GlobalID = strawberry.field(description="Enterprise")
    name: str = strawberry.field(description="Name of the post, at most 60 characters")
    opened_on: date = strawberry.field(description="First day")


@strawberry.type(description="Answer to `openStaffPost`")
class OpenStaffPostPayload:
    """The result, or why not."""

    post: StaffPost | None = strawberry.field(description="Post that was entered")
    errors: list[MutationError[OpenStaffPostErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a post was not closed")
class CloseStaffPostErrorCode(Enum):
    """Codes of `closeStaffPost`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Post to be closed")
class CloseStaffPostInput(KeyedAct):
    """Input of `closeStaffPost`."""

    post_id: relay.GlobalID = strawberry.field(description="Post")


@strawberry.type(description="Answer to `closeStaffPost`")
class CloseStaffPostPayload:
    """The result, or why not."""

    post: StaffPost | None = strawberry.field(description="Post after the act")
    errors: list[MutationError[CloseStaffPostErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a statement was not kept")
class SignResponsibilityStatementErrorCode(Enum):
    """Codes of `signResponsibilityStatement`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Statement that the holder of a post signed")
class SignResponsibilityStatementInput(KeyedAct):
    """Input of `signResponsibilityStatement`."""

    post_id: relay.GlobalID = strawberry.field(description="Post")
    holder: str = strawberry.field(description="Who signed, at most 60 characters")
    content: str = strawberry.field(
        description="What the post answers for, at most 4000 characters"
    )
    assessment: str = strawberry.field(
        description="Standard of assessment, at most 4000 characters"
    )
    signed_on: date = strawberry.field(description="Day of the signature")


@strawberry.type(description="Answer to `signResponsibilityStatement`")
class SignResponsibilityStatementPayload:
    """The result, or why not."""

    post: StaffPost | None = strawberry.field(description="Post with its statements")
    errors: list[MutationError[SignResponsibilityStatementErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class DutyMutation:
    """Acts of duties."""

    @strawberry.mutation(description="Enter a duty of one body into the list of the district")
    async def add_duty_item(self, info: Info, input: AddDutyItemInput) -> AddDutyItemPayload:
        """See `service.duties.commands.add_item`."""

        async def act() -> records.DutyItem:
            info.context.require(Subject.DUTY, Right.DECIDE)
            return await commands.add_item(
                info.context.home,
                body_id=node_id(input.body_id, Body, "bodyId"),
                title=input.title,
                basis=input.basis,
                frequency=input.frequency,
                evidence_kind=input.evidence_kind,
                valid_from=input.valid_from,
            )

        row, errors = await attempt(AddDutyItemErrorCode, act())
        return AddDutyItemPayload(item=DutyItem.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="End a duty of the list; what was missed stays missed")
    async def end_duty_item(self, info: Info, input: EndDutyItemInput) -> EndDutyItemPayload:
        """See `service.duties.commands.end_item`."""

        async def act() -> records.DutyItem:
            info.context.require(Subject.DUTY, Right.DECIDE)
            return await commands.end_item(
                node_id(input.item_id, DutyItem, "itemId"), input.valid_to
            )

        row, errors = await attempt(EndDutyItemErrorCode, act())
        return EndDutyItemPayload(item=DutyItem.of(row) if row else None, errors=errors)

    @strawberry.mutation(
        description="Fill in what the caller's body did in a period; late stays late"
    )
    async def fill_duty_record(
        self, info: Info, input: FillDutyRecordInput
    ) -> FillDutyRecordPayload:
        """See `service.duties.commands.fill`."""

        async def act() -> records.DutyRecord:
            info.context.require(Subject.DUTY, Right.WRITE)
            return await commands.fill(
                node_id(input.item_id, DutyItem, "itemId"),
                input.period_first,
                info.context.principal.body_id,
                note=input.note,
                reference=input.reference,
            )

        row, errors = await attempt(FillDutyRecordErrorCode, act())
        return FillDutyRecordPayload(record=DutyRecord.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Keep that a principal fulfilled one of the seven duties")
    async def fulfil_principal_duty(
        self, info: Info, input: FulfilPrincipalDutyInput
    ) -> FulfilPrincipalDutyPayload:
        """See `service.duties.enterprise.fulfil`."""

        async def act() -> records.PrincipalDuty:
            info.context.require(Subject.UNIT_DUTY, Right.WRITE)
            return await enterprise.fulfil(
                node_id(input.enterprise_id, Enterprise, "enterpriseId"),
                input.duty,
                input.fulfilled_on,
                input.note,
                own_enterprise(info),
            )

        row, errors = await attempt(FulfilPrincipalDutyErrorCode, act())
        return FulfilPrincipalDutyPayload(
            duty=PrincipalDuty.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Enter a post of an enterprise")
    async def open_staff_post(self, info: Info, input: OpenStaffPostInput) -> OpenStaffPostPayload:
        """See `service.duties.enterprise.open_post`."""

        async def act() -> records.StaffPost:
            info.context.require(Subject.UNIT_DUTY, Right.WRITE)
            return await enterprise.open_post(
                node_id(input.enterprise_id, Enterprise, "enterpriseId"),
                input.name,
                input.opened_on,
                own_enterprise(info),
            )

        row, errors = await attempt(OpenStaffPostErrorCode, act())
        return OpenStaffPostPayload(post=StaffPost.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Close a post today; its statement ends with it")
    async def close_staff_post(
        self, info: Info, input: CloseStaffPostInput
    ) -> CloseStaffPostPayload:
        """See `service.duties.enterprise.close_post`."""

        async def act() -> records.StaffPost:
            info.context.require(Subject.UNIT_DUTY, Right.WRITE)
            return await enterprise.close_post(
                node_id(input.post_id, StaffPost, "postId"), own_enterprise(info)
            )

        row, errors = await attempt(CloseStaffPostErrorCode, act())
        return CloseStaffPostPayload(post=StaffPost.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Keep the statement that the holder of a post signed")
    async def sign_responsibility_statement(
        self, info: Info, input: SignResponsibilityStatementInput
    ) -> SignResponsibilityStatementPayload:
        """See `service.duties.enterprise.sign`."""

        async def act() -> records.StaffPost:
            info.context.require(Subject.UNIT_DUTY, Right.WRITE)
            return await enterprise.sign(
                node_id(input.post_id, StaffPost, "postId"),
                holder=input.holder,
                content=input.content,
                assessment=input.assessment,
                signed_on=input.signed_on,
                party=own_enterprise(info),
            )

        row, errors = await attempt(SignResponsibilityStatementErrorCode, act())
        return SignResponsibilityStatementPayload(
            post=StaffPost.of(row) if row else None, errors=errors
        )
