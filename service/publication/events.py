"""Events of the public log: what happened to an entry, without the name of anyone.

The leaf of an event is canonical JSON.  It commits to the public record by a salted hash; the
salt is published with the record and disappears with it, since repair requires removal
(《信用修复管理办法》).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from service.publication.redaction import canonical


class EventKind(Enum):
    """What happened to an entry in public."""

    PUBLISH = "PUBLISH"
    CORRECT = "CORRECT"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    WITHDRAW = "WITHDRAW"
    REPAIR = "REPAIR"
    EXPIRE = "EXPIRE"
    ANCHOR = "ANCHOR"


SHOWING = frozenset({EventKind.PUBLISH, EventKind.CORRECT, EventKind.RESUME})
"""After these the entry is visible, after all others it is not; an anchor is no entry at all."""


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """One leaf: event `id` happened to `entry` at `at`; `commitment` is to its public record."""

    id: UUID
    entry: UUID
    kind: EventKind
    publication: str
    at: datetime
    commitment: bytes

    def leaf(self) -> bytes:
        """The bytes that enter the log."""
        return canonical(
            {
                "v": 1,
                "id": str(self.id),
                "entry": str(self.entry),
                "event": self.kind.value,
                "class": self.publication,
                "at": instant(self.at),
                "commitment": self.commitment.hex(),
            }
        )


def parse_leaf(leaf: bytes) -> PublicEvent:
    """The event of a leaf.

    Raises:
        ValueError: not a leaf of version 1 in canonical form.
    """
    try:
        raw: dict[str, Any] = orjson.loads(leaf)
        event = PublicEvent(
            UUID(raw["id"]),
            UUID(raw["entry"]),
            EventKind(raw["event"]),
            raw["class"],
            datetime.fromisoformat(raw["at"]),
            bytes.fromhex(raw["commitment"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not an event of this log") from error
    if raw["v"] != 1 or event.leaf() != leaf:
        raise ValueError("not a canonical event of version 1")
    return event


def instant(at: datetime) -> str:
    """An aware instant in UTC to the microsecond, ending in Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
