"""Where a hazard stands and what can follow, without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Invalid
from service.hazards import criteria
from service.hazards.criteria import CRITERIA, NoCriterion
from service.hazards.indicators import Counts, Ratio
from service.hazards.rules import (
    BY_FINDER,
    BY_PARTY,
    LINE,
    MAY_FALL_OVERDUE,
    MOVES,
    NO_HAZARD,
    Authority,
    Category,
    ConditionsMissing,
    Grade,
    NotThePartys,
    Plan,
    ReportsOwed,
    SamePerson,
    Source,
    State,
    Step,
    WrongStep,
    check_closing,
    check_party,
    check_plan,
    check_submission,
    check_verifier,
    is_overdue,
    possible,
    recurs,
    step,
)

DUE = date(2026, 5, 1)
WAY = {Step.GRADE, Step.ASSIGN, Step.PLAN, Step.SUBMIT, Step.VERIFY, Step.REJECT, Step.CLOSE}
WHOLE = Plan("周示例", "更换", 0, DUE, "停业")
_OPEN = {"TRANSFER": ..., "KEEP": ...}
_EARLY = {**_OPEN, "ASK_DISMISSAL": ..., "DISMISS": "DISMISSED", "MERGE": "MERGED"}
_LATER = {**_OPEN, "DENY_EXTENSION": ...}
_ASKING = {**_EARLY, **_LATER, "ASK_EXTENSION": ..., "EXTEND": ..., "SUPERVISE": "SUPERVISED"}
_WORK = {"PLAN": "RECTIFYING", "SUBMIT": "SELF_CHECKED", "FALL_OVERDUE": "OVERDUE", **_ASKING}
EXPECTED = {
    "FOUND": {"GRADE": "GRADED", **_EARLY},
    "GRADED": {"GRADE": "GRADED", "ASSIGN": "ASSIGNED", **_EARLY},
    "ASSIGNED": _WORK,
    "RECTIFYING": _WORK,
    "SELF_CHECKED": {"VERIFY": "VERIFIED", "REJECT": "RECTIFYING", **_LATER},
    "VERIFIED": {"CLOSE": "CLOSED", **_LATER},
    "CLOSED": {},
    "DISMISSED": {},
    "MERGED": {},
    "OVERDUE": {
        "PLAN": "OVERDUE",
        "SUBMIT": "SELF_CHECKED",
        "SUPERVISE": "SUPERVISED",
        "EXTEND": "RECTIFYING",
        **_EARLY,
        "DENY_EXTENSION": ...,
    },
    "SUPERVISED": {"PLAN": ..., "SUBMIT": "SELF_CHECKED", "SUPERVISE": ..., **_LATER},
}
"""State after each step that fits; `...` leaves it where it is."""


@pytest.mark.parametrize("taken", Step, ids=lambda one: one.value)
@pytest.mark.parametrize("state", State, ids=lambda one: one.value)
def test_every_state_and_every_step(state: State, taken: Step) -> None:
    expected = EXPECTED[state.value].get(taken.value)

    if expected is None:
        with pytest.raises(WrongStep, match=f"{taken.value} cannot follow {state.value}"):
            step(state, taken)
        assert taken not in possible(state)
    else:
        assert step(state, taken) is (state if expected is ... else State(expected))
        assert taken in possible(state)


@given(st.lists(st.sampled_from(Step), max_size=40))
def test_nothing_is_closed_that_was_not_verified_after_its_last_submission(
    steps: list[Step],
) -> None:
    state, taken = State.FOUND, []
    for one in steps:
        if (state, one) in MOVES:
            state = step(state, one)
            taken.append(one)

    if state is State.CLOSED:
        way = [one for one in taken if one in WAY]
        assert way[-3:] == [Step.SUBMIT, Step.VERIFY, Step.CLOSE]
        assert Step.ASSIGN in taken
        assert Step.GRADE in taken


def test_every_state_that_is_no_end_leads_to_closed() -> None:
    reach = {State.CLOSED}
    while True:
        more = {before for (before, _), after in MOVES.items() if after in reach} | reach
        if more == reach:
            break
        reach = more
    assert reach == set(State) - NO_HAZARD


def test_a_supervised_hazard_that_is_rejected_stays_supervised() -> None:
    assert step(State.SELF_CHECKED, Step.REJECT, supervised=True) is State.SUPERVISED
    assert step(State.SELF_CHECKED, Step.VERIFY, supervised=True) is State.VERIFIED


@pytest.mark.parametrize("source", Source, ids=lambda one: one.value)
@pytest.mark.parametrize("taken", Step, ids=lambda one: one.value)
def test_what_an_enterprise_may_do_itself(taken: Step, source: Source) -> None:
    found_it = source in (Source.SELF_CHECK, Source.CONTROL_FAILURE)

    if taken in BY_PARTY or (taken in BY_FINDER and found_it):
        check_party(taken, source, State.FOUND)
    else:
        with pytest.raises(NotThePartys):
            check_party(taken, source, State.FOUND)


def test_an_enterprise_does_not_change_a_grade() -> None:
    with pytest.raises(NotThePartys):
        check_party(Step.GRADE, Source.SELF_CHECK, State.GRADED)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"responsible": " "}, "responsible"),
        ({"measures": ""}, "measures"),
        ({"funds_fen": None}, "funds"),
        ({"finish_on": None}, "finishOn"),
        ({"contingency": ""}, "contingency"),
    ],
)
def test_a_major_hazard_needs_each_of_the_five_conditions(
    change: dict[str, object], missing: str
) -> None:
    given = {
        "responsible": "周示例",
        "measures": "更换",
        "funds_fen": 0,
        "finish_on": DUE,
        "contingency": "停业",
    }
    plan = Plan(**{**given, **change})  # type: ignore[arg-type]

    assert plan.missing() == [missing]
    with pytest.raises(ConditionsMissing, match=missing):
        check_plan(plan, Grade.MAJOR, DUE)
    with pytest.raises(ConditionsMissing, match=missing):
        check_submission(Grade.MAJOR, plan)
    check_submission(Grade.GENERAL, plan)


def test_a_general_hazard_needs_measures_only() -> None:
    check_plan(Plan(measures="更换"), Grade.GENERAL, DUE)
    check_plan(WHOLE, Grade.MAJOR, DUE)
    with pytest.raises(Invalid, match="what will be done"):
        check_plan(Plan(), Grade.GENERAL, DUE)
    with pytest.raises(Invalid, match="negative"):
        check_plan(Plan(measures="更换", funds_fen=-1), Grade.GENERAL, DUE)
    with pytest.raises(Invalid, match="due on 2026-05-01"):
        check_plan(Plan(measures="更换", finish_on=DUE + timedelta(1)), Grade.GENERAL, DUE)


def test_who_put_it_right_does_not_verify_it() -> None:
    check_verifier({"account:1"}, "account:2")
    with pytest.raises(SamePerson):
        check_verifier({"account:1", "account:2"}, "account:2")


def test_a_major_hazard_is_reported_twice_before_it_is_closed() -> None:
    check_closing(Grade.GENERAL, ())
    check_closing(Grade.MAJOR, set(Authority))
    with pytest.raises(ReportsOwed, match="AUTHORITY and WORKERS_CONGRESS"):
        check_closing(Grade.MAJOR, ())
    with pytest.raises(ReportsOwed, match="to WORKERS_CONGRESS first"):
        check_closing(Grade.MAJOR, {Authority.AUTHORITY})


@given(st.sampled_from(State), st.one_of(st.none(), st.dates()), st.dates())
def test_overdue_begins_the_day_after_the_last(state: State, due: date | None, today: date) -> None:
    late = is_overdue(state, due, today)

    assert late == (state in MAY_FALL_OVERDUE and due is not None and (today - due).days >= 1)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (date(2026, 1, 9), False),
        (date(2026, 1, 10), True),
        (date(2026, 7, 9), True),
        (date(2026, 7, 10), False),
    ],
)
def test_recurrence_counts_from_the_closure(found: date, expected: bool) -> None:
    assert recurs(date(2026, 1, 10), found, 180) is expected


def test_every_category_has_a_line() -> None:
    assert set(LINE) == set(Category)


@pytest.mark.parametrize(
    ("day", "version"),
    [(date(2025, 10, 31), "2017"), (date(2025, 11, 1), "2025"), (date(2026, 11, 1), "2025")],
)
def test_the_fire_standard_changes_on_its_day(day: date, version: str) -> None:
    assert criteria.criterion("FIRE", day).version == version


@pytest.mark.parametrize("one", CRITERIA, ids=lambda one: f"{one.code}-{one.version}")
def test_a_criterion_holds_from_its_first_day(one: criteria.Criterion) -> None:
    assert one in criteria.criteria_on(one.valid_from)
    assert one not in criteria.criteria_on(one.valid_from - timedelta(1))
    assert one.source
    if one.valid_to is not None:
        assert one not in criteria.criteria_on(one.valid_to)


def test_an_unknown_criterion_is_refused() -> None:
    with pytest.raises(NoCriterion, match="no criterion NONE is in force on 2026-05-01"):
        criteria.criterion("NONE", DUE)
    with pytest.raises(NoCriterion):
        criteria.criterion("MANAGEMENT_CONTRACTORS", date(2023, 5, 14))


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_share_is_null_without_a_denominator(one: int, other: int) -> None:
    ratio = Ratio(min(one, other), max(one, other))

    if ratio.denominator:
        assert ratio.value is not None
        assert 0 <= ratio.value <= 1
    else:
        assert ratio.value is None


def test_a_share_is_never_more_than_the_whole() -> None:
    with pytest.raises(ValueError, match="2 of 1"):
        Ratio(2, 1)


def test_the_counts_make_the_shares() -> None:
    counts = Counts(
        found=8, closed=6, major=3, major_open=2, major_planned=1, due=5, on_time=4, recurred=2
    )

    assert counts.open == 2
    assert counts.closure.value == 0.75
    assert counts.on_time_rate.value == 0.8
    assert counts.recurrence.value == 2 / 6
    assert counts.five_conditions.value == 0.5
    assert [Counts().closure.value, Counts().on_time_rate.value] == [None, None]
