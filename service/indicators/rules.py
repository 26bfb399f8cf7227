"""What an indicator is, what a measured value means, and how values add up to a score."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from service.errors import Conflict, Invalid, SafetyError


class Kind(Enum):
    """What the value of an indicator is."""

    SHARE = "SHARE"
    """Numerator of denominator, 0 to 1."""
    MEAN = "MEAN"
    """Numerator over denominator, of any size."""
    COUNT = "COUNT"
    """The numerator alone."""


class Direction(Enum):
    """Which values are better."""

    HIGHER = "HIGHER"
    LOWER = "LOWER"


class Purpose(Enum):
    """Why a snapshot is taken."""

    MONTHLY = "MONTHLY"
    """Each month by itself, for the trend."""
    SCORE = "SCORE"
    """On demand of the committee, with a score sheet for each town."""


class AppealState(Enum):
    """Where an objection to a score stands."""

    OPEN = "OPEN"
    UPHELD = "UPHELD"
    REJECTED = "REJECTED"


class Tainted(Conflict):
    """The formula reads fines or counts inspections, so it may be shown and never scored."""

    code = "TAINTED"


class UnknownIndicator(SafetyError):
    """No indicator has this code."""

    code = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Indicator:
    """Definition of one indicator; its formula is the database view `indicator.<code>`.

    `target` is the value to reach in thousandths of a share, or a plain number for the others.
    `scored` says whether it counts towards a score unless the committee decides otherwise.
    """

    code: str
    name: str
    item: str
    kind: Kind
    direction: Direction
    numerator: str
    denominator: str
    source: str
    target: int | None = None
    scored: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with what it was counted from; `denominator` is None where nothing divides."""

    numerator: int
    denominator: int | None

    def value(self, kind: Kind) -> Fraction | None:
        """The exact value, None where the denominator is 0."""
        if kind is Kind.COUNT:
            return Fraction(self.numerator)
        if not self.denominator:
            return None
        return Fraction(self.numerator, self.denominator)

    def __add__(self, other: "Measured") -> "Measured":
        """Both together, as if counted at once."""
        if self.denominator is None or other.denominator is None:
            return Measured(self.numerator + other.numerator, None)
        return Measured(self.numerator + other.numerator, self.denominator + other.denominator)


@dataclass(frozen=True, slots=True)
class Choice:
    """How the committee lets an indicator count in one year."""

    scored: bool
    weight: int
    target: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator in a score sheet; without a value it takes no part."""

    code: str
    weight: int
    target: int
    measured: Measured
    attained: Fraction | None


def default_choice(indicator: Indicator) -> Choice:
    """What holds until the committee decides."""
    return Choice(indicator.scored, 1, indicator.target)


def check_choice(indicator: Indicator, choice: Choice) -> None:
    """Refuse what cannot be scored with.

    Raises:
        Invalid: a weight outside 1 to 100, or a scored indicator without a target.
    """
    if not 1 <= choice.weight <= 100:
        raise Invalid("a weight lies between 1 and 100", path=("input", "weight"))
    if choice.scored and choice.target is None:
        raise Invalid("give the value to reach", path=("input", "target"))
    if choice.target is not None and choice.target < 0:
        raise Invalid("a target is not negative", path=("input", "target"))
    if indicator.kind is Kind.SHARE and (choice.target or 0) > 1000:
        raise Invalid("the target of a share is at most 1000 thousandths", path=("input", "target"))


def goal(indicator: Indicator, target: int) -> Fraction:
    """The target in the unit of the value."""
    return Fraction(target, 1000) if indicator.kind is Kind.SHARE else Fraction(target)


def attained(indicator: Indicator, measured: Measured, target: int) -> Fraction | None:
    """How far the target is reached, 0 to 1; None without a value.

    `clip(value / target, 0, 1)` where more is better.  Where less is better, all of it at the
    target or below, and `target / value` above; above a target of 0 there is nothing.
    """
    value = measured.value(indicator.kind)
    if value is None:
        return None
    aim = goal(indicator, target)
    if indicator.direction is Direction.HIGHER:
        return min(Fraction(1), value / aim) if aim else Fraction(1)
    if value <= aim:
        return Fraction(1)
    return aim / value


def score(lines: Sequence[Line]) -> Fraction | None:
    """`Σ w·attained / Σ w · 100` over the lines with a value; None where there is none.

    Weights are shared out anew among those, so that what a town cannot have costs it nothing.
    """
    counted = [(line.weight, line.attained) for line in lines if line.attained is not None]
    total = sum(weight for weight, _ in counted)
    if not total:
        return None
    return sum((weight * share for weight, share in counted), Fraction(0)) / total * 100
