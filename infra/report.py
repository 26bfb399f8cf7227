"""`anshang report`: who reported, for the operator alone and for a reason that is kept."""

import asyncio
from getpass import getuser
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from service.database import database
from service.reports.rewards import reveal
from tenants.directory import owner_of, town_scope
from tenants.wall import tenant_transaction

app = App(name="report", help="Reports of the public to 12350.")


@app.command
def reporter(
    division: Annotated[str, Parameter(help="Code of the town's division")],
    report_id: Annotated[UUID, Parameter(help="Id of the report, as the audit trail names it")],
    *,
    reason: Annotated[str, Parameter(help="Why the name is needed; the audit trail keeps it")],
) -> None:
    """Print name and telephone of whoever reported."""

    async def run() -> dict[str, str]:
        async with database():
            owner = await owner_of(division)
            scope = await town_scope(owner.tenant_id, f"operator:{getuser()}"[:120])
            async with tenant_transaction(scope):
                return await reveal(report_id, reason)

    said = asyncio.run(run())
    print(f"{said['name']} {said['phone']}")
