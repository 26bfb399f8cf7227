"""Evidence in the background: verify what was handed in, care for what was left behind."""

from uuid import UUID

from service.evidence import (
    anchoring,
    blurring,
    commands,
    housekeeping,
    keeping,
    sealing,
    timestamping,
)
from service.evidence.rules import Rectangle
from service.outbox import Event
from tasks.actors import answers, recurs
from tenants.directory import town_scope

VERIFY_MS = 4 * 3600 * 1000  # for several GiB over a slow link to the store


@answers("evidence.verify", time_limit=VERIFY_MS)
async def verify(event: Event) -> None:
    """Verify and seal one piece of evidence."""
    # The town may have moved to another district since; evidence stays in the former one.
    scope = await town_scope(event.owner.tenant_id, "task:evidence.verify")
    await sealing.verify_and_seal(scope, UUID(event.payload["evidence"]))


@answers("evidence.free_parts")
async def free_parts(event: Event) -> None:
    """Free the parts of an abandoned upload."""
    scope = await town_scope(event.owner.tenant_id, "task:evidence.free_parts")
    await commands.free_parts(scope, UUID(event.payload["evidence"]))


@answers("evidence.stamp")
async def stamp(event: Event) -> None:
    """Have sealed evidence stamped where an authority is configured."""
    scope = await town_scope(event.owner.tenant_id, "task:evidence.stamp")
    await timestamping.stamp(scope, UUID(event.payload["evidence"]))


@answers("evidence.copy")
async def copy(event: Event) -> None:
    """Make an ordered copy for the public."""
    scope = await town_scope(event.owner.tenant_id, "task:evidence.copy")
    payload = event.payload
    rectangles = [Rectangle(**one) for one in payload["rectangles"]]
    evidence_id, copy_id = UUID(payload["evidence"]), UUID(payload["copy"])
    await blurring.make(scope, evidence_id, copy_id, rectangles, payload["by"])


@recurs("evidence.destroy_expired")
async def destroy_expired() -> None:
    """Destroy what was kept long enough."""
    for owner in await housekeeping.owners("evidence.destroy_expired"):
        await keeping.destroy_expired(owner)


@recurs("evidence.sweep")
async def sweep() -> None:
    """Abandon uploads that never came, and take up verifications that died."""
    for owner in await housekeeping.due():
        await housekeeping.sweep(owner)


@recurs("evidence.anchor")
async def anchor() -> None:
    """Commit in the public log to where the chains of every tenant stand."""
    for owner in await housekeeping.owners("evidence.anchor"):
        await anchoring.anchor(owner)


@recurs("evidence.reconcile")
async def reconcile() -> None:
    """Prove for every tenant: no row without object, no object without row."""
    for owner in await housekeeping.owners("evidence.reconcile"):
        await housekeeping.reconcile(owner)
