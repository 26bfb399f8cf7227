"""Housekeeping: settled deliveries and answered keys are dropped after their keeping time."""

from datetime import timedelta

from service import clock, idempotency
from tenants.directory import owners
from tenants.scope import Scope
from tenants.wall import tenant_transaction

KEEP_SETTLED = timedelta(days=14)


async def sweep() -> None:
    """Go through every tenant, one transaction each; parked deliveries are never dropped."""
    at = clock.now()
    for owner in await owners("task:core.sweep"):
        async with tenant_transaction(Scope.of_tenant(owner, "task:core.sweep")) as transaction:
            await transaction.fetch(
                "delete from outbox_events e where tenant_id = $1 and routed_at < $2"
                " and not exists (select from outbox_deliveries d where d.tenant_id = e.tenant_id"
                "  and d.event_id = e.id and d.state <> 'DONE') returning id",
                owner.tenant_id,
                at - KEEP_SETTLED,
            )
            await transaction.fetch(
                "delete from idempotency_keys where tenant_id = $1 and created_at < $2"
                " returning id",
                owner.tenant_id,
                at - timedelta(days=idempotency.KEEP_DAYS),
            )
