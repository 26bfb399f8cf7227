"""How values become a score."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Invalid
from service.indicators.definitions import BY_CODE, INDICATORS
from service.indicators.rules import (
    Choice,
    Direction,
    Indicator,
    Kind,
    Line,
    Measured,
    attained,
    check_choice,
    score,
)

CLOSURE, RECURRENCE, VISITS = (
    BY_CODE[code] for code in ("hazard_closure", "hazard_recurrence", "joint_visits")
)


def line(weight: int, share: Fraction | None) -> Line:
    return Line("x", weight, 1000, Measured(0, 0), share)


def test_without_a_denominator_there_is_no_value() -> None:
    assert Measured(0, 0).value(Kind.SHARE) is None
    assert attained(CLOSURE, Measured(0, 0), 1000) is None


def test_a_share_is_measured_against_its_target_and_capped() -> None:
    assert attained(CLOSURE, Measured(3, 4), 1000) == Fraction(3, 4)
    assert attained(CLOSURE, Measured(3, 4), 750) == 1
    assert attained(CLOSURE, Measured(4, 4), 500) == 1


def test_where_less_is_better_the_target_itself_is_enough() -> None:
    assert attained(RECURRENCE, Measured(1, 20), 50) == 1
    assert attained(RECURRENCE, Measured(2, 20), 50) == Fraction(1, 2)
    assert attained(VISITS, Measured(3, None), 0) == 0
    assert attained(VISITS, Measured(0, None), 0) == 1


def test_towns_together_are_counted_at_once_and_not_averaged() -> None:
    assert (Measured(1, 1) + Measured(0, 9)).value(Kind.SHARE) == Fraction(1, 10)


def test_what_a_town_cannot_have_costs_it_nothing() -> None:
    assert score([line(1, Fraction(1, 2)), line(3, None)]) == 50
    assert score([line(1, None)]) is None
    assert score([]) is None


@given(
    st.lists(
        st.tuples(st.integers(1, 100), st.none() | st.fractions(min_value=0, max_value=1)),
        max_size=12,
    )
)
def test_a_score_lies_between_the_worst_and_the_best_line(
    lines: list[tuple[int, Fraction | None]],
) -> None:
    total = score([line(weight, share) for weight, share in lines])

    shares = [share for _, share in lines if share is not None]
    if total is None:
        assert shares == []
    else:
        assert min(shares) * 100 <= total <= max(shares) * 100


@given(
    st.sampled_from(INDICATORS),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.integers(0, 1000),
)
def test_attainment_is_a_share_and_never_falls_as_the_value_improves(
    indicator: Indicator, above: int, below: int, target: int
) -> None:
    below = max(above, below)
    reached = attained(indicator, Measured(above, below), target)
    better = above - 1 if indicator.direction is Direction.LOWER else above + 1
    improved = attained(indicator, Measured(max(0, better), max(below, better)), target)

    if reached is not None and improved is not None:
        assert 0 <= reached <= 1
        if below >= better:
            assert improved >= reached


@pytest.mark.parametrize(
    "choice",
    [Choice(True, 0, 1), Choice(True, 1, None), Choice(True, 1, -1), Choice(True, 1, 1001)],
)
def test_a_choice_that_cannot_be_scored_with_is_refused(choice: Choice) -> None:
    with pytest.raises(Invalid):
        check_choice(CLOSURE, choice)


def test_every_scored_indicator_has_a_target_and_every_code_is_once() -> None:
    assert all(one.target is not None for one in INDICATORS if one.scored)
    assert len({one.code for one in INDICATORS}) == len(INDICATORS)
