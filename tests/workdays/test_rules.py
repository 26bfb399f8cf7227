"""Limits in working days, months and years."""

from datetime import date, timedelta

import pytest
from chinese_calendar import constants
from hypothesis import given
from hypothesis import strategies as st

from service.workdays.rules import (
    Deadline,
    Limit,
    Unit,
    WorkCalendar,
    YearNotPublished,
    add_months,
    add_working_days,
    deadline,
    due,
    working_days_between,
)

YEARS = frozenset(range(2022, 2027))
EXCEPTIONS = {
    **{day: False for day in constants.holidays if day.year in YEARS},
    **{day: True for day in constants.workdays if day.year in YEARS},
}
CALENDAR = WorkCalendar(YEARS, EXCEPTIONS)
DAYS = st.dates(date(2022, 1, 1), date(2026, 9, 30))


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        (date(2023, 9, 27), 3, date(2023, 10, 8)),  # National Day: 28 Sept, 7 and 8 October worked
        (date(2023, 9, 28), 1, date(2023, 10, 7)),
        (date(2024, 2, 8), 3, date(2024, 2, 19)),  # Spring Festival; 9 and Sunday 18 are worked
        (date(2025, 1, 24), 2, date(2025, 1, 27)),  # Sunday 26 January is a make-up day
        (date(2023, 3, 6), 7, date(2023, 3, 15)),
        (date(2023, 3, 4), 0, date(2023, 3, 6)),  # a Saturday with nothing to count
    ],
)
def test_counts_over_holidays_and_make_up_days(start: date, amount: int, end: date) -> None:
    assert add_working_days(start, amount, CALENDAR) == end


@given(DAYS, st.integers(0, 60))
def test_a_limit_in_working_days_ends_on_one(start: date, amount: int) -> None:
    end = due(start, Limit(amount, Unit.WORKING_DAYS), CALENDAR)

    assert CALENDAR.is_working(end)
    assert working_days_between(start, end, CALENDAR) == amount or amount == 0


@given(DAYS, st.integers(0, 40), st.integers(0, 90))
def test_a_later_event_never_ends_earlier(start: date, amount: int, shift: int) -> None:
    later = min(start + timedelta(days=shift), date(2026, 9, 30))

    assert add_working_days(start, amount, CALENDAR) <= add_working_days(later, amount, CALENDAR)


@given(DAYS, st.integers(1, 40))
def test_holidays_only_lengthen_a_limit_on_weekdays(start: date, amount: int) -> None:
    only_holidays = {day: False for day, worked in EXCEPTIONS.items() if not worked}

    with_holidays = add_working_days(start, amount, WorkCalendar(YEARS, only_holidays))

    assert with_holidays >= add_working_days(start, amount, WorkCalendar(YEARS))


@given(DAYS, DAYS)
def test_working_days_between_is_antisymmetric(one: date, other: date) -> None:
    assert working_days_between(one, other, CALENDAR) == -working_days_between(other, one, CALENDAR)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
    ],
)
def test_months_end_on_the_last_day_there_is(start: date, months: int, end: date) -> None:
    assert add_months(start, months) == end


def test_years_and_calendar_days_may_end_on_a_day_off_unless_rolled() -> None:
    assert due(date(2023, 10, 1), Limit(3, Unit.YEARS), CALENDAR) == date(2026, 10, 1)
    assert due(date(2023, 10, 1), Limit(3, Unit.YEARS), CALENDAR, roll=True) == date(2026, 10, 8)
    assert due(date(2023, 3, 1), Limit(3, Unit.CALENDAR_DAYS), CALENDAR) == date(2023, 3, 4)
    assert due(date(2023, 3, 1), Limit(3, Unit.CALENDAR_DAYS), CALENDAR, roll=True) == date(
        2023, 3, 6
    )
    assert due(date(2023, 3, 1), Limit(3, Unit.MONTHS), CALENDAR) == date(2023, 6, 1)


def test_an_unpublished_year_is_named_and_never_guessed() -> None:
    with pytest.raises(YearNotPublished) as caught:
        add_working_days(date(2026, 12, 30), 5, CALENDAR)

    assert caught.value.year == 2027
    assert caught.value.code == "YEAR_NOT_PUBLISHED"
    assert "2027" in caught.value.message


def test_a_deadline_for_display_says_which_year_is_missing() -> None:
    five = Limit(5, Unit.WORKING_DAYS)

    unknown = deadline(date(2026, 12, 30), five, CALENDAR)
    known = deadline(date(2026, 3, 2), five, CALENDAR)

    assert unknown == Deadline(None, 2027)
    assert not unknown.is_over(date(2030, 1, 1))
    assert known.due == date(2026, 3, 9)
    assert known.is_over(date(2026, 3, 10))
    assert not known.is_over(date(2026, 3, 9))


def test_a_limit_is_not_negative() -> None:
    with pytest.raises(ValueError):
        Limit(-1, Unit.MONTHS)
