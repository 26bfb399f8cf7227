"""Global ids: what clients hold instead of our keys, and how rows are found by them."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self
from uuid import UUID

from strawberry import relay
from tortoise.models import Model
from tortoise.queryset import QuerySet

from api.declared import Column, Sight
from service.errors import Invalid
from tenants.principal import Principal
from tenants.rights import Right, Subject

NOBODY = UUID(int=0)
"""No row has it."""


class RowNode:
    """Base of every Node that shows one row: `class Case(RowNode, relay.Node)`."""

    model: ClassVar[type[Model]]
    object_kind: ClassVar[Subject | None] = None
    """Kind of object that the caller must have the right to read; None where scope is enough."""
    columns: ClassVar[Mapping[str, Column]] = {}
    """How each field shows a column of the row; with it the read path may compile the type."""
    sight: ClassVar[Sight] = Sight()
    keeps_row: ClassVar[bool] = False
    """The type has a private field `row` for its resolvers."""

    @classmethod
    def of(cls, row: Any) -> Self:
        """The row as the schema shows it, by `columns` unless a type says otherwise."""
        if not cls.columns:
            raise TypeError(f"{cls.__name__} must say how a row is shown")
        shown = {name: column.read(row, name) for name, column in cls.columns.items()}
        kept = {"row": row} if cls.keeps_row else {}
        return cls(id=row.id, **kept, **shown)  # type: ignore[call-arg]

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows in scope that are the principal's to see, by `sight`."""
        confined = cls.sight.confines(principal)
        return found.filter(**{k: v or NOBODY for k, v in confined.items()}) if confined else found

    @classmethod
    async def resolve_nodes(
        cls, *, info: Any, node_ids: Iterable[str], required: bool = False
    ) -> Any:
        """The rows that the caller may see, in the order asked; null for the others.

        Raises:
            Forbidden: the caller may read no object of this kind.
        """
        if cls.object_kind is not None:
            info.context.require(cls.object_kind, Right.READ_OWN)
        wanted = [_uuid(one) for one in node_ids]
        found = cls.seen(info.context.principal, cls.model.filter(id__in=wanted))
        rows: dict[Any, Any] = {row.pk: row for row in await found}
        return [cls.of(rows[one]) if one in rows else None for one in wanted]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return NOBODY  # so the answer is null as for any unknown id


def node_id(given: relay.GlobalID, expected: type[relay.Node], field: str) -> UUID:
    """The plain id inside a global id of the expected type.

    Raises:
        Invalid: the id is of another type, or not an id of ours.
    """
    return typed_id(given, expected.__name__, field)


def typed_id(given: relay.GlobalID, expected: str, field: str) -> UUID:
    """The same by the name of the type, for a module that the type's own imports.

    Raises:
        Invalid: the id is of another type, or not an id of ours.
    """
    if given.type_name != expected:
        raise Invalid(f"{field} must be the id of a {expected}", path=("input", field))
    try:
        return UUID(given.node_id)
    except ValueError as error:
        raise Invalid(f"{field} is not an id of ours", path=("input", field)) from error
