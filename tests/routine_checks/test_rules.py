"""When a check is due, and how it ends, for every kind, calendar and closure."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from service.errors import Invalid
from service.routine_checks.rules import (
    AlreadyFilled,
    Answer,
    Closure,
    Due,
    Kind,
    NotYetDue,
    Routine,
    State,
    Version,
    check_answers,
    check_closure,
    check_fill,
    check_version,
    due_between,
    due_in,
    filled,
    is_missed,
    is_open,
    period_end,
    period_of,
)
from service.workdays.rules import WorkCalendar, YearNotPublished

WORK = WorkCalendar(
    frozenset({2025, 2026}),
    {date(2026, 5, n): False for n in range(1, 6)} | {date(2026, 5, 9): True},
)
MONDAY = date(2026, 3, 2)
ITEMS = ("通道",)


def routine(kind: Kind, *closures: Closure, **given: object) -> Routine:
    values = {"number": 1, "effective_from": MONDAY, "items": ITEMS, **given}
    return Routine(kind, (Version(**values),), closures)  # type: ignore[arg-type]


def days(found: Routine, since: date, until: date) -> list[date]:
    return [due.on for due in due_between(found, since, until, WORK)]


def test_a_team_checks_on_every_open_day() -> None:
    weekends_off = routine(Kind.DAILY_TEAM, closing_weekdays=frozenset({6, 7}))

    assert days(weekends_off, date(2026, 3, 1), date(2026, 3, 9)) == [
        date(2026, 3, n) for n in (2, 3, 4, 5, 6, 9)
    ]


@pytest.mark.parametrize(
    ("closures", "expected"),
    [
        ([], date(2026, 3, 6)),
        ([Closure(date(2026, 3, 6), date(2026, 3, 6))], date(2026, 3, 7)),
        ([Closure(date(2026, 3, 6), date(2026, 3, 8))], date(2026, 3, 5)),
        ([Closure(date(2026, 3, 2), date(2026, 3, 8))], None),
    ],
)
def test_a_weekly_check_goes_to_the_next_open_day_or_else_the_last_before(
    closures: list[Closure], expected: date | None
) -> None:
    found = due_in(routine(Kind.WEEKLY_DEPT, *closures, due_on=5), MONDAY, WORK)

    assert (found.on if found else None) == expected


def test_a_monthly_check_of_the_31st_is_due_on_the_last_day_of_a_shorter_month() -> None:
    monthly = routine(Kind.MONTHLY_MANAGER, due_on=31)

    assert days(monthly, date(2026, 3, 1), date(2026, 6, 30)) == [
        date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 30),
    ]  # fmt: skip


def test_a_unit_that_keeps_holidays_is_shut_on_them_and_not_opened_by_make_up_days() -> None:
    keeps = routine(Kind.DAILY_TEAM, closing_weekdays=frozenset({6, 7}), keeps_holidays=True)

    assert days(keeps, date(2026, 4, 30), date(2026, 5, 11)) == [
        date(2026, 4, 30), date(2026, 5, 6), date(2026, 5, 7), date(2026, 5, 8), date(2026, 5, 11),
    ]  # fmt: skip
    with pytest.raises(YearNotPublished):
        due_in(keeps, date(2027, 1, 4), WORK)
    assert due_in(routine(Kind.DAILY_TEAM), date(2027, 1, 4), WORK) is not None


def test_a_change_governs_the_periods_that_begin_after_it() -> None:
    wednesday = date(2026, 3, 11)
    versions = (
        Version(1, MONDAY, ITEMS, 5),
        Version(2, wednesday, ("通道", "气瓶"), 1),
    )
    weekly = Routine(Kind.WEEKLY_DEPT, versions)

    found = list(due_between(weekly, MONDAY, date(2026, 3, 22), WORK))

    assert [(one.on, one.version.number) for one in found] == [
        (date(2026, 3, 6), 1), (date(2026, 3, 13), 1), (date(2026, 3, 16), 2),
    ]  # fmt: skip


def test_nothing_is_due_before_the_first_day_or_after_the_last() -> None:
    ended = Routine(Kind.DAILY_TEAM, (Version(1, MONDAY, ITEMS),), (), date(2026, 3, 4))

    assert days(ended, date(2026, 2, 1), date(2026, 4, 1)) == [date(2026, 3, n) for n in (2, 3, 4)]


CLOSURES = st.lists(
    st.tuples(st.integers(0, 120), st.integers(0, 40)).map(
        lambda pair: Closure(MONDAY + timedelta(pair[0]), MONDAY + timedelta(pair[0] + pair[1]))
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(Kind),
    st.integers(1, 7),
    st.frozensets(st.integers(1, 7), max_size=6),
    CLOSURES,
    st.integers(0, 60),
    st.integers(0, 100),
)
def test_each_period_has_at_most_one_check_on_an_open_day_of_its_own(
    kind: Kind,
    due_on: int,
    shut: frozenset[int],
    closures: list[Closure],
    begin: int,
    length: int,
) -> None:
    due_on = due_on if kind is not Kind.DAILY_TEAM else 1
    found = routine(kind, *closures, due_on=due_on, closing_weekdays=shut)
    since = MONDAY + timedelta(begin)
    until = since + timedelta(length)

    due = list(due_between(found, since, until, WORK))

    assert len({one.period for one in due}) == len(due)
    for one in due:
        assert since <= one.on <= until
        assert one.period <= one.on <= one.last
        assert is_open(one.on, found.versions[0], closures, WORK)
    # Asked in two pieces the answer is the same, so no check falls between two questions.
    middle = since + timedelta(length // 2)
    pieces = [
        *due_between(found, since, middle, WORK),
        *due_between(found, middle + timedelta(1), until, WORK),
    ]
    assert pieces == due


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(Kind), st.integers(0, 800))
def test_periods_touch_and_do_not_overlap(kind: Kind, ahead: int) -> None:
    day = MONDAY + timedelta(ahead)
    period = period_of(kind, day)

    assert period <= day <= period_end(kind, period)
    assert period_of(kind, period_end(kind, period) + timedelta(1)) == period_end(
        kind, period
    ) + timedelta(1)


class Check(RuleBasedStateMachine):
    """One check from its period's first day on, filled or missed in any order."""

    @initialize(grace=st.integers(0, 3))
    def begin(self, grace: int) -> None:
        self.due = Due(MONDAY, MONDAY + timedelta(6), MONDAY + timedelta(4), Version(1, MONDAY, ()))
        self.today, self.grace = MONDAY, grace
        self.state, self.captured, self.seen = State.DUE, None, [State.DUE]

    @rule(days=st.integers(1, 3))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days)

    @rule()
    def clock_runs(self) -> None:
        if is_missed(self.state, self.due.on, self.today, self.grace):
            self._become(State.MISSED)

    @rule(back=st.integers(-2, 9))
    def somebody_fills(self, back: int) -> None:
        day = self.today - timedelta(back)
        at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        now = datetime(self.today.year, self.today.month, self.today.day, 4, tzinfo=UTC)
        before = (self.state, self.captured)
        try:
            check_fill(self.due.period, at, day, now, before=self.captured is not None)
        except (AlreadyFilled, NotYetDue, Invalid):
            assert back < 0 or day < self.due.period or before[1] is not None
            assert (self.state, self.captured) == before
            return
        self.captured = day
        self._become(filled(self.state, self.due.on, day))

    def _become(self, state: State) -> None:
        self.state = state
        if self.seen[-1] is not state:
            self.seen.append(state)

    @invariant()
    def final_states_stay(self) -> None:
        assert len(self.seen) <= 2

    @invariant()
    def a_check_is_on_time_only_when_done_by_its_last_day(self) -> None:
        if self.state is State.DONE:
            assert self.captured is not None
            assert self.captured <= self.due.on
        if self.state is State.LATE:
            assert self.captured is not None
            assert self.captured > self.due.on

    @invariant()
    def nobody_is_blamed_within_the_days_of_grace(self) -> None:
        if self.state is State.MISSED:
            assert self.today > self.due.on + timedelta(self.grace)


