"""What people do with evidence: declare it, send it part by part, hand it in, look at it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from service import audit, clock, outbox, receipts
from service.errors import Conflict, NotFound, SafetyError
from service.evidence import parts, usage
from service.evidence.ledger import Act, enter
from service.evidence.parts import PartPlan
from service.evidence.records import BlurredCopy, Evidence, EvidenceAccess
from service.evidence.rules import (
    Declaration,
    State,
    SubjectKind,
    WrongState,
    advance,
    check_declaration,
)
from service.ids import new_id
from service.storage import (
    Bucket,
    ObjectMissing,
    Part,
    SignedRequest,
    Store,
    StoreUnavailable,
    store,
)
from tenants.records import owned
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

UPLOAD_LIFETIME = timedelta(hours=24)  # from the last sign of life of the device
URL_SECONDS = 3600  # for which a part's URL is good
LINK_SECONDS = 120  # for which a link to sealed evidence is good


class StoreAway(SafetyError):
    """The object store does not answer."""

    code = "STORE_UNAVAILABLE"


class PartsMissing(Conflict):
    """Not all parts have arrived."""

    code = "PARTS_MISSING"


class Variant(StrEnum):
    """What of a piece of evidence a link leads to."""

    ORIGINAL = "ORIGINAL"
    THUMBNAIL = "THUMBNAIL"
    PUBLIC_COPY = "PUBLIC_COPY"
    """The latest copy whose rectangles were filled in."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Where an upload stands: parts the store has, and permissions for the next ones."""

    evidence: Evidence
    plan: PartPlan
    held: list[int]
    requests: dict[int, SignedRequest]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks for a link: the role that carries the right, and the name on the receipt."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class AccessLink:
    """A URL that serves one object as an attachment until `expires_at`."""

    evidence: Evidence
    url: str
    expires_at: datetime


@asynccontextmanager
async def _reachable() -> AsyncIterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise StoreAway("the object store does not answer; try again in a minute") from error


async def begin_upload(
    owner: Owner,
    subject_kind: SubjectKind,
    subject_id: UUID,
    declared: Declaration,
    *,
    enterprise_id: UUID | None = None,
    part_sha256: Mapping[int, bytes] | None = None,
) -> Upload:
    """Declare a file and get permissions for its first parts.

    A file of one part is bound to its digest by the permission itself; further parts are if
    `part_sha256` names theirs.  `enterprise_id` marks an enterprise's own submission.

    Raises:
        Invalid, TypeNotAccepted, TooLarge: see `check_declaration`.
        QuotaExceeded: the tenant's evidence would take more room than it may.
        StoreAway: the object store does not answer.
    """
    check_declaration(declared, clock.now())
    await usage.check_room(owner, declared.byte_length)
    evidence_id, files, place = new_id(), store(), declared.location
    plan = parts.plan(declared.byte_length)
    row = Evidence(
        id=evidence_id,
        **owned(owner),
        subject_kind=subject_kind.value,
        subject_id=subject_id,
        enterprise_id=enterprise_id,
        filename=declared.filename,
        media_type=declared.media_type,
        byte_length=declared.byte_length,
        sha256=declared.sha256,
        captured_at=declared.captured_at,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        part_length=plan.part_length,
        expires_at=clock.now() + UPLOAD_LIFETIME,
        created_by=current().scope.actor,
        created_at=clock.now(),
    )
    async with _reachable():
        # Should the row not be committed, the reconciler finds this upload and aborts it.
        row.upload_id = await files.create_multipart(Bucket.INCOMING, row.key, row.media_type)
        upload = await _standing(files, row, [], part_sha256 or {})
    await usage.reserve(owner, row.byte_length)
    await row.save(force_create=True)
    await enter(
        owner,
        Act.DECLARED,
        row.id,
        sha256=row.sha256,
        byte_length=row.byte_length,
        media_type=row.media_type,
        captured_at=row.captured_at,
        subject=f"{row.subject_kind}:{row.subject_id}",
    )
    await audit.record("evidence.declared", owner, "Evidence", row.id, length=row.byte_length)
    return upload


