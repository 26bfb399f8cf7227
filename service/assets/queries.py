"""What can be asked about equipment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.queryset import QuerySet

from service.assets.commands import RULE
from service.assets.records import Asset, AssetCheck
from service.hazards.indicators import Ratio
from service.law.queries import rule_book
from service.law.rules import Rule
from tenants.wall import current

_COUNTS = """
select a.tenant_id, a.kind, count(*)::int as all,
    count(*) filter (where a.fit and a.next_due_on >= $1)::int as in_date,
    count(*) filter (where not a.fit)::int as unfit
from assets a join premises p on p.tenant_id = a.tenant_id and p.id = a.premises_id
where a.retired_on is null and p.status <> 'CLOSED' group by a.tenant_id, a.kind order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class KindCount:
    """Equipment of one kind in one town, as of now."""

    kind: str
    in_date: Ratio
    unfit: int


def assets(
    *,
    kind: str | None = None,
    premises_id: UUID | None = None,
    due_until: date | None = None,
    retired: bool = False,
) -> QuerySet[Asset]:
    """Equipment in scope that fits every filter given; `due_until` includes what is overdue."""
    found = Asset.filter(retired_on__isnull=not retired)
    if kind is not None:
        found = found.filter(kind=kind)
    if premises_id is not None:
        found = found.filter(premises_id=premises_id)
    if due_until is not None:
        found = found.filter(next_due_on__lte=due_until)
    return found


async def checks_of(asset_ids: Iterable[UUID]) -> dict[UUID, list[AssetCheck]]:
    """Inspections by equipment, the latest first, in one statement."""
    wanted = list(asset_ids)
    found: dict[UUID, list[AssetCheck]] = {one: [] for one in wanted}
    for row in await AssetCheck.filter(asset_id__in=wanted).order_by("-number"):
        found[row.asset_id].append(row)
    return found


async def kinds(day: date) -> list[Rule]:
    """Kinds of equipment with their intervals in force on a day, by code."""
    return [rule for rule in (await rule_book()).on(day) if rule.id == RULE]


async def counts(day: date) -> dict[UUID, list[KindCount]]:
    """Equipment in use of premises that are not closed, by tenant and kind, in one statement."""
    found: dict[UUID, list[KindCount]] = {}
    for row in await current().fetch(_COUNTS, day):
        one = KindCount(row["kind"], Ratio(row["in_date"], row["all"]), row["unfit"])
        found.setdefault(row["tenant_id"], []).append(one)
    return found
