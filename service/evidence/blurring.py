"""Copies of photos for the public: a person draws rectangles, and what lies under them is gone.

No face or plate is looked for by the product; who draws answers for it.
"""

from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from tempfile import TemporaryFile
from uuid import UUID

from service import audit, clock, outbox
from service.errors import Invalid
from service.evidence.commands import locked
from service.evidence.inspection.sandbox import inspect
from service.evidence.ledger import Act, enter
from service.evidence.records import BlurredCopy, Evidence
from service.evidence.rules import (
    MEDIA_TYPES,
    Kind,
    Rectangle,
    State,
    WrongState,
    check_rectangles,
)
from service.ids import new_id
from service.storage import Bucket, store
from tenants.records import owned
from tenants.scope import Scope
from tenants.wall import current, tenant_transaction


async def order(evidence_id: UUID, rectangles: Sequence[Rectangle]) -> Evidence:
    """Order a copy of a sealed photo with those rectangles filled; a task makes it.

    Raises:
        NotFound: no such evidence in this scope.
        WrongState: it is not sealed.
        Invalid: it is no photo, or a rectangle leaves the picture.
    """
    check_rectangles(rectangles)
    row = await locked(evidence_id)
    if row.state != State.SEALED:
        raise WrongState(f"evidence in state {row.state} has no copies; wait for its seal")
    if MEDIA_TYPES[row.media_type].kind is not Kind.PHOTO:
        raise Invalid("only photos have copies for the public", path=("input", "evidenceId"))
    payload = {
        "copy": str(new_id()),
        "evidence": str(row.id),
        "rectangles": [asdict(one) for one in rectangles],
        "by": current().scope.actor,
    }
    await audit.record("evidence.copy_ordered", row.owner, "Evidence", row.id)
    await outbox.emit("evidence.copy_ordered", row.owner, payload)
    return row


async def make(
    scope: Scope, evidence_id: UUID, copy_id: UUID, rectangles: Sequence[Rectangle], by: str
) -> None:
    """Make an ordered copy: a new version beside the earlier ones.  Safe to run twice.

    Raises:
        StoreError, InspectionFailed: to be tried again.
    """
    async with tenant_transaction(scope, read_only=True):
        row = await Evidence.get(id=evidence_id)
        made = await BlurredCopy.filter(tenant_id=row.tenant_id, id=copy_id).exists()
    if made or row.state != State.SEALED:
        async with tenant_transaction(scope):
            await outbox.settle()
        return
    with TemporaryFile() as file:
        async for piece in store().open_stream(Bucket.SEALED, row.key):
            file.write(piece)
        body = (await inspect(file, row.media_type, fill=rectangles)).thumbnail
    # Before its row: what is cut off here is overwritten by the next run.
    await store().put(Bucket.DERIVED, row.blurred_key(copy_id), body, "image/jpeg")
    async with tenant_transaction(scope):
        await locked(evidence_id)
        earlier = BlurredCopy.filter(tenant_id=row.tenant_id, evidence_id=row.id)
        if not await earlier.filter(id=copy_id).exists():
            copy = await BlurredCopy.create(
                id=copy_id,
                **owned(row.owner),
                evidence_id=row.id,
                version=1 + await earlier.count(),
                rectangles=[asdict(one) for one in rectangles],
                byte_length=len(body),
                sha256=sha256(body).hexdigest(),
                made_by=by,
                made_at=clock.now(),
            )
            await _announce(row, copy)
        await outbox.settle()


async def _announce(row: Evidence, copy: BlurredCopy) -> None:
    facts = {"version": copy.version, "sha256": copy.sha256}
    await enter(row.owner, Act.BLURRED, row.id, **facts)
    await audit.record("evidence.copied", row.owner, "Evidence", row.id, **facts)
    await outbox.emit("evidence.copied", row.owner, {"evidence": str(row.id), **facts})
