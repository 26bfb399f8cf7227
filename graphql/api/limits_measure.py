"""The walk: one look at every selection, one measure per fragment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_introspection_type,
)

from api.limits_pages import page_size
from api.limits_terms import Cost, LimitExceeded, Limits

INTROSPECTION_LISTS = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})
ROOT_INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(slots=True)
class Measure:
    """What a selection set amounts to when every fragment in it is written out."""

    depth: int = 0
    breadth: int = 0
    roots: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    repeats: int = 0
    introspection: int = 0
    cost: int = 0

    def add(self, other: "Measure") -> None:
        """Take `other` into the same selection set."""
        self.depth = max(self.depth, other.depth)
        self.breadth += other.breadth
        self.roots += other.roots
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.repeats += other.repeats
        self.introspection = max(self.introspection, other.introspection)
        self.cost += other.cost

    def add_inside(self, inner: "Measure", size: int, nested: int) -> None:
        """Take what a field of `size` objects holds; `nested` is 1 for an introspection list."""
        self.depth = max(self.depth, inner.depth + 1)
        self.fields += inner.fields
        self.aliases += inner.aliases
        self.directives += inner.directives
        self.repeats += inner.repeats
        self.introspection = max(self.introspection, inner.introspection + nested)
        self.cost += size * inner.cost


@dataclass(slots=True)
class Meter:
    """Measures the operations of one document against one set of variable values."""

    schema: GraphQLSchema
    document: DocumentNode
    values: Mapping[str, object]
    limits: Limits
    visited: int = 0
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    measured: dict[str, Measure] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Sort the definitions; a document holds operations and fragments only."""
        operations = 0
        fragments = 0
        for definition in self.document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                fragments += 1
                self.fragments.setdefault(definition.name.value, definition)
            elif isinstance(definition, OperationDefinitionNode):
                operations += 1
            else:
                raise LimitExceeded(
                    "NOT_EXECUTABLE", "The document defines types. Send operations and fragments."
                )
        self.within("TOO_MANY_OPERATIONS", "operations", operations, self.limits.operations)
        self.within("TOO_MANY_FRAGMENTS", "fragments", fragments, self.limits.fragments)

    def operation(self, node: OperationDefinitionNode) -> Cost:
        """The measure of one operation.  Raises `LimitExceeded`."""
        root = self.schema.get_root_type(node.operation)
        total = self.selections(node.selection_set, root, 1, set())
        total.directives += len(node.directives or ())
        total.directives += sum(len(v.directives or ()) for v in node.variable_definitions or ())
        self.bound(total)
        self.within("TOO_MANY_ROOT_FIELDS", "fields at its root", total.roots, self.limits.roots)
        return Cost(
            cost=total.cost,
            depth=total.depth,
            fields=total.fields,
            aliases=total.aliases,
            directives=total.directives,
            roots=total.roots,
        )

    def leftovers(self) -> None:
        """Measure the fragments that no operation spreads: validation reads them as well."""
        for name in self.fragments:
            self.fragment(name, 1)

    def selections(
        self,
        node: SelectionSetNode,
        parent: GraphQLNamedType | None,
        level: int,
        keys: set[str],
    ) -> Measure:
        """The measure of one selection set; `keys` are the response keys it has so far."""
        # The bound on the level also keeps this recursion shallow.
        self.within("TOO_DEEP", "levels", level, self.limits.nesting)
        total = Measure()
        for selection in node.selections:
            self.visited += 1
            if isinstance(selection, FieldNode):
                self.field(selection, parent, level, keys, total)
            elif isinstance(selection, FragmentSpreadNode):
                total.add(self.fragment(selection.name.value, level + 1))
            elif isinstance(selection, InlineFragmentNode):
                total.add(self.inline(selection, parent, level, keys))
            else:
                raise TypeError(f"unknown selection {selection.kind}")
            if selection.directives:
                total.directives += len(selection.directives)
            # Bounding each sum keeps the integers small where fragments double them.
            self.bound(total)
        return total

    def field(
        self,
        node: FieldNode,
        parent: GraphQLNamedType | None,
        level: int,
        keys: set[str],
        total: Measure,
    ) -> None:
        """Add one field, with all that is selected inside it, to `total`."""
        name = node.name.value
        if name in ROOT_INTROSPECTION and not self.limits.introspection:
            raise LimitExceeded(
                "INTROSPECTION_OFF",
                "The schema is shown to signed-in callers. Send an access token.",
            )
        key = name
        if node.alias:
            key = node.alias.value
            total.aliases += 1
        if key in keys:
            total.repeats += 1
        keys.add(key)
        total.breadth += 1
        total.fields += 1
        if name != "__typename":
            total.roots += 1
        meta = name.startswith("__") or (parent is not None and is_introspection_type(parent))
        if not meta:
            total.cost += 1
        if node.selection_set is None:
            total.depth = max(total.depth, 1)
            return
        definition = None
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            definition = parent.fields.get(name)
        inner = self.selections(node.selection_set, self.below(name, definition), level + 1, set())
        nested = 1 if meta and name in INTROSPECTION_LISTS else 0
        size = 1 if meta else page_size(node, definition, parent, self.values, self.limits)
        total.add_inside(inner, size, nested)

    def below(self, name: str, definition: GraphQLField | None) -> GraphQLNamedType | None:
        """The type whose fields are selected inside a field; None where the schema has none."""
        if name in ROOT_INTROSPECTION:
            return self.schema.get_type("__Schema" if name == "__schema" else "__Type")
        return get_named_type(definition.type) if definition else None

    def inline(
        self,
        node: InlineFragmentNode,
        parent: GraphQLNamedType | None,
        level: int,
        keys: set[str],
    ) -> Measure:
        """The measure of an inline fragment, whose fields belong to the set around it."""
        if node.type_condition is not None:
            parent = self.schema.get_type(node.type_condition.name.value)
        return self.selections(node.selection_set, parent, level + 1, keys)

    def fragment(self, name: str, level: int) -> Measure:
        """The measure of a named fragment, taken once; an unknown one is left to validation."""
        known = self.measured.get(name)
        if known is not None:
            return known
        node = self.fragments.get(name)
        if node is None:
            return Measure()
        if name in self.open:
            raise LimitExceeded(
                "FRAGMENT_CYCLE", f"Fragment {name[:64]} spreads itself. Remove the circle."
            )
        self.open.add(name)
        parent = self.schema.get_type(node.type_condition.name.value)
        measure = self.selections(node.selection_set, parent, level, set())
        self.open.discard(name)
        measure.directives += len(node.directives or ())
        self.measured[name] = measure
        return measure

    def bound(self, total: Measure) -> None:
        """Raises `LimitExceeded` if anything that has been written out is over its limit."""
        limits = self.limits
        if (
            total.depth <= limits.depth
            and total.breadth <= limits.breadth
            and total.fields <= limits.fields
            and total.aliases <= limits.aliases
            and total.directives <= limits.directives
            and total.repeats <= limits.repeats
            and total.introspection <= limits.introspection_lists
        ):
            return
        self.within("TOO_DEEP", "levels", total.depth, limits.depth)
        self.within("TOO_WIDE", "fields in one selection", total.breadth, limits.breadth)
        self.within("TOO_MANY_FIELDS", "fields", total.fields, limits.fields)
        self.within("TOO_MANY_ALIASES", "aliases", total.aliases, limits.aliases)
        self.within("TOO_MANY_DIRECTIVES", "directives", total.directives, limits.directives)
        self.within("TOO_MANY_REPEATS", "repeated fields", total.repeats, limits.repeats)
        self.within(
            "INTROSPECTION_TOO_DEEP",
            "introspection lists inside one another",
            total.introspection,
            limits.introspection_lists,
        )

    def within(self, code: str, what: str, count: int, limit: int) -> None:
        """Raises `LimitExceeded` if `count` of `what` is over `limit`."""
        if count > limit:
            raise LimitExceeded(
                code,
                f"The document has more than {limit} {what}. Ask for it in several requests.",
            )
