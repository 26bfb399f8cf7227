"""Plates of premises that have closed come down by themselves; a missed run is made up."""

from uuid import UUID

from service.responsibility import commands
from tenants.records import Tenant
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

ACTOR = "task:responsibility.withdraw_closed"


async def towns(actor: str) -> list[Owner]:
    """Every town of every district, each with the district it stands in today."""
    async with tenant_transaction(Scope.of_platform(actor), read_only=True):
        return [row.owner for row in await Tenant.exclude(kind="DISTRICT").order_by("id")]


async def withdraw_closed_everywhere() -> dict[UUID, int]:
    """Go through every town, one transaction each; the plates taken down, by town."""
    taken: dict[UUID, int] = {}
    for owner in await towns(ACTOR):
        async with tenant_transaction(Scope.of_tenant(owner, ACTOR)):
            if count := await commands.withdraw_closed(owner):
                taken[owner.tenant_id] = count
    return taken
