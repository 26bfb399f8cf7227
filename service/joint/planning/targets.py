"""Targets that contradict one another (N13): the smallest set of rules that cannot all be kept.

A policy asks for full coverage every half year while the law caps inspections and forbids special
inspections of everybody (重庆市政府令第375号 art. 27), and officers are few.  Each target is one
rule over two numbers, inspections and guidance visits per premises and half year; whether a set
can be kept is found by trying every pair of numbers, and the sets are tried from the smallest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

MOST_VISITS = 26  # per premises and half year: one a week
HALVES = 2


@dataclass(frozen=True, slots=True)
class Load:
    """Inspections and guidance visits of each premises in half a year."""

    inspections: int
    guidance: int


class Target(Protocol):
    """A rule that a load keeps or breaks, with its words in English and Chinese."""

    def kept(self, load: Load) -> bool:
        """Whether the rule is kept."""

    def words(self) -> tuple[str, str]:
        """The rule in English and in Chinese."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every premises so often in half a year; guidance counts where the policy lets it."""

    times: int
    guidance_counts: bool

    def kept(self, load: Load) -> bool:
        """Enough visits of the kinds that count."""
        counted = load.inspections + (load.guidance if self.guidance_counts else 0)
        return counted >= self.times

    def words(self) -> tuple[str, str]:
        """As the policy says it."""
        kind = ("visits", "检查或指导") if self.guidance_counts else ("inspections", "行政检查")
        return (
            f"every premises gets {self.times} {kind[0]} in half a year",
            f"每个场所每半年{kind[1]}{self.times}次（全覆盖）",
        )


@dataclass(frozen=True, slots=True)
class YearlyCap:
    """At most so many inspections of an enterprise in a year; guidance is not counted."""

    most: int

    def kept(self, load: Load) -> bool:
        """Two halves stay within the cap."""
        return load.inspections * HALVES <= self.most

    def words(self) -> tuple[str, str]:
        """国办发〔2024〕54号: each authority publishes its cap."""
        return (
            f"at most {self.most} inspections of an enterprise in a year (国办发〔2024〕54号)",
            f"每家企业每年行政检查不超过{self.most}次（国办发〔2024〕54号）",
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """So many days between two inspections of the same premises."""

    days: int

    def kept(self, load: Load) -> bool:
        """A half year of 182 days holds them."""
        return load.inspections <= 1 or (load.inspections - 1) * self.days < 182

    def words(self) -> tuple[str, str]:
        """A setting of the town."""
        return (
            f"{self.days} days between two inspections of the same premises",
            f"同一场所两次检查间隔不少于{self.days}天",
        )


@dataclass(frozen=True, slots=True)
class NoFullSpecial:
    """Special inspections may not reach everybody (Order 375 art. 27)."""

    def kept(self, load: Load) -> bool:
        """Not every premises is inspected where all inspections are special ones."""
        return load.inspections < 1

    def words(self) -> tuple[str, str]:
        """重庆市政府令第375号 art. 27."""
        return (
            "special inspections may not cover everybody (Order 375 art. 27)",
            "专项检查不得全覆盖、无差别（市政府令第375号第二十七条）",
        )


@dataclass(frozen=True, slots=True)
class Staff:
    """So many officers, each so many visits in half a year, two or more on each visit."""

    officers: int
    visits_each: int
    team: int
    premises: int

    def kept(self, load: Load) -> bool:
        """The officers are enough for all premises."""
        needed = self.premises * (load.inspections + load.guidance) * self.team
        return needed <= self.officers * self.visits_each

    def words(self) -> tuple[str, str]:
        """行政处罚法 art. 42: two officers at least."""
        return (
            f"{self.officers} officers, {self.visits_each} visits each in half a year,"
            f" {self.team} on each visit, {self.premises} premises",
            f"{self.officers}名执法人员，每人半年{self.visits_each}次，每次{self.team}人，"
            f"共{self.premises}个场所",
        )


@dataclass(frozen=True, slots=True)
class MonthlyDuty:
    """Each responsible person guides on site at least once a month."""

    persons: int
    premises: int

    def kept(self, load: Load) -> bool:
        """Guidance visits of half a year are enough for six a person."""
        return self.premises * load.guidance >= 6 * self.persons

    def words(self) -> tuple[str, str]:
        """A19 of the district's work points."""
        return (
            f"each of {self.persons} responsible persons guides on site once a month",
            f"{self.persons}名责任人每人每月检查指导不少于1次",
        )


def feasible(targets: Iterable[Target]) -> bool:
    """Whether some load keeps all of them."""
    rules = list(targets)
    return any(
        all(rule.kept(Load(x, y)) for rule in rules)
        for x in range(MOST_VISITS + 1)
        for y in range(MOST_VISITS + 1)
    )


def conflict(targets: Sequence[Target]) -> tuple[Target, ...]:
    """The smallest set of targets that cannot all be kept; empty when all can."""
    if feasible(targets):
        return ()
    for size in range(1, len(targets) + 1):
        for chosen in combinations(targets, size):
            if not feasible(chosen):
                return chosen
    raise AssertionError("the whole set is infeasible, so a subset is")
