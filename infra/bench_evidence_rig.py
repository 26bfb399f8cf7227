"""What the benchmarks of evidence with faults run on: towns in a database, a queue and buckets of
their own, and the product's real processes around them, which may be killed."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import asyncpg

from service import clock, database
from service.administration.provisioning import provision
from service.evidence import housekeeping
from service.evidence.housekeeping import Report
from service.identity import commands, sessions
from service.settings import settings
from service.storage import Bucket, store
from tenants.catalogue import towns_of
from tenants.directory import owner_of
from tenants.rights import Role
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = f"anshang_bench_evidence_{os.getpid()}"
PREFIX = "anshang-bench"
DISTRICT = "500112"
PATIENCE = 120.0  # seconds within which a process must answer
_URLS = ("DATABASE_URL", "OWNER_DATABASE_URL", "RELAY_DATABASE_URL")


@dataclass(frozen=True, slots=True)
class Town:
    """One town and the token of one of its officers."""

    owner: Owner
    token: str


@dataclass(slots=True)
class Rig:
    """The towns, where the API listens, and the processes."""

    towns: list[Town]
    port: int
    kills: dict[str, int] = field(default_factory=dict)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _words: dict[str, tuple[list[str], Mapping[str, str]]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Address of the API."""
        return f"http://127.0.0.1:{self.port}/graphql"

    def api(self) -> None:
        """Start the API, which listens at one port whatever happens to it."""
        words = ["-m", "uvicorn", "api.app:app", "--host=127.0.0.1", f"--port={self.port}",
                 "--no-access-log", "--log-level=warning"]  # fmt: skip
        self.start("api", words)

    def start(
        self, name: str, words: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        """Start one process of Python in the bench's own environment."""
        self._words[name] = (list(words), environment or {})
        self._spawn(name)

    def _spawn(self, name: str) -> None:
        words, environment = self._words[name]
        paths = os.pathsep.join([str(ROOT), str(ROOT / "graphql")])
        self._running[name] = subprocess.Popen(
            [sys.executable, *words],
            env={**os.environ, "PYTHONPATH": paths, **environment},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self, name: str) -> None:
        """Kill one without warning and start it again."""
        one = self._running.pop(name)
        one.send_signal(signal.SIGKILL)
        one.wait()
        self.kills[name] = self.kills.get(name, 0) + 1
        self._spawn(name)

    def stop(self, name: str) -> None:
        """End one in order."""
        one = self._running.pop(name)
        one.terminate()
        try:
            one.wait(30)
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()

    def peak_mib(self, name: str) -> float:
        """The most memory that one has held so far, without its children."""
        status = Path(f"/proc/{self._running[name].pid}/status").read_text().splitlines()
        line = next(line for line in status if line.startswith("VmHWM"))
        return round(int(line.split()[1]) / 1024, 1)

    def end(self) -> None:
        """End all."""
        for name in list(self._running):
            self.stop(name)

    async def answering(self) -> None:
        """Return once the API is ready.

        Raises:
            TimeoutError: it is not within `PATIENCE`.
        """
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(self._ready):  # noqa: ASYNC110  another process
                await asyncio.sleep(0.2)

    def _ready(self) -> bool:
        line = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/readyz")
            return line.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            line.close()


@asynccontextmanager
async def rig(
    towns: int, environment: Mapping[str, str] | None = None, template: str = ""
) -> AsyncIterator[Rig]:
    """So many towns with one officer each; all that is made is gone afterwards.

    `template` names a database of the same server that is migrated already.
    """
    async with _scratch(environment or {}, template):
        await database.migrate()
        await store().create_buckets()
        async with database.database():
            codes = [town.code for town in towns_of(DISTRICT)][:towns]
            await provision(codes)
            made = Rig([await _town(code) for code in codes], _free_port())
            try:
                yield made
            finally:
                made.end()
                await _clear(made.towns)


async def _town(code: str) -> Town:
    owner, login = await owner_of(code), f"bench-{code}"
    async with tenant_transaction(commands.enrolment_scope(owner, "bench")):
        account = await commands.create_account(login, name="测试员", oidc_subject=login)
        await commands.add_member(owner, account, Role.TENANT_ADMIN)
    return Town(owner, (await sessions.sign_in_as(login)).token)


async def _clear(towns: Sequence[Town]) -> None:
    for town in towns:
        for bucket in (Bucket.INCOMING, Bucket.SEALED, Bucket.DERIVED):
            prefix = f"{town.owner.tenant_id}/"
            for upload in await store().list_uploads(bucket, prefix):
                await store().abort_multipart(bucket, upload.key, upload.id)
            async for head in store().list(bucket, prefix):
                await store().delete(bucket, head.key)


async def reconciled(owner: Owner, hours: float) -> Report:
    """What the reconciler finds of one town `hours` from now, uploads given up that are late."""
    later, present = clock.now() + timedelta(hours=hours), clock.now
    clock.now = lambda: later
    try:
        await housekeeping.sweep(owner)
        return await housekeeping.reconcile(owner)
    finally:
        clock.now = present


async def strays(town: Town) -> list[str]:
    """Objects and open uploads that no row stands behind, told without the reconciler's help."""
    scope, prefix = Scope.of_tenant(town.owner, "bench"), f"{town.owner.tenant_id}/"
    async with tenant_transaction(scope, read_only=True) as transaction:
        rows = await transaction.fetch("select id, state, upload_id from evidence_items")
    known = {str(row["id"]): row for row in rows}
    found = []
    for bucket in (Bucket.INCOMING, Bucket.SEALED, Bucket.DERIVED):
        wanted = {"QUARANTINED"} if bucket is Bucket.INCOMING else {"SEALED"}
        async for head in store().list(bucket, prefix):
            row = known.get(head.key.split("/")[1])
            if row is None or row["state"] not in wanted:
                found.append(f"{bucket}/{head.key}")
        for upload in await store().list_uploads(bucket, prefix):
            row = known.get(upload.key.split("/")[1])
            if row is None or row["state"] != "PENDING" or row["upload_id"] != upload.id:
                found.append(f"{bucket}/{upload.key}?{upload.id}")
    return found


async def states(towns: Sequence[Town]) -> dict[str, int]:
    """How many pieces of evidence are in each state, over all towns."""
    everything = frozenset(town.owner.tenant_id for town in towns)
    first = towns[0].owner
    scope = Scope("bench", first, frozenset({first.district_id}), everything, everything)
    async with tenant_transaction(scope, read_only=True) as transaction:
        rows = await transaction.fetch(
            "select state, count(*)::int as n from evidence_items group by state"
        )
    return {row["state"]: row["n"] for row in rows}


async def failures(task: str) -> list[str]:
    """What the deliveries of one task failed with so far.

    A delivery that a second run settled keeps no error; that it failed shows by the next one.
    """
    rows = await _statement(
        settings().relay_database_url,
        "select error, failures from outbox_deliveries where task = $1 order by created_at",
        task,
    )
    told = [row["error"] for row in rows if row["failures"]]
    return told or ["announced again after a failure"] * (len(rows) > 1)


async def unsettled() -> int:
    """Events and deliveries that still wait."""
    rows = await _statement(
        settings().relay_database_url,
        "select (select count(*) from outbox_events where routed_at is null)"
        " + (select count(*) from outbox_deliveries where state <> 'DONE') as n",
    )
    return int(rows[0]["n"])


@asynccontextmanager
async def _scratch(environment: Mapping[str, str], template: str) -> AsyncIterator[None]:
    """A database, a queue and buckets of its own; the database is dropped afterwards."""
    chosen = settings()
    urls = {
        "DATABASE_URL": chosen.database_url,
        "OWNER_DATABASE_URL": chosen.owner_database_url,
        "RELAY_DATABASE_URL": chosen.relay_database_url,
    }
    changed = {
        **{f"ANSHANG_{name}": f"{urls[name].rsplit('/', 1)[0]}/{SCRATCH}" for name in _URLS},
        "ANSHANG_QUEUE_NAMESPACE": SCRATCH,
        "ANSHANG_S3_BUCKET_PREFIX": PREFIX,
        **environment,
    }
    before = {name: os.environ.get(name) for name in changed}
    of = f' template "{template}"' if template else ""
    await _statement(chosen.owner_database_url, f'create database "{SCRATCH}"{of}')
    os.environ.update(changed)
    _forget()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        _forget()
        drop = f'drop database if exists "{SCRATCH}" with (force)'
        await _statement(chosen.owner_database_url, drop)


def _forget() -> None:
    settings.cache_clear()
    store.cache_clear()


async def _statement(url: str, sql: str, *values: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(**database.credentials(url))
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        with suppress(OSError):
            await connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
