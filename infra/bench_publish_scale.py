"""Benchmark: what an entry costs in a log of 10³ to 10⁶ entries, and what checking it costs."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from infra.bench_publish import BATCH, TOWN, _clear, _scratch
from service import clock, database
from service.administration.provisioning import provision
from service.ids import new_id
from service.publication import publisher, verifier
from service.publication.events import EventKind, PublicEvent
from service.publication.publisher import LOG_NAME, prefix_of, signer_of
from service.publication.redaction import SALT, record_commitment
from service.storage import Bucket, ObjectMissing, store
from tenants.directory import owner_of
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

SIZES = (1_000, 10_000, 100_000, 1_000_000)
CHUNK = 5_000  # events in one statement
SINGLES = 20  # publications one by one at each size
PROVED = 1_000  # records that the Go client proves to be included, evenly spread
CLIENT = Path(__file__).parents[1] / "tests" / "publication" / "go" / "main.go"
MODULES = Path("/usr/share/gocode")  # where Debian keeps the sources of Go libraries
_MEASURED = (
    "import runpy, sys; sys.argv = sys.argv[1:]\n"
    "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
    "finally: print('PEAK', open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
)
_INSERT = """
insert into publication_events (id, tenant_id, district_id, entry_id, subject_id, kind, publication,
    at, since, policy, "full", secret, record, salt, leaf)
select e.id, $1, $2, e.entry_id, e.entry_id, 'PUBLISH', 'SERIOUS_DISHONESTY', $3, $3, 'bench',
    '{}', '', e.record, e.salt, e.leaf
from unnest($4::uuid[], $5::uuid[], $6::jsonb[], $7::text[], $8::text[])
    as e (id, entry_id, record, salt, leaf)
"""


def run(largest: str = "10000") -> dict[str, Any]:
    """Grow one log to so many entries through the publisher, and measure on the way.

    At each power of ten: `entries_per_second` on the way there, `batch_ms` an entry in a batch of
    1,000, `single_ms` of publications one by one, seconds and MiB of the stand-alone verifier
    and, where Go is installed, of the client of golang.org/x/mod/sumdb over HTTP.
    """
    return asyncio.run(_run(int(largest)))


async def _run(largest: int) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    async with _scratch():
        await database.migrate()
        async with database.database():
            await provision([TOWN])
            town = await owner_of(TOWN)
            try:
                await _fill(town, 1)
                await publisher.flush(town.district_id)  # the first plans every statement
                done, before = 1, b""
                for size in (one for one in SIZES if one <= largest):
                    found, before = await _grow(town, size - done, before)
                    done = size + BATCH + SINGLES
                    figures[f"{size:,}"] = found
                    print(f"{size:,} {json.dumps(found)}", file=sys.stderr, flush=True)
            finally:
                await _clear(town.district_id)
    return figures


async def _grow(town: Owner, count: int, before: bytes) -> tuple[dict[str, Any], bytes]:
    await _fill(town, count)
    begun = time.perf_counter()
    await publisher.flush(town.district_id)
    spent = time.perf_counter() - begun
    await _fill(town, BATCH)
    begun = time.perf_counter()
    await publisher.flush(town.district_id)
    batch = time.perf_counter() - begun
    singles = []
    for _ in range(SINGLES):
        await _fill(town, 1)
        begun = time.perf_counter()
        await publisher.flush(town.district_id)
        singles.append(time.perf_counter() - begun)
    checked, note = await _check(town, before)
    return {
        "entries_per_second": round(count / spent),
        "batch_ms": round(batch * 1000 / BATCH, 3),
        "single_ms": round(sorted(singles)[SINGLES // 2] * 1000, 1),
        **checked,
    }, note


async def _fill(town: Owner, count: int) -> None:
    """Put events into the queue by the thousand, as `announce` would one by one."""
    for start in range(0, count, CHUNK):
        at, rows = clock.now(), []
        for _ in range(min(CHUNK, count - start)):
            identity, entry, salt = new_id(), new_id(), os.urandom(SALT)
            record = {"shown": {"party_name": f"示例商贸{entry}", "cause": "拒不整改重大事故隐患"}}
            event = PublicEvent(
                identity,
                entry,
                EventKind.PUBLISH,
                "SERIOUS_DISHONESTY",
                at,
                record_commitment(record, salt),
            )
            text = json.dumps(record, ensure_ascii=False)
            rows.append((identity, entry, text, salt.hex(), event.leaf().decode()))
        async with tenant_transaction(Scope.of_tenant(town, "bench")) as transaction:
            columns = (list(column) for column in zip(*rows, strict=True))
            await transaction.fetch(
                _INSERT + " returning 1", town.tenant_id, town.district_id, at, *columns
            )


async def _check(town: Owner, before: bytes) -> tuple[dict[str, Any], bytes]:
    """Run the verifiers from outside over the network; the checkpoint for the next time."""
    async with tenant_transaction(Scope.of_platform("bench"), read_only=True) as transaction:
        (row,) = await transaction.fetch(
            "select code from districts where id = $1", town.district_id
        )
    prefix = prefix_of(row["code"])
    key = str(signer_of(f"{LOG_NAME}/{row['code']}").verifier_key)
    note, _ = await store().get(Bucket.PUBLIC, f"{prefix}/checkpoint")
    with _serving(prefix) as url:
        found = await asyncio.to_thread(_verify, url, key)
        found |= await asyncio.to_thread(_verify_in_go, url, key, before)
    return found, note


@contextmanager
def _serving(prefix: str) -> Iterator[str]:
    """The feed over HTTP, as any web server before the bucket would show it."""
    loop = asyncio.get_running_loop()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = store().get(Bucket.PUBLIC, prefix + self.path)
            try:
                body, _ = asyncio.run_coroutine_threadsafe(asked, loop).result()
                self.send_response(200)
            except ObjectMissing:
                body = b""
                self.send_response(404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _verify(url: str, key: str) -> dict[str, Any]:
    begun = time.perf_counter()
    command = [sys.executable, "-c", _MEASURED, verifier.__file__, url, "--key", key]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        raise RuntimeError(f"the verifier refuses the log: {told.stdout}{told.stderr}")
    return {
        "verifier_s": round(time.perf_counter() - begun, 2),
        "verifier_mib": int(told.stdout.split("PEAK ")[1]) // 1024,
    }


def _verify_in_go(url: str, key: str, before: bytes) -> dict[str, Any]:
    if not (shutil.which("go") and MODULES.exists()):
        return {"go": "not installed: apt-get install golang-go golang-golang-x-mod-dev"}
    with tempfile.TemporaryDirectory() as folder:
        program, old = Path(folder) / "client", Path(folder) / "checkpoint"
        environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(MODULES)}
        environment.setdefault("GOCACHE", f"{folder}/cache")
        subprocess.run(["go", "build", "-o", program, CLIENT], env=environment, check=True)
        size = int(verifier.opener(url)("checkpoint").split(b"\n")[1])
        command: list[Any] = [program, "-url", url, "-key", key]
        command += ["-every", str(max(1, size // PROVED))]
        if before:
            old.write_bytes(before)
            command += ["-old", old]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        raise RuntimeError(f"the Go client refuses the log: {told.stderr}")
    found = json.loads(told.stdout)
    assert found["records"] == size
    return {
        "go_s": round(found["seconds"], 2),
        "go_mib": found["peak_rss_mib"],
        "go_proved": found["proved"],
        "go_consistent_from": found["old_size"],
    }
