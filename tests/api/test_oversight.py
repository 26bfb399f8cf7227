"""A town sees its own books: acts, readers from outside, and parked work."""

from typing import Any

import pytest
from tortoise.exceptions import OperationalError

from service import audit, receipts
from service.ids import new_id
from tenants.wall import tenant_transaction

BOOKS = """
{ auditReport { entries brokenAt }
  auditEntries(first: 5) { edges { node { seq act subject } } }
  accessReceipts { edges { node { readerName purpose subject } } }
  parkedDeliveries { totalCount } }
"""


async def test_a_town_reads_its_own_chain_newest_first(world: Any, execute: Any) -> None:
    town = world.towns[0]
    for index in range(3):
        async with tenant_transaction(town.scope()):
            await audit.record("test.acted", town.owner, "Thing", str(index))

    answer = await execute(town.principal(), BOOKS)

    assert answer["errors"] == []
    assert answer["data"]["auditReport"] == {"entries": 3, "brokenAt": None}
    seen = [edge["node"]["seq"] for edge in answer["data"]["auditEntries"]["edges"]]
    assert seen == [3, 2, 1]


async def test_a_reader_from_above_leaves_a_receipt_that_the_town_sees_and_nobody_changes(
    world: Any, execute: Any
) -> None:
    town, file = world.towns[0], new_id()
    async with tenant_transaction(world.committee().scope):
        await receipts.leave(town.owner, "区专委 值班", "BlacklistCase", file, "复核投诉处理情况")

    answer = await execute(town.principal(), BOOKS)
    neighbour = await execute(world.towns[1].principal(), BOOKS)

    (edge,) = answer["data"]["accessReceipts"]["edges"]
    assert edge["node"] == {
        "readerName": "区专委 值班",
        "purpose": "复核投诉处理情况",
        "subject": f"BlacklistCase:{file}",
    }
    assert neighbour["data"]["accessReceipts"]["edges"] == []


async def test_a_reader_cannot_leave_a_receipt_with_a_town_out_of_its_reach(
    world: Any, make_world: Any
) -> None:
    elsewhere = (await make_world(1)).towns[0]
    with pytest.raises(OperationalError, match="row-level security"):
        async with tenant_transaction(world.committee().scope):
            await receipts.leave(elsewhere.owner, "某人", "Thing", new_id(), "复核投诉处理情况")
