"""What can be asked about routine checks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from tortoise.queryset import QuerySet

from service import clock
from service.errors import Invalid
from service.hazards.indicators import Ratio
from service.routine_checks.records import (
    CheckRoutine,
    CheckRoutineVersion,
    RoutineCheck,
    RoutineCheckAnswer,
    UnitClosure,
)
from service.routine_checks.rules import Closure, Kind, Routine, State, Version, due_between
from service.workdays.queries import calendar

SPAN_DAYS_MAX = 366


@dataclass(frozen=True, slots=True)
class Completion:
    """Checks of one kind in one town that were due in a period, as the calendar has it."""

    due: int
    done: int
    late: int

    @property
    def on_time(self) -> Ratio:
        """Done by their last day, of those due (完成率)."""
        return Ratio(self.done, self.due)

    @property
    def missed(self) -> int:
        """Due and never done, whether a row says so or not."""
        return self.due - self.done - self.late


def routines(
    *, kind: Kind | None = None, premises_id: UUID | None = None
) -> QuerySet[CheckRoutine]:
    """Routines in scope that fit every filter given."""
    found = CheckRoutine.all()
    if kind is not None:
        found = found.filter(kind=kind.value)
    return found.filter(premises_id=premises_id) if premises_id is not None else found


def checks(
    *,
    state: State | None = None,
    kind: Kind | None = None,
    premises_id: UUID | None = None,
    due_from: date | None = None,
    due_until: date | None = None,
) -> QuerySet[RoutineCheck]:
    """Checks in scope that fit every filter given; both days count."""
    wanted = {
        "state": state.value if state else None,
        "kind": kind.value if kind else None,
        "premises_id": premises_id,
        "due_on__gte": due_from,
        "due_on__lte": due_until,
    }
    return RoutineCheck.filter(**{key: one for key, one in wanted.items() if one is not None})


async def versions_of(routine_ids: Iterable[UUID]) -> dict[UUID, list[CheckRoutineVersion]]:
    """Versions by routine, oldest first, in one statement."""
    wanted = list(routine_ids)
    found: dict[UUID, list[CheckRoutineVersion]] = {one: [] for one in wanted}
    for row in await CheckRoutineVersion.filter(routine_id__in=wanted).order_by("number", "id"):
        found[row.routine_id].append(row)
    return found


async def closures_of(routine_ids: Iterable[UUID]) -> dict[UUID, list[UnitClosure]]:
    """Closures by routine, in the order of their days, in one statement."""
    wanted = list(routine_ids)
    found: dict[UUID, list[UnitClosure]] = {one: [] for one in wanted}
    for row in await UnitClosure.filter(routine_id__in=wanted).order_by("first_day", "id"):
        found[row.routine_id].append(row)
    return found


async def answers_of(check_ids: Iterable[UUID]) -> dict[UUID, list[RoutineCheckAnswer]]:
    """Answers by check, in the order of the items, in one statement."""
    wanted = list(check_ids)
    found: dict[UUID, list[RoutineCheckAnswer]] = {one: [] for one in wanted}
    for row in await RoutineCheckAnswer.filter(check_id__in=wanted).order_by("item", "id"):
        found[row.check_id].append(row)
    return found


def as_version(row: CheckRoutineVersion) -> Version:
    """The row as the rules know it."""
    return Version(
        row.number,
        row.effective_from,
        tuple(row.items),
        row.due_on,
        frozenset(row.closing_weekdays),
        row.keeps_holidays,
    )


async def loaded(rows: Sequence[CheckRoutine]) -> dict[UUID, Routine]:
    """The routines as the rules know them, in two statements for all."""
    ids = [row.id for row in rows]
    versions, closures = await versions_of(ids), await closures_of(ids)
    return {
        row.id: Routine(
            Kind(row.kind),
            tuple(as_version(one) for one in versions[row.id]),
            tuple(Closure(one.first_day, one.last_day) for one in closures[row.id]),
            row.ends_on,
        )
        for row in rows
    }


def span(since: date, until: date | None, at: datetime) -> tuple[date, date]:
    """The days of a question, up to yesterday by default, whose checks nobody can still do.

    Raises:
        Invalid: it ends before it begins, or is longer than a year.
    """
    last = until or clock.legal_day(at) - timedelta(days=1)
    if last < since and until is not None:
        raise Invalid("the period ends before it begins", path=("until",))
    if (last - since).days > SPAN_DAYS_MAX:
        raise Invalid("ask for a year at most", path=("since",))
    return since, last


async def completion(since: date, until: date) -> dict[tuple[UUID, Kind], Completion]:
    """Completion by town and kind of what was due from `since` to `until`, both included.

    What was due comes from the calendars of the units, never from the rows that exist, so a check
    that nobody generated counts as missed.  Four statements, whatever the number of routines.

    Raises:
        YearNotPublished: a unit keeps holidays that are not known yet.
    """
    rows = await CheckRoutine.all()
    known, work = await loaded(rows), await calendar()
    filled = await RoutineCheck.filter(
        due_on__gte=since, due_on__lte=until, state__in=[State.DONE.value, State.LATE.value]
    ).values_list("routine_id", "period", "state")
    states = {(routine, period): state for routine, period, state in filled}
    counts: dict[tuple[UUID, Kind], list[int]] = {}
    for row in rows:
        tally = counts.setdefault((row.tenant_id, Kind(row.kind)), [0, 0, 0])
        for due in due_between(known[row.id], since, until, work):
            state = states.get((row.id, due.period))
            tally[0] += 1
            tally[1] += state == State.DONE.value
            tally[2] += state == State.LATE.value
    return {key: Completion(*tally) for key, tally in counts.items()}
