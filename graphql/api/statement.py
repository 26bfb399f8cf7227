"""The one statement of a question, from its root fields downwards."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)

from api import sql_json as text
from api.compiling import (
    ABSENT,
    DEFINITION,
    Bound,
    Builder,
    Constant,
    Standing,
    Taker,
    Unplannable,
    Variable,
    declaration,
    decoded,
    named_type,
)
from api.declared import Page, Sight, Single, Towns
from api.limits_pages import declared
from api.nodes import RowNode
from api.statement_rows import (
    all_of,
    as_json,
    checked,
    connection,
    declared_kind,
    object_type,
    sets_of,
    town_of,
)
from service.hazards.rules import COMPREHENSIVE_LINE
from tenants.lane import entering
from tenants.principal import PUBLIC as ANYBODY
from tenants.rights import Right

LINE = Sight(line="line", comprehensive=COMPREHENSIVE_LINE)
PAGED = frozenset({"first", "after", "where"})
PARAMETER = re.compile(r"\$(\d+)::")
"""As `Builder.bind` writes it; constants in the text are names, which hold no `$`."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One statement and where its parameters come from."""

    statement: str
    takers: tuple[Taker, ...]
    sent: tuple[int, ...]
    """Places in `takers` of what the statement has a parameter for, from `$2` on."""

    def values(self, bound: Bound) -> list[Any]:
        """The parameters of one execution.

        Raises:
            Unplannable: one of them would be refused; the plain tier says how.
        """
        try:
            found = [take(bound) for take in self.takers]
        except Exception as error:
            raise Unplannable("a parameter") from error
        return [found[at] for at in self.sent]


def compiled(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    standing: Standing,
    variables: dict[str, Any],
) -> Compiled:
    """The statement that answers the operation with its `data` as UTF-8.

    Raises:
        Unplannable: some of it is not declared, or not the caller's to ask.
    """
    if operation.operation is not OperationType.QUERY or operation.directives:
        raise Unplannable("not a query")
    builder = Builder(schema, document, standing, variables)
    root = schema.query_type
    assert root is not None
    fields: list[tuple[str, str]] = []
    for key, nodes in builder.selected(root, [operation.selection_set]).items():
        name = nodes[0].name.value
        if name == "__typename":
            fields.append((key, text.quoted('"Query"')))
            continue
        definition = root.fields.get(name)
        if definition is None:
            raise Unplannable(name)
        fields.append((key, _root(builder, definition, nodes)))
    if not fields:
        raise Unplannable("nothing")
    answer, sent = numbered(f"convert_to({text.as_object(fields)}, 'UTF8')")
    return Compiled(entering(answer), tuple(builder.takers), sent)


def numbered(answer: str) -> tuple[str, tuple[int, ...]]:
    """The expression with its parameters from `$2` on without gaps, and the places of their takers.

    A cursor, say, that only `hasPreviousPage` depends on is checked and not sent.
    """
    used = sorted({int(number) for number in PARAMETER.findall(answer)})
    places = {number: at + 2 for at, number in enumerate(used)}
    shown = PARAMETER.sub(lambda found: f"${places[int(found[1])]}::", answer)
    return shown, tuple(number - 2 for number in used)


def _root(builder: Builder, definition: GraphQLField, nodes: list[FieldNode]) -> str:
    if nodes[0].name.value == "node":
        return _node(builder, definition, nodes)
    plan, _ = declaration(definition)
    if isinstance(plan, Page):
        return _page(builder, plan, definition, nodes)
    if isinstance(plan, Single):
        return _single(builder, plan, definition, nodes)
    if isinstance(plan, Towns):
        return _towns(builder, plan, definition, nodes)
    raise Unplannable("a root field without a declaration")


def _single(
    builder: Builder, plan: Single, definition: GraphQLField, nodes: list[FieldNode]
) -> str:
    builder.require(plan.right)
    kind, inner = declared_kind(plan), builder.alias()
    conditions = [*builder.within(inner), *builder.confined(kind.sight, inner)]
    arguments = builder.arguments(nodes[0], definition)
    for name, filter_ in plan.filters.items():
        given = arguments[name]
        if given is ABSENT or given == Constant(None):
            raise Unplannable("nothing to find it by")
        conditions.append(builder.condition(filter_, given, inner))
    shown = as_json(
        builder, object_type(definition), sets_of(nodes), inner, kind.model, kind.columns
    )
    table = kind.model._meta.db_table
    return text.nullable(
        f"(select {shown} from (select {inner}.* from {table} {inner}"
        f" where {' and '.join(conditions)} order by {inner}.id desc limit 1) {inner})"
    )


