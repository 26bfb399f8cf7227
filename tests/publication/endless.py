"""Announces and publishes until it is killed; prints each event once its transaction committed.

Run as a program: district, tenant and their ids come from the command line.
"""

import asyncio
import sys
from uuid import UUID

from service.database import database
from service.ids import new_id
from service.publication import publisher
from service.publication.commands import News, announce
from service.publication.events import EventKind
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction


async def main(owner: Owner) -> None:
    """Never returns."""
    async with database():
        while True:
            for _ in range(3):
                entry = new_id()
                async with tenant_transaction(Scope.of_tenant(owner, "test")):
                    row = await announce(
                        owner,
                        News(entry, entry, EventKind.PUBLISH, "MEDIA_EXPOSURE", "UNKNOWN", {}, ()),
                    )
                print(row.id, flush=True)
            await publisher.flush(owner.district_id)


if __name__ == "__main__":
    asyncio.run(main(Owner(UUID(sys.argv[1]), UUID(sys.argv[2]))))
