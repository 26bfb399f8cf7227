"""The walk: one look at every selection, one measure per fragment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
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


@dataclass(frozen=True, slots=True)
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

    def beside(self, other: "Measure") -> "Measure":
        """This and `other` in one selection set."""
        return Measure(
            depth=max(self.depth, other.depth),
            breadth=self.breadth + other.breadth,
            roots=self.roots + other.roots,
            fields=self.fields + other.fields,
            aliases=self.aliases + other.aliases,
            directives=self.directives + other.directives,
            repeats=self.repeats + other.repeats,
            introspection=max(self.introspection, other.introspection),
            cost=self.cost + other.cost,
        )


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
        on_definition = len(node.directives or ()) + sum(
            len(v.directives or ()) for v in node.variable_definitions or ()
        )
        total = self.bounded(replace(total, directives=total.directives + on_definition))
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
                part = self.field(selection, parent, level, keys)
            elif isinstance(selection, FragmentSpreadNode):
                part = self.fragment(selection.name.value, level + 1)
            elif isinstance(selection, InlineFragmentNode):
                part = self.inline(selection, parent, level, keys)
            else:
                raise TypeError(f"unknown selection {selection.kind}")
            directives = len(selection.directives or ())
            if directives:
                part = replace(part, directives=part.directives + directives)
            # Bounding each sum keeps the integers small where fragments double them.
            total = self.bounded(total.beside(part))
        return total

    def field(
        self, node: FieldNode, parent: GraphQLNamedType | None, level: int, keys: set[str]
    ) -> Measure:
        """The measure of one field with all that is selected inside it."""
        name = node.name.value
        if name in ROOT_INTROSPECTION and not self.limits.introspection:
            raise LimitExceeded(
                "INTROSPECTION_OFF",
                "The schema is shown to signed-in callers. Send an access token.",
            )
        key = node.alias.value if node.alias else name
        repeats = 1 if key in keys else 0
        keys.add(key)
        definition = None
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            definition = parent.fields.get(name)
        inner = Measure()
        if node.selection_set is not None:
            if name in ROOT_INTROSPECTION:
                below = self.schema.get_type("__Schema" if name == "__schema" else "__Type")
            else:
                below = get_named_type(definition.type) if definition else None
            inner = self.selections(node.selection_set, below, level + 1, set())
        meta = name.startswith("__") or (parent is not None and is_introspection_type(parent))
        nested = 1 if meta and name in INTROSPECTION_LISTS else 0
        size = page_size(node, definition, parent, self.values, self.limits)
        return Measure(
            depth=inner.depth + 1,
            breadth=1,
            roots=0 if name == "__typename" else 1,
            fields=inner.fields + 1,
            aliases=inner.aliases + (1 if node.alias else 0),
            directives=inner.directives,
            repeats=inner.repeats + repeats,
            introspection=inner.introspection + nested,
            cost=0 if meta else 1 + size * inner.cost,
        )

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
        measure = replace(measure, directives=measure.directives + len(node.directives or ()))
        self.measured[name] = measure
        return measure

    def bounded(self, total: Measure) -> Measure:
        """`total` itself, if nothing that has been written out exceeds its limit."""
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
            return total
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
        return total

    def within(self, code: str, what: str, count: int, limit: int) -> None:
        """Raises `LimitExceeded` if `count` of `what` is over `limit`."""
        if count > limit:
            raise LimitExceeded(
                code,
                f"The document has more than {limit} {what}. Ask for it in several requests.",
            )
