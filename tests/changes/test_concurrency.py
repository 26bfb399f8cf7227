"""Nothing is skipped, however writers overlap: a late commit of an early number is still told."""

import asyncio
import base64
import random
from typing import Any
from uuid import UUID

from service import audit
from service.outbox import OutboxEvent
from service.register.commands import enrol_enterprise
from service.register.records import Enterprise
from tenants.ids import new_id
from tenants.wall import tenant_transaction
from tests.changes.conftest import Consumer, app_of, enrol
from tests.conftest import Town, World


async def write(
    town: Town, begun: asyncio.Event, go: asyncio.Event, *, fail: bool = False
) -> Enterprise:
    """One enterprise, whose transaction stays open until it may commit."""
    async with tenant_transaction(town.scope()) as transaction:
        row = await enrol_enterprise(town.owner, name="店", alternate_id=f"旧{new_id().hex}")
        begun.set()
        await go.wait()
        if fail:
            transaction.refuse()
    return row


def key_of(line: Any) -> UUID:
    return UUID(base64.b64decode(line["objectId"]).decode().partition(":")[2])


async def test_what_began_first_and_committed_last_is_told(
    world: World, consumer: Consumer
) -> None:
    """The trap of one running number for all: a reader who saw 2 would never ask for 1 again."""
    slow, fast = world.towns
    app = app_of(world.towns)
    await consumer.poll(app)
    begun, go, free = asyncio.Event(), asyncio.Event(), asyncio.Event()
    free.set()
    first = asyncio.create_task(write(slow, begun, go))
    await begun.wait()
    second = await write(fast, asyncio.Event(), free)

    seen = await consumer.poll(app)
    async with tenant_transaction(app.scope, read_only=True):
        naive = max([event.id for event in await OutboxEvent.all()])
    go.set()
    late = await first
    then = await consumer.poll(app)

    assert [key_of(line) for line in seen] == [second.id]
    assert [key_of(line) for line in then] == [late.id]
    async with tenant_transaction(app.scope, read_only=True):
        after_naive = await OutboxEvent.filter(id__gt=naive)
    assert after_naive == []  # who counts by the outbox would have lost the first for ever


async def test_a_second_writer_of_a_town_takes_its_number_after_the_first_has_committed(
    world: World, consumer: Consumer
) -> None:
    town = world.towns[0]
    app = app_of([town])
    await consumer.poll(app)
    begun, go, free = asyncio.Event(), asyncio.Event(), asyncio.Event()
    free.set()
    first = asyncio.create_task(write(town, begun, go, fail=True))
    await begun.wait()
    second = asyncio.create_task(write(town, asyncio.Event(), free))

    during = await consumer.poll(app)
    go.set()
    gone, there = await asyncio.gather(first, second)
    lines = await consumer.poll(app)

    assert during == []
    assert [key_of(line) for line in lines] == [there.id]
    assert gone.id != there.id


async def test_every_commit_is_told_once_and_in_order_to_a_reader_who_never_stops(
    make_world: Any, consumer: Consumer
) -> None:
    world = await make_world(towns=4)
    app = app_of(world.towns)
    for town in world.towns:
        await enrol(town)
    await consumer.poll(app)
    committed: dict[UUID, int] = {}
    order: dict[UUID, list[int]] = {town.owner.tenant_id: [] for town in world.towns}
    done = asyncio.Event()

    async def writer(number: int) -> None:
        dice = random.Random(number)
        for _ in range(8):
            town = dice.choice(world.towns)
            async with tenant_transaction(town.scope()) as transaction:
                await asyncio.sleep(dice.random() / 50)
                row = await enrol_enterprise(
                    town.owner, name="店", alternate_id=f"旧{new_id().hex}"
                )
                await asyncio.sleep(dice.random() / 50)
                if refused := dice.random() < 0.2:
                    transaction.refuse()
                (head,) = await audit.AuditHead.filter(tenant_id=town.owner.tenant_id)
            if not refused:
                committed[row.id] = head.seq
                order[town.owner.tenant_id].append(head.seq)

    async def reader() -> list[Any]:
        lines = []
        while not done.is_set():
            lines += await consumer.poll(app, random.Random(len(lines)).choice([1, 3, 100]))
        return lines + await consumer.poll(app)

    reading = asyncio.create_task(reader())
    await asyncio.gather(*(writer(number) for number in range(6)))
    done.set()
    lines = await reading

    told = [key_of(line) for line in lines]
    assert len(told) == len(set(told)) == len(committed) > 20
    assert set(told) == committed.keys()
    for town in world.towns:
        mine = base64.b64encode(f"Tenant:{town.owner.tenant_id}".encode()).decode()
        numbers = [committed[key_of(line)] for line in lines if line["tenantId"] == mine]
        assert numbers == sorted(numbers)
        assert sorted(order[town.owner.tenant_id]) == numbers
