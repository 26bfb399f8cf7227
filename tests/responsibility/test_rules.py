"""Rules of plates without a database."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Conflict, Invalid
from service.responsibility.rules import (
    SELECTION_MAX,
    Heads,
    Outcome,
    Place,
    PlateState,
    PlateStep,
    Slot,
    Term,
    WrongPerson,
    change,
    check_official,
    check_size,
    check_term,
    step,
)

PEOPLE = [uuid4() for _ in range(4)]
people = st.sampled_from([None, *PEOPLE])
heads = st.builds(Heads, people, people, people)
days = st.dates(date(2023, 1, 1), date(2029, 12, 31))


def place(current: Heads | None = None, own: UUID | None = None) -> Place:
    return Place(uuid4(), uuid4(), 3, current, own)


def test_a_term_holds_from_its_first_day_up_to_the_day_before_it_ends() -> None:
    term = Term(date(2024, 2, 29), date(2024, 3, 1))

    assert [term.holds(date(2024, 2, 28) + timedelta(n)) for n in range(3)] == [False, True, False]
    assert Term(date(2024, 2, 29)).holds(date(2124, 1, 1))


@given(since=days, until=st.none() | days, first=days, length=st.integers(0, 400))
def test_a_term_spans_a_period_exactly_when_it_holds_on_each_of_its_days(
    since: date, until: date | None, first: date, length: int
) -> None:
    term = Term(since, until)
    each = [term.holds(first + timedelta(n)) for n in range(length + 1)]

    assert term.spans(first, first + timedelta(length)) is all(each)


@given(current=st.none() | heads.filter(lambda one: not one.missing()), wish=heads, own=people)
def test_an_assignment_changes_what_was_wished_for_and_nothing_else(
    current: Heads | None, wish: Heads, own: UUID | None
) -> None:
    made = change(place(current, own), wish)
    before = current or Heads()

    for wished, had, got in zip(wish.all(), before.all(), made.heads.all(), strict=True):
        if wished is not None:
            assert got == wished
        elif had is not None:
            assert got == had
    assert (made.outcome is Outcome.INCOMPLETE) == (None in made.heads.all())
    assert (made.outcome is Outcome.UNCHANGED) == (made.heads == current)
    assert (made.outcome is Outcome.NEW) == (current is None and not made.heads.missing())


def test_the_only_person_of_an_enterprise_stands_on_its_first_plate() -> None:
    made = change(place(own=PEOPLE[2]), Heads(PEOPLE[0], PEOPLE[1]))

    assert (made.outcome, made.heads) == (Outcome.NEW, Heads(*PEOPLE[:3]))
    assert change(place(), Heads(PEOPLE[0], PEOPLE[1])).heads.missing() == [Slot.ENTERPRISE_HEAD]


def test_a_successor_takes_every_place_of_the_one_who_leaves() -> None:
    both = Heads(PEOPLE[0], PEOPLE[0], PEOPLE[1])

    assert both.replaced(PEOPLE[0], PEOPLE[3]) == Heads(PEOPLE[3], PEOPLE[3], PEOPLE[1])


@pytest.mark.parametrize("state", PlateState)
@pytest.mark.parametrize("taken", PlateStep)
def test_only_a_current_version_ends(state: PlateState, taken: PlateStep) -> None:
    if state is PlateState.CURRENT:
        assert step(state, taken) is not PlateState.CURRENT
    else:
        with pytest.raises(Conflict, match="issue a new one"):
            step(state, taken)


@pytest.mark.parametrize("slot", Slot)
def test_officials_stand_for_the_authorities_and_traders_for_the_enterprise(slot: Slot) -> None:
    right, wrong = (uuid4(), None) if slot is Slot.ENTERPRISE_HEAD else (None, uuid4())

    check_official(right, slot)
    with pytest.raises(WrongPerson):
        check_official(wrong, slot)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(Invalid, match="began on"):
        check_term(date(2026, 2, 1), date(2026, 1, 31))
    with pytest.raises(Invalid, match="no operating premises"):
        check_size([])
    with pytest.raises(Invalid, match=str(SELECTION_MAX)):
        check_size([PEOPLE[0]] * (SELECTION_MAX + 1))
