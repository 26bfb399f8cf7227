"""What can be done before a visit and to let it begin: plan, approve, code, refuse, check in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from service import audit, clock, outbox
from service.deadlines import commands as deadlines
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.inspections.records import Inspection, InspectionCheck
from service.inspections.rules import (
    CodeShown,
    Kind,
    SamePerson,
    State,
    Step,
    check_began,
    check_items,
    check_urgency,
    distance_metres,
)
from service.inspections.steps import allow, body_of, locked, moment, subject, take
from service.inspections.teams import record_team
from service.powers import queries as powers
from service.powers.rules import Power
from service.register.records import Premises
from service.texts import bounded
from tenants.records import owned
from tenants.wall import current


@dataclass(frozen=True, slots=True)
class Task:
    """What a body plans to inspect; `urgent_reason` lets it go before its head approves."""

    kind: Kind
    items: Sequence[str]
    basis: str
    planned_on: date
    urgent_reason: str = ""


async def plan_task(
    acting: UUID | None, premises_id: UUID, task: Task, *, joint_visit_id: UUID | None = None
) -> Inspection:
    """Plan an inspection of premises; it belongs to their town, and to the body that plans it.

    Of one joint visit a body plans one, however often it is asked.

    Raises:
        NotEnforcing: the caller speaks for no enforcement body.
        NoPower: the body may not check an item.
        NotFound: no such premises in this scope.
        Invalid, Conflict: the task breaks a rule, or the premises do not trade.
    """
    body = await body_of(acting)
    premises = await Premises.get_or_none(id=premises_id)
    if premises is None or premises.tenant_id not in current().scope.writable:
        raise NotFound("no such premises", path=("input", "premisesId"))
    if premises.status != "OPERATING":
        raise Conflict("these premises do not trade", path=("input", "premisesId"))
    if joint_visit_id is not None:
        known = await Inspection.get_or_none(
            tenant_id=premises.tenant_id, joint_visit_id=joint_visit_id, body_id=body.id
        )
        if known is not None:
            return known
    items = check_items(task.items)
    at = clock.now()
    await powers.check(body, Power.CHECK, items, clock.legal_day(at))
    if task.planned_on < clock.legal_day(at):
        raise Invalid("plan for today or later", path=("input", "plannedOn"))
    reason = task.urgent_reason.strip()[:400]
    row = await Inspection.create(
        id=new_id(),
        **owned(premises.owner),
        premises_id=premises.id,
        enterprise_id=premises.enterprise_id,
        body_id=body.id,
        joint_visit_id=joint_visit_id,
        kind=task.kind.value,
        items=items,
        basis=bounded(task.basis, "basis", 400),
        planned_on=task.planned_on,
        planned_by=current().scope.actor,
        urgent=check_urgency(task.kind, reason),
        urgent_reason=reason,
        created_at=at,
        updated_at=at,
    )
    await InspectionCheck.bulk_create(
        [
            InspectionCheck(id=new_id(), **owned(row.owner), inspection_id=row.id, item=item)
            for item in items
        ]
    )
    await audit.record("inspections.planned", row.owner, "Inspection", row.id, kind=row.kind)
    await outbox.emit("inspections.planned", row.owner, {"inspection": str(row.id)})
    return row


async def approve(acting: UUID | None, inspection_id: UUID) -> Inspection:
    """The head of the body approves the task, an urgent one also after the visit (art. 17).

    Raises:
        SamePerson: whoever planned it.
        NotFound, Forbidden, WrongStep: see `steps`.
    """
    await body_of(acting)
    row = await locked(inspection_id, acting)
    actor = current().scope.actor
    if row.planned_by == actor:
        raise SamePerson("the head of the body approves; another person than who planned the task")
    at = clock.now()
    afterwards = State(row.state) is not State.PLANNED and row.on_site_at is not None
    changes = {"approved_by": actor, "approved_at": at, "approved_afterwards": afterwards}
    await take(row, Step.APPROVE, changes=changes, afterwards=afterwards)
    await deadlines.meet(subject(row), "URGENT_APPROVAL", clock.legal_day(at))
    return row


async def issue_code(acting: UUID | None, inspection_id: UUID) -> Inspection:
    """Give the task its enforcement code (执法码), which the officers show on site."""
    await body_of(acting)
    row = await locked(inspection_id, acting)
    return await take(row, Step.ISSUE_CODE, changes={"code_issued_at": clock.now()})


async def go_without_code(acting: UUID | None, inspection_id: UUID, reason: str) -> Inspection:
    """Go without a code for a special reason; it is filed within 3 working days of the visit.

    Raises:
        Invalid: no reason (Order 375 art. 18).
    """
    await body_of(acting)
    row = await locked(inspection_id, acting)
    changes = {"no_code_reason": bounded(reason, "reason", 400, 4)}
    return await take(row, Step.GO_WITHOUT_CODE, changes=changes)


async def file_without_code(
    acting: UUID | None, inspection_id: UUID, filing: str, filed_on: date
) -> Inspection:
    """Note that the visit without a code was filed; late is noted too, never refused.

    Raises:
        Conflict: the visit had a code, did not take place, or was filed already.
        Invalid: a day in the future or before the visit.
    """
    await body_of(acting)
    row = await locked(inspection_id, acting)
    if not row.no_code_reason or row.on_site_day is None or row.no_code_filed_on is not None:
        raise Conflict("nothing is to be filed", path=("input", "inspectionId"))
    if not row.on_site_day <= filed_on <= clock.legal_day(clock.now()):
        raise Invalid("filed between the visit and today", path=("input", "filedOn"))
    row.no_code_filed_on, row.no_code_filing = filed_on, bounded(filing, "filing", 120)
    row.updated_at = clock.now()
    await row.save()
    await deadlines.meet(subject(row), "NO_CODE_FILE", filed_on)
    await audit.record("inspections.no_code_filed", row.owner, "Inspection", row.id)
    await outbox.emit("inspections.no_code_filed", row.owner, {"inspection": str(row.id)})
    return row


async def refuse_visit(inspection_id: UUID, enterprise_id: UUID, reason: str) -> Inspection:
    """The enterprise refuses a visit that has no code; the task may be coded and come again.

    Raises:
        NotFound: not an inspection of the enterprise.
        CodeShown: the visit has its code, or a recorded reason to go without.
    """
    row = await locked(inspection_id)
    if row.enterprise_id != enterprise_id:
        raise NotFound("no such inspection", path=("input", "inspectionId"))
    if State(row.state) is State.CODED:
        raise CodeShown(
            "the visit has its code or a recorded reason to go without: it may not be refused "
            "(安全生产法 art. 66); complain to the body instead"
        )
    changes = {"refused_reason": bounded(reason, "reason", 400, 4)}
    return await take(row, Step.REFUSE_VISIT, changes=changes)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How the officers arrived; degrees are WGS 84, None where the device had no position."""

    officer_ids: Sequence[UUID]
    latitude: float | None = None
    longitude: float | None = None
    place: str = ""
    device: str = ""
    captured_at: datetime | None = None


