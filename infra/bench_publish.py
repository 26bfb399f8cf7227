"""Benchmark: decisions into log, feed and snapshot, in batches and one by one."""

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from service import database
from service.administration.provisioning import provision
from service.ids import new_id
from service.publication import publisher
from service.publication.commands import News, announce
from service.publication.events import EventKind
from service.settings import settings
from service.storage import Bucket, store
from tenants.directory import owner_of
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

SCRATCH = f"anshang_bench_publish_{os.getpid()}"
TOWN = "500112144"
SINGLE = 60
BATCH = 1000  # decisions that are published together
_URLS = ("ANSHANG_DATABASE_URL", "ANSHANG_OWNER_DATABASE_URL")


def run(events: str = "10000") -> dict[str, Any]:
    """Publish so many events in batches, then some one by one, in a database made for it.

    Returns `entries_per_second` (median batch), `delay_p99_s` (commit of one decision to the
    signed snapshot that shows it, on an idle system), `cost_by_size` (ms an entry by the size
    the log had reached) and `announce_ms` (ms a decision spends on its event).
    """
    return asyncio.run(_run(int(events)))


async def _run(events: int) -> dict[str, Any]:
    async with _scratch():
        await database.migrate()
        async with database.database():
            await provision([TOWN])
            town = await owner_of(TOWN)
            try:
                return await _measure(town, events)
            finally:
                await _clear(town.district_id)


async def _measure(town: Owner, events: int) -> dict[str, Any]:
    cost: dict[int, float] = {}
    announcing: list[float] = []
    await _announce(town, 1)
    await publisher.flush(town.district_id)  # the first of a process plans every statement
    for size in range(BATCH, events + 1, BATCH):
        begun = time.perf_counter()
        await _announce(town, BATCH)
        announced = time.perf_counter()
        await publisher.flush(town.district_id)
        cost[size] = (time.perf_counter() - announced) * 1000 / BATCH
        announcing.append((announced - begun) * 1000 / BATCH)
    delays = []
    for _ in range(SINGLE):
        await _announce(town, 1)
        begun = time.perf_counter()
        await publisher.flush(town.district_id)
        delays.append(time.perf_counter() - begun)
    return {
        "entries_per_second": round(1000 / statistics.median(cost.values()), 1),
        "delay_p50_s": round(statistics.median(delays), 3),
        "delay_p99_s": round(max(delays), 3),
        "cost_by_size": {size: round(ms, 3) for size, ms in cost.items()},
        "announce_ms": round(statistics.median(announcing), 3),
    }


async def _announce(town: Owner, count: int) -> None:
    async with tenant_transaction(Scope.of_tenant(town, "bench")):
        for _ in range(count):
            entry = new_id()
            await announce(
                town,
                News(
                    subject_id=entry,
                    entry_id=entry,
                    kind=EventKind.PUBLISH,
                    publication="SERIOUS_DISHONESTY",
                    party_kind="ORGANISATION",
                    fields={"party_name": f"示例商贸{entry}", "cause": "拒不整改重大事故隐患"},
                    persons=(),
                ),
            )


async def _clear(district_id: UUID) -> None:
    """Take the objects of the scratch district out of the public bucket."""
    async with tenant_transaction(Scope.of_platform("bench"), read_only=True) as transaction:
        (row,) = await transaction.fetch("select code from districts where id = $1", district_id)
    async for head in store().list(Bucket.PUBLIC, publisher.prefix_of(row["code"]) + "/"):
        await store().delete(Bucket.PUBLIC, head.key)


@asynccontextmanager
async def _scratch() -> AsyncIterator[None]:
    """A database and buckets of its own; the database is dropped afterwards whatever happens."""
    names = (*_URLS, "ANSHANG_S3_BUCKET_PREFIX")
    before = {name: os.environ.get(name) for name in names}
    urls = (settings().database_url, settings().owner_database_url)
    keeper = await asyncpg.connect(**database.credentials(urls[1]))
    try:
        await keeper.execute(f'create database "{SCRATCH}"')
        for name, url in zip(_URLS, urls, strict=True):
            os.environ[name] = url.rsplit("/", 1)[0] + "/" + SCRATCH
        os.environ["ANSHANG_S3_BUCKET_PREFIX"] = f"bench-{os.getpid()}"
        settings.cache_clear()
        store.cache_clear()
        await store().create_buckets()
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        settings.cache_clear()
        store.cache_clear()
        await keeper.execute(f'drop database if exists "{SCRATCH}" with (force)')
        await keeper.close()
