"""Measuring and scoring in the background: values and sheets are written to the towns."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from service import audit, clock, outbox
from service.errors import Conflict
from service.ids import new_id
from service.indicators import lineage
from service.indicators.commands import ask_snapshot, check_scored
from service.indicators.definitions import BY_CODE, INDICATORS
from service.indicators.queries import Values, measure
from service.indicators.records import (
    IndicatorSnapshot,
    IndicatorValue,
    ScoreAppeal,
    ScoreSheet,
)
from service.indicators.rules import (
    AppealState,
    Choice,
    Line,
    Measured,
    Purpose,
    attained,
    score,
)
from service.law.queries import rule_book
from service.workdays.queries import calendar
from service.workdays.rules import add_months, deadline
from tenants.directory import caretaker_scope
from tenants.records import District, Tenant, owned
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

ACTOR = "task:indicators"
APPEAL = "SCORE_APPEAL"


async def take(district_id: UUID, snapshot_id: UUID) -> None:
    """Take an asked snapshot, and score it where that was asked; safe to run twice."""
    async with tenant_transaction(await caretaker_scope(district_id, ACTOR)):
        snapshot = await IndicatorSnapshot.select_for_update().get(id=snapshot_id)
        if snapshot.state == "ASKED":
            await _take(snapshot)
        await outbox.settle()


async def _take(snapshot: IndicatorSnapshot) -> None:
    values = await measure(snapshot.since, snapshot.until)
    known = await lineage.lineages()
    at = clock.now()
    towns = await _towns(snapshot.district_id)
    rows = [
        IndicatorValue(
            id=new_id(),
            **owned(towns[town]),
            snapshot_id=snapshot.id,
            purpose=snapshot.purpose,
            code=code,
            since=snapshot.since,
            until=snapshot.until,
            numerator=one.numerator,
            denominator=one.denominator,
            query_sha256=known[code].sha256,
            taken_at=at,
        )
        for code, by_town in values.items()
        for town, one in sorted(by_town.items())
        if town in towns
    ]
    await IndicatorValue.bulk_create(rows)
    snapshot.state, snapshot.taken_at, snapshot.digest = "TAKEN", at, digest(rows)
    await snapshot.save()
    if snapshot.purpose == Purpose.SCORE.value:
        chosen = await check_scored(snapshot.until.year, snapshot.district_id)
        for town in sorted(towns):
            await _issue(snapshot, towns[town], lines_of(values, town, chosen), 1)
    await audit.record(
        "indicators.snapshot_taken", snapshot.owner, "IndicatorSnapshot", snapshot.id
    )
    await outbox.emit("indicators.snapshot_taken", snapshot.owner, {"snapshot": str(snapshot.id)})


def digest(rows: list[IndicatorValue]) -> str:
    """SHA-256 over all values in order of code and town, 64 hex digits."""
    listed = sorted(
        [row.code, str(row.tenant_id), row.numerator, row.denominator, row.query_sha256]
        for row in rows
    )
    return sha256(orjson.dumps(listed)).hexdigest()


def lines_of(values: Values, town: UUID, chosen: Mapping[str, Choice]) -> list[Line]:
    """The scored indicators of one town in order of their definition."""
    lines = []
    for one in INDICATORS:
        choice = chosen[one.code]
        if choice.scored and choice.target is not None:
            found = values[one.code].get(town, Measured(0, 0))
            share = attained(one, found, choice.target)
            lines.append(Line(one.code, choice.weight, choice.target, found, share))
    return lines


async def _issue(
    snapshot: IndicatorSnapshot, town: Owner, lines: list[Line], version: int
) -> ScoreSheet:
    at = clock.now()
    today = clock.legal_day(at)
    limit = (await rule_book()).rule(APPEAL, today).limit
    total = score(lines)
    sheet = await ScoreSheet.create(
        id=new_id(),
        **owned(town),
        snapshot_id=snapshot.id,
        version=version,
        since=snapshot.since,
        until=snapshot.until,
        score=None if total is None else Decimal(total.numerator) / Decimal(total.denominator),
        lines=[_kept(line) for line in lines],
        issued_at=at,
        appeal_until=deadline(today, limit, await calendar()).due,
    )
    await audit.record("indicators.score_issued", town, "ScoreSheet", sheet.id, version=version)
    await outbox.emit("indicators.score_issued", town, {"sheet": str(sheet.id)})
    return sheet


def _kept(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "weight": line.weight,
        "target": line.target,
        "numerator": line.measured.numerator,
        "denominator": line.measured.denominator,
        "attained": None if line.attained is None else float(line.attained),
    }


async def apply_answer(district_id: UUID, payload: Mapping[str, Any]) -> None:
    """Give a town the answer to its objection, and the corrected sheet; safe to run twice."""
    async with tenant_transaction(await caretaker_scope(district_id, ACTOR)):
        appeal = await ScoreAppeal.select_for_update().get(id=UUID(payload["appeal"]))
        if appeal.state == AppealState.OPEN.value:
            appeal.state, appeal.answer = payload["state"], payload["text"]
            appeal.answered_by, appeal.answered_at = payload["by"], clock.now()
            await appeal.save()
            if appeal.state == AppealState.UPHELD.value:
                await _correct(appeal, payload["corrections"])
            await audit.record("indicators.appeal_closed", appeal.owner, "ScoreAppeal", appeal.id)
        await outbox.settle()


async def _correct(appeal: ScoreAppeal, corrections: list[list[Any]]) -> None:
    sheet = await ScoreSheet.get(tenant_id=appeal.tenant_id, id=appeal.sheet_id)
    snapshot = await IndicatorSnapshot.get(id=sheet.snapshot_id)
    right = {code: Measured(above, below) for code, above, below in corrections}
    lines = []
    for kept in sheet.lines:
        code, target = kept["code"], kept["target"]
        found = right.get(code, Measured(kept["numerator"], kept["denominator"]))
        share = attained(BY_CODE[code], found, target)
        lines.append(Line(code, kept["weight"], target, found, share))
    await _issue(snapshot, appeal.owner, lines, sheet.version + 1)


async def _towns(district_id: UUID) -> dict[UUID, Owner]:
    found = Tenant.filter(district_id=district_id).exclude(kind="DISTRICT")
    return {town.id: town.owner for town in await found}


async def measure_last_month() -> None:
    """Ask for the snapshot of the month that ended, in every district that lacks it."""
    today = clock.legal_day(clock.now())
    until = today.replace(day=1) - timedelta(days=1)
    since = add_months(today.replace(day=1), -1)
    async with tenant_transaction(Scope.of_platform(ACTOR), read_only=True):
        offices = [Owner(row.office_id, row.id) for row in await District.all() if row.office_id]
    for office in offices:
        await _ask_month(office, since, until)


async def _ask_month(office: Owner, since: date, until: date) -> None:
    async with tenant_transaction(Scope.of_tenant(office, ACTOR)) as transaction:
        known = IndicatorSnapshot.filter(
            tenant_id=office.tenant_id, purpose=Purpose.MONTHLY.value, since=since
        )
        if await known.exists():
            return
        try:
            await ask_snapshot(office, since, until, Purpose.MONTHLY)
        except Conflict:  # another run was faster
            transaction.refuse()
