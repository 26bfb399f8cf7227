"""What can be done on site and after: checklist, record, conclusion, re-inspection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from service import audit, clock, outbox
from service.deadlines import commands as deadlines
from service.errors import Invalid
from service.hazards import commands as hazards
from service.hazards.rules import Category, Source
from service.inspections import low_yield, papers
from service.inspections.records import Inspection, InspectionCheck
from service.inspections.rules import (
    ItemResult,
    Kind,
    Signature,
    State,
    Step,
    WrongStep,
    check_conclusion,
    check_term,
)
from service.inspections.steps import allow, body_of, locked, moment, subject, take
from service.inspections.teams import REINSPECTION, record_team
from service.law.queries import rule_book
from service.texts import bounded, filled

MAX_ENTRIES = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """Result of one item; `hazard` says what the finding is about, so that it is followed up."""

    item: str
    result: ItemResult
    note: str = ""
    hazard: Category | None = None


async def record_checks(
    acting: UUID | None,
    inspection_id: UUID,
    entries: Sequence[Entry],
    captured_at: datetime | None = None,
) -> Inspection:
    """Note results of the checklist; of two results for an item the later captured one stays.

    An item that does not comply and names a category becomes a hazard, once.

    Raises:
        WrongStep: nobody is on site.
        Invalid: an item that is not on the list, or a finding without words.
    """
    await body_of(acting)
    row = await locked(inspection_id, acting)
    if State(row.state) is not State.ON_SITE:
        raise WrongStep(f"the checklist is filled in on site; the inspection is {row.state}")
    if not 1 <= len(entries) <= MAX_ENTRIES:
        raise Invalid(f"give 1 to {MAX_ENTRIES} results", path=("input", "entries"))
    at = await moment(row.owner, captured_at)
    known = {check.item: check for check in await InspectionCheck.filter(inspection_id=row.id)}
    for entry in entries:
        check = known.get(entry.item)
        if check is None:
            raise Invalid(f"{entry.item} is not an item of this task", path=("input", "entries"))
        if check.captured_at is None or check.captured_at <= at:
            await _note(row, check, entry, at)
    await audit.record("inspections.checked", row.owner, "Inspection", row.id, items=len(entries))
    payload = {"inspection": str(row.id), "items": len(entries)}
    await outbox.emit("inspections.checked", row.owner, payload)
    return row


async def _note(row: Inspection, check: InspectionCheck, entry: Entry, at: datetime) -> None:
    violated = entry.result is ItemResult.NOT_COMPLIANT
    if violated and len(entry.note.strip()) < 2:
        raise Invalid(f"say what was found at {entry.item}", path=("input", "entries"))
    if violated and entry.hazard is not None and check.hazard_id is None:
        source = Source.CLUE if row.kind == Kind.CLUE.value else Source.INSPECTION
        found = await hazards.report(
            row.premises_id,
            category=entry.hazard,
            description=entry.note,
            source=source,
            found_on=clock.legal_day(at),
        )
        check.hazard_id = found.id
    check.result, check.note = entry.result.value, entry.note.strip()[:2000]
    check.captured_at, check.received_at = at, clock.now()
    await check.save()


@dataclass(frozen=True, slots=True)
class Record:
    """The record of the visit (安全生产法 art. 68); a refusal to sign has reason and witness."""

    findings: str
    handling: str
    signature: Signature
    signed_by: str = ""
    refusal_reason: str = ""
    refusal_witness: str = ""
    place: str = ""
    captured_at: datetime | None = None


async def sign_record(acting: UUID | None, inspection_id: UUID, record: Record) -> Inspection:
    """End the visit with its record: time, place, content, findings, handling, signature.

    Raises:
        Invalid: a part that art. 68 wants is missing.
    """
    await body_of(acting)
    row = await locked(inspection_id, acting)
    at = await moment(row.owner, record.captured_at)
    if row.on_site_at is not None and at < row.on_site_at:
        raise Invalid("the record is not older than the visit", path=("input", "capturedAt"))
    changes = {
        "findings": bounded(record.findings, "findings", 8000),
        "handling": bounded(record.handling, "handling", 2000),
        "signature": record.signature.value,
        "place": bounded(record.place or row.place, "place", 300),
        "recorded_at": at,
    }
    refused = record.signature is Signature.REFUSED
    if refused:
        changes["refusal_reason"] = bounded(record.refusal_reason, "refusalReason", 400)
        changes["refusal_witness"] = bounded(record.refusal_witness, "refusalWitness", 60)
    else:
        changes["signed_by"] = bounded(record.signed_by, "signedBy", 60)
    taken = Step.NOTE_REFUSAL if refused else Step.SIGN_RECORD
    await take(row, taken, at=at, changes=changes)
    await papers.record_visit(row)
    return row


async def _results(row: Inspection) -> list[ItemResult]:
    return [ItemResult(c.result) for c in await InspectionCheck.filter(inspection_id=row.id)]


async def find_nothing(acting: UUID | None, inspection_id: UUID) -> Inspection:
    """Conclude that every item complies; the same officers once too often raise an alarm.

    Raises:
        OpenItems: an item was not checked or does not comply.
    """
    await body_of(acting)
    row = await locked(inspection_id, acting)
    check_conclusion(await _results(row), nothing_found=True)
    day = clock.legal_day(clock.now())
    await take(row, Step.FIND_NOTHING, changes={"ended_on": day})
    await low_yield.watch(row)
    return row


async def order_rectification(
    acting: UUID | None, inspection_id: UUID, measures: str, until: date, reason: str = ""
) -> Inspection:
    """Order the enterprise to put right what was found by a last day (责令限期整改).

    A term beyond the usual one needs its `reason`, and none goes beyond the longest one (A22).

    Raises:
        OpenItems: an item was not checked, or all comply.
        Invalid: no measures, or a day that has passed.
        TermTooLong: the term is longer than it may be, or longer than usual without a reason.
    """
    await body_of(acting)
    row = await locked(inspection_id, acting)
    check_conclusion(await _results(row), nothing_found=False)
    today = clock.legal_day(clock.now())
    if until < today:
        raise Invalid("the last day lies in the past", path=("input", "until"))
    book = await rule_book()
    usual, most = (book.rule(one, today).limit.amount for one in ("RECTIFY", "RECTIFY_MOST"))
    check_term((until - today).days, reason, usual, most)
    changes = {
        "measures": bounded(measures, "measures", 4000),
        "rectify_until": until,
        "rectify_reason": filled(reason, "reason", 400, empty=True),
    }
    await take(row, Step.ORDER_RECTIFICATION, changes=changes, until=str(until))
    await deadlines.start(subject(row), "RECTIFY", today, on_party=True, last_day=until)
    await deadlines.start(subject(row), "REINSPECT", until)
    await papers.order(row, row.on_site_day or today)
    return row


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a re-inspection (复查) found."""

    passed: bool
    finding: str
    officer_ids: Sequence[UUID]
    captured_at: datetime | None = None


