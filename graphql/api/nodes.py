"""Global ids: what clients hold instead of our keys."""

from uuid import UUID

from strawberry import relay

from service.errors import Invalid


def node_id(given: relay.GlobalID, expected: type[relay.Node], field: str) -> UUID:
    """The plain id inside a global id of the expected type.

    Raises:
        Invalid: the id is of another type, or not an id of ours.
    """
    if given.type_name != expected.__name__:
        raise Invalid(f"{field} must be the id of a {expected.__name__}", path=("input", field))
    try:
        return UUID(given.node_id)
    except ValueError as error:
        raise Invalid(f"{field} is not an id of ours", path=("input", field)) from error
