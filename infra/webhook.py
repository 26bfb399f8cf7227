"""`anshang webhook`: what an operator does when a receiver of webhooks is out of order.

A town and its applications do the same by GraphQL; this is for the night on which nobody of
theirs answers.  Each act stands in the town's audit chain with the operator's name.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from getpass import getuser
from typing import Annotated, TypeVar
from uuid import UUID

from cyclopts import App, Parameter

from service.database import database
from service.errors import Invalid
from service.webhooks import commands, delivering, queries
from service.webhooks.records import WebhookDelivery, WebhookEndpoint
from service.webhooks.rules import EndpointState
from tenants.directory import owner_of, town_scope
from tenants.wall import tenant_transaction

app = App(name="webhook", help="List, stop, start and repeat what is posted to applications.")
Division = Annotated[str, Parameter(help="Code of the town's division")]
Endpoint = Annotated[UUID, Parameter(help="Id of the endpoint, see `list`")]
T = TypeVar("T")


@app.command(name="list")
def listed(
    division: Division,
    *,
    state: Annotated[EndpointState | None, Parameter(help="Only those that are so")] = None,
) -> None:
    """Endpoints of a town: id, state, what waits and what was lost, name, address."""

    async def read() -> list[str]:
        rows = await queries.endpoints(state).order_by("id")
        used = await queries.usage_of([row.id for row in rows])
        return [_line(row, used.get(row.id, queries.Usage())) for row in rows]

    print("\n".join(_run(division, read)))


@app.command
def log(
    division: Division,
    endpoint_id: Endpoint,
    *,
    first: Annotated[int, Parameter(help="How many messages, at most 1,000")] = 20,
) -> None:
    """The latest messages to an endpoint, newest first: id, state, attempts, event, reason."""
    if not 1 <= first <= 1000:
        raise Invalid("--first is from 1 to 1,000")

    async def read() -> list[WebhookDelivery]:
        return await queries.deliveries(endpoint_id=endpoint_id).order_by("-id").limit(first)

    for row in _run(division, read):
        print(row.id, row.state, row.attempts, row.event_type, row.reason, sep="  ")


@app.command
def disable(division: Division, endpoint_id: Endpoint) -> None:
    """Turn an endpoint off; what waits and what happens meanwhile is held."""
    print(_shown(_run(division, lambda: commands.disable(endpoint_id))))


@app.command
def enable(division: Division, endpoint_id: Endpoint) -> None:
    """Turn an endpoint on; `redeliver` sends what was held."""
    print(_shown(_run(division, lambda: commands.enable(endpoint_id))))


@app.command
def redeliver(
    division: Division,
    endpoint_id: Endpoint,
    *,
    since: Annotated[datetime, Parameter(help="Messages from this instant on, in local time")],
) -> None:
    """Send what failed or was held since an instant once more."""
    at = since.astimezone()
    row, count = _run(division, lambda: delivering.resend_lost(endpoint_id, at))
    print(_shown(row), f"{count} messages", sep="  ")


def _shown(row: WebhookEndpoint) -> str:
    return f"{row.id}  {row.state}"


def _line(row: WebhookEndpoint, used: queries.Usage) -> str:
    waits = f"{used.pending} pending, {used.lost} lost, {used.delivered} delivered"
    reason = f" ({row.disabled_reason})" if row.disabled_reason else ""
    return f"{row.id}  {row.state}{reason}  {waits}  {row.name}  {row.url}"


def _run(division: str, work: Callable[[], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with database():
            owner = await owner_of(division)
            scope = await town_scope(owner.tenant_id, f"operator:{getuser()}")
            async with tenant_transaction(scope):
                return await work()

    return asyncio.run(opened())
