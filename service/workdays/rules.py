"""Limits in working days, calendar days, months and years over a calendar given as data.

The day of the event is not counted, the first day is the one after it (行政处罚法 art. 85 for
working days; 民法典 art. 201–203 for the others).
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum

from service.errors import SafetyError

SATURDAY = 5  # date.weekday()


class YearNotPublished(SafetyError):
    """The State Council's holiday schedule of this year is not in the calendar."""

    code = "YEAR_NOT_PUBLISHED"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"the holiday schedule of {year} is not in the working-day calendar: "
            f"enter it once the State Council has published it, then try again"
        )
        self.year = year


class Unit(Enum):
    """What a statutory limit is counted in."""

    WORKING_DAYS = "WORKING_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"
    MONTHS = "MONTHS"
    YEARS = "YEARS"


@dataclass(frozen=True, slots=True)
class Limit:
    """A length of time as a statute states it."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError("a limit is not negative")


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Published years, and the days on which they differ from Monday to Friday.

    `exceptions` says of a day whether it is worked: False for a holiday, True for a make-up day.
    """

    years: frozenset[int]
    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether offices work on `day`.

        Raises:
            YearNotPublished: nobody knows yet.
        """
        if day.year not in self.years:
            raise YearNotPublished(day.year)
        return self.exceptions.get(day, day.weekday() < SATURDAY)


def add_working_days(start: date, amount: int, calendar: WorkCalendar) -> date:
    """The `amount`-th working day after `start`; with 0, `start` or the next working day.

    Raises:
        YearNotPublished: the count runs into a year without a schedule.
    """
    day, left = start, amount
    while left > 0:
        day += timedelta(days=1)
        left -= calendar.is_working(day)
    return next_working_day(day, calendar)


def next_working_day(day: date, calendar: WorkCalendar) -> date:
    """`day` itself when it is worked, or the first worked day after it.

    Raises:
        YearNotPublished: as above.
    """
    while not calendar.is_working(day):
        day += timedelta(days=1)
    return day


def working_days_between(start: date, end: date, calendar: WorkCalendar) -> int:
    """Working days after `start` up to and including `end`; negative when `end` is earlier.

    Raises:
        YearNotPublished: a day between lies in a year without a schedule.
    """
    if end < start:
        return -working_days_between(end, start, calendar)
    return sum(
        calendar.is_working(start + timedelta(days=n)) for n in range(1, (end - start).days + 1)
    )


def add_months(start: date, amount: int) -> date:
    """The same day `amount` months later, or that month's last day (民法典 art. 202)."""
    month = start.month - 1 + amount
    year, month = start.year + month // 12, month % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def due(start: date, limit: Limit, calendar: WorkCalendar, *, roll: bool = False) -> date:
    """The last day of `limit` counted from the event day `start`.

    A limit in working days always ends on one.  With `roll` the others, too, move to the next
    working day when they end on a day off (民法典 art. 203).

    Raises:
        YearNotPublished: the calendar of a year that is needed is missing.
    """
    match limit.unit:
        case Unit.WORKING_DAYS:
            return add_working_days(start, limit.amount, calendar)
        case Unit.CALENDAR_DAYS:
            last = start + timedelta(days=limit.amount)
        case Unit.MONTHS:
            last = add_months(start, limit.amount)
        case Unit.YEARS:
            last = add_months(start, 12 * limit.amount)
    return next_working_day(last, calendar) if roll else last


@dataclass(frozen=True, slots=True)
class Deadline:
    """A limit's last day, or None with the year whose schedule is still missing."""

    due: date | None
    missing_year: int | None = None

    def is_over(self, today: date) -> bool:
        """Whether the last day has passed; an unknown one has not."""
        return self.due is not None and today > self.due


def deadline(start: date, limit: Limit, calendar: WorkCalendar, *, roll: bool = False) -> Deadline:
    """Like `due`, for display: an unpublished year gives no day instead of an error."""
    try:
        return Deadline(due(start, limit, calendar, roll=roll))
    except YearNotPublished as missing:
        return Deadline(None, missing.year)
