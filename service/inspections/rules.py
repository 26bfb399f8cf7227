"""Rules of inspections: where one stands, what can follow, and what a lawful visit needs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType
from uuid import UUID

from service.errors import Conflict, Forbidden, Invalid

MAX_ITEMS = 60
REASON = 6  # characters of a reason that says something
CLOCK_SKEW = timedelta(minutes=5)
"""How far a phone's clock may run ahead of ours."""
EARTH_METRES = 6_371_008.8


class Kind(Enum):
    """Kind of inspection (Order 375 of Chongqing art. 3)."""

    ROUTINE = "ROUTINE"  # 日常检查
    SPECIAL = "SPECIAL"  # 专项检查
    CLUE = "CLUE"  # 线索核查
    INSTANT = "INSTANT"  # 即时检查


MAY_BE_URGENT = frozenset({Kind.CLUE, Kind.INSTANT})
"""Kinds whose cause may not wait for the approval of the head."""


class State(Enum):
    """Where an inspection stands."""

    PLANNED = "PLANNED"
    TASK_APPROVED = "TASK_APPROVED"
    CODED = "CODED"
    ON_SITE = "ON_SITE"
    RECORD_SIGNED = "RECORD_SIGNED"
    RECORD_REFUSED = "RECORD_REFUSED"
    NO_ISSUE = "NO_ISSUE"
    RECTIFY_ORDERED = "RECTIFY_ORDERED"
    DUE = "DUE"
    REINSPECTED = "REINSPECTED"
    CLOSED = "CLOSED"
    FAILED = "FAILED"
    CASE_FILED = "CASE_FILED"
    VISIT_REFUSED = "VISIT_REFUSED"
    CANCELLED = "CANCELLED"


class Step(Enum):
    """What can happen to an inspection, in the order of the procedure."""

    APPROVE = "APPROVE"
    ISSUE_CODE = "ISSUE_CODE"
    GO_WITHOUT_CODE = "GO_WITHOUT_CODE"
    REFUSE_VISIT = "REFUSE_VISIT"
    CHECK_IN = "CHECK_IN"
    SIGN_RECORD = "SIGN_RECORD"
    NOTE_REFUSAL = "NOTE_REFUSAL"
    FIND_NOTHING = "FIND_NOTHING"
    ORDER_RECTIFICATION = "ORDER_RECTIFICATION"
    FALL_DUE = "FALL_DUE"
    REINSPECT = "REINSPECT"
    CLOSE = "CLOSE"
    FAIL = "FAIL"
    FILE_CASE = "FILE_CASE"
    CANCEL = "CANCEL"


S, T = State, Step

BEFORE_VISIT = frozenset({S.PLANNED, S.TASK_APPROVED, S.CODED, S.VISIT_REFUSED, S.CANCELLED})
"""Nobody has been on site, or nobody was let in."""
FINAL = frozenset({S.NO_ISSUE, S.CLOSED, S.CASE_FILED, S.CANCELLED})

MOVES: Mapping[tuple[State, Step], State] = MappingProxyType(
    {
        (S.PLANNED, T.APPROVE): S.TASK_APPROVED,
        (S.TASK_APPROVED, T.ISSUE_CODE): S.CODED,
        (S.TASK_APPROVED, T.GO_WITHOUT_CODE): S.CODED,
        (S.VISIT_REFUSED, T.ISSUE_CODE): S.CODED,
        (S.PLANNED, T.REFUSE_VISIT): S.VISIT_REFUSED,
        (S.TASK_APPROVED, T.REFUSE_VISIT): S.VISIT_REFUSED,
        (S.CODED, T.CHECK_IN): S.ON_SITE,
        (S.ON_SITE, T.SIGN_RECORD): S.RECORD_SIGNED,
        (S.ON_SITE, T.NOTE_REFUSAL): S.RECORD_REFUSED,
        (S.RECORD_SIGNED, T.FIND_NOTHING): S.NO_ISSUE,
        (S.RECORD_REFUSED, T.FIND_NOTHING): S.NO_ISSUE,
        (S.RECORD_SIGNED, T.ORDER_RECTIFICATION): S.RECTIFY_ORDERED,
        (S.RECORD_REFUSED, T.ORDER_RECTIFICATION): S.RECTIFY_ORDERED,
        (S.RECORD_SIGNED, T.FILE_CASE): S.CASE_FILED,
        (S.RECORD_REFUSED, T.FILE_CASE): S.CASE_FILED,
        (S.RECTIFY_ORDERED, T.FALL_DUE): S.DUE,
        (S.RECTIFY_ORDERED, T.REINSPECT): S.REINSPECTED,
        (S.DUE, T.REINSPECT): S.REINSPECTED,
        (S.REINSPECTED, T.CLOSE): S.CLOSED,
        (S.REINSPECTED, T.FAIL): S.FAILED,
        (S.FAILED, T.FILE_CASE): S.CASE_FILED,
        (S.PLANNED, T.CANCEL): S.CANCELLED,
        (S.TASK_APPROVED, T.CANCEL): S.CANCELLED,
        (S.CODED, T.CANCEL): S.CANCELLED,
        (S.VISIT_REFUSED, T.CANCEL): S.CANCELLED,
    }
)
URGENT_MOVES: Mapping[tuple[State, Step], State] = MappingProxyType(
    {
        (S.PLANNED, T.ISSUE_CODE): S.CODED,
        (S.PLANNED, T.GO_WITHOUT_CODE): S.CODED,
        **{(state, T.APPROVE): state for state in State if state not in (S.PLANNED, S.CANCELLED)},
    }
)
"""What an urgent inspection may do besides: go first and be approved afterwards."""


