"""Discretion (行政处罚裁量基准): a fine lies in the published band, or the decision says why not.

A table gives for an item and a circumstance the least and the most of a fine (行政处罚法 art. 34
asks for published tables).  Tables are dated rules that an operator enters as they are published;
their topic is `item/CIRCUMSTANCE`.  Of an item without a table nothing is asked.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from service.errors import Conflict
from service.law.rules import RuleBook

LEAST, MOST = "DISCRETION_LEAST", "DISCRETION_MOST"


class Circumstance(Enum):
    """How grave the act is by the table."""

    LIGHT = "LIGHT"  # 从轻
    GENERAL = "GENERAL"  # 一般
    GRAVE = "GRAVE"  # 从重


@dataclass(frozen=True, slots=True)
class Band:
    """Least and most of a fine in fen for one circumstance, with where it stands."""

    circumstance: Circumstance
    least_fen: int
    most_fen: int
    source: str
    confirmed: bool


class OutsideDiscretion(Conflict):
    """The fine leaves its band, or no circumstance is named, and no reason is given."""

    code = "OUTSIDE_DISCRETION"


def table(book: RuleBook, item: str, day: date) -> list[Band]:
    """The bands of an item that were in force on a day, the lightest first; empty without any.

    A circumstance whose least or most is missing has no band.
    """
    latest = {(one.id, one.topic): one for one in book.on(day) if one.id in (LEAST, MOST)}
    found = []
    for circumstance in Circumstance:
        topic = f"{item}/{circumstance.value}"
        least, most = latest.get((LEAST, topic)), latest.get((MOST, topic))
        if least is not None and most is not None:
            found.append(
                Band(
                    circumstance,
                    least.number,
                    most.number,
                    least.source,
                    least.confirmed and most.confirmed,
                )
            )
    return found


def check(bands: list[Band], circumstance: Circumstance | None, fine_fen: int, why: str) -> None:
    """Refuse a fine that leaves the table of its item without a reason.

    Raises:
        OutsideDiscretion: as said.
    """
    if not bands or fine_fen == 0 or why.strip():
        return
    band = next((one for one in bands if one.circumstance is circumstance), None)
    if band is None:
        named = ", ".join(one.circumstance.value for one in bands)
        raise OutsideDiscretion(
            f"the item has a table of discretion: name the circumstance ({named}), or the reason "
            f"to depart from it",
            path=("input", "circumstance"),
        )
    if not band.least_fen <= fine_fen <= band.most_fen:
        raise OutsideDiscretion(
            f"the table gives {band.least_fen} to {band.most_fen} fen for "
            f"{band.circumstance.value}; name the reason to depart from it",
            path=("input", "fine"),
        )
