"""What the door adds to GraphQL over HTTP: budgets, events, trusted documents, bad frames."""

from dataclasses import replace
from typing import Any

import httpx2
import orjson
import pytest
from strawberry import relay
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from api import sdl, trusted
from api.context import Context
from api.schema import PRINTED, schema
from service import jobs
from service.identity.rules import TokenExpired
from service.settings import settings
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.api.test_http import door, post
from tests.conftest import Execute, World

__all__ = ["door"]

LIST = "{ enterprises(first: 10) { totalCount edges { node { name } } } }"
PLAIN = '{ enterprises(first: 10, where: {search: "x"}) { totalCount } }'
FRAMES: list[Any] = [
    7,
    "text",
    None,
    [],
    {},
    {"type": 7},
    {"type": "nonsense"},
    {"type": "subscribe"},
    {"type": "subscribe", "id": {}, "payload": {"query": "{ a }"}},
    {"type": "subscribe", "id": "1"},
    {"type": "subscribe", "id": "1", "payload": []},
    {"type": "subscribe", "id": "1", "payload": {"query": 7}},
    {"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": [1]}},
    {"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": {}}},
    {"type": "complete"},
    {"type": "complete", "id": []},
    {"type": "connection_init", "payload": 7},
]


@pytest.fixture
def application(world: World, monkeypatch: pytest.MonkeyPatch) -> Principal:
    """An application with 70 points an hour in the first town."""
    monkeypatch.setattr(settings(), "app_points_per_hour", 70)
    base = world.towns[0].principal(Role.APP)
    return replace(base, key=f"app:{base.key}", grants=frozenset({"register:read"}))


@pytest.mark.parametrize("document", [LIST, PLAIN])
async def test_an_application_pays_in_either_tier_until_nothing_is_left(
    application: Principal, document: str
) -> None:
    costs = []
    while len(costs) < 50:
        context = Context(application)
        compiled = await schema.answer(document, None, context)
        result = await schema.execute(document, None, context)
        if result.errors:
            break
        assert compiled is None or orjson.loads(compiled)["extensions"] == result.extensions
        costs.append(result.extensions["cost"])

    price = costs[0]["requested"]
    assert len(costs) == 70 // price
    assert [one["remaining"] for one in costs] == [70 - price * (i + 1) for i in range(len(costs))]
    assert result.errors[0].extensions["code"] == "BUDGET_EXHAUSTED"
    assert result.errors[0].extensions["retryAfterSeconds"] > 0
    assert result.data is None


async def test_people_have_no_budget(world: World, execute: Execute) -> None:
    context = Context(world.towns[0].principal())

    result = await schema.execute(LIST, None, context)

    assert set(result.extensions["cost"]) == {"requested", "limit", "depth"}


@pytest.mark.parametrize("accept", ["text/event-stream", "text/event-stream, application/json"])
@pytest.mark.parametrize("document", [LIST, PLAIN, "{ nothing }", "{"])
async def test_a_query_gets_json_though_the_caller_accepts_events(
    door: str, accept: str, document: str
) -> None:
    async with httpx2.AsyncClient() as client:
        answer = await client.post(
            f"http://{door}/graphql",
            json={"query": document},
            headers={"Authorization": "Bearer town", "Accept": accept},
        )

    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert ("data" in answer.json()) is (document in (LIST, PLAIN))


async def test_a_subscription_comes_as_events_and_ends(door: str, world: World) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        job = await jobs.start(town.owner, "joint.solve", total=3)
        await jobs.finish(town.owner, job.id, "DONE", result={})
    query = "subscription ($id: ID!) { jobProgress(jobId: $id) { state } }"
    identity = schema_id("Job", job.id)
    async with httpx2.AsyncClient() as client:
        answer = await client.post(
            f"http://{door}/graphql",
            json={"query": query, "variables": {"id": identity}},
            headers={"Authorization": "Bearer town", "Accept": "text/event-stream"},
        )

    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [one for one in answer.text.split("\r\n\r\n") if one.startswith("event")]
    assert events[0] == 'event: next\r\ndata: {"data":{"jobProgress":{"state":"DONE"}}}'
    assert events[-1].startswith("event: complete")


def schema_id(kind: str, identity: object) -> str:
    return relay.to_base64(kind, str(identity))


@pytest.mark.parametrize("frame", [*FRAMES, b"\x00\xff", "{", '"\\ud800"', "[" * 5000])
async def test_a_malformed_frame_closes_the_socket_without_a_traceback(
    door: str, frame: Any, caplog: pytest.LogCaptureFixture
) -> None:
    raw = frame
    if frame == "text" or not isinstance(frame, str | bytes):
        raw = orjson.dumps(frame).decode()
    with capture_logs() as logs:
        async with connect(
            f"ws://{door}/graphql",
            subprotocols=["graphql-transport-ws"],
            additional_headers={"Authorization": "Bearer town"},
        ) as socket:
            await socket.send('{"type":"connection_init"}')
            assert orjson.loads(await socket.recv()) == {"type": "connection_ack"}
            await socket.send(raw)
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in (4400, 4429)
    assert not [record for record in caplog.records if record.exc_info]
    assert not [line for line in logs if line.get("exc_info")]


