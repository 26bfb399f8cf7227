"""What can be done with a report: receive, accept or reject, transfer, verify, answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import setting
from service.errors import Conflict, Invalid, NotFound
from service.evidence.strangers import CleanPhoto
from service.hazards.records import Hazard
from service.hazards.rules import Category
from service.ids import new_id
from service.joint.commands import submit_demand
from service.joint.rules import DemandKind, DemandTerms
from service.register.records import Premises
from service.reports.identity import code_key, seal
from service.reports.photos import attach
from service.reports.records import AwarenessSurvey, Report, ReportReceipt, ReportReporter
from service.reports.rules import (
    Channel,
    Finding,
    State,
    Step,
    check_reporter,
    check_survey,
    check_text,
    step,
    token_digest,
    token_of,
)
from service.reports.steps import locked, take
from tenants.records import owned
from tenants.scope import Owner


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody reports, in their own words; the reporter is None where nobody is named."""

    category: Category
    place: str
    description: str
    insider: bool = False
    reporter: Mapping[str, str] | None = None


def checked(told: Told) -> Told:
    """What is told without outer blanks, once all of it can be received.

    Raises:
        Invalid: no place or description, too long ones, or half of a reporter.
    """
    return replace(
        told,
        place=check_text(told.place, "place", 200),
        description=check_text(told.description, "description", 2000),
        reporter=check_reporter(told.reporter or {}),
    )


async def submit(
    owner: Owner, channel: Channel, told: Told, *, nonce: str, photos: Sequence[CleanPhoto] = ()
) -> tuple[Report, str]:
    """Receive a report about a town; returns it with its tracking code, which is kept nowhere.

    The same `nonce` again is the same report: whoever lost the answer gets it once more.

    Raises:
        Invalid: no place or description, too long ones, or half of a reporter.
        StoreUnavailable: its photos cannot be kept now.
    """
    told = checked(told)
    who = dict(told.reporter) if told.reporter else None
    token = token_of(nonce, code_key())
    known = await ReportReceipt.get_or_none(
        tenant_id=owner.tenant_id, token_sha256=token_digest(token)
    )
    if known is not None:
        return await Report.get(tenant_id=owner.tenant_id, id=known.report_id), token
    at = clock.now()
    row = await Report.create(
        id=new_id(),
        **owned(owner),
        channel=channel.value,
        category=told.category.value,
        place=told.place,
        description=told.description,
        insider=told.insider,
        anonymous=who is None,
        received_at=at,
    )
    if who is not None:
        await ReportReporter.create(
            id=new_id(), **owned(owner), report_id=row.id, sealed=seal(dict(who))
        )
    await ReportReceipt.create(
        id=new_id(),
        **owned(owner),
        report_id=row.id,
        token_sha256=token_digest(token),
        received_on=clock.legal_day(at),
    )
    await attach(row, photos)
    await audit.record("reports.submitted", owner, "Report", row.id, channel=channel.value)
    await outbox.emit("reports.submitted", owner, {"report": str(row.id)})
    return row, token


async def reject(report_id: UUID, reason: str) -> Report:
    """Turn a report away, with a reason that the reporter reads."""
    row = await locked(report_id)
    return await take(row, Step.REJECT, reason=check_text(reason, "reason", 400))


async def accept(report_id: UUID) -> Report:
    """Accept a report; from today on the town's `report.handle_days` run."""
    row = await locked(report_id)
    today = clock.legal_day(clock.now())
    due = today + timedelta(days=await _days(row.owner, "report.handle_days", today))
    return await take(row, Step.ACCEPT, accepted_on=today, due_on=due)


async def transfer(report_id: UUID, premises_id: UUID | None = None) -> Report:
    """Hand an accepted report to the town that it is about, with the premises where known.

    Raises:
        NotFound: the town has no such premises.
    """
    row = await locked(report_id)
    changes = {} if premises_id is None else {"premises_id": await _premises(row, premises_id)}
    return await take(row, Step.TRANSFER, **changes)


async def extend(report_id: UUID, reason: str) -> Report:
    """Prolong the handling once, by the town's `report.extension_days`.

    Raises:
        Conflict: it was prolonged before, or its last day has passed.
    """
    row = await locked(report_id)
    step(State(row.state), Step.EXTEND)
    today = clock.legal_day(clock.now())
    if row.extended or row.due_on is None or today > row.due_on:
        raise Conflict(
            "handling is prolonged once, before its last day", path=("input", "reportId")
        )
    days = await _days(row.owner, "report.extension_days", today)
    why = check_text(reason, "reason", 400)
    return await take(
        row, Step.EXTEND, extended=True, due_on=row.due_on + timedelta(days=days), reason=why
    )


