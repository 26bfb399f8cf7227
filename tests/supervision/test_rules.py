"""Where an order stands and what can follow, its limits in working days, who decides."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from service.errors import Invalid
from service.hazards import rules as hazards
from service.supervision.rules import (
    ENDS,
    MOVES,
    PUBLIC,
    RUNNING,
    Level,
    NoHigherLevel,
    NotTheDecider,
    State,
    Step,
    Terms,
    TooLate,
    WrongStep,
    check_basis,
    check_deadline,
    check_decider,
    check_request,
    following,
    higher,
    in_time,
    is_overdue,
    last_day,
    possible,
    step,
)
from service.workdays.rules import WorkCalendar, YearNotPublished, add_working_days

WORK = WorkCalendar(
    frozenset({2026}), {date(2026, 5, n): False for n in range(1, 6)} | {date(2026, 5, 9): True}
)
TERMS = Terms(5, 20, 10, 12)
LISTED = date(2026, 3, 2)
EXPECTED = {
    "PROPOSED": {"APPROVE": "APPROVED", "DECLINE": "DECLINED"},
    "APPROVED": {"LIST": "LISTED", "DECLINE": "DECLINED"},
    "LISTED": {
        "RECTIFY": "RECTIFYING",
        "ASK_EXTENSION": "EXTENSION_REQUESTED",
        "SELF_ACCEPT": "SELF_ACCEPTED",
        "FALL_OVERDUE": "OVERDUE",
    },
    "RECTIFYING": {
        "ASK_EXTENSION": "EXTENSION_REQUESTED",
        "SELF_ACCEPT": "SELF_ACCEPTED",
        "FALL_OVERDUE": "OVERDUE",
    },
    "EXTENSION_REQUESTED": {
        "EXTEND": "RECTIFYING",
        "DENY_EXTENSION": "RECTIFYING",
        "SELF_ACCEPT": "SELF_ACCEPTED",
        "FALL_OVERDUE": "OVERDUE",
    },
    "SELF_ACCEPTED": {"RETURN": "RECTIFYING", "VERIFY": "VERIFIED"},
    "VERIFIED": {"DELIST": "DELISTED"},
    "OVERDUE": {"SELF_ACCEPT": "SELF_ACCEPTED", "ESCALATE": "ESCALATED"},
    "DELISTED": {},
    "ESCALATED": {},
    "DECLINED": {},
}


@pytest.mark.parametrize("taken", Step, ids=lambda one: one.value)
@pytest.mark.parametrize("state", State, ids=lambda one: one.value)
def test_every_state_and_every_step(state: State, taken: Step) -> None:
    expected = EXPECTED[state.value].get(taken.value)

    if expected is None:
        with pytest.raises(WrongStep, match=f"{taken.value} cannot follow {state.value}"):
            step(state, taken)
        assert taken not in possible(state)
    else:
        assert step(state, taken) is State(expected)


def test_no_end_is_public_and_every_other_state_leads_to_one() -> None:
    assert not ENDS & PUBLIC
    assert RUNNING < PUBLIC
    reach = set(ENDS)
    for _ in State:
        reach |= {before for (before, _), after in MOVES.items() if after in reach}
    assert reach == set(State)


class Order(RuleBasedStateMachine):
    """An order and its hazard, with every act tried at any time."""

    @initialize()
    def begin(self) -> None:
        self.state, self.today = State.PROPOSED, LISTED
        self.hazard, self.supervised, self.planned = hazards.State.ASSIGNED, False, False
        self.deadline: date | None = None
        self.taken: list[Step] = []

    def _take(self, taken: Step) -> bool:
        before = self.state
        try:
            self.state = step(self.state, taken)
        except WrongStep:
            assert self.state is before
            return False
        self.taken.append(taken)
        return True

    @rule(taken=st.sampled_from([Step.APPROVE, Step.DECLINE, Step.DELIST, Step.ESCALATE]))
    def somebody_decides(self, taken: Step) -> None:
        self._take(taken)

    @precondition(lambda self: self.state is State.APPROVED)
    @rule(days=st.integers(1, 90))
    def it_is_listed(self, days: int) -> None:
        try:
            after = hazards.step(self.hazard, hazards.Step.SUPERVISE)
        except hazards.WrongStep:
            return
        deadline = add_working_days(self.today, days, WORK)
        check_deadline(deadline, self.today, self.today, TERMS, WORK)
        self.hazard, self.supervised = after, True
        self.deadline, self.listed = deadline, self.today
        self._take(Step.LIST)

    @rule(
        taken=st.sampled_from(
            [hazards.Step.PLAN, hazards.Step.SUBMIT, hazards.Step.VERIFY, hazards.Step.REJECT]
        )
    )
    def the_hazard_moves(self, taken: hazards.Step) -> None:
        try:
            self.hazard = hazards.step(self.hazard, taken, supervised=self.supervised)
        except hazards.WrongStep:
            return
        self.planned = self.planned or taken is hazards.Step.PLAN

    @rule()
    def the_order_follows(self) -> None:
        if self.state in ENDS | {State.PROPOSED, State.APPROVED}:
            return
        for taken in following(self.state, self.hazard.value, planned=self.planned):
            assert self._take(taken)
        # Once it has followed there is nothing left to follow: messages may come twice.
        assert following(self.state, self.hazard.value, planned=self.planned) == []

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        if self.today + timedelta(days) < date(2026, 8, 1):
            self.today += timedelta(days)

    @rule()
    def the_clock_runs(self) -> None:
        if is_overdue(self.state, self.deadline, self.today):
            self._take(Step.FALL_OVERDUE)

    @precondition(lambda self: self.deadline is not None)
    @rule(more=st.integers(1, 40), granted=st.booleans())
    def a_longer_term_is_asked_for_and_answered(self, more: int, granted: bool) -> None:
        assert self.deadline is not None
        if Step.ASK_EXTENSION not in possible(self.state):
            return
        until = add_working_days(self.deadline, more, WORK)
        try:
            check_request(self.today, self.deadline, TERMS, WORK)
            check_deadline(until, self.listed, self.deadline, TERMS, WORK)
        except (TooLate, Invalid):
            return
        self._take(Step.ASK_EXTENSION)
        if self._take(Step.EXTEND if granted else Step.DENY_EXTENSION) and granted:
            self.deadline = until

    @invariant()
    def a_deadline_is_a_working_day_within_the_longest_term(self) -> None:
        if self.deadline is not None:
            assert WORK.is_working(self.deadline)
            assert self.deadline <= last_day(self.listed, TERMS)

    @invariant()
    def nothing_is_delisted_that_was_not_listed_and_verified(self) -> None:
        if self.state is State.DELISTED:
            assert Step.LIST in self.taken
            assert self.taken[-2:] == [Step.VERIFY, Step.DELIST]
            assert self.hazard is hazards.State.VERIFIED

    @invariant()
    def nothing_is_escalated_in_time(self) -> None:
        if Step.ESCALATE in self.taken:
            assert self.taken[-2:] == [Step.FALL_OVERDUE, Step.ESCALATE]

    @invariant()
    def nothing_is_listed_without_an_approval(self) -> None:
        if Step.LIST in self.taken:
            assert self.taken[:2] == [Step.APPROVE, Step.LIST]


TestOrder = Order.TestCase
TestOrder.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize(
    ("level", "by_town", "town_decides", "allowed"),
    [
        (Level.KE, True, True, True),
        (Level.KE, False, True, False),
        (Level.KE, True, False, False),
        (Level.KE, False, False, True),
        (Level.CHU, True, True, False),
        (Level.CHU, False, True, True),
        (Level.TING, True, True, False),
        (Level.TING, False, False, True),
    ],
)
def test_who_decides_at_which_level(
    level: Level, by_town: bool, town_decides: bool, allowed: bool
) -> None:
    if allowed:
        check_decider(level, by_town=by_town, town_decides=town_decides)
    else:
        with pytest.raises(NotTheDecider):
            check_decider(level, by_town=by_town, town_decides=town_decides)


def test_the_highest_level_names_its_basis_and_has_none_above() -> None:
    check_basis(Level.CHU, "")
    check_basis(Level.TING, "示厅督〔2026〕1号")
    with pytest.raises(Invalid):
        check_basis(Level.TING, " ")
    assert [higher(Level.KE), higher(Level.CHU)] == [Level.CHU, Level.TING]
    with pytest.raises(NoHigherLevel):
        higher(Level.TING)


@pytest.mark.parametrize(
    ("deadline", "allowed"),
    [
        (LISTED, False),
        (date(2026, 3, 3), True),
        (date(2026, 3, 7), False),  # Saturday
        (date(2026, 5, 1), False),  # holiday
        (date(2026, 5, 9), True),  # Saturday, worked to make up
        (date(2027, 3, 2), True),  # the last day of the longest term; its year is not published
        (date(2027, 3, 3), False),
    ],
)
def test_a_deadline_is_a_working_day_within_a_year(deadline: date, allowed: bool) -> None:
    if allowed:
        check_deadline(deadline, LISTED, LISTED, TERMS, WORK)
    else:
        with pytest.raises(Invalid):
            check_deadline(deadline, LISTED, LISTED, TERMS, WORK)


def test_an_extension_is_asked_for_twenty_working_days_before_the_end() -> None:
    # After 10 April: 14 working days in April; in May 6, 7, 8, the make-up day 9, 11 and 12.
    end = date(2026, 5, 12)

    assert in_time(date(2026, 4, 10), end, 20, WORK)
    assert not in_time(date(2026, 4, 11), end, 21, WORK)
    check_request(date(2026, 4, 10), end, TERMS, WORK)
    with pytest.raises(TooLate):
        check_request(date(2026, 4, 13), end, TERMS, WORK)


def test_a_year_that_is_not_published_decides_nothing_while_the_known_days_suffice() -> None:
    end = date(2027, 1, 15)

    assert in_time(date(2026, 11, 25), end, 20, WORK)
    with pytest.raises(YearNotPublished):
        in_time(date(2026, 12, 25), end, 20, WORK)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200), st.integers(0, 90), st.integers(1, 40))
def test_asking_a_day_earlier_is_never_worse(start: int, length: int, ask: int) -> None:
    today = LISTED + timedelta(start)
    end = min(today + timedelta(length), date(2026, 12, 31))

    if in_time(today, end, ask, WORK):
        assert in_time(today - timedelta(1), end, ask, WORK)
