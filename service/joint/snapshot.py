"""From rows to a planning instance: what is open, who is on duty, what already stands."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from service.administration.queries import settings_of
from service.joint.batches import items_of, rows_by_id
from service.joint.days import Blocked, blocked
from service.joint.drawn_teams import bind_drawn
from service.joint.planning.model import (
    Base,
    Demand,
    Instance,
    Officer,
    PlannedVisit,
    Premises,
    Travel,
)
from service.joint.records import FrequencyBudget, JointPlan, JointVisit
from service.joint.rules import EXEMPT, PLANNABLE, WHOLE_BUDGET, VisitState
from service.officers.records import Officer as OfficerRow
from service.officers.rules import certified_on
from service.register.records import Premises as PremisesRow
from service.workdays.queries import calendar
from service.workdays.rules import WorkCalendar, YearNotPublished
from tenants.scope import Owner
from tenants.wall import current

SHIFT = (510, 1050)  # 08:30 to 17:30, the usual office hours
TRAVEL = Travel(30.0, 1.3, 3.0)
SATURDAY = 5
_STANDING = (VisitState.PUBLISHED.value, VisitState.DONE.value)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one town, from its settings."""

    gap: int
    visits: int
    per_body: int
    minutes: int


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the planner must know of a demand; a district has 60,000, too many for models."""

    id: UUID
    tenant_id: UUID
    premises_id: UUID
    body_id: UUID
    kind: str
    items: Sequence[str]
    skill: str
    release_on: date
    due_on: date
    minutes: int
    risk: int
    mandatory: bool
    interval_days: int
    visit_id: UUID | None
    officer_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Place:
    """What the planner must know of premises; a district has 20,000."""

    id: UUID
    tenant_id: UUID
    district_id: UUID
    enterprise_id: UUID
    latitude: float
    longitude: float
    open_from: int | None
    open_to: int | None


@dataclass(slots=True)
class _Rows:
    demands: list[_Wish]
    premises: dict[UUID, _Place]
    officers: list[OfficerRow]
    standing: list[JointVisit]
    fixed: list[JointVisit]
    limits: dict[UUID, Limits] = field(default_factory=dict)
    left: dict[UUID, int] = field(default_factory=dict)
    by_premises: dict[UUID, list[_Wish]] = field(default_factory=dict)
    standing_at: dict[UUID, list[JointVisit]] = field(default_factory=dict)
    fixed_ids: set[UUID] = field(default_factory=set)
    blocked: Blocked = field(default_factory=Blocked)


async def limits_of(owner: Owner, on: date) -> Limits:
    """Gap, caps and length of visits that a town has set for a day."""
    chosen = await settings_of(owner, on)
    values = [
        chosen[f"inspection.{key}"]
        for key in ("min_gap_days", "max_visits_per_year", "max_visits_per_body", "max_minutes")
    ]
    return Limits(*(int(v) for v in values if not isinstance(v, tuple)))


async def take(plan: JointPlan) -> Instance:
    """Read everything the planner needs in the open transaction (one snapshot)."""
    days = await working_days(plan.first_day, plan.last_day)
    rows = await _rows(plan)
    days = sorted({*days, *(visit.day for visit in rows.fixed)})
    number = {day: i for i, day in enumerate(days)}
    rows.blocked = await blocked(days[0], days[-1]) if days else Blocked()
    bases, officers = officers_on(rows.officers, days, rows.blocked)
    demands = [d for d in (_demand(row, rows, days) for row in rows.demands) if d is not None]
    teams = {
        str(row.id): row.officer_ids
        for row in rows.demands
        if row.officer_ids and row.visit_id not in rows.fixed_ids
    }
    demands = bind_drawn(demands, teams, officers)
    places = {d.premises for d in demands} | {str(v.premises_id) for v in rows.fixed}
    return Instance(
        tuple(days),
        SHIFT,
        TRAVEL,
        tuple(bases),
        tuple(officers),
        tuple(_premises(rows, days, place) for place in sorted(places)),
        tuple(demands),
        tuple(_fixed(visit, number[visit.day]) for visit in rows.fixed),
    )


async def working_days(first: date, last: date) -> list[date]:
    """Days on which inspections are planned, both ends included."""
    known = await calendar()
    every = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return [day for day in every if _is_working(known, day)]


def _is_working(known: WorkCalendar, day: date) -> bool:
    try:
        return known.is_working(day)
    except YearNotPublished:
        # Plans reach into years whose holidays are announced late; replanning mends them.
        return day.weekday() < SATURDAY


async def _rows(plan: JointPlan) -> _Rows:
    reach = timedelta(days=366)
    standing = await JointVisit.filter(
        state__in=_STANDING, day__gte=plan.first_day - reach, day__lte=plan.last_day + reach
    ).order_by("id")
    fixed = [v for v in standing if plan.first_day <= v.day <= plan.last_day]
    demands = await _wishes(
        "state = any ($1) and release_on <= $2 and due_on >= $3",
        [s.value for s in PLANNABLE],
        plan.last_day,
        plan.first_day,
    )
    demands += await _wishes("id = any ($1)", [UUID(d) for v in fixed for d in v.demand_ids])
    premises = await _places({d.premises_id for d in demands})
    rows = _Rows(demands, premises, await officers_beside(fixed), standing, fixed)
    rows.fixed_ids = {v.id for v in fixed}
    for demand in demands:
        rows.by_premises.setdefault(demand.premises_id, []).append(demand)
    for visit in standing:
        rows.standing_at.setdefault(visit.premises_id, []).append(visit)
    for row in premises.values():
        if row.tenant_id not in rows.limits:
            town = Owner(row.tenant_id, row.district_id)
            rows.limits[row.tenant_id] = await limits_of(town, plan.first_day)
    budgets = await FrequencyBudget.filter(body=WHOLE_BUDGET, year=plan.first_day.year)
    rows.left = {b.enterprise_id: b.cap - b.reserved - b.used for b in budgets}
    return rows


async def _wishes(where: str, *values: object) -> list[_Wish]:
    rows = await current().fetch(
        "select id, tenant_id, premises_id, body_id, kind, items::text as items, skill, release_on,"
        " due_on, minutes, risk, mandatory, interval_days, visit_id,"
        " officer_ids::text as officer_ids from inspection_demands"
        f" where {where} order by id",
        *values,
    )
    for row in rows:
        row["items"] = items_of(row["items"])
        row["officer_ids"] = items_of(row["officer_ids"])
    return [_Wish(*row.values()) for row in rows]


async def _places(ids: Collection[UUID]) -> dict[UUID, _Place]:
    rows = await current().fetch(
        "select id, tenant_id, district_id, enterprise_id, latitude, longitude, open_from, open_to"
        " from premises where id = any ($1) order by id",
        list(ids),
    )
    return {row["id"]: _Place(*row.values()) for row in rows}


async def officers_beside(fixed: Sequence[JointVisit]) -> list[OfficerRow]:
    """Officers in office, and those who have left it but stand in a team that was announced."""
    serving = {row.id: row for row in await OfficerRow.filter(active=True)}
    named = {UUID(officer) for visit in fixed for officer in visit.officer_ids}
    gone = await rows_by_id(OfficerRow, named - serving.keys())
    return [row for _, row in sorted({**serving, **gone}.items())]


def _demand(row: _Wish, rows: _Rows, days: list[date]) -> Demand | None:
    """The demand in day numbers; None when standing visits leave it no day at all."""
    held = row.visit_id in rows.fixed_ids
    first, last = row.release_on, row.due_on
    exempt = row.kind in EXEMPT
    if not exempt and not held:
        first, last = _around(row, rows, first, last)
    begin, end = bisect_left(days, first), bisect_right(days, last) - 1
    if begin > end:
        return None
    return Demand(
        str(row.id),
        str(row.body_id),
        row.skill,
        str(row.premises_id),
        begin,
        end,
        row.minutes,
        row.risk,
        row.mandatory,
        exempt,
    )


def _around(row: _Wish, rows: _Rows, first: date, last: date) -> tuple[date, date]:
    """Narrow a window so that it keeps away from visits outside the horizon."""
    town = rows.limits[row.tenant_id]
    away = timedelta(days=max(town.gap, row.interval_days))
    for visit in rows.standing_at.get(row.premises_id, []):
        if visit.exempt or visit.id in rows.fixed_ids:
            continue
        if visit.day <= first:
            first = max(first, visit.day + away)
        elif visit.day >= last:
            last = min(last, visit.day - away)
    return first, last


def _premises(rows: _Rows, days: list[date], place: str) -> Premises:
    row = rows.premises[UUID(place)]
    town = rows.limits[row.tenant_id]
    mine = rows.by_premises.get(row.id, [])
    own = rows.standing_at.get(row.id, [])
    standing = sum(v.id in rows.fixed_ids and not v.exempt for v in own)
    return Premises(
        place,
        str(row.enterprise_id),
        str(row.tenant_id),
        row.latitude,
        row.longitude,
        closed_days(rows.blocked, row, days),
        None if row.open_from is None or row.open_to is None else (row.open_from, row.open_to),
        _gap(mine, town.gap),
        standing + _share(rows, row, town.visits),
        town.per_body,
        town.minutes,
    )


def _share(rows: _Rows, row: _Place, cap: int) -> int:
    """Take from the yearly budget of the enterprise what these premises can use of it."""
    left = rows.left.setdefault(row.enterprise_id, cap)
    mine = rows.by_premises.get(row.id, [])
    wanted = sum(d.visit_id not in rows.fixed_ids for d in mine)
    share = max(0, min(left, wanted))
    rows.left[row.enterprise_id] = left - share
    return share


def _gap(demands: list[_Wish], gap: int) -> int:
    """The town's gap, or the interval of an item that two demands share, if longer."""
    counts = Counter(item for demand in demands for item in demand.items)
    shared = {item for item, count in counts.items() if count > 1}
    if not shared:
        return gap
    return max(gap, *(d.interval_days for d in demands if not shared.isdisjoint(d.items)))


