"""What can be asked of the working-day calendar."""

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
