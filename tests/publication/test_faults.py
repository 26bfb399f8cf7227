"""Every call of a publication fails once, or is its last: no fork, no event lost, none twice."""

import asyncio
import errno
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from service.ids import new_id
from service.outbox import OutboxEvent
from service.publication import publisher
from service.publication.commands import News, announce
from service.publication.events import EventKind
from service.storage import store
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.publication.calls import Before, counted
from tests.publication.races import faults
from tests.publication.test_publisher import check, leaves

ROOT = Path(__file__).resolve().parents[2]
WHOLE = os.environ.get("ANSHANG_FAULTS") == "whole"  # by hand: every call, every race
KILLED = 3  # calls at which a process is killed in the short run


@pytest.fixture
async def district(world: World) -> AsyncIterator[World]:
    await store().create_buckets()
    yield world
    async with tenant_transaction(world.department_scope()):
        await OutboxEvent.filter(district_id=world.district_id).delete()


async def announced(world: World) -> str:
    owner, entry = world.towns[0].owner, new_id()
    async with tenant_transaction(world.towns[0].scope()):
        row = await announce(
            owner, News(entry, entry, EventKind.PUBLISH, "MEDIA_EXPOSURE", "UNKNOWN", {}, ())
        )
    return str(row.id)


async def whole(world: World, events: list[str]) -> None:
    """The log holds each event once, in order, and every outsider's check passes."""
    assert [leaf["id"] for leaf in await leaves(world)] == events
    assert (await check(world)).faults == []


def fails_at(wanted: int) -> Before:
    def fail(number: int, name: str) -> None:
        if number == wanted:
            raise OSError(errno.EIO, f"call {number}, {name}, failed")

    return fail


@pytest.mark.parametrize("answer_lost", [False, True], ids=["not done", "done, answer lost"])
async def test_whichever_call_fails_the_next_publisher_makes_up_for_it(
    district: World, answer_lost: bool
) -> None:
    events = [await announced(district)]
    with counted(lambda *_: None) as seen:
        await publisher.flush(district.district_id)
    calls, number, failures = len(seen), 0, 0
    assert {"Store.put", "Store.get", "Store.put_if_absent"} <= set(seen)

    # A later publication makes more calls than the first, so go on until none fails.
    while number < calls + 20:
        events.append(await announced(district))
        fail = fails_at(number)
        before, after = (lambda *_: None, fail) if answer_lost else (fail, None)
        failed = False
        with counted(before, after) as seen:
            try:
                await publisher.flush(district.district_id)
            except Exception:  # whatever it becomes on its way up
                failed = True
        failures += failed
        calls = max(calls, len(seen))
        await publisher.flush(district.district_id)
        assert len(await leaves(district)) == len(events), f"after call {number}"
        number += 1 if WHOLE else 2
        if not failed and len(seen) <= number:
            break
    await whole(district, events)
    assert failures >= 10


async def killed_at(world: World, number: int) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("dying.py")),
        *(str(world.district_id), str(number)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}"},
    )
    assert process.stdout is not None
    told = await process.stdout.read()
    await process.wait()
    return told.decode().strip()


async def test_wherever_a_publisher_is_killed_the_next_one_makes_up_for_it(
    district: World,
) -> None:
    events = [await announced(district)]
    with counted(lambda *_: None) as seen:
        await publisher.flush(district.district_id)
    numbers = list(range(len(seen)))
    chosen = numbers if WHOLE else sorted(Random(20261125).sample(numbers, KILLED))
    for number in chosen:
        events.append(await announced(district))
        assert await killed_at(district, number) not in ("", "end")
        await publisher.flush(district.district_id)
        await whole(district, events)


async def test_writers_that_race_never_fork_nor_set_back_the_log() -> None:
    assert await faults(range(10_000 if WHOLE else 150)) == {}


async def test_the_same_races_catch_a_writer_without_compare_and_swap() -> None:
    found = await faults(range(150), compares=False)

    assert len(found) >= 10
    assert any(told.startswith("set back") for told in found.values())
