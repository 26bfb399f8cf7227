"""Methods of risk evaluation as dated data: the factors, their values and the cut-offs.

Published cut-offs differ from one another, so a score always keeps the method's id and version
and the inputs.  `confirmed=False` marks what could not be checked against its source.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import prod

from service.errors import Invalid, SafetyError
from service.register.rules import RiskColour


class NoMethod(SafetyError):
    """No method of this id is in force on this day."""

    code = "NO_RULE_IN_FORCE"


def _values(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


@dataclass(frozen=True, slots=True)
class Band:
    """Scores that make a colour: above `floor`, or from it on where `inclusive`."""

    colour: RiskColour
    floor: Decimal
    inclusive: bool = True

    def holds(self, score: Decimal) -> bool:
        """Whether the score reaches the band."""
        return score >= self.floor if self.inclusive else score > self.floor


@dataclass(frozen=True, slots=True)
class Method:
    """Product of factors, each of a closed list of values; `bands` run from the gravest down.

    In force from `valid_from` up to the day before `valid_to`.
    """

    id: str
    version: str
    factors: Mapping[str, tuple[Decimal, ...]]
    bands: tuple[Band, ...]
    source: str
    valid_from: date
    valid_to: date | None = None
    confirmed: bool = True

    def holds(self, day: date) -> bool:
        """Whether the method may be used for an evaluation of `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Score:
    """Result of an evaluation with all that it came from."""

    method_id: str
    method_version: str
    inputs: Mapping[str, Decimal]
    value: Decimal
    colour: RiskColour


R = RiskColour
_SCALE = _values("1", "2", "3", "4", "5")

METHODS: tuple[Method, ...] = (
    Method(
        "LEC",
        "1",
        {
            "L": _values("10", "6", "3", "1", "0.5", "0.2", "0.1"),
            "E": _values("10", "6", "3", "2", "1", "0.5"),
            "C": _values("100", "40", "15", "7", "3", "1"),
        },
        (
            Band(R.RED, Decimal(320), inclusive=False),
            Band(R.ORANGE, Decimal(160)),
            Band(R.YELLOW, Decimal(70)),
            Band(R.BLUE, Decimal(0), inclusive=False),
        ),
        "Graham and Kinney (作业条件危险性评价法, D = L·E·C); four-colour cut-offs of practice",
        date(2016, 10, 9),
        confirmed=False,
    ),
    Method(
        "LS",
        "1",
        {"L": _SCALE, "S": _SCALE},
        (
            Band(R.RED, Decimal(20)),
            Band(R.ORANGE, Decimal(15)),
            Band(R.YELLOW, Decimal(9)),
            Band(R.BLUE, Decimal(1)),
        ),
        "风险矩阵法 (R = L·S); cut-offs as used in Shandong",
        date(2016, 10, 9),
        confirmed=False,
    ),
)


def methods_on(day: date, methods: Iterable[Method] = METHODS) -> list[Method]:
    """Methods in force on `day`."""
    return [one for one in methods if one.holds(day)]


def method(method_id: str, day: date, methods: Iterable[Method] = METHODS) -> Method:
    """The method that an evaluation of `day` uses; of several versions the newest.

    Raises:
        NoMethod: none of this id is in force.
    """
    found = [one for one in methods if one.id == method_id and one.holds(day)]
    if not found:
        raise NoMethod(
            f"no method {method_id} is in force on {day}; see riskMethods",
            path=("input", "method"),
        )
    return max(found, key=lambda one: one.valid_from)


def evaluate(chosen: Method, inputs: Mapping[str, Decimal]) -> Score:
    """The product of the factors and the colour that it makes.

    Raises:
        Invalid: a factor is missing or unknown, or has a value that the method does not know.
    """
    if set(inputs) != set(chosen.factors):
        raise Invalid(
            f"{chosen.id} takes {', '.join(chosen.factors)}, each once", path=("input", "inputs")
        )
    for name, allowed in chosen.factors.items():
        if inputs[name] not in allowed:
            raise Invalid(
                f"{name} is one of {', '.join(map(str, allowed))}", path=("input", "inputs", name)
            )
    value = prod(inputs.values(), start=Decimal(1))
    colour = next(band.colour for band in chosen.bands if band.holds(value))
    return Score(chosen.id, chosen.version, dict(inputs), value, colour)
