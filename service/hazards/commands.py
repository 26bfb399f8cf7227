"""What can be done with a hazard, from its finding to its closure.

`party` is the enterprise that acts, None where an officer does.
"""

from datetime import date
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import setting
from service.errors import Conflict, Invalid, NotFound
from service.evidence.queries import evidence
from service.hazards import criteria
from service.hazards.records import Hazard, HazardEvent, HazardEvidence
from service.hazards.rules import (
    LINE,
    Authority,
    Category,
    EvidencePurpose,
    Grade,
    Plan,
    Source,
    State,
    Step,
    check_closing,
    check_plan,
    check_submission,
    check_verifier,
    recurs,
    step,
)
from service.hazards.steps import locked, take
from service.ids import new_id
from service.texts import filled
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current

_PLACE = """
select p.tenant_id, p.district_id, p.enterprise_id, e.id as earlier, e.closed_on
from premises p left join lateral (
    select h.id, h.closed_on from hazards h
    where h.tenant_id = p.tenant_id and h.premises_id = p.id and h.category = $2
        and h.closed_on <= $3
    order by h.closed_on desc, h.id desc limit 1
) e on true
where p.id = $1 and ($4::uuid is null or p.enterprise_id = $4)
"""
"""Premises, and the latest hazard of a category that was closed there by a day."""
EVIDENCE_MAX = 20  # pieces attached in one act


async def report(
    premises_id: UUID,
    *,
    category: Category,
    description: str,
    source: Source,
    found_on: date | None = None,
    party: UUID | None = None,
) -> Hazard:
    """Enter a hazard found at premises; it belongs to the town of the premises.

    A like one closed there within the tenant's `hazard.recurrence_days` makes it a recurrence.

    Raises:
        NotFound: no such premises in this scope, or not the party's own.
        Invalid: no description, or a day in the future.
    """
    at = clock.now()
    day = found_on or clock.legal_day(at)
    found = await current().fetch(_PLACE, premises_id, category.value, day, party)
    if not found or found[0]["tenant_id"] not in current().scope.writable:
        raise NotFound("no such premises", path=("input", "premisesId"))
    (place,) = found
    owner = Owner(place["tenant_id"], place["district_id"])
    _check_past(day, "foundOn")
    row = await Hazard.create(
        id=new_id(),
        **owned(owner),
        enterprise_id=place["enterprise_id"],
        premises_id=premises_id,
        state=State.FOUND.value,
        category=category.value,
        line=LINE[category],
        source=source.value,
        description=filled(description, "description", 2000),
        found_on=day,
        recurrence_of=await _repeated(owner, place["earlier"], place["closed_on"], day),
        reported_by=current().scope.actor,
        created_at=at,
        updated_at=at,
    )
    await audit.record("hazards.reported", row.owner, "Hazard", row.id, source=source.value)
    await outbox.emit("hazards.reported", row.owner, {"hazard": str(row.id)})
    return row


async def _repeated(
    owner: Owner, earlier: UUID | None, closed_on: date | None, day: date
) -> UUID | None:
    if earlier is None or closed_on is None:
        return None
    days = await setting(owner, "hazard.recurrence_days", day)
    assert isinstance(days, int)
    return earlier if recurs(closed_on, day, days) else None


async def grade(
    hazard_id: UUID,
    graded: Grade,
    *,
    criterion: str | None = None,
    reason: str = "",
    party: UUID | None = None,
) -> Hazard:
    """Grade a hazard; a major one by a criterion in force on the day it was found.

    Raises:
        Invalid: a major grade without a criterion, or a criterion for a general one.
        NoCriterion: the criterion was not in force that day.
    """
    hazard = await locked(hazard_id, party)
    if graded is Grade.MAJOR and not criterion:
        raise Invalid("name the criterion that makes it major", path=("input", "criterion"))
    if graded is Grade.GENERAL and criterion:
        raise Invalid("a criterion makes a hazard major", path=("input", "criterion"))
    law = criteria.criterion(criterion, hazard.found_on) if criterion else None
    changes = {
        "grade": graded.value,
        "criterion": law.code if law else "",
        "criterion_version": law.version if law else "",
        "grade_reason": filled(reason, "reason", 400) if reason else "",
    }
    return await take(hazard, Step.GRADE, party=party, changes=changes, grade=graded.value)


