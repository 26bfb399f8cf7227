"""Documents that were read before: parsed, validated and, where they can be, planned."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    get_variable_values,
    specified_rules,
    validate,
)
from graphql.utilities import get_operation_ast
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api import limits
from api.compiling import Bound, Standing, Unplannable, named_type
from api.limits_variables import check_variables
from api.statement import Compiled, compiled
from tenants.principal import Principal

MOST_ERRORS = 5
"""Errors of validation that an answer lists, so that a short document makes no long answer."""
KEPT_DOCUMENTS = 512
KEPT_LENGTH = 16_384  # characters; a longer document is not worth its memory
KEPT_PLANS = 64  # of one operation
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
"""Those of Strawberry."""

Shape = Any


@dataclass(slots=True)
class Planned:
    """How one operation is answered for one standing and one shape of variables."""

    compiled: Compiled | None
    cost: limits.Cost
    name: str = ""


@dataclass(slots=True)
class Document:
    """One text as it was parsed; `errors` are those of validation, once it took place."""

    node: DocumentNode
    errors: list[GraphQLError] | None = None
    operations: dict[str | None, OperationDefinitionNode | None] = field(default_factory=dict)
    plans: dict[Any, Planned] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation that would run."""
        if name not in self.operations:
            if len(self.operations) > limits.MEMBER.operations:
                return get_operation_ast(self.node, name)
            self.operations[name] = get_operation_ast(self.node, name)
        return self.operations[name]

    def validated(self, schema: GraphQLSchema) -> list[GraphQLError]:
        """The errors of validation, found once."""
        if self.errors is None:
            self.errors = validate(
                schema, self.node, RULES, max_errors=MOST_ERRORS, hide_suggestions=True
            )
        return self.errors


class Documents:
    """The latest documents of this process."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def parsed(self, query: str, allowed: limits.Limits) -> Document:
        """The document of a text.

        Raises:
            LimitExceeded: too long or too many tokens.
            GraphQLSyntaxError: not GraphQL.
        """
        found = self._kept.get(query)
        if found is not None:
            self._kept.move_to_end(query)
            return found
        document = Document(limits.parse(query, allowed))
        if len(query) <= KEPT_LENGTH:
            lighten(document.node)
            self._kept[query] = document
            if len(self._kept) > KEPT_DOCUMENTS:
                self._kept.popitem(last=False)
        return document

    def plan(
        self,
        query: str,
        name: str | None,
        raw: Mapping[str, Any],
        principal: Principal,
        allowed: limits.Limits,
    ) -> tuple[Planned, Bound]:
        """How the operation is answered in one statement for a principal, and with what.

        Raises:
            Unplannable: it is not; the plain tier answers, or says what is wrong.
            LimitExceeded: and `GraphQLSyntaxError`, as the plain tier would.
        """
        document = self.parsed(query, allowed)
        operation = document.operation(name)
        if operation is None or operation.operation is not OperationType.QUERY:
            raise Unplannable("not one query")
        check_variables(raw, allowed)
        variables: dict[str, Any] = {}
        if operation.variable_definitions:
            given = get_variable_values(self.schema, operation.variable_definitions, dict(raw))
            if isinstance(given, list):
                raise Unplannable("variables of another type")
            variables = given.coerced
        standing = Standing.of(principal)
        key = (name, standing, *((k, shape(v)) for k, v in variables.items()))
        if "node" in query:  # `node(id: $id)` is another statement for each type
            texts = (named_type(v) for v in variables.values() if isinstance(v, str))
            key = (*key, *texts)
        found = document.plans.get(key)
        if found is None:
            found = self._plan(document, operation, name, standing, raw, variables, allowed)
            if len(document.plans) >= KEPT_PLANS:
                document.plans.clear()
            document.plans[key] = found
        if found.compiled is None:
            raise Unplannable("known not to be")
        return found, Bound(principal, variables)

    def _plan(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        name: str | None,
        standing: Standing,
        raw: Mapping[str, Any],
        variables: dict[str, Any],
        allowed: limits.Limits,
    ) -> Planned:
        cost = limits.check(document.node, self.schema, raw, name, allowed)
        if document.validated(self.schema):
            return Planned(None, cost)
        try:
            made = compiled(self.schema, document.node, operation, standing, variables)
        except Unplannable:
            return Planned(None, cost)
        return Planned(made, cost, operation.name.value if operation.name else "")


def lighten(document: DocumentNode) -> None:
    """Let go of the tokens, which outweigh the nodes; places for errors stay."""
    pending: list[Any] = [document]
    while pending:
        node = pending.pop()
        if node.loc is not None:
            node.loc.start_token = node.loc.end_token = None
        for key in node.keys:
            value = getattr(node, key, None)
            if isinstance(value, Node):
                pending.append(value)
            elif isinstance(value, tuple | list):
                pending.extend(one for one in value if isinstance(one, Node))


def shape(value: Any) -> Shape:
    """What of a variable's value a statement depends on: what is null, and whole numbers."""
    if value is None or type(value) in (int, bool):
        return value
    if isinstance(value, dict):
        return tuple(
            (name, shape(one) if one is None else inner(one)) for name, one in value.items()
        )
    return ""


def inner(value: Any) -> Shape:
    """The shape of what is inside an input object, where numbers are parameters."""
    if isinstance(value, dict):
        return tuple((name, inner(one)) for name, one in value.items())
    return value if value is None else ""
