"""Evidence in the background: verify what was handed in, care for what was left behind."""

from uuid import UUID

from service.evidence import housekeeping, sealing
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


@recurs("evidence.sweep")
async def sweep() -> None:
    """Abandon uploads that never came, and take up verifications that died."""
    for owner in await housekeeping.owners("evidence.sweep"):
        await housekeeping.sweep(owner)


@recurs("evidence.reconcile")
async def reconcile() -> None:
    """Prove for every tenant: no row without object, no object without row."""
    for owner in await housekeeping.owners("evidence.reconcile"):
        await housekeeping.reconcile(owner)
