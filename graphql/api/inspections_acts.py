"""Acts with an inspection: every step of the procedure, one mutation each."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.inspections import Inspection
from api.inspections_queries import LowYieldAlarm
from api.nodes import NOBODY, node_id
from api.officers import Officer
from api.register import Premises
from service.errors import Invalid
from service.hazards.rules import Category
from service.inspections import commands, low_yield, records, visits
from service.inspections.rules import ItemResult, Kind, Signature
from tenants.rights import Right, Subject

WRITES, DECIDES = (Subject.INSPECTION, Right.WRITE), (Subject.INSPECTION, Right.DECIDE)
OBJECTS = (Subject.INSPECTION, Right.OBJECT)
STEP = ("WRONG_STATE", "NOT_AN_ENFORCEMENT_BODY")
TEAM_MAX = 12
"""Officers of one visit; joint teams are kept small (Order 375 art. 15)."""


@strawberry.input(description="Inspection that an act is about")
class InspectionAct(KeyedInput):
    """The inspection."""

    inspection_id: relay.GlobalID = strawberry.field(description="Inspection of the act")


@strawberry.input
class CapturedAct(InspectionAct):
    """An act on site, whose record may arrive later."""

    captured_at: datetime | None = strawberry.field(
        default=None, description="Timestamp of the device, now by default"
    )


def inspection_of(given: Any) -> UUID:
    """The plain id of the act's inspection."""
    return node_id(given.inspection_id, Inspection, "inspectionId")


def body(info: Info) -> UUID | None:
    """The enforcement body that the caller speaks for."""
    return info.context.principal.body_id


def team_of(given: list[relay.GlobalID]) -> list[UUID]:
    """The officers of an act.

    Raises:
        Invalid: more than a team may have.
    """
    if len(given) > TEAM_MAX:
        raise Invalid(f"a team has at most {TEAM_MAX} officers", path=("input", "officerIds"))
    return [node_id(one, Officer, "officerIds") for one in given]


def device_time(given: datetime | None) -> datetime | None:
    """The device's time, which must say its offset.

    Raises:
        Invalid: it does not.
    """
    if given is not None and given.tzinfo is None:
        raise Invalid("give the time with its offset, such as Z", path=("input", "capturedAt"))
    return given


def step(
    name: str,
    description: str,
    given: type,
    perform: Any,
    *codes: str,
    needs: tuple[Subject, Right] = WRITES,
) -> Any:
    """A mutation that answers with the inspection."""

    async def run(info: Info, input: Any) -> Inspection:
        row: records.Inspection = await perform(info, input)
        return Inspection.of(row)

    return act(
        name, description, given, ("inspection", Inspection), run,
        needs=needs, codes=(*STEP, *codes),
    )  # fmt: skip


@strawberry.input(description="Inspection to be planned")
class PlanInspectionInput(KeyedInput):
    """Input of `planInspection`."""

    premises_id: relay.GlobalID = strawberry.field(description="Premises to be inspected")
    kind: Kind = strawberry.field(description="Kind of the inspection")
    items: list[str] = strawberry.field(description="Codes of the published items, at most 60")
    basis: str = strawberry.field(description="Why, at most 400 characters")
    planned_on: date = strawberry.field(description="Day of the visit")
    urgent_reason: str = strawberry.field(
        default="", description="Why it cannot wait for the approval, CLUE and INSTANT only"
    )


@strawberry.input(description="Visit that goes without a code")
class GoWithoutCodeInput(InspectionAct):
    """Input of `goWithoutCode`."""

    reason: str = strawberry.field(description="Special reason, 4 to 400 characters")


@strawberry.input(description="Filing of a visit that had no code")
class FileVisitWithoutCodeInput(InspectionAct):
    """Input of `fileVisitWithoutCode`."""

    filing: str = strawberry.field(description="Number of the filing")
    filed_on: date = strawberry.field(description="Day of the filing")


@strawberry.input(description="Refusal or end of a visit")
class InspectionReasonInput(InspectionAct):
    """Input of `refuseVisit` and `cancelInspection`."""

    reason: str = strawberry.field(description="Why, 4 to 400 characters")


