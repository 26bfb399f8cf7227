"""Rules of sessions and of paired work: states, what is due, and what keeps pace."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from types import MappingProxyType

from service.errors import Conflict, Invalid


class Trigger(Enum):
    """Why a session is held."""

    PERIODIC = "PERIODIC"  # 定期
    KEY_PERIOD = "KEY_PERIOD"  # 重要时段
    MAJOR_EVENT = "MAJOR_EVENT"  # 重大活动
    INDUCING_FACTOR = "INDUCING_FACTOR"  # 重大诱发因素变化


class SessionState(Enum):
    """Where a session stands."""

    PLANNED = "PLANNED"
    HELD = "HELD"
    ACTIONS_OPEN = "ACTIONS_OPEN"
    CLOSED = "CLOSED"


class SessionStep(Enum):
    """What can happen to a session."""

    HOLD = "HOLD"
    ADD_ACTION = "ADD_ACTION"
    FINISH_ACTION = "FINISH_ACTION"
    CLOSE = "CLOSE"


S, T = SessionState, SessionStep
MOVES: Mapping[tuple[SessionState, SessionStep], SessionState] = MappingProxyType(
    {
        (S.PLANNED, T.HOLD): S.HELD,
        (S.HELD, T.ADD_ACTION): S.ACTIONS_OPEN,
        (S.ACTIONS_OPEN, T.ADD_ACTION): S.ACTIONS_OPEN,
        (S.ACTIONS_OPEN, T.FINISH_ACTION): S.ACTIONS_OPEN,
        (S.HELD, T.CLOSE): S.CLOSED,
        (S.ACTIONS_OPEN, T.CLOSE): S.CLOSED,
    }
)


class Schedule(Enum):
    """How often periodic sessions are held; the value is the length in months."""

    MONTH = 1
    QUARTER = 3
    HALF = 6
    YEAR = 12


class Stage(Enum):
    """How far an item has come; the value is its order (安排部署、推进落实、考核奖惩)."""

    PLANNED = 0
    DEPLOYED = 1
    ADVANCED = 2
    ASSESSED = 3


class WrongSessionStep(Conflict):
    """The session is not in a state in which this can be done."""

    code = "WRONG_STATE"


class ActionsOpen(Conflict):
    """A session is closed when its actions are done."""

    code = "ACTIONS_OPEN"


def step(state: SessionState, taken: SessionStep) -> SessionState:
    """The state after `taken`.

    Raises:
        WrongSessionStep: the step does not fit the state.
    """
    after = MOVES.get((state, taken))
    if after is None:
        able = ", ".join(one.value for one in T if (state, one) in MOVES) or "nothing"
        raise WrongSessionStep(f"{taken.value} cannot follow {state.value}; possible now: {able}")
    return after


def check_closing(open_actions: int) -> None:
    """Refuse to close a session whose actions are not all done.

    Raises:
        ActionsOpen: as said.
    """
    if open_actions:
        raise ActionsOpen(f"{open_actions} actions are not done yet")


@dataclass(frozen=True, slots=True)
class Slot:
    """A session that must be held: by its last day, under a name that is unique in the tenant."""

    source: str
    first: date
    due_on: date


def slots(schedule: Schedule, since: date, until: date) -> list[Slot]:
    """Periodic sessions that have begun by `until`, of periods wholly after `since`."""
    found = []
    month = (since.month - 1) // schedule.value * schedule.value
    first = date(since.year, month + 1, 1)
    while first <= until:
        after = first.month - 1 + schedule.value
        following = date(first.year + after // 12, after % 12 + 1, 1)
        if first >= since:
            label = f"{schedule.name}:{first:%Y-%m}"
            found.append(Slot(label, first, following - timedelta(days=1)))
        first = following
    return found


def due_of(trigger: Trigger, first_day: date, grace_days: int) -> date:
    """Last day for a session: before what is foreseen begins, soon after what is not.

    Raises:
        Invalid: a periodic one follows from the schedule.
    """
    match trigger:
        case Trigger.KEY_PERIOD | Trigger.MAJOR_EVENT:
            return first_day - timedelta(days=1)
        case Trigger.INDUCING_FACTOR:
            return first_day + timedelta(days=grace_days)
        case Trigger.PERIODIC:
            raise Invalid("periodic sessions follow from the schedule", path=("input", "trigger"))


def advance(stage: Stage) -> Stage:
    """The next stage.

    Raises:
        Conflict: it is assessed already.
    """
    if stage is Stage.ASSESSED:
        raise Conflict("this item has been assessed")
    return Stage(stage.value + 1)


def keeps_pace(work: Stage, safety: Stage) -> bool:
    """Whether safety has come at least as far as the business (同时)."""
    return safety.value >= work.value