async def request_visit(
    report_id: UUID,
    body_id: UUID | None,
    items: Sequence[str],
    *,
    due_on: date,
    minutes: int,
    premises_id: UUID | None = None,
) -> Report:
    """Ask for a visit at the premises because of the report: a clue, outside all frequency caps.

    重庆市政府令第375号 arts. 29 and 30: a reported clue does not count, and says what it is.

    Raises:
        Conflict: a visit was asked for already.
        Invalid: nobody said at which premises, or the terms break a rule.
        NotFound: the town has no such premises.
    """
    row = await locked(report_id)
    step(State(row.state), Step.REQUEST_VISIT)
    if row.demand_id is not None:
        raise Conflict("a visit was asked for already", path=("input", "reportId"))
    place = row.premises_id if premises_id is None else await _premises(row, premises_id)
    if place is None:
        raise Invalid("say which premises to visit", path=("input", "premisesId"))
    terms = DemandTerms(
        kind=DemandKind.CLUE,
        items=items,
        release_on=clock.legal_day(clock.now()),
        due_on=due_on,
        minutes=minutes,
        risk=3,
        mandatory=True,
        basis=f"12350 {row.id}",
        exemption_reason="reported clue",
    )
    demand = await submit_demand(body_id, place, terms)
    return await take(row, Step.REQUEST_VISIT, premises_id=place, demand_id=demand.id)


async def verify(
    report_id: UUID,
    finding: Finding,
    verification: str,
    *,
    hazard_id: UUID | None = None,
    duplicate_of: UUID | None = None,
) -> Report:
    """Say what was found on site, with the hazard that was entered for it where there is one.

    Raises:
        Invalid: a duplicate without the earlier report, or an earlier report for no duplicate.
        NotFound: the town has no such hazard or earlier report.
    """
    row = await locked(report_id)
    said = check_text(verification, "verification", 2000)
    if (finding is Finding.DUPLICATE) != (duplicate_of is not None):
        raise Invalid("a duplicate names the earlier report", path=("input", "duplicateOf"))
    if duplicate_of is not None:
        earlier = await Report.get_or_none(tenant_id=row.tenant_id, id=duplicate_of)
        if earlier is None or earlier.received_at >= row.received_at:
            raise NotFound("no such earlier report", path=("input", "duplicateOf"))
    if hazard_id is not None and not await Hazard.exists(tenant_id=row.tenant_id, id=hazard_id):
        raise NotFound("no such hazard", path=("input", "hazardId"))
    return await take(
        row,
        Step.VERIFY,
        finding=finding.value,
        verification=said,
        hazard_id=hazard_id,
        duplicate_of=duplicate_of,
    )


async def answer(report_id: UUID, text: str) -> Report:
    """Answer the reporter; they read it under their tracking code."""
    row = await locked(report_id)
    return await take(
        row,
        Step.ANSWER,
        answer=check_text(text, "answer", 2000),
        answered_on=clock.legal_day(clock.now()),
    )


async def record_survey(
    owner: Owner, held_on: date, asked: int, aware: int, method: str
) -> AwarenessSurvey:
    """Enter a survey of how many know that they can report (知晓率).

    Raises:
        Invalid: numbers that cannot be, or a day in the future.
    """
    check_survey(asked, aware)
    if held_on > clock.legal_day(clock.now()):
        raise Invalid("the survey was held today at the latest", path=("input", "heldOn"))
    row = await AwarenessSurvey.create(
        id=new_id(),
        **owned(owner),
        held_on=held_on,
        asked=asked,
        aware=aware,
        method=check_text(method, "method", 200),
    )
    await audit.record("reports.awareness_surveyed", owner, "AwarenessSurvey", row.id)
    await outbox.emit("reports.awareness_surveyed", owner, {"survey": str(row.id)})
    return row


async def _days(owner: Owner, name: str, today: date) -> int:
    days: Any = await setting(owner, name, today)
    return int(days)


async def _premises(row: Report, premises_id: UUID) -> UUID:
    if not await Premises.exists(tenant_id=row.tenant_id, id=premises_id):
        raise NotFound("the town has no such premises", path=("input", "premisesId"))
    return premises_id
