"""A district as a newcomer meets it: the demo seeded by commands, and the real processes running.

Journeys speak HTTP only.  They sign in as the people of the demo, send the documents that ship
in `graphql/operations`, and wait for what workers do in the background.
"""

import asyncio
import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import OperationDefinitionNode, parse
from websockets import Subprotocol
from websockets.asyncio.client import connect

from infra.embedded import buckets
from service.settings import settings
from tests.conftest import TEMPLATE, _recreate, _url

ROOT = Path(__file__).resolve().parents[2]
URLS = ("DATABASE_URL", "OWNER_DATABASE_URL", "RELAY_DATABASE_URL")
_numbers = itertools.count(1)
PROCESSES = {"relay": ["relay"], "worker": ["work", "--threads", "2"]}
START_SECONDS = 120.0
EFFECT_SECONDS = 120.0

DOCUMENTS = {
    operation.name.value: path.read_text()
    for path in sorted((ROOT / "graphql" / "operations").glob("*.graphql"))
    for operation in parse(path.read_text()).definitions
    if isinstance(operation, OperationDefinitionNode) and operation.name
}
"""Shipped operations: name → the document that holds it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys share one seeded district, so one worker takes them all."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("journeys"))


class Caller:
    """Somebody at the door: asks, acts, and reads what comes back."""

    def __init__(self, http: httpx2.AsyncClient, token: str | None = None) -> None:
        self.http = http
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def send(self, operation: str, **variables: Any) -> dict[str, Any]:
        """The whole answer to one shipped operation."""
        response = await self.http.post(
            "/graphql",
            json={
                "query": DOCUMENTS[operation],
                "operationName": operation,
                "variables": variables,
            },
            headers=self.headers,
        )
        answer: dict[str, Any] = response.json()
        return answer

    async def ask(self, operation: str, **variables: Any) -> Any:
        """The one field of the answer to a shipped operation that must not fail."""
        answer = await self.send(operation, **variables)
        assert "errors" not in answer, answer["errors"]
        (field,) = answer["data"].values()
        return field

    async def act(self, operation: str, **given: Any) -> dict[str, Any]:
        """The payload of an act that must be done."""
        payload: dict[str, Any] = await self.ask(operation, input=given)
        assert payload["errors"] == []
        return payload

    async def watch(self, operation: str, **variables: Any) -> list[Any]:
        """Everything that a shipped subscription says, over graphql-transport-ws, to its end."""
        address = str(self.http.base_url).replace("http", "ws", 1).rstrip("/") + "/graphql"
        protocol = Subprotocol("graphql-transport-ws")
        payload = {
            "query": DOCUMENTS[operation],
            "operationName": operation,
            "variables": variables,
        }
        said = []
        async with connect(
            address, subprotocols=[protocol], additional_headers=self.headers
        ) as socket:
            await socket.send(json.dumps({"type": "connection_init"}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            async for message in socket:
                heard = json.loads(message)
                if heard["type"] == "complete":
                    break
                assert heard["type"] == "next", heard
                (field,) = heard["payload"]["data"].values()
                said.append(field)
        return said

    async def refused(self, operation: str, **given: Any) -> str:
        """The code with which an act is refused."""
        answer = await self.send(operation, input=given)
        if "errors" in answer:
            return str(answer["errors"][0]["extensions"]["code"])
        (payload,) = answer["data"].values()
        return str(payload["errors"][0]["code"])


@dataclass(frozen=True, slots=True)
class District:
    """A running district: where it answers, and who may sign in with which password."""

    url: str
    passwords: dict[str, str]


@pytest.fixture(scope="session")
def district(
    environment: None, worker: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[District]:
    """The demo, with API, relay and worker as processes of their own.

    Its database, queue and buckets are its own too: its relay would carry away the events of
    other tests, and two logs of one district in one bucket contradict each other.
    """
    data = tmp_path_factory.mktemp("district")
    # Journeys and the console each have a district; both may run in one worker.
    number = next(_numbers)
    name = f"anshang_journeys_{worker}_{number}"
    asyncio.run(_recreate(name, TEMPLATE))
    own = f"journeys-{worker}-{os.getpid()}-{number}"
    chosen = settings()
    buckets.configure(chosen.s3_endpoint, chosen.s3_secret_key.get_secret_value(), own)
    sources = os.pathsep.join([str(ROOT), str(ROOT / "graphql")])
    environ = {
        **os.environ,
        **{f"ANSHANG_{url}": _url(url, name) for url in URLS},
        "ANSHANG_QUEUE_NAMESPACE": own,
        "ANSHANG_S3_BUCKET_PREFIX": own,
        "PYTHONPATH": sources,
        "ANSHANG_DATA_DIR": str(data),
    }
    seed(environ)
    accounts = json.loads((data / "demo-accounts.json").read_text())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    commands = {"api": ["serve", "--port", str(port)], **PROCESSES}
    running = {
        name: subprocess.Popen(
            [sys.executable, "-m", "infra.cli", *arguments],
            cwd=ROOT,
            env={**environ, "ANSHANG_PUBLIC_URL": url},
            stdout=(data / name).open("wb"),
            stderr=subprocess.STDOUT,
        )
        for name, arguments in commands.items()
    }
    try:
        wait_until_ready(url, running, data)
        yield District(url, {entry["account"]: entry["password"] for entry in accounts})
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def seed(environ: dict[str, str]) -> None:
    """Fill the database as `make run` does, with the smallest demo."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", "seed", "--size", "S"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def wait_until_ready(url: str, running: dict[str, subprocess.Popen[bytes]], logs: Path) -> None:
    """Return once the API says that it can work."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for name, process in running.items():
            assert process.poll() is None, (logs / name).read_text()[-4000:]
        try:
            if httpx2.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError((logs / "api").read_text()[-4000:])


@pytest.fixture
async def public(district: District) -> AsyncIterator[Caller]:
    """Somebody without an account."""
    async with httpx2.AsyncClient(base_url=district.url, timeout=30) as http:
        yield Caller(http)


SignIn = Callable[[str], Awaitable[Caller]]


@pytest.fixture
def sign_in(public: Caller, district: District) -> SignIn:
    """Sign in as a person of the demo, such as `town-admin`."""

    async def enter(login: str) -> Caller:
        answer = await public.http.post(
            "/sign-in", json={"login": login, "password": district.passwords[login]}
        )
        assert answer.status_code == 200, answer.text
        return Caller(public.http, answer.json()["token"])

    return enter


async def eventually(
    question: Callable[[], Awaitable[Any]], seconds: float = EFFECT_SECONDS
) -> Any:
    """The first true answer to `question`, which workers bring about in the background."""
    deadline = time.monotonic() + seconds
    while True:
        answer = await question()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds:.0f} s"
        await asyncio.sleep(0.2)


@pytest.fixture(name="eventually")
def _eventually() -> Callable[..., Awaitable[Any]]:
    """Wait for what happens in the background."""
    return eventually
