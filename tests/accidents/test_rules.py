"""The level of an accident at each boundary of art. 3, and the hour to report."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.accidents.rules import (
    Level,
    SupplementTooLate,
    Toll,
    check_supplement,
    check_times,
    check_toll,
    in_time,
    level_of,
)
from service.errors import Invalid
from service.law.packs import shipped
from service.law.rules import RuleBook

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
WAN = 10_000 * 100  # fen of ten thousand yuan (万元)


BOOK = RuleBook.of(shipped())


@pytest.mark.parametrize(
    ("toll", "level"),
    [
        (Toll(0, 0, 0), Level.ORDINARY),
        (Toll(2, 9, 1_000 * WAN - 1), Level.ORDINARY),
        (Toll(deaths=3), Level.LARGER),
        (Toll(deaths=9), Level.LARGER),
        (Toll(deaths=10), Level.MAJOR),
        (Toll(deaths=29), Level.MAJOR),
        (Toll(deaths=30), Level.GRAVEST),
        (Toll(serious_injuries=10), Level.LARGER),
        (Toll(serious_injuries=49), Level.LARGER),
        (Toll(serious_injuries=50), Level.MAJOR),
        (Toll(serious_injuries=99), Level.MAJOR),
        (Toll(serious_injuries=100), Level.GRAVEST),
        (Toll(direct_loss_fen=1_000 * WAN), Level.LARGER),
        (Toll(direct_loss_fen=5_000 * WAN - 1), Level.LARGER),
        (Toll(direct_loss_fen=5_000 * WAN), Level.MAJOR),
        (Toll(direct_loss_fen=10_000 * WAN - 1), Level.MAJOR),
        (Toll(direct_loss_fen=10_000 * WAN), Level.GRAVEST),
        (Toll(3, 50, 0), Level.MAJOR),
    ],
)
def test_the_level_changes_at_the_boundaries_of_the_law_and_nowhere_else(
    toll: Toll, level: Level
) -> None:
    assert level_of(toll, DAY, BOOK) is level


NUMBERS = st.builds(
    Toll, st.integers(0, 60), st.integers(0, 200), st.integers(0, 20_000).map(lambda n: n * WAN)
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NUMBERS, NUMBERS)
def test_a_heavier_toll_is_never_of_a_lower_level(one: Toll, more: Toll) -> None:
    both = Toll(
        one.deaths + more.deaths,
        one.serious_injuries + more.serious_injuries,
        one.direct_loss_fen + more.direct_loss_fen,
    )
    ranks = list(Level)

    assert ranks.index(level_of(both, DAY, BOOK)) >= ranks.index(level_of(one, DAY, BOOK))


def test_the_hour_runs_from_the_knowledge_of_the_head_and_concealment_is_never_in_time() -> None:
    hour = timedelta(hours=1)

    assert in_time(NOON, NOON + hour, 1, concealed=False)
    assert not in_time(NOON, NOON + hour + timedelta(seconds=1), 1, concealed=False)
    assert not in_time(NOON, NOON, 1, concealed=True)


def test_numbers_are_supplemented_up_to_the_last_of_the_days() -> None:
    check_supplement(DAY, DAY + timedelta(days=30), 30)
    with pytest.raises(SupplementTooLate):
        check_supplement(DAY, DAY + timedelta(days=31), 30)


def test_numbers_and_times_that_cannot_be_are_refused() -> None:
    with pytest.raises(Invalid) as negative:
        check_toll(Toll(deaths=-1))
    with pytest.raises(Invalid) as before:
        check_times(NOON, NOON - timedelta(seconds=1), NOON)
    with pytest.raises(Invalid) as early:
        check_times(NOON, NOON, NOON - timedelta(seconds=1))

    assert negative.value.path == ("input", "toll", "deaths")
    assert before.value.path == ("input", "knownAt")
    assert early.value.path == ("input", "reportedAt")


def test_what_could_not_be_checked_says_so() -> None:
    assert not BOOK.rule("ACCIDENT_SUPPLEMENT", DAY).confirmed
    assert BOOK.rule("ACCIDENT_DEATHS", DAY, "GRAVEST").confirmed
