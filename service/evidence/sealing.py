"""Verify and seal: stream once, re-hash, look inside, write once, commit.

Every step can be cut off and run again: the seal is a create-only write of bytes that carry the
declared digest, so a second run meets either nothing or the very same object.  Two runs side by
side are kept apart by a lease, and are harmless should the lease fail.
"""

import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from tempfile import TemporaryFile
from typing import Any, BinaryIO, TypeVar
from uuid import UUID

import structlog
from anyio import to_thread

from service import audit, clock, closing, outbox
from service.errors import NotFound
from service.evidence.inspection.report import Finding, Refused
from service.evidence.inspection.sandbox import inspect, poster
from service.evidence.ledger import Act, enter
from service.evidence.records import Evidence
from service.evidence.rules import (
    MEDIA_TYPES,
    Kind,
    Reason,
    Scan,
    State,
    advance,
    clock_gap_seconds,
)
from service.evidence.scanner import scan
from service.settings import settings
from service.storage import Bucket, FileSection, Part, PreconditionFailed, Store, StoreError, store
from service.storage_promises import require_create_only
from tenants.scope import Scope
from tenants.wall import tenant_transaction

ONE_WRITE = 64 << 20  # bytes up to which an object is sealed by one request
SEAL_PART = 16 << 20  # bytes of a part above that; 8 GiB make 512
IN_MEMORY = 16 << 20  # bytes up to which a file is verified without touching a disk
_PARALLEL = 3
_BASE_LEASE = timedelta(seconds=60)
_SLOWEST = 4 << 20  # bytes a second that a lease reckons with

T = TypeVar("T")

log = structlog.get_logger()


class SealConflict(StoreError):
    """The sealed bucket holds other bytes under the key of this evidence."""


async def verify_and_seal(scope: Scope, evidence_id: UUID) -> State:
    """Bring handed-in evidence to SEALED or QUARANTINED; returns the state reached.

    Idempotent.  Whoever finds another run's lease in force leaves at once; a run that died is
    taken up again by `housekeeping.sweep` when its lease is over.

    Raises:
        StoreError, ScannerUnavailable, InspectionFailed: to be tried again; nothing is decided.
        StoreUnfit: the store would let a second writer replace what is sealed.
    """
    row = await _take(scope, evidence_id)
    if row is None:
        return await _state(scope, evidence_id)
    try:
        with _spool_of(row.byte_length) as file:
            try:
                found, verdict = await _verify(row, file)
            except Refused as refusal:
                return await _quarantine(scope, row, refusal)
            await _seal(store(), row, file, found)
        state = await _commit(scope, row, found, verdict)
    except Exception:
        await _release(scope, row)
        raise
    # Only after the commit: until then the incoming object is what a second run works from.
    with suppress(StoreError):
        await store().delete(Bucket.INCOMING, row.key)
    return state


async def _take(scope: Scope, evidence_id: UUID) -> Evidence | None:
    """The row with a lease on it, or None when there is nothing to do for this run."""
    async with tenant_transaction(scope) as transaction:
        # A lease that a crash of the database forgets is one that nobody holds: the evidence is
        # announced again, so this commit need not wait for the disk.
        await transaction.fetch("select set_config('synchronous_commit', 'off', true)")
        row = await Evidence.filter(id=evidence_id).select_for_update().first()
        if row is None:
            raise NotFound("no such evidence")
        at = clock.now()
        if row.state == State.UPLOADED:
            row.state = advance(State.UPLOADED, State.VERIFYING).value
        elif row.state != State.VERIFYING or (row.lease_until and row.lease_until > at):
            await outbox.settle()
            return None
        row.lease_until = at + _BASE_LEASE + timedelta(seconds=row.byte_length / _SLOWEST)
        await _update(row, state=row.state, lease_until=row.lease_until)
        return row


