"""`anshang power`: enter, end and list the enforcement powers of bodies, as published.

No body gives itself the power to penalise: the province hands it down and publishes it
(行政处罚法 art. 24), and the operator enters it from that document.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from getpass import getuser
from typing import Annotated, TypeVar
from uuid import UUID

from cyclopts import App, Parameter

from service.database import database
from service.errors import NotFound
from service.powers import commands, queries
from service.powers.records import BodyPower
from service.powers.rules import Power
from tenants.directory import owner_of, town_scope
from tenants.records import Body
from tenants.scope import Owner
from tenants.wall import tenant_transaction

app = App(name="power", help="Enter, end and list the enforcement powers of bodies.")
Division = Annotated[str, Parameter(help="Code of the town's division")]
T = TypeVar("T")


@app.command
def grant(
    division: Division,
    body: Annotated[str, Parameter(help="Code of the body, such as town")],
    power: Annotated[Power, Parameter(help="What the body may do")],
    *,
    basis: Annotated[str, Parameter(help="Law or decision that gives the power")],
    document: Annotated[str, Parameter(help="Published document with its number")],
    valid_from: Annotated[date, Parameter(name="--from", help="First day in force")],
    published_on: Annotated[date, Parameter(name="--published", help="Day of the publication")],
    items: Annotated[str, Parameter(help="Beginning of the codes, empty for all")] = "",
) -> None:
    """Enter a power; from the first entry on, entries alone decide what the body may do."""

    async def write(owner: Owner) -> BodyPower:
        row = await Body.get_or_none(tenant_id=owner.tenant_id, code=body)
        if row is None:
            raise NotFound(f"no enforcement body {body}")
        return await commands.grant(
            owner, row.id, power, basis=basis, document=document, valid_from=valid_from,
            published_on=published_on, item_group=items,
        )  # fmt: skip

    print(_line(_run(division, write)))


@app.command
def end(
    division: Division,
    power_id: Annotated[UUID, Parameter(help="Id of the power, see `list`")],
    *,
    on: Annotated[date, Parameter(help="First day no longer in force")],
) -> None:
    """End a power."""

    async def write(owner: Owner) -> BodyPower:
        return await commands.end(owner, power_id, on)

    print(_line(_run(division, write)))


@app.command(name="list")
def list_powers(division: Division) -> None:
    """Print the powers of the bodies of a town, one line each."""

    async def read(owner: Owner) -> list[BodyPower]:
        found = queries.powers().filter(tenant_id=owner.tenant_id)
        return await found.order_by("valid_from", "id")

    for row in _run(division, read):
        print(_line(row))


def _line(row: BodyPower) -> str:
    until = f"..{row.valid_to}" if row.valid_to else ".."
    items = row.item_group or "*"
    return f"{row.id} {row.power:<8} {items:<20} {row.valid_from}{until}  {row.document}"


def _run(division: str, act: Callable[[Owner], Awaitable[T]]) -> T:
    async def run() -> T:
        async with database():
            owner = await owner_of(division)
            actor = f"operator:{getuser()}"[:120]
            async with tenant_transaction(await town_scope(owner.tenant_id, actor)):
                return await act(owner)

    return asyncio.run(run())
