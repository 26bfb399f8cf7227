"""Generated questions: any selection of declared fields, with arguments, fragments and aliases."""

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)
from hypothesis import strategies as st

from api.compiling import DEFINITION, declaration
from api.declared import Below, Page, Single
from api.schema import schema

ROOTS = {
    name: definition
    for name, definition in schema._schema.query_type.fields.items()
    if isinstance(declaration(definition)[0], Page | Single)
}
WRAPPERS = {"edges", "node", "pageInfo"}


def declared(kind: GraphQLObjectType) -> dict[str, GraphQLField]:
    """The fields of a type that the compiler knows."""
    if kind.name.endswith(("Connection", "Edge")) or kind.name == "PageInfo":
        return dict(kind.fields)
    origin = kind.extensions[DEFINITION].origin
    columns = getattr(origin, "columns", {})
    found = {}
    for name, definition in kind.fields.items():
        plan, python_name = declaration(definition)
        if plan is not None or python_name in columns or name == "id":
            found[name] = definition
    return found


class Maker:
    """Draws one document; `variables` are collected on the way."""

    def __init__(self, draw: Any, values: dict[str, list[str]]) -> None:
        self.draw = draw
        self.values = values
        self.fragments: list[str] = []
        self.declared: list[str] = []
        self.variables: dict[str, Any] = {}

    def document(self) -> str:
        """A query of one to three fields."""
        names = self.draw(st.lists(st.sampled_from(sorted(ROOTS)), min_size=1, max_size=3))
        fields = [self.field(f"r{i}", name, ROOTS[name], 2) for i, name in enumerate(names)]
        head = f"({', '.join(self.declared)})" if self.declared else ""
        return " ".join([f"query Q{head} {{ {' '.join(fields)} }}", *self.fragments])

    def field(self, alias: str, name: str, definition: GraphQLField, depth: int) -> str:
        """One field with its arguments and everything below it."""
        shown = f"{alias}: {name}{self.arguments(name, definition)}"
        kind = get_named_type(definition.type)
        if is_leaf_type(kind):
            return shown
        return f"{shown} {self.selection(kind, depth)}"

    def selection(self, kind: GraphQLObjectType, depth: int) -> str:
        """Some of the fields, some of them in a fragment, some conditional."""
        fields = declared(kind)
        within = {
            name: one
            for name, one in fields.items()
            if is_leaf_type(get_named_type(one.type)) or name in WRAPPERS or depth > 0
        }
        names = self.draw(
            st.lists(st.sampled_from(sorted(within)), min_size=1, max_size=4, unique=True)
        )
        parts = ["__typename"] if self.draw(st.booleans()) else []
        for i, name in enumerate(names):
            below = depth if name in WRAPPERS else depth - 1
            made = self.field(
                f"f{i}" if self.draw(st.booleans()) else name, name, within[name], below
            )
            parts.append(self.wrapped(made, kind))
        return "{ " + " ".join(parts) + " }"

    def wrapped(self, made: str, kind: GraphQLObjectType) -> str:
        """The field as it is, in a fragment, or under a condition."""
        how = self.draw(st.sampled_from(["", "", "inline", "named", "include", "skip"]))
        if how == "inline":
            return f"... on {kind.name} {{ {made} }}"
        if how == "named":
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {kind.name} {{ {made} }}")
            return f"...{name}"
        if how in ("include", "skip"):
            given = self.variable("Boolean!", self.draw(st.booleans()))
            # The field comes twice: one of them is always there, whatever the condition says.
            return f"... @{how}(if: {given}) {{ {made} }} ...{{ __typename }}"
        return made

    def variable(self, kind: str, value: Any) -> str:
        """A fresh variable that holds the value."""
        name = f"v{len(self.variables)}"
        self.declared.append(f"${name}: {kind}")
        self.variables[name] = value
        return f"${name}"

    def arguments(self, name: str, definition: GraphQLField) -> str:
        """The page, the cursor, the filters, or the key."""
        plan, _ = declaration(definition)
        given = []
        if isinstance(plan, Single):
            code = self.draw(st.sampled_from(self.values["codes"]))
            given.append(f"creditCode: {self.variable('String!', code)}")
        if isinstance(plan, Page | Below):
            first = self.draw(st.integers(1, 4))
            variable = self.draw(st.booleans())
            given.append(f"first: {self.variable('Int!', first) if variable else first}")
            cursors = self.values[f"{name} cursors"]
            if cursors and self.draw(st.booleans()):
                given.append(
                    f"after: {self.variable('String', self.draw(st.sampled_from(cursors)))}"
                )
        if isinstance(plan, Page) and plan.where and self.draw(st.booleans()):
            given.append(f"where: {self.where(definition)}")
        return f"({', '.join(given)})" if given else ""

    def where(self, definition: GraphQLField) -> str:
        """Some filters, each a literal, a variable, null, or all of them one variable."""
        plan, _ = declaration(definition)
        kind = get_named_type(definition.args["where"].type)
        names = self.draw(st.lists(st.sampled_from(sorted(plan.where)), max_size=3, unique=True))
        whole = {name: self.filter_value(kind.fields[name]) for name in names}
        if self.draw(st.booleans()):
            return self.variable(kind.name, whole)
        parts = [
            f"{name}: {self.variable(str(kind.fields[name].type), value)}"
            for name, value in whole.items()
        ]
        return "{" + ", ".join(parts) + "}"

    def filter_value(self, definition: Any) -> Any:
        """A value of the filter's type."""
        kind = get_named_type(definition.type)
        if self.draw(st.integers(0, 5)) == 0:
            return None
        if isinstance(kind, GraphQLEnumType):
            return self.draw(st.sampled_from(sorted(kind.values)))
        if kind.name == "Boolean":
            return self.draw(st.booleans())
        if kind.name == "Date":
            return self.draw(st.dates()).isoformat()
        return self.draw(st.sampled_from(self.values["texts"]))


@st.composite
def questions(draw: Any, values: dict[str, list[str]]) -> tuple[str, dict[str, Any]]:
    """A document and its variables."""
    maker = Maker(draw, values)
    return maker.document(), maker.variables
