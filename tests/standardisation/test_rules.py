"""Every step of a certificate in every state, and the days on which one holds or is warned of."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.standardisation.conformity import conforms
from service.standardisation.records import ConformityItem
from service.standardisation.rules import (
    MOVES,
    State,
    Step,
    WrongStep,
    follow,
    holds,
    warning_step,
)

DAY = date(2026, 3, 2)
ALLOWED = {
    (State.APPLIED, Step.SELF_ASSESS, State.SELF_ASSESSED),
    (State.SELF_ASSESSED, Step.SELF_ASSESS, State.SELF_ASSESSED),
    (State.SELF_ASSESSED, Step.REVIEW, State.REVIEWED),
    (State.REVIEWED, Step.PUBLISH, State.PUBLISHED),
    (State.PUBLISHED, Step.GRANT, State.GRANTED),
    (State.GRANTED, Step.EXPIRE, State.EXPIRED),
    (State.GRANTED, Step.REVOKE, State.REVOKED),
    (State.SELF_ASSESSED, Step.RETURN, State.APPLIED),
    (State.REVIEWED, Step.RETURN, State.APPLIED),
    (State.PUBLISHED, Step.RETURN, State.APPLIED),
    (State.APPLIED, Step.WITHDRAW, State.WITHDRAWN),
    (State.SELF_ASSESSED, Step.WITHDRAW, State.WITHDRAWN),
    (State.REVIEWED, Step.WITHDRAW, State.WITHDRAWN),
    (State.PUBLISHED, Step.WITHDRAW, State.WITHDRAWN),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_every_state_and_every_step(state: State, step: Step) -> None:
    wanted = {after for before, taken, after in ALLOWED if (before, taken) == (state, step)}
    if not wanted:
        with pytest.raises(WrongStep, match=f"is {state.value}"):
            follow(state, step)
    else:
        assert {follow(state, step)} == wanted
    assert len(MOVES) == len(ALLOWED)


@pytest.mark.parametrize(
    ("day", "revoked", "counted"),
    [
        (DAY - timedelta(days=1), None, False),
        (DAY, None, True),
        (DAY + timedelta(days=9), None, True),
        (DAY + timedelta(days=10), None, False),
        (DAY + timedelta(days=3), DAY + timedelta(days=4), True),
        (DAY + timedelta(days=4), DAY + timedelta(days=4), False),
    ],
)
def test_a_certificate_holds_from_its_first_day_to_the_day_before_its_end(
    day: date, revoked: date | None, counted: bool
) -> None:
    assert holds(DAY, DAY + timedelta(days=10), revoked, day) is counted


@pytest.mark.parametrize(
    ("left", "given", "step"),
    [
        (91, None, None), (90, None, 90), (31, None, 90), (31, 90, None), (30, 90, 30),
        (5, None, 30), (5, 30, None), (1, 90, 30), (0, None, None), (-3, None, None),
    ],
)  # fmt: skip
def test_the_nearest_step_is_warned_of_and_only_once(
    left: int, given: int | None, step: int | None
) -> None:
    assert warning_step(DAY + timedelta(days=left), DAY, (90, 30), given) == step


@given(st.lists(st.integers(0, 100), max_size=40, unique=True))
def test_whatever_runs_are_missed_each_step_is_warned_of_at_most_once(runs: list[int]) -> None:
    last: int | None = None
    said = []
    for left in sorted(runs, reverse=True):
        step = warning_step(DAY + timedelta(days=left), DAY, (90, 30), last)
        if step is not None:
            said.append(step)
            last = step
    assert said in ([], [90], [30], [90, 30])
    assert (30 in said) is any(1 <= left <= 30 for left in runs)


def item(level: str, passed: bool | None, required: bool = True) -> ConformityItem:
    return ConformityItem(level=level, name="x", passed=passed, required=required)


@pytest.mark.parametrize(
    ("items", "wanted"),
    [
        ([], None),
        ([item("ENTERPRISE", True)], None),
        ([item("POST", None, required=False)], None),
        ([item("POST", True)], True),
        ([item("POST", True), item("DISCIPLINE", True)], True),
        ([item("POST", True), item("DISCIPLINE", None)], False),
        ([item("POST", True), item("DISCIPLINE", False)], False),
        ([item("POST", True), item("DISCIPLINE", False, required=False)], True),
        ([item("POST", True), item("ENTERPRISE", False)], False),
    ],
)
def test_an_enterprise_conforms_when_all_that_is_required_does(
    items: list[ConformityItem], wanted: bool | None
) -> None:
    assert conforms(items) is wanted
