"""Acts on evidence: declare and send, take up, hand in, look at."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.evidence import Evidence, own_enterprise
from api.evidence_uploads import (
    BeginEvidenceUploadInput,
    EvidenceUpload,
    PartDigestInput,
    declaration,
    digests,
    subject,
)
from api.nodes import node_id
from service.evidence import commands
from service.evidence.commands import Reader, Upload, Variant
from tenants.rights import Right, Subject

strawberry.enum(
    Variant, name="EvidenceVariant", description="Sealed file, its thumbnail, or its copy"
)


@strawberry.enum(description="Why an upload was not begun")
class BeginEvidenceUploadErrorCode(Enum):
    """Codes of `beginEvidenceUpload`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    MEDIA_TYPE_NOT_ACCEPTED = "MEDIA_TYPE_NOT_ACCEPTED"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"


@strawberry.type(description="Answer to `beginEvidenceUpload`")
class BeginEvidenceUploadPayload:
    """The evidence and how to send it, or why not."""

    evidence: Evidence | None = strawberry.field(description="Evidence that was declared")
    upload: EvidenceUpload | None = strawberry.field(description="How to send the file")
    errors: list[MutationError[BeginEvidenceUploadErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an upload was not taken up")
class RenewEvidenceUploadErrorCode(Enum):
    """Codes of `renewEvidenceUpload`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    EVIDENCE_STATE = "EVIDENCE_STATE"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"


@strawberry.input(description="Interrupted upload to be taken up")
class RenewEvidenceUploadInput:
    """Input of `renewEvidenceUpload`."""

    evidence_id: relay.GlobalID = strawberry.field(description="Evidence that was declared")
    part_digests: list[PartDigestInput] | None = strawberry.field(
        default=None, description="Digests of parts, at most 100"
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `renewEvidenceUpload`")
class RenewEvidenceUploadPayload:
    """What has arrived and how to send the rest, or why not."""

    evidence: Evidence | None = strawberry.field(description="Evidence that is being sent")
    upload: EvidenceUpload | None = strawberry.field(description="How to send the rest")
    errors: list[MutationError[RenewEvidenceUploadErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why evidence was not handed in")
class CompleteEvidenceUploadErrorCode(Enum):
    """Codes of `completeEvidenceUpload`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    EVIDENCE_STATE = "EVIDENCE_STATE"
    PARTS_MISSING = "PARTS_MISSING"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"


@strawberry.input(description="Evidence to be handed in")
class CompleteEvidenceUploadInput:
    """Input of `completeEvidenceUpload`."""

    evidence_id: relay.GlobalID = strawberry.field(description="Evidence all of whose parts are in")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `completeEvidenceUpload`")
class CompleteEvidenceUploadPayload:
    """The evidence, verified in the background from now on, or why not."""

    evidence: Evidence | None = strawberry.field(description="Evidence that was handed in")
    errors: list[MutationError[CompleteEvidenceUploadErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why no link was given")
class EvidenceLinkErrorCode(Enum):
    """Codes of `evidenceLink`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    EVIDENCE_STATE = "EVIDENCE_STATE"


@strawberry.input(description="Evidence to be looked at, and what for")
class EvidenceLinkInput:
    """Input of `evidenceLink`."""

    evidence_id: relay.GlobalID = strawberry.field(description="Sealed evidence")
    purpose: str = strawberry.field(
        description="Purpose of looking at it, 6 to 400 characters; stays on record"
    )
    variant: Variant = strawberry.field(
        default=Variant.ORIGINAL, description="Sealed file, or its thumbnail"
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `evidenceLink`")
class EvidenceLinkPayload:
    """A URL that downloads the file as an attachment, or why not."""

    evidence: Evidence | None = strawberry.field(description="Evidence that may be looked at")
    url: str | None = strawberry.field(description="URL on the object store's own origin")
    expires_at: datetime | None = strawberry.field(description="Timestamp at which it expires")
    errors: list[MutationError[EvidenceLinkErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class EvidenceMutation:
    """Acts on evidence."""

    @strawberry.mutation(
        description="Declare a file before sending it, and get permissions for its parts"
    )
    async def begin_evidence_upload(
        self, info: Info, input: BeginEvidenceUploadInput
    ) -> BeginEvidenceUploadPayload:
        """See `service.evidence.commands.begin_upload`."""

        async def act() -> Upload:
            info.context.require(Subject.EVIDENCE, Right.WRITE)
            return await commands.begin_upload(
                info.context.home,
                input.subject_kind,
                await subject(info, input.subject_id),
                declaration(input),
                enterprise_id=own_enterprise(info),
                part_sha256=digests(input.part_digests),
            )

        upload, errors = await attempt(BeginEvidenceUploadErrorCode, act())
        return BeginEvidenceUploadPayload(
            evidence=Evidence.of(upload.evidence) if upload else None,
            upload=EvidenceUpload.of(upload) if upload else None,
            errors=errors,
        )

    @strawberry.mutation(
        description="Take up an interrupted upload: what has arrived, and how to send the rest"
    )
    async def renew_evidence_upload(
        self, info: Info, input: RenewEvidenceUploadInput
    ) -> RenewEvidenceUploadPayload:
        """See `service.evidence.commands.renew_upload`."""

        async def act() -> Upload:
            info.context.require(Subject.EVIDENCE, Right.WRITE)
            return await commands.renew_upload(
                node_id(input.evidence_id, Evidence, "evidenceId"),
                enterprise_id=own_enterprise(info),
                part_sha256=digests(input.part_digests),
            )

        upload, errors = await attempt(RenewEvidenceUploadErrorCode, act())
        return RenewEvidenceUploadPayload(
            evidence=Evidence.of(upload.evidence) if upload else None,
            upload=EvidenceUpload.of(upload) if upload else None,
            errors=errors,
        )

    @strawberry.mutation(description="Hand in a file all of whose parts have arrived")
    async def complete_evidence_upload(
        self, info: Info, input: CompleteEvidenceUploadInput
    ) -> CompleteEvidenceUploadPayload:
        """See `service.evidence.commands.complete_upload`."""

        async def act() -> Evidence:
            info.context.require(Subject.EVIDENCE, Right.WRITE)
            return Evidence.of(
                await commands.complete_upload(
                    node_id(input.evidence_id, Evidence, "evidenceId"),
                    enterprise_id=own_enterprise(info),
                )
            )

        evidence, errors = await attempt(CompleteEvidenceUploadErrorCode, act())
        return CompleteEvidenceUploadPayload(evidence=evidence, errors=errors)

    @strawberry.mutation(
        description="Short-lived link to sealed evidence, for a purpose that stays on record"
    )
    async def evidence_link(self, info: Info, input: EvidenceLinkInput) -> EvidenceLinkPayload:
        """See `service.evidence.commands.access_link`."""

        async def act() -> commands.AccessLink:
            info.context.require(Subject.EVIDENCE, Right.READ_OWN)
            principal = info.context.principal
            return await commands.access_link(
                node_id(input.evidence_id, Evidence, "evidenceId"),
                input.purpose,
                Reader(principal.role.value, principal.name or principal.key),
                variant=input.variant,
                enterprise_id=own_enterprise(info),
            )

        link, errors = await attempt(EvidenceLinkErrorCode, act())
        return EvidenceLinkPayload(
            evidence=Evidence.of(link.evidence) if link else None,
            url=link.url if link else None,
            expires_at=link.expires_at if link else None,
            errors=errors,
        )
