"""Work of the register that recurs, town by town."""

from service.register import indexing
from tenants.directory import town_scope
from tenants.records import Tenant
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction


async def owners(actor: str) -> list[Owner]:
    """Every tenant, by id."""
    async with tenant_transaction(Scope.of_platform(actor), read_only=True):
        return [one.owner for one in await Tenant.all().order_by("id")]


async def complete_search() -> None:
    """Index what still waits, such as what was entered before there was a search by terms."""
    actor = "task:register.complete_search"
    for owner in await owners(actor):
        scope = await town_scope(owner.tenant_id, actor)
        await indexing.complete_town(scope, owner)
