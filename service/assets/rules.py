"""Rules of equipment: when its next inspection is due, and when somebody is told."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import Enum

from service.errors import Conflict, Invalid

DAYS_MAX = 3660  # ten years, the longest time between two inspections
OVERDUE = -1
"""Step of the alarm that the day is over; the others are days before it."""


class Standing(Enum):
    """How equipment stands on a day."""

    IN_DATE = "IN_DATE"  # 在检验有效期内
    OVERDUE = "OVERDUE"  # 超期未检
    UNFIT = "UNFIT"  # 检验不合格
    RETIRED = "RETIRED"  # 停用、报废


class Retired(Conflict):
    """The equipment is no longer in use."""

    code = "RETIRED"


def standing(due_on: date, fit: bool, retired_on: date | None, day: date) -> Standing:
    """How equipment stands; its last day itself is still in date."""
    if retired_on is not None and retired_on <= day:
        return Standing.RETIRED
    if not fit:
        return Standing.UNFIT
    return Standing.OVERDUE if due_on < day else Standing.IN_DATE


def check_due(due_on: date, after: date, field: str) -> date:
    """The day that a report of an inspection names for the next one.

    Raises:
        Invalid: not after it, or more than ten years later.
    """
    if not after < due_on <= after + timedelta(days=DAYS_MAX):
        raise Invalid(f"the next inspection is due after {after} and within ten years",
                      path=("input", field))  # fmt: skip
    return due_on


def check_sticker(due_on: date, today: date, field: str) -> date:
    """The day that equipment says itself, which may be over: that is what a register is for.

    Raises:
        Invalid: more than ten years ago or ahead.
    """
    if abs((due_on - today).days) > DAYS_MAX:
        raise Invalid("the next inspection is due within ten years", path=("input", field))
    return due_on


def check_line(text: str, field: str, longest: int, *, empty: bool = False) -> str:
    """The text without outer blanks.

    Raises:
        Invalid: too long, or empty where it must not be.
    """
    trimmed = text.strip()
    if len(trimmed) > longest or not (trimmed or empty):
        raise Invalid(f"{field} has {0 if empty else 1} to {longest} characters",
                      path=("input", field))  # fmt: skip
    return trimmed


def alarm_step(due_on: date, today: date, steps: Sequence[int], given: int | None) -> int | None:
    """The step to tell of now, None where nothing is new.

    A run that was missed is made up, and of steps that were passed together only the nearest is
    told.  `given` is the step told of last since the last inspection.
    """
    left = (due_on - today).days
    reached = [OVERDUE] if left < 0 else [step for step in steps if left <= step]
    if not reached:
        return None
    nearest = min(reached)
    return nearest if given is None or nearest < given else None
