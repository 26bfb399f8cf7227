"""Rules of administration: versions of settings over time, and what a tenant may undergo."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from service.administration.setting_schema import DEFAULTS, Value, check_value
from service.errors import Conflict, Invalid
from tenants.catalogue import Division, DivisionKind

MAX_CHANGES = 100
MAX_NOTE = 400


class TenantKind(Enum):
    """What a tenant is."""

    TOWN = "TOWN"
    STREET = "STREET"
    DISTRICT = "DISTRICT"


class TenantStatus(Enum):
    """Whether a tenant's members may work."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class BodyKind(Enum):
    """Whose enforcement body it is."""

    TOWN = "TOWN"
    DEPARTMENT = "DEPARTMENT"


@dataclass(frozen=True, slots=True)
class Version:
    """One change of a tenant's settings.

    `changes` sets keys, None returning one to its default.  A version that `restores` an
    earlier one sets nothing, and from its day on undoes all versions between the two.
    """

    number: int
    effective_from: date
    changes: Mapping[str, Value | None] = field(default_factory=dict)
    restores: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that differs between two states."""

    key: str
    before: Value
    after: Value


def tenant_kind(division: Division) -> TenantKind:
    """The kind of tenant that a division below the county becomes.

    Townships and units counted as towns are run like towns.

    Raises:
        Invalid: the division is a county or larger.
    """
    if len(division.code) != 9:
        raise Invalid(f"{division.name} ({division.code}) is no town or street", path=("code",))
    return TenantKind.STREET if division.kind is DivisionKind.STREET else TenantKind.TOWN


def body_name(division: Division) -> str:
    """Name of the enforcement body of a town or street."""
    if division.kind is DivisionKind.STREET:
        return f"{division.name}办事处"
    if division.kind is DivisionKind.UNIT:
        return division.name
    return f"{division.name}人民政府"


def check_status(now: TenantStatus, wanted: TenantStatus) -> None:
    """Refuse a change of status that changes nothing.

    Raises:
        Conflict: the tenant has that status already.
    """
    if now is wanted:
        raise Conflict(f"the tenant is {now.value.lower()} already")


def check_move(kind: TenantKind, origin: str, target: str, day: date, today: date) -> None:
    """Refuse a move that cannot be; districts are given by their codes.

    Raises:
        Invalid: the tenant is a district office, stays where it is, or moves in the future.
    """
    if kind is TenantKind.DISTRICT:
        raise Invalid("a district office does not move; move its towns", path=("code",))
    if origin == target:
        raise Invalid(f"the tenant belongs to district {target} already", path=("to",))
    if day > today:
        raise Invalid(
            f"a move takes effect when it is entered; enter it on {day} or later", path=("on",)
        )


def check_changes(changes: Mapping[str, object]) -> dict[str, Value | None]:
    """The changes in the form that is kept.

    Raises:
        Invalid: none, too many, or one that breaks the schema.
    """
    if not changes:
        raise Invalid("name at least one setting to change", path=("input", "changes"))
    if len(changes) > MAX_CHANGES:
        raise Invalid(f"change at most {MAX_CHANGES} settings at once", path=("input", "changes"))
    return {key: check_value(key, value) for key, value in sorted(changes.items())}


def check_effective(day: date, today: date) -> None:
    """Refuse to rewrite what applied in the past.

    Raises:
        Invalid: `day` lies before `today`.
    """
    if day < today:
        raise Invalid(
            f"settings cannot change before today ({today})", path=("input", "effectiveFrom")
        )


def check_note(note: str) -> str:
    """The note without outer blanks.

    Raises:
        Invalid: longer than `MAX_NOTE` characters.
    """
    if len(note.strip()) > MAX_NOTE:
        raise Invalid(f"the note must not exceed {MAX_NOTE} characters", path=("input", "note"))
    return note.strip()


def effective(versions: Iterable[Version], on: date) -> dict[str, Value]:
    """Every setting's value on a day: defaults, then versions by their day, then by number."""
    values = dict(DEFAULTS)
    for version in _in_force(versions, on):
        for key, value in version.changes.items():
            # A key that a later release dropped stays in old versions and means nothing.
            if key in DEFAULTS:
                values[key] = DEFAULTS[key] if value is None else value
    return values


def chosen(versions: Iterable[Version], on: date) -> dict[str, Value]:
    """The settings that the tenant chose itself, in force on a day, without any default."""
    values: dict[str, Value] = {}
    for version in _in_force(versions, on):
        for key, value in version.changes.items():
            if value is None:
                values.pop(key, None)
            elif key in DEFAULTS:
                values[key] = value
    return values


def _in_force(versions: Iterable[Version], on: date) -> list[Version]:
    begun = sorted(
        (version for version in versions if version.effective_from <= on),
        key=lambda version: version.number,
        reverse=True,
    )
    undone: set[int] = set()
    for version in begun:
        if version.restores is not None and version.number not in undone:
            undone.update(range(version.restores + 1, version.number))
    kept = [version for version in begun if version.number not in undone]
    return sorted(kept, key=lambda version: (version.effective_from, version.number))


def difference(before: Mapping[str, Value], after: Mapping[str, Value]) -> tuple[Difference, ...]:
    """The settings that differ, by key."""
    return tuple(
        Difference(key, before[key], after[key])
        for key in sorted(before)
        if before[key] != after[key]
    )


def days_of_change(versions: Sequence[Version], since: date) -> tuple[date, ...]:
    """The days after `since` on which some setting gets another value."""
    days = sorted(
        {version.effective_from for version in versions if version.effective_from > since}
    )
    found, before = [], effective(versions, since)
    for day in days:
        after = effective(versions, day)
        if difference(before, after):
            found.append(day)
        before = after
    return tuple(found)


def check_restorable(versions: Sequence[Version], number: int) -> None:
    """Refuse to return to a version that is not there or is the last one.

    Version 0 stands for the defaults.

    Raises:
        Invalid: no such version.
        Conflict: nothing came after it.
    """
    last = max((version.number for version in versions), default=0)
    if number != 0 and number not in {version.number for version in versions}:
        raise Invalid(f"there is no version {number}", path=("input", "version"))
    if number == last:
        raise Conflict(f"version {number} is the last one already", path=("input", "version"))
