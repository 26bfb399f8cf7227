"""Rules of sessions and paired work without a database."""

from datetime import date, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.assessments.rules import (
    MOVES,
    ActionsOpen,
    Schedule,
    SessionState,
    SessionStep,
    Stage,
    Trigger,
    WrongSessionStep,
    advance,
    check_closing,
    due_of,
    keeps_pace,
    slots,
    step,
)
from service.errors import Conflict, Invalid

days = st.dates(date(2023, 1, 1), date(2033, 12, 31))


@pytest.mark.parametrize(("state", "taken"), list(product(SessionState, SessionStep)))
def test_each_step_fits_or_is_refused(state: SessionState, taken: SessionStep) -> None:
    if (state, taken) in MOVES:
        assert step(state, taken) is MOVES[state, taken]
    else:
        with pytest.raises(WrongSessionStep, match=f"cannot follow {state.value}"):
            step(state, taken)


@given(schedule=st.sampled_from(Schedule), since=days, length=st.integers(0, 1500))
def test_sessions_follow_one_another_without_gap_or_overlap(
    schedule: Schedule, since: date, length: int
) -> None:
    found = slots(schedule, since, since + timedelta(length))

    assert len({one.source for one in found}) == len(found)
    assert all(since <= one.first <= since + timedelta(length) for one in found)
    for one, after in pairwise(found):
        assert after.first == one.due_on + timedelta(1)
    if length >= 366 * 2:
        assert found


def test_what_is_foreseen_is_assessed_before_and_what_is_not_soon_after() -> None:
    day = date(2028, 3, 1)

    assert due_of(Trigger.KEY_PERIOD, day, 3) == due_of(Trigger.MAJOR_EVENT, day, 3)
    assert due_of(Trigger.KEY_PERIOD, day, 3) == date(2028, 2, 29)
    assert due_of(Trigger.INDUCING_FACTOR, day, 3) == date(2028, 3, 4)
    with pytest.raises(Invalid, match="schedule"):
        due_of(Trigger.PERIODIC, day, 3)


def test_an_item_goes_stage_by_stage() -> None:
    stage = Stage.PLANNED
    for after in (Stage.DEPLOYED, Stage.ADVANCED, Stage.ASSESSED):
        stage = advance(stage)
        assert stage is after
    with pytest.raises(Conflict):
        advance(stage)
    for work, safety in product(Stage, Stage):
        assert keeps_pace(work, safety) is (list(Stage).index(safety) >= list(Stage).index(work))


def test_open_actions_keep_a_session_open() -> None:
    check_closing(0)
    with pytest.raises(ActionsOpen, match="2 actions"):
        check_closing(2)
