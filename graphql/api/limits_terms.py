"""The words of the limits: how much is allowed, what was measured, how a refusal reads."""

from dataclasses import dataclass

from graphql import GraphQLError


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may ask; every number is inclusive.

    `fields`, `aliases`, `directives` and `repeats` count a fragment as often as it is
    spread, for that is how often it is executed.
    """

    bytes: int = 65_536
    """Length of the document in UTF-8."""
    tokens: int = 4_000
    operations: int = 10
    fragments: int = 100
    depth: int = 16
    """Fields inside fields; the standard introspection query has 14."""
    nesting: int = 60
    """Selection sets inside selection sets, inline fragments and spreads included."""
    breadth: int = 200
    """Fields of one selection set, its fragments included."""
    roots: int = 20
    """Fields at the root of a query."""
    fields: int = 1_500
    aliases: int = 50
    directives: int = 50
    repeats: int = 50
    """Times that a selection set names one response key again; merging them is quadratic."""
    introspection_lists: int = 2
    """`fields`, `inputFields`, `interfaces` and `possibleTypes` inside one another."""
    cost: int = 20_000
    """Points: a field costs one, times the sizes of the pages and lists that hold it."""
    page: int = 100
    """The largest page: more is refused later, so no more need be priced."""
    page_default: int = 20
    """Size of a page for which the request names none."""
    list_size: int = 5
    """Assumed length of a list without pages; only short closed lists have none."""
    variable_values: int = 5_000
    variable_depth: int = 20
    list_items: int = 1_000
    """Longest list in the variables."""
    introspection: bool = True


class LimitExceeded(GraphQLError):
    """A request asks more than is answered at once; the message says what to change.

    It is an error of the request as a whole: `extensions.code` is stable for programs.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})
        self.code = code


@dataclass(frozen=True, slots=True)
class Cost:
    """What was measured of an operation; `visited` are the selections looked at in all."""

    cost: int = 0
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    roots: int = 0
    visited: int = 0

    def extensions(self, limits: Limits) -> dict[str, int]:
        """The entry `cost` of the response's `extensions`."""
        return {"requested": self.cost, "limit": limits.cost, "depth": self.depth}
