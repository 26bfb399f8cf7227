"""Applications with grants, and a real receiver on this machine that a test can break."""

import itertools
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import asyncpg
import pytest

from service.database import credentials
from service.identity import apps, commands, queries
from service.identity.records import AppGrant
from service.settings import settings
from tasks.sender import Sender
from tenants.ids import new_id
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

SCOPES = ("hazard:read", "webhook:read", "webhook:write")
Admit = Callable[..., Awaitable[AppGrant]]
Send = Callable[..., Awaitable[int]]
_numbers = itertools.count(1)


@dataclass(slots=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Receiver:
    """A server of a third party: keeps what it gets and answers as it is told."""

    server: ThreadingHTTPServer
    got: list[Received] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b"thank you"
    decide: Callable[[Received], int | None] | None = None
    """What to answer to one request; None leaves it to `status`."""
    pause: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def ids(self) -> list[str]:
        """`webhook-id` of each request, in the order in which they came."""
        return [one.headers["webhook-id"] for one in self.got]


def serve() -> Receiver:
    """A receiver that answers in threads."""
    made: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            one = Received(
                self.path,
                {k.lower(): v for k, v in self.headers.items()},
                self.rfile.read(length).decode(),
            )
            receiver = made[0]
            with receiver.lock:
                receiver.got.append(one)
                chosen = receiver.decide(one) if receiver.decide else None
            if receiver.pause:
                time.sleep(receiver.pause)
            try:
                self.send_response(chosen or receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(receiver.answer)))
                self.end_headers()
                self.wfile.write(receiver.answer)
            except OSError:
                pass  # the other side has hung up

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.append(Receiver(server))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return made[0]


@pytest.fixture
def receiver(same_engines_after_each_test: None) -> Iterator[Receiver]:
    """A receiver at a host that the operator lists."""
    one = serve()
    os.environ["ANSHANG_WEBHOOK_INTRANET_HOSTS"] = "127.0.0.1"
    settings.cache_clear()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def admit(database: None) -> Admit:
    """A fresh application that a town has let in."""

    async def make(owner: Owner, *scopes: str) -> AppGrant:
        wanted = scopes or SCOPES
        async with tenant_transaction(Scope.of_platform("operator")):
            app, _ = await apps.register_app(f"集成商{next(_numbers)}-{new_id().hex[-6:]}", wanted)
        async with tenant_transaction(commands.enrolment_scope(owner, "operator")):
            grant = await apps.request_app_grant(app.client_id, owner, wanted)
            await apps.approve_app_grant(grant.id)
        queries.forget()
        return await _fresh(owner, grant)

    return make


async def _fresh(owner: Owner, grant: AppGrant) -> AppGrant:
    async with tenant_transaction(Scope.of_tenant(owner, "test")):
        return await AppGrant.get(id=grant.id)


@pytest.fixture
async def relay(database: None) -> Any:
    """A connection of the role that claims."""
    connection = await asyncpg.connect(**credentials(settings().relay_database_url))
    # What earlier tests left waiting is none of this test's business.
    await connection.execute(
        "update webhook_deliveries set state = 'HELD', due_at = null, claimed_until = null"
        " where state = 'PENDING'"
    )
    yield connection
    await connection.close()


@pytest.fixture
def send(relay: asyncpg.Connection) -> Send:
    """Send all that is due now, as a worker does; returns how many attempts were made."""

    async def run() -> int:
        sender, total = Sender(), 0
        while started := await sender.step(relay):
            total += started
            await sender.settle()
        await sender.finish()
        return total

    return run


@pytest.fixture
def hurry(relay: asyncpg.Connection) -> Callable[[], Awaitable[None]]:
    """The pauses between attempts are over."""

    async def run() -> None:
        await relay.execute("update webhook_deliveries set due_at = now() where state = 'PENDING'")

    return run


Open = Callable[..., Awaitable[Any]]
Say = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def opened(receiver: Receiver, admit: Admit) -> Open:
    """An endpoint at the receiver, of a fresh application that the town has let in."""
    from service.webhooks import commands as webhooks

    async def make(town: Any, *, events: Any = None, scopes: Any = (), path: str = "/hook") -> Any:
        grant = await admit(town.owner, *scopes)
        async with tenant_transaction(town.scope()):
            return await webhooks.register(
                grant.id,
                name="消防物联网",
                url=receiver.url(path),
                events=events or ["hazard.reported", "hazard.closed"],
            )

    return make


@pytest.fixture
def say(work: Any) -> Say:
    """Let so many hazards be closed in a town, and carry the events; returns their ids."""
    from service import outbox

    async def run(town: Any, number: int = 1, event: str = "hazards.closed") -> list[str]:
        hazards = [str(new_id()) for _ in range(number)]
        async with tenant_transaction(town.scope()):
            for one in hazards:
                await outbox.emit(event, town.owner, {"hazard": one, "state": "CLOSED"})
        await work()
        return hazards

    return run
