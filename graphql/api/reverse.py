"""Fields that one capability adds to the type of another, and the pages that hang below a row.

A hazard knows its enterprise; that an enterprise has hazards is the hazards' business.  With
`adds_to` it is said there, so that the register need not know who refers to it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

import strawberry
from strawberry.types.base import get_object_definition
from tortoise.models import Model

from api.context import Info
from api.paging import Connection, N, check_first, connection, decode, position
from tenants.wall import current

T = TypeVar("T")


def adds_to(kind: type) -> Callable[[type[T]], type[T]]:
    """Class decorator: the fields of the class become fields of `kind`; `self` is then one."""

    def add(fields: type[T]) -> type[T]:
        given = get_object_definition(strawberry.type(fields), strict=True)
        get_object_definition(kind, strict=True).fields.extend(given.fields)
        return fields

    return add


async def page_of(
    info: Info,
    model: type[Model],
    convert: Callable[[Any], N],
    *,
    by: str,
    parent: UUID,
    first: int,
    after: str | None,
    key: str = "created_at",
    equal: Mapping[str, Any] | None = None,
    among: Mapping[str, Sequence[Any]] | None = None,
) -> Connection[N]:
    """The page of the rows whose `by` is `parent`, newest first, for all parents in one statement.

    `equal` are further columns with the value that they must have, `among` with the texts of
    which they must have one.

    Raises:
        GraphQLError: a page size or cursor that is none.
    """
    size, bounds = check_first(first), dict(equal or {})
    columns = model._meta.fields_map
    beyond: tuple[Any, ...] = ()
    if after is not None:
        given, identity = decode(after)
        beyond = (position(columns[key], given), identity)
    table = f"{model._meta.db_table} c"
    scope = current().scope.readable
    if len(scope) == 1:
        bounds["tenant_id"] = next(iter(scope))  # see `api.paging.within`
    names = "".join(f" and c.{name} = ${2 + i}" for i, name in enumerate(bounds))
    for column, texts in (among or {}).items():
        bounds[f"{column} among {sorted(texts)}"] = list(texts)
        names += f" and c.{column} = any(${1 + len(bounds)}::text[])"

    async def load(parents: list[UUID]) -> list[list[Any]]:
        values = [parents, *bounds.values(), *beyond]
        at = len(values)
        past = f" and (c.{key}, c.id) < (${at - 1}, ${at})" if beyond else ""
        found = await current().fetch(
            f"select c.id from unnest($1::uuid[]) parent(id) cross join lateral ("
            f" select c.id from {table} where c.{by} = parent.id{names}{past}"
            f" order by c.{key} desc, c.id desc limit {size + 1}) c",
            *values,
        )
        kept: dict[UUID, list[Any]] = {one: [] for one in parents}
        rows = model.filter(id__in=[row["id"] for row in found]).order_by(f"-{key}", "-id")
        for row in await rows:
            kept[getattr(row, by)].append(row)
        return [kept[one] for one in parents]

    async def count(parents: list[UUID]) -> list[int]:
        found = await current().fetch(
            f"select c.{by} as parent, count(*) as n from {table}"
            f" where c.{by} = any($1){names} group by 1",
            parents,
            *bounds.values(),
        )
        counted = {row["parent"]: row["n"] for row in found}
        return [counted.get(one, 0) for one in parents]

    name = f"{model.__name__}.{by}.{sorted(bounds)}"
    rows = await info.context.loader(f"{name}.{size}.{after}", load).load(parent)
    return connection(
        cast(list[Any], rows),
        convert,
        size=size,
        after=after,
        key=key,
        count=lambda: info.context.loader(f"{name}.count", count).load(parent),
    )
