"""What can be done with the tallies of towns: compared with the rows, and repaired."""

from uuid import UUID

import structlog

from service import audit
from service.ids import new_id
from service.overview.queries import COLUMNS, kept, live
from service.overview.records import TownTally
from tenants.directory import caretaker_scope, districts
from tenants.records import Tenant, owned
from tenants.wall import current, tenant_transaction

ACTOR = "task:overview.repair"

log = structlog.get_logger()


async def repair(district_id: UUID) -> int:
    """Make the tallies of a district's towns equal to their rows; returns how many differed.

    Each town is held still while it is counted, by the head of its audit chain, which every
    command of the town waits for.
    """
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        towns = await Tenant.filter(district_id=district_id)
    repaired = 0
    for town in sorted(towns, key=lambda one: one.id):
        async with tenant_transaction(scope):
            repaired += await _repair_town(town)
    return repaired


async def _repair_town(town: Tenant) -> int:
    await current().fetch("select 1 from audit_heads where tenant_id = $1 for update", town.id)
    wanted, present = await live([town.id]), await kept([town.id])
    wrong = sorted(
        key for key in wanted.keys() | present.keys() if wanted.get(key) != present.get(key)
    )
    for key in wrong:
        line = key[1]
        numbers = wanted.get(key, dict.fromkeys(COLUMNS, 0))
        found = TownTally.filter(tenant_id=town.id, line=line)
        if not await found.update(**numbers):
            row = TownTally(id=new_id(), **owned(town.owner), line=line)
            await row.update_from_dict(numbers).save(force_create=True)
        await audit.record("overview.repaired", town.owner, "Tenant", town.id, line=line)
        log.error("a tally of a town differed from its rows", tenant=str(town.id), line=line)
    return len(wrong)


async def repair_everywhere() -> None:
    """Compare and repair every district."""
    for district_id in await districts(ACTOR):
        await repair(district_id)
