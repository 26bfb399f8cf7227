"""The door over real HTTP and real sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson
import pytest
import uvicorn
import websockets
from strawberry import relay

from api.app import create_app
from api.context import Context
from api.jobs import Job as JobNode
from api.schema import schema
from service import jobs
from service.errors import SafetyError
from service.identity.rules import TokenExpired
from tenants.principal import Principal
from tenants.wall import tenant_transaction

ACT = 'mutation { enrolEnterprise(input: {name: "甲", alternateId: "1"}) { errors { code } } }'
LIST = "{ enterprises(first: 2) { totalCount } }"


@pytest.fixture
async def door(world: Any) -> AsyncIterator[str]:
    """A server on a free port whose only valid token is `town`; `old` has expired."""

    async def authenticate(token: str) -> Principal:
        if token == "town":
            return world.towns[0].principal()
        if token == "old":
            raise TokenExpired("this token has expired; sign in again")
        raise SafetyError("unknown token")

    config = uvicorn.Config(
        create_app(authenticate), host="127.0.0.1", port=0, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def post(door: str, query: str, token: str = "town", **body: Any) -> httpx2.Response:
    async with httpx2.AsyncClient() as client:
        return await client.post(
            f"http://{door}/graphql",
            json={"query": query, **body},
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )


async def test_a_signed_in_town_gets_its_answer_with_a_request_id(door: str) -> None:
    answer = await post(door, LIST)

    assert answer.status_code == 200
    assert answer.json()["data"] == {"enterprises": {"totalCount": 0}}
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(("token", "code"), [("old", "TOKEN_EXPIRED"), ("forged", "REFUSED")])
async def test_a_bad_token_is_refused_before_anything_is_read(
    door: str, token: str, code: str
) -> None:
    answer = await post(door, LIST, token)

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == code


async def test_anonymous_callers_get_no_map_of_the_schema(door: str) -> None:
    answer = await post(door, "{ __schema { types { name } } }", token="")

    assert "data" not in answer.json() or answer.json()["data"] is None
    assert answer.json()["errors"]


async def test_two_acts_in_one_request_are_refused(door: str) -> None:
    act = 'enrolEnterprise(input: {name: "甲", alternateId: "1"}) { errors { code } }'

    answer = await post(door, f"mutation {{ a: {act} b: {act} }}")

    assert answer.json().get("data") is None
    again = await post(door, LIST)
    assert again.json()["data"]["enterprises"]["totalCount"] == 0


async def test_a_defect_is_masked_and_carries_the_request_id(
    door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ValueError("secret: the password is 123")

    monkeypatch.setattr("api.administration.page", broken)

    answer = await post(door, "{ tenants { totalCount } }")

    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in answer.text
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]


async def test_a_mutation_over_get_is_refused(door: str) -> None:
    async with httpx2.AsyncClient() as client:
        answer = await client.get(
            f"http://{door}/graphql",
            params={"query": ACT},
            headers={"Authorization": "Bearer town"},
        )

    assert answer.status_code in {400, 405}


@contextlib.asynccontextmanager
async def socket(door: str) -> AsyncIterator[Any]:
    async with websockets.connect(
        f"ws://{door}/graphql",
        subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
        additional_headers={"Authorization": "Bearer town"},
    ) as connection:
        await connection.send(orjson.dumps({"type": "connection_init"}).decode())
        assert orjson.loads(await connection.recv())["type"] == "connection_ack"
        yield connection


async def subscribe(connection: Any, query: str, variables: dict[str, Any]) -> None:
    payload = {"query": query, "variables": variables}
    message = {"id": "1", "type": "subscribe", "payload": payload}
    await connection.send(orjson.dumps(message).decode())


async def test_a_job_is_watched_until_it_ends(door: str, world: Any) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        job = await jobs.start(town.owner, "test.count", total=2)
    watched = str(relay.to_base64(JobNode.__name__, str(job.id)))

    seen = []
    async with asyncio.timeout(20), socket(door) as connection:
        await subscribe(
            connection,
            "subscription($id: ID!) { jobProgress(jobId: $id) { state done } }",
            {"id": watched},
        )
        seen.append(orjson.loads(await connection.recv())["payload"]["data"]["jobProgress"])
        async with tenant_transaction(town.scope()):
            assert await jobs.report(town.owner, job.id, done=1, total=2)
        seen.append(orjson.loads(await connection.recv())["payload"]["data"]["jobProgress"])
        async with tenant_transaction(town.scope()):
            await jobs.finish(town.owner, job.id, "DONE", result={})
        seen.append(orjson.loads(await connection.recv())["payload"]["data"]["jobProgress"])
        assert orjson.loads(await connection.recv())["type"] == "complete"

    assert [one["state"] for one in seen] == ["QUEUED", "RUNNING", "DONE"]


@pytest.mark.parametrize("document", [ACT, LIST])
async def test_queries_and_acts_do_not_run_over_a_socket(door: str, document: str) -> None:
    async with asyncio.timeout(20), socket(door) as connection:
        await subscribe(connection, document, {})
        answer = orjson.loads(await connection.recv())

    errors = answer["payload"] if answer["type"] == "error" else answer["payload"]["errors"]
    assert errors[0]["extensions"]["code"] == "OPERATION"
    listed = await post(door, LIST)
    assert listed.json()["data"]["enterprises"]["totalCount"] == 0


async def test_a_bad_token_opens_no_socket(door: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(
            f"ws://{door}/graphql",
            subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
            additional_headers={"Authorization": "Bearer old"},
        ):
            raise AssertionError("the socket opened")

    assert refused.value.response.status_code == 403


async def test_a_subscription_ends_with_the_token_that_opened_it(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        job = await jobs.start(town.owner, "test.count", total=2)
    revoked = False

    async def renew() -> Principal:
        if revoked:
            raise TokenExpired("this token was revoked; sign in again")
        return town.principal()

    context = Context(town.principal(), renew=renew)
    watched = str(relay.to_base64(JobNode.__name__, str(job.id)))
    document = f'subscription {{ jobProgress(jobId: "{watched}") {{ state }} }}'
    results = await schema.stream(document, context_value=context)
    first = await anext(results)
    revoked = True

    async with asyncio.timeout(10):
        second = await anext(results)

    assert first.data == {"jobProgress": {"state": "QUEUED"}}
    assert second.errors is not None
    assert (second.errors[0].extensions or {})["code"] == "TOKEN_EXPIRED"


async def test_the_first_page_leads_to_each_districts_public_lists(door: str, world: Any) -> None:
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"http://{door}/")

    assert answer.status_code == 200
    assert f'href="/feed/{world.code}/"' in answer.text
    assert "<script" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
