"""Rules of cases: every state × every step, no illegal way, and the money of a late fine."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.cases.discretion import Circumstance, OutsideDiscretion, check, table
from service.cases.files import SIMPLE, Piece, completeness
from service.cases.fines import Entry, Pause, surcharge
from service.cases.rules import (
    DECIDED,
    UNDECIDED,
    Penalty,
    PenaltyKind,
    State,
    Step,
    WrongStep,
    hearing_due,
    possible,
    step,
)
from service.deadlines.rules import DeadlineState, standing
from service.errors import Invalid
from service.law.packs import shipped
from service.law.rules import Rule, RuleBook, Unit
from service.workdays.rules import WorkCalendar, due

S, T = State, Step
WAYS = """
FILED ASSIGN INVESTIGATING | INVESTIGATING REPORT LEGAL_REVIEW | LEGAL_REVIEW RETURN INVESTIGATING
LEGAL_REVIEW PASS REVIEWED | REVIEWED SERVE_NOTICE NOTICE_SERVED | NOTICE_SERVED DEFEND DEFENCE
DEFENCE DEFEND DEFENCE | NOTICE_SERVED ASK_HEARING HEARING_ASKED | DEFENCE ASK_HEARING HEARING_ASKED
HEARING_ASKED WAIVE_HEARING DEFENCE | HEARING WAIVE_HEARING DEFENCE
HEARING_ASKED CALL_HEARING HEARING | HEARING CALL_HEARING HEARING | HEARING HOLD_HEARING HEARD
NOTICE_SERVED DECIDE DECIDED | DEFENCE DECIDE DECIDED | HEARD DECIDE DECIDED
FILED DECIDE_ON_SPOT SERVED | DECIDED SERVE SERVED | SERVED PUBLISH PUBLISHED
PUBLISHED EXECUTE EXECUTED | EXECUTED CLOSE CLOSED
NO_PENALTY CLOSE CLOSED | WITHDRAWN CLOSE CLOSED
FILED TRANSFER TRANSFERRED | INVESTIGATING TRANSFER TRANSFERRED
LEGAL_REVIEW TRANSFER TRANSFERRED | REVIEWED TRANSFER TRANSFERRED
DECIDED ANNUL WITHDRAWN | SERVED ANNUL WITHDRAWN | PUBLISHED ANNUL WITHDRAWN
EXECUTED ANNUL WITHDRAWN
"""
"""Every lawful step, written a second time; sparing and suspending are open until the decision."""
LAWFUL = {
    (State(a), Step(b)): State(c)
    for a, b, c in (one.split() for one in WAYS.replace("\n", "|").split("|") if one.strip())
}
for one in UNDECIDED - {S.FILED}:
    LAWFUL |= {(one, T.SPARE): S.NO_PENALTY, (one, T.SUSPEND): S.SUSPENDED}


@pytest.mark.parametrize(("state", "taken"), list(product(State, Step)))
def test_each_step_leads_where_it_must_or_is_refused(state: State, taken: Step) -> None:
    if (state, taken) in LAWFUL:
        assert step(state, taken) is LAWFUL[state, taken]
        assert taken in possible(state)
    elif (state, taken) == (S.SUSPENDED, T.RESUME):
        assert step(state, taken, S.HEARD) is S.HEARD
    else:
        with pytest.raises(WrongStep):
            step(state, taken)
        assert taken not in possible(state)


class Life(RuleBasedStateMachine):
    """Any order of any steps: no decision without notice and review, no end that goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.before = S.FILED, S.FILED
        self.taken: list[Step] = []

    @rule(taken=st.sampled_from(Step))
    def try_step(self, taken: Step) -> None:
        was = self.state
        try:
            after = step(was, taken, self.before if was is S.SUSPENDED else None)
        except WrongStep:
            return
        if taken is T.SUSPEND:
            self.before = was
        self.state = after
        self.taken.append(taken)

    @invariant()
    def a_decision_has_its_procedure(self) -> None:
        if self.state in DECIDED and T.DECIDE_ON_SPOT not in self.taken:
            for needed in (T.ASSIGN, T.REPORT, T.PASS, T.SERVE_NOTICE, T.DECIDE):
                assert needed in self.taken
            asked = [i for i, t in enumerate(self.taken) if t is T.ASK_HEARING]
            if asked:
                later = self.taken[asked[-1] :]
                assert T.HOLD_HEARING in later or T.WAIVE_HEARING in later

    @invariant()
    def an_end_is_an_end(self) -> None:
        if self.state in (S.CLOSED, S.TRANSFERRED):
            assert possible(self.state) == []

    @invariant()
    def a_suspended_case_was_undecided(self) -> None:
        assert self.state is not S.SUSPENDED or self.before in UNDECIDED


TestLife = Life.TestCase
FINE = frozenset({PenaltyKind.FINE})
DAY = date(2026, 3, 2)


def late(days: int, *, paid: tuple[Entry, ...] = (), pauses: tuple[Pause, ...] = ()) -> int:
    return surcharge(
        [Entry(DAY, 100_000)], paid, DAY + timedelta(days=days), percent=3, pauses=pauses
    )


def test_a_late_fine_grows_by_three_per_cent_a_day_up_to_itself() -> None:
    assert [late(days) for days in (-1, 0, 1, 2, 33, 34, 400)] == [
        0, 0, 3_000, 6_000, 99_000, 100_000, 100_000,
    ]  # fmt: skip


