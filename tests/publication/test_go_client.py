"""The Go project's own client reads our log over HTTP: notes, tiles, records and both proofs."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from service.publication.events import EventKind
from tests.conftest import World
from tests.publication.district import KEY, event
from tests.publication.district import publish as published
from tests.publication.test_keys import configure, key, publish
from tests.publication.test_publisher import files

SOURCES = Path("/usr/share/gocode")
MISSING = "SKIPPED: no Go client here; apt-get install golang-go golang-golang-x-mod-dev"
SEED = bytes([7]) * 32


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built once from the sources that Debian ships."""
    if not (shutil.which("go") and (SOURCES / "src/golang.org/x/mod/sumdb").is_dir()):
        pytest.skip(MISSING)
    folder = tmp_path_factory.mktemp("go")
    source = Path(__file__).with_name("go") / "main.go"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(SOURCES)}
    environment["GOCACHE"] = str(folder / "cache")
    subprocess.run(["go", "build", "-o", folder / "client", source], env=environment, check=True)
    return folder / "client"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(found: dict[str, bytes], folder: Path) -> Iterator[str]:
    for name, body in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def run(client: Path, url: str, key: str, *more: Any) -> "subprocess.CompletedProcess[str]":
    command = [client, "-url", url, "-key", key, *map(str, more)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def test_go_accepts_what_the_publisher_wrote_and_that_it_grew(
    client: Path, world: World, tmp_path: Path
) -> None:
    configure(SEED)
    await publish(world, 5)
    old = tmp_path / "old"
    old.write_bytes((await files(world))["checkpoint"])
    await publish(world, 300)
    with serving(await files(world), tmp_path / "feed") as url:
        told = await asyncio.to_thread(run, client, url, key(world, SEED), "-old", old)

    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert (found["size"], found["records"], found["proved"], found["old_size"]) == (
        305,
        305,
        305,
        5,
    )


@pytest.mark.parametrize("count", [1, 255, 256, 257, 513])
def test_go_accepts_logs_of_awkward_sizes(client: Path, tmp_path: Path, count: int) -> None:
    found = published([event(n, n, EventKind.PUBLISH) for n in range(count)])
    with serving(found, tmp_path) as url:
        told = run(client, url, KEY)

    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["proved"] == count


@pytest.mark.parametrize(
    "path", ["checkpoint", "tile/0/000", "tile/entries/001.p/44", "tile/0/001.p/44"]
)
def test_go_refuses_what_was_changed(client: Path, tmp_path: Path, path: str) -> None:
    found = published([event(n, n, EventKind.PUBLISH) for n in range(300)])
    body = bytearray(found[path])
    body[len(body) // 2] ^= 1
    with serving({**found, path: bytes(body)}, tmp_path) as url:
        told = run(client, url, KEY)

    assert told.returncode == 1
    assert "FAULT" in told.stderr


def test_go_refuses_a_fork(client: Path, tmp_path: Path) -> None:
    ours = [event(n, n, EventKind.PUBLISH) for n in range(40)]
    other = [*ours[:20], *(event(n, n + 500, EventKind.PUBLISH) for n in range(20, 60))]
    (tmp_path / "old").write_bytes(published(ours)["checkpoint"])
    with serving(published(other), tmp_path / "feed") as url:
        told = run(client, url, KEY, "-old", tmp_path / "old")

    assert told.returncode == 1
    assert "FAULT" in told.stderr
