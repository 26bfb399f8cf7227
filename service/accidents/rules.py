"""Rules of accidents: their level, the hour to report, and until when numbers are supplemented.

Boundaries are rows of the law (`ACCIDENT_DEATHS`, `ACCIDENT_INJURED`, `ACCIDENT_LOSS`,
`ACCIDENT_REPORT`, `ACCIDENT_SUPPLEMENT`); money is in fen.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from service.errors import Conflict, Invalid
from service.law.rules import RuleBook

LOSS_MAX_FEN = 10**15


class Level(Enum):
    """How grave an accident is (事故等级): 条例 art. 3, gravest last."""

    ORDINARY = "ORDINARY"  # 一般
    LARGER = "LARGER"  # 较大
    MAJOR = "MAJOR"  # 重大
    GRAVEST = "GRAVEST"  # 特别重大


class ReportKind(Enum):
    """What a report on an accident is."""

    FIRST = "FIRST"
    SUPPLEMENT = "SUPPLEMENT"  # 补报: the numbers changed
    CORRECTION = "CORRECTION"  # 更正: the numbers were wrong


class SupplementTooLate(Conflict):
    """The days in which changed numbers belong to the accident are over."""

    code = "SUPPLEMENT_TOO_LATE"


@dataclass(frozen=True, slots=True)
class Toll:
    """What an accident cost: people dead, people seriously injured, and direct loss in fen."""

    deaths: int = 0
    serious_injuries: int = 0
    direct_loss_fen: int = 0


def level_of(toll: Toll, day: date, book: RuleBook) -> Level:
    """The level of an accident of `day`: the highest that any of the three numbers reaches.

    Raises:
        NoRule: before the regulation was in force.
    """
    measured = (
        ("ACCIDENT_DEATHS", toll.deaths),
        ("ACCIDENT_INJURED", toll.serious_injuries),
        ("ACCIDENT_LOSS", toll.direct_loss_fen),
    )
    for level in (Level.GRAVEST, Level.MAJOR, Level.LARGER):
        if any(found >= book.rule(rule, day, level.value).number for rule, found in measured):
            return level
    return Level.ORDINARY


def in_time(known_at: datetime, reported_at: datetime, hours: int, *, concealed: bool) -> bool:
    """Whether the report came within the hours after the head learnt of it (条例 art. 9)."""
    return not concealed and reported_at - known_at <= timedelta(hours=hours)


def check_toll(toll: Toll) -> None:
    """Refuse numbers that cannot be.

    Raises:
        Invalid: one is negative or beyond reason.
    """
    for name, found, most in (
        ("deaths", toll.deaths, 100_000),
        ("seriousInjuries", toll.serious_injuries, 100_000),
        ("directLossFen", toll.direct_loss_fen, LOSS_MAX_FEN),
    ):
        if not 0 <= found <= most:
            raise Invalid(f"give 0 to {most}", path=("input", "toll", name))


def check_times(occurred_at: datetime, known_at: datetime, reported_at: datetime) -> None:
    """Refuse times out of order: it happens, the head learns of it, it is reported.

    Raises:
        Invalid: as said.
    """
    if known_at < occurred_at:
        raise Invalid("the head learns of it after it happened", path=("input", "knownAt"))
    if reported_at < known_at:
        raise Invalid("it is reported after the head learnt of it", path=("input", "reportedAt"))


def check_supplement(occurred: date, today: date, days: int) -> None:
    """Refuse a supplement after the days in which changed numbers count (条例 art. 13).

    Raises:
        SupplementTooLate: as said.
    """
    last = occurred + timedelta(days=days)
    if today > last:
        raise SupplementTooLate(
            f"numbers that changed after {last} are not added; a town corrects what was wrong"
        )
