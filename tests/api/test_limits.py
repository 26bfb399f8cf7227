"""The limits of one request: what is refused, what passes, and that judging is cheap."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    build_schema,
    get_introspection_query,
    validate,
    visit,
)
from graphql.language import Visitor
from hypothesis import given, settings
from hypothesis import strategies as st

from api.limits import MEMBER, Cost, LimitExceeded, Limits, check, parse
from tests.work import CALLS_OF_50_MS, calls

SCHEMA = build_schema("""
  interface Node { id: ID! }
  type Query {
    node(id: ID!): Node  town: Town  name: String
    towns(first: Int = 10): TownConnection!
  }
  type Mutation { rename(name: String): Town  close: Town }
  type Subscription { renamed: Town  closed: Town }
  type Town implements Node {
    id: ID!  name: String  parent: Town  tags: [Tag!]!
    premises(first: Int, last: Int, after: String): PremisesConnection!
  }
  type Tag { name: String  town: Town }
  type TownConnection { edges: [TownEdge!]!  pageInfo: PageInfo! }
  type TownEdge { node: Town  cursor: String }
  type PremisesConnection { edges: [PremisesEdge!]! }
  type PremisesEdge { node: Premises }
  type Premises implements Node { id: ID!  town: Town }
  type PageInfo { endCursor: String }
