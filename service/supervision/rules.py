"""Rules of supervised listing: where an order stands, who decides it, and its limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from types import MappingProxyType

from service.errors import Conflict, Forbidden, Invalid
from service.workdays.rules import (
    WorkCalendar,
    YearNotPublished,
    add_months,
    add_working_days,
    next_working_day,
    working_days_between,
)


class Level(Enum):
    """Level that supervises, the lowest first."""

    KE = "KE"  # 科级
    CHU = "CHU"  # 处级
    TING = "TING"  # 厅级


class State(Enum):
    """Where an order stands; OVERDUE is beside the way."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    LISTED = "LISTED"
    RECTIFYING = "RECTIFYING"
    EXTENSION_REQUESTED = "EXTENSION_REQUESTED"
    SELF_ACCEPTED = "SELF_ACCEPTED"
    VERIFIED = "VERIFIED"
    DELISTED = "DELISTED"
    OVERDUE = "OVERDUE"
    ESCALATED = "ESCALATED"
    DECLINED = "DECLINED"


class Step(Enum):
    """What can happen to an order, in the order of the procedure."""

    APPROVE = "APPROVE"
    DECLINE = "DECLINE"
    LIST = "LIST"
    RECTIFY = "RECTIFY"
    ASK_EXTENSION = "ASK_EXTENSION"
    EXTEND = "EXTEND"
    DENY_EXTENSION = "DENY_EXTENSION"
    SELF_ACCEPT = "SELF_ACCEPT"
    RETURN = "RETURN"
    VERIFY = "VERIFY"
    DELIST = "DELIST"
    FALL_OVERDUE = "FALL_OVERDUE"
    ESCALATE = "ESCALATE"


S, T = State, Step

ENDS = frozenset({S.DELISTED, S.ESCALATED, S.DECLINED})
PUBLIC = frozenset(
    {
        S.LISTED,
        S.RECTIFYING,
        S.EXTENSION_REQUESTED,
        S.SELF_ACCEPTED,
        S.VERIFIED,
        S.OVERDUE,
    }
)
"""States in which the listing is on the public page."""
RUNNING = frozenset({S.LISTED, S.RECTIFYING, S.EXTENSION_REQUESTED})
"""States in which the term can run out."""

MOVES: Mapping[tuple[State, Step], State] = MappingProxyType(
    {
        (S.PROPOSED, T.APPROVE): S.APPROVED,
        (S.PROPOSED, T.DECLINE): S.DECLINED,
        (S.APPROVED, T.DECLINE): S.DECLINED,
        (S.APPROVED, T.LIST): S.LISTED,
        (S.LISTED, T.RECTIFY): S.RECTIFYING,
        (S.LISTED, T.ASK_EXTENSION): S.EXTENSION_REQUESTED,
        (S.RECTIFYING, T.ASK_EXTENSION): S.EXTENSION_REQUESTED,
        (S.EXTENSION_REQUESTED, T.EXTEND): S.RECTIFYING,
        (S.EXTENSION_REQUESTED, T.DENY_EXTENSION): S.RECTIFYING,
        **{(state, T.SELF_ACCEPT): S.SELF_ACCEPTED for state in RUNNING | {S.OVERDUE}},
        # Overdue goes on from there, since a term that has run out does not run out again.
        (S.SELF_ACCEPTED, T.RETURN): S.RECTIFYING,
        (S.SELF_ACCEPTED, T.VERIFY): S.VERIFIED,
        (S.VERIFIED, T.DELIST): S.DELISTED,
        **{(state, T.FALL_OVERDUE): S.OVERDUE for state in RUNNING},
        (S.OVERDUE, T.ESCALATE): S.ESCALATED,
    }
)


class WrongStep(Conflict):
    """The order is not in a state in which this can be done."""

    code = "WRONG_STATE"


class NotTheDecider(Forbidden):
    """Another body decides at this level."""

    code = "NOT_THE_DECIDER"


class SamePerson(Forbidden):
    """Whoever proposed a listing does not approve it."""

    code = "SAME_PERSON"


class TooLate(Conflict):
    """An extension is asked for so many working days before the term ends."""

    code = "TOO_LATE"


class NoHigherLevel(Conflict):
    """Above the highest level there is none."""

    code = "NO_HIGHER_LEVEL"


def step(state: State, taken: Step) -> State:
    """The state after `taken`.

    Raises:
        WrongStep: the step does not fit the state.
    """
    after = MOVES.get((state, taken))
    if after is None:
        raise WrongStep(
            f"{taken.value} cannot follow {state.value}; possible now: "
            f"{', '.join(one.value for one in possible(state)) or 'nothing'}"
        )
    return after


def possible(state: State) -> list[Step]:
    """The steps that fit `state`, in the order of the procedure."""
    return [one for one in Step if (state, one) in MOVES]


def higher(level: Level) -> Level:
    """The level above.

    Raises:
        NoHigherLevel: it is the highest.
    """
    levels = list(Level)
    if level is levels[-1]:
        raise NoHigherLevel("the order is at the highest level already")
    return levels[levels.index(level) + 1]


