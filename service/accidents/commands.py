"""What can be done with accidents: reported, supplemented, corrected, marked as concealed.

`party` is the enterprise that acts, None where the town does.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.accidents.records import Accident, AccidentReport
from service.accidents.rules import (
    ReportKind,
    Toll,
    check_supplement,
    check_times,
    check_toll,
)
from service.errors import Conflict, Invalid, NotFound
from service.guidance.commands import declare_event
from service.guidance.rules import EventKind
from service.ids import new_id
from service.law.queries import rule_book
from service.register.records import Premises
from tenants.records import owned
from tenants.wall import current, tenant_transaction


@dataclass(frozen=True, slots=True)
class First:
    """The first report: when it happened, when the head learnt of it, and what is known.

    `reported_at` is given where the town enters what reached it by telephone; else it is now.
    """

    occurred_at: datetime
    known_at: datetime
    summary: str
    toll: Toll
    reported_at: datetime | None = None


async def report(premises_id: UUID, first: First, party: UUID | None = None) -> Accident:
    """Report an accident at premises; the heads of the premises are called at once.

    Raises:
        NotFound: no such premises in this scope, or not the party's own.
        Invalid: see `rules.check_toll` and `rules.check_times`, no summary, a time to come, or an
            enterprise that dates its own report.
        Conflict: this very accident was reported already; supplement that one.
    """
    found = Premises.filter(id=premises_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    premises = await found.get_or_none()
    if premises is None or premises.tenant_id not in current().scope.writable:
        raise NotFound("no such premises", path=("input", "premisesId"))
    now = clock.now()
    if party is not None and first.reported_at is not None:
        raise Invalid("a report is dated when it arrives", path=("input", "reportedAt"))
    reported = first.reported_at or now
    if reported > now:
        raise Invalid("this lies in the future", path=("input", "reportedAt"))
    check_times(first.occurred_at, first.known_at, reported)
    check_toll(first.toll)
    row = await _enter(premises, first, reported)
    await _keep(row, ReportKind.FIRST, row.summary)
    await _told("accidents.reported", row)
    return row


async def supplement(
    accident_id: UUID, toll: Toll, text: str, party: UUID | None = None
) -> Accident:
    """Report that the numbers changed since; counted within the days of art. 13 alone.

    Raises:
        NotFound: no such accident in this scope, or not the party's own.
        SupplementTooLate: the days are over.
        Invalid: see `rules.check_toll`, or no text.
    """
    row = await _locked(accident_id, party)
    occurred = clock.legal_day(row.occurred_at)
    days = (await rule_book()).rule("ACCIDENT_SUPPLEMENT", occurred).number
    check_supplement(occurred, clock.legal_day(clock.now()), days)
    return await _change(row, ReportKind.SUPPLEMENT, toll, text)


async def correct(accident_id: UUID, toll: Toll, reason: str) -> Accident:
    """Correct numbers that were wrong from the beginning; what was reported stays readable.

    Raises:
        NotFound: no such accident in this scope.
        Invalid: see `rules.check_toll`, or no reason.
    """
    return await _change(await _locked(accident_id), ReportKind.CORRECTION, toll, reason)


async def mark_concealed(accident_id: UUID, finding: str) -> Accident:
    """Keep that an accident was concealed, played down or reported late on purpose (瞒报).

    Raises:
        NotFound: no such accident in this scope.
        Invalid: no finding.
        Conflict: it is marked already.
    """
    row = await _locked(accident_id)
    if row.concealed_at is not None:
        raise Conflict("it is marked as concealed already", path=("input", "accidentId"))
    row.concealed_at, row.concealment = clock.now(), _text(finding, "finding", 400)
    await row.save(update_fields=["concealed_at", "concealment"])
    await _told("accidents.concealed", row)
    return row


async def call_heads(event: outbox.Event) -> None:
    """Open the key event of an accident, at which its heads must be on site (特殊时段到场履职)."""
    async with tenant_transaction(event.scope()):
        row = await Accident.get(id=UUID(event.payload["accident"]))
        title = f"事故现场履职：{row.summary[:100]}"
        await declare_event(row.owner, EventKind.ACCIDENT, title, row.occurred_at, row.premises_id)
        await outbox.settle()


async def _enter(premises: Premises, first: First, reported: datetime) -> Accident:
    try:
        return await Accident.create(
            id=new_id(),
            **owned(premises.owner),
            enterprise_id=premises.enterprise_id,
            premises_id=premises.id,
            occurred_at=first.occurred_at,
            known_at=first.known_at,
            reported_at=reported,
            summary=_text(first.summary, "summary", 4000),
            deaths=first.toll.deaths,
            serious_injuries=first.toll.serious_injuries,
            direct_loss_fen=first.toll.direct_loss_fen,
            reported_by=current().scope.actor,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict(
            "this accident was reported; supplement it", path=("input", "occurredAt")
        ) from error


async def _change(row: Accident, kind: ReportKind, toll: Toll, text: str) -> Accident:
    check_toll(toll)
    said = _text(text, "text" if kind is ReportKind.SUPPLEMENT else "reason", 4000)
    row.deaths, row.serious_injuries = toll.deaths, toll.serious_injuries
    row.direct_loss_fen, row.version = toll.direct_loss_fen, row.version + 1
    await row.save(update_fields=["deaths", "serious_injuries", "direct_loss_fen", "version"])
    await _keep(row, kind, said)
    await _told(
        "accidents.supplemented" if kind is ReportKind.SUPPLEMENT else "accidents.corrected", row
    )
    return row


async def _keep(row: Accident, kind: ReportKind, text: str) -> None:
    first = kind is ReportKind.FIRST
    await AccidentReport.create(
        id=new_id(),
        **owned(row.owner),
        accident_id=row.id,
        number=row.version,
        kind=kind.value,
        deaths=row.deaths,
        serious_injuries=row.serious_injuries,
        direct_loss_fen=row.direct_loss_fen,
        text=text,
        reported_at=row.reported_at if first else clock.now(),
        actor=current().scope.actor,
    )


async def _locked(accident_id: UUID, party: UUID | None = None) -> Accident:
    found = Accident.filter(id=accident_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    row = await found.select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such accident", path=("input", "accidentId"))
    return row


async def _told(event: str, row: Accident) -> None:
    await audit.record(event, row.owner, "Accident", row.id, version=row.version)
    await outbox.emit(event, row.owner, {"accident": str(row.id), "version": row.version})


def _text(given: str, field: str, most: int) -> str:
    found = given.strip()
    if not 1 <= len(found) <= most:
        raise Invalid(f"write 1 to {most} characters", path=("input", field))
    return found
