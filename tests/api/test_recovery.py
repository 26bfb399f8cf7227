"""What a stranger can learn of the schema, and the requests that a public auditing tool sends."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from api.app import create_app
from api.execution import NOT_TOLD
from api.schema import PRINTED
from api.trusted import identity
from service.identity import queries

SCHEMA = build_schema(PRINTED.read_text(encoding="utf-8"))
assert SCHEMA.query_type is not None
FIELDS = SCHEMA.query_type.fields


@pytest.fixture
async def stranger(database: None) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody without a token."""
    transport = httpx2.ASGITransport(app=create_app(queries.authenticate))
    async with httpx2.AsyncClient(transport=transport, base_url="http://anshang") as made:
        yield made


async def asked(client: httpx2.AsyncClient, query: str, **more: Any) -> Any:
    body = {"query": query, "operationName": "cop", **more}
    return (await client.post("/graphql", json=body)).json()


def near(name: str) -> str:
    """The name with a slip of the finger."""
    return name[:-1] + ("x" if name[-1] != "x" else "y")


def probes() -> dict[str, str]:
    """A document with a slip for every name that a suggestion could give away."""
    found: dict[str, str] = {}
    for name, field in FIELDS.items():
        found[name] = f"query cop {{ {near(name)} }}"
        for argument in field.args:
            found[f"{name}({argument}:)"] = f"query cop {{ {name}({near(argument)}: 1) }}"
    for name, kind in SCHEMA.type_map.items():
        if name.startswith("__"):
            continue
        found[f"... on {name}"] = f"query cop {{ __typename ... on {near(name)} {{ id }} }}"
        if isinstance(kind, GraphQLObjectType) and kind in _nodes():
            for member in kind.fields:
                found[f"{name}.{member}"] = (
                    f'query cop {{ node(id: "x") {{ ... on {name} {{ {near(member)} }} }} }}'
                )
    for name, field in FIELDS.items():
        for argument, given in field.args.items():
            kind = get_named_type(given.type)
            if isinstance(kind, GraphQLEnumType):
                for value in kind.values:
                    found[f"{kind.name}.{value}"] = (
                        f"query cop {{ {name}({argument}: {near(value)}) {{ __typename }} }}"
                    )
            if isinstance(kind, GraphQLInputObjectType):
                for member in kind.fields:
                    found[f"{kind.name}.{member}"] = (
                        f"query cop {{ {name}({argument}: {{{near(member)}: 1}})"
                        " { __typename } }"
                    )
    found["@include"] = "query cop { __typename @includ(if: true) }"
    return found


def _nodes() -> frozenset[Any]:
    return frozenset(SCHEMA.get_possible_types(SCHEMA.type_map["Node"]))  # type: ignore[arg-type]


async def test_no_slip_of_the_finger_gives_a_name_away(stranger: httpx2.AsyncClient) -> None:
    """As tools do that rebuild a schema from its suggestions: they get nothing."""
    tried = probes()
    told = {str(await errors_of(stranger, document)) for document in tried.values()}

    assert len(told) == 1
    assert len(tried) > 1000


async def test_who_knows_our_words_learns_no_type_from_them(stranger: httpx2.AsyncClient) -> None:
    """As tools do that are given a list of words: fields without selection, wrong arguments."""
    told = set()
    for name, field in FIELDS.items():
        required = [one for one in field.args.values() if is_required_argument(one)]
        composite = is_composite_type(get_named_type(field.type))
        if required or composite:
            told.add(str(await errors_of(stranger, f"query cop {{ {name} }}")))
        told.add(str(await errors_of(stranger, f"query cop {{ {name}(guess: 1) }}")))
        told.add(str(await errors_of(stranger, f"query cop {{ {name} {{ guess }} }}")))

    assert len(told) == 1


async def test_a_stranger_learns_no_input_from_variables(stranger: httpx2.AsyncClient) -> None:
    document = (
        "query cop($where: EnterpriseWhere) {"
        " enterprises(where: $where) { edges { node { id } } } }"
    )
    guesses: tuple[Any, ...] = ({"guess": 1}, {"name": {"guess": 1}}, [1], "guess", 7)

    told = {str(await errors_of(stranger, document, variables={"where": w})) for w in guesses}

    assert told == {str(await errors_of(stranger, "query cop { guess }"))}


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("subscription cop { guess }", {}),
        ("subscription cop { jobProgress }", {}),
        ("subscription cop($id: ID!) { jobProgress(jobId: $id) { guess } }", {"id": "x"}),
        ("subscription cop($id: ID!) { jobProgress(jobId: $id) { __typename } }", {"id": [1]}),
    ],
)
async def test_a_stranger_who_follows_learns_as_little(
    stranger: httpx2.AsyncClient, document: str, variables: dict[str, Any]
) -> None:
    answer = await stranger.post(
        "/graphql",
        json={"query": document, "variables": variables},
        headers={"Accept": "text/event-stream"},
    )

    assert answer.text.count('"message"') == answer.text.count(NOT_TOLD.message) == 1


