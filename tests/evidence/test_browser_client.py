"""The client for browsers (clients/browser) against the real API and the real store, in Node."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from graphql import build_schema, parse, validate

from api.app import create_app
from service.evidence.records import Evidence
from service.evidence.sealing import verify_and_seal
from service.ids import new_id
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.evidence.test_uploader import film

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "clients" / "browser" / "evidence-upload.js"
PAGE = Path(__file__).with_name("browser_upload.mjs")
MIB = 1 << 20
Open = Callable[..., Awaitable[dict[str, Any]]]

with_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")


@pytest.fixture
async def page(world: World, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens the page of an inspector with a file of 42 MiB, six parts; what it said at its end."""

    async def inspector(token: str) -> Principal:
        return world.towns[0].principal(Role.INSPECTOR)

    config = uvicorn.Config(
        create_app(inspector), host="127.0.0.1", port=0, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    chosen = {
        "API": f"http://127.0.0.1:{port}/graphql",
        "TOKEN": "any",
        "FILE": str(film(tmp_path, 42 * MIB)),
        "STORAGE": str(tmp_path / "storage.json"),
        "SUBJECT": str(new_id()),
    }

    async def opened(**environment: str) -> dict[str, Any]:
        node = await asyncio.create_subprocess_exec(
            "node", str(PAGE), env={**os.environ, **chosen, **environment},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, complaint = await node.communicate()
        assert out, complaint.decode()
        return {**json.loads(out), "subject": chosen["SUBJECT"]}

    yield opened
    server.should_exit = True
    await serving


async def sealed(world: World, subject: str) -> Evidence:
    """The one piece of evidence of a subject, verified."""
    scope = world.towns[0].scope()
    async with tenant_transaction(scope, read_only=True):
        row = await Evidence.get(subject_id=subject)
    assert await verify_and_seal(scope, row.id) == "SEALED"
    return row


@with_node
async def test_a_file_is_sent_in_parts_and_broken_ones_are_sent_once_more(
    world: World, page: Open, tmp_path: Path
) -> None:
    said = await page(BREAK="2,5")

    assert sorted(said["puts"]) == [1, 2, 2, 3, 4, 5, 5, 6]
    assert said["asked"] == ["beginEvidenceUpload", "renewEvidenceUpload", "completeEvidenceUpload"]
    digest = sha256((tmp_path / "过程.mp4").read_bytes()).hexdigest()
    assert said["digests"] == [digest, digest]
    assert (await sealed(world, said["subject"])).sha256 == digest


@with_node
async def test_a_page_that_was_closed_goes_on_where_it_stopped(world: World, page: Open) -> None:
    closed = await page(CLOSE_AFTER="4")
    assert closed["closed"]

    said = await page()

    assert "beginEvidenceUpload" not in said["asked"]
    # What was under way when the page was closed, three parts at most, may have to go again.
    assert len(said["puts"]) <= 6 - 4 + 3
    assert said["storage"] == "{}"
    await sealed(world, said["subject"])


@with_node
async def test_an_upload_is_given_up_and_forgotten(world: World, page: Open) -> None:
    said = await page(GIVE_UP="1")

    assert said["code"] == "EVIDENCE_STATE"
    assert said["storage"] == "{}"
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        assert (await Evidence.get(subject_id=said["subject"])).state == "ABANDONED"


def test_what_the_client_asks_fits_the_schema() -> None:
    schema = build_schema((ROOT / "graphql" / "schema.graphql").read_text("utf-8"))
    text = CLIENT.read_text("utf-8")
    shared = {
        name: re.search(rf'const {name} = [`"](.*?)[`"];', text, re.S)[1]  # type: ignore[index]
        for name in ("UPLOAD", "ERRORS")
    }
    documents = re.findall(r"`(mutation .*?)`", text, re.S)

    assert len(documents) == 4
    for document in documents:
        whole = re.sub(r"\$\{(\w+)\}", lambda found: shared[found[1]], document)
        assert validate(schema, parse(whole)) == []
