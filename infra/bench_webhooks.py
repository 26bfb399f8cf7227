"""Benchmark with faults: events to receivers that flap, sleep and die, while workers are killed.

Real processes carry them: a relay and two workers, of which one is killed (SIGKILL) again and
again.  The pauses between attempts are cut short, so that days pass in minutes; everything else is
as in production.
"""

import asyncio
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import asyncpg
from standardwebhooks import Webhook

from service import database, outbox
from service.administration.provisioning import provision
from service.identity import apps
from service.identity.commands import enrolment_scope
from service.ids import new_id
from service.settings import settings
from service.webhooks import commands
from tenants.directory import owner_of
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = f"anshang_bench_webhooks_{os.getpid()}"
TOWN = "500112144"
SEED = 20261125
SHARES = {"steady": 0.70, "flapping": 0.15, "dead": 0.10, "slow": 0.05}
"""Share of the events that each receiver hears of."""
TYPES = {
    "steady": "hazards.closed",
    "flapping": "hazards.graded",
    "dead": "hazards.overdue",
    "slow": "hazards.merged",
}
SLOW_SECONDS = 0.5
KILL_EVERY_SECONDS = 25.0
BATCH = 100
PATIENCE_SECONDS = 1200.0
_URLS = ("DATABASE_URL", "OWNER_DATABASE_URL", "RELAY_DATABASE_URL")


@dataclass
class Receiver:
    """A third party of one temper, which verifies whatever it answers 200 to."""

    temper: str
    secret: str = ""
    alive: bool = True
    requests: int = 0
    refused: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    forged: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    draw: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311

    def judge(self, body: str, headers: dict[str, str]) -> int:
        """The status to answer with."""
        with self.lock:
            self.requests += 1
            if not self.alive or (self.temper == "flapping" and self.draw.random() < 0.4):
                self.refused += 1
                return 503
        if self.temper == "slow":
            time.sleep(SLOW_SECONDS)
        try:
            Webhook(self.secret).verify(body, headers)
        except Exception:
            self.forged += 1
            return 400
        with self.lock:
            self.accepted[headers["webhook-id"]] += 1
        return 200


def run(events: str = "10000") -> dict[str, Any]:
    """Deliver so many events and say what arrived, how fast, and what was lost or doubled."""
    return asyncio.run(_run(int(events)))


async def _run(events: int) -> dict[str, Any]:
    receivers = {temper: Receiver(temper) for temper in SHARES}
    server = _serve(receivers)
    try:
        async with _scratch():
            await database.migrate()
            async with database.database():
                await provision([TOWN])
                town = await owner_of(TOWN)
                port = int(server.server_address[1])
                for temper, one in receivers.items():
                    one.secret = await _endpoint(town, temper, port)
                return await _measure(town, receivers, events)
    finally:
        server.shutdown()


def _serve(receivers: dict[str, Receiver]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receivers[self.path.strip("/")].judge(body, headers)
            try:
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()
            except OSError:
                pass  # the worker was killed meanwhile

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


async def _endpoint(town: Owner, temper: str, port: int) -> str:
    scopes = ["hazard:read"]
    async with tenant_transaction(Scope.of_platform("bench")):
        app, _ = await apps.register_app(f"bench {temper}", scopes)
    async with tenant_transaction(enrolment_scope(town, "bench")):
        grant = await apps.request_app_grant(app.client_id, town, scopes)
        await apps.approve_app_grant(grant.id)
    async with tenant_transaction(Scope.of_tenant(town, "bench")):
        made = await commands.register(
            grant.id,
            name=temper,
            url=f"http://127.0.0.1:{port}/{temper}",
            events=[TYPES[temper].replace("hazards", "hazard")],
        )
    return made.keys.secret


async def _measure(town: Owner, receivers: dict[str, Receiver], events: int) -> dict[str, Any]:
    fleet = Fleet()
    receivers["dead"].alive = False
    begun = time.perf_counter()
    connection = await asyncpg.connect(**database.credentials(settings().relay_database_url))
    try:
        fleet.start("relay", "tasks.relay")
        fleet.start("worker 1", "tasks.worker")
        fleet.start("worker 2", "tasks.worker")
        wanted = await _emit(town, events)
        await _settle(connection, fleet, receivers, sum(wanted.values()), begun)
        seconds = time.perf_counter() - begun
        rows = await connection.fetch(
            "select state, count(*) as n, sum(attempts) as tries, count(distinct event_id) as told"
            " from webhook_deliveries group by state"
        )
    finally:
        fleet.end()
        await connection.close()
    return await _figures(town, receivers, wanted, rows, seconds, fleet.kills)


async def _emit(town: Owner, events: int) -> dict[str, int]:
    """Write the events in a seeded order, as fast as the database takes them."""
    wanted = {temper: round(events * share) for temper, share in SHARES.items()}
    order = [temper for temper, number in wanted.items() for _ in range(number)]
    random.Random(SEED).shuffle(order)  # noqa: S311  an order that can be repeated
    for begin in range(0, len(order), BATCH):
        async with tenant_transaction(Scope.of_tenant(town, "bench")):
            for temper in order[begin : begin + BATCH]:
                payload = {"hazard": str(new_id()), "state": "CLOSED"}
                await outbox.emit(TYPES[temper], town, payload)
    return wanted


async def _settle(
    connection: asyncpg.Connection,
    fleet: "Fleet",
    receivers: dict[str, Receiver],
    wanted: int,
    begun: float,
) -> None:
    """Kill workers until half has arrived, revive the dead receiver then, and wait for the rest."""
    killed = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE_SECONDS:
        await asyncio.sleep(3)
        done = await connection.fetchval(
            "select count(*) from webhook_deliveries where state = 'DELIVERED'"
        )
        print(f"{done} of {wanted} after {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        if done == wanted:
            return
        if done >= wanted / 2:
            receivers["dead"].alive = True
        elif time.perf_counter() - killed > KILL_EVERY_SECONDS:
            fleet.kill("worker 2", "tasks.worker")
            killed = time.perf_counter()
        await connection.execute(
            "update webhook_deliveries set due_at = now() + interval '1 second'"
            " where state = 'PENDING' and due_at > now() + interval '2 seconds'"
        )


class Fleet:
    """The processes of the bench."""

    def __init__(self) -> None:
        self.kills = 0
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, module: str) -> None:
        """Start one in the bench's own environment."""
        paths = os.pathsep.join([str(ROOT), str(ROOT / "graphql")])
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", module],
            env={**os.environ, "PYTHONPATH": paths},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self, name: str, module: str) -> None:
        """Kill one without warning and start another."""
        one = self._running[name]
        one.send_signal(signal.SIGKILL)
        one.wait()
        self.kills += 1
        self.start(name, module)

    def end(self) -> None:
        """Stop all."""
        for one in self._running.values():
            one.terminate()
        for one in self._running.values():
            try:
                one.wait(15)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()


