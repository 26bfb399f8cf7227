"""Rules of duties without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.duties.rules import (
    Frequency,
    RecordState,
    check_duty,
    check_span,
    dues,
    period_of,
    state_of,
)
from service.errors import Invalid

days = st.dates(date(2023, 1, 1), date(2033, 12, 31))


@given(frequency=st.sampled_from(Frequency), day=days)
def test_periods_tile_the_calendar(frequency: Frequency, day: date) -> None:
    one = period_of(frequency, day)

    assert one.first <= day <= one.last
    assert period_of(frequency, one.last + timedelta(1)).first == one.last + timedelta(1)
    assert one.first.day == 1
    assert (one.first.month - 1) % frequency.value == 0


@given(
    frequency=st.sampled_from(Frequency),
    since=days,
    length=st.none() | st.integers(0, 900),
    until=days,
)
def test_what_is_due_are_whole_periods_inside_the_time_of_the_duty(
    frequency: Frequency, since: date, length: int | None, until: date
) -> None:
    ends = None if length is None else since + timedelta(length)
    found = dues(frequency, since, ends, until)

    # By hand: every day starts at most one period.
    span = (max(until, since) - since).days
    begun = {period_of(frequency, since + timedelta(n)) for n in range(span + 1)}
    assert found == sorted(
        one for one in begun if since <= one.first <= until and (ends is None or one.last < ends)
    )


def test_a_leap_february_has_its_own_last_day() -> None:
    (one,) = dues(Frequency.MONTH, date(2028, 2, 1), None, date(2028, 2, 28))

    assert one.last == date(2028, 2, 29)


def test_what_was_missed_stays_late() -> None:
    last = date(2026, 6, 30)

    assert state_of(last, None, last) is RecordState.DUE
    assert state_of(last, None, last + timedelta(1)) is RecordState.MISSED
    assert state_of(last, last, last + timedelta(9)) is RecordState.DONE
    assert state_of(last, last + timedelta(1), last + timedelta(9)) is RecordState.LATE


def test_what_makes_no_sense_is_refused() -> None:
    for since, until in ((1, 0), (0, 801)):
        with pytest.raises(Invalid):
            check_span(date(2026, 1, 1) + timedelta(since), date(2026, 1, 1) + timedelta(until))
    for number in (0, 8):
        with pytest.raises(Invalid):
            check_duty(number)
