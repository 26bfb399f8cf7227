"""What can be done to the working-day calendar, by the platform's operator only.

These run in a platform scope; every other scope reads the calendar and cannot write it.
"""

from collections.abc import Mapping
from datetime import date

from chinese_calendar import constants

from service import clock
from service.errors import Invalid
from service.ids import new_id
from service.workdays.records import WorkdayException, WorkdayYear

PACKAGE = "chinesecalendar"


async def publish_year(year: int, exceptions: Mapping[date, tuple[bool, str]], source: str) -> None:
    """Enter or replace the schedule of one year in the open transaction.

    `exceptions` gives for a day whether it is worked and what it is called; `source` names the
    notice of the State Council's general office (国务院办公厅关于…部分节假日安排的通知).

    Raises:
        Invalid: a day of another year, no source, or a schedule without a single holiday.
    """
    if not source.strip():
        raise Invalid("name the notice the schedule was published by", path=("source",))
    if any(day.year != year for day in exceptions):
        raise Invalid(f"every day must lie in {year}", path=("exceptions",))
    if all(working for working, _ in exceptions.values()):
        raise Invalid(f"the schedule of {year} names no holiday", path=("exceptions",))
    await WorkdayException.filter(day__gte=date(year, 1, 1), day__lte=date(year, 12, 31)).delete()
    await WorkdayYear.filter(year=year).delete()
    await WorkdayYear.create(
        id=new_id(), year=year, source=source.strip()[:200], entered_at=clock.now()
    )
    await WorkdayException.bulk_create(
        [
            WorkdayException(id=new_id(), day=day, working=working, name=name[:60])
            for day, (working, name) in sorted(exceptions.items())
        ]
    )


async def import_published_years() -> list[int]:
    """Enter the years that the installed calendar package knows and the database does not.

    Years that were entered or corrected by hand stay as they are.
    """
    known = {row.year for row in await WorkdayYear.all()}
    years = {day.year for day in constants.holidays} - known
    for year in sorted(years):
        days = {
            **{d: (False, n) for d, n in constants.holidays.items() if d.year == year},
            **{d: (True, n) for d, n in constants.workdays.items() if d.year == year},
        }
        await publish_year(year, days, PACKAGE)
    return sorted(years)
