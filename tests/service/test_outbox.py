"""What committed is done once: events become deliveries, deliveries become effects."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from service import audit, outbox
from service.database import credentials
from service.outbox import Event, OutboxDelivery
from service.settings import settings
from tasks import registry, relay
from tasks.actors import HANDLERS
from tenants.wall import tenant_transaction


@pytest.fixture
def route(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Answer the event `test.happened` with a handler for one test."""

    def install(handler: Any, name: str = "test.answer") -> None:
        monkeypatch.setitem(registry.ROUTES, "test.happened", (name,))
        monkeypatch.setitem(HANDLERS, name, handler)

    return install


async def happen(town: Any, number: int = 1) -> None:
    async with tenant_transaction(town.scope()):
        for index in range(number):
            await outbox.emit("test.happened", town.owner, {"number": index})


async def effect(event: Event) -> None:
    async with tenant_transaction(event.scope()):
        await audit.record("test.effect", event.owner, "Act", str(event.payload["number"]))
        await outbox.settle()


def own(performed: list[str]) -> list[str]:
    """Tasks of these tests; what an earlier one of the same process left is carried too."""
    return [task for task in performed if task.startswith("test.")]


async def effects(town: Any) -> int:
    async with tenant_transaction(town.scope(), read_only=True):
        return await audit.AuditEntry.filter(act="test.effect").count()


async def deliveries(town: Any) -> list[OutboxDelivery]:
    async with tenant_transaction(town.scope(), read_only=True):
        return await OutboxDelivery.all().order_by("created_at", "id")


async def test_an_event_has_its_effect_once(world: Any, work: Any, route: Any) -> None:
    route(effect)
    await happen(world.towns[0], 3)

    assert own(await work()) == ["test.answer"] * 3

    assert own(await work()) == []
    assert await effects(world.towns[0]) == 3
    assert {d.state for d in await deliveries(world.towns[0])} == {"DONE"}


async def test_a_message_that_comes_twice_does_nothing_the_second_time(
    world: Any, work: Any, route: Any
) -> None:
    route(effect)
    town = world.towns[0]
    await happen(town)
    await work()
    (delivery,) = await deliveries(town)

    await outbox.perform(town.owner, delivery.id, effect)

    assert await effects(town) == 1


async def test_two_relays_at_once_make_one_delivery_of_each_event(world: Any, route: Any) -> None:
    route(effect)
    town = world.towns[0]
    await happen(town, 50)
    connections = [
        await asyncpg.connect(**credentials(settings().relay_database_url)) for _ in range(4)
    ]

    await asyncio.gather(*(relay.route(connection) for connection in connections))

    assert len(await deliveries(town)) == 50
    for connection in connections:
        await relay.claim(connection, 3600)
        await connection.close()


async def test_the_window_bounds_what_is_in_flight(
    world: Any, route: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "WINDOW", 10)
    route(effect)
    await happen(world.towns[0], 25)
    connection = await asyncpg.connect(**credentials(settings().relay_database_url))
    await connection.execute("update outbox_deliveries set state = 'DONE' where state = 'SENT'")
    await relay.route(connection)

    first = await relay.claim(connection, 3600)
    second = await relay.claim(connection, 3600)
    for delivery in first:
        await outbox.perform(delivery.owner, delivery.id, effect)
    third = await relay.claim(connection, 3600)

    await connection.close()
    assert (len(first), len(second), len(third)) == (10, 0, 10)


async def test_what_is_not_settled_in_time_is_sent_again(world: Any, route: Any) -> None:
    route(effect)
    await happen(world.towns[0])
    connection = await asyncpg.connect(**credentials(settings().relay_database_url))
    await relay.route(connection)
    first = await relay.claim(connection, 3600)

    again = await relay.claim(connection, 0)

    await connection.close()
    assert {d.id for d in first} <= {d.id for d in again}


async def test_a_failing_effect_is_parked_with_its_reason_and_never_vanishes(
    world: Any, route: Any
) -> None:
    async def fail(event: Event) -> None:
        raise ValueError("the other side refused")

    town = world.towns[0]
    delivery = await one_delivery(town, route, fail)

    for _ in range(outbox.MAX_FAILURES):
        with pytest.raises(ValueError, match="refused"):
            await outbox.perform(town.owner, delivery, fail)
    await outbox.perform(town.owner, delivery, fail)

    (row,) = await deliveries(town)
    assert (row.state, row.failures) == ("PARKED", outbox.MAX_FAILURES)
    assert row.error == "ValueError: the other side refused"


async def test_a_message_that_kills_its_worker_is_parked_after_three_crashes(
    world: Any, route: Any
) -> None:
    async def die(event: Event) -> None:
        raise SystemExit  # not an Exception: the worker is gone before it can note a failure

    town = world.towns[0]
    delivery = await one_delivery(town, route, die)

    for _ in range(outbox.MAX_CRASHES):
        with pytest.raises(SystemExit):
            await outbox.perform(town.owner, delivery, die)
    await outbox.perform(town.owner, delivery, die)

    (row,) = await deliveries(town)
    assert row.state == "PARKED"
    assert "died 3 times" in row.error


async def test_the_relays_role_sees_the_outbox_and_nothing_else(world: Any) -> None:
    connection = await asyncpg.connect(**credentials(settings().relay_database_url))
    try:
        for table in ("audit_entries", "enterprises", "tenants"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select * from {table}")
    finally:
        await connection.close()


async def one_delivery(town: Any, route: Any, handler: Any) -> UUID:
    route(handler)
    await happen(town)
    connection = await asyncpg.connect(**credentials(settings().relay_database_url))
    await relay.route(connection)
    await connection.close()
    (row,) = await deliveries(town)
    return row.id
