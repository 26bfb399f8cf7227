"""Nightly ranking of hazard categories per town (突出问题、多发问题), kept as it was counted."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import settings_of
from service.hazards.records import HazardRanking
from service.ids import new_id
from tenants.directory import caretaker_scope, districts
from tenants.records import Tenant, owned
from tenants.wall import current, tenant_transaction

ACTOR = "task:hazards.rank"
Inspected = Callable[[UUID, date, date], Awaitable[int]]
"""How many premises of a tenant were inspected between two days, both included."""

_COUNTED = """
select category, count(*)::int as found,
    count(*) filter (where state = 'CLOSED')::int as closed,
    count(*) filter (where state = 'CLOSED' and exists (
        select from hazards again where again.tenant_id = h.tenant_id
            and again.premises_id = h.premises_id and again.category = h.category
            and again.id <> h.id and again.state not in ('DISMISSED', 'MERGED')
            and again.found_on >= h.closed_on and again.found_on <= h.closed_on + $4::int
    ))::int as recurred
from hazards h
where tenant_id = $1 and found_on >= $2 and found_on <= $3
    and state not in ('DISMISSED', 'MERGED')
group by category order by found desc, category
"""


async def rank(district_id: UUID, day: date, inspected: Inspected) -> int:
    """Rank the categories of each town for a day once; returns how many towns were ranked."""
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        towns = await Tenant.filter(district_id=district_id).exclude(kind="DISTRICT")
    ranked = 0
    for town in sorted(towns, key=lambda one: one.id):
        async with tenant_transaction(scope):
            if not await HazardRanking.filter(tenant_id=town.id, day=day).exists():
                ranked += await _rank_town(town, day, inspected)
    return ranked


async def _rank_town(town: Tenant, day: date, inspected: Inspected) -> int:
    chosen = await settings_of(town.owner, day)
    window, recurrence = chosen["hazard.ranking_days"], chosen["hazard.recurrence_days"]
    assert isinstance(window, int)
    assert isinstance(recurrence, int)
    since = day - timedelta(days=window - 1)
    rows = await current().fetch(_COUNTED, town.id, since, day, recurrence)
    premises = await inspected(town.id, since, day)
    for place, row in enumerate(rows, start=1):
        await HazardRanking.create(
            id=new_id(),
            **owned(town.owner),
            day=day,
            window_days=window,
            recurrence_days=recurrence,
            place=place,
            inspected_premises=premises,
            **row,
        )
    if rows:
        await audit.record("hazards.ranked", town.owner, "Tenant", town.id, day=day)
        await outbox.emit("hazards.ranked", town.owner, {"day": day.isoformat()})
    return int(bool(rows))


async def rank_everywhere(inspected: Inspected) -> None:
    """Rank yesterday in every district."""
    day = clock.legal_day(clock.now()) - timedelta(days=1)
    for district_id in await districts(ACTOR):
        await rank(district_id, day, inspected)


async def rankings(on: date | None = None) -> Mapping[UUID, list[HazardRanking]]:
    """The latest ranking of each town in scope up to a day, in one statement."""
    rows = await current().fetch(
        "select r.id, r.tenant_id from hazard_rankings r where r.day = ("
        " select max(l.day) from hazard_rankings l where l.tenant_id = r.tenant_id"
        " and ($1::date is null or l.day <= $1))",
        on,
    )
    found: dict[UUID, list[HazardRanking]] = {}
    for row in await HazardRanking.filter(id__in=[one["id"] for one in rows]).order_by("place"):
        found.setdefault(row.tenant_id, []).append(row)
    return found
