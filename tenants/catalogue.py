"""Catalogue of administrative divisions (行政区划), dated: what is where, since when, after what.

The edition that ships is the National Bureau of Statistics' of 2023-06-30, with later changes
as dated rows beside it (`tenants/data/README.md`).  A look-up without a day answers as of the
edition; a division whose `valid_from` is None existed before it, since an unrecorded day.
"""

import csv
import gzip
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

EDITION = date(2023, 6, 30)  # statistical division codes (统计用区划代码), NBS
CODE_LENGTHS = (2, 4, 6, 9)  # digits of province, prefecture, county, town


class DivisionKind(Enum):
    """Level of a division; below the county the 7th digit of the code tells the kind."""

    PROVINCE = "PROVINCE"
    PREFECTURE = "PREFECTURE"
    COUNTY = "COUNTY"
    STREET = "STREET"
    TOWN = "TOWN"
    TOWNSHIP = "TOWNSHIP"
    UNIT = "UNIT"
    """Park, farm or the like that is counted as a town (类似乡级单位)."""


_UPPER_KINDS = {2: DivisionKind.PROVINCE, 4: DivisionKind.PREFECTURE, 6: DivisionKind.COUNTY}
_TOWN_KINDS = {
    "0": DivisionKind.STREET,
    "1": DivisionKind.TOWN,
    "2": DivisionKind.TOWNSHIP,
    "3": DivisionKind.TOWNSHIP,
    "4": DivisionKind.UNIT,
    "5": DivisionKind.UNIT,
}


class ChangeKind(Enum):
    """What happened to a division on a day."""

    OPENED = "OPENED"
    CLOSED = "CLOSED"
    MOVED = "MOVED"
    RENAMED = "RENAMED"


@dataclass(frozen=True, slots=True)
class Division:
    """One division during one span of time; `valid_to` is the first day it was no longer so."""

    code: str
    name: str
    kind: DivisionKind
    parent: str
    valid_from: date | None = None
    valid_to: date | None = None
    successor_of: tuple[str, ...] = ()

    def valid_on(self, day: date) -> bool:
        """Whether the division stood like this on `day`."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Change:
    """One dated change; `name` and `parent` are empty when they stay."""

    day: date
    kind: ChangeKind
    code: str
    name: str = ""
    parent: str = ""
    successor_of: tuple[str, ...] = ()


class UnknownDivision(LookupError):
    """No such division, or not on that day."""


def kind_of(code: str) -> DivisionKind:
    """Kind of the division that bears `code`.

    Raises:
        UnknownDivision: the code has no length or 7th digit that the standard knows.
    """
    kind = _UPPER_KINDS.get(len(code))
    if len(code) == 9:
        kind = _TOWN_KINDS.get(code[6])
    if kind is None:
        raise UnknownDivision(f"{code!r} is not a division code of 2, 4, 6 or 9 characters")
    return kind


def parent_of(code: str) -> str:
    """Code of the division above by prefix; empty for a province."""
    return code[: {9: 6, 6: 4, 4: 2}.get(len(code), 0)]


class Catalogue:
    """Divisions of one edition with the changes after it."""

    def __init__(self, names: dict[str, str], changes: Iterable[Change] = ()) -> None:
        self._names = names
        self._codes = sorted(names)
        self._versions: dict[str, list[Division]] = {}
        self._moved_in: dict[str, set[str]] = {}
        for change in changes:
            self._apply(change)

    def __len__(self) -> int:
        return len(self._names)

    def division(self, code: str, on: date = EDITION) -> Division:
        """The division with `code` as it stood on a day.

        Raises:
            UnknownDivision: no such code, or not on that day.
        """
        for version in self.versions(code):
            if version.valid_on(on):
                return version
        raise UnknownDivision(f"no division {code!r} on {on.isoformat()}")

    def versions(self, code: str) -> tuple[Division, ...]:
        """Every span of the division's life, earliest first; empty when the code is unknown."""
        if code in self._versions:
            return tuple(self._versions[code])
        if code in self._names:
            return (self._base(code),)
        return ()

    def children(self, code: str, on: date = EDITION) -> tuple[Division, ...]:
        """Divisions directly under `code` on a day, by code; `""` gives the provinces."""
        candidates = set(self._by_prefix(code)) | self._moved_in.get(code, set())
        return tuple(
            version
            for candidate in sorted(candidates)
            for version in self.versions(candidate)
            if version.parent == code and version.valid_on(on)
        )

    def towns_of(self, code: str, on: date = EDITION) -> tuple[Division, ...]:
        """Towns and streets under a county, prefecture or province on a day, by code.

        Raises:
            UnknownDivision: no such code, or not on that day.
        """
        if code:
            self.division(code, on)
        found: list[Division] = []
        for child in self.children(code, on):
            found.extend([child] if len(child.code) == 9 else self.towns_of(child.code, on))
        return tuple(sorted(found, key=lambda town: town.code))

    def path(self, code: str, on: date = EDITION) -> tuple[Division, ...]:
        """The division and all above it on a day, province first."""
        here = self.division(code, on)
        return (*self.path(here.parent, on), here) if here.parent else (here,)

    def successors(self, code: str) -> tuple[Division, ...]:
        """Divisions that followed `code` when it closed."""
        return tuple(
            version
            for versions in self._versions.values()
            for version in versions
            if code in version.successor_of
        )

    def search(
        self, name: str, *, within: str = "", on: date = EDITION, limit: int = 20
    ) -> tuple[Division, ...]:
        """Divisions whose name holds `name`: equal ones first, then beginnings, then the rest.

        Words before the last narrow the search to divisions under a so named one: `渝北 龙溪`.
        """
        *above, wanted = name.split() or [""]
        if not wanted:
            return ()
        ranked = sorted(
            (0 if hit.name == wanted else 1 if hit.name.startswith(wanted) else 2, hit.code)
            for hit in self._named(wanted, on)
            if self._is_under(hit, within, above, on)
        )
        return tuple(self.division(code, on) for _, code in ranked[:limit])

    def _named(self, wanted: str, on: date) -> Iterator[Division]:
        for code, name in self._names.items():
            if wanted in name and code not in self._versions:
                yield self._base(code)
        for versions in self._versions.values():
            yield from (v for v in versions if wanted in v.name and v.valid_on(on))

    def _is_under(self, hit: Division, within: str, above: list[str], on: date) -> bool:
        if not within and not above:
            return True
        upper = self.path(hit.code, on)[:-1]
        codes = any(division.code == within for division in upper) or not within
        return codes and all(any(word in d.name for d in upper) for word in above)

    def _base(self, code: str) -> Division:
        return Division(code, self._names[code], kind_of(code), parent_of(code))

    def _by_prefix(self, code: str) -> list[str]:
        length = CODE_LENGTHS[CODE_LENGTHS.index(len(code)) + 1] if code else 2
        low = bisect_left(self._codes, code)
        high = bisect_left(self._codes, code + "\uffff")
        return [candidate for candidate in self._codes[low:high] if len(candidate) == length]

    def _apply(self, change: Change) -> None:
        spans = list(self.versions(change.code))
        if change.kind is ChangeKind.OPENED:
            if spans and spans[-1].valid_to is None:
                raise ValueError(f"division {change.code} exists already on {change.day}")
            opened = Division(
                change.code,
                change.name,
                kind_of(change.code),
                change.parent,
                change.day,
                None,
                change.successor_of,
            )
            spans.append(opened)
            self._moved_in.setdefault(change.parent, set()).add(change.code)
        else:
            spans[-1:] = self._continued(spans, change)
        self._versions[change.code] = spans

    def _continued(self, spans: list[Division], change: Change) -> list[Division]:
        """The last span ended on the day of the change, and what follows it."""
        if not spans or not spans[-1].valid_on(change.day):
            raise ValueError(
                f"division {change.code} cannot change on {change.day}: it is not open"
            )
        last = spans[-1]
        ended = replace(last, valid_to=change.day)
        if change.kind is ChangeKind.CLOSED:
            return [ended]
        following = replace(
            last,
            name=change.name or last.name,
            parent=change.parent or last.parent,
            valid_from=change.day,
        )
        self._moved_in.setdefault(following.parent, set()).add(change.code)
        return [ended, following]


