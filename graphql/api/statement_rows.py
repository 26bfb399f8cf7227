"""What each declaration below the root becomes: objects, lists, pages, references."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    SelectionSetNode,
    get_named_type,
)

from api import sql_json as text
from api.compiling import (
    ABSENT,
    CASTS,
    CURSORS,
    DEFINITION,
    Bound,
    Builder,
    Constant,
    Unplannable,
    Variable,
    declaration,
    leaf,
)
from api.declared import Below, Choice, Inline, Many, One, Town
from api.nodes import RowNode
from api.paging import PAGE_MAX, decode, position


def sets_of(nodes: Iterable[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set is not None]


def object_type(definition: GraphQLField) -> GraphQLObjectType:
    kind = get_named_type(definition.type)
    if not isinstance(kind, GraphQLObjectType):
        raise Unplannable(kind.name)
    return kind


def declared_kind(plan: Any) -> Any:
    kind = plan.kind()
    if not getattr(kind, "columns", None):
        raise Unplannable(f"{kind.__name__} declares no columns")
    return checked(kind)


def checked(kind: Any) -> Any:
    """The type, if its rows are found and shown as it declares.

    Raises:
        Unplannable: it has a way of its own.
    """
    if issubclass(kind, RowNode) and (
        kind.seen.__func__ is not RowNode.seen.__func__  # type: ignore[attr-defined]
        or kind.of.__func__ is not RowNode.of.__func__  # type: ignore[attr-defined]
    ):
        raise Unplannable(f"{kind.__name__} shows its rows in a way of its own")
    return kind


def as_json(
    builder: Builder,
    kind: GraphQLObjectType,
    sets: list[SelectionSetNode],
    table: str,
    model: Any,
    columns: Any,
) -> str:
    fields: list[tuple[str, str]] = []
    for key, nodes in builder.selected(kind, sets).items():
        name = nodes[0].name.value
        if name == "__typename":
            fields.append((key, text.quoted(f'"{kind.name}"')))
            continue
        definition = kind.fields[name]
        plan, python_name = declaration(definition)
        if plan is not None:
            shown = _linked(builder, plan, definition, nodes, table, model)
        elif name == "id" and "Node" in {one.name for one in kind.interfaces}:
            identity = text.global_id(kind.name, f"{table}.id")
            shown = f"""('"' || {identity} || '"')"""
        elif python_name in columns:
            shown = leaf(columns[python_name], python_name, definition, table, model)
        else:
            raise Unplannable(f"{kind.name}.{name}")
        fields.append((key, shown))
    return text.as_object(fields)


def _linked(
    builder: Builder,
    plan: Any,
    definition: GraphQLField,
    nodes: list[FieldNode],
    table: str,
    model: Any,
) -> str:
    match plan:
        case Many():
            return _many(builder, plan, definition, nodes, table)
        case One():
            return _one(builder, plan, definition, nodes, table)
        case Below():
            return _below(builder, plan, definition, nodes, table)
        case Choice():
            return _choice(plan, table)
        case Town():
            kind = plan_kind(definition)
            return as_json(
                builder,
                object_type(definition),
                sets_of(nodes),
                town_of(table),
                kind.model,
                kind.columns,
            )
        case Inline():
            kind = object_type(definition)
            inner = as_json(builder, kind, sets_of(nodes), table, model, plan.columns)
            if not plan.when:
                return inner
            return f"case when {plan.when.format(t=table)} then {inner} else 'null' end"
    raise Unplannable("a declaration that belongs elsewhere")


def plan_kind(definition: GraphQLField) -> Any:
    """The class behind the type of a field."""
    return object_type(definition).extensions[DEFINITION].origin


def town_of(table: str) -> str:
    """The alias of the town beside a row of numbers."""
    return f"{table}_town"


def _choice(plan: Choice, table: str) -> str:
    cases = []
    for state, members in plan.members.items():
        shown = "[" + ",".join(f'"{one.name}"' for one in members) + "]"
        cases.append(f"when {text.quoted(state)} then {text.quoted(shown)}")
    return f"case {table}.{plan.column} {' '.join(cases)} end"


def _many(
    builder: Builder, plan: Many, definition: GraphQLField, nodes: list[FieldNode], table: str
) -> str:
    kind, inner = declared_kind(plan), builder.alias()
    shown = as_json(
        builder, object_type(definition), sets_of(nodes), inner, kind.model, kind.columns
    )
    order = ", ".join(f"{inner}.{one}" for one in plan.order)
    return (
        f"(select concat('[', string_agg({shown}, ',' order by {order}), ']')"
        f" from {kind.model._meta.db_table} {inner}"
        f" where {inner}.tenant_id = {table}.tenant_id and {inner}.{plan.by} = {table}.id)"
    )


def _one(
    builder: Builder, plan: One, definition: GraphQLField, nodes: list[FieldNode], table: str
) -> str:
    if isinstance(definition.type, GraphQLNonNull):
        raise Unplannable("a reference that may not be null")
    if plan.right is not None and not builder.standing.may(*plan.right):
        return text.quoted("null")
    kind, inner = declared_kind(plan), builder.alias()
    shown = as_json(
        builder, object_type(definition), sets_of(nodes), inner, kind.model, kind.columns
    )
    found = (
        f"(select {shown} from {kind.model._meta.db_table} {inner}"
        f" where {inner}.tenant_id = {table}.tenant_id and {inner}.id = {table}.{plan.column})"
    )
    return text.nullable(found)


def _below(
    builder: Builder, plan: Below, definition: GraphQLField, nodes: list[FieldNode], table: str
) -> str:
    builder.require(plan.right)
    kind, inner = declared_kind(plan), builder.alias()
    arguments = builder.arguments(nodes[0], definition)
    conditions = [
        f"{inner}.tenant_id = {table}.tenant_id",
        f"{inner}.{plan.by} = {table}.id",
        *builder.confined(kind.sight, inner),
    ]
    return connection(builder, kind, definition, nodes, arguments, inner, conditions, plan.key)


def connection(
    builder: Builder,
    kind: Any,
    definition: GraphQLField,
    nodes: list[FieldNode],
    arguments: dict[str, Any],
    inner: str,
    conditions: list[str],
    key: str,
) -> str:
    """The page as one aggregate over its rows and one more, which says whether more follow."""
    size = arguments["first"].value if isinstance(arguments["first"], Constant) else None
    if type(size) is not int or not 1 <= size <= PAGE_MAX:
        raise Unplannable("a page size that is refused, or not known")
    column = kind.model._meta.fields_map[key]
    form = CURSORS.get(column.field_type)
    if form is None:
        raise Unplannable(f"cursors over {key}")
    after = arguments["after"]
    going_on = after is not ABSENT and after != Constant(None)
    ranged = list(conditions)
    if going_on:
        ranged.append(_beyond(builder, after, column, inner, key, form))
    table = kind.model._meta.db_table
    order = f"{inner}.{key} desc" if key == "id" else f"{inner}.{key} desc, {inner}.id desc"
    rows = (
        f"(select {inner}.*, row_number() over (order by {order}) as place from"
        f" (select {inner}.* from {table} {inner} where {all_of(ranged)}"
        f" order by {order} limit {size + 1}) {inner}) {inner}"
    )
    page = _Page(builder, kind, inner, key, form, size, going_on)
    shape = object_type(definition)
    fields, rows_needed = [], False
    for name, found in builder.selected(shape, sets_of(nodes)).items():
        asked = found[0].name.value
        if asked == "totalCount":
            counted = f"(select count(*) from {table} {inner} where {all_of(conditions)})"
            fields.append((name, f"{counted}::text"))
        elif asked == "__typename":
            fields.append((name, text.quoted(f'"{shape.name}"')))
        else:
            part = page.part(shape.fields[asked], found)
            fields.append((name, part))
            # What is the same for every page aggregates nothing, and would be said for each row.
            rows_needed = rows_needed or not isinstance(part, text.Constant)
    shown = text.as_object(fields)
    return f"(select {shown} from {rows})" if rows_needed else shown


def all_of(conditions: list[str]) -> str:
    return " and ".join(conditions) or "true"


def _beyond(builder: Builder, after: Any, column: Any, inner: str, key: str, form: str) -> str:
    def cursor_of(bound: Bound) -> Any:
        given = after.take(bound) if isinstance(after, Variable) else after.value
        at, identity = decode(given)
        return position(column, at), identity

    at = builder.bind(lambda b: cursor_of(b)[0], CASTS[form])
    if key == "id":
        return f"{inner}.id < {at}"
    identity = builder.bind(lambda b: cursor_of(b)[1], "uuid")
    return f"({inner}.{key}, {inner}.id) < ({at}, {identity})"


@dataclass(slots=True)
class _Page:
    """The parts of one connection over the rows `inner`, each with its `place`."""

    builder: Builder
    kind: Any
    inner: str
    key: str
    form: str
    size: int
    going_on: bool

    def part(self, definition: GraphQLField, nodes: list[FieldNode]) -> str:
        """`edges` or `pageInfo`."""
        if definition.extensions[DEFINITION].python_name == "edges":
            return self.edges(object_type(definition), nodes)
        return self.page_info(object_type(definition), nodes)

    def edges(self, edge: GraphQLObjectType, nodes: list[FieldNode]) -> str:
        """The items of the page."""
        fields = []
        for key, found in self.builder.selected(edge, sets_of(nodes)).items():
            name = found[0].name.value
            if name == "node":
                shown = as_json(
                    self.builder,
                    object_type(edge.fields["node"]),
                    sets_of(found),
                    self.inner,
                    self.kind.model,
                    self.kind.columns,
                )
            elif name == "cursor":
                shown = f"""('"' || {self.cursor()} || '"')"""
            else:
                shown = text.quoted(f'"{edge.name}"')
            fields.append((key, shown))
        items = (
            f"string_agg({text.as_object(fields)}, ',' order by {self.inner}.place)"
            f" filter (where {self.inner}.place <= {self.size})"
        )
        return f"concat('[', {items}, ']')"

    def page_info(self, info: GraphQLObjectType, nodes: list[FieldNode]) -> str:
        """Where the page stands."""
        quoted = f"""('"' || {self.cursor()} || '"')"""
        last = (
            f"(array_agg({quoted} order by {self.inner}.place desc)"
            f" filter (where {self.inner}.place <= {self.size}))[1]"
        )
        first = f"max({quoted}) filter (where {self.inner}.place = 1)"
        parts = {
            "hasNextPage": f"(count(*) > {self.size})::text",
            "hasPreviousPage": text.quoted("true" if self.going_on else "false"),
            "startCursor": text.nullable(first),
            "endCursor": text.nullable(last),
            "__typename": text.quoted(f'"{info.name}"'),
        }
        selected = self.builder.selected(info, sets_of(nodes))
        return text.as_object((key, parts[found[0].name.value]) for key, found in selected.items())

    def cursor(self) -> str:
        """The cursor of a row."""
        return text.cursor(self.form, f"{self.inner}.{self.key}", f"{self.inner}.id")
