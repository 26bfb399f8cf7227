"""Rules of routine checks: which days a unit is open, when a check is due, how it ends.

A period is a day, a week from Monday, or a calendar month.  The version of the routine that is
in force on the first day of a period governs the whole of it, so a change never touches a period
that has begun; only a closure of the unit, told before it begins, can move what is still due.
"""

from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from service.errors import Conflict, Invalid
from service.workdays.rules import WorkCalendar, YearNotPublished

ITEMS_MAX = 60
CLOSURE_DAYS_MAX = 366
CLOCK_SKEW = timedelta(minutes=10)  # by which a phone's clock may run fast


class Kind(Enum):
    """Who checks, and how often."""

    DAILY_TEAM = "DAILY_TEAM"  # 班组日排查
    WEEKLY_DEPT = "WEEKLY_DEPT"  # 部门周排查
    MONTHLY_MANAGER = "MONTHLY_MANAGER"  # 厂长经理月排查


class State(Enum):
    """Where a check stands; all but DUE are final."""

    DUE = "DUE"
    DONE = "DONE"
    LATE = "LATE"
    MISSED = "MISSED"


class Step(Enum):
    """What can happen to a check."""

    FILL = "FILL"
    FALL_MISSED = "FALL_MISSED"


class AlreadyFilled(Conflict):
    """A check is filled once."""

    code = "ALREADY_FILLED"


class NotYetDue(Invalid):
    """A check belongs to its period and cannot be done before it begins."""

    code = "NOT_YET_DUE"


@dataclass(frozen=True, slots=True)
class Closure:
    """Days, both included, on which the unit is shut although it would be open."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether the unit is shut on `day`."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Version:
    """How a routine runs from a day on.

    `closing_weekdays` are 1 (Monday) to 7; `keeps_holidays` says that the unit is also shut on
    statutory holidays and, unlike an office, not opened by make-up days.  `due_on` is the weekday
    of a weekly check, or the day of the month of a monthly one.
    """

    number: int
    effective_from: date
    items: tuple[str, ...]
    due_on: int = 1
    closing_weekdays: frozenset[int] = frozenset()
    keeps_holidays: bool = False


@dataclass(frozen=True, slots=True)
class Routine:
    """A routine with its versions, the closures of its unit, and its last day, if any."""

    kind: Kind
    versions: tuple[Version, ...]
    closures: tuple[Closure, ...] = ()
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A check that is due: its period, its last day and the version that governs it."""

    period: date
    last: date
    on: date
    version: Version


def period_of(kind: Kind, day: date) -> date:
    """First day of the period in which `day` lies."""
    if kind is Kind.WEEKLY_DEPT:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if kind is Kind.MONTHLY_MANAGER else day


def period_end(kind: Kind, period: date) -> date:
    """Last day of the period that begins on `period`."""
    if kind is Kind.WEEKLY_DEPT:
        return period + timedelta(days=6)
    if kind is Kind.MONTHLY_MANAGER:
        return period.replace(day=monthrange(period.year, period.month)[1])
    return period


def version_on(versions: Iterable[Version], day: date) -> Version | None:
    """The version in force on `day`; of several the one that came last."""
    found = [one for one in versions if one.effective_from <= day]
    return max(found, key=lambda one: (one.effective_from, one.number)) if found else None


def is_open(day: date, version: Version, closures: Iterable[Closure], work: WorkCalendar) -> bool:
    """Whether the unit is open on `day`.

    Raises:
        YearNotPublished: it keeps holidays, and those of the year are not known yet.
    """
    if day.isoweekday() in version.closing_weekdays or any(one.holds(day) for one in closures):
        return False
    if not version.keeps_holidays:
        return True
    if day.year not in work.years:
        raise YearNotPublished(day.year)
    return work.exceptions.get(day, True)


def due_in(routine: Routine, period: date, work: WorkCalendar) -> Due | None:
    """The check that is due in a period; None where the unit has no open day in it.

    A check whose day is shut is due on the next open day of the period, or where none follows on
    the last one before.

    Raises:
        YearNotPublished: as in `is_open`.
    """
    kind = routine.kind
    started = min((one.effective_from for one in routine.versions), default=None)
    last = period_end(kind, period)
    if started is None or started > last:
        return None
    version = version_on(routine.versions, max(period, started))
    assert version is not None
    end = min(last, routine.ends_on) if routine.ends_on else last
    first = max(period, started)
    days = [first + timedelta(days=n) for n in range((end - first).days + 1)]
    open_days = [day for day in days if is_open(day, version, routine.closures, work)]
    if not open_days:
        return None
    target = _target(kind, period, version.due_on)
    later = [day for day in open_days if day >= target]
    return Due(period, last, later[0] if later else open_days[-1], version)


