"""The first acts of a new town, all at once: one begins the books and nobody is in the way."""

import asyncio
from typing import Any

from service import audit
from service.ids import new_id
from service.overview.queries import kept, live
from service.register.commands import enrol_enterprise
from tenants.wall import current, tenant_transaction


async def test_first_writers_of_a_town_never_wait_for_one_another(make_world: Any) -> None:
    world = await make_world(towns=6)
    for town in world.towns:

        async def note_first(number: int, town: Any = town) -> None:
            async with tenant_transaction(town.scope(f"account:{number}")):
                await audit.record("test.noted", town.owner, "Thing", new_id())
                await asyncio.sleep(0)
                await enrol_enterprise(town.owner, name="甲店", alternate_id=f"旧{number}")

        async def enrol_first(number: int, town: Any = town) -> None:
            async with tenant_transaction(town.scope(f"account:{number}")):
                await enrol_enterprise(town.owner, name="乙店", alternate_id=f"旧{number}")
                await audit.record("test.noted", town.owner, "Thing", new_id())

        writers = [(note_first, enrol_first)[number % 2](number) for number in range(8)]
        assert await asyncio.gather(*writers, return_exceptions=True) == [None] * 8

        async with tenant_transaction(town.scope(), read_only=True):
            report = await audit.verify(town.owner)
            assert (report.entries, report.broken_at) == (16, None)
            ids = [town.owner.tenant_id]
            assert await kept(ids) == await live(ids)


async def test_books_begin_once(make_world: Any) -> None:
    world = await make_world(towns=1)
    town = world.towns[0]

    async def hold() -> None:
        async with tenant_transaction(town.scope()):
            await current().fetch(
                "select app.hold_books($1, $2)", town.owner.tenant_id, town.owner.district_id
            )

    await asyncio.gather(*(hold() for _ in range(8)))

    async with tenant_transaction(town.scope(), read_only=True):
        (row,) = await current().fetch("select count(*) as n, max(seq) as seq from audit_heads")
    assert (row["n"], row["seq"]) == (1, 0)
