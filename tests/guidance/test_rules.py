"""Rules of guidance without a database."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Invalid
from service.guidance.rules import (
    EventKind,
    Flag,
    Moment,
    Period,
    Place,
    flags_of,
    half_of,
    month_of,
    months,
    warning_step,
    window,
)

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
AT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@given(day=days)
def test_months_and_halves_tile_the_calendar(day: date) -> None:
    month, half = month_of(day), half_of(day)

    assert month.holds(day)
    assert half.holds(day)
    assert (month.first.day, month.last.day) == (1, monthrange(day.year, day.month)[1])
    assert (half.first.month, half.last.month) in {(1, 6), (7, 12)}
    assert month_of(month.last + timedelta(1)).first == month.last + timedelta(1)
    assert half_of(half.last + timedelta(1)).first == half.last + timedelta(1)


def test_a_leap_year_has_a_longer_february() -> None:
    assert month_of(date(2028, 2, 3)) == Period(date(2028, 2, 1), date(2028, 2, 29))
    assert month_of(date(2027, 2, 3)).last == date(2027, 2, 28)
    assert month_of(date(2028, 2, 3)).days_left(date(2028, 2, 28)) == 1


def test_periods_are_named_as_officers_name_them() -> None:
    assert month_of(date(2026, 12, 31)).label == "2026-12"
    assert [half_of(date(2026, m, 30)).label for m in (6, 7)] == ["2026-H1", "2026-H2"]
    assert [one.label for one in months(date(2026, 11, 30), date(2027, 1, 1))] == [
        "2026-11", "2026-12", "2027-01",
    ]  # fmt: skip
    for since, until in ((date(2026, 2, 1), date(2026, 1, 31)), (date(2020, 1, 1), AT.date())):
        with pytest.raises(Invalid, match="1 to 24"):
            months(since, until)


@given(left=st.integers(-5, 60), steps=st.sets(st.integers(0, 50), min_size=1))
def test_the_step_that_is_due_is_the_last_one_reached(left: int, steps: set[int]) -> None:
    reached = [one for one in steps if left <= one]

    assert warning_step(left, tuple(steps)) == (min(reached) if reached and left >= 0 else None)


@pytest.mark.parametrize(
    ("metres", "ahead", "hours", "flags"),
    [
        (500, 0, 168, []),
        (501, 0, 0, [Flag.FAR]),
        (None, 0, 0, [Flag.NO_POSITION]),
        (0, 5, 0, []),
        (0, 6, 0, [Flag.CLOCK_AHEAD]),
        (0, 0, 169, [Flag.LATE]),
        (9000, 6, 0, [Flag.FAR, Flag.CLOCK_AHEAD]),
    ],
)
def test_a_check_in_is_marked_and_never_refused(
    metres: int | None, ahead: int, hours: int, flags: list[Flag]
) -> None:
    captured = AT + timedelta(minutes=ahead) - timedelta(hours=hours)

    assert flags_of(Moment(captured, AT), metres, 500, 168 * HOUR) == flags


def test_a_clock_that_runs_ahead_puts_no_visit_into_the_future() -> None:
    assert Moment(AT + timedelta(days=400), AT).happened_at == AT
    assert Moment(AT - HOUR, AT).happened_at == AT - HOUR


def test_distances_are_those_of_the_sphere() -> None:
    here = Place(29.6, 106.5)

    assert here.metres_to(here) == 0
    assert here.metres_to(Place(29.601, 106.5)) == pytest.approx(111, abs=1)
    assert here.metres_to(Place(29.6, 106.51)) == pytest.approx(967, abs=2)
    for wrong in ((91, 0), (0, 181), (float("nan"), 0)):
        with pytest.raises(Invalid):
            Place(*wrong)


def test_what_befalls_one_is_attended_after_it_and_what_is_foreseen_around_it() -> None:
    for kind in (EventKind.KEY_NODE, EventKind.RESUMPTION):
        assert window(kind, AT, 24) == (AT - 24 * HOUR, AT + 24 * HOUR)
    for kind in (EventKind.DANGER, EventKind.ACCIDENT):
        assert window(kind, AT, 24) == (AT, AT + 24 * HOUR)