@strawberry.input(description="Arrival of the officers on site")
class CheckInToInspectionInput(CapturedAct):
    """Input of `checkInToInspection`."""

    officer_ids: list[relay.GlobalID] = strawberry.field(
        description="Officers on site, at least two and at most 12"
    )
    latitude: float | None = strawberry.field(
        default=None, description="Latitude of the device in degrees, WGS 84"
    )
    longitude: float | None = strawberry.field(
        default=None, description="Longitude of the device in degrees, WGS 84"
    )
    place: str = strawberry.field(default="", description="Where the visit is, in words")
    device: str = strawberry.field(default="", description="Device that recorded it")


@strawberry.input(description="Result of one item")
class ItemResultInput:
    """One entry of `recordInspectionChecks`."""

    item: str = strawberry.field(description="Code of the item")
    result: ItemResult = strawberry.field(description="Outcome of the item")
    note: str = strawberry.field(default="", description="What was found")
    hazard_category: Category | None = strawberry.field(
        default=None, description="What the hazard is about that the finding becomes"
    )


@strawberry.input(description="Results of the checklist")
class RecordInspectionChecksInput(CapturedAct):
    """Input of `recordInspectionChecks`."""

    entries: list[ItemResultInput] = strawberry.field(description="Results, at most 60")


@strawberry.input(description="Record of the visit (安全生产法 art. 68)")
class SignInspectionRecordInput(CapturedAct):
    """Input of `signInspectionRecord`."""

    findings: str = strawberry.field(description="What was found")
    handling: str = strawberry.field(description="What is done about it")
    signature: Signature = strawberry.field(description="How the record ended")
    signed_by: str = strawberry.field(default="", description="Who signed for the enterprise")
    refusal_reason: str = strawberry.field(default="", description="Why the signature was refused")
    refusal_witness: str = strawberry.field(default="", description="Who saw the refusal")
    place: str = strawberry.field(default="", description="Where, that of the arrival by default")


@strawberry.input(description="Order to put right what was found (责令限期整改)")
class OrderRectificationInput(InspectionAct):
    """Input of `orderRectification`."""

    measures: str = strawberry.field(description="What is to be put right")
    until: date = strawberry.field(description="Last day to put it right")
    reason: str = strawberry.field(
        default="", description="Why the term is longer than usual, at most 400 characters"
    )


@strawberry.input(description="Re-inspection (复查)")
class RecordReinspectionInput(CapturedAct):
    """Input of `recordReinspection`."""

    passed: bool = strawberry.field(description="Indicates that it was put right")
    finding: str = strawberry.field(description="What the officers saw")
    officer_ids: list[relay.GlobalID] = strawberry.field(description="Officers on site")


@strawberry.input(description="Explanation of an alarm")
class ExplainLowYieldInput(KeyedInput):
    """Input of `explainLowYield`."""

    alarm_id: relay.GlobalID = strawberry.field(description="Alarm that is explained")
    explanation: str = strawberry.field(description="Why nothing was found, at most 2000")


async def _plan(info: Info, given: PlanInspectionInput) -> records.Inspection:
    task = commands.Task(
        given.kind, given.items, given.basis, given.planned_on, given.urgent_reason
    )
    return await commands.plan_task(
        body(info), node_id(given.premises_id, Premises, "premisesId"), task
    )


async def _check_in(info: Info, given: CheckInToInspectionInput) -> records.Inspection:
    arrival = commands.Arrival(
        team_of(given.officer_ids),
        given.latitude,
        given.longitude,
        given.place,
        given.device,
        device_time(given.captured_at),
    )
    return await commands.check_in(body(info), inspection_of(given), arrival)


async def _checks(info: Info, given: RecordInspectionChecksInput) -> records.Inspection:
    entries = [
        visits.Entry(one.item, one.result, one.note, one.hazard_category) for one in given.entries
    ]
    return await visits.record_checks(
        body(info), inspection_of(given), entries, device_time(given.captured_at)
    )


async def _sign(info: Info, given: SignInspectionRecordInput) -> records.Inspection:
    record = visits.Record(
        given.findings,
        given.handling,
        given.signature,
        given.signed_by,
        given.refusal_reason,
        given.refusal_witness,
        given.place,
        device_time(given.captured_at),
    )
    return await visits.sign_record(body(info), inspection_of(given), record)


