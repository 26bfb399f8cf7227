"""What can be done with routines: set up, changed, closed for a while, ended; and filled.

`party` is the enterprise that acts, None where an application does that the town let in.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.errors import Conflict, Invalid, NotFound
from service.hazards import commands as hazards
from service.hazards.rules import Category, Source
from service.ids import new_id
from service.register.records import Premises
from service.routine_checks.queries import loaded
from service.routine_checks.records import (
    CheckRoutine,
    CheckRoutineVersion,
    RoutineCheck,
    RoutineCheckAnswer,
    UnitClosure,
)
from service.routine_checks.rules import (
    Answer,
    Closure,
    Kind,
    State,
    Version,
    check_answers,
    check_closure,
    check_fill,
    check_version,
    due_in,
    filled,
)
from service.workdays.queries import calendar
from tenants.records import owned
from tenants.wall import current


async def create(
    premises_id: UUID, *, kind: Kind, unit: str, version: Version, party: UUID | None = None
) -> CheckRoutine:
    """Set up the routine of a unit from a day on; it belongs to the town of the premises.

    Raises:
        NotFound: no such premises in this scope, or not the party's own.
        Invalid: see `rules.check_version`, or a first day in the past.
        Conflict: the unit has a routine of this kind already.
    """
    found = Premises.filter(id=premises_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    premises = await found.get_or_none()
    if premises is None or premises.tenant_id not in current().scope.writable:
        raise NotFound("no such premises", path=("input", "premisesId"))
    name = unit.strip()
    if not 1 <= len(name) <= 100:
        raise Invalid("name the unit in 1 to 100 characters", path=("input", "unit"))
    check_version(version, kind)
    if version.effective_from < _today():
        raise Invalid("a routine begins today or later", path=("input", "effectiveFrom"))
    try:
        row = await CheckRoutine.create(
            id=new_id(),
            **owned(premises.owner),
            enterprise_id=premises.enterprise_id,
            premises_id=premises.id,
            kind=kind.value,
            unit=name,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict(
            "this unit has such a routine already; change that one", path=("input", "unit")
        ) from error
    await _add_version(row, version)
    await _told("routine_checks.routine_created", row, kind=kind.value)
    return row


async def change(routine_id: UUID, version: Version, party: UUID | None = None) -> CheckRoutine:
    """Let a routine run otherwise from a later day on; the periods that have begun stay.

    Raises:
        NotFound: no such routine in this scope, or not the party's own.
        Invalid: see `rules.check_version`, or a day that is not in the future.
        Conflict: the routine has ended.
    """
    row = await locked(routine_id, party)
    _check_running(row)
    check_version(version, Kind(row.kind))
    if version.effective_from <= _today():
        raise Invalid("a change begins tomorrow or later", path=("input", "effectiveFrom"))
    await _add_version(row, version)
    await _told("routine_checks.routine_changed", row, effective_from=version.effective_from)
    return row


async def close_unit(
    routine_id: UUID, closure: Closure, reason: str, party: UUID | None = None
) -> CheckRoutine:
    """Tell that the unit is shut on some days to come; what is still due moves accordingly.

    Raises:
        NotFound: no such routine in this scope, or not the party's own.
        Invalid: see `rules.check_closure`, or no reason.
        Conflict: the routine has ended.
    """
    row = await locked(routine_id, party)
    _check_running(row)
    check_closure(closure, _today())
    why = reason.strip()
    if not 1 <= len(why) <= 200:
        raise Invalid("say why in 1 to 200 characters", path=("input", "reason"))
    await UnitClosure.create(
        id=new_id(),
        **owned(row.owner),
        routine_id=row.id,
        first_day=closure.first,
        last_day=closure.last,
        reason=why,
        told_at=clock.now(),
        actor=current().scope.actor,
    )
    await _move_due(row)
    await _told("routine_checks.unit_closed", row, first=closure.first, last=closure.last)
    return row


async def end(routine_id: UUID, on: date, party: UUID | None = None) -> CheckRoutine:
    """Let a routine end after a day, today at the earliest; its past stays.

    Raises:
        NotFound: no such routine in this scope, or not the party's own.
        Invalid: a day in the past.
        Conflict: the routine has ended.
    """
    row = await locked(routine_id, party)
    _check_running(row)
    if on < _today():
        raise Invalid("a routine ends today or later", path=("input", "on"))
    row.ends_on = on
    await row.save(update_fields=["ends_on"])
    await _move_due(row)
    await _told("routine_checks.routine_ended", row, ends_on=on)
    return row


async def fill(
    check_id: UUID,
    answers: Sequence[Answer],
    *,
    captured_at: datetime | None = None,
    party: UUID | None = None,
) -> RoutineCheck:
    """Fill a check; each item that failed makes a hazard of the premises (隐患) at once.

    `captured_at` is when it was done on site, which may lie long before it is received.  What
    was missed stays missed, and its answers are kept all the same.

    Raises:
        NotFound: no such check in this scope, or not the party's own.
        AlreadyFilled, NotYetDue, Invalid: see `rules.check_fill` and `rules.check_answers`.
    """
    found = RoutineCheck.filter(id=check_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    row = await found.select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such check", path=("input", "checkId"))
    received = clock.now()
    captured = captured_at or received
    day = clock.legal_day(captured)
    check_fill(row.period, captured, day, received, before=row.received_at is not None)
    version = await CheckRoutineVersion.get(tenant_id=row.tenant_id, id=row.version_id)
    check_answers(answers, version.items)
    state = filled(State(row.state), row.due_on, day)
    row.state, row.captured_at, row.received_at = state.value, captured, received
    row.actor = current().scope.actor
    await row.save()
    found_hazards = await _keep(row, version.items, answers, day, party)
    detail = {"state": row.state, "hazards": [str(one) for one in found_hazards]}
    await audit.record("routine_checks.filled", row.owner, "RoutineCheck", row.id, **detail)
    await outbox.emit("routine_checks.filled", row.owner, {"check": str(row.id), **detail})
    return row


async def _keep(
    row: RoutineCheck,
    items: Sequence[str],
    answers: Iterable[Answer],
    day: date,
    party: UUID | None,
) -> list[UUID]:
    """Keep the answers; returns the hazards that failed items made."""
    made = []
    for one in sorted(answers, key=lambda answer: answer.item):
        text = items[one.item - 1]
        hazard = None
        if not one.passed:
            hazard = await hazards.report(
                row.premises_id,
                category=Category(one.category or Category.OTHER.value),
                description=f"{text}：{one.remark.strip()}",
                source=Source.SELF_CHECK,
                found_on=day,
                party=party,
            )
            made.append(hazard.id)
        await RoutineCheckAnswer.create(
            id=new_id(),
            **owned(row.owner),
            check_id=row.id,
            item=one.item,
            text=text,
            passed=one.passed,
            remark=one.remark.strip(),
            hazard_id=hazard.id if hazard else None,
        )
    return made


async def locked(routine_id: UUID, party: UUID | None = None) -> CheckRoutine:
    """The routine, held until the transaction ends.

    Raises:
        NotFound: no such routine in this scope, or not the party's own.
    """
    found = CheckRoutine.filter(id=routine_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    row = await found.select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such routine", path=("input", "routineId"))
    return row


async def _add_version(row: CheckRoutine, version: Version) -> None:
    last = await CheckRoutineVersion.filter(tenant_id=row.tenant_id, routine_id=row.id).count()
    await CheckRoutineVersion.create(
        id=new_id(),
        **owned(row.owner),
        routine_id=row.id,
        number=last + 1,
        effective_from=version.effective_from,
        items=list(version.items),
        due_on=version.due_on,
        closing_weekdays=sorted(version.closing_weekdays),
        keeps_holidays=version.keeps_holidays,
        set_at=clock.now(),
        actor=current().scope.actor,
    )


async def _move_due(row: CheckRoutine) -> None:
    """Give open checks the day that the calendar of the unit gives them now.

    One whose period has no open day left is not due any more and goes; the calendar tells why.
    """
    routine = (await loaded([row]))[row.id]
    work = await calendar()
    open_checks = RoutineCheck.filter(
        tenant_id=row.tenant_id, routine_id=row.id, state=State.DUE.value
    )
    for check in await open_checks.select_for_update().order_by("id"):
        due = due_in(routine, check.period, work)
        if due is None:
            await check.delete()
        elif due.on != check.due_on:
            check.due_on = due.on
            await check.save(update_fields=["due_on"])


async def _told(event: str, row: CheckRoutine, **detail: object) -> None:
    await audit.record(event, row.owner, "CheckRoutine", row.id, **detail)
    await outbox.emit(event, row.owner, {"routine": str(row.id)})


def _check_running(row: CheckRoutine) -> None:
    if row.ends_on is not None:
        raise Conflict(f"the routine ends on {row.ends_on}; set up a new one")


def _today() -> date:
    return clock.legal_day(clock.now())
