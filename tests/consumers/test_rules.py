"""When a copy is stale."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.consumers.rules import (
    Lag,
    Limits,
    Pending,
    Standing,
    check_statement,
    confirm_by,
    lag,
)
from service.errors import Invalid

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = Limits(24 * HOUR, 26 * HOUR)
SECOND = timedelta(seconds=1)


def test_a_removal_is_confirmed_within_its_limit_or_the_copy_is_stale() -> None:
    heard = Standing(NOON - 100 * HOUR, NOON + 20 * HOUR)
    pending = Pending(1, NOON)

    assert confirm_by(heard.since, pending, LIMITS) == NOON + 24 * HOUR
    assert lag(heard, pending, NOON + 24 * HOUR, LIMITS) is None
    assert lag(heard, pending, NOON + 24 * HOUR + SECOND, LIMITS) is Lag.REMOVAL_UNCONFIRMED


def test_who_joined_after_a_removal_gets_the_whole_limit_for_its_first_copy() -> None:
    new = Standing(NOON, NOON)

    assert lag(new, Pending(9, NOON - 400 * HOUR), NOON + 24 * HOUR, LIMITS) is None


def test_silence_counts_from_the_last_word_and_a_dispute_outweighs_all() -> None:
    quiet = Standing(NOON - 100 * HOUR, NOON)

    assert lag(quiet, Pending(), NOON + 26 * HOUR, LIMITS) is None
    assert lag(quiet, Pending(), NOON + 26 * HOUR + SECOND, LIMITS) is Lag.SILENT
    disputed = Standing(quiet.since, NOON, disputed=True)
    assert lag(disputed, Pending(1, NOON - 99 * HOUR), NOON, LIMITS) is Lag.OTHER_LOG


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 400))
def test_once_stale_a_copy_stays_stale_until_something_is_said(
    oldest: int, heard: int, hours: int
) -> None:
    standing, pending = Standing(NOON, NOON + heard * HOUR), Pending(1, NOON + oldest * HOUR)
    now = NOON + hours * HOUR

    if lag(standing, pending, now, LIMITS):
        assert lag(standing, pending, now + HOUR, LIMITS)


@pytest.mark.parametrize(
    ("size", "root"),
    [(0, "ab" * 32), (-1, "ab" * 32), (1 << 62, "ab" * 32), (1, "ab"), (1, "zz" * 32)],
)
def test_a_malformed_statement_is_refused(size: int, root: str) -> None:
    with pytest.raises(Invalid):
        check_statement(size, root)
