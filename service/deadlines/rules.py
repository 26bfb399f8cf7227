"""Where a deadline stands on a day."""

from datetime import date
from enum import Enum


class DeadlineState(Enum):
    """Standing of one deadline; UNKNOWN_YEAR waits for a holiday schedule not yet published."""

    RUNNING = "RUNNING"
    OVER = "OVER"
    MET = "MET"
    MET_LATE = "MET_LATE"
    UNKNOWN_YEAR = "UNKNOWN_YEAR"
    DROPPED = "DROPPED"


class SubjectKind(Enum):
    """What a deadline is about."""

    INSPECTION = "INSPECTION"
    CASE = "CASE"


def standing(due_on: date | None, met_on: date | None, dropped: bool, today: date) -> DeadlineState:
    """Where a deadline stands on `today`; its last day itself is not late."""
    if dropped:
        return DeadlineState.DROPPED
    if due_on is None:
        return DeadlineState.UNKNOWN_YEAR if met_on is None else DeadlineState.MET
    if met_on is not None:
        return DeadlineState.MET if met_on <= due_on else DeadlineState.MET_LATE
    return DeadlineState.RUNNING if today <= due_on else DeadlineState.OVER
