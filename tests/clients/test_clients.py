"""Clients made from the schema: they are typed, and do what an integrator's first program does."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from graphql import FragmentDefinitionNode, OperationDefinitionNode, build_schema, parse, validate

from api.app import create_app
from infra import clients
from service.identity import queries, sessions
from service.register.commands import enrol_enterprise
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.identity import conftest as identity

register, grant, hire = identity.register, identity.grant, identity.hire
Make = Callable[..., Any]
PYTHON, TYPESCRIPT = clients.CLIENTS / "python", clients.CLIENTS / "typescript"
SHOPS = [f"示例商行{number}" for number in range(25)]

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("clients")]
with_node = pytest.mark.skipif(
    not (clients.CONSOLE / "node_modules" / ".bin" / "graphql-codegen").is_file(),
    reason="the packages of the console are not installed: make console",
)


@pytest.fixture(scope="module")
def made() -> None:
    """Both clients, made anew."""
    try:
        clients.install_tools()
    except SystemExit as reason:
        pytest.skip(f"what makes the clients could not be installed: {reason}")
    clients.main()


@pytest.fixture
async def door(world: World) -> AsyncIterator[str]:
    """The API on a free port, with the real sign-in."""
    config = uvicorn.Config(
        create_app(queries.authenticate),
        host="127.0.0.1",
        port=0,
        lifespan="off",
        log_config=None,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
async def credentials(
    world: World, door: str, register: Make, grant: Make, hire: Make
) -> dict[str, str]:
    """What the example needs: an application that one town let in, and a clerk of the town."""
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        for number, name in enumerate(SHOPS):
            await enrol_enterprise(town.owner, name=name, alternate_id=f"旧{number}")
    app, secret = await register("register:read")
    await grant(app, town.owner)
    clerk = await hire(town.owner)
    signed_in = await sessions.sign_in(clerk.login, identity.PASSWORD, identity.ADDRESS)
    return {
        **os.environ,
        "ANSHANG": door,
        "CLIENT_ID": app.client_id,
        "CLIENT_SECRET": secret,
        "TOWN_TOKEN": signed_in.token,
    }


async def run(*command: str | Path, cwd: Path, env: dict[str, str]) -> dict[str, Any]:
    """What a program printed, as JSON; the API answers meanwhile."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=cwd,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, err.decode()
    found: dict[str, Any] = json.loads(out)
    return found


def judge(said: dict[str, Any]) -> None:
    """Every step of the example has gone as its page says."""
    assert sorted(said["names"]) == sorted(SHOPS)  # two pages
    assert said["enrolled"] == "晨光副食店"
    assert said["sameAnswer"] is True
    assert said["refusedWith"] == ["CONFLICT"]
    assert said["begun"] == ["RESYNC"]
    assert said["followed"] == []
    assert said["overreach"] == ["FORBIDDEN"]


def checked(*command: str | Path, cwd: Path) -> str:
    """What a type checker complains of."""
    done = subprocess.run(
        [str(one) for one in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def mypy(program: Path) -> str:
    return checked(
        sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=",
        "--python-executable", clients.TOOLS / "bin" / "python", program, cwd=PYTHON,
    )  # fmt: skip


def test_documents_are_joined_without_losing_one() -> None:
    files = sorted((clients.ROOT / "graphql" / "operations").glob("*.graphql"))
    whole = parse(clients.joined({file.stem: file.read_text() for file in files}))
    schema = build_schema((clients.ROOT / "graphql" / "schema.graphql").read_text())

    def operations(document: Any) -> list[str]:
        found = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        return sorted(d.name.value for d in found if d.name)

    assert validate(schema, whole) == []
    assert operations(whole) == sorted(
        name for file in files for name in operations(parse(file.read_text()))
    )


def test_fragments_that_share_a_name_stay_apart() -> None:
    text = "query {0} {{ a {{ ...Part }} }} fragment Part on A {{ {0} }}"

    whole = parse(clients.joined({"one_file": text.format("x"), "two": text.format("y")}))

    names = [d.name.value for d in whole.definitions if isinstance(d, FragmentDefinitionNode)]
    assert names == ["OneFilePart", "TwoPart"]


def test_the_python_client_is_typed(made: None, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    text = (PYTHON / "example.py").read_text()
    wrong.write_text(text.replace("one.name async for", "one.title async for"))
    (tmp_path / "anshang_client").symlink_to(PYTHON / "anshang_client")

    assert mypy(PYTHON / "example.py") == ""
    complaint = checked(
        sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=",
        "--python-executable", clients.TOOLS / "bin" / "python", wrong, cwd=tmp_path,
    )  # fmt: skip
    assert 'has no attribute "title"' in complaint


async def test_the_python_client_works(
    made: None, world: World, credentials: dict[str, str]
) -> None:
    said = await run(clients.TOOLS / "bin" / "python", "example.py", cwd=PYTHON, env=credentials)

    judge(said)
    assert said["stranger"] == "GraphQLClientHttpError"


@with_node
async def test_the_typescript_client_is_typed_and_works(
    made: None, world: World, credentials: dict[str, str]
) -> None:
    complaint = await asyncio.to_thread(
        checked, "node_modules/.bin/tsc", "--project", ".", cwd=TYPESCRIPT
    )

    assert complaint == ""
    said = await run("node", "dist/example.js", cwd=TYPESCRIPT, env=credentials)
    judge(said)
    assert said["stranger"] == ["TOKEN_UNKNOWN"]


@with_node
def test_typescript_knows_what_the_schema_does_not_have(made: None) -> None:
    wrong = TYPESCRIPT / "wrong.ts"
    text = (TYPESCRIPT / "example.ts").read_text()
    wrong.write_text(text.replace("edge.node.name", "edge.node.title"))
    try:
        complaint = checked(
            "node_modules/.bin/tsc", "--noEmit", "--strict", "--target", "es2023", "--module",
            "nodenext", "--types", "node", "--skipLibCheck", "--allowImportingTsExtensions",
            "--ignoreConfig", "wrong.ts", cwd=TYPESCRIPT,
        )  # fmt: skip
    finally:
        wrong.unlink()

    assert "Property 'title' does not exist" in complaint
