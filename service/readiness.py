"""Whether each engine answers: the questions behind /readyz."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from service import storage_probe
from service.late import Late
from service.settings import settings
from tenants.scope import Scope
from tenants.wall import tenant_transaction

if TYPE_CHECKING:
    from redis import asyncio as redis
else:
    redis = Late("redis.asyncio")

TIMEOUT_SECONDS = 1.0


async def database() -> None:
    """Open a transaction, which also shows that the pool has a connection to give."""
    async with tenant_transaction(Scope.of_platform("readyz"), read_only=True) as transaction:
        await transaction.fetch("select 1 as one")


async def queue() -> None:
    """Ask Redis on a connection of its own, so that a broken one is not asked twice."""
    client = redis.from_url(
        settings().redis_url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
    )
    try:
        await client.ping()
    finally:
        await client.aclose()


async def objects() -> None:
    """List a name that no object has; a missing bucket or a wrong secret is an error."""
    await storage_probe.answers()


CHECKS: dict[str, Callable[[], Awaitable[None]]] = {
    "database": database,
    "queue": queue,
    "store": objects,
}
