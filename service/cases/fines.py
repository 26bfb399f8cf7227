"""Money of a decision: what is due when, what was paid, and the surcharge on what is late.

The surcharge is 3 % of the overdue amount a day and never more than the fine (行政处罚法 art.
72); it is not counted while a review or a suit runs (art. 73).  Amounts in fen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.errors import Invalid


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount that is due on a day, or was paid on it."""

    on: date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Days, both included, on which no surcharge is counted; open where the last is None."""

    first: date
    last: date | None

    def covers(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.first <= day and (self.last is None or day <= self.last)


def surcharge(
    due: Sequence[Entry],
    paid: Sequence[Entry],
    today: date,
    *,
    percent: int,
    pauses: Sequence[Pause] = (),
) -> int:
    """Surcharge up to and including `today`, in fen, rounded down once at the end.

    Each day after a last day counts on what was due and unpaid when it began.
    """
    fine = sum(one.amount_fen for one in due)
    if not due:
        return 0
    day, hundredths = min(one.on for one in due) + timedelta(days=1), 0
    while day <= today and hundredths < fine * 100:
        owed = sum(one.amount_fen for one in due if one.on < day)
        owed -= sum(one.amount_fen for one in paid if one.on < day)
        if owed > 0 and not any(pause.covers(day) for pause in pauses):
            hundredths += owed * percent
        day += timedelta(days=1)
    return min(hundredths // 100, fine)


def check_instalments(due: Sequence[Entry], fine_fen: int, first_day: date) -> list[Entry]:
    """The instalments in the order of their days.

    Raises:
        Invalid: they do not add up to the fine, or one lies before `first_day` or beside another.
    """
    ordered = sorted(due, key=lambda one: one.on)
    if not 1 <= len(ordered) <= 24 or len({one.on for one in ordered}) != len(ordered):
        raise Invalid("give 1 to 24 instalments on different days", path=("input", "instalments"))
    if any(one.amount_fen <= 0 for one in ordered) or sum(e.amount_fen for e in due) != fine_fen:
        raise Invalid("instalments add up to the fine", path=("input", "instalments"))
    if ordered[0].on < first_day:
        raise Invalid("the first instalment lies in the past", path=("input", "instalments"))
    return ordered