async def check_in(acting: UUID | None, inspection_id: UUID, arrival: Arrival) -> Inspection:
    """Begin the visit: who is there, where, and when by the device's clock.

    Starts the clocks of a visit without code and of an urgent one that nobody approved yet.

    Raises:
        TeamTooSmall: fewer than two officers with cards valid that day.
        Invalid: the time or the place cannot be.
    """
    await body_of(acting)
    row = await locked(inspection_id, acting)
    allow(row, Step.CHECK_IN)
    at = await moment(row.owner, arrival.captured_at)
    day = clock.legal_day(at)
    check_began(at, None if row.urgent else row.approved_at, row.code_issued_at)
    await record_team(row, arrival.officer_ids, day)
    changes = {
        "on_site_at": at,
        "on_site_day": day,
        "latitude": arrival.latitude,
        "longitude": arrival.longitude,
        "distance_m": await _distance(row.premises_id, arrival),
        "place": arrival.place.strip()[:300],
        "device": arrival.device.strip()[:120],
    }
    await take(row, Step.CHECK_IN, at=at, changes=changes, officers=len(set(arrival.officer_ids)))
    if row.no_code_reason:
        await deadlines.start(subject(row), "NO_CODE_FILE", day)
    if row.approved_at is None:
        await deadlines.start(subject(row), "URGENT_APPROVAL", day)
    return row


async def _distance(premises_id: UUID, arrival: Arrival) -> int | None:
    if arrival.latitude is None or arrival.longitude is None:
        return None
    if not (-90 <= arrival.latitude <= 90 and -180 <= arrival.longitude <= 180):
        raise Invalid("this is no place on Earth", path=("input", "latitude"))
    premises = await Premises.get(id=premises_id)
    return distance_metres(
        (premises.latitude, premises.longitude), (arrival.latitude, arrival.longitude)
    )


async def cancel(acting: UUID | None, inspection_id: UUID, reason: str) -> Inspection:
    """Give a task up before anybody was on site."""
    await body_of(acting)
    row = await locked(inspection_id, acting)
    changes = {"refused_reason": bounded(reason, "reason", 400, 4), "ended_on": _today()}
    return await take(row, Step.CANCEL, changes=changes)


def _today() -> date:
    return clock.legal_day(clock.now())
