"""What can be done about guidance: check in, rate, attach, declare an event."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.administration.queries import setting, settings_of
from service.errors import Conflict, Invalid, NotFound
from service.evidence.queries import evidence
from service.guidance.records import GuidanceEvidence, GuidanceFinding, GuidanceVisit, KeyEvent
from service.guidance.rules import (
    EventKind,
    Flag,
    Moment,
    NotGuidance,
    Place,
    Rating,
    VisitKind,
    flags_of,
    window,
)
from service.hazards.commands import report
from service.hazards.rules import Category, Source
from service.ids import new_id
from service.joint.records import JointVisit
from service.joint.rules import VisitState
from service.register.records import Premises
from service.responsibility.records import ResponsiblePerson
from service.responsibility.rules import OutOfOffice, Slot, check_official
from service.texts import filled
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current

EVIDENCE_MAX = 20  # pieces attached in one act
FINDINGS_MAX = 20  # hazards reported in one check-in


@dataclass(frozen=True, slots=True)
class Finding:
    """A hazard that was seen."""

    category: Category
    description: str


@dataclass(frozen=True, slots=True)
class CheckIn:
    """What the device kept, maybe hours before it could send it."""

    captured_at: datetime
    place: Place | None = None
    note: str = ""
    inspection_id: UUID | None = None
    findings: Sequence[Finding] = ()
    evidence_ids: Sequence[UUID] = field(default=())

    @property
    def kind(self) -> VisitKind:
        """A visit that refers to an inspection is one; every other is guidance."""
        return VisitKind.ADMIN_INSPECTION if self.inspection_id else VisitKind.GUIDANCE


async def check_in(person_id: UUID, premises_id: UUID, given: CheckIn) -> GuidanceVisit:
    """Record that a head was at premises; the same check-in sent again finds the first.

    Distance, time and position raise flags and refuse nothing.  A check-in that arrives later than
    the tenant's `duty.checkin_grace_hours` is kept, but counts for no duty, so that a month that
    was missed stays missed.

    Raises:
        NotFound: no such person, premises, inspection or evidence of one town in this scope.
        OutOfOffice, WrongPerson: the person was not in office that day, or is no official.
        NotGuidance: hazards belong to the inspection, or the inspection to other premises.
        Invalid: too long a note, or too many hazards or pieces of evidence.
    """
    premises = await Premises.get_or_none(id=premises_id)
    if premises is None or premises.tenant_id not in current().scope.writable:
        raise NotFound("no such premises", path=("input", "premisesId"))
    person = await ResponsiblePerson.get_or_none(tenant_id=premises.tenant_id, id=person_id)
    if person is None:
        raise NotFound("no such person in the town of the premises", path=("input", "personId"))
    moment = Moment(given.captured_at, clock.now())
    await _check(person, premises, given, moment)
    known = await GuidanceVisit.get_or_none(
        tenant_id=premises.tenant_id,
        person_id=person.id,
        premises_id=premises.id,
        captured_at=given.captured_at,
    )
    if known is not None:
        return known
    visit = await _keep(person, premises, given, moment)
    await _report(visit, given.findings)
    if given.evidence_ids:
        await _attach(visit, given.evidence_ids)
    await audit.record(
        "guidance.visited", visit.owner, "GuidanceVisit", visit.id, kind=visit.kind,
        flags=visit.flags,
    )  # fmt: skip
    await outbox.emit("guidance.visited", visit.owner, {"visit": str(visit.id)})
    return visit


async def _check(
    person: ResponsiblePerson, premises: Premises, given: CheckIn, moment: Moment
) -> None:
    check_official(person.enterprise_id, Slot.ADMIN_HEAD)
    day = clock.legal_day(moment.happened_at)
    if not person.term.holds(day):
        raise OutOfOffice(f"{person.name} was not in office on {day}", path=("input", "personId"))
    if len(given.note) > 2000:
        raise Invalid("a note has at most 2000 characters", path=("input", "note"))
    if len(given.findings) > FINDINGS_MAX:
        raise Invalid(f"report at most {FINDINGS_MAX} hazards", path=("input", "findings"))
    if given.inspection_id is None:
        return
    if given.findings:
        raise NotGuidance(
            "hazards of an inspection are recorded with the inspection", path=("input", "findings")
        )
    inspection = await JointVisit.get_or_none(tenant_id=premises.tenant_id, id=given.inspection_id)
    if inspection is None:
        raise NotFound("no such inspection in this town", path=("input", "inspectionId"))
    if inspection.premises_id != premises.id or inspection.state != VisitState.DONE.value:
        raise NotGuidance(
            "refer to an inspection of these premises that was done",
            path=("input", "inspectionId"),
        )


async def _keep(
    person: ResponsiblePerson, premises: Premises, given: CheckIn, moment: Moment
) -> GuidanceVisit:
    chosen = await settings_of(premises.owner)
    grace = timedelta(hours=_number(chosen["duty.checkin_grace_hours"]))
    shop = Place(premises.latitude, premises.longitude)
    metres = given.place.metres_to(shop) if given.place else None
    flags = flags_of(moment, metres, _number(chosen["duty.checkin_radius_m"]), grace)
    try:
        return await GuidanceVisit.create(
            id=new_id(),
            **owned(premises.owner),
            person_id=person.id,
            premises_id=premises.id,
            enterprise_id=premises.enterprise_id,
            kind=given.kind.value,
            inspection_id=given.inspection_id,
            day=clock.legal_day(moment.happened_at),
            happened_at=moment.happened_at,
            captured_at=given.captured_at,
            received_at=moment.received_at,
            latitude=given.place.latitude if given.place else None,
            longitude=given.place.longitude if given.place else None,
            distance_m=metres,
            flags=[flag.value for flag in flags],
            counts=Flag.LATE not in flags,
            note=given.note.strip(),
            recorded_by=current().scope.actor,
        )
    except IntegrityError as error:
        raise Conflict("this check-in is being kept already; ask for it again") from error


async def _report(visit: GuidanceVisit, findings: Sequence[Finding]) -> None:
    for finding in findings:
        hazard = await report(
            visit.premises_id,
            category=finding.category,
            description=finding.description,
            source=Source.GUIDANCE,
            found_on=visit.day,
        )
        await GuidanceFinding.create(
            id=new_id(), **owned(visit.owner), visit_id=visit.id, hazard_id=hazard.id
        )


async def attach(visit_id: UUID, evidence_ids: Sequence[UUID]) -> GuidanceVisit:
    """Attach evidence of the visit's own town; attaching a piece twice does nothing.

    Raises:
        NotFound: no such visit in this scope, or no such evidence of its town.
        Invalid: none, or too many.
    """
    visit = await _locked(visit_id)
    await _attach(visit, evidence_ids)
    pieces = sorted(str(one) for one in set(evidence_ids))
    await audit.record(
        "guidance.evidence_attached", visit.owner, "GuidanceVisit", visit.id, evidence=pieces
    )
    await outbox.emit("guidance.evidence_attached", visit.owner, {"visit": str(visit.id)})
    return visit


async def _attach(visit: GuidanceVisit, evidence_ids: Sequence[UUID]) -> None:
    wanted = set(evidence_ids)
    if not 1 <= len(wanted) <= EVIDENCE_MAX:
        raise Invalid(f"attach 1 to {EVIDENCE_MAX} pieces", path=("input", "evidenceIds"))
    found = evidence().filter(tenant_id=visit.tenant_id, id__in=wanted)
    if await found.count() != len(wanted):
        raise NotFound("no such evidence of this town", path=("input", "evidenceIds"))
    known = await GuidanceEvidence.filter(tenant_id=visit.tenant_id, visit_id=visit.id).values_list(
        "evidence_id", flat=True
    )
    for one in sorted(wanted.difference(known)):
        await GuidanceEvidence.create(
            id=new_id(),
            **owned(visit.owner),
            visit_id=visit.id,
            evidence_id=one,
            at=clock.now(),
            actor=current().scope.actor,
        )


async def rate(
    visit_id: UUID, enterprise_id: UUID, rating: Rating, note: str = ""
) -> GuidanceVisit:
    """Keep how the enterprise found a guidance visit, once (好差评).

    Raises:
        NotFound: no such visit to this enterprise.
        NotGuidance: inspections are rated with joint enforcement.
        Conflict: it was rated already.
        Invalid: too long a note.
    """
    visit = await _locked(visit_id, enterprise_id)
    if visit.kind != VisitKind.GUIDANCE.value:
        raise NotGuidance("an inspection is rated where it is recorded", path=("input", "visitId"))
    if visit.rating is not None:
        raise Conflict("this visit was rated already", path=("input", "visitId"))
    if len(note) > 400:
        raise Invalid("a note has at most 400 characters", path=("input", "note"))
    visit.rating, visit.rating_note, visit.rated_at = rating.value, note.strip(), clock.now()
    await visit.save(update_fields=["rating", "rating_note", "rated_at"])
    await audit.record("guidance.rated", visit.owner, "GuidanceVisit", visit.id)
    await outbox.emit("guidance.rated", visit.owner, {"visit": str(visit.id)})
    return visit


async def declare_event(
    owner: Owner, kind: EventKind, title: str, at: datetime, premises_id: UUID | None = None
) -> KeyEvent:
    """Declare an event at which the heads must be on site; its window is kept as of today.

    Of the town's premises only, or, without premises, of any of those that a head answers for.

    Raises:
        NotFound: no such premises in the town.
        Invalid: no title, or danger, accident or resumption without premises.
    """
    if premises_id is None and kind is not EventKind.KEY_NODE:
        raise Invalid("say at which premises", path=("input", "premisesId"))
    if premises_id is not None:
        place = Premises.filter(tenant_id=owner.tenant_id, id=premises_id)
        if not await place.exists():
            raise NotFound("no such premises in this town", path=("input", "premisesId"))
    hours = _number(await setting(owner, "duty.event_window_hours", clock.legal_day(at)))
    since, until = window(kind, at, hours)
    row = await KeyEvent.create(
        id=new_id(),
        **owned(owner),
        kind=kind.value,
        title=filled(title, "title", 200),
        premises_id=premises_id,
        at=at,
        day=clock.legal_day(at),
        window_from=since,
        window_to=until,
        created_at=clock.now(),
    )
    await audit.record("guidance.event_declared", owner, "KeyEvent", row.id, kind=kind.value)
    await outbox.emit("guidance.event_declared", owner, {"event": str(row.id)})
    return row


async def cancel_event(event_id: UUID, reason: str) -> KeyEvent:
    """Take an event back that was declared by mistake; it stays readable and counts no more.

    Raises:
        NotFound: no such event in this scope.
        Conflict: it was cancelled already, or its window is over: then it counts for good.
        Invalid: no reason.
    """
    row = await KeyEvent.filter(id=event_id).select_for_update().get_or_none()
    if row is None:
        raise NotFound("no such event", path=("input", "eventId"))
    if row.cancelled_at is not None or row.window_to <= clock.now():
        raise Conflict("this event is over or was cancelled", path=("input", "eventId"))
    row.cancelled_at, row.cancel_reason = clock.now(), filled(reason, "reason", 200)
    await row.save(update_fields=["cancelled_at", "cancel_reason"])
    await audit.record("guidance.event_cancelled", row.owner, "KeyEvent", row.id)
    await outbox.emit("guidance.event_cancelled", row.owner, {"event": str(row.id)})
    return row


async def _locked(visit_id: UUID, enterprise_id: UUID | None = None) -> GuidanceVisit:
    found = GuidanceVisit.filter(id=visit_id)
    if enterprise_id is not None:
        found = found.filter(enterprise_id=enterprise_id)
    visit = await found.select_for_update().get_or_none()
    if visit is None:
        raise NotFound("no such visit", path=("input", "visitId"))
    return visit


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