async def _figures(
    town: Owner,
    receivers: dict[str, Receiver],
    wanted: dict[str, int],
    rows: list[Any],
    seconds: float,
    kills: int,
) -> dict[str, Any]:
    states = {row["state"]: row for row in rows}
    delivered = states.get("DELIVERED")
    async with tenant_transaction(Scope.of_tenant(town, "bench")) as transaction:
        waits = await transaction.fetch(
            "select extract(epoch from min(a.at) - min(d.created_at))::float as wait"
            " from webhook_deliveries d join webhook_attempts a"
            "  on a.tenant_id = d.tenant_id and a.delivery_id = d.id"
            " where d.event_type = 'hazard.closed' group by d.id"
        )
    found = sorted(row["wait"] for row in waits)
    total = sum(wanted.values())
    arrived = {temper: len(one.accepted) for temper, one in receivers.items()}
    return {
        "events": total,
        "rows": sum(row["n"] for row in rows),
        "delivered": delivered["n"] if delivered else 0,
        "arrived_and_verified": sum(arrived.values()),
        "lost": sum(wanted[temper] - arrived[temper] for temper in wanted),
        "doubled_rows": sum(row["n"] - row["told"] for row in rows),
        "repeated_posts_of_accepted": sum(
            sum(one.accepted.values()) - len(one.accepted) for one in receivers.values()
        ),
        "signatures_refused": sum(one.forged for one in receivers.values()),
        "attempts": sum(row["tries"] for row in rows),
        "refused_by_receivers": sum(one.refused for one in receivers.values()),
        "workers_killed": kills,
        "seconds": round(seconds, 1),
        "delivered_per_second": round(total / seconds, 1),
        "steady_wait_p50_s": round(statistics.median(found), 2) if found else None,
        "steady_wait_p99_s": round(found[int(len(found) * 0.99) - 1], 2) if found else None,
        "load_average": round(os.getloadavg()[0], 1),
    }


@asynccontextmanager
async def _scratch() -> AsyncIterator[None]:
    """A database and a queue of its own, both gone afterwards."""
    names = {f"ANSHANG_{name}": "" for name in _URLS}
    kept = {
        **{name: os.environ.get(name) for name in names},
        "ANSHANG_QUEUE_NAMESPACE": os.environ.get("ANSHANG_QUEUE_NAMESPACE"),
        "ANSHANG_WEBHOOK_INTRANET_HOSTS": os.environ.get("ANSHANG_WEBHOOK_INTRANET_HOSTS"),
    }
    owner = settings().owner_database_url
    chosen = {
        "ANSHANG_DATABASE_URL": settings().database_url,
        "ANSHANG_OWNER_DATABASE_URL": owner,
        "ANSHANG_RELAY_DATABASE_URL": settings().relay_database_url,
    }
    await _statement(owner, f'create database "{SCRATCH}"')
    os.environ.update({name: f"{url.rsplit('/', 1)[0]}/{SCRATCH}" for name, url in chosen.items()})
    os.environ["ANSHANG_QUEUE_NAMESPACE"] = SCRATCH
    os.environ["ANSHANG_WEBHOOK_INTRANET_HOSTS"] = "127.0.0.1"
    settings.cache_clear()
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        settings.cache_clear()
        await _statement(owner, f'drop database if exists "{SCRATCH}" with (force)')


async def _statement(url: str, sql: str) -> None:
    connection = await asyncpg.connect(**database.credentials(url))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
