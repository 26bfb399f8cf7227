"""The compiler of the read path: a document of declared fields becomes one statement.

It refuses whatever it does not know, and then the plain tier answers.  It also refuses what
would be an error: errors are worded in one place only.
"""

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    value_from_ast,
)

from api import sql_json as text
from api.declared import METADATA, Column, Filter, Sight
from api.limits_pages import declared
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject, allows

DEFINITION = "strawberry-definition"
ABSENT = object()


class Unplannable(Exception):
    """The document is not for this tier; the plain one answers it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a principal the statement depends on; the rest are its parameters."""

    role: Role
    grants: frozenset[str]
    single: bool
    """The scope reads one tenant, which the statement then names."""

    @classmethod
    def of(cls, principal: Principal) -> "Standing":
        """The standing of whoever asks."""
        return cls(principal.role, principal.grants, len(principal.scope.readable) == 1)

    def may(self, subject: Subject, right: Right) -> bool:
        """As `Context.require`, without an error."""
        return allows(self.role, subject, right, capabilities=self.grants)


@dataclass(frozen=True, slots=True)
class Bound:
    """What the parameters of one execution are taken from."""

    principal: Principal
    variables: Mapping[str, Any]


Taker = Callable[[Bound], Any]


@dataclass(frozen=True, slots=True)
class Constant:
    """An argument whose value is part of the statement's key."""

    value: Any


@dataclass(frozen=True, slots=True)
class Variable:
    """An argument that is a parameter: a variable, or a field inside one."""

    path: tuple[str, ...]

    def take(self, bound: Bound) -> Any:
        """Its value this time."""
        found: Any = bound.variables
        for name in self.path:
            found = found[name]
        return found


Argument = Any  # Constant | Variable | dict[str, Argument] | ABSENT


@dataclass(slots=True)
class Builder:
    """One compilation: the document, who asks, and the parameters found so far."""

    schema: GraphQLSchema
    document: DocumentNode
    standing: Standing
    variables: dict[str, Any]
    """Coerced; their shape, and the values of whole numbers and booleans, are fixed."""
    takers: list[Taker] = field(default_factory=list)
    known: dict[Any, int] = field(default_factory=dict)
    aliases: int = 0

    def alias(self) -> str:
        """A fresh name for a table."""
        self.aliases += 1
        return f"t{self.aliases}"

    def bind(self, take: Taker, cast: str, key: Any = None) -> str:
        """A parameter; the same `key` is sent once."""
        if key is None or (key, cast) not in self.known:
            self.takers.append(take)
            at = len(self.takers) + 1  # `$1` is the scope
            if key is not None:
                self.known[key, cast] = at
        else:
            at = self.known[key, cast]
        return f"${at}::{cast}"

    def selected(
        self, kind: GraphQLObjectType, sets: Iterable[SelectionSetNode]
    ) -> dict[str, list[FieldNode]]:
        """Fields by response key, in order, fragments written out."""
        found: dict[str, list[FieldNode]] = {}
        for one in sets:
            self._collect(kind, one.selections, found)
        return found

    def _collect(
        self,
        kind: GraphQLObjectType,
        selections: Sequence[SelectionNode],
        found: dict[str, list[FieldNode]],
    ) -> None:
        for node in selections:
            if not self._included(node.directives or ()):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or self._applies(condition.name.value, kind):
                    self._collect(kind, node.selection_set.selections, found)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragment(node.name.value)
                if self._applies(fragment.type_condition.name.value, kind):
                    self._collect(kind, fragment.selection_set.selections, found)

    def _fragment(self, name: str) -> FragmentDefinitionNode:
        for one in self.document.definitions:
            if isinstance(one, FragmentDefinitionNode) and one.name.value == name:
                return one
        raise Unplannable(name)

    def _applies(self, name: str, kind: GraphQLObjectType) -> bool:
        given = self.schema.get_type(name)
        return given is kind or (
            isinstance(given, GraphQLInterfaceType) and given in kind.interfaces
        )

    def _included(self, directives: Iterable[DirectiveNode]) -> bool:
        for one in directives:
            wanted = {"include": True, "skip": False}.get(one.name.value)
            if wanted is None:
                raise Unplannable(f"@{one.name.value}")
            (given,) = one.arguments or ()
            value = value_from_ast(given.value, GraphQLBoolean, self.variables)
            if value is not wanted:
                return False
        return True

    def arguments(self, node: FieldNode, definition: GraphQLField) -> dict[str, Argument]:
        """Every argument of the field by name, defaults included."""
        written = {one.name.value: one.value for one in node.arguments or ()}
        found: dict[str, Argument] = {}
        for name, argument in definition.args.items():
            value = self.argument(written[name], argument.type) if name in written else ABSENT
            if value is ABSENT:
                default = declared(argument)
                value = ABSENT if default is Undefined else Constant(default)
            found[name] = value
        return found

    def argument(self, node: ValueNode, kind: GraphQLInputType) -> Argument:
        """A literal, a variable, or an object out of both."""
        if isinstance(node, VariableNode):
            name = node.name.value
            if name not in self.variables:
                return ABSENT
            return self._variable((name,), self.variables[name], kind)
        if isinstance(node, NullValueNode):
            return Constant(None)
        bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(node, ObjectValueNode) and isinstance(bare, GraphQLInputObjectType):
            return {
                one.name.value: self.argument(one.value, bare.fields[one.name.value].type)
                for one in node.fields
            }
        value = value_from_ast(node, kind, self.variables)
        if value is Undefined:
            raise Unplannable("a literal of another type")
        return Constant(value)

    def _variable(self, path: tuple[str, ...], value: Any, kind: GraphQLInputType) -> Argument:
        if value is None:
            return Constant(None)
        if isinstance(value, dict):
            return {name: self._variable((*path, name), one, kind) for name, one in value.items()}
        if len(path) == 1 and type(value) in (int, bool):
            return Constant(value)
        return Variable(path)

    def condition(self, filter_: Filter, given: Argument, table: str) -> str:
        """The filter with the argument as its parameters."""
        first = self._parameter(given, filter_.convert, filter_.cast)
        second = ""
        if "{w}" in filter_.sql:
            second = self._parameter(given, filter_.second, filter_.cast)
        return filter_.sql.format(t=table, v=first, w=second)

    def _parameter(self, given: Argument, convert: Callable[[Any], Any], cast: str) -> str:
        if isinstance(given, Variable):
            take = given.take
            return self.bind(lambda bound: convert(take(bound)), cast)
        if isinstance(given, Constant):
            value = convert(given.value)
            return self.bind(lambda bound: value, cast)
        raise Unplannable("an object where a value is expected")

    def day(self, given: Argument, otherwise: Callable[[], date]) -> str:
        """A day that an argument names, or another one as of each execution."""
        if given is ABSENT or given == Constant(None):
            return self.bind(lambda bound: otherwise(), "date")
        return self.named_day(given)

    def named_day(self, given: Argument) -> str:
        """A day that an argument names."""
        return self._parameter(given, lambda value: value, "date")

    def require(self, right: tuple[Subject, Right] | None) -> None:
        """Leave a refusal to the plain tier."""
        if right is not None and not self.standing.may(*right):
            raise Unplannable("a right is missing")

    def confined(self, sight: Sight, table: str) -> list[str]:
        """Conditions on the rows that the caller's role sees."""
        found = []
        if sight.own and self.standing.role is Role.ENTERPRISE:
            own = self.bind(lambda b: b.principal.enterprise_id, "uuid", "enterprise")
            found.append(f"{table}.{sight.own} = {own}")
        if sight.home:
            found.append(f"{table}.tenant_id = {self.bind(_home, 'uuid', 'home')}")
        if sight.line and self.standing.role is Role.DEPARTMENT:
            body = self.bind(lambda b: b.principal.body_id, "uuid", "body")
            comprehensive = text.quoted(sight.comprehensive)
            found.append(
                f"coalesce((select b.line from bodies b where b.id = {body}), '')"
                f" in ({comprehensive}, {table}.{sight.line})"
            )
        return found

    def within(self, table: str) -> list[str]:
        """As `api.paging.within`."""
        if not self.standing.single:
            return []
        only = self.bind(lambda b: next(iter(b.principal.scope.readable)), "uuid", "single")
        return [f"{table}.tenant_id = {only}"]


