"""Acts that keep evidence or give it up: abandon, hold, lift, copy for the public; its room."""

from enum import Enum

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.evidence import Evidence, own_enterprise
from api.hazards_acts import KeyedAct
from api.nodes import node_id
from service.evidence import blurring, commands, keeping, records, usage
from service.evidence.rules import Rectangle
from tenants.rights import Right, Role, Subject

REFUSALS = "Refusals; empty when the act was done"


@strawberry.input(description="Piece of evidence that an act is about")
class EvidenceAct(KeyedAct):
    """The evidence of the act."""

    evidence_id: relay.GlobalID = strawberry.field(description="Evidence of the act")


@strawberry.enum(description="Why an upload was not given up")
class AbandonEvidenceUploadErrorCode(Enum):
    """Codes of `abandonEvidenceUpload`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    EVIDENCE_STATE = "EVIDENCE_STATE"


@strawberry.input(description="Upload to be given up")
class AbandonEvidenceUploadInput(EvidenceAct):
    """Input of `abandonEvidenceUpload`."""


@strawberry.type(description="Answer to `abandonEvidenceUpload`")
class AbandonEvidenceUploadPayload:
    """The evidence, or why not."""

    evidence: Evidence | None = strawberry.field(description="Evidence after the act")
    errors: list[MutationError[AbandonEvidenceUploadErrorCode]] = strawberry.field(
        description=REFUSALS
    )


@strawberry.enum(description="Why evidence was not held")
class HoldEvidenceErrorCode(Enum):
    """Codes of `holdEvidence`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    EVIDENCE_STATE = "EVIDENCE_STATE"


@strawberry.input(description="Evidence to be kept whatever its term")
class HoldEvidenceInput(EvidenceAct):
    """Input of `holdEvidence`."""

    reason: str = strawberry.field(description="Why, 6 to 400 characters")


