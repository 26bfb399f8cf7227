"""What an operation costs, what the public may not ask, and how large variables may be."""

import pytest
from graphql import build_schema, get_introspection_query

from api.limits import ANONYMOUS, MEMBER, Cost, LimitExceeded, Limits, check, parse

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


def code_of(text: str, variables: dict[str, object] | None = None, limits: Limits = MEMBER) -> str:
    """The code of the refusal, or "" where the operation passes."""
    try:
        judge(text, variables, limits=limits)
    except LimitExceeded as exceeded:
        return str((exceeded.extensions or {})["code"])
    return ""


def test_cost_of_a_page_is_its_size_times_what_each_object_costs() -> None:
    cost = judge("{ towns(first: 30) { edges { node { id name } } pageInfo { endCursor } } }")

    assert cost.cost == 1 + 30 * (1 + 1 + 1 + 1 + 1 + 1)
    assert cost.depth == 4
    assert cost.fields == 7
    assert cost.extensions(MEMBER) == {"requested": 181, "limit": 20_000, "depth": 4}


@pytest.mark.parametrize(
    ("arguments", "variables", "size"),
    [
        ("", {}, 20),
        ("(first: 0)", {}, 0),
        ("(first: 7)", {}, 7),
        ("(last: 7)", {}, 7),
        ("(first: 3, last: 7)", {}, 7),
        ("(first: -5)", {}, 0),
        ("(first: 1000000)", {}, 100),
        ("(first: 99999999999999999999)", {}, 100),
        ("(first: null)", {}, 20),
        ('(first: "7")', {}, 100),
        ("(first: $n)", {"n": 7}, 7),
        ("(first: $n)", {"n": "7"}, 100),
        ("(first: $n)", {"n": True}, 100),
        ("(first: $n)", {"n": 10**40}, 100),
        ("(first: $n)", {"n": None}, 20),
        ("(first: $n)", {}, 9),
        ("(first: $unknown)", {}, 20),
    ],
)
def test_page_size(arguments: str, variables: dict[str, object], size: int) -> None:
    text = (
        f"query ($n: Int = 9) {{ town {{ premises{arguments} {{ edges {{ node {{ id }} }} }} }} }}"
    )

    assert judge(text, variables).cost == 2 + size * 3


def test_a_page_defaults_to_what_the_schema_says() -> None:
    assert judge("{ towns { edges { cursor } } }").cost == 1 + 10 * 2


def test_a_list_without_pages_counts_five() -> None:
    assert judge("{ town { tags { name } } }").cost == 2 + 5


def test_variables_of_the_operation_that_runs_decide_the_cost() -> None:
    text = """
      query small($n: Int = 1) { ...f }
      query large($n: Int = 50) { ...f }
      fragment f on Query { towns(first: $n) { edges { cursor } } }
    """

    assert judge(text, operation="small").cost == 3
    assert judge(text, operation="large").cost == 101
    assert judge(text).cost == 0
    assert judge(text, operation="missing").cost == 0


def test_introspection_costs_no_points() -> None:
    assert judge(get_introspection_query()).cost == 0


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Town") { name } }',
        "{ ...f } fragment f on Query { __schema { queryType { name } } }",
        "query a { name } query b { __schema { queryType { name } } }",
        "{ name } fragment f on Query { __schema { queryType { name } } }",
    ],
)
def test_the_public_sees_no_map_of_the_schema(text: str) -> None:
    assert code_of(text, limits=ANONYMOUS) == "INTROSPECTION_OFF"


def test_the_public_may_ask_for_type_names() -> None:
    assert code_of("{ __typename town { __typename } }", limits=ANONYMOUS) == ""


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"a": [1] * 1_000}, ""),
        ({"a": [1] * 1_001}, "VARIABLES_TOO_LARGE"),
        ({f"v{i}": i for i in range(5_000)}, "VARIABLES_TOO_LARGE"),
        ({"a": [[1] * 900] * 900}, "VARIABLES_TOO_LARGE"),
        ({"a": "x" * 1_000_000}, ""),
    ],
)
def test_variables(variables: dict[str, object], code: str) -> None:
    assert code_of("{ name }", variables) == code


def test_variables_as_deep_as_memory_are_refused_without_recursion() -> None:
    value: object = 1
    for _ in range(100_000):
        value = [value]

    assert code_of("{ name }", {"a": value}) == "VARIABLES_TOO_LARGE"


def test_the_refusal_says_what_to_do() -> None:
    with pytest.raises(LimitExceeded) as refusal:
        judge(
            "{ towns(first: 100) { edges { node {"
            " premises(first: 100) { edges { node { id } } } } } } }"
        )

    assert refusal.value.message == (
        "The operation costs 30301 points of 20000. "
        "Ask for smaller pages (`first`), fewer fields or fewer levels of lists."
    )
