"""What changed in the schema since its last release, and whether integrators were told.

Breaking and dangerous are what graphql-core's comparison says: a breaking change makes documents
fail that were valid, a dangerous one may surprise a client that does not expect it, such as a
value added to an enum.  Both need a dated entry in `graphql/CHANGELOG.md` that repeats the
sentence of the comparison and says what to do.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)
from graphql.utilities import BreakingChange, DangerousChange, find_schema_changes

CONTRACT = Path(__file__).resolve().parent.parent
CHANGELOG = CONTRACT / "CHANGELOG.md"
RELEASES = CONTRACT / "releases"
ENTRY = re.compile(r"^- (\d{4}-\d{2}-\d{2}) (BREAKING|DANGEROUS): (.+?) — (.+)$")
DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


class Level(Enum):
    """How a change meets a client that was written before it."""

    BREAKING = "BREAKING"
    DANGEROUS = "DANGEROUS"
    SAFE = "SAFE"


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One difference between two schemas, in the words of the comparison."""

    level: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the changelog; `*` in its sentence stands for any text."""

    on: date
    level: str
    sentence: str
    advice: str

    def tells(self, change: Change) -> bool:
        """Whether the entry announces the change."""
        return self.level == change.level and fnmatchcase(change.sentence, self.sentence)


def compare(old: GraphQLSchema, new: GraphQLSchema) -> list[Change]:
    """Every difference, the worst first."""
    found = {Change(_level(one).value, one.description) for one in find_schema_changes(old, new)}
    before = dict(deprecations(old))
    found |= {
        Change(Level.SAFE.value, f"{name} was deprecated: {reason}")
        for name, reason in deprecations(new)
        if before.get(name) != reason
    }
    return sorted(found)


def _level(change: object) -> Level:
    if isinstance(change, BreakingChange):
        return Level.BREAKING
    return Level.DANGEROUS if isinstance(change, DangerousChange) else Level.SAFE


def deprecations(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Each deprecated field, argument, input field and enum value with its reason."""
    for kind in schema.type_map.values():
        if kind.name.startswith("__"):
            continue
        members: dict[str, object] = {}
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            members = {**kind.fields}
            for name, field in kind.fields.items():
                members |= {f"{name}({one}:)": value for one, value in field.args.items()}
        elif isinstance(kind, GraphQLInputObjectType):
            members = {**kind.fields}
        elif isinstance(kind, GraphQLEnumType):
            members = {**kind.values}
        for name, member in members.items():
            reason = getattr(member, "deprecation_reason", None)
            if reason is not None:
                yield f"{kind.name}.{name}", reason


def undated(schema: GraphQLSchema) -> list[str]:
    """What is deprecated without a real day after which it goes."""
    return [name for name, reason in deprecations(schema) if not _dated(reason)]


def _dated(reason: str) -> bool:
    for found in DAY.findall(reason):
        try:
            date.fromisoformat(found)
        except ValueError:
            continue
        return True
    return False


def entries(text: str) -> list[Entry]:
    """The dated entries of the part of a changelog that is not released.

    Raises:
        ValueError: a line that begins like an entry and is none.
    """
    part = text.partition("## Unreleased")[2].partition("\n## ")[0]
    found = []
    for line in part.splitlines():
        matched = ENTRY.match(line)
        if matched:
            day, level, sentence, advice = matched.groups()
            found.append(Entry(date.fromisoformat(day), level, sentence.strip("`"), advice))
        elif line.startswith("- "):
            raise ValueError(f"not `- YYYY-MM-DD LEVEL: sentence — advice`: {line}")
    return found


def untold(changes: Iterable[Change], told: list[Entry]) -> list[Change]:
    """Breaking and dangerous changes that no entry announces."""
    return [
        change
        for change in changes
        if change.level != Level.SAFE.value and not any(one.tells(change) for one in told)
    ]


def idle(changes: list[Change], told: list[Entry]) -> list[Entry]:
    """Entries that announce no change, patterns excepted: they may serve later ones."""
    return [
        one
        for one in told
        if "*" not in one.sentence and not any(one.tells(change) for change in changes)
    ]


def last_release(folder: Path = RELEASES) -> Path:
    """The schema of the newest release.

    Raises:
        FileNotFoundError: no release is kept there, as in an installed package.
    """
    found = [one for one in folder.glob("*.graphql") if _version(one)]
    if not found:
        raise FileNotFoundError(f"no released schema in {folder}")
    return max(found, key=_version)


def _version(path: Path) -> tuple[int, ...]:
    parts = path.stem.split(".")
    return tuple(int(one) for one in parts) if all(one.isdecimal() for one in parts) else ()


def read(path: Path) -> GraphQLSchema:
    """The schema printed in a file."""
    return build_schema(path.read_text(encoding="utf-8"))
