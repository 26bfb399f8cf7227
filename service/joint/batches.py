"""Reading many rows by id: a statement takes at most 32,767 parameters, so ids come in batches."""

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from tenants.records import TenantOwned

BATCH = 10_000

Row = TypeVar("Row", bound=TenantOwned)


async def rows_by_id(model: type[Row], ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Rows in scope with these ids, however many."""
    wanted = sorted(set(ids))
    found: dict[UUID, Row] = {}
    for start in range(0, len(wanted), BATCH):
        for row in await model.filter(id__in=wanted[start : start + BATCH]):
            found[row.id] = row
    return found
