"""Tasks cancelled at any moment: no connection is lost and no scope stays behind."""

import asyncio
import random

import pytest
from tortoise.connection import get_connections

from service.register.records import Enterprise
from service.settings import settings
from tenants.ids import new_id
from tenants.records import owned
from tenants.scope import Scope
from tenants.wall import in_transaction, tenant_transaction
from tests.conftest import World

TRIALS = 60
PATIENCE = 10  # s; a lost connection would make the pool wait for ever


async def add_enterprise(world: World, read_only: bool) -> None:
    """A transaction with several statements, so that there are moments to be cancelled in."""
    town = world.towns[0]
    async with tenant_transaction(town.scope(), read_only=read_only) as transaction:
        if not read_only:
            await Enterprise.create(
                id=new_id(),
                **owned(town.owner),
                alternate_id=str(new_id()),
                name="示例商行",
                created_at="2026-01-01T00:00:00Z",
            )
        await transaction.fetch("select pg_sleep(0.001)")
        await transaction.fetch("select count(*) from enterprises")


async def cancelled_after(world: World, ticks: int, pause: float, read_only: bool) -> bool:
    """Cancel a transaction so many loop turns and seconds after its start; whether it was."""
    task = asyncio.create_task(add_enterprise(world, read_only))
    for _ in range(ticks):
        await asyncio.sleep(0)
    if pause:
        await asyncio.sleep(pause)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


async def every_connection_is_there_and_blank() -> None:
    """All connections of the pool at once, each without a scope and without a row."""
    pool = get_connections().get("default")._pool
    size = settings().database_pool_size
    held = [await asyncio.wait_for(pool.acquire(), PATIENCE) for _ in range(size)]
    try:
        for connection in held:
            assert not connection.is_in_transaction()
            assert (
                await connection.fetchval("select current_setting('app.scope', true)") or ""
            ) == ""
            assert await connection.fetchval("select count(*) from enterprises") == 0
            assert await connection.fetchval("select count(*) from tenants") == 0
    finally:
        for connection in held:
            await pool.release(connection)


@pytest.mark.parametrize("seed", range(4))
async def test_cancelling_at_any_moment_leaks_nothing(world: World, seed: int) -> None:
    chance = random.Random(seed)
    cancelled = 0

    for _ in range(TRIALS):
        cancelled += sum(
            await asyncio.gather(
                *(
                    cancelled_after(
                        world,
                        chance.randrange(40),
                        chance.choice((0, 0, 0.0005, 0.001, 0.003)),
                        chance.random() < 0.5,
                    )
                    for _ in range(3)
                )
            )
        )

    assert cancelled > TRIALS
    assert not in_transaction()
    await every_connection_is_there_and_blank()


async def test_cancelling_during_begin_gives_the_connection_back(world: World) -> None:
    """At every turn of the loop from the start to beyond the first statement."""
    cancelled = [await cancelled_after(world, ticks, 0, True) for ticks in range(60)]

    assert all(cancelled[:10])
    await every_connection_is_there_and_blank()


async def test_more_tasks_than_connections_are_cancelled_while_they_wait(world: World) -> None:
    size = settings().database_pool_size
    tasks = [asyncio.create_task(add_enterprise(world, False)) for _ in range(size * 4)]
    await asyncio.sleep(0.002)
    for task in tasks:
        task.cancel()

    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert any(isinstance(result, asyncio.CancelledError) for result in results)
    await every_connection_is_there_and_blank()


async def test_what_was_cancelled_did_not_commit(world: World) -> None:
    town = world.towns[0]
    reached = asyncio.Event()

    async def write_and_wait() -> None:
        async with tenant_transaction(town.scope()):
            await Enterprise.create(
                id=new_id(),
                **owned(town.owner),
                alternate_id="waiting",
                name="示例商行",
                created_at="2026-01-01T00:00:00Z",
            )
            reached.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write_and_wait())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with tenant_transaction(town.scope(), read_only=True):
        assert await Enterprise.all().count() == 0
    async with tenant_transaction(Scope("nobody"), read_only=True):
        assert await Enterprise.all().count() == 0
    await every_connection_is_there_and_blank()
