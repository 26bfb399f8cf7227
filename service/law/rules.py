"""Rules as rows: what holds on which day, by which article, in which unit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from service.errors import SafetyError
from service.workdays.rules import Limit
from service.workdays.rules import Unit as TimeUnit


class NoRule(SafetyError):
    """No rule of this id is in force on this day."""

    code = "NO_RULE_IN_FORCE"


class Unit(Enum):
    """What the amount of a rule counts."""

    WORKING_DAYS = "WORKING_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"
    MONTHS = "MONTHS"
    YEARS = "YEARS"
    HOURS = "HOURS"
    FEN = "FEN"
    PERCENT = "PERCENT"
    COUNT = "COUNT"
    TEXT = "TEXT"
    """No amount: the rule is its text, such as a mask or a list of kinds."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, in force from `valid_from` up to the day before `valid_to`.

    `topic` tells apart rules of one id that hold for different things, such as a class of
    publication or an industry; empty where the rule holds for all.  `confirmed` is false where
    the promulgated text could not be checked.
    """

    id: str
    topic: str
    amount: int | None
    unit: Unit
    text: str
    article: str
    source: str
    valid_from: date
    valid_to: date | None
    confirmed: bool

    def holds(self, day: date) -> bool:
        """Whether the rule governs an event of `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    @property
    def number(self) -> int:
        """The amount.

        Raises:
            ValueError: a rule of text has none.
        """
        if self.amount is None:
            raise ValueError(f"rule {self.id} has no amount")
        return self.amount

    @property
    def citation(self) -> str:
        """The law without its year, and the article: `行政处罚法 art. 48`."""
        return f"{self.source.split(' (')[0]} {self.article}"

    @property
    def limit(self) -> Limit:
        """The amount as a length of time in days, months or years.

        Raises:
            ValueError: the rule counts something else.
        """
        return Limit(self.number, TimeUnit(self.unit.value))


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Every rule that the platform knows."""

    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> "RuleBook":
        """A book of those rules."""
        return cls(tuple(rules))

    def rule(self, rule_id: str, day: date, topic: str = "") -> Rule:
        """The rule that governs an event of `day`; of several the one that came last.

        A rule for the very topic goes before one for all topics.

        Raises:
            NoRule: none was in force.
        """
        found = [
            one
            for one in self.rules
            if one.id == rule_id and one.topic in (topic, "") and one.holds(day)
        ]
        if not found:
            about = f" for {topic}" if topic else ""
            raise NoRule(f"no rule {rule_id}{about} is in force on {day}; choose a later day")
        return max(found, key=lambda one: (one.topic == topic, one.valid_from))

    def on(self, day: date) -> list[Rule]:
        """All rules in force on `day`, by id and topic."""
        found = [one for one in self.rules if one.holds(day)]
        return sorted(found, key=lambda one: (one.id, one.topic, one.valid_from))
