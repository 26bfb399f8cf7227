"""Checks fall due and are missed by themselves; a run that was missed is made up by the next."""

from datetime import date, timedelta
from uuid import UUID

import structlog

from service import audit, clock, outbox
from service.administration.queries import settings_of
from service.ids import new_id
from service.routine_checks.queries import loaded
from service.routine_checks.records import CheckRoutine, CheckRoutineVersion, RoutineCheck
from service.routine_checks.rules import (
    Kind,
    Routine,
    State,
    due_in,
    is_missed,
    period_end,
    period_of,
)
from service.workdays.queries import calendar
from service.workdays.rules import WorkCalendar, YearNotPublished
from tenants.directory import caretaker_scope, districts
from tenants.records import owned
from tenants.wall import tenant_transaction

ACTOR = "task:routine_checks.generate"

log = structlog.get_logger()


async def generate(district_id: UUID, today: date) -> int:
    """Enter every check whose period has begun, one transaction a routine; returns how many.

    Goes on from where the last run of each routine ended, so days without a run are made up, and
    two runs at once enter each check once.
    """
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        work = await calendar()
        waiting = await CheckRoutine.filter(district_id=district_id).order_by("id")
    entered = 0
    for found in waiting:
        if found.generated_to is not None and found.generated_to >= today:
            continue
        try:
            async with tenant_transaction(scope):
                entered += await _enter(found.id, today, work)
        except YearNotPublished as missing:
            log.warning("routine waits for a calendar", routine=str(found.id), year=missing.year)
    return entered


async def _enter(routine_id: UUID, today: date, work: WorkCalendar) -> int:
    row = await CheckRoutine.filter(id=routine_id).select_for_update().get()
    routine = (await loaded([row]))[row.id]
    kind, entered = Kind(row.kind), 0
    begin = _begin(row, routine)
    period = period_of(kind, begin) if begin else None
    while period is not None and period <= today:
        entered += await _enter_one(row, routine, period, work)
        period = period_end(kind, period) + timedelta(days=1)
    row.generated_to = today
    await row.save(update_fields=["generated_to"])
    return entered


def _begin(row: CheckRoutine, routine: Routine) -> date | None:
    started = min((one.effective_from for one in routine.versions), default=None)
    return row.generated_to or started


async def _enter_one(row: CheckRoutine, routine: Routine, period: date, work: WorkCalendar) -> int:
    due = due_in(routine, period, work)
    known = RoutineCheck.filter(tenant_id=row.tenant_id, routine_id=row.id, period=period)
    if due is None or await known.exists():
        return 0
    version = await CheckRoutineVersion.get(
        tenant_id=row.tenant_id, routine_id=row.id, number=due.version.number
    )
    check = await RoutineCheck.create(
        id=new_id(),
        **owned(row.owner),
        routine_id=row.id,
        version_id=version.id,
        enterprise_id=row.enterprise_id,
        premises_id=row.premises_id,
        kind=row.kind,
        period=period,
        due_on=due.on,
        created_at=clock.now(),
    )
    await audit.record("routine_checks.due", row.owner, "RoutineCheck", check.id, due_on=due.on)
    return 1


async def mark_missed(district_id: UUID, today: date) -> list[UUID]:
    """Mark every check that nobody filled in time, one transaction each; returns those marked.

    The tenant's `routine_check.late_days` are the days after the last one on which a check that
    is filled is late and not missed.
    """
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        late = await RoutineCheck.filter(
            district_id=district_id, due_on__lt=today, state=State.DUE.value
        ).order_by("id")
        owners = {one.tenant_id: one.owner for one in late}
        grace = {
            key: (await settings_of(owner, today))["routine_check.late_days"]
            for key, owner in owners.items()
        }
    marked = []
    for found in late:
        days = grace[found.tenant_id]
        assert isinstance(days, int)
        if not is_missed(State.DUE, found.due_on, today, days):
            continue
        async with tenant_transaction(scope):
            check = await RoutineCheck.filter(id=found.id).select_for_update().get_or_none()
            if check and is_missed(State(check.state), check.due_on, today, days):
                await _miss(check, today)
                marked.append(check.id)
    return marked


async def _miss(check: RoutineCheck, today: date) -> None:
    check.state, check.missed_on = State.MISSED.value, today
    await check.save(update_fields=["state", "missed_on"])
    await audit.record("routine_checks.missed", check.owner, "RoutineCheck", check.id)
    await outbox.emit("routine_checks.missed", check.owner, {"check": str(check.id)})


async def everywhere() -> None:
    """Enter what is due and mark what was missed in every district."""
    today = clock.legal_day(clock.now())
    for district_id in await districts(ACTOR):
        await generate(district_id, today)
        await mark_missed(district_id, today)