async def reinspect(acting: UUID | None, inspection_id: UUID, outcome: Outcome) -> Inspection:
    """Check on site whether it was put right, with two officers again; the loop closes or fails.

    Raises:
        TeamTooSmall: as for the visit.
    """
    await body_of(acting)
    row = await locked(inspection_id, acting)
    allow(row, Step.REINSPECT)
    at = await moment(row.owner, outcome.captured_at)
    if row.recorded_at is not None and at < row.recorded_at:
        raise Invalid("a re-inspection follows the record", path=("input", "capturedAt"))
    day = clock.legal_day(at)
    finding = bounded(outcome.finding, "finding", 4000)
    await record_team(row, outcome.officer_ids, day, round=REINSPECTION)
    changes = {"reinspected_on": day, "reinspection": finding}
    await take(row, Step.REINSPECT, at=at, changes=changes)
    await deadlines.meet(subject(row), "REINSPECT", day)
    await papers.reinspection(row, passed=outcome.passed)
    if outcome.passed:
        await deadlines.meet(subject(row), "RECTIFY", day)
        return await take(row, Step.CLOSE, at=at, changes={"ended_on": day})
    return await take(row, Step.FAIL, at=at)


async def mark_case_filed(row: Inspection, case_id: UUID) -> None:
    """Note that a case grew out of a locked inspection; one that goes on otherwise keeps so.

    A rectification order runs beside the case, so its state stays.
    """
    if State(row.state) in (State.RECORD_SIGNED, State.RECORD_REFUSED, State.FAILED):
        day = clock.legal_day(clock.now())
        changes = {"case_id": case_id, "ended_on": day}
        await take(row, Step.FILE_CASE, changes=changes, case=str(case_id))
    else:
        await Inspection.filter(tenant_id=row.tenant_id, id=row.id).update(case_id=case_id)
        await audit.record(
            "inspections.case_noted", row.owner, "Inspection", row.id, case=str(case_id)
        )


async def may_grow_into_case(inspection_id: UUID, acting: UUID) -> Inspection:
    """The locked inspection, where its record is made and no case came of it yet.

    Raises:
        NotFound, Forbidden: see `steps.locked`.
        WrongStep: nobody was on site, the record is open, or nothing was found.
    """
    row = await locked(inspection_id, acting)
    grown = {
        State.RECORD_SIGNED,
        State.RECORD_REFUSED,
        State.RECTIFY_ORDERED,
        State.DUE,
        State.REINSPECTED,
        State.CLOSED,
        State.FAILED,
    }
    if State(row.state) not in grown or row.case_id is not None:
        raise WrongStep(f"no case can grow out of an inspection that is {row.state}")
    return row
