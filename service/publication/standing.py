"""Who stood in the list when a day ended: a tree in the order of entries (RFC 6962 over 24 bytes).

A leaf is the entry's id and the place in the log of the event by which it stands.  The order makes
absence short: of an entry that is not there, two neighbours with nothing between them.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.publication import tlog
from service.publication.notes import BadNote, Checkpoint

LEAF = 24  # bytes: 16 of the entry's id, 8 of the place


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A leaf of the tree at its position, with its audit path."""

    position: int
    leaf: bytes
    path: tuple[bytes, ...]

    @property
    def entry(self) -> UUID:
        """The entry that stands there."""
        return UUID(bytes=self.leaf[:16])

    @property
    def place(self) -> int:
        """The place in the log of the event by which it stands."""
        return int.from_bytes(self.leaf[16:], "big")


@dataclass(frozen=True, slots=True)
class DayNote:
    """What is signed of a day that is over: a checkpoint with two lines more."""

    checkpoint: Checkpoint
    day: date
    standing: int
    root: bytes

    def text(self) -> str:
        """The text that is signed; whoever knows checkpoints only reads it as one."""
        stood = f"standing {self.standing} {b64encode(self.root).decode()}\n"
        return f"{self.checkpoint.text()}day {self.day}\n{stood}"

    @classmethod
    def parse(cls, text: str) -> "DayNote":
        """From the signed text.

        Raises:
            BadNote: not exactly such a text.
        """
        checkpoint = Checkpoint.parse(text)
        try:
            _, _, _, day, stood, _ = text.split("\n")
            _, count, root = stood.split(" ")
            found = cls(
                checkpoint,
                date.fromisoformat(day.removeprefix("day ")),
                int(count),
                b64decode(root, validate=True),
            )
        except (ValueError, Base64Error) as error:
            raise BadNote("the note of a day has six lines") from error
        if found.text() != text:
            raise BadNote("the note of a day is not canonical")
        return found


def path_of(day: date) -> str:
    """Where the note of a day lies in the feed."""
    return f"days/{day}"


def tree_path(root: bytes) -> str:
    """Where a tree lies in the feed; days on which nothing changed share one."""
    return f"standing/{root.hex()}"


def leaf(entry: UUID, place: int) -> bytes:
    """The bytes of a leaf."""
    return entry.bytes + place.to_bytes(LEAF - 16, "big")


def tree(leaves: Sequence[bytes]) -> tuple[bytes, dict[str, bytes]]:
    """Root and objects of the tree of these leaves, which are in order; laid out as a log is."""
    edge, tiles = tlog.append(0, [], [tlog.leaf_hash(one) for one in leaves])
    files = {tile.path: body for tile, body in tiles.items()}
    for start in range(0, len(leaves), tlog.TILE_WIDTH):
        part = leaves[start : start + tlog.TILE_WIDTH]
        files[tlog.bundle_path(start // tlog.TILE_WIDTH, len(part))] = tlog.bundle(part)
    return tlog.edge_root(edge), files


def place_of(entry: UUID, count: int, root: bytes, shown: Iterable[Neighbour]) -> int | None:
    """The place by which an entry stands in a tree of `count` leaves, None when it is absent.

    Raises:
        ValueError: what is shown proves neither.
    """
    found = sorted(shown, key=lambda one: one.position)
    for one in found:
        hashed = tlog.leaf_hash(one.leaf)
        if len(one.leaf) != LEAF or root != tlog.root_from_inclusion(
            hashed, one.position, count, one.path
        ):
            raise ValueError("a neighbour is not in the tree")
        if one.entry == entry:
            return one.place
    match found:
        case [] if count == 0 and root == tlog.EMPTY_ROOT:
            return None
        case [one] if one.position == 0 and entry < one.entry:
            return None
        case [one] if one.position == count - 1 and one.entry < entry:
            return None
        case [left, right] if right.position == left.position + 1:
            if left.entry < entry < right.entry:
                return None
    raise ValueError("these neighbours leave room between them")
