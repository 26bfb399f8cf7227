"""What can be asked about supervised listings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from service.hazards.indicators import Ratio
from service.hazards.records import Hazard
from service.register.records import Enterprise, Premises
from service.supervision.records import SupervisionEvent, SupervisionOrder
from service.supervision.rules import PUBLIC, Level, State
from tenants.records import Body, Tenant
from tenants.wall import current

SHOWN_DAYS = 30  # how long a delisting stays on the public page
PAGE = 30  # listings on one public page, which keeps it below 15 kB
_LEGAL_PERSONS = ("91", "93", "1", "5")  # credit codes of companies, cooperatives, institutions

_COUNTS = """
select tenant_id, level, count(*) filter (where listed_on between $1 and $2)::int as listed,
    count(*) filter (where delisted_on between $1 and $2)::int as delisted,
    count(*) filter (where deadline between $1 and $2)::int as due,
    count(*) filter (where deadline between $1 and $2 and delisted_on <= deadline)::int as on_time,
    coalesce(sum(greatest(0, coalesce(delisted_on, $3::date) - deadline))
        filter (where deadline between $1 and $2), 0)::int as overdue_days
from supervision_orders where listed_on is not null group by tenant_id, level
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """Orders of one town and level; `due` are those whose deadline lies in the period."""

    listed: int
    delisted: int
    due: int
    on_time: int
    overdue_days: int

    @property
    def on_time_delist(self) -> Ratio:
        """Delisted by the deadline, of those whose deadline lies in the period (按期摘牌率)."""
        return Ratio(self.on_time, self.due)


def orders(
    *, state: State | None = None, level: Level | None = None, hazard_id: UUID | None = None
) -> QuerySet[SupervisionOrder]:
    """Orders in scope that fit every filter given."""
    found = SupervisionOrder.all()
    if state is not None:
        found = found.filter(state=state.value)
    if level is not None:
        found = found.filter(level=level.value)
    return found.filter(hazard_id=hazard_id) if hazard_id is not None else found


async def history_of(order_ids: Iterable[UUID]) -> dict[UUID, list[SupervisionEvent]]:
    """Steps by order, oldest first, in one statement."""
    wanted = list(order_ids)
    found: dict[UUID, list[SupervisionEvent]] = {one: [] for one in wanted}
    for row in await SupervisionEvent.filter(order_id__in=wanted).order_by("at", "id"):
        found[row.order_id].append(row)
    return found


async def counts(since: date, until: date, today: date) -> dict[tuple[UUID, Level], Counts]:
    """Counts by town and level, in one statement; overdue days run up to `today`."""
    rows = await current().fetch(_COUNTS, since, until, today)
    return {(row.pop("tenant_id"), Level(row.pop("level"))): Counts(**row) for row in rows}


@dataclass(frozen=True, slots=True)
class Listing:
    """What the public reads of one listing; nobody is named unless the district says so."""

    id: UUID
    town: str
    number: str
    level: Level
    state: State
    enterprise: str
    place: str
    category: str
    summary: str
    body: str
    official: str
    listed_on: date
    deadline: date
    delisted_on: date | None


async def public_listings(
    today: date, *, named: bool, order_id: UUID | None = None, page: int = 0
) -> list[Listing]:
    """Listings on the list today and those taken off lately, newest first; one page of them.

    Only what has been listed is ever among them.
    """
    recent = today - timedelta(days=SHOWN_DAYS)
    found = SupervisionOrder.filter(
        Q(state__in=[one.value for one in PUBLIC])
        | Q(state=State.DELISTED.value, delisted_on__gte=recent)
    )
    if order_id is not None:
        found = found.filter(id=order_id)
    rows = await found.order_by("-listed_on", "-id").offset(page * PAGE).limit(PAGE + 1)
    hazards = {r.id: r for r in await Hazard.filter(id__in=[one.hazard_id for one in rows])}
    traders = {r.id: r for r in await Enterprise.filter(id__in=[o.enterprise_id for o in rows])}
    places = {r.id: r for r in await Premises.filter(id__in=[one.premises_id for one in rows])}
    towns = {r.id: r for r in await Tenant.filter(id__in=[one.tenant_id for one in rows])}
    bodies = {r.id: r for r in await Body.filter(id__in=[o.body_id for o in rows if o.body_id])}
    return [
        Listing(
            id=row.id,
            town=towns[row.tenant_id].name,
            number=row.plate_number or "",
            level=Level(row.level),
            state=State(row.state),
            enterprise=public_name(traders[row.enterprise_id]),
            place=places[row.premises_id].address,
            category=hazards[row.hazard_id].category,
            summary=row.summary,
            body=bodies[row.body_id].name if row.body_id in bodies else "",
            official=row.official if named else "",
            listed_on=row.listed_on,
            deadline=row.deadline,
            delisted_on=row.delisted_on,
        )
        for row in rows
        if row.listed_on and row.deadline
    ]


def public_name(trader: Enterprise) -> str:
    """The name of a legal person; an unknown kind is treated as a natural person's business."""
    code = trader.credit_code or ""
    return trader.name if code.startswith(_LEGAL_PERSONS) else ""
