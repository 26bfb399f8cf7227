"""`anshang workdays`: see and enter the years of the working-day calendar."""

import asyncio
import csv
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from service.database import database
from service.errors import Invalid
from service.workdays import commands
from service.workdays.records import WorkdayException, WorkdayYear
from tenants.scope import Scope
from tenants.wall import tenant_transaction

app = App(name="workdays", help="See and enter holidays and make-up days (调休).")
_WORDS = {"yes": True, "no": False}


def read_schedule(path: Path) -> dict[date, tuple[bool, str]]:
    """The days of a file with the columns `day,working,name`.

    Raises:
        Invalid: a line that is not such a day, with its number.
    """
    days: dict[date, tuple[bool, str]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                days[date.fromisoformat(row["day"])] = (_WORDS[row["working"]], row["name"])
            except (KeyError, ValueError, TypeError) as error:
                raise Invalid(
                    f"line {number} of {path} is not a day: day,working,name with working yes or no"
                ) from error
    return days


@app.command(name="list")
def list_years() -> None:
    """Print the years that are known, where each comes from and how many days it changes."""

    async def read() -> list[tuple[int, str, int]]:
        async with (
            database(),
            tenant_transaction(Scope.of_platform("operator"), read_only=True),
        ):
            return [
                (
                    row.year,
                    row.source,
                    await WorkdayException.filter(
                        day__gte=date(row.year, 1, 1), day__lte=date(row.year, 12, 31)
                    ).count(),
                )
                for row in await WorkdayYear.all().order_by("year")
            ]

    for year, source, days in asyncio.run(read()):
        print(f"{year}  {days:>3} days  {source}")


@app.command
def publish(
    year: Annotated[int, Parameter(help="Year of the schedule")],
    schedule: Annotated[Path, Parameter(help="CSV file with day,working,name")],
    *,
    source: Annotated[str, Parameter(help="Notice by which the schedule was published")],
) -> None:
    """Enter or replace the schedule of one year."""
    days = read_schedule(schedule)

    async def write() -> None:
        async with database(), tenant_transaction(Scope.of_platform("operator")):
            await commands.publish_year(year, days, source)

    asyncio.run(write())
    print(f"{year}: {len(days)} days entered")


@app.command(name="import")
def import_known() -> None:
    """Enter the years that the installed calendar package knows and the database does not."""

    async def write() -> list[int]:
        async with database(), tenant_transaction(Scope.of_platform("operator")):
            return await commands.import_published_years()

    print("entered: " + (", ".join(map(str, asyncio.run(write()))) or "nothing new"))