TestCheck = Check.TestCase
TestCheck.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)


def test_a_phone_whose_clock_runs_ahead_is_refused() -> None:
    now = datetime(2026, 3, 2, 4, tzinfo=UTC)
    check_fill(MONDAY, now + timedelta(minutes=10), MONDAY, now, before=False)

    with pytest.raises(Invalid):
        check_fill(MONDAY, now + timedelta(minutes=11), MONDAY, now, before=False)


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [Answer(1, passed=True)],
        [Answer(1, passed=True), Answer(1, passed=True)],
        [Answer(1, passed=True), Answer(3, passed=True)],
        [Answer(1, passed=True), Answer(2, passed=False)],
        [Answer(1, passed=True), Answer(2, passed=False, remark="x" * 1001)],
    ],
)
def test_answers_leave_nothing_out(answers: list[Answer]) -> None:
    with pytest.raises(Invalid):
        check_answers(answers, ("通道", "灭火器"))
    check_answers([Answer(2, passed=True), Answer(1, passed=False, remark="堵")], ("a", "b"))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Kind.DAILY_TEAM, {"items": ()}),
        (Kind.DAILY_TEAM, {"items": ("",)}),
        (Kind.DAILY_TEAM, {"items": ("一",) * 61}),
        (Kind.DAILY_TEAM, {"due_on": 2}),
        (Kind.WEEKLY_DEPT, {"due_on": 8}),
        (Kind.MONTHLY_MANAGER, {"due_on": 32}),
        (Kind.DAILY_TEAM, {"closing_weekdays": frozenset(range(1, 8))}),
        (Kind.DAILY_TEAM, {"closing_weekdays": frozenset({0})}),
    ],
)
def test_a_version_that_cannot_be_kept_is_refused(kind: Kind, values: dict[str, object]) -> None:
    given = {"number": 1, "effective_from": MONDAY, "items": ITEMS, **values}
    with pytest.raises(Invalid):
        check_version(Version(**given), kind)  # type: ignore[arg-type]


def test_a_closure_is_told_before_it_begins() -> None:
    tomorrow = MONDAY + timedelta(1)
    check_closure(Closure(tomorrow, tomorrow + timedelta(365)), MONDAY)

    for wrong in (
        Closure(MONDAY, tomorrow),
        Closure(tomorrow, MONDAY),
        Closure(tomorrow, tomorrow + timedelta(366)),
    ):
        with pytest.raises(Invalid):
            check_closure(wrong, MONDAY)
