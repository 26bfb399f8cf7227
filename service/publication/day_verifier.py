"""What was public on a day, checked from outside: standard library and `cryptography` only.

    python day_verifier.py URL --key KEY --day 2026-11-24 --entry ID
    python day_verifier.py URL --key KEY --audit

The first reads a few objects: the signed note of the day, the proof that the present log goes on
from it, and the entry's leaf in the tree of who stood then, or the two between which it is missing.
The second reads the whole log and compares the note of every day.  Exit status 0: proved, 1: not.
"""

import argparse
import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.request import urlopen
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH, HASH, LEAF = 256, 32, 24
SHOWING = ("PUBLISH", "CORRECT", "RESUME")
Fetch = Callable[[str], bytes]


class Fault(Exception):
    """Something does not prove what it should."""


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def join(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def path(kind: str, index: int, width: int) -> str:
    *above, last = (part.zfill(3) for part in f"{index:,}".split(","))
    partial = "" if width == WIDTH else f".p/{width}"
    return "/".join(["tile", kind, *(f"x{part}" for part in above), last]) + partial


@dataclass
class Tree:
    """A tree of `size` leaves under `prefix`, of which nothing is believed but its root."""

    fetch: Fetch
    prefix: str
    size: int

    def leaves(self, bundle: int) -> list[bytes]:
        """The leaves of one bundle."""
        width = min(WIDTH, self.size - bundle * WIDTH)
        data, place = self.fetch(self.prefix + path("entries", bundle, width)), 0
        found = []
        while place < len(data):
            end = place + 2 + int.from_bytes(data[place : place + 2], "big")
            found.append(data[place + 2 : end])
            place = end
        if place != len(data) or len(found) != width:
            raise Fault(f"bundle {bundle} is cut or holds too much")
        return found

    def leaf(self, index: int) -> bytes:
        return self.leaves(index // WIDTH)[index % WIDTH]

    def node(self, low: int, high: int) -> bytes:
        """Hash over leaves `low` to `high` by the stored tiles."""
        count = high - low
        if count & (count - 1):
            middle = low + split(count)
            return join(self.node(low, middle), self.node(middle, high))
        level = (count.bit_length() - 1) // 8
        first, number = low >> 8 * level, count >> 8 * level
        tile = first // WIDTH
        width = min(WIDTH, (self.size >> 8 * level) - tile * WIDTH)
        data = self.fetch(self.prefix + path(str(level), tile, width))
        start = first % WIDTH * HASH
        row = [data[at : at + HASH] for at in range(start, start + number * HASH, HASH)]
        while len(row) > 1:
            row = [join(row[at], row[at + 1]) for at in range(0, len(row), 2)]
        return row[0]

    def with_leaf(self, index: int, leaf: bytes, low: int = 0, high: int = 0) -> bytes:
        """The root, if `leaf` stands at `index`."""
        high = high or self.size
        if high - low == 1:
            return leaf_hash(leaf)
        middle = low + split(high - low)
        if index < middle:
            return join(self.with_leaf(index, leaf, low, middle), self.node(middle, high))
        return join(self.node(low, middle), self.with_leaf(index, leaf, middle, high))

    def roots(self, old: int, low: int = 0, high: int = 0) -> tuple[bytes, bytes]:
        """The roots at `old` leaves and at all, from the same nodes: one goes on from the other."""
        high = high or self.size
        if old == high:
            return (both := self.node(low, high)), both
        middle = low + split(high - low)
        if old <= middle:
            before, now = self.roots(old, low, middle)
            return before, join(now, self.node(middle, high))
        left = self.node(low, middle)
        before, now = self.roots(old, middle, high)
        return join(left, before), join(left, now)


def split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def open_note(note: bytes, keys: list[str]) -> list[str]:
    """Lines of the text that one of the keys signed."""
    text, _, block = note.decode().rpartition("\n\n")
    *lines, rest = block.split("\n")  # nothing but signatures, and none of them twice
    for key in keys:
        name, digest, encoded = key.split("+", 2)
        public = Ed25519PublicKey.from_public_bytes(b64decode(encoded, validate=True)[1:])
        for line in (
            () if rest or len({x for x in lines if x[:2] == "\u2014 "}) < len(lines) else lines
        ):
            written = line.removeprefix(f"\u2014 {name} ")
            signature = b64decode(written, validate=True) if written != line else b""
            if signature[:4].hex() == digest and b64encode(signature).decode() == written:
                with suppress(InvalidSignature):
                    public.verify(signature[4:], f"{text}\n".encode())
                    return text.split("\n")
    raise Fault(f"no valid signature of {keys[0].split('+', 1)[0]}")


def keys_of(fetch: Fetch, key: str) -> list[str]:
    """The key, those it was handed over to, and those that were handed over to it; newest last."""
    notes = [note.encode() for note in json.loads(fetch("handovers.json"))]
    found = [key]
    for note in notes:
        old, new = (line.split(" ")[1] for line in note.decode().split("\n")[1:3])
        if old == found[-1] and open_note(note, [old]) and open_note(note, [new]):
            found.append(new)
    for note in reversed(notes):
        old, new = (line.split(" ")[1] for line in note.decode().split("\n")[1:3])
        if new == found[0] and open_note(note, [new]):
            found.insert(0, old)
    return found


@dataclass
class Day:
    """The signed note of a day."""

    origin: str
    size: int
    root: bytes
    count: int
    tree: bytes


def read_day(fetch: Fetch, day: date, keys: list[str]) -> Day:
    """The note of a day, exactly as it must be written."""
    origin, size, root, named, stood = open_note(fetch(f"days/{day}"), keys)
    word, count, tree = stood.split(" ")
    if (named, word) != (f"day {day}", "standing"):
        raise Fault(f"days/{day} is the note of something else")
    return Day(origin, int(size), b64decode(root), int(count), b64decode(tree))


def check_day(fetch: Fetch, key: str, day: date, entry: UUID) -> int | None:
    """The place in the log by which an entry stood when a day ended, None when it did not."""
    keys = keys_of(fetch, key)
    origin, size, root = open_note(fetch("checkpoint"), keys[-1:])[:3]
    note = read_day(fetch, day, keys)
    log = Tree(fetch, "", int(size))
    if note.origin != origin or not 0 < note.size <= log.size:
        raise Fault("the day is of another log")
    if log.roots(note.size) != (note.root, b64decode(root)):
        raise Fault("the present log does not go on from the log of that day")
    if note.count == 0:
        if note.tree != sha256(b"").digest():
            raise Fault("the tree of that day is not what was signed")
        return None
    tree = Tree(fetch, f"standing/{note.tree.hex()}/", note.count)
    low, high = 0, note.count
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if tree.leaf(middle)[:16] < entry.bytes else (low, middle)
    beside = {at: tree.leaf(at) for at in (low - 1, low) if 0 <= at < note.count}
    for at, leaf in beside.items():
        if len(leaf) != LEAF or tree.with_leaf(at, leaf) != note.tree:
            raise Fault("the tree of that day is not what was signed")
    if low in beside and beside[low][:16] == entry.bytes:
        place = int.from_bytes(beside[low][16:], "big")
        event = log.leaf(place)
        if log.with_leaf(place, event) != b64decode(root):
            raise Fault("the event by which the entry stood is not in the log")
        if UUID(json.loads(event)["entry"]) != entry:
            raise Fault("the event by which the entry stood is of another entry")
        return place
    if any((leaf[:16] < entry.bytes) != (at < low) for at, leaf in beside.items()):
        raise Fault("the tree of that day is not in order")
    return None


def audit(fetch: Fetch, key: str) -> Iterator[str]:
    """A line for each day whose note is not what the log held; every leaf is read once."""
    keys = keys_of(fetch, key)
    origin, size, root = open_note(fetch("checkpoint"), keys[-1:])[:3]
    span = open_note(fetch("snapshot"), keys[-1:])[5].split(" ")
    log, edge, standing = Tree(fetch, "", int(size)), list[tuple[int, bytes]](), dict[bytes, int]()
    leaves = [leaf for bundle in range(-(-log.size // WIDTH)) for leaf in log.leaves(bundle)]
    day, last = (date.fromisoformat(one) for one in span[1:]) if len(span) > 2 else (date.max,) * 2
    before = 0
    while day <= last != date.max:
        note = read_day(fetch, day, keys)
        if not before <= note.size <= log.size:
            raise Fault(f"days/{day} is of another log")
        for index in range(before, note.size):
            grow(edge, leaf_hash(leaves[index]))
            event = json.loads(leaves[index])
            standing.pop(UUID(event["entry"]).bytes, None)
            if event["event"] in SHOWING:
                standing[UUID(event["entry"]).bytes] = index
        before = note.size
        tree = list[tuple[int, bytes]]()
        for entry, place in sorted(standing.items()):
            grow(tree, leaf_hash(entry + place.to_bytes(8, "big")))
        held = Day(origin, before, root_of(edge), len(standing), root_of(tree))
        if note != held:
            yield f"days/{day} is not what the log held"
        day += timedelta(days=1)
    for leaf in leaves[before:]:
        grow(edge, leaf_hash(leaf))
    if root_of(edge) != b64decode(root):
        yield "the entries do not lead to the root of the checkpoint"


def grow(edge: list[tuple[int, bytes]], node: bytes) -> None:
    """Append a leaf's hash: two complete subtrees of one size are joined."""
    count = 1
    while edge and edge[-1][0] == count:
        count, node = 2 * count, join(edge.pop()[1], node)
    edge.append((count, node))


def root_of(edge: list[tuple[int, bytes]]) -> bytes:
    """The root over complete subtrees, the largest first."""
    if not edge:
        return sha256(b"").digest()
    node = edge[-1][1]
    for _, left in edge[-2::-1]:
        node = join(left, node)
    return node


def opener(base: str) -> Fetch:
    """Reads paths under a web address or a directory, each once."""
    root, kept = base.rstrip("/") if "://" in base else Path(base).resolve().as_uri(), {}

    def fetch(name: str) -> bytes:
        if name not in kept:
            with urlopen(f"{root}/{name}", timeout=30) as answer:  # noqa: S310
                kept[name] = bytes(answer.read())
        return kept[name]

    return fetch


def run(base: str, key: str, day: date | None = None, entry: UUID | None = None) -> int:
    """Check one entry on a day, or every day; print the outcome; the exit status."""
    try:
        if day and entry:
            place = check_day(opener(base), key, day, entry)
            told = f"stood, by leaf {place}" if place is not None else "did not stand"
            sys.stdout.write(f"OK {entry} {told} in the list when {day} ended\n")
            return 0
        faults = list(audit(opener(base), key))
    except (Fault, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        faults = [str(error) if isinstance(error, Fault) else f"malformed: {error!r}"]
    sys.stdout.write("".join(f"FAULT {fault}\n" for fault in faults) or "OK every day\n")
    return 1 if faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Check what was public on a day.")
    parser.add_argument("url", help="address or directory of a district's feed")
    parser.add_argument("--key", required=True, help="key of the log")
    parser.add_argument("--day", type=date.fromisoformat, help="day in China")
    parser.add_argument("--entry", type=UUID, help="id of the entry")
    parser.add_argument("--audit", action="store_true", help="compare every day with the log")
    chosen = parser.parse_args()
    if not chosen.audit and not (chosen.day and chosen.entry):
        parser.error("give --day and --entry, or --audit")
    asked = (None, None) if chosen.audit else (chosen.day, chosen.entry)
    sys.exit(run(chosen.url, chosen.key, *asked))
