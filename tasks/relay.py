"""The relay: carries committed events from the outbox to the queue, never losing one.

It routes each event to the tasks that answer it, keeps a bounded number of deliveries in
flight, and sends again what was not settled in time.  Run as many as you like: rows are
claimed with SKIP LOCKED.  It has a database role of its own that sees the outbox only.
"""

import asyncio
import contextlib
import signal
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog

from service.database import credentials
from service.settings import settings
from service.telemetry import configure_logging
from tasks import registry
from tasks.actors import send
from tenants.ids import new_id
from tenants.scope import Owner

WINDOW = 200  # deliveries in flight; a blind resend multiplies the backlog
RESEND_SECONDS = 30.0
IDLE_SECONDS = 1.0
BATCH = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A delivery that was marked as sent and now goes to the queue."""

    id: UUID
    task: str
    owner: Owner


async def route(connection: asyncpg.Connection) -> int:
    """Turn new events into deliveries; returns how many events were routed."""
    async with connection.transaction():
        events = await connection.fetch(
            "select id, tenant_id, district_id, event, created_at, exists("
            "  select from webhook_endpoints w where w.tenant_id = e.tenant_id) as heard"
            " from outbox_events e"
            " where routed_at is null order by id limit $1 for update skip locked",
            BATCH,
        )
        deliveries = [
            (new_id(), e["tenant_id"], e["district_id"], e["id"], task, e["created_at"])
            for e in events
            for task in registry.answering(e["event"], heard=e["heard"])
        ]
        await connection.executemany(
            "insert into outbox_deliveries (id, tenant_id, district_id, event_id, task,"
            " created_at, state, starts, failures, error)"
            " values ($1, $2, $3, $4, $5, $6, 'PENDING', 0, 0, '')"
            " on conflict (tenant_id, event_id, task) do nothing",
            deliveries,
        )
        await connection.execute(
            "update outbox_events set routed_at = now() where id = any ($1)",
            [e["id"] for e in events],
        )
    return len(events)


async def claim(connection: asyncpg.Connection, resend_seconds: float) -> list[Outgoing]:
    """Mark as sent what fits into the window: new deliveries, and those not settled in time."""
    async with connection.transaction():
        in_flight = await connection.fetchval(
            "select count(*) from outbox_deliveries where state = 'SENT'"
            " and sent_at > now() - make_interval(secs => $1)",
            resend_seconds,
        )
        rows = await connection.fetch(
            "with due as (select tenant_id, id from outbox_deliveries"
            "  where state = 'PENDING'"
            "   or (state = 'SENT' and sent_at <= now() - make_interval(secs => $1))"
            "  order by created_at limit $2 for update skip locked)"
            " update outbox_deliveries d set state = 'SENT', sent_at = now() from due"
            " where d.tenant_id = due.tenant_id and d.id = due.id"
            " returning d.id, d.task, d.tenant_id, d.district_id",
            resend_seconds,
            max(0, WINDOW - in_flight),
        )
    return [Outgoing(r["id"], r["task"], Owner(r["tenant_id"], r["district_id"])) for r in rows]


async def step(connection: asyncpg.Connection, resend_seconds: float = RESEND_SECONDS) -> int:
    """Route and send once; returns the number of events routed and deliveries sent.

    A delivery is marked before it is sent: a crash between the two delays it by
    `resend_seconds`, and a repeat is harmless because tasks settle their deliveries.
    """
    routed = await route(connection)
    outgoing = await claim(connection, resend_seconds)
    for delivery in outgoing:
        await asyncio.to_thread(send, delivery.task, delivery.id, delivery.owner)
    return routed + len(outgoing)


async def run(stop: asyncio.Event, resend_seconds: float = RESEND_SECONDS) -> None:
    """Carry events until `stop` is set, reconnecting whenever an engine goes away."""
    while not stop.is_set():
        try:
            connection = await asyncpg.connect(**credentials(settings().relay_database_url))
        except (OSError, asyncpg.PostgresError) as error:
            log.warning("relay waits for the database", error=str(error))
            await _pause(stop, IDLE_SECONDS)
            continue
        try:
            await _carry(connection, stop, resend_seconds)
        except Exception:
            log.exception("relay starts over")
            await _pause(stop, IDLE_SECONDS)
        finally:
            with contextlib.suppress(Exception):
                await connection.close(timeout=2)


async def _carry(connection: asyncpg.Connection, stop: asyncio.Event, resend: float) -> None:
    woken = asyncio.Event()
    await connection.add_listener("outbox", lambda *_: woken.set())
    while not stop.is_set():
        woken.clear()
        if await step(connection, resend) == 0:
            waiting = [asyncio.create_task(woken.wait()), asyncio.create_task(stop.wait())]
            await asyncio.wait(waiting, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    configure_logging()
    registry.load()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run(stop)


if __name__ == "__main__":
    asyncio.run(main())