async def renew_upload(
    evidence_id: UUID,
    *,
    enterprise_id: UUID | None = None,
    part_sha256: Mapping[int, bytes] | None = None,
) -> Upload:
    """Take up an interrupted upload: what has arrived, and permissions for what is missing.

    Raises:
        NotFound: no such evidence in this scope.
        WrongState: it was handed in or abandoned already.
        StoreAway: the object store does not answer.
    """
    row = await locked(evidence_id, enterprise_id)
    if row.state != State.PENDING:
        raise WrongState(f"evidence in state {row.state} takes no more parts; begin a new upload")
    files = store()
    async with _reachable():
        try:
            held = await files.list_parts(Bucket.INCOMING, row.key, row.upload_id)
        except ObjectMissing:
            if await files.exists(Bucket.INCOMING, row.key):
                return _arrived(row)
            row.upload_id = await files.create_multipart(Bucket.INCOMING, row.key, row.media_type)
            held = ()
        upload = await _standing(files, row, held, part_sha256 or {})
    row.expires_at = clock.now() + UPLOAD_LIFETIME
    await _save(row, "upload_id", "expires_at")
    await audit.record("evidence.renewed", row.owner, "Evidence", row.id, held=len(upload.held))
    return upload


async def complete_upload(evidence_id: UUID, *, enterprise_id: UUID | None = None) -> Evidence:
    """Hand in a file all of whose parts have arrived; verification follows in the background.

    Handing it in again answers with the evidence as it stands.

    Raises:
        NotFound: no such evidence in this scope.
        PartsMissing: with the numbers of the first missing parts.
        WrongState: the upload was abandoned.
        StoreAway: the object store does not answer.
    """
    row = await locked(evidence_id, enterprise_id)
    if row.state in (State.UPLOADED, State.VERIFYING, State.SEALED, State.QUARANTINED):
        return row
    row.state = advance(State(row.state), State.UPLOADED).value
    async with _reachable():
        await _join(store(), row)
    row.uploaded_at = clock.now()
    await _save(row, "state", "uploaded_at")
    await enter(row.owner, Act.UPLOADED, row.id, byte_length=row.byte_length)
    await audit.record("evidence.uploaded", row.owner, "Evidence", row.id)
    await outbox.emit("evidence.uploaded", row.owner, {"evidence": str(row.id)})
    return row


async def abandon_upload(evidence_id: UUID, *, enterprise_id: UUID | None = None) -> Evidence:
    """Give up an upload that is not handed in yet; its parts are freed in the background.

    Raises:
        NotFound: no such evidence in this scope.
        WrongState: it was handed in already.
    """
    row = await locked(evidence_id, enterprise_id)
    if row.state == State.ABANDONED:
        return row
    row.state = advance(State(row.state), State.ABANDONED).value
    row.decided_at = clock.now()
    await _save(row, "state", "decided_at")
    await usage.release(row.owner, row.byte_length)
    await enter(row.owner, Act.ABANDONED, row.id)
    await audit.record("evidence.abandoned", row.owner, "Evidence", row.id)
    await outbox.emit("evidence.abandoned", row.owner, {"evidence": str(row.id)})
    return row


async def free_parts(scope: Scope, evidence_id: UUID) -> None:
    """Free the parts of an abandoned upload.  Safe to run twice."""
    async with tenant_transaction(scope, read_only=True):
        row = await Evidence.get(id=evidence_id)
    if row.state == State.ABANDONED:
        await store().abort_multipart(Bucket.INCOMING, row.key, row.upload_id)
    async with tenant_transaction(scope):
        await outbox.settle()


