"""Urgent demands (12350 report, accident): fitted in at once, moving as little as possible.

Checks of clues and instant checks know no limit of frequency (重庆市政府令第375号 arts. 29, 30).
The place is worked out on a copy of the calendar; then everybody concerned is locked, the
calendar is compared with the copy, and only if it is unchanged is anything written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from secrets import token_hex
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import settings_of
from service.errors import Conflict, Forbidden, NotFound
from service.ids import new_id
from service.joint.desks import LaidOut, as_demand, lay_out, lay_out_day, window
from service.joint.planning.model import PlannedVisit
from service.joint.records import InspectionDemand, JointVisit, VisitMove
from service.joint.reserving import ReservationRefused, lock_all, rebook, reserve
from service.joint.rules import EXEMPT, PLANNABLE, DemandState, advance
from service.joint.snapshot import working_days
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current

ATTEMPTS = 4
WITHIN_DAYS = 14  # an urgent demand is fitted into the next two weeks of its window
MOVED_WITHIN_DAYS = 21


@dataclass(frozen=True, slots=True)
class FittedIn:
    """The visit that serves the demand, and the moves that made room for it."""

    visit: JointVisit
    moves: list[VisitMove] = field(default_factory=list)


async def fit_urgent(body_id: UUID | None, demand_id: UUID) -> FittedIn:
    """Book a visit for one exempt demand at once; at most two announced visits move.

    Visits within the notice of their town never move.

    Raises:
        NotFound: no such demand in scope.
        Forbidden: the demand is another body's.
        Conflict: the demand is not of an exempt kind or booked already, or no arrangement with
            two moves was found; nothing changed.
    """
    demand = await _taken(body_id, demand_id)
    days = await _days_for(demand)
    done = await _beside(demand, days)
    if done is not None:
        return done
    notice = int(str((await settings_of(demand.owner, days[0]))["inspection.notice_days"]))
    movable_from = clock.legal_day(clock.now()) + timedelta(days=notice)
    for _ in range(ATTEMPTS):
        laid = await lay_out(days, demand, movable_from=movable_from, reach=MOVED_WITHIN_DAYS)
        first, last = window(demand, days)
        numbers = {day: i for i, day in enumerate(laid.days)}
        sought = as_demand(demand, numbers[days[first]], numbers[days[last]])
        fitted = laid.desk.fit(sought)
        if fitted is None:
            break
        done = await _commit(demand, laid, fitted.visit, fitted.moved)
        if done is not None:
            return done
    raise Conflict(
        "no team can come in its window, even if two announced visits moved; widen the window",
        path=("input", "demandId"),
    )


async def _beside(demand: InspectionDemand, days: Sequence[date]) -> FittedIn | None:
    """Book it beside what is announced, on the first day with a free team; None when none has.

    Most urgent demands fit in so, and a day is read in a fraction of the time of the window.
    """
    for day in days:
        for _ in range(ATTEMPTS):
            laid = await lay_out_day(day, demand)
            visit = laid.desk.place(as_demand(demand, 0, 0))
            if visit is None:
                break
            done = await _commit(demand, laid, visit, [])
            if done is not None:
                return done
    return None


async def _taken(body_id: UUID | None, demand_id: UUID) -> InspectionDemand:
    await current().fetch("select 1 from inspection_demands where id = $1 for update", demand_id)
    demand = await InspectionDemand.get_or_none(id=demand_id)
    if demand is None:
        raise NotFound("no such demand", path=("input", "demandId"))
    if body_id is None or demand.body_id != body_id:
        raise Forbidden("a body fits in its own demands")
    if demand.kind not in EXEMPT:
        raise Conflict(
            f"a {demand.kind} check waits for the plan; only exempt kinds are urgent",
            path=("input", "demandId"),
        )
    if DemandState(demand.state) not in PLANNABLE:
        raise Conflict(f"the demand is {demand.state}", path=("input", "demandId"))
    return demand


async def _days_for(demand: InspectionDemand) -> list[date]:
    """The working days of the window within two weeks, or all days when none is one."""
    today = clock.legal_day(clock.now())
    first = max(today, demand.release_on)
    last = min(demand.due_on, first + timedelta(days=WITHIN_DAYS))
    if last < first:
        raise Conflict("the window of the demand is over", path=("input", "demandId"))
    days = await working_days(first, last)
    return days or [first + timedelta(days=i) for i in range((last - first).days + 1)]


async def _commit(
    demand: InspectionDemand,
    laid: LaidOut,
    planned: PlannedVisit,
    moved: Sequence[tuple[PlannedVisit, PlannedVisit]],
) -> FittedIn | None:
    """Write visit and moves, or nothing and None when the calendar has changed meanwhile."""
    visit = _visit(demand, laid.days[planned.day], planned)
    before = [laid.row_of[old] for old, _ in moved]
    await lock_all([visit, *before])
    if not await _unchanged(laid, [visit, *before]) or any(
        old.day.year != laid.days[new.day].year for old, (_, new) in zip(before, moved, strict=True)
    ):
        return None
    moves = [
        await _moved(row, laid.days[new.day], new.start, demand)
        for row, (_, new) in zip(before, moved, strict=True)
    ]
    try:
        await rebook(before)
        await visit.save(force_create=True)
        await reserve([visit])
    except ReservationRefused as refused:
        raise Conflict("the calendar of the premises or of the team is taken") from refused
    demand.state = advance(DemandState(demand.state), DemandState.CODED).value
    demand.visit_id, demand.unserved_reason = visit.id, ""
    await demand.save(update_fields=["state", "visit_id", "unserved_reason"])
    await _tell(visit, demand, before)
    return FittedIn(visit, moves)


def _visit(demand: InspectionDemand, day: date, planned: PlannedVisit) -> JointVisit:
    return JointVisit(
        id=new_id(),
        **owned(demand.owner),
        plan_id=None,
        origin="URGENT",
        premises_id=demand.premises_id,
        enterprise_id=demand.enterprise_id,
        day=day,
        start_minute=planned.start,
        minutes=planned.minutes,
        lead_body_id=demand.body_id,
        officer_ids=list(planned.officers),
        demand_ids=[str(demand.id)],
        exempt=True,
        explanation=f"{day}: urgent {demand.kind} check; {demand.exemption_reason}"[:600],
        code=token_hex(10),
        state="PUBLISHED",
        created_at=clock.now(),
    )


_Entry = tuple[UUID, date, int, int]


async def _unchanged(laid: LaidOut, visits: Sequence[JointVisit]) -> bool:
    """Whether the copy still shows all visits of these teams and premises; nobody else may
    change them now."""
    officers = {officer for visit in visits for officer in visit.officer_ids}
    places = {visit.premises_id for visit in visits}
    known: set[_Entry] = {
        (row.id, row.day, row.start_minute, row.minutes)
        for row in laid.row_of.values()
        if row.premises_id in places or not officers.isdisjoint(row.officer_ids)
    }
    rows = await current().fetch(
        "select v.id, v.day, v.start_minute, v.minutes from joint_visits v"
        " where v.state = 'PUBLISHED' and v.day = any ($3) and (v.premises_id = any ($2)"
        " or v.id in (select visit_id from officer_reservations where officer_id = any ($1)))",
        [UUID(officer) for officer in officers],
        list(places),
        list(laid.days),
    )
    return known == {(r["id"], r["day"], r["start_minute"], r["minutes"]) for r in rows}


async def _moved(visit: JointVisit, day: date, minute: int, demand: InspectionDemand) -> VisitMove:
    move = await VisitMove.create(
        id=new_id(),
        **owned(visit.owner),
        visit_id=visit.id,
        demand_id=demand.id,
        from_day=visit.day,
        from_minute=visit.start_minute,
        to_day=day,
        to_minute=minute,
        moved_at=clock.now(),
    )
    visit.day, visit.start_minute = day, minute
    visit.sequence, visit.changed_at = visit.sequence + 1, clock.now()
    await visit.save(update_fields=["day", "start_minute", "sequence", "changed_at"])
    return move


async def _tell(visit: JointVisit, demand: InspectionDemand, moved: list[JointVisit]) -> None:
    acts: list[tuple[UUID, str, Owner, JointVisit]] = [
        (visit.tenant_id, "joint.urgent_fitted", visit.owner, visit),
        *((v.tenant_id, "joint.visit_moved", v.owner, v) for v in moved),
    ]
    for _, act, owner, row in sorted(acts, key=lambda entry: (entry[0], entry[1])):
        await audit.record(act, owner, "JointVisit", row.id, demand=str(demand.id))
        await outbox.emit(act, owner, {"visit": str(row.id), "demand": str(demand.id)})