class ItemResult(Enum):
    """Outcome of one item of the checklist."""

    NOT_CHECKED = "NOT_CHECKED"
    COMPLIANT = "COMPLIANT"
    NOT_COMPLIANT = "NOT_COMPLIANT"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Signature(Enum):
    """How the record ended: signed by the party, or its refusal noted (安全生产法 art. 68)."""

    SIGNED = "SIGNED"
    REFUSED = "REFUSED"


class WrongStep(Conflict):
    """The inspection is not in a state in which this can be done."""

    code = "WRONG_STATE"


class TeamTooSmall(Invalid):
    """Fewer than two officers with a valid card (行政处罚法 art. 42, Order 375 art. 15)."""

    code = "TEAM_TOO_SMALL"


class SamePerson(Forbidden):
    """Whoever planned a task does not approve it."""

    code = "SAME_PERSON"


class CodeShown(Conflict):
    """A visit with an enforcement code may not be refused for want of one."""

    code = "CODE_SHOWN"


class OpenItems(Conflict):
    """The checklist and the conclusion contradict one another."""

    code = "OPEN_ITEMS"


class NotEnforcing(Forbidden):
    """Only an enforcement body inspects; a committee never does (国办发〔2024〕54号)."""

    code = "NOT_AN_ENFORCEMENT_BODY"


def step(state: State, taken: Step, *, urgent: bool = False, approved: bool = False) -> State:
    """The state after `taken`; an urgent inspection may be approved afterwards, once.

    Raises:
        WrongStep: the step does not fit the state.
    """
    if taken is T.APPROVE and approved:
        raise WrongStep("the task has been approved already")
    after = MOVES.get((state, taken))
    if after is None and urgent:
        after = URGENT_MOVES.get((state, taken))
    if after is None:
        raise WrongStep(
            f"{taken.value} cannot follow {state.value}; possible now: "
            f"{', '.join(one.value for one in possible(state, urgent=urgent, approved=approved))}"
        )
    return after


def possible(state: State, *, urgent: bool = False, approved: bool = False) -> list[Step]:
    """The steps that fit `state`, in the order of the procedure."""
    return [
        one
        for one in Step
        if not (one is T.APPROVE and approved)
        and ((state, one) in MOVES or (urgent and (state, one) in URGENT_MOVES))
    ]


@dataclass(frozen=True, slots=True)
class Member:
    """An officer of the team with the last day of the enforcement card."""

    id: UUID
    active: bool
    card_valid_to: date


def check_team(team: Sequence[Member], minimum: int, day: date) -> None:
    """Refuse a team without enough officers whose cards are valid on the day of the visit.

    Raises:
        TeamTooSmall: with how many are missing.
    """
    lapsed = [one for one in team if not one.active or one.card_valid_to < day]
    if lapsed:
        raise TeamTooSmall(
            f"{len(lapsed)} of the officers have no card valid on {day}; leave them out",
            path=("input", "officerIds"),
        )
    if len({one.id for one in team}) < minimum:
        raise TeamTooSmall(
            f"at least {minimum} officers inspect (行政处罚法 art. 42)",
            path=("input", "officerIds"),
        )