async def access_link(
    evidence_id: UUID,
    purpose: str,
    reader: Reader,
    *,
    variant: Variant = Variant.ORIGINAL,
    enterprise_id: UUID | None = None,
) -> AccessLink:
    """A short-lived link to sealed evidence; who asked, and what for, stays on record.

    Somebody from outside the tenant leaves a receipt with it as well.

    Raises:
        Invalid: the purpose says nothing.
        NotFound: no such evidence in this scope, or it has no thumbnail.
        WrongState: it is not sealed.
    """
    purpose = receipts.check_purpose(purpose)
    row = await locked(evidence_id, enterprise_id)
    if row.state != State.SEALED:
        raise WrongState(f"evidence in state {row.state} cannot be looked at; wait for its seal")
    bucket, key, filename = Bucket.SEALED, row.key, row.filename
    if variant is Variant.THUMBNAIL:
        if not row.thumbnail_length:
            raise NotFound("this evidence has no thumbnail", path=("input", "variant"))
        bucket, key, filename = Bucket.DERIVED, row.thumbnail_key, f"{row.id}.jpg"
    if variant is Variant.PUBLIC_COPY:
        copy = await BlurredCopy.filter(evidence_id=row.id).order_by("-version").first()
        if copy is None:
            raise NotFound("this evidence has no copy for the public", path=("input", "variant"))
        bucket, key, filename = Bucket.DERIVED, row.blurred_key(copy.id), f"{row.id}-public.jpg"
    at, scope = clock.now(), current().scope
    if scope.home != row.owner:
        await receipts.leave(row.owner, reader.name, "Evidence", row.id, purpose)
    access = await EvidenceAccess.create(
        id=new_id(),
        **owned(row.owner),
        evidence_id=row.id,
        actor=scope.actor,
        role=reader.role,
        variant=variant.value,
        purpose=purpose,
        at=at,
        expires_at=at + timedelta(seconds=LINK_SECONDS),
    )
    await enter(row.owner, Act.ACCESSED, row.id, access=access.id, variant=variant.value)
    await audit.record("evidence.accessed", row.owner, "Evidence", row.id, access=str(access.id))
    url = await store().presign_get(bucket, key, seconds=LINK_SECONDS, filename=filename)
    return AccessLink(row, url, access.expires_at)


async def locked(evidence_id: UUID, enterprise_id: UUID | None = None) -> Evidence:
    """The row, locked until the transaction ends; an enterprise gets its own submissions only.

    Raises:
        NotFound: no such evidence in this scope.
    """
    found = Evidence.filter(id=evidence_id)
    if enterprise_id is not None:
        found = found.filter(enterprise_id=enterprise_id)
    row = await found.select_for_update().first()
    if row is None:
        raise NotFound("no such evidence", path=("input", "evidenceId"))
    return row


async def _save(row: Evidence, *columns: str) -> None:
    values = {column: getattr(row, column) for column in columns}
    await Evidence.filter(tenant_id=row.tenant_id, id=row.id).update(**values)


async def _join(files: Store, row: Evidence) -> None:
    """Make the parts one object; finds it made when an earlier try got that far."""
    plan = PartPlan(row.byte_length, row.part_length)
    try:
        held = await files.list_parts(Bucket.INCOMING, row.key, row.upload_id)
        missing = plan.missing((part.number, part.size) for part in held)
        if missing:
            some = ", ".join(map(str, missing[:10]))
            raise PartsMissing(
                f"{len(missing)} of {plan.count} parts are missing (first: {some}); renew the"
                " upload and send them"
            )
        await files.complete_multipart(Bucket.INCOMING, row.key, row.upload_id, held)
    except ObjectMissing as error:
        try:
            head = await files.head(Bucket.INCOMING, row.key)
        except ObjectMissing:
            raise PartsMissing("no part has arrived; renew the upload and send them") from error
        if head.size != row.byte_length:
            raise PartsMissing("the parts do not make up the file; begin a new upload") from error


def _arrived(row: Evidence) -> Upload:
    """The upload whose parts were joined, although the row does not say so yet."""
    plan = PartPlan(row.byte_length, row.part_length)
    return Upload(row, plan, list(range(1, plan.count + 1)), {}, clock.now())


async def _standing(
    files: Store, row: Evidence, held: "list[Part] | tuple[Part, ...]", digests: Mapping[int, bytes]
) -> Upload:
    plan = PartPlan(row.byte_length, row.part_length)
    missing = plan.missing((part.number, part.size) for part in held)
    if plan.count == 1:
        digests = {1: bytes.fromhex(row.sha256)}
    requests = {
        number: await files.presign_part(
            Bucket.INCOMING,
            row.key,
            row.upload_id,
            number,
            size=plan.length(number),
            seconds=URL_SECONDS,
            sha256=digests.get(number),
        )
        for number in missing[: parts.URLS_AT_ONCE]
    }
    whole = [number for number in range(1, plan.count + 1) if number not in set(missing)]
    expires_at = clock.now() + timedelta(seconds=URL_SECONDS)
    return Upload(row, plan, whole, requests, expires_at)