def rises(
    level: Level, overdue_since: date | None, today: date, workdays: int, calendar: WorkCalendar
) -> bool:
    """Whether an overdue order goes to the next level by itself; never where nobody said when.

    It waits `workdays` working days after the day on which it fell overdue, and as long as nobody
    knows which days of the year are worked.
    """
    if workdays == 0 or overdue_since is None or level is list(Level)[-1]:
        return False
    try:
        return add_working_days(overdue_since, workdays, calendar) < today
    except YearNotPublished:
        return False


def check_decider(level: Level, *, by_town: bool, town_decides: bool) -> None:
    """Refuse a body that does not decide at this level; `town_decides` is the town's setting.

    Raises:
        NotTheDecider: as said.
    """
    towns = level is Level.KE and town_decides
    if by_town != towns:
        whose = "the town" if towns else "a department of the district"
        raise NotTheDecider(f"at level {level.value} {whose} decides")


def check_basis(level: Level, basis: str) -> None:
    """The highest level is above the district, so its order is entered by number and body.

    Raises:
        Invalid: none is named.
    """
    if level is Level.TING and not basis.strip():
        raise Invalid(
            "name the body above the district and the number of its decision",
            path=("input", "basis"),
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """Limits of one order as they were when it was approved."""

    publish: int  # working days
    ask: int  # working days
    answer: int  # working days
    months: int


def last_day(listed_on: date, terms: Terms) -> date:
    """The last day that a deadline may have, extensions included."""
    return add_months(listed_on, terms.months)


def check_deadline(
    deadline: date, listed_on: date, after: date, terms: Terms, calendar: WorkCalendar
) -> None:
    """Refuse a deadline that is not later than `after`, too far away, or on a known day off.

    Raises:
        Invalid: as said.
    """
    if deadline <= after:
        raise Invalid(f"the deadline must lie after {after}", path=("input", "deadline"))
    latest = last_day(listed_on, terms)
    if deadline > latest:
        raise Invalid(f"the deadline is {latest} at the latest", path=("input", "deadline"))
    try:
        working = next_working_day(deadline, calendar)
    except YearNotPublished:
        return  # nobody knows yet which days of that year are worked
    if working != deadline:
        raise Invalid(
            f"{deadline} is a day off; the next working day is {working}",
            path=("input", "deadline"),
        )


def in_time(today: date, deadline: date, ask: int, calendar: WorkCalendar) -> bool:
    """Whether at least `ask` working days follow `today` up to the deadline.

    Days of a year whose schedule is not published decide nothing as long as the others suffice.

    Raises:
        YearNotPublished: they do not suffice, so nobody can tell yet.
    """
    known = max(calendar.years, default=today.year)
    cut = min(deadline, date(known, 12, 31))
    if deadline < today:
        return False
    if cut < today:
        raise YearNotPublished(today.year)
    enough = working_days_between(today, cut, calendar) >= ask
    if not enough and cut < deadline:
        raise YearNotPublished(known + 1)
    return enough


def check_request(today: date, deadline: date, terms: Terms, calendar: WorkCalendar) -> None:
    """Refuse a request for an extension that comes too late.

    Raises:
        TooLate: fewer working days are left than the terms ask for.
        YearNotPublished: see `in_time`.
    """
    if not in_time(today, deadline, terms.ask, calendar):
        raise TooLate(
            f"an extension is asked for {terms.ask} working days before {deadline} or earlier"
        )


def is_overdue(state: State, deadline: date | None, today: date) -> bool:
    """Whether the term has run out; its last day itself is not late."""
    return state in RUNNING and deadline is not None and deadline < today


def following(state: State, hazard_state: str, *, planned: bool) -> list[Step]:
    """The steps by which an order follows its hazard, from where both stand now.

    Depends on the hazard as it stands and not on what happened to it, so that messages that come
    twice, late or out of order all lead to the same.
    """
    wanted = {"SELF_CHECKED": S.SELF_ACCEPTED, "VERIFIED": S.VERIFIED, "CLOSED": S.VERIFIED}.get(
        hazard_state, S.RECTIFYING
    )
    if wanted is S.RECTIFYING:
        if state is S.LISTED and planned:
            return [T.RECTIFY]
        return [T.RETURN] if state is S.SELF_ACCEPTED else []
    way: list[Step] = []
    if state in RUNNING | {S.OVERDUE}:
        way.append(T.SELF_ACCEPT)
    if wanted is S.VERIFIED and state in RUNNING | {S.OVERDUE, S.SELF_ACCEPTED}:
        way.append(T.VERIFY)
    return way


TERMS = {
    "publish": ("supervision.publish_workdays", "PLATE_PUBLISH"),
    "ask": ("supervision.extension_request_workdays", "EXTENSION_REQUEST"),
    "answer": ("supervision.extension_answer_workdays", "EXTENSION_ANSWER"),
    "months": ("supervision.term_months", "SUPERVISION_TERM"),
}
"""Setting and rule of each limit; a setting that the deciding body chose goes first."""
