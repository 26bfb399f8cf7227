"""The audit chain shows every act and betrays whoever touches it."""

import asyncio
from typing import Any

import asyncpg
import pytest

from service import audit
from service.database import credentials
from service.settings import settings
from tenants.scope import scope_body, sign
from tenants.wall import tenant_transaction


async def acts(town: Any, number: int) -> None:
    for index in range(number):
        async with tenant_transaction(town.scope()):
            await audit.record("test.acted", town.owner, "Thing", str(index), step=index)


async def test_a_chain_of_acts_verifies(world: Any) -> None:
    town = world.towns[0]
    await acts(town, 5)

    async with tenant_transaction(town.scope(), read_only=True):
        report = await audit.verify(town.owner)

    assert (report.entries, report.broken_at) == (5, None)


async def test_concurrent_acts_make_one_chain(world: Any) -> None:
    town = world.towns[0]

    await asyncio.gather(*(acts(town, 5) for _ in range(6)))

    async with tenant_transaction(town.scope(), read_only=True):
        report = await audit.verify(town.owner)
    assert (report.entries, report.broken_at) == (30, None)


async def test_a_refused_act_leaves_no_entry(world: Any) -> None:
    town = world.towns[0]

    with pytest.raises(RuntimeError):
        async with tenant_transaction(town.scope()):
            await audit.record("test.acted", town.owner, "Thing", "1")
            raise RuntimeError("refused")

    async with tenant_transaction(town.scope(), read_only=True):
        assert (await audit.verify(town.owner)).entries == 0


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("update audit_entries set entry = replace(entry, 'Thing', 'Think') where seq = 3", 3),
        ("update audit_entries set hash = repeat('a', 64) where seq = 2", 2),
        ("delete from audit_entries where seq = 4", 4),
        ("delete from audit_entries where seq = 5", 5),
        ("update audit_entries set seq = 9 where seq = 5", 5),
    ],
)
async def test_tampering_by_the_database_owner_is_found(
    world: Any, tampering: str, broken_at: int
) -> None:
    town = world.towns[0]
    await acts(town, 5)
    await as_owner(town, tampering)

    async with tenant_transaction(town.scope(), read_only=True):
        report = await audit.verify(town.owner)

    assert report.broken_at == broken_at


@pytest.mark.parametrize(
    "verb", ["update audit_entries set act = 'x'", "delete from audit_entries"]
)
async def test_who_serves_cannot_change_the_chain(world: Any, verb: str) -> None:
    town = world.towns[0]
    await acts(town, 1)

    with pytest.raises(Exception, match="permission denied"):
        async with tenant_transaction(town.scope()) as transaction:
            await transaction.client.execute_query(verb)


async def as_owner(town: Any, sql: str) -> None:
    """Run a statement as the owner of the tables, who needs a scope like everybody."""
    chosen = settings()
    key = bytes.fromhex(chosen.scope_key.get_secret_value())
    connection = await asyncpg.connect(**credentials(chosen.owner_database_url))
    try:
        async with connection.transaction():
            signed = sign(scope_body(town.scope(), 2_000_000_000), key)
            await connection.execute("select set_config('app.scope', $1, true)", signed)
            assert await connection.execute(sql) != "UPDATE 0"
    finally:
        await connection.close()
