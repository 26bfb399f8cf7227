"""The real worker's process sends, and nothing is lost or doubled when it is killed."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from service.webhooks.records import WebhookAttempt, WebhookDelivery
from tenants.wall import tenant_transaction

ROOT = Path(__file__).resolve().parents[2]
Make = Callable[..., Any]
Start = Callable[[], subprocess.Popen[bytes]]
EVENTS = 40


@pytest.fixture
def worker_process() -> Iterator[Start]:
    """Starts workers, and ends those that still live."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        paths = os.pathsep.join([str(ROOT), str(ROOT / "graphql")])
        one = subprocess.Popen(
            [sys.executable, "-m", "tasks.worker"],
            env={**os.environ, "PYTHONPATH": paths},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(one)
        return one

    yield start
    for one in started:
        if one.poll() is None:
            one.kill()
        one.wait()


async def until(what: Callable[[], bool], seconds: float = 60) -> None:
    for _ in range(int(seconds / 0.05)):
        if what():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to pass in time")


async def test_a_killed_worker_loses_nothing_and_doubles_no_row(
    world: Any, receiver: Any, opened: Make, say: Make, relay: Any, worker_process: Start
) -> None:
    town = world.towns[0]
    made = await opened(town)
    killed = threading.Event()

    def hang(_: Any) -> None:
        """After a few the receiver answers no more until the worker is dead."""
        if len(receiver.got) > EVENTS // 4:
            killed.wait(60)

    receiver.decide = hang
    await say(town, EVENTS)

    first = worker_process()
    await until(lambda: len(receiver.got) > EVENTS // 4)
    first.send_signal(signal.SIGKILL)
    first.wait()
    reached = len(set(receiver.ids()))
    killed.set()
    # What it had claimed comes back by itself after a minute; the test does not wait for it.
    await relay.execute(
        "update webhook_deliveries set claimed_until = now() where claimed_until is not null"
    )
    second = worker_process()
    await until(lambda: len(set(receiver.ids())) == EVENTS)
    second.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(second.wait, 60) == 0  # what was on its way arrived

    assert reached == EVENTS // 4 + 1
    async with tenant_transaction(town.scope()):
        rows = await WebhookDelivery.all()
        attempts = await WebhookAttempt.all().count()
    assert {row.state for row in rows} == {"DELIVERED"}
    assert len(rows) == len({row.event_id for row in rows}) == EVENTS == attempts
    assert set(receiver.ids()) == {f"msg_{row.id}" for row in rows}
    assert len(receiver.got) < EVENTS + 9  # only what was on its way was repeated
    for one in receiver.got:
        Webhook(made.keys.secret).verify(one.body, one.headers)
