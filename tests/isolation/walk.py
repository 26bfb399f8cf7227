"""Documents that ask the schema for everything it can show, made by looking at the schema."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

PAGE = 5
MOST = 4  # documents for one field, over the values its arguments may take
TRANSPARENT = {"edges", "node", "pageInfo"}
"""Fields of a connection: they lead to the objects and are no step on the way."""


@dataclass(frozen=True, slots=True)
class Values:
    """What arguments are filled with."""

    ids: Mapping[str, Sequence[str]]
    """Global ids by type."""
    texts: Sequence[str]
    uuid: str

    def of(self, kind: GraphQLInputType, about: str = "") -> list[str]:
        """Literals of an input type; ids are those of type `about`, where it has any."""
        if isinstance(kind, GraphQLNonNull):
            return self.of(kind.of_type, about)
        if isinstance(kind, GraphQLList):
            return [f"[{one}]" for one in self.of(kind.of_type)]
        if isinstance(kind, GraphQLEnumType):
            return list(kind.values)
        if isinstance(kind, GraphQLInputObjectType):
            needed = {n: f for n, f in kind.fields.items() if is_required_input_field(f)}
            choices = product(*(self.of(f.type) for f in needed.values()))
            return [
                "{" + ", ".join(f"{n}: {v}" for n, v in zip(needed, one, strict=True)) + "}"
                for one in islice(choices, 3)
            ]
        name = get_named_type(kind).name
        scalars = {
            "ID": [f'"{one}"' for one in self.ids.get(about, ()) or chain(*self.ids.values())],
            "String": [f'"{one}"' for one in self.texts],
            "UUID": [f'"{self.uuid}"'],
            "Int": ["1"],
            "Float": ["1.0"],
            "Boolean": ["true"],
            "Date": ['"2026-01-01"'],
            "DateTime": ['"2026-01-01T00:00:00Z"'],
        }
        return scalars.get(name, ['"1"'])


class Walker:
    """Writes the selections of one schema."""

    def __init__(
        self,
        schema: GraphQLSchema,
        values: Values,
        shows: Callable[[GraphQLObjectType], Mapping[str, GraphQLField]] = lambda kind: kind.fields,
    ) -> None:
        self.schema = schema
        self.shows = shows
        self.values = values
        self._made: dict[tuple[str, int], list[str]] = {}

    def fields(self) -> Iterator[str]:
        """Names of every question but `node`."""
        assert self.schema.query_type is not None
        return (name for name in self.schema.query_type.fields if name != "node")

    def documents(self, name: str, depth: int) -> list[str]:
        """The question with each of the values that its arguments may take."""
        assert self.schema.query_type is not None
        if (name, depth) not in self._made:
            field = self.schema.query_type.fields[name]
            inner = self.selection(field.type, depth)
            calls = islice(self.calls(field), MOST)
            self._made[name, depth] = [f"{{ {name}{call} {inner} }}" for call in calls]
        return self._made[name, depth]

    def nodes(self, type_name: str, ids: Sequence[str], depth: int) -> str:
        """One document for many global ids of a type."""
        kind = self.schema.type_map[type_name]
        inner = self.selection(kind, depth)  # type: ignore[arg-type]
        asked = (
            f'n{i}: node(id: "{one}") {{ ... on {type_name} {inner} }}' for i, one in enumerate(ids)
        )
        return "{ " + " ".join(asked) + " }"

    def calls(self, field: GraphQLField) -> Iterator[str]:
        """Argument lists, with small pages and every required argument filled."""
        needed = {n: a for n, a in field.args.items() if is_required_argument(a)}
        paged = {"first": str(PAGE)} if "first" in field.args else {}
        result = get_named_type(field.type).name
        about = [result if n == "id" else n[:1].upper() + n[1:].removesuffix("Id") for n in needed]
        literals = [
            self.values.of(a.type, of) for a, of in zip(needed.values(), about, strict=True)
        ]
        for one in product(*literals):
            given = paged | dict(zip(needed, one, strict=True))
            yield f"({', '.join(f'{n}: {v}' for n, v in given.items())})" if given else ""

    def selection(self, kind: GraphQLOutputType | GraphQLNamedType, depth: int) -> str:
        """Every leaf within reach; empty for a leaf itself."""
        named = get_named_type(kind)
        if is_leaf_type(named):
            return ""
        if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
            parts = [
                f"... on {one.name} {self.selection(one, depth)}"
                for one in self.schema.get_possible_types(named)
            ]
            return "{ __typename " + " ".join(parts) + " }"
        assert isinstance(named, GraphQLObjectType)
        chosen = ["__typename"]
        for name, field in self.shows(named).items():
            below = depth if name in TRANSPARENT else depth - 1
            if not is_leaf_type(get_named_type(field.type)) and below < 0:
                continue
            call = next(self.calls(field), None)
            if call is not None:
                chosen.append(f"{name}{call} {self.selection(field.type, below)}")
        return "{ " + " ".join(chosen) + " }"

    def node_types(self) -> list[str]:
        """Types that have global ids."""
        node = self.schema.type_map["Node"]
        assert isinstance(node, GraphQLInterfaceType)
        return sorted(one.name for one in self.schema.get_possible_types(node))
