"""The sender: hands webhooks over, many at once, and no receiver keeps another waiting.

It claims messages whose turn it is for a while, as the relay claims deliveries, and posts them in
threads of their own: a message whose sender dies is claimed again when its time is over.  Every
worker has one; rows are claimed once, however many there are.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from service import clock
from service.database import credentials
from service.settings import settings
from service.webhooks import delivering, transport
from service.webhooks.delivering import Ready
from service.webhooks.rules import TIMEOUT
from tenants.scope import Owner

IN_FLIGHT = 64  # messages of one sender
OF_ENDPOINT = 8  # messages on their way to one endpoint, whoever sends them
CLAIM_SECONDS = TIMEOUT.total_seconds() * 4  # twice what the slowest attempt can take, and more
IDLE_SECONDS = 1.0
PACE_SECONDS = 0.02  # between two claims while there is work

log = structlog.get_logger()

CLAIM = f"""
with lanes as (
    select e.tenant_id, e.id, count(b.id) as busy,
        case when e.failing_since is null then {OF_ENDPOINT} else 1 end as width
    from webhook_endpoints e left join webhook_deliveries b on b.tenant_id = e.tenant_id
        and b.endpoint_id = e.id and b.claimed_until > now()
    where e.state = 'ENABLED' group by e.tenant_id, e.id, e.failing_since),
due as (
    select d.tenant_id, d.id, d.due_at, lanes.busy + d.place as turn
    from lanes cross join lateral (
        select tenant_id, id, due_at, row_number() over (order by due_at, id) as place
        from webhook_deliveries w
        where w.tenant_id = lanes.tenant_id and w.endpoint_id = lanes.id
            and w.state = 'PENDING' and w.due_at <= now()
            and (w.claimed_until is null or w.claimed_until <= now())
        order by due_at, id limit greatest(0, lanes.width - lanes.busy)) d
    order by turn, d.due_at limit $1)
update webhook_deliveries d set claimed_until = now() + make_interval(secs => $2)
from due where d.tenant_id = due.tenant_id and d.id = due.id and d.state = 'PENDING'
    and (d.claimed_until is null or d.claimed_until <= now())
returning d.tenant_id, d.district_id, d.id
"""
"""Whose turn it is: endpoints with nothing on its way first; one that fails gets one at a time."""


async def claim(connection: asyncpg.Connection, room: int) -> dict[Owner, list[UUID]]:
    """Claim up to `room` messages, by town."""
    found: dict[Owner, list[UUID]] = defaultdict(list)
    for row in await connection.fetch(CLAIM, room, CLAIM_SECONDS):
        found[Owner(row["tenant_id"], row["district_id"])].append(row["id"])
    return found


async def hand_over(sent: Ready, threads: ThreadPoolExecutor) -> None:
    """Post one message and keep what came of it."""
    at = clock.now()
    outcome = await transport.post(sent.url, sent.body, sent.headers(at), threads)
    await delivering.note(sent, at, outcome)


class Sender:
    """One loop of claiming and posting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="webhooks")
        self._tasks: set[asyncio.Task[None]] = set()
        self._on_the_way = 0
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Send until stopped, reconnecting whenever the database goes away."""
        while not self._stop.is_set():
            try:
                connection = await asyncpg.connect(**credentials(settings().relay_database_url))
            except (OSError, asyncpg.PostgresError) as error:
                log.warning("sender waits for the database", error=str(error))
                await self._pause(IDLE_SECONDS)
                continue
            try:
                await self._send(connection)
            except Exception:
                log.exception("sender starts over")
                await self._pause(IDLE_SECONDS)
            finally:
                with contextlib.suppress(Exception):
                    await connection.close(timeout=2)
        await self.finish()

    async def _send(self, connection: asyncpg.Connection) -> None:
        while not self._stop.is_set():
            started = await self.step(connection)
            await self._pause(PACE_SECONDS if started or self._on_the_way else IDLE_SECONDS)

    async def step(self, connection: asyncpg.Connection) -> int:
        """Claim and start what there is room for; returns how many messages."""
        room = IN_FLIGHT - self._on_the_way
        if room <= 0:
            return 0
        claimed = await claim(connection, room)
        for owner, ids in claimed.items():
            self._on_the_way += len(ids)
            self._start(self._town(owner, ids))
        return sum(len(ids) for ids in claimed.values())

    async def _town(self, owner: Owner, ids: list[UUID]) -> None:
        ready: list[Ready] = []
        try:
            ready = await delivering.prepare(owner, ids)
        except Exception:
            log.exception("messages go back", tenant=str(owner.tenant_id))
        self._on_the_way -= len(ids) - len(ready)
        for sent in ready:
            self._start(self._one(sent))

    async def _one(self, sent: Ready) -> None:
        try:
            await hand_over(sent, self._threads)
        except Exception:
            log.exception("message goes back", delivery=str(sent.delivery_id))
        finally:
            self._on_the_way -= 1

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Let what is on its way arrive."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def finish(self) -> None:
        """The same, for the last time."""
        await self.settle()
        self._threads.shutdown(wait=False)

    def stop(self) -> None:
        """Claim no more."""
        self._stop.set()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