def check_items(items: Sequence[str]) -> list[str]:
    """The item codes without blanks and repeats, in the order given.

    Raises:
        Invalid: none, too many, or one that is too long.
    """
    given = list(dict.fromkeys(one.strip() for one in items if one.strip()))
    if not 1 <= len(given) <= MAX_ITEMS or any(len(one) > 80 for one in given):
        raise Invalid(
            f"name 1 to {MAX_ITEMS} items of at most 80 characters", path=("input", "items")
        )
    return given


def check_urgency(kind: Kind, urgent_reason: str) -> bool:
    """Whether the inspection is urgent; a plan may not be.

    Raises:
        Invalid: a reason of urgency for a kind that is planned.
    """
    if urgent_reason and kind not in MAY_BE_URGENT:
        raise Invalid(
            "a planned inspection is approved before the visit; only a clue or an instant "
            "inspection can be urgent",
            path=("input", "urgentReason"),
        )
    return bool(urgent_reason)


def check_captured(captured: datetime, received: datetime, most_hours: int) -> None:
    """Refuse a time of a device that cannot be: in the future, or older than records may be.

    Raises:
        Invalid: as said.
    """
    if captured > received + CLOCK_SKEW:
        raise Invalid(
            "the device's time lies in the future; set its clock", path=("input", "capturedAt")
        )
    if captured < received - timedelta(hours=most_hours):
        raise Invalid(
            f"a record arrives within {most_hours} hours of the act; write it on paper and attach "
            f"it as evidence",
            path=("input", "capturedAt"),
        )


def check_began(at: datetime, approved: datetime | None, coded: datetime | None) -> None:
    """Refuse a visit that the device dates before its approval or its code.

    Both come first (Order 375 arts. 17, 18); otherwise a code that is issued afterwards would make
    a visit without one lawful.  Give None for what the visit may go without.

    Raises:
        Invalid: as said.
    """
    for what, since in (("approved", approved), ("given its code", coded)):
        if since is not None and at + CLOCK_SKEW < since:
            raise Invalid(
                f"the visit was {what} after the officers came; cancel the task and record the "
                f"visit as an urgent one without a code, with its reason",
                path=("input", "capturedAt"),
            )


def check_own_officer(bodies: Collection[object], own: object) -> None:
    """Refuse a team in which nobody is of the acting body; others may be called up (art. 15).

    Raises:
        TeamTooSmall: as said.
    """
    if own not in bodies:
        raise TeamTooSmall(
            "one of the officers at least is of the body that acts", path=("input", "officerIds")
        )


def check_conclusion(results: Collection[ItemResult], *, nothing_found: bool) -> None:
    """Refuse a conclusion that the checklist does not bear out.

    Raises:
        OpenItems: an item was not checked, or the outcome says the opposite of the items.
    """
    if ItemResult.NOT_CHECKED in results:
        raise OpenItems("record a result for every item first; NOT_APPLICABLE is one")
    violated = ItemResult.NOT_COMPLIANT in results
    if nothing_found and violated:
        raise OpenItems("an item is not compliant: order rectification or file a case")
    if not nothing_found and not violated:
        raise OpenItems("every item is compliant: there is nothing to put right")


def distance_metres(a: tuple[float, float], b: tuple[float, float]) -> int:
    """Great-circle distance of two (latitude, longitude) in degrees, rounded to metres."""
    lat_a, lat_b = radians(a[0]), radians(b[0])
    across = (lat_b - lat_a) / 2, radians(b[1] - a[1]) / 2
    half = sin(across[0]) ** 2 + cos(lat_a) * cos(lat_b) * sin(across[1]) ** 2
    return round(2 * EARTH_METRES * asin(sqrt(min(1.0, half))))


class TermTooLong(Conflict):
    """A term to put things right is longer than usual without a reason, or than it may be."""

    code = "TERM_TOO_LONG"


def check_term(days: int, reason: str, usual: int, most: int) -> None:
    """Refuse an order whose last day lies too far ahead (安全生产法 art. 65); in calendar days.

    Raises:
        TermTooLong: as said.
    """
    if days > most:
        raise TermTooLong(
            f"the last day lies {days} days ahead and may lie {most}; order what can be done by "
            f"then, and the rest after the re-inspection",
            path=("input", "until"),
        )
    if days > usual and len(reason.strip()) < REASON:
        raise TermTooLong(
            f"a term of more than {usual} days needs its reason in {REASON} characters or more",
            path=("input", "reason"),
        )
