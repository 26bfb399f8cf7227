"""Periodic care: uploads that never came are abandoned, dead runs taken up, objects reconciled."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from service import clock, outbox
from service.evidence.commands import abandon_upload
from service.evidence.records import BlurredCopy, Evidence, EvidenceUsage
from service.evidence.rules import State
from service.storage import Bucket, Head, Store, store
from service.storage_types import Upload
from tenants import directory
from tenants.directory import town_scope
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

GRACE = timedelta(hours=1)  # for which an object may be ahead of its row
SWEEPER = "task:evidence.sweep"
_DUE = """
select distinct tenant_id, district_id from evidence_items
where tenant_id = any ($1) and (state = 'PENDING' and expires_at < $2
    or state = 'VERIFYING' and lease_until < $2)
order by tenant_id
"""
_BATCH = 100
_GONE = {State.ABANDONED, State.DESTROYED}
_WORKING = {State.PENDING, State.UPLOADED, State.VERIFYING}

log = structlog.get_logger()


@dataclass(slots=True)
class Report:
    """What one reconciliation found for one tenant: keys with their bucket.

    `missing` are rows without their object, `orphans` objects without a row, neither of which
    is touched.  `cleaned` are left-overs of finished uploads, removed.
    """

    missing: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    cleaned: list[str] = field(default_factory=list)
    miscounted: int = 0
    """Bytes by which the counter of the tenant's room differs from its rows."""

    @property
    def sound(self) -> bool:
        """No row without object, no object without row, and the room counted right."""
        return not self.missing and not self.orphans and not self.miscounted


async def owners(task: str) -> list[Owner]:
    """Every tenant of the platform."""
    return await directory.owners(f"task:{task}")


async def due() -> list[Owner]:
    """Tenants that `sweep` has work in: one statement a district, however many towns it has."""
    found: dict[UUID, Owner] = {}
    for district in await directory.districts(SWEEPER):
        scope = await directory.caretaker_scope(district, SWEEPER)
        async with tenant_transaction(scope, read_only=True) as transaction:
            rows = await transaction.fetch(_DUE, list(scope.readable), clock.now())
        for row in rows:
            owner = Owner(row["tenant_id"], row["district_id"])
            found.setdefault(owner.tenant_id, owner)
    return list(found.values())


async def sweep(owner: Owner) -> None:
    """Abandon uploads whose time is over, and set verifications going again that died."""
    scope = await town_scope(owner.tenant_id, SWEEPER)
    async with tenant_transaction(scope, read_only=True):
        at = clock.now()
        late = Evidence.filter(tenant_id=owner.tenant_id, state=State.PENDING, expires_at__lt=at)
        late_ids = [row.id for row in await late.order_by("id").limit(_BATCH)]
        dead = Evidence.filter(tenant_id=owner.tenant_id, state=State.VERIFYING, lease_until__lt=at)
        dead_ids = [row.id for row in await dead.order_by("id").limit(_BATCH)]
    for evidence_id in late_ids:
        await abandon(scope, evidence_id)
    for evidence_id in dead_ids:
        await _restart(scope, evidence_id)


async def abandon(scope: Scope, evidence_id: UUID) -> None:
    """Give up an upload whose time is over; does nothing in other states."""
    async with tenant_transaction(scope):
        row = await Evidence.filter(id=evidence_id).select_for_update().get()
        if row.state == State.PENDING and row.expires_at < clock.now():
            await abandon_upload(evidence_id)


async def _restart(scope: Scope, evidence_id: UUID) -> None:
    async with tenant_transaction(scope):
        row = await Evidence.filter(id=evidence_id).select_for_update().get()
        if row.state != State.VERIFYING or not row.lease_until or row.lease_until >= clock.now():
            return
        await Evidence.filter(tenant_id=row.tenant_id, id=row.id).update(lease_until=None)
        await outbox.emit("evidence.uploaded", row.owner, {"evidence": str(row.id)})
    log.warning("verification taken up again", evidence=str(evidence_id))


