"""Rules of duties: when something is due, whether it was done in time, and the rates."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from service.errors import Conflict, Forbidden, Invalid

PRINCIPAL_DUTIES = 7  # of the principal of a unit: 安全生产法 (2021) art. 21
SPAN_MAX = 800
"""Days that a rate may look over."""


class Frequency(Enum):
    """How often a duty is due; the value is its length in months."""

    MONTH = 1
    QUARTER = 3
    HALF = 6
    YEAR = 12


class EvidenceKind(Enum):
    """What shows that a duty was done."""

    MINUTES = "MINUTES"  # 会议纪要
    DOCUMENT = "DOCUMENT"  # 文件
    REPORT = "REPORT"  # 总结、报告
    PHOTO = "PHOTO"  # 影像


class RecordState(Enum):
    """Where a due duty stands; it follows from two days and is kept nowhere."""

    DUE = "DUE"
    DONE = "DONE"
    LATE = "LATE"
    MISSED = "MISSED"


class NotYours(Forbidden):
    """Another body, or another enterprise, answers for this."""

    code = "NOT_YOURS"


class TooEarly(Conflict):
    """The period has not begun."""

    code = "TOO_EARLY"


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A period in which a duty is due, and its last day."""

    first: date
    last: date


def period_of(frequency: Frequency, day: date) -> Due:
    """The calendar period of that length in which a day lies."""
    begun = (day.month - 1) // frequency.value * frequency.value
    first = date(day.year, begun + 1, 1)
    after = begun + frequency.value
    following = date(day.year + after // 12, after % 12 + 1, 1)
    return Due(first, following - timedelta(days=1))


def dues(frequency: Frequency, valid_from: date, valid_to: date | None, until: date) -> list[Due]:
    """Every period that has begun by `until` and lies wholly in the time of the duty.

    A duty made within a period is due from the next one on; `valid_to` is the first day on which it
    holds no more.
    """
    found = []
    one = period_of(frequency, valid_from)
    while one.first <= until and (valid_to is None or one.last < valid_to):
        if one.first >= valid_from:
            found.append(one)
        one = period_of(frequency, one.last + timedelta(days=1))
    return found


def state_of(last: date, done_on: date | None, today: date) -> RecordState:
    """Where a due duty stands; what was missed and done later stays late."""
    if done_on is not None:
        return RecordState.DONE if done_on <= last else RecordState.LATE
    return RecordState.MISSED if last < today else RecordState.DUE


def check_span(since: date, until: date) -> None:
    """Refuse a span that ends before it begins, or is longer than `SPAN_MAX` days.

    Raises:
        Invalid: as said.
    """
    if not 0 <= (until - since).days <= SPAN_MAX:
        raise Invalid(f"ask for 1 to {SPAN_MAX} days", path=("since",))


def check_duty(number: int) -> int:
    """The number of a principal's duty, 1 to 7.

    Raises:
        Invalid: there is no such duty.
    """
    if not 1 <= number <= PRINCIPAL_DUTIES:
        raise Invalid(f"art. 21 has {PRINCIPAL_DUTIES} duties", path=("input", "duty"))
    return number
