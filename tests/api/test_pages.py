"""Pages for integrators: what they print is run as printed, what is made of code holds."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn
from graphql import build_schema
from strawberry import relay

from api.app import create_app
from api.schema_changes import last_release
from infra import pages
from service.register.commands import add_premises, enrol_enterprise
from service.register.imports import begin
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.changes.conftest import app_of
from tests.conftest import Execute, World

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "api").glob("*.md"))
BLOCKS = [
    (page.name, number, block)
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"^```graphql\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    )
]
QUICK = (ROOT / "docs" / "api" / "quick-start.md").read_text("utf-8")
COMMANDS = re.findall(r"^```sh\n(curl.*?)^```", QUICK, re.DOTALL | re.MULTILINE)


@pytest.fixture
async def shop(world: World) -> str:
    """An enterprise of the town with a place, and an import that was begun; its id."""
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        row = await enrol_enterprise(town.owner, name="示例商行", alternate_id="旧1")
        await add_premises(row.id, name="店", address="某路1号", latitude=29.6, longitude=106.5)
        begun = await begin(town.owner, "名单.xlsx", 1000)
    return relay.to_base64("EnterpriseImport", str(begun.batch.id))


@pytest.mark.parametrize(("page", "number", "block"), BLOCKS, ids=lambda v: str(v)[:20])
async def test_a_printed_question_is_answered(
    world: World, shop: str, execute: Execute, page: str, number: int, block: str
) -> None:
    asks = world.towns[0].principal()
    if "app {" in block or "changes(" in block:
        asks = app_of(world.towns[:1])
    variables = {"id": shop} if "$id" in block else {}

    answer = await execute(asks, block, variables)

    assert answer["errors"] == []
    assert all(value is not None for value in answer["data"].values()), answer


@pytest.fixture
async def door(world: World) -> AsyncIterator[str]:
    """The API on a free port; the token `town` is the town's administrator."""

    async def authenticate(token: str) -> Principal:
        assert token == "town"
        return world.towns[0].principal(Role.TENANT_ADMIN)

    config = uvicorn.Config(
        create_app(authenticate), host="127.0.0.1", port=0, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def said(command: str, door: str) -> Any:
    """What a shell prints for a command, as JSON."""
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        command,
        env={**os.environ, "ANSHANG": door, "TOKEN": "town", "no_proxy": "127.0.0.1"},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return orjson.loads(out)


async def test_the_commands_of_the_quick_start_do_what_they_say(
    world: World, shop: str, door: str
) -> None:
    ask, act = COMMANDS

    listed = await said(ask, door)
    first = await said(act, door)
    again = await said(act, door)
    after = await said(ask, door)

    assert listed["data"]["enterprises"]["totalCount"] == 1
    assert first["data"]["enrolEnterprise"]["errors"] == []
    assert again["data"] == first["data"]
    assert after["data"]["enterprises"]["totalCount"] == 2


def rows() -> dict[str, str]:
    """Code → its row on the page."""
    text = pages.ERROR_CODES.read_text("utf-8")
    return {found[1]: found[0] for found in re.finditer(r"^\| `(\w+)` \| .*$", text, re.MULTILINE)}


def test_the_page_of_codes_has_every_released_code_with_its_meaning() -> None:
    released = pages.mutations(build_schema(last_release().read_text("utf-8")))
    meanings = pages.meanings()
    page = rows()

    assert set(released) <= set(page), "make pages"
    for code, row in page.items():
        assert row.split("|")[2].strip() == meanings.get(code, "gone"), f"{code}: make pages"


def test_every_code_says_what_it_means() -> None:
    made = pages.error_codes(build_schema((ROOT / "graphql" / "schema.graphql").read_text("utf-8")))

    assert [code for code, row in made.items() if not row.split("|")[2].strip()] == []


def test_the_page_of_errors_leads_to_all_codes() -> None:
    assert "(error-codes.md)" in (ROOT / "docs" / "api" / "errors.md").read_text("utf-8")
