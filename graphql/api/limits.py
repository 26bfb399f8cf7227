"""What one request may ask: size, shape and cost, judged before the document is validated.

Validation and execution take time that a few hundred bytes can make explode, above all
with fragments that spread one another.  This pass therefore comes first, looks at every
selection of the document exactly once and keeps one measure per fragment, so its own time
grows with the length of the text and with nothing else.

The order for a caller is `parse`, `check`, then validation and execution.
"""

import re
from collections.abc import Mapping

from graphql import (
    DocumentNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
)
from graphql import parse as parse_text

from api.limits_measure import Meter
from api.limits_terms import Cost, LimitExceeded, Limits
from api.limits_variables import check_literals, check_numbers, check_variables, page_values

__all__ = ["ANONYMOUS", "MEMBER", "Cost", "LimitExceeded", "Limits", "check", "parse"]

LONG_NUMBER = re.compile(r"[0-9]{300}")
"""Python refuses to read numbers of some thousand digits, and no field takes so many."""

MEMBER = Limits()
"""A signed-in person or an app with a token."""

ANONYMOUS = Limits(cost=4_000, introspection=False)
"""The public: the same shapes, a smaller budget, and no map of the schema."""


def parse(text: str, limits: Limits = MEMBER) -> DocumentNode:
    """The parsed document, if it is small enough to be worth parsing.

    Raises `LimitExceeded` for a document too long or with too many tokens, and
    `GraphQLSyntaxError` for one that is not GraphQL or nests beyond the parser's reach.
    """
    # Every code point takes one byte at least, so the cheap test comes first.
    if len(text) > limits.bytes or len(text.encode("utf-8", "surrogatepass")) > limits.bytes:
        raise LimitExceeded(
            "DOCUMENT_TOO_LONG",
            f"The document is longer than {limits.bytes} bytes. Ask for less in one request.",
        )
    try:
        document = parse_text(text, max_tokens=limits.tokens, allow_empty_selection_sets=False)
    except GraphQLSyntaxError as error:
        if "Document contains more than" in error.message:
            raise LimitExceeded(
                "TOO_MANY_TOKENS",
                f"The document has more than {limits.tokens} tokens. Ask for less in one request.",
            ) from error
        raise
    # Only an escape can smuggle it into a text: raw, it is no GraphQL.
    if "\\u" in text:
        check_literals(document)
    if LONG_NUMBER.search(text):
        check_numbers(document)
    return document


def check(
    document: DocumentNode,
    schema: GraphQLSchema,
    variables: Mapping[str, object] | None = None,
    operation_name: str | None = None,
    limits: Limits = MEMBER,
) -> Cost:
    """What the named operation costs, once every part of the document is within `limits`.

    Shape is judged for all operations and fragments, used or not, since validation walks
    them all; cost for the operation that will run.  A document with no such operation costs
    nothing here and is left to execution to refuse in the words of the specification.
    Raises `LimitExceeded`.
    """
    values = variables or {}
    check_variables(values, limits)
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    chosen = choose(operations, operation_name)
    meter = Meter(schema, document, page_values(chosen, values), limits)
    cost = Cost()
    for operation in operations:
        measured = meter.operation(operation)
        check_roots(operation, measured)
        if operation is chosen:
            cost = measured
    meter.leftovers()
    if cost.cost > limits.cost:
        raise LimitExceeded(
            "TOO_COSTLY",
            f"The operation costs {cost.cost} points of {limits.cost}. "
            "Ask for smaller pages (`first`), fewer fields or fewer levels of lists.",
        )
    return Cost(
        cost=cost.cost,
        depth=cost.depth,
        fields=cost.fields,
        aliases=cost.aliases,
        directives=cost.directives,
        roots=cost.roots,
        visited=meter.visited,
    )


def choose(
    operations: list[OperationDefinitionNode], operation_name: str | None
) -> OperationDefinitionNode | None:
    """The operation that execution would pick, or None where it would refuse."""
    if operation_name:
        named = [o for o in operations if o.name and o.name.value == operation_name]
        return named[0] if len(named) == 1 else None
    return operations[0] if len(operations) == 1 else None


def check_roots(operation: OperationDefinitionNode, measured: Cost) -> None:
    """One act per request: a mutation is one transaction, a subscription one stream."""
    if operation.operation is OperationType.QUERY or measured.roots <= 1:
        return
    raise LimitExceeded(
        "ONE_ACT_PER_REQUEST",
        f"A {operation.operation.value} names one field at its root, this one names "
        f"{measured.roots}. Send each act in a request of its own.",
    )
