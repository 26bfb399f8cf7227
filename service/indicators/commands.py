"""What can be done with indicators: decide how they count, measure, score, appeal, answer.

A committee writes in its own office only.  What goes to the towns, values and score sheets, is
written by the task that answers the event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.indicators import lineage, taint
from service.indicators.queries import check_period, choices, indicator
from service.indicators.records import (
    IndicatorChoice,
    IndicatorSnapshot,
    ScoreAppeal,
    ScoreSheet,
)
from service.indicators.rules import AppealState, Choice, Purpose, check_choice
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current


@dataclass(frozen=True, slots=True)
class Correction:
    """Numbers of one indicator as they should have been measured."""

    code: str
    numerator: int
    denominator: int | None


async def choose(
    office: Owner, code: str, year: int, choice: Choice, *, reason: str = ""
) -> IndicatorChoice:
    """Decide how an indicator counts in a year, in place of an earlier decision.

    Raises:
        UnknownIndicator, Invalid: no such indicator, or a weight or target out of range.
        Tainted: it would score fines or the number of inspections (行政处罚法 art. 74).
    """
    defined = indicator(code)
    check_choice(defined, choice)
    if not 2000 <= year <= 2100:
        raise Invalid("the year lies between 2000 and 2100", path=("input", "year"))
    if choice.scored:
        taint.check(code, lineage.of(await lineage.lineages(), code).columns)
    row = await IndicatorChoice.get_or_none(tenant_id=office.tenant_id, code=code, year=year)
    row = row or IndicatorChoice(id=new_id(), **owned(office), code=code, year=year)
    row.scored, row.weight, row.target = choice.scored, choice.weight, choice.target
    row.reason = reason.strip()[:400]
    row.decided_by, row.decided_at = current().scope.actor, clock.now()
    await row.save()
    await audit.record(
        "indicators.chosen", office, "Indicator", code, year=year, scored=choice.scored
    )
    await outbox.emit("indicators.chosen", office, {"code": code, "year": year})
    return row


async def ask_snapshot(
    office: Owner, since: date, until: date, purpose: Purpose
) -> IndicatorSnapshot:
    """Ask for a measurement of all towns; a task takes it.  Scoring refuses tainted formulas.

    Raises:
        Invalid: the period is wrong, or has not ended yet.
        Tainted: an indicator that is scored reads fines or inspections.
        Conflict: the month was measured already.
    """
    check_period(since, until)
    if until > clock.legal_day(clock.now()):
        raise Invalid("the period has not ended yet", path=("input", "until"))
    if purpose is Purpose.SCORE:
        await check_scored(until.year, office.district_id)
    try:
        row = await IndicatorSnapshot.create(
            id=new_id(),
            **owned(office),
            purpose=purpose.value,
            since=since,
            until=until,
            asked_by=current().scope.actor,
            asked_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict("this period was measured already", path=("input", "since")) from error
    await audit.record("indicators.snapshot_asked", office, "IndicatorSnapshot", row.id)
    await outbox.emit("indicators.snapshot_asked", office, {"snapshot": str(row.id)})
    return row


async def check_scored(year: int, district_id: UUID) -> dict[str, Choice]:
    """The choices of a year, refused as a whole when one would score what the law forbids.

    Asked again whenever a score is made, since a formula may have changed since the decision.

    Raises:
        Tainted: as said.
    """
    chosen = await choices(year, district_id)
    known = await lineage.lineages()
    for code, choice in chosen.items():
        if choice.scored:
            taint.check(code, lineage.of(known, code).columns)
    return chosen


async def appeal(sheet_id: UUID, text: str) -> ScoreAppeal:
    """Object to the town's own score sheet while the time for it runs.

    Raises:
        NotFound: no such sheet of this town.
        Invalid: no reason, or longer than 4,000 characters.
        Conflict: a newer sheet is there, the time is over, or an objection was raised already.
    """
    sheet = await ScoreSheet.get_or_none(id=sheet_id)
    if sheet is None or sheet.tenant_id not in current().scope.writable:
        raise NotFound("no such score sheet", path=("input", "sheetId"))
    if not 1 <= len(text.strip()) <= 4000:
        raise Invalid("say why, in at most 4000 characters", path=("input", "text"))
    newer = ScoreSheet.filter(
        tenant_id=sheet.tenant_id, snapshot_id=sheet.snapshot_id, version__gt=sheet.version
    )
    if await newer.exists():
        raise Conflict("a newer sheet took its place", path=("input", "sheetId"))
    if sheet.appeal_until and clock.legal_day(clock.now()) > sheet.appeal_until:
        raise Conflict(
            f"objections were possible up to {sheet.appeal_until}", path=("input", "sheetId")
        )
    try:
        row = await ScoreAppeal.create(
            id=new_id(),
            **owned(sheet.owner),
            sheet_id=sheet.id,
            text=text.strip(),
            raised_by=current().scope.actor,
            raised_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict("an objection was raised already", path=("input", "sheetId")) from error
    await audit.record("indicators.score_appealed", row.owner, "ScoreAppeal", row.id)
    await outbox.emit("indicators.score_appealed", row.owner, {"appeal": str(row.id)})
    return row


async def answer(
    office: Owner,
    appeal_id: UUID,
    *,
    upheld: bool,
    text: str,
    corrections: Sequence[Correction] = (),
) -> ScoreAppeal:
    """Answer a town's objection; when upheld, a task issues the corrected sheet.

    Raises:
        NotFound: no such appeal in scope.
        Conflict: it was answered already.
        Invalid: no reason, upheld without a correction, or numbers that cannot be.
    """
    row = await ScoreAppeal.get_or_none(id=appeal_id)
    if row is None or row.district_id != office.district_id:
        raise NotFound("no such appeal", path=("input", "appealId"))
    if row.state != AppealState.OPEN.value:
        raise Conflict("this appeal was answered already", path=("input", "appealId"))
    if not 1 <= len(text.strip()) <= 4000:
        raise Invalid("give the reasons, in at most 4000 characters", path=("input", "text"))
    if upheld != bool(corrections):
        raise Invalid("an upheld appeal corrects numbers", path=("input", "corrections"))
    sheet = await ScoreSheet.get(tenant_id=row.tenant_id, id=row.sheet_id)
    scored = {line["code"] for line in sheet.lines}
    for one in corrections:
        if one.code not in scored:
            raise Invalid(f"{one.code} is not in the sheet", path=("input", "corrections"))
        if one.numerator < 0 or (one.denominator is not None and one.denominator < 0):
            raise Invalid("numbers are not negative", path=("input", "corrections"))
    state = AppealState.UPHELD if upheld else AppealState.REJECTED
    payload = {
        "appeal": str(row.id),
        "state": state.value,
        "text": text.strip(),
        "by": current().scope.actor,
        "corrections": [[one.code, one.numerator, one.denominator] for one in corrections],
    }
    await audit.record(
        "indicators.appeal_answered", office, "ScoreAppeal", row.id, state=state.value
    )
    await outbox.emit("indicators.appeal_answered", office, payload)
    return row
