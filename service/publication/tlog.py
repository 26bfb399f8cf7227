"""The append-only log: RFC 6962 Merkle hashing stored as C2SP tlog-tiles, and its proofs.

A tile holds 256 hashes of one level, each of a complete subtree; level `L` covers `256**L`
leaves a hash.  A reader gives the hash of the complete subtree of `2**height` leaves number
`index`, so that proofs work the same over a list, over tiles or over the network.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH = 32  # bytes
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
MAX_ENTRY = 0xFFFF  # bytes; an entry bundle prefixes each entry with 16 bits of length
EMPTY_ROOT = sha256(b"").digest()

Reader = Callable[[int, int], bytes]


class LogCorrupted(Exception):
    """The stored log contradicts its own checkpoint; nothing may be appended to it."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Address of a tile; `width` below 256 marks a partial one."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Its path under the log's prefix (tlog-tiles, "Merkle Tree")."""
        return f"tile/{self.level}/{number_path(self.index)}{_partial(self.width)}"


def bundle_path(index: int, width: int = TILE_WIDTH) -> str:
    """Path of an entry bundle (tlog-tiles, "Log Entries")."""
    return f"tile/entries/{number_path(index)}{_partial(width)}"


def number_path(index: int) -> str:
    """Groups of three digits, all but the last with an x: 1234067 is `x001/x234/067`."""
    text = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        text = f"x{index % 1000:03d}/{text}"
    return text


def _partial(width: int) -> str:
    return "" if width == TILE_WIDTH else f".p/{width}"


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def list_reader(leaves: Sequence[bytes]) -> Reader:
    """A reader over leaf hashes in memory."""

    def read(height: int, index: int) -> bytes:
        row = list(leaves[index << height : (index + 1) << height])
        return _fold_complete(row)

    return read