def test_what_is_paid_grows_no_more_and_a_suit_stops_the_clock() -> None:
    half = (Entry(DAY + timedelta(days=2), 50_000),)
    suit = (Pause(DAY + timedelta(days=3), DAY + timedelta(days=5)),)

    assert late(4, paid=half) == 3_000 + 3_000 + 1_500 + 1_500
    assert late(6, pauses=suit) == 3 * 3_000
    assert late(400, pauses=(Pause(DAY, None),)) == 0


@given(
    st.integers(1, 10**12),
    st.lists(st.tuples(st.integers(-5, 60), st.integers(1, 10**11)), max_size=4),
    st.integers(0, 80),
)
def test_a_surcharge_never_exceeds_the_fine_nor_shrinks(
    fine: int, payments: list[tuple[int, int]], days: int
) -> None:
    due_entries = [Entry(DAY, fine)]
    paid = [Entry(DAY + timedelta(days=at), amount) for at, amount in payments]
    today = DAY + timedelta(days=days)
    now = surcharge(due_entries, paid, today, percent=3)
    next_day = surcharge(due_entries, paid, today + timedelta(days=1), percent=3)

    assert 0 <= now <= next_day <= fine
    assert surcharge(due_entries, [], today, percent=3) >= now


def test_only_a_fine_has_an_amount() -> None:
    for kinds, amount in ((frozenset(), 0), (FINE, 0), (frozenset({PenaltyKind.WARNING}), 1)):
        with pytest.raises(Invalid):
            Penalty(kinds, amount)


def test_a_hearing_is_due_for_its_kinds_and_a_large_fine() -> None:
    assert hearing_due(Penalty(frozenset({PenaltyKind.LICENCE_REVOCATION})), 10**9) is True
    assert hearing_due(Penalty(FINE, 5_000_000), 5_000_000) is True
    assert hearing_due(Penalty(FINE, 4_999_999), 5_000_000) is False


@given(st.dates(date(2022, 1, 1), date(2025, 11, 1)))
def test_each_deadline_in_working_days_ends_on_one(day: date) -> None:
    days = WorkCalendar(
        frozenset(range(2022, 2027)), {date(2025, 10, n): False for n in range(1, 9)}
    )
    book = RuleBook.of(shipped())
    for name in ("SERVE", "HEAR_REQ", "EVID_REG", "WITHDRAW", "PUB_PENALTY", "CASE_DEFENCE"):
        law = book.rule(name, day)
        last = due(day, law.limit, days)
        assert law.unit is Unit.WORKING_DAYS
        assert days.is_working(last)
        assert (last - day).days >= law.number


def test_where_a_deadline_stands() -> None:
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)

    assert standing(DAY, None, False, DAY) is DeadlineState.RUNNING
    assert standing(DAY, None, False, after) is DeadlineState.OVER
    assert standing(DAY, DAY, False, after) is DeadlineState.MET
    assert standing(before, DAY, False, after) is DeadlineState.MET_LATE
    assert standing(None, None, False, after) is DeadlineState.UNKNOWN_YEAR
    assert standing(None, None, True, after) is DeadlineState.DROPPED


def test_a_file_needs_what_its_state_has_reached() -> None:
    asked = {Piece.DEFENCE_ANSWER: False, Piece.HEARING_RECORD: False}
    filed = completeness(S.FILED, {Piece.FILING: True}, simple=False, asked=asked)
    closed = completeness(S.CLOSED, {}, simple=False, asked=asked)
    simple = completeness(S.CLOSED, {}, simple=True, asked={})

    assert (filed.required, filed.missing) == ((Piece.FILING,), ())
    assert set(closed.missing) == set(Piece) - {*asked, Piece.TRANSFER_LETTER}
    assert set(simple.required) == SIMPLE


def discretion_book(until: date | None = None) -> RuleBook:
    """A table of one item from 2026 on, general and grave only."""
    return RuleBook.of(
        Rule(
            f"DISCRETION_{which}", f"fire.exit/{circumstance}", amount, Unit.FEN, "", "art. 34",
            "示裁〔2025〕1号", date(2026, 1, 1), until, False,
        )
        for circumstance, least, most in (("GENERAL", 100, 200), ("GRAVE", 200, 500))
        for which, amount in (("LEAST", least), ("MOST", most))
    )  # fmt: skip


@pytest.mark.parametrize(
    ("circumstance", "fine", "why", "allowed"),
    [
        (Circumstance.GENERAL, 100, "", True),
        (Circumstance.GENERAL, 200, "", True),
        (Circumstance.GENERAL, 99, "", False),
        (Circumstance.GENERAL, 201, "", False),
        (Circumstance.GENERAL, 201, "多次违法", True),
        (Circumstance.LIGHT, 50, "", False),
        (None, 150, "", False),
        (None, 150, "主动消除危害后果", True),
        (None, 0, "", True),
    ],
)
def test_a_fine_lies_in_its_band_or_says_why_not(
    circumstance: Circumstance | None, fine: int, why: str, allowed: bool
) -> None:
    bands = table(discretion_book(), "fire.exit", date(2026, 5, 1))

    if allowed:
        check(bands, circumstance, fine, why)
    else:
        with pytest.raises(OutsideDiscretion):
            check(bands, circumstance, fine, why)


def test_a_table_holds_from_its_first_day_to_its_last_and_for_its_item_alone() -> None:
    book = discretion_book(until=date(2026, 7, 1))

    assert [one.circumstance for one in table(book, "fire.exit", date(2026, 6, 30))] == [
        Circumstance.GENERAL, Circumstance.GRAVE,
    ]  # fmt: skip
    for item, day in (("fire.exit", date(2026, 7, 1)), ("fire.exit", date(2025, 12, 31)),
                      ("fire", date(2026, 5, 1))):  # fmt: skip
        assert table(book, item, day) == []
    check([], None, 10**9, "")