async def _reinspect(info: Info, given: RecordReinspectionInput) -> records.Inspection:
    outcome = visits.Outcome(
        given.passed, given.finding, team_of(given.officer_ids), device_time(given.captured_at)
    )
    return await visits.reinspect(body(info), inspection_of(given), outcome)


async def _explain(info: Info, given: ExplainLowYieldInput) -> LowYieldAlarm:
    alarm = node_id(given.alarm_id, LowYieldAlarm, "alarmId")
    return LowYieldAlarm.of(await low_yield.explain(body(info), alarm, given.explanation))


@strawberry.type
class InspectionMutation:
    """Acts with an inspection."""

    plan_inspection = step(
        "planInspection", "Plan an inspection by the caller's own body", PlanInspectionInput,
        _plan, "CONFLICT", "NO_POWER",
    )  # fmt: skip
    approve_inspection = step(
        "approveInspection", "Approve a task as head of the body, an urgent one also afterwards",
        InspectionAct, lambda i, g: commands.approve(body(i), inspection_of(g)), "SAME_PERSON",
        needs=DECIDES,
    )  # fmt: skip
    issue_enforcement_code = step(
        "issueEnforcementCode", "Give an approved task its enforcement code (执法码)",
        InspectionAct, lambda i, g: commands.issue_code(body(i), inspection_of(g)),
    )  # fmt: skip
    go_without_code = step(
        "goWithoutCode", "Go without a code for a special reason; file it in 3 working days",
        GoWithoutCodeInput,
        lambda i, g: commands.go_without_code(body(i), inspection_of(g), g.reason),
    )  # fmt: skip
    file_visit_without_code = step(
        "fileVisitWithoutCode", "Note that a visit without a code was filed",
        FileVisitWithoutCodeInput,
        lambda i, g: commands.file_without_code(
            body(i), inspection_of(g), g.filing, g.filed_on
        ), "CONFLICT",
    )  # fmt: skip
    refuse_visit = step(
        "refuseVisit", "Refuse a visit that has no code, as its enterprise",
        InspectionReasonInput,
        lambda i, g: commands.refuse_visit(
            inspection_of(g), i.context.principal.enterprise_id or NOBODY, g.reason
        ), "CODE_SHOWN", needs=OBJECTS,
    )  # fmt: skip
    check_in_to_inspection = step(
        "checkInToInspection", "Begin the visit: who is there, where and when",
        CheckInToInspectionInput, _check_in, "TEAM_TOO_SMALL", "NO_RULE_IN_FORCE",
    )  # fmt: skip
    record_inspection_checks = step(
        "recordInspectionChecks", "Note results of the checklist; findings become hazards",
        RecordInspectionChecksInput, _checks,
    )  # fmt: skip
    sign_inspection_record = step(
        "signInspectionRecord", "End the visit with its record, signed or with noted refusal",
        SignInspectionRecordInput, _sign,
    )  # fmt: skip
    conclude_without_findings = step(
        "concludeWithoutFindings", "Conclude that every item complies", InspectionAct,
        lambda i, g: visits.find_nothing(body(i), inspection_of(g)), "OPEN_ITEMS",
    )  # fmt: skip
    order_rectification = step(
        "orderRectification", "Order the enterprise to put right what was found",
        OrderRectificationInput,
        lambda i, g: visits.order_rectification(
            body(i), inspection_of(g), g.measures, g.until, g.reason
        ), "OPEN_ITEMS", "TERM_TOO_LONG", "NO_RULE_IN_FORCE",
    )  # fmt: skip
    record_reinspection = step(
        "recordReinspection", "Check on site whether it was put right; the loop closes or fails",
        RecordReinspectionInput, _reinspect, "TEAM_TOO_SMALL", "NO_RULE_IN_FORCE",
    )  # fmt: skip
    cancel_inspection = step(
        "cancelInspection", "Give a task up before anybody was on site", InspectionReasonInput,
        lambda i, g: commands.cancel(body(i), inspection_of(g), g.reason),
    )  # fmt: skip
    explain_low_yield = act(
        "explainLowYield", "Explain why an officer found nothing again and again",
        ExplainLowYieldInput, ("alarm", LowYieldAlarm), _explain, needs=WRITES,
        codes=("CONFLICT",),
    )  # fmt: skip