@strawberry.type(description="Answer to `holdEvidence`")
class HoldEvidencePayload:
    """The evidence, or why not."""

    evidence: Evidence | None = strawberry.field(description="Evidence after the act")
    errors: list[MutationError[HoldEvidenceErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.enum(description="Why a hold was not lifted")
class LiftEvidenceHoldErrorCode(Enum):
    """Codes of `liftEvidenceHold`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Evidence whose hold is lifted")
class LiftEvidenceHoldInput(EvidenceAct):
    """Input of `liftEvidenceHold`."""

    reason: str = strawberry.field(description="Why, 6 to 400 characters")


@strawberry.type(description="Answer to `liftEvidenceHold`")
class LiftEvidenceHoldPayload:
    """The evidence, or why not."""

    evidence: Evidence | None = strawberry.field(description="Evidence after the act")
    errors: list[MutationError[LiftEvidenceHoldErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.enum(description="Why no copy was ordered")
class OrderPublicCopyErrorCode(Enum):
    """Codes of `orderPublicCopy`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    EVIDENCE_STATE = "EVIDENCE_STATE"


@strawberry.input(description="Part of an upright picture, in thousandths of its sides")
class PictureRectangleInput:
    """One rectangle."""

    left: int = strawberry.field(description="Left edge")
    top: int = strawberry.field(description="Upper edge")
    width: int = strawberry.field(description="Width")
    height: int = strawberry.field(description="Height")


@strawberry.input(description="Photo to be copied for the public")
class OrderPublicCopyInput(EvidenceAct):
    """Input of `orderPublicCopy`."""

    rectangles: list[PictureRectangleInput] = strawberry.field(
        description="Faces, plates and whatever else is filled in, at most 50"
    )


@strawberry.type(description="Answer to `orderPublicCopy`")
class OrderPublicCopyPayload:
    """The evidence, copied in the background from now on, or why not."""

    evidence: Evidence | None = strawberry.field(description="Evidence that is copied")
    errors: list[MutationError[OrderPublicCopyErrorCode]] = strawberry.field(description=REFUSALS)


@strawberry.type(description="Room that the evidence of a tenant takes")
class EvidenceUsage:
    """Bytes as numbers beyond 32 bits."""

    byte_length: float = strawberry.field(description="Bytes held or announced, an integer")
    pieces: int = strawberry.field(description="Pieces of evidence")
    quota_bytes: float = strawberry.field(description="Bytes that it may take, an integer")


def shown(row: records.Evidence | None) -> Evidence | None:
    """The evidence in a payload."""
    return Evidence.of(row) if row else None


def require_keeper(info: Info) -> None:
    """Refuse whoever does not keep the tenant's evidence; an enterprise sends and reads only.

    Raises:
        Forbidden: as said.
    """
    keeper = info.context.principal.role in (Role.TENANT_ADMIN, Role.INSPECTOR)
    info.context.require(Subject.EVIDENCE, Right.WRITE if keeper else Right.DECIDE)


@strawberry.type
class EvidenceKeepingQuery:
    """Questions about the room that evidence takes."""

    @strawberry.field(description="Room that the evidence of the own tenant takes")
    async def evidence_usage(self, info: Info) -> EvidenceUsage:
        """Counted as files are announced, abandoned and destroyed."""
        require_keeper(info)
        taken = await usage.usage(info.context.home)
        return EvidenceUsage(
            byte_length=taken.byte_length, pieces=taken.pieces, quota_bytes=taken.quota_bytes
        )


@strawberry.type
class EvidenceKeepingMutation:
    """Acts that keep evidence or give it up."""

    @strawberry.mutation(description="Give up an upload that is not handed in yet")
    async def abandon_evidence_upload(
        self, info: Info, input: AbandonEvidenceUploadInput
    ) -> AbandonEvidenceUploadPayload:
        """See `service.evidence.commands.abandon_upload`."""

        async def act() -> records.Evidence:
            info.context.require(Subject.EVIDENCE, Right.WRITE)
            return await commands.abandon_upload(
                node_id(input.evidence_id, Evidence, "evidenceId"),
                enterprise_id=own_enterprise(info),
            )

        row, errors = await attempt(AbandonEvidenceUploadErrorCode, act())
        return AbandonEvidenceUploadPayload(evidence=shown(row), errors=errors)

    @strawberry.mutation(description="Keep sealed evidence whatever its term (保全)")
    async def hold_evidence(self, info: Info, input: HoldEvidenceInput) -> HoldEvidencePayload:
        """See `service.evidence.keeping.hold`."""

        async def act() -> records.Evidence:
            require_keeper(info)
            wanted = node_id(input.evidence_id, Evidence, "evidenceId")
            await keeping.hold(wanted, input.reason)
            return await commands.locked(wanted)

        row, errors = await attempt(HoldEvidenceErrorCode, act())
        return HoldEvidencePayload(evidence=shown(row), errors=errors)

    @strawberry.mutation(description="Lift a hold; the term goes on as if there had been none")
    async def lift_evidence_hold(
        self, info: Info, input: LiftEvidenceHoldInput
    ) -> LiftEvidenceHoldPayload:
        """See `service.evidence.keeping.lift`."""

        async def act() -> records.Evidence:
            require_keeper(info)
            wanted = node_id(input.evidence_id, Evidence, "evidenceId")
            await keeping.lift(wanted, input.reason)
            return await commands.locked(wanted)

        row, errors = await attempt(LiftEvidenceHoldErrorCode, act())
        return LiftEvidenceHoldPayload(evidence=shown(row), errors=errors)

    @strawberry.mutation(
        description="Copy a sealed photo for the public, with rectangles filled in by hand"
    )
    async def order_public_copy(
        self, info: Info, input: OrderPublicCopyInput
    ) -> OrderPublicCopyPayload:
        """See `service.evidence.blurring.order`."""

        async def act() -> records.Evidence:
            require_keeper(info)
            return await blurring.order(
                node_id(input.evidence_id, Evidence, "evidenceId"),
                [Rectangle(one.left, one.top, one.width, one.height) for one in input.rectangles],
            )

        row, errors = await attempt(OrderPublicCopyErrorCode, act())
        return OrderPublicCopyPayload(evidence=shown(row), errors=errors)
