"""How many objects a field may answer with: the multiplier of what is selected inside it."""

from collections.abc import Mapping

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLNonNull,
    IntValueNode,
    NullValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_list_type,
)

from api.limits_terms import Limits

PAGE_ARGUMENTS = ("first", "last")


def page_size(
    node: FieldNode,
    definition: GraphQLField | None,
    parent: GraphQLNamedType | None,
    values: Mapping[str, object],
    limits: Limits,
) -> int:
    """The most objects that `node` is expected to yield, from 0 up to the largest page.

    A connection counts what `first` or `last` asks for, and its lists inside are not
    counted again.  A list without pages counts `limits.list_size`.
    """
    if definition is None:
        return 1
    paged = [name for name in PAGE_ARGUMENTS if name in definition.args]
    if paged:
        return asked(node, definition, paged, values, limits)
    if parent is not None and parent.name.endswith("Connection"):
        return 1
    kind = definition.type
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    return limits.list_size if is_list_type(kind) else 1


def asked(
    node: FieldNode,
    definition: GraphQLField,
    paged: list[str],
    values: Mapping[str, object],
    limits: Limits,
) -> int:
    """The page that the arguments ask for; the larger one where both ends are given."""
    written = {a.name.value: a.value for a in node.arguments or ()}
    sizes = []
    for name in paged:
        value = declared(definition.args[name])
        if name in written:
            value = resolved(written[name], values)
        if value is not None and value is not Undefined:
            sizes.append(clamped(value, limits.page))
    return max(sizes, default=limits.page_default)


def declared(argument: GraphQLArgument) -> object:
    """The default of the schema, whether built from Python or read from SDL."""
    default = argument.default
    if default is None:
        return argument.default_value
    return default.value if default.literal is None else resolved(default.literal, {})


def resolved(node: ValueNode, values: Mapping[str, object]) -> object:
    """The value of an argument; an absent variable is as if the argument were absent."""
    if isinstance(node, VariableNode):
        return values.get(node.name.value)
    if isinstance(node, NullValueNode):
        return None
    # Ten digits are more than any page: a longer number need not be converted.
    return int(node.value) if isinstance(node, IntValueNode) and len(node.value) <= 10 else node


def clamped(value: object, page: int) -> int:
    """`value` as a page size; whatever is no such number is priced as the largest page."""
    if isinstance(value, bool) or not isinstance(value, int):
        return page
    return min(max(value, 0), page)
