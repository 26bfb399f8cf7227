"""`anshang tenant`: provision, list, move and suspend towns, and copy their settings."""

import asyncio
import json as jsonlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import asyncpg
from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from tortoise.exceptions import DBConnectionError, OperationalError

from service.administration import operating, provisioning, queries
from service.administration.moving import move_to_district
from service.administration.setting_schema import SCHEMA
from service.database import credentials, database
from service.errors import Invalid, SafetyError
from service.settings import settings as process_settings
from tenants.catalogue import EDITION, catalogue
from tenants.scope import Scope
from tenants.wall import tenant_transaction

app = App(name="tenant", help="Provision, list, move and suspend towns.")

AsJson = Annotated[bool, Parameter(name="--json", help="Print JSON instead of text")]
OnDay = Annotated[date | None, Parameter(name="--on", help="Day, as 2026-01-25")]


class Unreachable(SafetyError):
    """The database does not answer."""

    code = "UNREACHABLE"


@asynccontextmanager
async def _connected() -> AsyncIterator[None]:
    """The database, or one line that says why not."""
    where = credentials(process_settings().database_url)
    try:
        async with database():
            yield
    except (OSError, DBConnectionError, OperationalError, asyncpg.PostgresError) as error:
        raise Unreachable(
            f"the database at {where['host']}:{where['port']} does not serve this: {error};"
            " start the district, or set ANSHANG_DATABASE_URL and ANSHANG_SCOPE_KEY"
        ) from error


def _print_json(value: Any) -> None:
    print(jsonlib.dumps(value, ensure_ascii=False, default=str))


@app.command
def provision(
    *codes: Annotated[str, Parameter(help="Division codes of 2, 4, 6 or 9 digits")],
    parent: Annotated[str, Parameter(help="All towns under this division, such as 50")] = "",
    on: Annotated[date, Parameter(name="--on", help="Day of the catalogue to go by")] = EDITION,
    json: AsJson = False,
) -> None:
    """Make tenants of towns: one, some, a district's, a province's.  Safe to repeat."""
    wanted = [*codes, *([parent] if parent else [])]
    if not wanted:
        raise Invalid("give division codes, or --parent with the code of a larger division")
    total = len(provisioning.resolve(wanted, on))

    async def work() -> provisioning.Provisioned:
        async with _connected():
            with _bar(hidden=json or total < 2) as bar:
                task = bar.add_task("provisioning", total=total)
                return await provisioning.provision(
                    wanted, on=on, progress=lambda done, _: bar.update(task, completed=done)
                )

    done = asyncio.run(work())
    if json:
        _print_json(
            {
                "tenants": done.made,
                "existing": done.existing,
                "seconds": done.seconds,
                "first_ms": done.first_ms,
                "last_ms": done.last_ms,
            }
        )
        return
    print(f"{done.made} tenants made, {done.existing} were there, {done.seconds:.2f} s")
    if done.made:
        print(f"per tenant: first {done.first_ms:.2f} ms, last {done.last_ms:.2f} ms")


def _bar(*, hidden: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=hidden,
    )


@app.command(name="list")
def list_(
    *,
    district: Annotated[str, Parameter(help="Only this district, by its code")] = "",
    json: AsJson = False,
) -> None:
    """List tenants by district and code."""

    async def work() -> list[operating.TenantLine]:
        async with _connected():
            return await operating.list_tenants(district=district)

    lines = asyncio.run(work())
    if json:
        _print_json([asdict(line) for line in lines])
        return
    table = Table("district", "code", "name", "kind", "status", box=None)
    for line in lines:
        table.add_row(
            f"{line.district_code} {line.district_name}",
            line.code,
            line.name,
            line.kind,
            line.status,
        )
    Console().print(table)
    print(f"{len(lines)} tenants")


@app.command
def move(
    code: Annotated[str, Parameter(help="Division code of the town")],
    *,
    to: Annotated[str, Parameter(help="Code of the district it moves to")],
    on: OnDay = None,
    json: AsJson = False,
) -> None:
    """Put a town under another district; what happened until then stays with the old one."""

    async def work() -> Any:
        async with _connected():
            return await move_to_district(code, to, on=on)

    moved = asyncio.run(work())
    if json:
        _print_json(asdict(moved))
        return
    print(f"{code} belongs to {moved.target} since {moved.on}, no longer to {moved.origin}")
    print(f"{sum(moved.carried.values())} rows went along")


@app.command
def suspend(
    code: Annotated[str, Parameter(help="Division code of the town")],
    *,
    reason: Annotated[str, Parameter(help="Why; kept in the audit chain")],
) -> None:
    """Keep a tenant's members and applications out; nothing is deleted."""

    async def work() -> None:
        async with _connected():
            await operating.suspend(code, reason=reason)

    asyncio.run(work())
    print(f"{code} is suspended")


@app.command
def resume(
    code: Annotated[str, Parameter(help="Division code of the town")],
    *,
    reason: Annotated[str, Parameter(help="Why; kept in the audit chain")] = "",
) -> None:
    """Let a suspended tenant's members in again."""

    async def work() -> None:
        async with _connected():
            await operating.resume(code, reason=reason)

    asyncio.run(work())
    print(f"{code} is active")


@app.command
def settings(
    code: Annotated[str, Parameter(help="Division code of the tenant")],
    *,
    on: OnDay = None,
    json: AsJson = False,
) -> None:
    """Show every setting of a tenant on a day, today by default."""

    async def work() -> dict[str, Any]:
        async with _connected():
            owner = await operating.owner_of(code)
            scope = Scope.of_tenant(owner, provisioning.OPERATOR)
            async with tenant_transaction(scope, read_only=True):
                return dict(await queries.settings_of(owner, on))

    values = asyncio.run(work())
    if json:
        _print_json(values)
        return
    table = Table("setting", "value", "unit", "default", box=None)
    for key, value in sorted(values.items()):
        setting = SCHEMA[key]
        table.add_row(key, str(value), setting.unit, str(setting.default))
    Console().print(table)


@app.command(name="copy-settings")
def copy_settings(
    source: Annotated[str, Parameter(help="Division code of the tenant to copy from")],
    *targets: Annotated[str, Parameter(help="Division codes of the tenants to copy to")],
    on: OnDay = None,
) -> None:
    """Give tenants the settings of another, from a day on."""

    async def work() -> dict[str, int]:
        async with _connected():
            return await operating.copy_settings(source, targets, effective_from=on)

    for code, changed in asyncio.run(work()).items():
        print(f"{code}: {changed} settings changed")


@app.command
def find(
    name: Annotated[str, Parameter(help="Name, or part of one: '渝北 龙溪'")],
    *,
    on: Annotated[date, Parameter(name="--on", help="Day of the catalogue to go by")] = EDITION,
    limit: int = 20,
) -> None:
    """Find divisions of the catalogue by name, with their codes."""
    known = catalogue()
    for hit in known.search(name, on=on, limit=limit):
        print(f"{hit.code:10} {' '.join(part.name for part in known.path(hit.code, on))}")
