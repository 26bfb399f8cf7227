"""Reading a published log by its tiles: a question costs as many objects as its proof is long.

Tiles and entry bundles never change, so each process keeps the newest that it read.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from service.errors import Unavailable
from service.publication import tlog
from service.publication.events import parse_leaf
from service.publication.log_writer import Log
from service.publication.notes import Checkpoint
from service.publication.tlog import LogCorrupted, Reader, Tile
from service.storage import Bucket, ObjectMissing, StoreUnavailable

UNREACHABLE = "the public log cannot be read now; ask again in a moment"
MEMORY = 16 << 20  # bytes of tiles, bundles and pages that a process keeps
T = TypeVar("T")


class Kept:
    """The newest objects that were read, by key, up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit, self._bytes = limit, 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        """The object, if it is still here."""
        if key in self._bodies:
            self._bodies.move_to_end(key)
        return self._bodies.get(key)

    def put(self, key: str, body: bytes) -> None:
        """Keep it, and let the oldest go."""
        self._bytes += len(body) - len(self._bodies.pop(key, b""))
        self._bodies[key] = body
        while self._bytes > self._limit:
            self._bytes -= len(self._bodies.popitem(last=False)[1])


kept = Kept(MEMORY)


@contextmanager
def reachable() -> Iterator[None]:
    """Say `Unavailable` where the public bucket cannot be reached."""
    try:
        yield
    except StoreUnavailable as error:
        raise Unavailable(UNREACHABLE) from error


async def read(log: Log, path: str, *, anew: bool = False) -> bytes:
    """One object under the log; `anew` for those that change.

    Raises:
        Unavailable: the public bucket cannot be reached, or lacks the object for now.
    """
    key = f"{log.store.bucket_name(Bucket.PUBLIC)}/{log.prefix}/{path}"
    body = None if anew else kept.get(key)
    if body is not None:
        return body
    try:
        with reachable():
            body, _ = await log.store.get(Bucket.PUBLIC, f"{log.prefix}/{path}")
    except ObjectMissing as error:
        raise Unavailable(UNREACHABLE) from error
    if not anew:
        kept.put(key, body)
    return body


@dataclass(frozen=True, slots=True)
class Tiles:
    """The log of a checkpoint, read from its tiles when it is asked.

    Every method raises `Unavailable` when the public bucket cannot be read.
    """

    log: Log
    checkpoint: Checkpoint

    async def leaf(self, index: int) -> bytes:
        """The exact bytes of a leaf, from the one bundle that holds it."""
        (leaf,) = await self.leaves(index, index + 1)
        return leaf

    async def leaves(self, start: int, end: int) -> list[bytes]:
        """The leaves from `start` up to `end`, without it; each bundle is read once."""
        if start >= end:
            return []
        first = start // tlog.TILE_WIDTH
        bundles = range(first, -(-end // tlog.TILE_WIDTH))
        bodies = await asyncio.gather(*(read(self.log, self._path(one)) for one in bundles))
        held = [leaf for body in bodies for leaf in tlog.unbundle(body)]
        return held[start - first * tlog.TILE_WIDTH : end - first * tlog.TILE_WIDTH]

    def _path(self, bundle: int) -> str:
        width = min(tlog.TILE_WIDTH, self.checkpoint.size - bundle * tlog.TILE_WIDTH)
        return tlog.bundle_path(bundle, width)

    async def proof(self, index: int) -> list[bytes]:
        """Audit path of a leaf to the root of the checkpoint, checked before it is shown.

        Raises:
            LogCorrupted: the stored tiles and entries do not lead to the checkpoint.
        """
        size = self.checkpoint.size
        path = await self._ask(lambda tiles: tlog.inclusion_proof(index, size, tiles))
        leaf = tlog.leaf_hash(await self.leaf(index))
        if tlog.root_from_inclusion(leaf, index, size, path) != self.checkpoint.root:
            raise LogCorrupted(f"leaf {index} does not lead to the root of {self.log.prefix}")
        return path

    async def consistency(self, old: int) -> list[bytes]:
        """Proof that the log of `old` entries is a prefix of this one.

        Raises:
            ValueError: the log never had, or does not have yet, so many entries.
        """
        size = self.checkpoint.size
        if not 0 < old <= size:
            raise ValueError(f"a log of {size} never had {old} entries")
        return await self._ask(lambda tiles: tlog.consistency_proof(old, size, tiles))

    async def root_at(self, size: int) -> bytes:
        """Root of the log when it held so many events."""
        return await self._ask(lambda tiles: tlog.root(size, tiles))

    async def size_at(self, at: datetime) -> int:
        """Number of events up to an instant; found by halves, since instants never go back."""
        low, high = 0, self.checkpoint.size
        while low < high:
            middle = (low + high) // 2
            if parse_leaf(await self.leaf(middle)).at <= at:
                low = middle + 1
            else:
                high = middle
        return low

    async def _ask(self, question: Callable[[Reader], T]) -> T:
        """Answer from the tiles that the question needs, all read at once."""
        size = self.checkpoint.size
        needed = tlog.tiles_needed(size, question)
        found = await asyncio.gather(*(read(self.log, tile.path) for tile in needed))
        held: dict[Tile, bytes] = dict(zip(needed, found, strict=True))
        return question(tlog.tile_reader(size, held.__getitem__))
