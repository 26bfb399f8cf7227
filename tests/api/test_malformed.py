"""Input that no client of good will sends: each a clear refusal, never a defect of ours."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson
import pytest

from api.app import create_app
from api.protocol import BODY_LIMIT
from tenants.principal import Principal

FIND = "query($text: String!) { enterprises(where: {search: $text}) { totalCount } }"
ENROL = (
    "mutation($input: EnrolEnterpriseInput!) {"
    " enrolEnterprise(input: $input) { enterprise { id } errors { code path } } }"
)
TOWN = {"Authorization": "Bearer town", "Content-Type": "application/json"}
NOBODY = "00000000-0000-7000-8000-000000000001"


@pytest.fixture
async def client(world: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application; any token is the town's."""

    async def authenticate(token: str) -> Principal:
        principal: Principal = world.towns[0].principal()
        return principal

    transport = httpx2.ASGITransport(app=create_app(authenticate))
    async with httpx2.AsyncClient(transport=transport, base_url="http://anshang") as made:
        yield made


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "{ __typename }", "operationName": "\\ud800"}',
        b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
        b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 5_000 + b"}}",
        b'{"query": "{ __typename }", "variables": {"a": NaN}}',
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 9_000 + b"]" * 9_000 + b"}}",
        b"[" * 100_000,
    ],
    ids=["name", "surrogate", "digits", "nan", "deep", "open"],
)
async def test_what_is_not_json_is_refused_as_such(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post("/graphql", content=body, headers=TOWN)

    assert (answer.status_code, answer.text) == (400, "Unable to parse request body as JSON")


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_has_a_bound(client: httpx2.AsyncClient, *, chunked: bool) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b" " * (BODY_LIMIT // 8)

    content: Any = pieces() if chunked else b" " * (BODY_LIMIT + 1)
    answer = await client.post("/graphql", content=content, headers=TOWN)

    assert answer.status_code == 413
    assert str(BODY_LIMIT) in answer.text


async def test_a_body_up_to_the_bound_is_read(client: httpx2.AsyncClient) -> None:
    body = b'{"query": "{ __typename }"}'.ljust(BODY_LIMIT)

    answer = await client.post("/graphql", content=body, headers=TOWN)

    assert answer.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("name", ["甲\0乙", "\0"])
async def test_text_with_nul_is_refused_before_the_database_sees_it(
    execute: Any, world: Any, name: str
) -> None:
    town = world.towns[0].principal()

    found = await execute(town, FIND, {"text": name})
    literal = await execute(town, '{ enterprises(where: {search: "a\\u0000b"}) { totalCount } }')
    keyed = {"name": "甲", "alternateId": "1", "idempotencyKey": name}
    acted = await execute(town, ENROL, {"input": keyed})
    named = await execute(town, ENROL, {"input": {"name": name, "alternateId": "1"}})

    for answer in (found, literal, acted, named):
        assert codes(answer) == ["TEXT"]


async def test_an_id_of_no_object_is_refused_not_logged(execute: Any, world: Any) -> None:
    for text in ("Nothing:1", "Query:1", "__Schema:1", "Node:1"):
        given = base64.b64encode(text.encode()).decode()
        answer = await execute(
            world.towns[0].principal(), "query($id: ID!) { node(id: $id) { id } }", {"id": given}
        )

        assert codes(answer) == ["INVALID"], text


@pytest.mark.parametrize(
    ("field", "after"),
    [
        ("enterprises", cursor("99999", NOBODY)),
        ("tenants", cursor("9" * 23, NOBODY)),
        ("tenants", cursor("5\x00", NOBODY)),
        ("blacklistCases", cursor("yesterday", NOBODY)),
        ("blacklistCases", cursor("2026-11-23T00:00:00", NOBODY)),
        ("auditEntries", cursor("3", NOBODY)),
        ("auditEntries", cursor(2**63, NOBODY)),
        ("auditEntries", cursor(True, NOBODY)),
        ("jointPlans", cursor(None, NOBODY)),
        ('publicBlacklist(district: "1")', cursor("x", NOBODY)),
    ],
)
async def test_a_cursor_of_another_list_is_refused(
    execute: Any, world: Any, field: str, after: str
) -> None:
    name, _, rest = field.partition("(")
    given = f'{name}(after: "{after}"' + (f", {rest}" if rest else ")")

    answer = await execute(world.towns[0].principal(), f"{{ {given} {{ edges {{ cursor }} }} }}")

    assert codes(answer) == ["CURSOR"]


async def test_a_line_longer_than_any_is_refused(execute: Any, world: Any) -> None:
    answer = await execute(
        world.towns[0].principal(),
        "query($line: String) { bodies(line: $line) { totalCount } }",
        {"line": "消" * 200},
    )

    assert codes(answer) == ["INVALID"]
