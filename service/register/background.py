"""Work of the register that recurs, town by town."""

from service.register import indexing
from tenants.directory import owners, town_scope


async def complete_search() -> None:
    """Index what still waits, such as what was entered before there was a search by terms."""
    actor = "task:register.complete_search"
    for owner in await owners(actor):
        scope = await town_scope(owner.tenant_id, actor)
        await indexing.complete_town(scope, owner)
