"""A document of 10 kB is answered or refused within 50 ms of work, whatever it says."""

import contextlib
from typing import Any

import pytest
from graphql import GraphQLSyntaxError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import limits
from api.context import Context
from api.documents import Documents
from api.schema import schema
from tenants.principal import PUBLIC, Principal
from tests.api.hostile import SHAPES, SIZE
from tests.conftest import World
from tests.work import CALLS_OF_50_MS, calls


def judged(text: str, principal: Principal) -> None:
    """A document is refused or made ready to run, as if never seen before."""
    documents = Documents(schema._schema)
    allowed = limits.ANONYMOUS if principal.anonymous else limits.MEMBER
    with contextlib.suppress(limits.LimitExceeded, GraphQLSyntaxError):
        document = documents.parsed(text, allowed)
        limits.check(document.node, schema._schema, {}, None, allowed)
        document.validated(schema._schema)


def test_there_are_more_than_forty_shapes_and_each_fits() -> None:
    assert len(SHAPES) > 40
    assert all(len(text.encode()) <= SIZE + 200 for text in SHAPES.values())


@pytest.mark.parametrize("name", SHAPES)
def test_a_hostile_document_costs_no_more_work_than_fifty_milliseconds_hold(name: str) -> None:
    assert calls(lambda: judged(SHAPES[name], PUBLIC)) <= CALLS_OF_50_MS


@pytest.mark.parametrize("name", SHAPES)
async def test_a_hostile_document_is_answered_or_refused_in_words(world: World, name: str) -> None:
    principal = world.towns[0].principal()

    compiled = await schema.answer(SHAPES[name], {}, Context(principal))
    result = await schema.execute(SHAPES[name], {}, Context(principal))

    for error in result.errors or []:
        assert (error.extensions or {}).get("code") != "INTERNAL", error
    assert compiled is None or not result.errors


WORDS = st.sampled_from(
    [
        *"{}()[]:,#!=&|",
        *("...", "on", "query", "mutation", "fragment", "F", "A", "$a", "1", "100", "-1", "1.5"),
        *("enterprises", "hazards", "node", "edges", "name", "id", "first", "where", "true"),
        *("null", '"x"', '"""y"""', "@skip(if:true)", "@include(if:$a)", "__schema", "__type"),
    ]
)


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(WORDS, min_size=1, max_size=60), st.integers(1, 60))
def test_no_soup_of_words_costs_more(words: list[str], times: int) -> None:
    text = (" ".join(words) + " ") * times

    assert calls(lambda: judged(text[:SIZE], PUBLIC)) <= CALLS_OF_50_MS


NAMES = st.sampled_from(
    ["name", "id", "premises", "hazards", "edges", "node", "totalCount", "risk"]
)


def trees(inner: Any) -> Any:
    """Selections in selections, most of them no fields of where they stand."""
    pairs = st.tuples(NAMES, inner).map(lambda pair: f"{pair[0]} {{ {pair[1]} }}")
    return st.lists(st.one_of(pairs, NAMES), min_size=1, max_size=6).map(" ".join)


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.recursive(NAMES, trees, max_leaves=60), st.integers(1, 20))
def test_no_tree_of_fields_costs_more(tree: str, times: int) -> None:
    text = "{ enterprises { edges { node { " + f"{tree} " * times + "} } } }"

    assert calls(lambda: judged(text[:SIZE], PUBLIC)) <= CALLS_OF_50_MS