async def assign(
    hazard_id: UUID, *, responsible: str, due_on: date, party: UUID | None = None
) -> Hazard:
    """Say who puts the hazard right and by which last day.

    Raises:
        Invalid: nobody is named, or the day is past.
    """
    hazard = await locked(hazard_id, party)
    if due_on < clock.legal_day(clock.now()):
        raise Invalid("the last day lies in the past", path=("input", "dueOn"))
    changes = {"assigned_to": filled(responsible, "responsible", 100), "due_on": due_on}
    return await take(hazard, Step.ASSIGN, party=party, changes=changes, due_on=due_on.isoformat())


async def plan(hazard_id: UUID, made: Plan, party: UUID | None = None) -> Hazard:
    """Keep how the hazard is put right; a major one needs all five conditions (五落实).

    Raises:
        ConditionsMissing, Invalid: see `rules.check_plan`.
    """
    hazard = await locked(hazard_id, party)
    step(State(hazard.state), Step.PLAN)
    assert hazard.due_on is not None
    # A late hazard is planned past its last day, since that day is over.
    late = max(hazard.due_on, made.finish_on or hazard.due_on) if hazard.overdue_since else None
    check_plan(made, Grade(hazard.grade), late or hazard.due_on)
    changes = {
        "plan_responsible": filled(made.responsible, "responsible", 100, empty=True),
        "plan_measures": filled(made.measures, "measures", 2000),
        "plan_funds_fen": made.funds_fen,
        "plan_finish_on": made.finish_on,
        "plan_contingency": filled(made.contingency, "contingency", 2000, empty=True),
    }
    return await take(hazard, Step.PLAN, party=party, changes=changes)


async def submit(hazard_id: UUID, result: str, party: UUID | None = None) -> Hazard:
    """Submit the hazard as put right after one's own check (自查自验).

    Raises:
        ConditionsMissing: a major hazard was never planned.
    """
    hazard = await locked(hazard_id, party)
    step(State(hazard.state), Step.SUBMIT)
    check_submission(Grade(hazard.grade), plan_of(hazard))
    changes = {"result": filled(result, "result", 2000)}
    return await take(hazard, Step.SUBMIT, party=party, changes=changes)


async def verify(hazard_id: UUID, finding: str) -> Hazard:
    """Verify on site that the hazard is gone.

    Raises:
        SamePerson: the verifier planned or submitted the work.
    """
    hazard = await locked(hazard_id)
    step(State(hazard.state), Step.VERIFY)
    await _check_other_person(hazard)
    changes = {"verification": filled(finding, "finding", 2000)}
    return await take(hazard, Step.VERIFY, changes=changes)


async def reject(hazard_id: UUID, finding: str) -> Hazard:
    """Send the hazard back: it is not gone.

    Raises:
        SamePerson: the verifier planned or submitted the work.
    """
    hazard = await locked(hazard_id)
    step(State(hazard.state), Step.REJECT)
    await _check_other_person(hazard)
    changes = {"verification": filled(finding, "finding", 2000)}
    return await take(hazard, Step.REJECT, changes=changes)


async def close(hazard_id: UUID) -> Hazard:
    """Close a verified hazard (销号).

    Raises:
        ReportsOwed: a major one was not reported to the authority and the workers' congress.
    """
    hazard = await locked(hazard_id)
    step(State(hazard.state), Step.CLOSE)
    check_closing(Grade(hazard.grade), reports_of(hazard))
    changes = {"closed_on": clock.legal_day(clock.now())}
    return await take(hazard, Step.CLOSE, changes=changes)


async def supervise(hazard_id: UUID, reference: str) -> Hazard:
    """Put a hazard under supervision (挂牌督办) by the order of that reference.

    Called by the order that lists it (`service.supervision`), by nobody else.
    """
    hazard = await locked(hazard_id)
    changes = {
        "supervised_on": clock.legal_day(clock.now()),
        "supervision_reference": filled(reference, "reference", 120),
    }
    return await take(hazard, Step.SUPERVISE, changes=changes)


