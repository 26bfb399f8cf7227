"""Rules of risk points: where one stands, what can follow, who controls it and how often."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from types import MappingProxyType

from service.errors import Conflict, Invalid
from service.register.rules import RISK_WEIGHT, RiskColour


class State(Enum):
    """Where a risk point stands."""

    IDENTIFIED = "IDENTIFIED"
    EVALUATED = "EVALUATED"
    GRADED = "GRADED"
    CONTROLLED = "CONTROLLED"
    REVIEW_DUE = "REVIEW_DUE"


class Step(Enum):
    """What can happen to a risk point."""

    EVALUATE = "EVALUATE"
    GRADE = "GRADE"
    CONTROL = "CONTROL"
    FALL_DUE = "FALL_DUE"


class Level(Enum):
    """Level that controls a risk (分级管控): the higher also answers for what the lower does."""

    L1 = "L1"  # principal, leadership (主要负责人)
    L2 = "L2"  # department (部门)
    L3 = "L3"  # team, post (班组、岗位)


S, T = State, Step

MOVES: Mapping[tuple[State, Step], State] = MappingProxyType(
    {
        # What changes on site is evaluated anew from wherever the point stands.
        **{(state, T.EVALUATE): S.EVALUATED for state in State},
        (S.EVALUATED, T.GRADE): S.GRADED,
        (S.GRADED, T.CONTROL): S.CONTROLLED,
        (S.CONTROLLED, T.CONTROL): S.CONTROLLED,
        (S.GRADED, T.FALL_DUE): S.REVIEW_DUE,
        (S.CONTROLLED, T.FALL_DUE): S.REVIEW_DUE,
    }
)
REVIEWED = frozenset({S.GRADED, S.CONTROLLED})
"""States that end when the review is due."""


class WrongStep(Conflict):
    """The risk point is not in a state in which this can be done."""

    code = "WRONG_STATE"


class LevelMissing(Conflict):
    """A colour asks for a controller at each of its levels."""

    code = "LEVEL_MISSING"


class TooSeldom(Invalid):
    """A measure is checked less often than the colour asks for."""

    code = "TOO_SELDOM"


def step(state: State, taken: Step) -> State:
    """The state after `taken`.

    Raises:
        WrongStep: the step does not fit the state.
    """
    after = MOVES.get((state, taken))
    if after is None:
        raise WrongStep(
            f"{taken.value} cannot follow {state.value}; possible now: "
            f"{', '.join(one.value for one in possible(state))}"
        )
    return after


def possible(state: State) -> list[Step]:
    """The steps that fit `state`, in the order of the procedure."""
    return [one for one in Step if (state, one) in MOVES]


def grade(scored: RiskColour, raised_to: RiskColour | None, reason: str) -> RiskColour:
    """The colour of a point: the scored one, or a graver one by direct judgement (直接判定).

    Raises:
        Invalid: a milder colour than the score gave, or no reason for a graver one.
    """
    if raised_to is None or raised_to is scored:
        return scored
    if RISK_WEIGHT[raised_to] < RISK_WEIGHT[scored]:
        raise Invalid(
            f"the score makes it {scored.value}; a colour can be raised, never lowered",
            path=("input", "raisedTo"),
        )
    if not reason.strip():
        raise Invalid("say why the colour is raised", path=("input", "reason"))
    return raised_to


@dataclass(frozen=True, slots=True)
class Requirement:
    """A level that must control, and the longest time between two checks in calendar days."""

    level: Level
    max_interval_days: int


def requirements(intervals: Sequence[int]) -> list[Requirement]:
    """What a setting such as (31, 7, 1) asks for: the last number is the lowest level's.

    Raises:
        Invalid: more numbers than there are levels.
    """
    levels = list(Level)
    if not 1 <= len(intervals) <= len(levels):
        raise Invalid("the tenant's setting must give one to three intervals")
    return [
        Requirement(level, days)
        for level, days in zip(levels[-len(intervals) :], intervals, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Control:
    """A measure with who answers for it and how often it is checked, in calendar days."""

    level: Level
    measure: str
    responsible: str
    interval_days: int


def check_controls(controls: Iterable[Control], required: Iterable[Requirement]) -> None:
    """Refuse measures that leave a level without a controller or are checked too seldom.

    Raises:
        Invalid: a measure without text or controller, or an interval below one day.
        LevelMissing: a required level has no measure.
        TooSeldom: a required level checks less often than it must.
    """
    given = list(controls)
    for one in given:
        if not one.measure.strip() or not one.responsible.strip():
            raise Invalid(
                "give each measure and who answers for it", path=("input", "controls", "measure")
            )
        if one.interval_days < 1:
            raise Invalid("an interval is one day or longer", path=("input", "controls"))
    for need in required:
        at_level = [one for one in given if one.level is need.level]
        if not at_level:
            raise LevelMissing(f"name a measure and a controller at {need.level.value}")
        seldom = max(one.interval_days for one in at_level)
        if seldom > need.max_interval_days:
            raise TooSeldom(
                f"{need.level.value} must check every {need.max_interval_days} days at least",
                path=("input", "controls", "intervalDays"),
            )


def review_is_due(state: State, review_due_on: date | None, today: date) -> bool:
    """Whether the last day of the assessment is over; on that day itself it still holds."""
    return state in REVIEWED and review_due_on is not None and review_due_on < today
