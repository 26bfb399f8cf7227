"""Rules of plates: who may stand on one, what a change makes of it, and when it is current."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from types import MappingProxyType
from uuid import UUID

from service.errors import Conflict, Invalid

SELECTION_MAX = 5000
"""Premises in one assignment; a larger town assigns by grid, trade or list."""


class Slot(Enum):
    """Place on a plate."""

    ADMIN_HEAD = "ADMIN_HEAD"  # 行政负责人
    INDUSTRY_HEAD = "INDUSTRY_HEAD"  # 行业监管部门负责人
    ENTERPRISE_HEAD = "ENTERPRISE_HEAD"  # 企业责任人


class PlateState(Enum):
    """Where a version of a plate stands; of one premises at most one version is CURRENT."""

    CURRENT = "CURRENT"
    SUPERSEDED = "SUPERSEDED"
    WITHDRAWN = "WITHDRAWN"


class PlateStep(Enum):
    """What can happen to the current version."""

    SUPERSEDE = "SUPERSEDE"
    WITHDRAW = "WITHDRAW"


MOVES: Mapping[tuple[PlateState, PlateStep], PlateState] = MappingProxyType(
    {
        (PlateState.CURRENT, PlateStep.SUPERSEDE): PlateState.SUPERSEDED,
        (PlateState.CURRENT, PlateStep.WITHDRAW): PlateState.WITHDRAWN,
    }
)


class Outcome(Enum):
    """What an assignment makes of one premises."""

    NEW = "NEW"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    INCOMPLETE = "INCOMPLETE"
    """Nobody is known for one of the three places, so there can be no plate."""


class OutOfOffice(Conflict):
    """The person is not in office on the day."""

    code = "OUT_OF_OFFICE"


class WrongPerson(Conflict):
    """An official stands for the authorities, a person of the enterprise for the enterprise."""

    code = "WRONG_PERSON"


@dataclass(frozen=True, slots=True)
class Term:
    """Time in office: `since` is the first day, `until` the first day no longer in office."""

    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the person is in office on `day`."""
        return self.since <= day and (self.until is None or day < self.until)

    def spans(self, first: date, last: date) -> bool:
        """Whether the person is in office on every day from `first` to `last`."""
        return self.since <= first and (self.until is None or last < self.until)


@dataclass(frozen=True, slots=True)
class Heads:
    """Persons by their place; None where nobody is known, or, in a wish, nothing is to change."""

    admin: UUID | None = None
    industry: UUID | None = None
    enterprise: UUID | None = None

    def over(self, below: "Heads") -> "Heads":
        """These, and those of `below` where these say nothing."""
        return Heads(
            self.admin or below.admin,
            self.industry or below.industry,
            self.enterprise or below.enterprise,
        )

    def replaced(self, leaving: UUID, coming: UUID) -> "Heads":
        """The same with `coming` wherever `leaving` stood."""
        return Heads(*(coming if one == leaving else one for one in self.all()))

    def all(self) -> tuple[UUID | None, UUID | None, UUID | None]:
        """In the order of `Slot`."""
        return self.admin, self.industry, self.enterprise

    def missing(self) -> list[Slot]:
        """Places for which nobody is known."""
        return [slot for slot, one in zip(Slot, self.all(), strict=True) if one is None]


@dataclass(frozen=True, slots=True)
class Place:
    """Premises with what is known: the heads on its plate, and who could stand for the trader."""

    premises_id: UUID
    enterprise_id: UUID
    version: int = 0
    """Of the newest version ever issued, 0 where there was none."""
    current: Heads | None = None
    own_head: UUID | None = None
    """The one person of the enterprise in office; None where there is none or more than one."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an assignment makes of one premises."""

    place: Place
    heads: Heads
    outcome: Outcome


def change(place: Place, wish: Heads) -> Change:
    """What the wish makes of the place; whoever is not wished for stays."""
    heads = wish.over(place.current or Heads()).over(Heads(enterprise=place.own_head))
    if heads.missing():
        return Change(place, heads, Outcome.INCOMPLETE)
    if place.current is None:
        return Change(place, heads, Outcome.NEW)
    return Change(place, heads, Outcome.UNCHANGED if heads == place.current else Outcome.CHANGED)


def step(state: PlateState, taken: PlateStep) -> PlateState:
    """The state after `taken`.

    Raises:
        Conflict: the version has ended.
    """
    after = MOVES.get((state, taken))
    if after is None:
        raise Conflict("this version has ended; issue a new one")
    return after


def check_term(since: date, until: date | None) -> Term:
    """The term, which does not end before it begins.

    Raises:
        Invalid: as said.
    """
    if until is not None and until < since:
        raise Invalid(f"the term began on {since}", path=("input", "leftOn"))
    return Term(since, until)


def check_official(enterprise_id: UUID | None, slot: Slot) -> None:
    """Refuse a person of an enterprise as a head of the authorities, and the reverse.

    Raises:
        WrongPerson: as said.
    """
    if (enterprise_id is None) == (slot is Slot.ENTERPRISE_HEAD):
        raise WrongPerson(
            f"this person cannot be {slot.value}: an official has no enterprise,"
            " a person of the enterprise has one"
        )


def check_size(chosen: Collection[UUID]) -> None:
    """Refuse to assign nothing, or more than `SELECTION_MAX` premises at once.

    Raises:
        Invalid: as said.
    """
    if not chosen:
        raise Invalid("no operating premises were chosen", path=("input", "where"))
    if len(chosen) > SELECTION_MAX:
        raise Invalid(f"choose at most {SELECTION_MAX} premises", path=("input", "where"))