async def errors_of(client: httpx2.AsyncClient, query: str, **more: Any) -> list[Any]:
    """What is said, without the number of the request."""
    answer = await asked(client, query, **more)
    for error in answer["errors"]:
        error["extensions"].pop("requestId")
    return list(answer["errors"])


AUDIT: dict[str, tuple[dict[str, Any], Any]] = {
    "field suggestions": (
        {"query": "query cop { __schema { directive } }"},
        lambda body: "Did you mean" in body["errors"][0]["message"],
    ),
    "introspection": (
        {"query": "query cop { __schema { types { name fields { name } } } }"},
        lambda body: body["data"]["__schema"]["types"],
    ),
    "circular introspection": (
        {
            "query": "query cop { __schema { types { fields { type { fields { type { fields {"
            " type { fields { type { name } } } } } } } } } } }"
        },
        lambda body: len(body["data"]["__schema"]["types"]) > 25,
    ),
    "aliases": (
        {
            "query": "query cop { "
            + "".join(f"alias{number}:__typename \n" for number in range(101))
            + " }"
        },
        lambda body: body["data"]["alias100"],
    ),
    "directives": (
        {"query": "query cop { __typename " + "@aa" * 10 + " }"},
        lambda body: len(body["errors"]) == 10,
    ),
    "duplicated fields": (
        {"query": "query cop { " + "__typename \n" * 500 + "} "},
        lambda body: body["data"]["__typename"],
    ),
    "trace mode": (
        {"query": "query cop { __typename }"},
        lambda body: "tracing" in str(body).lower(),
    ),
    "unhandled errors": (
        {"query": "qwerty cop { abc }"},
        lambda body: "exception" in str(body).lower(),
    ),
}
"""The tool's requests by POST as JSON, and what it takes for a finding."""


def finds(judge: Any, answer: Any) -> bool:
    """Whether the tool reports; what it cannot read it takes for good, as here."""
    try:
        return bool(judge(answer))
    except (KeyError, IndexError, TypeError):
        return False


@pytest.mark.parametrize("check", AUDIT)
async def test_the_audit_finds_nothing(stranger: httpx2.AsyncClient, check: str) -> None:
    body, judge = AUDIT[check]

    answer = await asked(stranger, **body)

    assert not finds(judge, answer), answer
    assert "data" in answer or "errors" in answer


async def test_a_short_document_makes_no_long_answer(stranger: httpx2.AsyncClient) -> None:
    answer = await asked(
        stranger, "query cop { " + " ".join(f"wrong{number}" for number in range(20)) + " }"
    )

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["SCHEMA"]


async def test_the_audit_finds_no_batching_no_act_by_get_and_no_forms(
    stranger: httpx2.AsyncClient,
) -> None:
    batch = await stranger.post("/graphql", json=[{"query": "query cop { __typename }"}] * 10)
    act = await stranger.get("/graphql", params={"query": "mutation cop {__typename}"})
    form = await stranger.post("/graphql", data={"query": "query cop { __typename }"})
    text = await stranger.get("/graphql", params={"query": "query cop {__typename}"})
    page = await stranger.get("/graphql", headers={"Accept": "text/html"})

    assert [one.status_code for one in (batch, act, text)] == [400, 405, 405]
    assert "__typename" not in text.text
    assert form.status_code in (400, 415)
    assert not any(
        word in page.text
        for word in ("graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground")
    )


async def test_a_program_may_ask_by_get_and_a_link_may_name_a_trusted_document(
    stranger: httpx2.AsyncClient,
) -> None:
    asked = {"query": "query cop {__typename}"}
    by_hand = await stranger.get("/graphql", params=asked, headers={"X-GraphQL": "1"})
    law = {"documentId": identity("LawOn"), "variables": '{"on": "2026-01-05"}'}
    named = await stranger.get("/graphql", params=law)
    unknown = await stranger.get("/graphql", params={"documentId": "0" * 64})

    assert by_hand.json()["data"] == {"__typename": "Query"}
    assert named.status_code == 200
    assert named.headers["cache-control"] == "public, max-age=60"
    assert unknown.status_code == 404
