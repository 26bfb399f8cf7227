"""Benchmark: what one tenant costs, from the first to the last of the nation's 41,352 towns."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from service import database
from service.administration.provisioning import Progress, provision
from service.settings import settings
from tenants.catalogue import towns_of

SCRATCH = f"anshang_bench_provision_{os.getpid()}"
_URLS = ("ANSHANG_DATABASE_URL", "ANSHANG_OWNER_DATABASE_URL")


def run(parent: str = "", progress: Progress | None = None) -> dict[str, Any]:
    """Provision every town under `parent`, all of them by default, in a database made for it.

    Returns `tenants`, `seconds`, and `first_ms` and `last_ms`: milliseconds a tenant over the
    first and the last hundred or so.
    """
    return asyncio.run(_run(parent, progress))


async def _run(parent: str, progress: Progress | None) -> dict[str, Any]:
    codes = [town.code for town in towns_of(parent)]
    async with _scratch():
        await database.migrate()
        async with database.database():
            # The first transaction of a process opens the pool and plans every statement.
            warm = await provision(codes[-1:])
            done = await provision(codes, progress=progress)
    return {
        "tenants": warm.made + done.made,
        "seconds": done.seconds,
        "first_ms": done.first_ms,
        "last_ms": done.last_ms,
    }


@asynccontextmanager
async def _scratch() -> AsyncIterator[None]:
    """A database of its own, dropped afterwards whatever happens."""
    owner = settings().owner_database_url
    before = {name: os.environ.get(name) for name in _URLS}
    connection = await asyncpg.connect(**database.credentials(owner))
    try:
        await connection.execute(f'drop database if exists "{SCRATCH}" with (force)')
        await connection.execute(f'create database "{SCRATCH}"')
        for name, url in zip(_URLS, (settings().database_url, owner), strict=True):
            os.environ[name] = url.rsplit("/", 1)[0] + "/" + SCRATCH
        settings.cache_clear()
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        settings.cache_clear()
        await connection.execute(f'drop database if exists "{SCRATCH}" with (force)')
        await connection.close()