async def _verify(row: Evidence, file: BinaryIO) -> tuple[Finding, Scan]:
    """What the file shows, once it is the declared one; fills `file` with its bytes.

    Raises:
        Refused: it is not, or it is nothing that can be evidence.
    """
    length, digest = await _spool(store(), row, file)
    if length != row.byte_length:
        raise Refused(
            Reason.LENGTH_DIFFERS, f"{row.byte_length} bytes were declared, {length} arrived"
        )
    if digest != row.sha256:
        raise Refused(Reason.DIGEST_DIFFERS, f"the bytes that arrived have the SHA-256 {digest}")
    verdict = await scan(file, settings().clamd_url)
    if verdict is Scan.INFECTED:
        raise Refused(Reason.INFECTED, "the virus scanner found something in the file")
    found = await inspect(file, row.media_type)
    if MEDIA_TYPES[row.media_type].kind is Kind.VIDEO:
        still = await poster(file, row.media_type)
        found = replace(found, width=still.width, height=still.height, thumbnail=still.thumbnail)
    return found, verdict


def _spool_of(length: int) -> BinaryIO:
    """A nameless file for so many bytes, gone when it is closed."""
    if length <= IN_MEMORY and sys.platform == "linux":
        return os.fdopen(os.memfd_create("evidence"), "w+b")
    return TemporaryFile()


async def _spool(files: Store, row: Evidence, file: BinaryIO) -> tuple[int, str]:
    """Copy the incoming object to disk, hashing; the next piece travels meanwhile."""
    digest, length = sha256(), 0

    def absorb(piece: bytes) -> None:
        digest.update(piece)
        file.write(piece)

    pending: asyncio.Task[None] | None = None
    try:
        async with aclosing(files.open_stream(Bucket.INCOMING, row.key)) as pieces:
            async for piece in pieces:
                if pending is not None:
                    await pending
                length += len(piece)
                if length > row.byte_length:
                    break
                pending = asyncio.create_task(to_thread.run_sync(absorb, piece))
    finally:
        if pending is not None:
            await pending
    file.flush()
    return length, digest.hexdigest()


async def _seal(files: Store, row: Evidence, file: BinaryIO, found: Finding) -> None:
    await require_create_only(files)
    work: list[Coroutine[Any, Any, Any]] = [_seal_original(files, row, file)]
    if found.thumbnail:
        key = row.thumbnail_key
        work.append(files.put(Bucket.DERIVED, key, found.thumbnail, "image/jpeg"))
    await _together(*work)