def _target(kind: Kind, period: date, due_on: int) -> date:
    if kind is Kind.WEEKLY_DEPT:
        return period + timedelta(days=due_on - 1)
    if kind is Kind.MONTHLY_MANAGER:
        return period.replace(day=min(due_on, monthrange(period.year, period.month)[1]))
    return period


def due_between(routine: Routine, since: date, until: date, work: WorkCalendar) -> Iterator[Due]:
    """Every check whose last day lies from `since` to `until`, oldest first.

    Raises:
        YearNotPublished: as in `is_open`.
    """
    period = period_of(routine.kind, since)
    while period <= until:
        found = due_in(routine, period, work)
        if found is not None and since <= found.on <= until:
            yield found
        period = period_end(routine.kind, period) + timedelta(days=1)


def filled(state: State, due_on: date, captured: date) -> State:
    """The state after a check was filled on the day `captured`; what was missed stays missed."""
    if state is State.MISSED:
        return State.MISSED
    return State.DONE if captured <= due_on else State.LATE


def is_missed(state: State, due_on: date, today: date, late_days: int) -> bool:
    """Whether nobody filled the check by its last day nor within the days of grace after it."""
    return state is State.DUE and today > due_on + timedelta(days=late_days)


def check_fill(
    period: date, captured_at: datetime, captured: date, received_at: datetime, *, before: bool
) -> None:
    """Refuse a filling that cannot be; `before` says that the check was filled already.

    Raises:
        AlreadyFilled, NotYetDue: as said.
        Invalid: it was captured in the future.
    """
    if before:
        raise AlreadyFilled("this check was filled already; report what is new as a hazard")
    if captured_at > received_at + CLOCK_SKEW:
        raise Invalid(
            "the check lies in the future; set the clock of the device",
            path=("input", "capturedAt"),
        )
    if captured < period:
        raise NotYetDue(
            f"this check belongs to the period from {period} on", path=("input", "capturedAt")
        )


def check_version(version: Version, kind: Kind) -> None:
    """Refuse a version that says nothing or cannot be kept.

    Raises:
        Invalid: no items, too many, a due day that the kind does not have, or a unit never open.
    """
    if not 1 <= len(version.items) <= ITEMS_MAX:
        raise Invalid(f"name 1 to {ITEMS_MAX} items to check", path=("input", "items"))
    if any(not one or len(one) > 200 for one in version.items):
        raise Invalid("an item has 1 to 200 characters", path=("input", "items"))
    highest = {Kind.WEEKLY_DEPT: 7, Kind.MONTHLY_MANAGER: 31}.get(kind, 1)
    if not 1 <= version.due_on <= highest:
        raise Invalid(f"the day is from 1 to {highest}", path=("input", "dueOn"))
    if not version.closing_weekdays <= frozenset(range(1, 8)):
        raise Invalid("a weekday is from 1 to 7", path=("input", "closingWeekdays"))
    if len(version.closing_weekdays) == 7:
        raise Invalid("the unit must be open on some day", path=("input", "closingWeekdays"))


def check_closure(closure: Closure, today: date) -> None:
    """Refuse a closure that was not told before it began, or that ends before it begins.

    Raises:
        Invalid: as said, or one longer than a year.
    """
    if closure.first <= today:
        raise Invalid(
            "a closure is told before it begins; name tomorrow or later", path=("input", "first")
        )
    if not closure.first <= closure.last:
        raise Invalid("a closure ends after it begins", path=("input", "last"))
    if (closure.last - closure.first).days >= CLOSURE_DAYS_MAX:
        raise Invalid("end the routine instead of closing for a year", path=("input", "last"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found at one item, counted from 1; `category` is needed where it failed."""

    item: int
    passed: bool
    remark: str = ""
    category: str = ""


def check_answers(answers: Sequence[Answer], items: Collection[str]) -> None:
    """Refuse answers that leave an item out, answer one twice, or fail one without a word.

    Raises:
        Invalid: as said.
    """
    if sorted(one.item for one in answers) != list(range(1, len(items) + 1)):
        raise Invalid(
            f"answer each of the {len(items)} items once, by number from 1",
            path=("input", "answers"),
        )
    for one in answers:
        if not one.passed and not one.remark.strip():
            raise Invalid(f"say what is wrong at item {one.item}", path=("input", "answers"))
        if len(one.remark) > 1000:
            raise Invalid("a remark has at most 1000 characters", path=("input", "answers"))
