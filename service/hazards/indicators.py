"""Indicators of hazards as formulas that keep their numerator and denominator.

Neither fines nor the number of inspections is an input (行政处罚法 art. 74).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share with its lineage; without a denominator there is no value."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise ValueError(f"{self.numerator} of {self.denominator} is no share")

    @property
    def value(self) -> float | None:
        """0 to 1, None where nothing could have been counted."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class Counts:
    """Hazards of one tenant that were found in a period, counted as they stand now.

    `due` are those whose last day is over or that are closed, `on_time` those of them closed by
    it.  `recurred` are the closed ones that a like hazard followed within the tenant's time.
    `major_planned` are the open major ones with all five conditions.
    """

    found: int = 0
    closed: int = 0
    major: int = 0
    major_open: int = 0
    major_planned: int = 0
    overdue: int = 0
    supervised: int = 0
    due: int = 0
    on_time: int = 0
    recurred: int = 0

    @property
    def open(self) -> int:
        """Hazards not yet closed."""
        return self.found - self.closed

    @property
    def closure(self) -> Ratio:
        """Closed of found (闭环率)."""
        return Ratio(self.closed, self.found)

    @property
    def on_time_rate(self) -> Ratio:
        """Closed by their last day, of those due (按期整改率)."""
        return Ratio(self.on_time, self.due)

    @property
    def recurrence(self) -> Ratio:
        """Closed ones that were found again, of those closed (重复隐患率)."""
        return Ratio(self.recurred, self.closed)

    @property
    def five_conditions(self) -> Ratio:
        """Open major hazards with responsibility, measures, funds, time and plan (五落实)."""
        return Ratio(self.major_planned, self.major_open)
