"""GraphQL over HTTP: media types and statuses, as the specification has them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from api.app import create_app
from api.protocol import JSON, RESPONSE, preferred
from tenants.principal import Principal

MISSING = "{ nothingOfTheKind }"
DENIED = 'mutation { enrolEnterprise(input: {name: "甲", alternateId: "1"}) { errors { code } } }'


@pytest.fixture
async def client(world: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application; any token is the town's."""

    async def authenticate(token: str) -> Principal:
        principal: Principal = world.towns[0].principal()
        return principal

    transport = httpx2.ASGITransport(app=create_app(authenticate))
    async with httpx2.AsyncClient(transport=transport, base_url="http://anshang") as made:
        yield made


def town(accept: str = RESPONSE) -> dict[str, str]:
    return {"Authorization": "Bearer town", "Accept": accept}


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("*/*", JSON),
        (JSON, JSON),
        (RESPONSE, RESPONSE),
        (f"{JSON}, {RESPONSE}", RESPONSE),
        (f"{JSON}, {RESPONSE};q=0.9", JSON),
        (f"{JSON};q=0.8, {RESPONSE}; charset=utf-8; q=0.9", RESPONSE),
        (f"{RESPONSE};q=0", JSON),
        (f"{RESPONSE};q=much", JSON),
        ("text/event-stream, text/html;q=0.9", JSON),
        (RESPONSE.upper(), RESPONSE),
    ],
)
def test_the_newer_media_type_is_for_those_who_name_it(accept: str, media: str) -> None:
    assert preferred(accept) == media


@pytest.mark.parametrize("accept", [JSON, RESPONSE])
async def test_an_answer_is_200_in_the_accepted_type(
    client: httpx2.AsyncClient, accept: str
) -> None:
    answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers=town(accept))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
    assert answer.json()["data"] == {"__typename": "Query"}


async def test_an_answer_says_what_it_cost(client: httpx2.AsyncClient) -> None:
    query = "{ enterprises(first: 10) { edges { node { id } } } }"

    answer = await client.post("/graphql", json={"query": query}, headers=town())

    assert answer.json()["extensions"] == {"cost": {"requested": 31, "limit": 20_000, "depth": 4}}


@pytest.mark.parametrize(
    "query", ["{", MISSING, "query ($id: ID!) { node(id: $id) { id } }", "{ a: __schema { b } }"]
)
async def test_a_request_that_was_not_run_is_400_and_has_no_data(
    client: httpx2.AsyncClient, query: str
) -> None:
    new = await client.post("/graphql", json={"query": query}, headers=town(RESPONSE))
    old = await client.post("/graphql", json={"query": query}, headers=town(JSON))

    assert (new.status_code, old.status_code) == (400, 200)
    for answer in (new, old):
        assert "data" not in answer.json()
        assert answer.json()["errors"][0]["extensions"]["requestId"]


async def test_an_anonymous_act_is_401(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": DENIED}, headers={"Accept": RESPONSE})

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_field_that_failed_leaves_the_status_200(client: httpx2.AsyncClient) -> None:
    query = "{ enterprises(first: 0) { totalCount } }"

    answer = await client.post("/graphql", json={"query": query}, headers=town(RESPONSE))

    assert answer.status_code == 200
    assert answer.json()["data"] is None
    assert answer.json()["errors"][0]["extensions"]["code"] == "PAGE_SIZE"


@pytest.mark.parametrize("signed_in", [True, False])
async def test_acts_are_not_taken_over_get(client: httpx2.AsyncClient, signed_in: bool) -> None:
    headers = town() if signed_in else {"Accept": RESPONSE}

    answer = await client.get("/graphql", params={"query": DENIED}, headers=headers)

    assert answer.status_code == (400 if signed_in else 405)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": 1},
        {"query": "{ __typename }", "variables": "x"},
        {"query": "{ __typename }", "variables": [1]},
        {"query": "{ __typename }", "operationName": {"a": 1}},
        {"query": "{ __typename }", "extensions": 7},
        [{"query": "{ __typename }"}],
        "text",
        7,
        None,
    ],
)
async def test_parameters_of_another_type_are_400(client: httpx2.AsyncClient, body: object) -> None:
    answer = await client.post("/graphql", json=body, headers=town())

    assert answer.status_code == 400


async def test_other_methods_and_bodies_are_refused(client: httpx2.AsyncClient) -> None:
    form = await client.post("/graphql", data={"query": "{ __typename }"}, headers=town())
    broken = await client.post(
        "/graphql", content=b"{", headers={**town(), "Content-Type": "application/json"}
    )
    put = await client.put("/graphql", json={"query": "{ __typename }"}, headers=town())

    assert (form.status_code, broken.status_code, put.status_code) == (400, 400, 405)