async def test_only_who_may_start_a_job_may_stop_it(world: World, execute: Execute) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        job = await jobs.start(town.owner, "joint.solve", total=3)
    act = """mutation ($id: ID!) { cancelJob(input: {jobId: $id}) {
      job { state } errors { code } } }"""
    identity = {"id": schema_id("Job", job.id)}

    refused = await execute(town.principal(Role.INSPECTOR), act, identity)
    async with tenant_transaction(town.scope(), read_only=True):
        untouched = await jobs.Job.get(id=job.id)
    done = await execute(town.principal(), act, identity)

    assert refused["data"]["cancelJob"]["errors"] == [{"code": "FORBIDDEN"}]
    assert untouched.cancel_requested is False
    assert done["data"]["cancelJob"]["errors"] == []


async def test_one_key_for_two_operations_of_a_document_is_refused(world: World) -> None:
    document = """
    mutation A($i: EnrolEnterpriseInput!) { enrolEnterprise(input: $i) { enterprise { id } } }
    mutation B($i: EnrolEnterpriseInput!) { enrolEnterprise(input: $i) { errors { code } } }"""
    given = {"i": {"name": "甲店", "alternateId": "旧照1", "idempotencyKey": "one-key"}}
    principal = world.towns[0].principal()

    first = await schema.execute(document, given, Context(principal), None, "A")
    again = await schema.execute(document, given, Context(principal), None, "A")
    other = await schema.execute(document, given, Context(principal), None, "B")

    assert first.data == again.data
    assert other.errors[0].extensions["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_the_printed_answer_of_the_door_is_the_compiled_one(door: str) -> None:
    answer = await post(door, LIST)

    assert answer.json()["data"]["enterprises"] == {"totalCount": 0, "edges": []}
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("by", ["documentId", "persistedQuery", "get"])
async def test_a_trusted_document_is_asked_for_by_its_id(door: str, by: str) -> None:
    key = trusted.identity("Enterprises")
    headers = {"Authorization": "Bearer town"}
    async with httpx2.AsyncClient() as client:
        if by == "get":
            answer = await client.get(
                f"http://{door}/graphql", params={"documentId": key}, headers=headers
            )
        else:
            named = {"persistedQuery": {"version": 1, "sha256Hash": key}}
            body = {"documentId": f"sha256:{key}"} if by == "documentId" else {"extensions": named}
            answer = await client.post(f"http://{door}/graphql", json=body, headers=headers)

    assert answer.json()["data"]["enterprises"]["totalCount"] == 0


@pytest.mark.parametrize("key", ["0" * 64, "", "sha256:"])
async def test_an_unknown_id_runs_nothing(door: str, key: str) -> None:
    async with httpx2.AsyncClient() as client:
        answer = await client.post(
            f"http://{door}/graphql",
            json={"documentId": key},
            headers={"Authorization": "Bearer town"},
        )

    assert answer.status_code == 404


def test_every_shipped_operation_is_ready_before_the_first_request() -> None:
    assert trusted.prepare(schema) == len(trusted.manifest()) > 30


@pytest.mark.parametrize(
    ("token", "query", "lasting"),
    [
        ("", "{ __typename }", "public, max-age=60"),
        ("", "{ nothing }", "no-store"),
        ("town", "{ __typename }", "private, no-store"),
    ],
)
async def test_only_what_anybody_may_see_is_kept_on_the_way(
    door: str, token: str, query: str, lasting: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {"X-GraphQL": "1"}
    async with httpx2.AsyncClient() as client:
        answer = await client.get(
            f"http://{door}/graphql", params={"query": query}, headers=headers
        )

    assert answer.headers["cache-control"] == lasting
    assert "Authorization" in answer.headers["vary"]


async def test_the_schema_is_shown_to_the_signed_in_and_sent_once(
    door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def known(token: str) -> None:
        if token != "town":
            raise TokenExpired("sign in again")

    monkeypatch.setattr(sdl, "authenticate", known)
    async with httpx2.AsyncClient(base_url=f"http://{door}") as client:
        public = await client.get("/schema.graphql")
        expired = await client.get("/schema.graphql", headers={"Authorization": "Bearer old"})
        first = await client.get("/schema.graphql", headers={"Authorization": "Bearer town"})
        tag = first.headers["etag"]
        again = await client.get(
            "/schema.graphql", headers={"Authorization": "Bearer town", "If-None-Match": f"W/{tag}"}
        )

    assert (public.status_code, expired.status_code) == (401, 401)
    assert first.text == PRINTED.read_text(encoding="utf-8")
    assert (again.status_code, again.content) == (304, b"")
