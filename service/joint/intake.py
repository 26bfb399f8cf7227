"""Continuous intake (拼团): a demand that comes after planning is offered visits already booked.

能合并的不得重复检查: what can be merged must not be inspected again (国办发〔2024〕54号,
优化营商环境条例 art. 54).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from service import audit, clock, jobs, outbox
from service.errors import Conflict, Forbidden, NotFound
from service.joint.planning.minutes import travel_minutes
from service.joint.records import InspectionDemand, JointVisit
from service.joint.reserving import ReservationRefused, extend, lock_all
from service.joint.rules import EXEMPT, PLANNABLE, DemandState, VisitState, advance
from service.joint.snapshot import SHIFT, TRAVEL, limits_of
from service.officers.records import Officer
from service.officers.rules import certified_on
from service.register.records import Premises
from tenants.scope import Owner
from tenants.wall import current

MOST_OFFERS = 10


@dataclass(frozen=True, slots=True)
class Offer:
    """A booked visit that can serve one more demand; `minutes` is how long it would last then."""

    visit: JointVisit
    minutes: int


async def offers_for(demand: InspectionDemand) -> list[Offer]:
    """Announced visits to the same premises, in the demand's window, that could take it along."""
    if DemandState(demand.state) not in PLANNABLE:
        return []
    today = clock.legal_day(clock.now())
    visits = await JointVisit.filter(
        premises_id=demand.premises_id,
        state=VisitState.PUBLISHED.value,
        day__gte=max(today, demand.release_on),
        day__lte=demand.due_on,
        arrived_at__isnull=True,
    ).order_by("day", "id")
    found = []
    for visit in visits[:MOST_OFFERS]:
        try:
            found.append(Offer(visit, await _check_fits(visit, demand)))
        except Conflict:
            continue
    return found


async def join_visit(body_id: UUID | None, demand_id: UUID, visit_id: UUID) -> JointVisit:
    """Let an announced visit serve one more demand, at its day, hour, lead and team.

    Raises:
        NotFound: no such demand, or no such visit to its premises.
        Forbidden: the demand is another body's.
        Conflict: the demand is booked, or the visit cannot take it along; nothing changed.
    """
    await current().fetch("select 1 from inspection_demands where id = $1 for update", demand_id)
    demand = await InspectionDemand.get_or_none(id=demand_id)
    if demand is None:
        raise NotFound("no such demand", path=("input", "demandId"))
    if body_id is None or demand.body_id != body_id:
        raise Forbidden("a body joins visits with its own demands")
    if DemandState(demand.state) not in PLANNABLE:
        raise Conflict(f"the demand is {demand.state}", path=("input", "demandId"))
    await current().fetch("select 1 from joint_visits where id = $1 for update", visit_id)
    visit = await JointVisit.get_or_none(id=visit_id)
    if visit is None or visit.premises_id != demand.premises_id:
        raise NotFound("no such visit to these premises", path=("input", "visitId"))
    if visit.state != VisitState.PUBLISHED.value or visit.arrived_at is not None:
        raise Conflict("this visit takes nobody along any more", path=("input", "visitId"))
    if not demand.release_on <= visit.day <= demand.due_on:
        raise Conflict("the visit lies outside the demand's window", path=("input", "visitId"))
    await lock_all([visit])
    minutes = await _check_fits(visit, demand)
    visit.minutes, visit.demand_ids = minutes, [*visit.demand_ids, str(demand.id)]
    visit.explanation = f"{visit.explanation}; joined later by one demand of {demand.body_id}"[:600]
    visit.sequence, visit.changed_at = visit.sequence + 1, clock.now()
    try:
        await extend(visit, demand)
    except ReservationRefused as refused:
        raise Conflict(refused.reasons[0][1], path=("input", "visitId")) from refused
    await visit.save(
        update_fields=["minutes", "demand_ids", "explanation", "sequence", "changed_at"]
    )
    demand.state = advance(DemandState(demand.state), DemandState.CODED).value
    demand.visit_id, demand.unserved_reason = visit.id, ""
    await demand.save(update_fields=["state", "visit_id", "unserved_reason"])
    await audit.record(
        "joint.visit_joined", visit.owner, "JointVisit", visit.id, demand=str(demand.id)
    )
    await outbox.emit(
        "joint.visit_joined", visit.owner, {"visit": str(visit.id), "demand": str(demand.id)}
    )
    return visit