def _fold_complete(row: list[bytes]) -> bytes:
    """Root of a complete subtree given its lowest row."""
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def range_hash(low: int, high: int, read: Reader) -> bytes:
    """Hash of the subtree over leaves `low` to `high`, which starts at a node's edge."""
    count = high - low
    if count & (count - 1) == 0:
        return read(count.bit_length() - 1, low // count)
    middle = low + _split(count)
    return node_hash(range_hash(low, middle, read), range_hash(middle, high, read))


def root(size: int, read: Reader) -> bytes:
    """Root of the tree of the first `size` leaves."""
    return range_hash(0, size, read) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: Reader) -> list[bytes]:
    """Audit path of leaf `index` in the tree of `size` (RFC 6962 section 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(range_hash(middle, high, read))
            high = middle
        else:
            path.append(range_hash(low, middle, read))
            low = middle
    return path[::-1]


def consistency_proof(old: int, new: int, read: Reader) -> list[bytes]:
    """Proof that the tree of `old` is a prefix of the tree of `new` (RFC 6962 section 2.1.2)."""
    if not 0 < old <= new:
        raise ValueError(f"no proof from {old} to {new}")
    path: list[bytes] = []
    low, high, known = 0, new, True
    while old - low != high - low:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(range_hash(middle, high, read))
            high = middle
        else:
            path.append(range_hash(low, middle, read))
            low, known = middle, False
    if not known:
        path.append(range_hash(low, high, read))
    return path[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root a proof leads to (RFC 9162 section 2.1.3.2).

    Raises:
        ValueError: the proof has the wrong length for this place, or something is no hash.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    if any(len(one) != HASH for one in (leaf, *proof)):
        raise ValueError(f"a hash has {HASH} bytes")
    here, last, result = index, size - 1, leaf
    for other in proof:
        if last == 0:
            raise ValueError("the proof is too long")
        if here & 1 or here == last:
            result = node_hash(other, result)
            while here & 1 == 0 and here:
                here, last = here >> 1, last >> 1
        else:
            result = node_hash(result, other)
        here, last = here >> 1, last >> 1
    if last:
        raise ValueError("the proof is too short")
    return result


def is_consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows the old tree to be a prefix of the new (RFC 9162 section 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if any(len(one) != HASH for one in (old_root, new_root, *proof)):
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    first = second = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            first, second = node_hash(other, first), node_hash(other, second)
            while here & 1 == 0 and here:
                here, last = here >> 1, last >> 1
        else:
            second = node_hash(second, other)
        here, last = here >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def locate(height: int, index: int, size: int) -> tuple[Tile, int, int]:
    """Tile, first hash and number of hashes that make up a complete subtree of a log of `size`."""
    level, inner = divmod(height, TILE_HEIGHT)
    first = index << inner
    number = first >> TILE_HEIGHT
    available = (size >> (TILE_HEIGHT * level)) - (number << TILE_HEIGHT)
    return Tile(level, number, min(available, TILE_WIDTH)), first % TILE_WIDTH, 1 << inner


def tile_reader(size: int, tile: Callable[[Tile], bytes]) -> Reader:
    """A reader over the tiles of a log of `size`."""

    def read(height: int, index: int) -> bytes:
        address, first, count = locate(height, index, size)
        data = tile(address)
        row = [data[i * HASH : (i + 1) * HASH] for i in range(first, first + count)]
        return _fold_complete(row)

    return read


def tiles_needed(size: int, question: Callable[[Reader], object]) -> list[Tile]:
    """The tiles that `question` will read, found by asking it with a reader that only notes."""
    seen: set[Tile] = set()

    def note(height: int, index: int) -> bytes:
        seen.add(locate(height, index, size)[0])
        return bytes(HASH)

    question(note)
    return sorted(seen)


Edge = list[list[bytes]]
"""Hashes in the partial tile of each level, lowest first: all that appending must know."""


def edge_tiles(at: int, size: int) -> list[tuple[Tile | None, int]]:
    """Where a log of `size` keeps the partial tile that each level had at `at` entries.

    The second of each pair is the number of hashes it had then; no tile where it had none.
    """
    tiles: list[tuple[Tile | None, int]] = []
    level = 0
    while at >> (TILE_HEIGHT * level):
        count = at >> (TILE_HEIGHT * level)
        index, width = count >> TILE_HEIGHT, count % TILE_WIDTH
        now = min((size >> (TILE_HEIGHT * level)) - (index << TILE_HEIGHT), TILE_WIDTH)
        tiles.append((Tile(level, index, now) if width else None, width))
        level += 1
    return tiles


def edge_root(edge: Edge) -> bytes:
    """Root of the tree that ends in this edge."""
    parts: list[bytes] = []
    for row in reversed(edge):
        start = 0
        for bit in reversed(range(TILE_HEIGHT)):
            if len(row) >> bit & 1:
                parts.append(_fold_complete(row[start : start + (1 << bit)]))
                start += 1 << bit
    if not parts:
        return EMPTY_ROOT
    result = parts.pop()
    while parts:
        result = node_hash(parts.pop(), result)
    return result


def append(size: int, edge: Edge, leaves: Iterable[bytes]) -> tuple[Edge, dict[Tile, bytes]]:
    """The edge after adding leaf hashes to a log of `size`, and every tile that is new.

    Deterministic, so that writing the same leaves twice writes the same bytes.
    """
    rows = [list(row) for row in edge]
    tiles: dict[Tile, bytes] = {}
    touched: set[int] = set()

    def push(level: int, value: bytes) -> None:
        if level == len(rows):
            rows.append([])
        rows[level].append(value)
        touched.add(level)
        if len(rows[level]) == TILE_WIDTH:
            number = (size_now >> (TILE_HEIGHT * (level + 1))) - 1
            tiles[Tile(level, number)] = b"".join(rows[level])
            full, rows[level] = rows[level], []
            push(level + 1, _fold_complete(full))

    size_now = size
    for leaf in leaves:
        size_now += 1
        push(0, leaf)
    for level in touched:
        if rows[level]:
            number = size_now >> (TILE_HEIGHT * (level + 1))
            tiles[Tile(level, number, len(rows[level]))] = b"".join(rows[level])
    return rows, tiles


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries with their lengths, as an entry bundle stores them."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise ValueError(f"an entry of {len(entry)} bytes does not fit a bundle")
        parts.append(len(entry).to_bytes(2, "big") + entry)
    return b"".join(parts)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle.

    Raises:
        ValueError: the bundle ends in the middle of an entry.
    """
    entries, place = [], 0
    while place < len(data):
        length = int.from_bytes(data[place : place + 2], "big")
        entry = data[place + 2 : place + 2 + length]
        if len(entry) != length or place + 2 > len(data):
            raise ValueError("the entry bundle is cut short")
        entries.append(entry)
        place += 2 + length
    return entries