async def reconcile(owner: Owner) -> Report:
    """Compare rows and objects of one tenant, both ways, and clear left-overs.

    Objects without a row are reported, never deleted.
    """
    files, report, before = store(), Report(), clock.now() - GRACE
    # Objects first: what is sealed while we look has its row by the time rows are read.
    held = {bucket: await _held(files, bucket, owner) for bucket in Bucket if _ours(bucket)}
    # Evidence of a town that moved stays in its former district, its objects where they are.
    scope = await town_scope(owner.tenant_id, "task:evidence.reconcile")
    async with tenant_transaction(scope, read_only=True):
        rows = {row.id: row for row in await Evidence.filter(tenant_id=owner.tenant_id)}
        copies: dict[UUID, list[BlurredCopy]] = {}
        for copy in await BlurredCopy.filter(tenant_id=owner.tenant_id):
            copies.setdefault(copy.evidence_id, []).append(copy)
        await _count(report, owner, rows.values())
    wanted = {row.id: _expected(row, copies.get(row.id, ())) for row in rows.values()}
    for row in rows.values():
        for bucket, key, size in wanted[row.id]:
            head = held[bucket].get(key)
            differs = head is None or size not in (None, head.size)
            if differs and (row.decided_at or row.created_at) < before:
                report.missing.append(f"{bucket}/{key}")
    for bucket, objects in held.items():
        for head in objects.values():
            await _place(files, report, bucket, head, rows, wanted, before)
    async for bucket, upload in _lost_uploads(files, owner, rows, before):
        await files.abort_multipart(bucket, upload.key, upload.id)
        report.cleaned.append(f"{bucket}/{upload.key}")
    if not report.sound:
        log.error("evidence and objects differ", tenant=str(owner.tenant_id),
                  missing=report.missing, orphans=report.orphans)  # fmt: skip
    return report


async def _count(report: Report, owner: Owner, rows: Iterable[Evidence]) -> None:
    counted = await EvidenceUsage.get_or_none(tenant_id=owner.tenant_id)
    taken = sum(row.byte_length for row in rows if row.state not in _GONE)
    report.miscounted = (counted.byte_length if counted else 0) - taken


def _ours(bucket: Bucket) -> bool:
    return bucket is not Bucket.PUBLIC


async def _held(files: Store, bucket: Bucket, owner: Owner) -> dict[str, Head]:
    return {head.key: head async for head in files.list(bucket, f"{owner.tenant_id}/")}


def _expected(row: Evidence, copies: Sequence[BlurredCopy]) -> list[tuple[Bucket, str, int | None]]:
    """The objects a row must have, with their length where it is known."""
    if row.state == State.QUARANTINED:
        return [(Bucket.INCOMING, row.key, None)]
    if row.state in (State.UPLOADED, State.VERIFYING):
        return [(Bucket.INCOMING, row.key, row.byte_length)]
    if row.state != State.SEALED:
        return []
    found: list[tuple[Bucket, str, int | None]] = [(Bucket.SEALED, row.key, row.byte_length)]
    if row.thumbnail_length:
        found.append((Bucket.DERIVED, row.thumbnail_key, row.thumbnail_length))
    return [*found, *((Bucket.DERIVED, row.blurred_key(c.id), c.byte_length) for c in copies)]


async def _place(
    files: Store,
    report: Report,
    bucket: Bucket,
    head: Head,
    rows: dict[UUID, Evidence],
    wanted: dict[UUID, list[tuple[Bucket, str, int | None]]],
    before: datetime,
) -> None:
    row = rows.get(_evidence_id(head.key))
    # An act in progress, or one that died, owns what it wrote.
    working = row is not None and row.state in _WORKING
    expected = row is not None and (bucket, head.key) in {one[:2] for one in wanted[row.id]}
    if expected or working or head.modified >= before:
        return
    # What is left of a finished upload, a copy never entered, or evidence that was destroyed.
    leftover = row is not None and (bucket is not Bucket.SEALED or row.state == State.DESTROYED)
    if leftover:
        await files.delete(bucket, head.key)
        report.cleaned.append(f"{bucket}/{head.key}")
    else:
        report.orphans.append(f"{bucket}/{head.key}")


async def _lost_uploads(
    files: Store, owner: Owner, rows: dict[UUID, Evidence], before: datetime
) -> AsyncIterator[tuple[Bucket, Upload]]:
    for bucket in (Bucket.INCOMING, Bucket.SEALED):
        for upload in await files.list_uploads(bucket, f"{owner.tenant_id}/"):
            row = rows.get(_evidence_id(upload.key))
            awaited = row is not None and row.state == State.PENDING
            if awaited and row is not None and row.upload_id == upload.id:
                continue
            if upload.begun_at < before:
                yield bucket, upload


def _evidence_id(key: str) -> UUID:
    try:
        return UUID(key.split("/")[1])
    except (IndexError, ValueError):
        return UUID(int=0)