async def ask_the_desk(
    owner: Owner,
    body_id: UUID | None,
    demand_id: UUID,
    visit_id: UUID | None,
    *,
    withdraw: str = "",
) -> jobs.Job:
    """Let the district's desk book for a town: by `visit_id` a seat, without it an urgent visit.

    With a reason to `withdraw` it takes the demand out of its visit instead.

    A town sees its own officers only; the desk sees all of them.

    Raises:
        NotFound: no such demand in scope.
        Forbidden: the demand is another body's.
    """
    demand = await InspectionDemand.get_or_none(id=demand_id)
    if demand is None:
        raise NotFound("no such demand", path=("input", "demandId"))
    if body_id is None or demand.body_id != body_id:
        raise Forbidden("a body books for its own demands")
    job = await jobs.start(owner, "joint.book", total=1)
    await audit.record("joint.booking_asked", owner, "InspectionDemand", demand.id)
    await outbox.emit(
        "joint.booking_asked",
        owner,
        {
            "job": str(job.id),
            "body": str(body_id),
            "demand": str(demand.id),
            "visit": str(visit_id) if visit_id else None,
            "withdraw": withdraw,
        },
    )
    return job


async def _check_fits(visit: JointVisit, demand: InspectionDemand) -> int:
    """Minutes of the visit with the demand.

    Raises:
        Conflict: skill, length, kind or the next visits of the team stand against it.
    """
    if visit.exempt and demand.kind not in EXEMPT:
        raise Conflict("a visit of an exempt kind takes no counted demand along")
    if not set(demand.officer_ids) <= set(visit.officer_ids):
        raise Conflict("its team is not that which was drawn", path=("input", "visitId"))
    team = await Officer.filter(id__in=[UUID(o) for o in visit.officer_ids])
    able = [o for o in team if certified_on(visit.day, o.card_valid_to)]
    if not any(demand.skill in o.skills for o in able):
        raise Conflict(f"nobody in the team masters {demand.skill}", path=("input", "visitId"))
    served = await InspectionDemand.filter(tenant_id=visit.tenant_id, visit_id=visit.id)
    own = sum(row.minutes for row in served if row.body_id == demand.body_id)
    minutes = max(visit.minutes, own + demand.minutes)
    if minutes > (await limits_of(visit.owner, visit.day)).minutes:
        raise Conflict("the visit would last too long", path=("input", "visitId"))
    if minutes > visit.minutes:
        await _check_end(visit, team, minutes)
    return minutes


async def _check_end(visit: JointVisit, team: Sequence[Officer], minutes: int) -> None:
    """Everybody of the team reaches the next visit, or the base, after a longer visit."""
    rows = await current().fetch(
        "select r.officer_id, v.start_minute, v.premises_id from officer_reservations r"
        " join joint_visits v on v.id = r.visit_id where r.officer_id = any ($1)"
        " and v.day = $2 and v.start_minute > $3 and v.state = 'PUBLISHED'"
        " order by v.start_minute",
        [officer.id for officer in team],
        visit.day,
        visit.start_minute,
    )
    places = {
        p.id: p
        for p in await Premises.filter(
            id__in=[visit.premises_id, *(row["premises_id"] for row in rows)]
        )
    }
    here = places[visit.premises_id]
    end = visit.start_minute + minutes
    closes = SHIFT[1] if here.open_to is None else min(SHIFT[1], here.open_to)
    at = (here.latitude, here.longitude)
    if end > closes:
        raise Conflict("the premises close before the visit would end", path=("input", "visitId"))
    for officer in team:
        mine = [row for row in rows if row["officer_id"] == officer.id]
        there = places[mine[0]["premises_id"]] if mine else None
        until = mine[0]["start_minute"] if mine else SHIFT[1]
        goal = (
            (there.latitude, there.longitude)
            if there
            else (officer.base_latitude, officer.base_longitude)
        )
        if end + travel_minutes(TRAVEL, at, goal) > until:
            raise Conflict("the team would come late to its next visit", path=("input", "visitId"))
