"""What a file would change in the register: a comparison without a statement, row by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID

from service.ids import new_id
from service.register.columns import COLUMNS, identity

ENTERPRISE = tuple(column.field for column in COLUMNS if not column.place)
PLACE = ("place_name", "address", "latitude", "longitude")


class ImportState(Enum):
    """Where an import stands."""

    AWAITING = "AWAITING"  # of its file
    CHECKING = "CHECKING"
    CHECKED = "CHECKED"
    UNREADABLE = "UNREADABLE"
    COMMITTING = "COMMITTING"
    COMMITTED = "COMMITTED"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


class Outcome(Enum):
    """What a row comes to."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


@dataclass(slots=True)
class Known:
    """What the register has of the enterprises that a file names."""

    enterprises: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    """Values by id, with `version`."""
    places: dict[tuple[UUID, str], dict[str, Any]] = field(default_factory=dict)
    """Values by enterprise and address, with `id` and `version`."""


@dataclass(slots=True)
class Change:
    """One enterprise or place as it was and as it becomes; nothing before where it is new."""

    id: UUID
    enterprise_id: UUID
    row: int
    before: dict[str, Any]
    after: dict[str, Any]
    version: int
    new: bool


@dataclass(slots=True)
class Plan:
    """All changes of one file, and what each of its rows comes to."""

    enterprises: list[Change] = field(default_factory=list)
    places: list[Change] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def count(self, outcome: Outcome) -> int:
        """Rows that come to this."""
        return sum(one is outcome for one in self.outcomes.values())


def plan(rows: Iterable[tuple[int, Mapping[str, Any]]], known: Known) -> Plan:
    """What these rows, by number, make of what is known.

    An enterprise is met by its credit code, else by its old number where it has no code yet.
    """
    made = Plan()
    by_code = {e["credit_code"]: i for i, e in known.enterprises.items() if e["credit_code"]}
    by_number = {e["alternate_id"]: i for i, e in known.enterprises.items() if not e["credit_code"]}
    seen: dict[tuple[str, str], UUID] = {}
    for number, values in rows:
        key = identity(dict(values))
        assert key is not None
        outcomes = []
        if key in seen:
            enterprise = seen[key]
        else:
            found = by_code.get(values.get("credit_code")) or by_number.get(
                values.get("alternate_id")
            )
            enterprise = seen[key] = found or new_id()
            outcomes.append(_enterprise(made, number, values, enterprise, known))
        if values.get("address"):
            outcomes.append(_place(made, number, values, enterprise, known))
        made.outcomes[number] = _worst(outcomes)
    return made


def _worst(outcomes: Sequence[Outcome]) -> Outcome:
    for one in (Outcome.CREATED, Outcome.CHANGED):
        if one in outcomes:
            return one
    return Outcome.UNCHANGED


def _enterprise(
    made: Plan, number: int, values: Mapping[str, Any], enterprise: UUID, known: Known
) -> Outcome:
    before = known.enterprises.get(enterprise)
    if before is None:
        after = {"risk": "BLUE", **{name: values[name] for name in ENTERPRISE if name in values}}
        made.enterprises.append(Change(enterprise, enterprise, number, {}, after, 1, new=True))
        return Outcome.CREATED
    given = {name: values[name] for name in ENTERPRISE if name in values}
    return _differs(made.enterprises, number, enterprise, enterprise, before, given)


def _place(
    made: Plan, number: int, values: Mapping[str, Any], enterprise: UUID, known: Known
) -> Outcome:
    given = {
        "address": values["address"],
        "latitude": values["latitude"],
        "longitude": values["longitude"],
    }
    before = known.places.get((enterprise, values["address"]))
    if before is None:
        name = values.get("place_name") or values["name"]
        made.places.append(
            Change(new_id(), enterprise, number, {}, {"name": name, **given}, 1, new=True)
        )
        return Outcome.CREATED
    if "place_name" in values:
        given["name"] = values["place_name"]
    return _differs(made.places, number, before["id"], enterprise, before, given)


def _differs(
    changes: list[Change],
    number: int,
    identifier: UUID,
    enterprise: UUID,
    before: Mapping[str, Any],
    given: Mapping[str, Any],
) -> Outcome:
    names = [name for name, value in given.items() if before[name] != value]
    if not names:
        return Outcome.UNCHANGED
    changes.append(
        Change(
            identifier,
            enterprise,
            number,
            {name: before[name] for name in names},
            {name: given[name] for name in names},
            before["version"] + 1,
            new=False,
        )
    )
    return Outcome.CHANGED