def _home(bound: Bound) -> UUID:
    if bound.principal.scope.home is None:
        raise Unplannable("no home")
    return bound.principal.scope.home.tenant_id


def leaf(column: Column, name: str, definition: GraphQLField, table: str, model: Any) -> str:
    """The text of a field that shows a column.

    Raises:
        Unplannable: no such column, or a type without a text.
    """
    source = column.name or name
    if model is not None and source not in model._meta.fields_map:
        raise Unplannable(f"{model.__name__} has no {source}")
    sql = f"{table}.{source}"
    if column.present:
        return f"({sql} is not null)::text"
    if column.blank:
        sql = f"nullif({sql}, '')"
    if column.kind is not None and any(one.name != one.value for one in column.kind):
        named = " ".join(f"when {text.quoted(m.value)} then '{m.name}'" for m in column.kind)
        sql = f"case {sql} {named} end"
    try:
        shown = text.value(get_named_type(definition.type), sql)
    except text.NoText as error:
        raise Unplannable(str(error)) from error
    return shown if isinstance(definition.type, GraphQLNonNull) else text.nullable(shown)


def decoded(given: Any) -> tuple[str, str]:
    """Type and key in a global id.

    Raises:
        Unplannable: it is none.
    """
    try:
        kind, _, key = b64decode(given, validate=True).decode().partition(":")
    except (ValueError, TypeError) as error:
        raise Unplannable("no global id") from error
    return kind, key


def named_type(given: Any) -> str:
    """The type in a global id, empty for what is none; all that a statement depends on."""
    try:
        return decoded(given)[0][:64]
    except Unplannable:
        return ""


CURSORS: dict[type, str] = {UUID: "uuid", date: "date", datetime: "instant", int: "int"}
CASTS = {"uuid": "uuid", "date": "date", "instant": "timestamptz", "int": "bigint"}
"""How a column of that type stands in a cursor, and as a parameter."""


def operation_kind(schema: GraphQLSchema, operation: OperationDefinitionNode) -> GraphQLObjectType:
    """The type at the root of the operation."""
    kind = schema.get_root_type(operation.operation)
    assert kind is not None
    return kind


def declaration(definition: GraphQLField) -> tuple[Any, str]:
    """What a field declares, None for nothing, and its name in Python."""
    made = definition.extensions.get(DEFINITION)
    if made is None:
        raise Unplannable("no field of ours")
    return made.metadata.get(METADATA), made.python_name