def _towns(builder: Builder, plan: Towns, definition: GraphQLField, nodes: list[FieldNode]) -> str:
    """The list as one aggregate over the towns, each with its row of numbers or with none."""
    if not plan.allowed(builder.standing.role, builder.standing.may):
        raise Unplannable("a right is missing")
    arguments = builder.arguments(nodes[0], definition)
    days = {
        name: builder.day(arguments.get(name, Constant(None)), otherwise)
        for name, otherwise in plan.given.items()
    }
    for name, condition in plan.bounds.items():
        given = arguments[name]
        absent = given is ABSENT or given == Constant(None)
        days[name] = "true" if absent else condition.format(day=builder.named_day(given))
    sees = builder.confined(LINE, "h")
    numbers = plan.numbers.format(sees=all_of(sees), **days)
    columns = [f"coalesce(c.{one}, 0) as {one}" for one in plan.counts]
    columns += [
        f"c.{a}::float8 / nullif(c.{b}, 0) as {name}" for name, (a, b) in plan.shares.items()
    ]
    inner = builder.alias()
    town = town_of(inner)
    towns = builder.bind(lambda bound: list(bound.principal.scope.readable), "uuid[]", "readable")
    shown = as_json(
        builder, object_type(definition), sets_of(nodes), inner, None, plan.kind().columns
    )
    return (
        f"(select concat('[', string_agg({shown}, ',' order by {town}.division_code), ']')"
        f" from tenants {town} left join ({numbers}) c on c.tenant_id = {town}.id"
        f" cross join lateral (select {', '.join(columns)}) {inner}"
        f" where {town}.id = any ({towns}) and {town}.kind <> 'DISTRICT')"
    )


def _node(builder: Builder, definition: GraphQLField, nodes: list[FieldNode]) -> str:
    """An object by its global id, whose type is part of the statement's key."""
    given = builder.arguments(nodes[0], definition)["id"]
    text_of = given.take if isinstance(given, Variable) else lambda bound: given.value
    name = named_type(text_of(Bound(ANYBODY, builder.variables)))
    made = builder.schema.get_type(name)
    if not isinstance(made, GraphQLObjectType) or DEFINITION not in made.extensions:
        raise Unplannable(f"no objects called {name}")
    kind = made.extensions[DEFINITION].origin
    if not issubclass(kind, RowNode) or not kind.columns:
        raise Unplannable(f"{name} declares no columns")
    own = kind.resolve_nodes.__func__ is RowNode.resolve_nodes.__func__  # type: ignore[attr-defined]
    if not own and not kind.sight.line:
        raise Unplannable(f"{name} is found in a way of its own")
    kind = checked(kind)
    builder.require((kind.object_kind, Right.READ_OWN) if kind.object_kind else None)
    inner = builder.alias()
    identity = builder.bind(lambda bound: UUID(decoded(text_of(bound))[1]), "uuid")
    conditions = [*builder.within(inner), *builder.confined(kind.sight, inner)]
    shown = as_json(builder, made, sets_of(nodes), inner, kind.model, kind.columns)
    return text.nullable(
        f"(select {shown} from {kind.model._meta.db_table} {inner}"
        f" where {all_of([*conditions, f'{inner}.id = {identity}'])})"
    )


def _page(builder: Builder, plan: Page, definition: GraphQLField, nodes: list[FieldNode]) -> str:
    builder.require(plan.right)
    kind, inner = declared_kind(plan), builder.alias()
    arguments = builder.arguments(nodes[0], definition)
    conditions = [*builder.within(inner), *builder.confined(kind.sight, inner)]
    for name, argument in definition.args.items():
        # A page in another order, say, is the plain tier's.
        if name not in PAGED and arguments[name] != Constant(declared(argument)):
            raise Unplannable(f"with {name}")
    where = arguments.get("where", Constant(None))
    if where is not ABSENT and where != Constant(None):
        if not isinstance(where, dict):
            raise Unplannable("filters as a whole")
        for name, given in where.items():
            if given is ABSENT or given == Constant(None):
                continue
            if name not in plan.where:
                raise Unplannable(f"where {name}")
            conditions.append(builder.condition(plan.where[name], given, inner))
    return connection(builder, kind, definition, nodes, arguments, inner, conditions, plan.key)