async def record_report(
    hazard_id: UUID, to: Authority, reported_on: date, party: UUID | None = None
) -> Hazard:
    """Record that the handling of a major hazard was reported (安全生产法 art. 41).

    Raises:
        Conflict: the hazard is not major, or this report was recorded already.
        Invalid: a day before it was found, or in the future.
    """
    hazard = await locked(hazard_id, party)
    if hazard.grade != Grade.MAJOR.value:
        raise Conflict("only major hazards are reported", path=("input", "hazardId"))
    if to in reports_of(hazard):
        raise Conflict("this report was recorded already", path=("input", "to"))
    if reported_on < hazard.found_on:
        raise Invalid("it had not been found that day", path=("input", "reportedOn"))
    _check_past(reported_on, "reportedOn")
    if to is Authority.AUTHORITY:
        hazard.reported_to_authority_on = reported_on
    else:
        hazard.reported_to_congress_on = reported_on
    hazard.updated_at = clock.now()
    await hazard.save()
    await audit.record("hazards.major_reported", hazard.owner, "Hazard", hazard.id, to=to.value)
    await outbox.emit(
        "hazards.major_reported", hazard.owner, {"hazard": str(hazard.id), "to": to.value}
    )
    return hazard


async def attach(
    hazard_id: UUID,
    evidence_ids: list[UUID],
    purpose: EvidencePurpose,
    party: UUID | None = None,
) -> Hazard:
    """Attach evidence of the hazard's own tenant; attaching a piece twice does nothing.

    Raises:
        NotFound: no such evidence of this tenant, or not the party's own.
        Invalid: none, or too many.
    """
    hazard = await locked(hazard_id, party)
    wanted = set(evidence_ids)
    if not 1 <= len(wanted) <= EVIDENCE_MAX:
        raise Invalid(f"attach 1 to {EVIDENCE_MAX} pieces", path=("input", "evidenceIds"))
    found = evidence(enterprise_id=party).filter(tenant_id=hazard.tenant_id, id__in=wanted)
    if await found.count() != len(wanted):
        raise NotFound("no such evidence of this town", path=("input", "evidenceIds"))
    known = await HazardEvidence.filter(
        tenant_id=hazard.tenant_id, hazard_id=hazard.id, purpose=purpose.value
    ).values_list("evidence_id", flat=True)
    for one in sorted(wanted.difference(known)):
        await HazardEvidence.create(
            id=new_id(),
            **owned(hazard.owner),
            hazard_id=hazard.id,
            evidence_id=one,
            purpose=purpose.value,
            at=clock.now(),
            actor=current().scope.actor,
        )
    pieces = sorted(str(one) for one in wanted)
    await audit.record(
        "hazards.evidence_attached", hazard.owner, "Hazard", hazard.id, evidence=pieces
    )
    await outbox.emit("hazards.evidence_attached", hazard.owner, {"hazard": str(hazard.id)})
    return hazard


def plan_of(hazard: Hazard) -> Plan:
    """The plan in the row."""
    return Plan(
        hazard.plan_responsible,
        hazard.plan_measures,
        hazard.plan_funds_fen,
        hazard.plan_finish_on,
        hazard.plan_contingency,
    )


def reports_of(hazard: Hazard) -> set[Authority]:
    """To whom the handling was reported."""
    days = {
        Authority.AUTHORITY: hazard.reported_to_authority_on,
        Authority.WORKERS_CONGRESS: hazard.reported_to_congress_on,
    }
    return {to for to, day in days.items() if day is not None}


async def _check_other_person(hazard: Hazard) -> None:
    rectifiers = await HazardEvent.filter(
        tenant_id=hazard.tenant_id,
        hazard_id=hazard.id,
        step__in=[Step.PLAN.value, Step.SUBMIT.value],
    ).values_list("actor", flat=True)
    check_verifier(set(map(str, rectifiers)), current().scope.actor)


def _check_past(day: date, field: str) -> None:
    if day > clock.legal_day(clock.now()):
        raise Invalid("this day lies in the future", path=("input", field))