""")


def judge(
    text: str,
    variables: dict[str, object] | None = None,
    operation: str | None = None,
    limits: Limits = MEMBER,
) -> Cost:
    return check(parse(text, limits), SCHEMA, variables, operation, limits)


def refused(text: str, variables: dict[str, object] | None = None, limits: Limits = MEMBER) -> str:
    """The code of the refusal, "SYNTAX" where the parser itself refuses, "" where it passes."""
    try:
        judge(text, variables, limits=limits)
    except LimitExceeded as exceeded:
        return exceeded.code
    except GraphQLError:
        return "SYNTAX"
    return ""


def nested(name: str, depth: int, leaf: str = "id") -> str:
    return f"{name} {{ " * depth + leaf + " }" * depth


def fragments(count: int, body: Callable[[int], str]) -> str:
    return " ".join(f"fragment f{i} on Town {{ {body(i)} }}" for i in range(count))


def doubling(count: int, body: str = "...f{n} ...f{n}") -> str:
    """Each fragment spreads the next one twice: 2^count fields when written out."""
    chain = fragments(count, lambda i: body.format(n=i + 1))
    return f"{{ town {{ ...f0 }} }} {chain} fragment f{count} on Town {{ id }}"


def many(count: int, body: Callable[[int], str]) -> str:
    return " ".join(body(i) for i in range(count))


SHAPES: dict[str, tuple[str, str]] = {
    "one field": ("{ name }", ""),
    "introspection by graphiql": (get_introspection_query(input_value_deprecation=True), ""),
    "depth 16": (f"{{ {nested('town', 15)} }}", ""),
    "depth 17": (f"{{ {nested('town', 16)} }}", "TOO_DEEP"),
    "depth 100": (f"{{ {nested('town', 100)} }}", "TOO_DEEP"),
    "depth 1,500": (f"{{ {nested('town', 1_500)} }}", "SYNTAX"),
    "depth hidden in a fragment": (
        f"{{ town {{ ...f }} }} fragment f on Town {{ {nested('parent', 15)} }}",
        "TOO_DEEP",
    ),
    "depth hidden in an unused fragment": (
        f"{{ name }} fragment f on Town {{ {nested('parent', 20)} }}",
        "TOO_DEEP",
    ),
    "a chain of fragments, each one level": (
        f"{{ town {{ ...f0 }} }} {fragments(40, lambda i: f'parent {{ ...f{i + 1} }}')}"
        " fragment f40 on Town { id }",
        "TOO_DEEP",
    ),
    "a chain of fragments without fields": (
        f"{{ town {{ ...f0 }} }} {fragments(90, lambda i: f'...f{i + 1}')}"
        " fragment f90 on Town { id }",
        "TOO_DEEP",
    ),
    "inline fragments in one another": (
        "{ " + "... { " * 90 + "name" + " }" * 90 + " }",
        "TOO_DEEP",
    ),
    "2^10 spreads": (doubling(10), "TOO_WIDE"),
    "2^30 spreads": (doubling(30), "TOO_WIDE"),
    "2^95 spreads": (doubling(95), "TOO_DEEP"),
    "2^11 spreads one level apart": (
        doubling(11, "parent {{ ...f{n} ...f{n} }}"),
        "TOO_MANY_FIELDS",
    ),
    "2^10 aliased levels": (
        doubling(10, "a: parent {{ ...f{n} }} b: parent {{ ...f{n} }}"),
        "TOO_MANY_ALIASES",
    ),
    "2^7 directives": (
        doubling(7, "...f{n} @include(if: true) ...f{n} @skip(if: false)"),
        "TOO_MANY_DIRECTIVES",
    ),
    "a fragment that spreads itself": (
        "{ town { ...f } } fragment f on Town { ...f }",
        "FRAGMENT_CYCLE",
    ),
    "a circle of fifty fragments": (
        f"{{ town {{ ...f0 }} }} {fragments(50, lambda i: f'...f{(i + 1) % 50}')}",
        "FRAGMENT_CYCLE",
    ),
    "a circle nobody uses": (
        f"{{ name }} {fragments(2, lambda i: f'parent {{ ...f{1 - i} }}')}",
        "FRAGMENT_CYCLE",
    ),
    "a circle through inline fragments": (
        "{ town { ...f } } fragment f on Town { ... on Town { parent { ...f } } }",
        "FRAGMENT_CYCLE",
    ),
    "an unknown fragment, left to validation": ("{ town { ...f } }", ""),
    "101 fragments": (
        f"{{ town {{ ...f0 }} }} {fragments(101, lambda i: 'id')}",
        "TOO_MANY_FRAGMENTS",
    ),
    "50 aliases": (f"{{ town {{ {many(50, lambda i: f'a{i}: id')} }} }}", ""),
    "51 aliases": (f"{{ town {{ {many(51, lambda i: f'a{i}: id')} }} }}", "TOO_MANY_ALIASES"),
    "51 aliases in two places": (
        f"{{ town {{ {many(26, lambda i: f'a{i}: id')}"
        f" parent {{ {many(25, lambda i: f'a{i}: id')} }} }} }}",
        "TOO_MANY_ALIASES",
    ),
    "21 roots": (f"{{ {many(21, lambda i: f'a{i}: name')} }}", "TOO_MANY_ROOT_FIELDS"),
    "21 roots in fragments": (
        f"{{ ...f ... on Query {{ {many(11, lambda i: f'a{i}: name')} }} }}"
        f" fragment f on Query {{ {many(10, lambda i: f'b{i}: name')} }}",
        "TOO_MANY_ROOT_FIELDS",
    ),
    "51 directives on one field": (f"{{ name {'@a ' * 51} }}", "TOO_MANY_DIRECTIVES"),
    "51 directives on an operation": (f"query {'@a ' * 51} {{ name }}", "TOO_MANY_DIRECTIVES"),
    "51 directives on variables": (
        f"query ({many(51, lambda i: f'$v{i}: Int @a')}) {{ name }}",
        "TOO_MANY_DIRECTIVES",
    ),
    "51 directives on a fragment": (
        f"{{ town {{ ...f }} }} fragment f on Town {'@a ' * 51} {{ id }}",
        "TOO_MANY_DIRECTIVES",
    ),
    "201 unknown fields": (f"{{ town {{ {many(201, lambda i: f'x{i}')} }} }}", "TOO_WIDE"),
    "one field 500 times": (f"{{ town {{ {'id ' * 500} }} }}", "TOO_MANY_REPEATS"),
    "one field in 60 inline fragments": (
        f"{{ town {{ {'... on Town { id } ' * 60} }} }}",
        "TOO_MANY_REPEATS",
    ),
    "repeats that multiply": (
        f"{{ town {{ {('parent { ' + 'id ' * 10 + '} ') * 6} }} }}",
        "TOO_MANY_REPEATS",
    ),
    "3,000 fields": (
        f"{{ {many(20, lambda i: f'a{i}: town {{ ...f }}')} }}"
        f" fragment f on Town {{ {many(100, lambda i: f'x{i}')} }}",
        "TOO_MANY_FIELDS",
    ),
    "4,001 tokens": (f"{{ node(id: [{'1 ' * 3_993}]) {{ id }} }}", "TOO_MANY_TOKENS"),
    "100,000 tokens": ("{ " + "a " * 30_000 + "}", "TOO_MANY_TOKENS"),
    "70,000 bytes of string": (f'{{ node(id: "{"x" * 70_000}") {{ id }} }}', "DOCUMENT_TOO_LONG"),
    "30,000 Chinese characters": (
        f'{{ node(id: "{"镇" * 30_000}") {{ id }} }}',
        "DOCUMENT_TOO_LONG",
    ),
    "60,000 bytes of string": (f'{{ node(id: "{"x" * 60_000}") {{ id }} }}', ""),
    "60,000 bytes of comment": (f"# {'x' * 60_000}\n{{ name }}", ""),
    "30,000 comments": ("#\n" * 30_000 + "{ name }", "TOO_MANY_TOKENS"),
    "commas only": ("," * 60_000, "SYNTAX"),
    "nothing": ("", "SYNTAX"),
    "an empty selection": ("{ town { } }", "SYNTAX"),
    "lists 1,900 deep": (f"{{ node(id: {'[' * 1_900}{']' * 1_900}) {{ id }} }}", "SYNTAX"),
    "list types 1,900 deep": (f"query ($v: {'[' * 1_900}Int{']' * 1_900}) {{ name }}", "SYNTAX"),
    "11 operations": (many(11, lambda i: f"query q{i} {{ name }}"), "TOO_MANY_OPERATIONS"),
    "types": ("{ name } type Town { id: ID! }", "NOT_EXECUTABLE"),
    "an extension of the schema": ("{ name } extend schema @a", "NOT_EXECUTABLE"),
    "one act": ('mutation { __typename rename(name: "a") { id } }', ""),
    "two acts": ('mutation { rename(name: "a") { id } close { id } }', "ONE_ACT_PER_REQUEST"),
    "one act twice by alias": (
        "mutation { a: close { id } b: close { id } }",
        "ONE_ACT_PER_REQUEST",
    ),
    "two acts in fragments": (
        "mutation { ...f ... { close { id } } } fragment f on Mutation { close { id } }",
        "ONE_ACT_PER_REQUEST",
    ),
    "two acts in the operation that does not run": (
        "query q { name } mutation m { a: close { id } b: close { id } }",
        "ONE_ACT_PER_REQUEST",
    ),
    "two streams": ("subscription { renamed { id } closed { id } }", "ONE_ACT_PER_REQUEST"),
    "introspection in a circle": (
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        "INTROSPECTION_TOO_DEEP",
    ),
    "introspection in a circle of possible types": (
        '{ __type(name: "Node") { possibleTypes { interfaces { possibleTypes { name } } } } }',
        "INTROSPECTION_TOO_DEEP",
    ),
    "pages in pages": (
        "{ towns(first: 100) { edges { node {"
        " premises(first: 100) { edges { node { id } } } } } } }",
        "TOO_COSTLY",
    ),
    "lists in lists": (
        f"{{ towns(first: 100) {{ edges {{ node {{ {nested('tags { town', 3, 'tags { name }')}"
        + " }" * 3
        + " } } } }",
        "TOO_COSTLY",
    ),
    "pages in pages through fragments": (
        "{ towns(first: 100) { ...c } } fragment c on TownConnection { edges { ...e } }"
        " fragment e on TownEdge { node { premises(last: 100) { edges { node { id } } } } }",
        "TOO_COSTLY",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_refused_or_passed_with_little_work(shape: str) -> None:
    text, code = SHAPES[shape]

    answers = []
    work = calls(lambda: answers.append(refused(text)))

    assert answers == [code]
    assert work < CALLS_OF_50_MS


@pytest.mark.parametrize("shape", [s for s, (_, code) in SHAPES.items() if code == ""])
def test_what_passes_is_little_work_to_validate(shape: str) -> None:
    document = parse(SHAPES[shape][0])

    assert calls(lambda: validate(SCHEMA, document)) < CALLS_OF_50_MS


def test_the_worst_that_passes_is_little_work_to_validate() -> None:
    body = nested("id name parent", 4, "tags { name }")
    text = f"{{ town {{ {many(60, lambda i: f'...f{i}')} }} }} {fragments(60, lambda i: body)}"

    assert refused(text) == ""

    assert validate(SCHEMA, parse(text)) == []
    assert calls(lambda: validate(SCHEMA, parse(text))) < 2 * CALLS_OF_50_MS


class SelectionCount(Visitor):
    """Counts the selections as written, without following a spread."""

    count = 0

    def enter(self, node: object, *_: object) -> None:
        if isinstance(node, FieldNode | FragmentSpreadNode | InlineFragmentNode):
            self.count += 1


@pytest.mark.parametrize("size", [2, 4, 8, 16, 32])
@pytest.mark.parametrize(
    "body",
    [
        "...f{n} ...f{n}",
        "id ...f{n} ... on Town {{ ...f{n} }}",
        "parent {{ ...f{n} parent {{ ...f{n} }} }} tags {{ town {{ ...f{n} }} }}",
        "a: parent {{ ...f{n} }} b: parent {{ ...f{n} }} c: parent {{ ...f{n} }}",
    ],
)
def test_every_selection_is_looked_at_once_however_often_it_is_spread(body: str, size: int) -> None:
    document = parse(doubling(size, body))
    counter = SelectionCount()
    visit(document, counter)
    boundless = Limits(
        depth=10**9, nesting=10**9, breadth=10**99, fields=10**99, aliases=10**99, cost=10**99
    )

    cost = check(document, SCHEMA, limits=boundless)

    assert cost.visited == counter.count
    assert cost.fields >= 2**size


NAMES = st.sampled_from(
    ["id", "name", "parent", "tags", "town", "node", "edges", "__typename", "x"]
)
SELECTIONS = st.recursive(
    st.one_of(NAMES, st.integers(0, 5).map(lambda i: f"...f{i}")),
    lambda inner: st.one_of(
        st.tuples(NAMES, st.lists(inner, min_size=1, max_size=4)).map(
            lambda pair: f"{pair[0]} {{ {' '.join(pair[1])} }}"
        ),
        st.lists(inner, min_size=1, max_size=4).map(lambda i: f"... on Town {{ {' '.join(i)} }}"),
        inner.map(lambda i: f"a: {i}" if i[0] not in ".a" else i),
    ),
    max_leaves=30,
)
DOCUMENTS = st.tuples(SELECTIONS, st.lists(SELECTIONS, max_size=6)).map(
    lambda parts: (
        f"{{ town {{ {parts[0]} }} }} "
        + " ".join(f"fragment f{i} on Town {{ {body} }}" for i, body in enumerate(parts[1]))
    )
)


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS, st.dictionaries(st.text(max_size=3), st.integers(), max_size=3))
def test_any_document_is_judged_or_refused_but_never_breaks_the_judge(
    text: str, variables: dict[str, object]
) -> None:
    document = parse(text)
    counter = SelectionCount()
    visit(document, counter)

    try:
        cost = check(document, SCHEMA, variables)
    except LimitExceeded:
        return

    assert cost.visited == counter.count
    assert 0 < cost.fields <= MEMBER.fields
    assert 0 < cost.depth <= MEMBER.depth


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='{}()[]:!$@.#"\\,ab1 \n镇\ud800', max_size=200))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with suppress(GraphQLError):
        assert parse(text).definitions
