"""Housekeeping: messages are dropped after their keeping time, what still waits never."""

from service import clock
from service.webhooks.rules import KEEP_DELIVERED, KEEP_OTHERS
from tenants.directory import owners
from tenants.scope import Scope
from tenants.wall import tenant_transaction

ACTOR = "task:webhooks.sweep"


async def sweep() -> None:
    """Go through every town, one transaction each."""
    now = clock.now()
    for owner in await owners(ACTOR):
        async with tenant_transaction(Scope.of_tenant(owner, ACTOR)) as transaction:
            await transaction.fetch(
                "delete from webhook_deliveries where tenant_id = $1 and state <> 'PENDING'"
                " and created_at < case when state = 'DELIVERED' then $2::timestamptz"
                "  else $3::timestamptz end returning id",
                owner.tenant_id,
                now - KEEP_DELIVERED,
                now - KEEP_OTHERS,
            )
