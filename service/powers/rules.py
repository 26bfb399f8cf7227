"""Whether a body holds a power on a day, from its dated entries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from service.errors import SafetyError


class Power(Enum):
    """What a body may do to an enterprise."""

    CHECK = "CHECK"  # 检查
    PENALISE = "PENALISE"  # 处罚


ARTICLE = {
    Power.CHECK: "国办发〔2024〕54号; 重庆市政府令第375号 art. 2",
    Power.PENALISE: "行政处罚法 (2021) arts. 17, 24",
}
"""Where each power must come from."""


class NoPower(SafetyError):
    """The body does not hold the power for this item on this day."""

    code = "NO_POWER"


@dataclass(frozen=True, slots=True)
class Grant:
    """A power for items whose codes begin with `item_group`; all items where that is empty."""

    power: Power
    item_group: str
    valid_from: date
    valid_to: date | None
    published_on: date

    def covers(self, item: str, day: date) -> bool:
        """Whether it holds for an item on a day: in force, and published by then."""
        return item.startswith(self.item_group) and self.in_force(day)

    def in_force(self, day: date) -> bool:
        """Whether it had begun and been published by `day`, and had not ended."""
        begun = max(self.valid_from, self.published_on) <= day
        return begun and (self.valid_to is None or day < self.valid_to)


def holds(
    power: Power, items: Iterable[str], day: date, grants: Iterable[Grant], *, standing: bool
) -> bool:
    """Whether the body holds the power for every one of the items.

    `standing` is what the body holds while no dated entry narrows it.
    """
    own = [one for one in grants if one.power is power]
    if not own:
        return standing
    return all(any(one.covers(item, day) for one in own) for item in items)
