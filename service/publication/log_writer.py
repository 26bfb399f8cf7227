"""Writing the log of one district into the public bucket, by compare and swap.

The place of every event is fixed in the database before anything is written, and all bytes
follow from it; so two writers write the same objects, and a writer that died is simply repeated.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from service.publication import tlog
from service.publication.notes import Checkpoint, Signer
from service.publication.tlog import LogCorrupted, Tile
from service.storage import Bucket, ObjectMissing, PreconditionFailed, Store

NEVER_CHANGES = "public, max-age=31536000, immutable"
ALWAYS_ASK = "no-cache"
BYTES = "application/octet-stream"
PLAIN = "text/plain; charset=utf-8"
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Log:
    """A district's log: where it lies, `prefix` without a slash at its end, and who signs it."""

    store: Store
    prefix: str
    signer: Signer

    async def checkpoint(self) -> tuple[Checkpoint, str]:
        """The present checkpoint and its version; an empty version where there is none yet.

        Raises:
            LogCorrupted: the stored checkpoint is not ours.
        """
        try:
            body, head = await self.store.get(Bucket.PUBLIC, f"{self.prefix}/checkpoint")
        except ObjectMissing:
            return Checkpoint(self.signer.name, 0, tlog.EMPTY_ROOT), ""
        try:
            text = self.signer.verifier_key.open(body.decode())
        except ValueError as error:
            raise LogCorrupted(f"{self.prefix}/checkpoint is not signed by this log") from error
        return Checkpoint.parse(text), head.etag

    async def edge(self, checkpoint: Checkpoint) -> tlog.Edge:
        """The partial tiles of the stored log, proved to lead to its checkpoint.

        Raises:
            LogCorrupted: they do not.
        """
        tiles = tlog.edge_tiles(checkpoint.size)
        bodies = await asyncio.gather(*(self._tile(tile) for tile in tiles))
        rows = [
            [body[i : i + tlog.HASH] for i in range(0, len(body), tlog.HASH)] for body in bodies
        ]
        if tlog.edge_root(rows) != checkpoint.root:
            raise LogCorrupted(f"the tiles under {self.prefix} do not lead to the checkpoint")
        return rows

    async def _tile(self, tile: Tile | None) -> bytes:
        if tile is None:
            return b""
        try:
            body, _ = await self.store.get(Bucket.PUBLIC, f"{self.prefix}/{tile.path}")
        except ObjectMissing as error:
            raise LogCorrupted(f"{self.prefix}/{tile.path} is missing") from error
        return body

    async def extend(self, first: int, leaves: Sequence[bytes]) -> Checkpoint:
        """Bring the stored log up to the leaves given, which begin with number `first`.

        `first` is the beginning of an entry bundle.  Does nothing when the log holds them.

        Raises:
            LogCorrupted: the stored log is longer, or not a prefix of these leaves.
        """
        size = first + len(leaves)
        for _ in range(ATTEMPTS):
            stored, version = await self.checkpoint()
            if stored.size > size:
                raise LogCorrupted(f"{self.prefix} has {stored.size} entries, we know of {size}")
            if stored.size == size and version:
                return stored
            if stored.size < first:
                raise LogCorrupted(f"{self.prefix} lost entries: it has {stored.size}")
            edge = await self.edge(stored)
            new = leaves[stored.size - first :]
            edge, tiles = tlog.append(stored.size, edge, [tlog.leaf_hash(leaf) for leaf in new])
            files = {tile.path: body for tile, body in tiles.items()}
            files |= _bundles(first, stored.size, leaves)
            await asyncio.gather(*(self._put(path, body) for path, body in files.items()))
            made = Checkpoint(self.signer.name, size, tlog.edge_root(edge))
            if await self._swap(made, version):
                return made
        raise LogCorrupted(f"{self.prefix}/checkpoint kept changing under the writer")

    async def _put(self, path: str, body: bytes) -> None:
        key = f"{self.prefix}/{path}"
        await self.store.put(Bucket.PUBLIC, key, body, BYTES, NEVER_CHANGES)

    async def _swap(self, made: Checkpoint, version: str) -> bool:
        """Set the checkpoint if it is still the version we built upon."""
        key, body = f"{self.prefix}/checkpoint", self.signer.sign(made.text()).encode()
        if not version:
            return await self.store.put_if_absent(Bucket.PUBLIC, key, body, PLAIN, ALWAYS_ASK)
        try:
            await self.store.put_if_match(Bucket.PUBLIC, key, body, PLAIN, version, ALWAYS_ASK)
        except PreconditionFailed:
            return False
        return True


def _bundles(first: int, written: int, leaves: Sequence[bytes]) -> dict[str, bytes]:
    """Entry bundles that hold a leaf number `written` or later."""
    start = written - written % tlog.TILE_WIDTH
    files = {}
    for begin in range(start, first + len(leaves), tlog.TILE_WIDTH):
        part = leaves[begin - first : begin - first + tlog.TILE_WIDTH]
        files[tlog.bundle_path(begin // tlog.TILE_WIDTH, len(part))] = tlog.bundle(part)
    return files
