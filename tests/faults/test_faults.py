"""Killing everything in turn loses no acknowledged act and does none twice.

The same chaos must break the naive variant, which commits and then sends: a harness that
finds nothing there would find nothing anywhere.
"""

import asyncio
import collections
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from infra.embedded.stack import Stack
from tenants.ids import new_id
from tenants.scope import Owner

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("processes.py")
SEED = int(os.environ.get("ANSHANG_FAULT_SEED", "7"))
ROUNDS = int(os.environ.get("ANSHANG_FAULT_ROUNDS", "1"))
DRAIN_SECONDS = 60

pytestmark = [pytest.mark.timeout(240)]


class Chaos:
    """One stack of its own with a load, a relay and a worker on it, and ways to kill them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.stack = Stack(directory / "data")
        self.environment = dict(os.environ)
        self.owner = Owner(new_id(), new_id())
        self.acks = directory / "acks"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Engines and one town."""
        self.environment |= self.stack.start()
        self.environment |= {
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'graphql'}",
            "ANSHANG_QUEUE_NAMESPACE": "faults",
        }
        self.run("provision")
        assert self.processes.pop("provision").wait(60) == 0, self.log("provision")

    def log(self, role: str) -> str:
        """What one of our processes said."""
        return (self.directory / f"{role}.log").read_text(errors="replace")

    @property
    def database_url(self) -> str:
        """The town's database, seen by the superuser: past every policy."""
        return self.stack.superuser_url.rsplit("/", 1)[0] + "/anshang"

    def run(self, role: str) -> None:
        """Start one of our processes."""
        with (self.directory / f"{role}.log").open("ab") as log:
            self.processes[role] = subprocess.Popen(
                [
                    sys.executable,
                    str(SCRIPT),
                    role,
                    str(self.owner.tenant_id),
                    str(self.owner.district_id),
                    str(self.acks),
                ],
                env=self.environment,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    def kill(self, role: str) -> None:
        """SIGKILL one of our processes."""
        process = self.processes.pop(role)
        process.kill()
        process.wait()

    def kill_engine(self, name: str, away: float) -> None:
        """SIGKILL an engine and start it again after `away` seconds."""
        os.kill(engine_pid(self.stack, name), signal.SIGKILL)
        time.sleep(away)
        self.stack.restart(name)

    def acknowledged(self) -> set[str]:
        """Acts that the load was told are done."""
        return set(self.acks.read_text().split()) if self.acks.exists() else set()

    async def effects(self) -> collections.Counter[str]:
        """How often each act had its effect, and how often it was accepted."""
        connection = await asyncpg.connect(self.database_url)
        try:
            rows = await connection.fetch("select act, subject from audit_entries")
        finally:
            await connection.close()
        return collections.Counter(
            (row["act"], row["subject"].removeprefix("Act:")) for row in rows
        )

    async def unsettled(self) -> int:
        """Events and deliveries that still wait."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetchval(
                "select (select count(*) from outbox_events where routed_at is null)"
                " + (select count(*) from outbox_deliveries where state <> 'DONE')"
            )
        finally:
            await connection.close()

    def stop(self) -> None:
        """End everything."""
        for role in list(self.processes):
            self.kill(role)
        self.stack.stop()


def engine_pid(stack: Stack, name: str) -> int:
    """Process id of the engine itself, not of a launcher before it."""
    return stack.children[name].process.pid


@pytest.fixture
def chaos(tmp_path: Path) -> Iterator[Chaos]:
    """A stack to be mistreated."""
    made = Chaos(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def mistreat(chaos: Chaos, load: str) -> None:
    """A few seconds of load in which every part is killed at least once."""
    rng = random.Random(SEED)
    chaos.run("worker")
    chaos.run("relay")
    chaos.run(load)
    time.sleep(2.0)
    for _ in range(ROUNDS):
        victims = ["worker", "relay", "valkey", "postgres", load]
        rng.shuffle(victims)
        for victim in victims:
            if victim in {"valkey", "postgres"}:
                chaos.kill_engine(victim, away=rng.uniform(0.3, 0.8))
            else:
                chaos.kill(victim)
                chaos.run(victim)
            time.sleep(rng.uniform(0.5, 1.5))
    chaos.kill(load)


def drain(chaos: Chaos) -> float:
    """Seconds until nothing waits any more."""
    began = time.monotonic()
    while time.monotonic() - began < DRAIN_SECONDS:
        with suppress(OSError, asyncpg.CannotConnectNowError):
            if asyncio.run(chaos.unsettled()) == 0:
                return time.monotonic() - began
        time.sleep(0.25)
    raise AssertionError("the backlog did not drain")


def tally(chaos: Chaos) -> dict[str, int]:
    """What was acknowledged, lost and done twice, and what was done without being accepted."""
    acknowledged = chaos.acknowledged()
    counted = asyncio.run(chaos.effects())
    done = {act: n for (kind, act), n in counted.items() if kind == "fault.effect"}
    accepted = {act for (kind, act) in counted if kind == "fault.accepted"}
    return {
        "acknowledged": len(acknowledged),
        "lost": len((acknowledged | accepted) - done.keys()),
        "unrecorded": len(acknowledged - accepted),
        "twice": sum(1 for n in done.values() if n > 1),
        "from nowhere": len(done.keys() - accepted),
    }


def test_no_acknowledged_act_is_lost_or_done_twice_whatever_is_killed(chaos: Chaos) -> None:
    mistreat(chaos, "load")
    seconds = drain(chaos)

    figures = tally(chaos)

    print(f"\ncareful: {figures}, drained in {seconds:.1f} s")
    assert figures.pop("acknowledged") > 200
    assert figures == {"lost": 0, "unrecorded": 0, "twice": 0, "from nowhere": 0}


def test_the_naive_variant_is_caught_by_the_same_chaos(chaos: Chaos) -> None:
    mistreat(chaos, "naive-load")
    time.sleep(12)  # a killed worker's messages come back after the heartbeat timeout

    figures = tally(chaos)

    print(f"\nnaive: {figures}")
    assert figures["acknowledged"] > 200
    assert figures["lost"] + figures["twice"] > 0
