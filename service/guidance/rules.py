"""Rules of guidance: kinds of visits, what a check-in shows, periods, and windows of events."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from service.errors import Conflict, Invalid
from service.late import Late

if TYPE_CHECKING:
    import h3
else:
    h3 = Late("h3")

CLOCK_TOLERANCE = timedelta(minutes=5)
"""A device's clock may run ahead by so much before it is called wrong."""


class VisitKind(Enum):
    """What a visit is in law."""

    GUIDANCE = "GUIDANCE"
    ADMIN_INSPECTION = "ADMIN_INSPECTION"


class Flag(Enum):
    """What a reader should know about a check-in; a flag never refuses it."""

    FAR = "FAR"
    NO_POSITION = "NO_POSITION"
    CLOCK_AHEAD = "CLOCK_AHEAD"
    LATE = "LATE"


class EventKind(Enum):
    """When heads must be on site."""

    KEY_NODE = "KEY_NODE"  # 重要节点
    RESUMPTION = "RESUMPTION"  # 复工复产
    DANGER = "DANGER"  # 出现险情
    ACCIDENT = "ACCIDENT"  # 发生事故


class Duty(Enum):
    """What a head owes, in the order of how it is warned of."""

    SPECIAL = "SPECIAL"
    MONTH = "MONTH"
    HALF = "HALF"


class Rating(Enum):
    """How the enterprise found a guidance visit (政务服务好差评, five grades)."""

    VERY_SATISFIED = "VERY_SATISFIED"
    SATISFIED = "SATISFIED"
    FAIR = "FAIR"
    DISSATISFIED = "DISSATISFIED"
    VERY_DISSATISFIED = "VERY_DISSATISFIED"


class Counting(Enum):
    """Whom a period counts; a row of the rule pack chooses."""

    FULL_PERIOD = "FULL_PERIOD"
    """Heads in office and on a plate from its first day on."""
    ANY_DAY = "ANY_DAY"
    """Heads on a plate on its last day, or today, however short their time."""


class NotGuidance(Conflict):
    """The act belongs to guidance visits, or to inspections, and not to the other."""

    code = "NOT_GUIDANCE"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both counted."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return self.first <= day <= self.last

    def days_left(self, today: date) -> int:
        """Days from today to the last; 0 on the last day itself."""
        return (self.last - today).days

    @property
    def label(self) -> str:
        """`2026-11` for a month, `2026-H2` for a half year."""
        if self.first.month == self.last.month:
            return f"{self.first:%Y-%m}"
        return f"{self.first.year}-H{1 if self.first.month == 1 else 2}"


def month_of(day: date) -> Period:
    """The calendar month of a day."""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return Period(day.replace(day=1), following - timedelta(days=1))


def half_of(day: date) -> Period:
    """The half year of a day: it ends on 30 June or on 31 December."""
    if day.month <= 6:
        return Period(date(day.year, 1, 1), date(day.year, 6, 30))
    return Period(date(day.year, 7, 1), date(day.year, 12, 31))


def months(since: date, until: date) -> list[Period]:
    """The calendar months from that of `since` to that of `until`.

    Raises:
        Invalid: none, or more than 24.
    """
    found: list[Period] = []
    day = since.replace(day=1)
    while day <= until and len(found) <= 24:
        found.append(month_of(day))
        day = found[-1].last + timedelta(days=1)
    if not 1 <= len(found) <= 24:
        raise Invalid("ask for 1 to 24 months", path=("since",))
    return found


@dataclass(frozen=True, slots=True)
class Moment:
    """When a visit happened, as far as two clocks can say."""

    captured_at: datetime
    received_at: datetime

    @property
    def happened_at(self) -> datetime:
        """The device's time, but never later than it was received."""
        return min(self.captured_at, self.received_at)

    @property
    def clock_ahead(self) -> bool:
        """Whether the device's clock cannot be right."""
        return self.captured_at > self.received_at + CLOCK_TOLERANCE

    def late(self, grace: timedelta) -> bool:
        """Whether the check-in came after the time in which it still counts."""
        return self.received_at - self.happened_at > grace


@dataclass(frozen=True, slots=True)
class Place:
    """A point in degrees, WGS 84."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise Invalid("latitude is -90 to 90, longitude -180 to 180", path=("input", "place"))

    def metres_to(self, other: "Place") -> int:
        """Distance on the sphere, in whole metres."""
        here, there = (self.latitude, self.longitude), (other.latitude, other.longitude)
        metres: float = h3.great_circle_distance(here, there, unit="m")
        return round(metres)


def flags_of(moment: Moment, metres: int | None, radius_m: int, grace: timedelta) -> list[Flag]:
    """What is to be said of a check-in; `metres` None where there was no position."""
    found = {
        Flag.FAR: metres is not None and metres > radius_m,
        Flag.NO_POSITION: metres is None,
        Flag.CLOCK_AHEAD: moment.clock_ahead,
        Flag.LATE: moment.late(grace),
    }
    return [flag for flag, raised in found.items() if raised]


def window(kind: EventKind, at: datetime, hours: int) -> tuple[datetime, datetime]:
    """When a check-in serves the event: around a date that is known, after what befalls one."""
    span = timedelta(hours=hours)
    foreseen = kind in (EventKind.KEY_NODE, EventKind.RESUMPTION)
    return (at - span if foreseen else at), at + span


def warning_step(days_left: int, steps: tuple[int, ...]) -> int | None:
    """The step of the warnings that is due: the last one reached, None before the first.

    A run that was missed is made up, since the step stays due until the next one is reached.
    """
    return min((step for step in steps if 0 <= days_left <= step), default=None)
