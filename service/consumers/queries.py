"""What can be asked of consumers."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from tortoise.queryset import QuerySet

from service.administration.queries import settings_of
from service.consumers.records import LogAcknowledgement, LogConsumer
from service.consumers.rules import CONFIRM_HOURS, SILENCE_HOURS, Limits, Pending, Standing
from service.publication.past import removals_since
from tenants.directory import committee_scope
from tenants.records import District
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction


def consumers(*, stale: bool | None = None) -> QuerySet[LogConsumer]:
    """Consumers in scope that the office lets in now; `stale` those that lag, or do not."""
    found = LogConsumer.filter(ended_at__isnull=True)
    return found if stale is None else found.filter(stale_since__isnull=not stale)


async def statements_of(
    consumer_ids: Iterable[UUID], limit: int
) -> dict[UUID, list[LogAcknowledgement]]:
    """The newest statements by consumer, newest first."""
    wanted = list(consumer_ids)
    found: dict[UUID, list[LogAcknowledgement]] = {one: [] for one in wanted}
    for row in await LogAcknowledgement.filter(consumer_id__in=wanted).order_by("-at", "-id"):
        if len(found[row.consumer_id]) < limit:
            found[row.consumer_id].append(row)
    return found


async def limits_of(office: Owner) -> Limits:
    """The limits that the office set."""
    chosen = await settings_of(office)
    confirm, silence = chosen[CONFIRM_HOURS], chosen[SILENCE_HOURS]
    assert isinstance(confirm, int)
    assert isinstance(silence, int)
    return Limits(timedelta(hours=confirm), timedelta(hours=silence))


async def pending_of(rows: Iterable[LogConsumer]) -> dict[UUID, Pending]:
    """Removals that each consumer has not confirmed, in one statement for each office."""
    offices: dict[UUID, list[LogConsumer]] = {}
    for row in rows:
        offices.setdefault(row.tenant_id, []).append(row)
    found: dict[UUID, Pending] = {}
    for office_id, known in offices.items():
        by_size = await removals_since(office_id, [row.size for row in known])
        found |= {row.id: Pending(*by_size[row.size]) for row in known}
    return found


def standing(row: LogConsumer) -> Standing:
    """A consumer as the rules see it."""
    return Standing(row.since, row.heard_at or row.since, row.disputed_at is not None)


async def confirmations(code: str, leaf_index: int) -> tuple[int, int] | None:
    """How many consumers confirmed the log up to a leaf, of how many; None where there are none.

    Numbers alone leave this function, so that anybody may ask.
    """
    async with tenant_transaction(Scope.of_platform("public"), read_only=True):
        district = await District.get_or_none(code=code)
    if district is None or district.office_id is None:
        return None
    scope = replace(await committee_scope(district.id, "public"), writable=frozenset())
    async with tenant_transaction(scope, read_only=True):
        rows = await consumers().filter(tenant_id=district.office_id)
    done = [row for row in rows if row.size > leaf_index and row.disputed_at is None]
    return (len(done), len(rows)) if rows else None
