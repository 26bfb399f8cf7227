"""Scores, colours, levels and states of risk points, without a database."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Invalid
from service.register.rules import RISK_WEIGHT, RiskColour
from service.risks import methods
from service.risks.methods import METHODS, NoMethod
from service.risks.rules import (
    MOVES,
    Control,
    Level,
    LevelMissing,
    Requirement,
    State,
    Step,
    TooSeldom,
    WrongStep,
    check_controls,
    grade,
    possible,
    requirements,
    review_is_due,
    step,
)

TODAY = date(2026, 5, 1)
EXPECTED = {
    "IDENTIFIED": {"EVALUATE": "EVALUATED"},
    "EVALUATED": {"EVALUATE": "EVALUATED", "GRADE": "GRADED"},
    "GRADED": {"EVALUATE": "EVALUATED", "CONTROL": "CONTROLLED", "FALL_DUE": "REVIEW_DUE"},
    "CONTROLLED": {"EVALUATE": "EVALUATED", "CONTROL": "CONTROLLED", "FALL_DUE": "REVIEW_DUE"},
    "REVIEW_DUE": {"EVALUATE": "EVALUATED"},
}


def lec(likelihood: str, exposure: str, consequence: str) -> methods.Score:
    inputs = {"L": Decimal(likelihood), "E": Decimal(exposure), "C": Decimal(consequence)}
    return methods.evaluate(methods.method("LEC", TODAY), inputs)


def matrix(likelihood: int, severity: int) -> methods.Score:
    inputs = {"L": Decimal(likelihood), "S": Decimal(severity)}
    return methods.evaluate(methods.method("LS", TODAY), inputs)


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
        assert taken in possible(state)


@given(st.lists(st.sampled_from(Step), max_size=30))
def test_nothing_is_controlled_before_it_was_evaluated_and_graded(steps: list[Step]) -> None:
    state, taken = State.IDENTIFIED, []
    for one in steps:
        if (state, one) in MOVES:
            state = step(state, one)
            taken.append(one)

    if state is State.CONTROLLED:
        last = max(i for i, one in enumerate(taken) if one is Step.EVALUATE)
        assert taken[last + 1] is Step.GRADE
        assert set(taken[last + 2 :]) == {Step.CONTROL}


@pytest.mark.parametrize(
    ("factors", "score", "colour"),
    [
        (("3", "6", "15"), "270", "ORANGE"),
        (("6", "6", "15"), "540", "RED"),
        (("10", "10", "3"), "300", "ORANGE"),
        (("1", "10", "7"), "70", "YELLOW"),
        (("0.1", "0.5", "1"), "0.05", "BLUE"),
        (("0.2", "0.5", "100"), "10.0", "BLUE"),
    ],
)
def test_lec_by_hand(factors: tuple[str, str, str], score: str, colour: str) -> None:
    found = lec(*factors)

    assert (found.value, found.colour) == (Decimal(score), RiskColour(colour))
    assert (found.method_id, found.method_version) == ("LEC", "1")
    assert found.inputs == dict(zip("LEC", map(Decimal, factors), strict=True))


def test_every_cell_of_the_matrix() -> None:
    cells = {(one, other): matrix(one, other) for one, other in product(range(1, 6), repeat=2)}

    for (one, other), found in cells.items():
        value = one * other
        colour = (
            "RED"
            if value >= 20
            else "ORANGE"
            if value >= 15
            else "YELLOW"
            if value >= 9
            else "BLUE"
        )
        assert (found.value, found.colour.value) == (value, colour)
    assert sorted({int(found.value) for found in cells.values()}) == [
        1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20, 25,
    ]  # fmt: skip


@given(st.sampled_from(METHODS), st.data())
def test_a_graver_input_never_makes_a_milder_colour(
    method: methods.Method, data: st.DataObject
) -> None:
    inputs = {name: data.draw(st.sampled_from(of)) for name, of in method.factors.items()}
    raised = data.draw(st.sampled_from(sorted(method.factors)))
    graver = [one for one in method.factors[raised] if one >= inputs[raised]]
    more = {**inputs, raised: data.draw(st.sampled_from(graver))}
    low, high = methods.evaluate(method, inputs), methods.evaluate(method, more)

    assert low.value == prod(inputs.values(), start=Decimal(1))
    assert high.value >= low.value
    assert RISK_WEIGHT[high.colour] >= RISK_WEIGHT[low.colour]


@pytest.mark.parametrize(
    "inputs", [{}, {"L": "1"}, {"L": "1", "S": "1", "C": "1"}, {"L": "6", "S": "1"},
               {"L": "1.5", "S": "1"}, {"L": "NaN", "S": "1"}],
)  # fmt: skip
def test_inputs_that_the_method_does_not_know_are_refused(inputs: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        methods.evaluate(methods.method("LS", TODAY), {k: Decimal(v) for k, v in inputs.items()})


def test_the_version_of_the_day_is_used() -> None:
    old = METHODS[1]
    switch = date(2027, 1, 1)
    ended = methods.Method(
        "LS", "1", old.factors, old.bands, old.source, old.valid_from, valid_to=switch
    )
    new = methods.Method("LS", "2", old.factors, old.bands, old.source, switch)
    known = (ended, new)

    assert methods.method("LS", switch - timedelta(1), known).version == "1"
    assert methods.method("LS", switch, known).version == "2"
    with pytest.raises(NoMethod, match="no method HAZOP is in force"):
        methods.method("HAZOP", TODAY)
    with pytest.raises(NoMethod):
        methods.method("LS", old.valid_from - timedelta(1))


@given(st.sampled_from(RiskColour), st.sampled_from(RiskColour))
def test_a_colour_is_raised_with_a_reason_and_never_lowered(
    scored: RiskColour, wanted: RiskColour
) -> None:
    if RISK_WEIGHT[wanted] < RISK_WEIGHT[scored]:
        with pytest.raises(Invalid, match="never lowered"):
            grade(scored, wanted, "直接判定")
    else:
        assert grade(scored, wanted, "直接判定") is wanted
    assert grade(scored, None, "") is scored


def test_a_raised_colour_needs_its_reason() -> None:
    with pytest.raises(Invalid, match="say why"):
        grade(RiskColour.BLUE, RiskColour.RED, " ")


def test_the_lowest_level_comes_last() -> None:
    assert requirements((31, 7, 1)) == [
        Requirement(Level.L1, 31),
        Requirement(Level.L2, 7),
        Requirement(Level.L3, 1),
    ]
    assert requirements((31,)) == [Requirement(Level.L3, 31)]
    for wrong in ((), (4, 3, 2, 1)):
        with pytest.raises(Invalid, match="one to three"):
            requirements(wrong)


def control(level: Level = Level.L3, days: int = 1, **changes: str) -> Control:
    return Control(level, changes.get("measure", "检查"), changes.get("who", "班组长"), days)


def test_each_level_controls_and_often_enough() -> None:
    red = requirements((31, 7, 1))
    whole = [control(Level.L1, 31), control(Level.L2, 7), control(Level.L3, 1)]

    check_controls(whole, red)
    with pytest.raises(LevelMissing, match="L2"):
        check_controls([whole[0], whole[2]], red)
    with pytest.raises(TooSeldom, match="L3 must check every 1 days"):
        check_controls([*whole, control(Level.L3, 2)], red)
    with pytest.raises(Invalid, match="one day or longer"):
        check_controls([control(days=0)], [])
    with pytest.raises(Invalid, match="who answers"):
        check_controls([control(who=" ")], [])
    with pytest.raises(Invalid, match="each measure"):
        check_controls([control(measure="")], [])


@given(st.sampled_from(State), st.one_of(st.none(), st.dates()), st.dates())
def test_an_assessment_holds_on_its_last_day(state: State, due: date | None, today: date) -> None:
    found = review_is_due(state, due, today)

    graded = state in (State.GRADED, State.CONTROLLED)
    assert found == (graded and due is not None and today > due)
