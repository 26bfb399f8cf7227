"""Rules of certificates: what follows on what, when one holds, and when its holder is warned."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from types import MappingProxyType

from service.errors import Conflict, Forbidden, Invalid

GRADES = (1, 2, 3)
"""Grades of standardisation (一级、二级、三级), the first the highest."""
SCORE_MAX = 100


class State(Enum):
    """Where a certificate stands."""

    APPLIED = "APPLIED"  # 已申请
    SELF_ASSESSED = "SELF_ASSESSED"  # 已自评
    REVIEWED = "REVIEWED"  # 已评审
    PUBLISHED = "PUBLISHED"  # 公示中
    GRANTED = "GRANTED"  # 已发证
    EXPIRED = "EXPIRED"  # 已到期
    REVOKED = "REVOKED"  # 已撤销
    WITHDRAWN = "WITHDRAWN"  # 已撤回申请


class Step(Enum):
    """What can happen to a certificate."""

    SELF_ASSESS = "SELF_ASSESS"
    REVIEW = "REVIEW"
    RETURN = "RETURN"
    PUBLISH = "PUBLISH"
    GRANT = "GRANT"
    EXPIRE = "EXPIRE"
    REVOKE = "REVOKE"
    WITHDRAW = "WITHDRAW"


S, T = State, Step
OPEN = (S.APPLIED, S.SELF_ASSESSED, S.REVIEWED, S.PUBLISHED)
"""States of an application; an enterprise has one at a time."""
MOVES: Mapping[tuple[State, Step], State] = MappingProxyType(
    {
        (S.APPLIED, T.SELF_ASSESS): S.SELF_ASSESSED,
        (S.SELF_ASSESSED, T.SELF_ASSESS): S.SELF_ASSESSED,
        (S.SELF_ASSESSED, T.REVIEW): S.REVIEWED,
        (S.REVIEWED, T.PUBLISH): S.PUBLISHED,
        (S.PUBLISHED, T.GRANT): S.GRANTED,
        (S.GRANTED, T.EXPIRE): S.EXPIRED,
        (S.GRANTED, T.REVOKE): S.REVOKED,
        **{(one, T.RETURN): S.APPLIED for one in OPEN[1:]},
        **{(one, T.WITHDRAW): S.WITHDRAWN for one in OPEN},
    }
)


class WrongStep(Conflict):
    """The certificate is not in a state in which this can be done."""

    code = "WRONG_STATE"


class SamePerson(Forbidden):
    """Whoever entered the application does not review it."""

    code = "SAME_PERSON"


class ScoreTooLow(Conflict):
    """The mark of the review is below what the grade asks for."""

    code = "SCORE_TOO_LOW"


class PublicityRuns(Conflict):
    """The days in which anybody may object are not over."""

    code = "TOO_SOON"


def follow(state: State, step: Step) -> State:
    """The state after a step.

    Raises:
        WrongStep: the step does not follow from the state.
    """
    try:
        return MOVES[state, step]
    except KeyError:
        raise WrongStep(f"the certificate is {state.value}; {step.value} does not follow") from None


def check_grade(grade: int) -> int:
    """The grade.

    Raises:
        Invalid: none of 1, 2 and 3.
    """
    if grade not in GRADES:
        raise Invalid("a grade is 1, 2 or 3", path=("input", "grade"))
    return grade


def check_score(score: int) -> int:
    """The mark.

    Raises:
        Invalid: not from 0 to 100.
    """
    if not 0 <= score <= SCORE_MAX:
        raise Invalid(f"a mark is from 0 to {SCORE_MAX}", path=("input", "score"))
    return score


def check_past(day: date, today: date, earliest: date | None, field: str) -> date:
    """The day of something that was done.

    Raises:
        Invalid: in the future, or before the step that it follows.
    """
    if day > today:
        raise Invalid("enter it once it was done", path=("input", field))
    if earliest is not None and day < earliest:
        raise Invalid(f"this follows a step of {earliest}", path=("input", field))
    return day


def check_text(text: str, field: str, longest: int) -> str:
    """The text without outer blanks.

    Raises:
        Invalid: empty or too long.
    """
    trimmed = text.strip()
    if not 1 <= len(trimmed) <= longest:
        raise Invalid(f"give 1 to {longest} characters", path=("input", field))
    return trimmed


def holds(issued_on: date, valid_to: date, revoked_on: date | None, day: date) -> bool:
    """Whether a certificate counts on a day: issued ≤ day < valid_to, and not revoked by then."""
    return issued_on <= day < valid_to and (revoked_on is None or day < revoked_on)


def warning_step(
    valid_to: date, today: date, steps: Sequence[int], given: int | None
) -> int | None:
    """The step of days before its end that is to be warned of now, None where nothing is due.

    A run that was missed is made up, and of steps that were passed together only the nearest is
    given.  `given` is the step that was warned of last.
    """
    left = (valid_to - today).days
    reached = [step for step in steps if left <= step]
    if left <= 0 or not reached:
        return None
    nearest = min(reached)
    return nearest if given is None or nearest < given else None