def closed_days(known: Blocked, row: _Place | PremisesRow, days: Sequence[date]) -> frozenset[int]:
    """Numbers of the days on which premises are shut, or nobody inspects in their town.

    Quiet days of the office hold in the whole district, those of a town in the town alone.
    """
    spans = list(known.premises.get(row.id, ()))
    spans += known.tenants.get(row.tenant_id, ())
    spans += known.tenants.get(known.office_id, ()) if known.office_id else ()
    return known.numbers(spans, days) if spans else frozenset()


def officers_on(
    rows: Iterable[OfficerRow], days: Sequence[date], known: Blocked
) -> tuple[list[Base], list[Officer]]:
    """Officers and their bases; absent on leave and duty, and where the card is not valid."""
    bases: dict[tuple[float, float], Base] = {}
    officers = []
    for row in rows:
        where = (row.base_latitude, row.base_longitude)
        base = bases.setdefault(where, Base(f"base-{len(bases)}", *where))
        valid = [row.active and certified_on(day, row.card_valid_to) for day in days]
        officers.append(
            Officer(
                str(row.id),
                str(row.body_id),
                base.id,
                tuple(row.skills),
                any(valid),
                frozenset(i for i, ok in enumerate(valid) if not ok)
                | known.numbers(known.officers.get(row.id, ()), days),
            )
        )
    return list(bases.values()), officers


def _fixed(visit: JointVisit, day: int) -> PlannedVisit:
    return PlannedVisit(
        str(visit.premises_id),
        day,
        visit.start_minute,
        visit.minutes,
        tuple(visit.officer_ids),
        str(visit.lead_body_id),
        tuple(visit.demand_ids),
    )
