"""The calendar in the database: seeded, editable by the platform only, honest about its end."""

from datetime import date

import pytest
from tortoise.exceptions import OperationalError

from service.errors import Invalid
from service.workdays import commands
from service.workdays.queries import calendar
from service.workdays.records import WorkdayException, WorkdayYear
from service.workdays.rules import YearNotPublished, add_working_days
from tenants.scope import Scope
from tenants.wall import tenant_transaction
from tests.conftest import World

PLATFORM = Scope.of_platform("test")


async def test_every_town_reads_the_seeded_calendar(world: World) -> None:
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        known = await calendar()

    assert add_working_days(date(2023, 9, 28), 1, known) == date(2023, 10, 7)
    assert 2026 in known.years
    with pytest.raises(YearNotPublished):
        known.is_working(date(2099, 1, 1))


async def test_no_scope_sees_nothing(database: None) -> None:
    async with tenant_transaction(Scope("nobody"), read_only=True):
        assert (await calendar()).years == frozenset()


async def test_a_town_cannot_change_it(world: World) -> None:
    async with tenant_transaction(world.towns[0].scope()):
        assert await WorkdayException.all().update(working=True) == 0
        assert await WorkdayYear.all().delete() == 0
    with pytest.raises(OperationalError):
        async with tenant_transaction(world.towns[0].scope()):
            await commands.publish_year(2098, {date(2098, 1, 1): (False, "元旦")}, "notice")


async def test_the_platform_enters_a_year_and_enters_it_again_corrected(database: None) -> None:
    wrong = {date(2097, 1, 1): (False, "元旦"), date(2097, 1, 5): (True, "补班")}
    right = {date(2097, 1, 1): (False, "元旦")}

    async with tenant_transaction(PLATFORM):
        await commands.publish_year(2097, wrong, "notice")
        await commands.publish_year(2097, right, "notice, corrected")
    async with tenant_transaction(PLATFORM, read_only=True):
        known = await calendar()
        sources = [row.source for row in await WorkdayYear.filter(year=2097)]

    assert not known.is_working(date(2097, 1, 1))
    assert not known.is_working(date(2097, 1, 5))  # a Saturday
    assert sources == ["notice, corrected"]


@pytest.mark.parametrize(
    ("exceptions", "source"),
    [
        ({date(2096, 1, 1): (False, "元旦")}, " "),
        ({date(2095, 1, 1): (False, "元旦")}, "notice"),
        ({date(2096, 1, 7): (True, "补班")}, "notice"),
        ({}, "notice"),
    ],
)
async def test_a_schedule_that_cannot_be_right_is_refused(
    database: None, exceptions: dict[date, tuple[bool, str]], source: str
) -> None:
    async with tenant_transaction(PLATFORM) as transaction:
        with pytest.raises(Invalid):
            await commands.publish_year(2096, exceptions, source)
        transaction.refuse()


async def test_importing_the_package_again_adds_only_what_is_missing(database: None) -> None:
    async with tenant_transaction(PLATFORM) as transaction:
        assert await commands.import_published_years() == []
        await WorkdayYear.filter(year=2025).delete()
        assert await commands.import_published_years() == [2025]
        assert not (await calendar()).is_working(date(2025, 10, 1))
        transaction.refuse()
