"""Publishers that are killed without warning, two at a time: no event lost, none twice."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from service.outbox import OutboxEvent
from service.publication import publisher
from service.storage import store
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.publication.test_publisher import check, leaves

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3


@pytest.fixture
async def district(world: World) -> AsyncIterator[World]:
    await store().create_buckets()
    yield world
    async with tenant_transaction(world.department_scope()):
        await OutboxEvent.filter(district_id=world.district_id).delete()


async def killed(world: World, after: float) -> list[str]:
    """Ids of the events that a publisher saw committed before it was killed.

    The time begins with the first of them, so that the kill always meets it at work.
    """
    owner = world.towns[0].owner
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("endless.py")),
        *(str(owner.tenant_id), str(owner.district_id)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}"},
    )
    assert process.stdout is not None
    first = await process.stdout.readline()
    await asyncio.sleep(after)
    process.kill()
    rest = await process.stdout.read()
    await process.wait()
    return (first + rest).decode().split("\n")[:-1]


async def test_killed_publishers_lose_nothing_and_repeat_nothing(district: World) -> None:
    random = Random(20261123)
    acknowledged: list[str] = []
    for _ in range(ROUNDS):
        pair = (killed(district, random.uniform(0.05, 0.8)) for _ in range(2))
        for seen in await asyncio.gather(*pair):
            acknowledged += seen
    await publisher.flush(district.district_id)
    report, logged = await check(district), [leaf["id"] for leaf in await leaves(district)]

    assert report.faults == []
    assert len(acknowledged) >= 2 * ROUNDS
    assert len(logged) == len(set(logged))
    assert set(acknowledged) <= set(logged)
