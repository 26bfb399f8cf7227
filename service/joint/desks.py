"""The announced visits of some days of a district, laid out for the planner's desk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from service.joint.batches import rows_by_id
from service.joint.days import blocked
from service.joint.planning.model import Demand, Instance, Plan, PlannedVisit, Premises
from service.joint.planning.urgent import Desk
from service.joint.records import InspectionDemand, JointVisit
from service.joint.rules import EXEMPT, VisitState
from service.joint.snapshot import (
    SHIFT,
    TRAVEL,
    Limits,
    closed_days,
    limits_of,
    officers_beside,
    officers_on,
    working_days,
)
from service.register.records import Premises as PremisesRow


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A desk, the days it knows by number, and the row behind each of its visits."""

    desk: Desk
    days: Sequence[date]
    row_of: Mapping[PlannedVisit, JointVisit]


async def lay_out_day(day: date, wanted: InspectionDemand) -> LaidOut:
    """A desk with one day, on which nothing can be moved: quickly read, and mostly enough."""
    visits = await JointVisit.filter(state=VisitState.PUBLISHED.value, day=day).order_by("id")
    return await _desk([day], visits, wanted, None)


async def lay_out(
    days: Sequence[date], wanted: InspectionDemand, *, movable_from: date, reach: int
) -> LaidOut:
    """A desk with the visits of `days`; those before `movable_from` stay where they are.

    Visits may be moved by at most `reach` calendar days beyond `days`; so the desk covers
    those days too, but the demand is fitted into `days` only.
    """
    first, last = days[0], days[-1] + timedelta(days=reach)
    every = sorted({*days, *await working_days(first, last)})
    visits = await JointVisit.filter(
        state=VisitState.PUBLISHED.value, day__gte=first, day__lte=last
    ).order_by("id")
    return await _desk(every, visits, wanted, movable_from)


async def _desk(
    days: Sequence[date],
    visits: Sequence[JointVisit],
    wanted: InspectionDemand,
    movable_from: date | None,
) -> LaidOut:
    """Without `movable_from` the visits stand still, and what they serve is not looked at."""
    number = {day: i for i, day in enumerate(days)}
    visits = [visit for visit in visits if visit.day in number]
    served = {UUID(d) for v in visits for d in v.demand_ids} if movable_from else set()
    demands = await rows_by_id(InspectionDemand, served)
    places = await rows_by_id(PremisesRow, {v.premises_id for v in visits} | {wanted.premises_id})
    limits: dict[UUID, Limits] = {}
    for row in places.values():
        if row.tenant_id not in limits:
            limits[row.tenant_id] = await limits_of(row.owner, days[0])
    only = None if movable_from else [wanted.premises_id]
    known = await blocked(days[0], days[-1], only)
    bases, officers = officers_on(await officers_beside(visits), days, known)
    planned = {_planned(v, number[v.day]): v for v in visits}
    instance = Instance(
        tuple(days),
        SHIFT,
        TRAVEL,
        tuple(bases),
        tuple(officers),
        tuple(
            _place(row, limits[row.tenant_id], closed_days(known, row, days))
            for row in places.values()
        ),
        tuple(_demand(row, days) for row in demands.values()),
        tuple(
            p
            for p, v in planned.items()
            if movable_from is None or v.day < movable_from or v.arrived_at is not None
        ),
    )
    return LaidOut(Desk(instance, Plan(tuple(planned), (), None)), days, planned)


def _planned(visit: JointVisit, day: int) -> PlannedVisit:
    return PlannedVisit(
        str(visit.premises_id),
        day,
        visit.start_minute,
        visit.minutes,
        tuple(visit.officer_ids),
        str(visit.lead_body_id),
        tuple(visit.demand_ids),
    )


def _place(row: PremisesRow, town: Limits, closed: frozenset[int]) -> Premises:
    return Premises(
        str(row.id),
        str(row.enterprise_id),
        str(row.tenant_id),
        row.latitude,
        row.longitude,
        closed,
        None if row.open_from is None or row.open_to is None else (row.open_from, row.open_to),
        town.gap,
        town.visits,
        town.per_body,
        town.minutes,
    )


def window(row: InspectionDemand, days: Iterable[date]) -> tuple[int, int]:
    """First and last number of the days inside a demand's window; (0, -1) when none is."""
    inside = [i for i, day in enumerate(days) if row.release_on <= day <= row.due_on]
    return (inside[0], inside[-1]) if inside else (0, -1)


def as_demand(row: InspectionDemand, first: int, last: int) -> Demand:
    """The demand as the planner sees it, in a window of day numbers."""
    return Demand(
        str(row.id),
        str(row.body_id),
        row.skill,
        str(row.premises_id),
        first,
        last,
        row.minutes,
        row.risk,
        row.mandatory,
        row.kind in EXEMPT,
    )


def _demand(row: InspectionDemand, days: Sequence[date]) -> Demand:
    return as_demand(row, *window(row, days))