def read_changes(text: str) -> tuple[Change, ...]:
    """Changes of a `changes.csv`, in order of their days."""
    return tuple(
        sorted(
            (
                Change(
                    date.fromisoformat(row["day"]),
                    ChangeKind(row["change"]),
                    row["code"],
                    row["name"],
                    row["parent"],
                    tuple(row["successor_of"].split()),
                )
                for row in csv.DictReader(text.splitlines())
            ),
            key=lambda change: change.day,
        )
    )


def read_names(packed: bytes) -> dict[str, str]:
    """Names by code of a gzipped `code,name` table."""
    lines = gzip.decompress(packed).decode("utf-8").splitlines()
    return {code: name for code, _, name in (line.partition(",") for line in lines[1:])}


@lru_cache(maxsize=4)
def catalogue(changes: Path | None = None) -> Catalogue:
    """The catalogue that ships, read once; `changes` replaces the changes that ship."""
    data = files("tenants") / "data"
    text = (
        (data / "changes.csv").read_text("utf-8") if changes is None else changes.read_text("utf-8")
    )
    return Catalogue(read_names((data / "divisions.csv.gz").read_bytes()), read_changes(text))


def division(code: str, on: date = EDITION) -> Division:
    """The division with `code` on a day, from the catalogue that ships."""
    return catalogue().division(code, on)


def towns_of(code: str, on: date = EDITION) -> tuple[Division, ...]:
    """Towns and streets under `code` on a day, from the catalogue that ships."""
    return catalogue().towns_of(code, on)


def search(
    name: str, *, within: str = "", on: date = EDITION, limit: int = 20
) -> tuple[Division, ...]:
    """Divisions by name, from the catalogue that ships."""
    return catalogue().search(name, within=within, on=on, limit=limit)
