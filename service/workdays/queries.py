"""What can be asked of the working-day calendar."""

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

from service.errors import Invalid
from service.workdays.records import WorkdayException, WorkdayYear
from service.workdays.rules import WorkCalendar


async def calendar() -> WorkCalendar:
    """The whole calendar as data for the rules; a few hundred rows at most."""
    years = await WorkdayYear.all().values_list("year", flat=True)
    exceptions = await WorkdayException.all()
    return WorkCalendar(
        frozenset(int(str(year)) for year in years),
        {row.day: row.working for row in exceptions},
    )


@dataclass(frozen=True, slots=True)
class Year:
    """A year as it was published; `source` is None where nobody knows yet."""

    source: str | None
    working_days: int | None
    days: tuple[WorkdayException, ...]


async def year(number: int) -> Year:
    """The schedule of a year.

    Raises:
        Invalid: no year of the calendar.
    """
    if not MINYEAR < number < MAXYEAR:
        raise Invalid(f"{number} is no year", path=("year",))
    row = await WorkdayYear.get_or_none(year=number)
    if row is None:
        return Year(None, None, ())
    first = date(number, 1, 1)
    days = await WorkdayException.filter(day__gte=first, day__lte=date(number, 12, 31)).order_by(
        "day"
    )
    known = WorkCalendar(frozenset({number}), {one.day: one.working for one in days})
    count = (date(number + 1, 1, 1) - first).days
    worked = sum(known.is_working(first + timedelta(days=n)) for n in range(count))
    return Year(row.source, worked, tuple(days))