async def _together(*work: Coroutine[Any, Any, T]) -> list[T]:
    """Results in order; the first failure ends the others and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def _seal_original(files: Store, row: Evidence, file: BinaryIO) -> None:
    if row.byte_length <= ONE_WRITE:
        body = FileSection(file.fileno(), 0, row.byte_length)
        written = await files.put_if_absent(Bucket.SEALED, row.key, body, row.media_type)
    else:
        written = await _seal_in_parts(files, row, file)
    if not written:
        await _check_sealed(files, row)


async def _seal_in_parts(files: Store, row: Evidence, file: BinaryIO) -> bool:
    if await files.exists(Bucket.SEALED, row.key):
        return False
    upload = await files.create_multipart(Bucket.SEALED, row.key, row.media_type)
    gate = asyncio.Semaphore(_PARALLEL)

    async def send(number: int) -> Part:
        async with gate:
            offset = (number - 1) * SEAL_PART
            length = min(SEAL_PART, row.byte_length - offset)
            body = FileSection(file.fileno(), offset, length)
            return await files.put_part(Bucket.SEALED, row.key, upload, number, body)

    try:
        numbers = range(1, -(-row.byte_length // SEAL_PART) + 1)
        parts = await _together(*(send(number) for number in numbers))
        await files.complete_multipart(Bucket.SEALED, row.key, upload, parts, if_absent=True)
    except PreconditionFailed:
        await files.abort_multipart(Bucket.SEALED, row.key, upload)
        return False
    except Exception:
        with suppress(StoreError):
            await files.abort_multipart(Bucket.SEALED, row.key, upload)
        raise
    return True


async def _check_sealed(files: Store, row: Evidence) -> None:
    """The key is taken: by an earlier run of ours, or by something that must be looked into."""
    digest = sha256()
    async for piece in files.open_stream(Bucket.SEALED, row.key):
        digest.update(piece)
    if digest.hexdigest() != row.sha256:
        raise SealConflict(f"the sealed object {row.key} is not evidence {row.id}")


async def _commit(scope: Scope, row: Evidence, found: Finding, verdict: Scan) -> State:
    async with tenant_transaction(scope, keep=closing.statement):
        if not await _still_mine(row):
            return await _settled_state(row)
        at = clock.now()
        recorded = datetime.fromisoformat(found.captured_at) if found.captured_at else None
        await _update(
            row,
            state=advance(State.VERIFYING, State.SEALED).value,
            lease_until=None,
            decided_at=at,
            scan=verdict.value,
            width=found.width,
            height=found.height,
            pages=found.pages,
            duration_seconds=found.duration_seconds,
            recorded_at=recorded,
            recorded_latitude=found.latitude,
            recorded_longitude=found.longitude,
            thumbnail_length=len(found.thumbnail),
        )
        await enter(
            row.owner,
            Act.SEALED,
            row.id,
            sha256=row.sha256,
            byte_length=row.byte_length,
            media_type=row.media_type,
            scan=verdict.value,
            clock_gap_seconds=clock_gap_seconds(row.captured_at, recorded),
        )
        await audit.record("evidence.sealed", row.owner, "Evidence", row.id, sha256=row.sha256)
        await outbox.emit("evidence.sealed", row.owner, {"evidence": str(row.id)})
        await outbox.settle()
    return State.SEALED


async def _quarantine(scope: Scope, row: Evidence, refusal: Refused) -> State:
    async with tenant_transaction(scope, keep=closing.statement):
        if not await _still_mine(row):
            return await _settled_state(row)
        infected = refusal.reason is Reason.INFECTED
        await _update(
            row,
            state=advance(State.VERIFYING, State.QUARANTINED).value,
            lease_until=None,
            decided_at=clock.now(),
            reason=refusal.reason.value,
            reason_message=refusal.message[:400],
            scan=(Scan.INFECTED if infected else Scan.UNSCANNED).value,
        )
        reason = refusal.reason.value
        await enter(row.owner, Act.QUARANTINED, row.id, reason=reason, sha256=row.sha256)
        await audit.record("evidence.quarantined", row.owner, "Evidence", row.id, reason=reason)
        await outbox.emit(
            "evidence.quarantined", row.owner, {"evidence": str(row.id), "reason": reason}
        )
        await outbox.settle()
    log.warning("evidence quarantined", evidence=str(row.id), reason=reason)
    return State.QUARANTINED


async def _still_mine(row: Evidence) -> bool:
    """Whether nobody has decided meanwhile; locks the row."""
    present = await Evidence.filter(id=row.id).select_for_update().get()
    return present.state == State.VERIFYING


async def _settled_state(row: Evidence) -> State:
    await outbox.settle()
    return State((await Evidence.get(id=row.id)).state)


async def _release(scope: Scope, row: Evidence) -> None:
    """Give the lease back, so that the next try need not wait; best effort.

    A long verification is delivered again while it runs, and whoever found this lease has settled
    the delivery: then nobody would try again, so the evidence is announced anew.
    """
    with suppress(Exception):
        async with tenant_transaction(scope):
            given_back = await Evidence.filter(
                id=row.id, state=State.VERIFYING.value, lease_until=row.lease_until
            ).update(lease_until=None)
            if given_back and await outbox.settled_elsewhere():
                await outbox.emit("evidence.uploaded", row.owner, {"evidence": str(row.id)})


async def _state(scope: Scope, evidence_id: UUID) -> State:
    async with tenant_transaction(scope, read_only=True):
        return State((await Evidence.get(id=evidence_id)).state)


async def _update(row: Evidence, **values: Any) -> None:
    await Evidence.filter(tenant_id=row.tenant_id, id=row.id).update(**values)
