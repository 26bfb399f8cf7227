"""The reference suite of GraphQL over HTTP, where its package is installed."""

import asyncio
import os
import shutil

import orjson
import pytest

from infra.bench_api_servers import NODE, PEERS
from tests.api.test_http import door

__all__ = ["door"]

INSTALLED = (PEERS / "node_modules" / "graphql-http").is_dir()
RUNTIME = str(PEERS / NODE) if (PEERS / NODE).is_file() else shutil.which("node")


@pytest.mark.skipif(not (INSTALLED and RUNTIME), reason="npm install in infra/bench_peers first")
async def test_all_audits_of_graphql_over_http_pass(door: str) -> None:
    assert RUNTIME is not None
    process = await asyncio.create_subprocess_exec(
        RUNTIME,
        "audit.mjs",
        cwd=PEERS,
        env={**os.environ, "URL": f"http://{door}/graphql", "TOKEN": "town"},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 100)
    report = orjson.loads(out)

    assert report["failed"] == []
    assert report["ok"] == report["of"] >= 61
