"""Writing the log of one district into the public bucket, by compare and swap.

The place of every event is fixed in the database before anything is written, and all bytes
follow from it; so two writers write the same objects, and a writer that died is simply repeated.
"""

import asyncio
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass

from service.publication import tlog
from service.publication.notes import DASH, BadNote, Checkpoint, Keyring, split
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
    signer: Keyring

    async def checkpoint(self) -> tuple[Checkpoint, str]:
        """The present checkpoint and its version; an empty version where there is none yet.

        Raises:
            LogCorrupted: the stored checkpoint is not ours.
        """
        note, version = await self.note()
        if not version:
            return Checkpoint(self.signer.name, 0, tlog.EMPTY_ROOT), ""
        return self._opened(note), version

    async def note(self) -> tuple[str, str]:
        """The present checkpoint as it is stored and its version, empty where there is none."""
        try:
            body, head = await self.store.get(Bucket.PUBLIC, f"{self.prefix}/checkpoint")
        except ObjectMissing:
            return "", ""
        return body.decode(errors="replace"), head.etag

    def _opened(self, note: str) -> Checkpoint:
        try:
            return Checkpoint.parse(self.signer.verifier_key.open(note))
        except BadNote as error:
            raise LogCorrupted(f"{self.prefix}/checkpoint is not signed by this log") from error

    async def sign_anew(self, cosignatures: Sequence[str] = (), on: str | None = None) -> bool:
        """Let the present checkpoint carry a signature of each key that signs now.

        Cosignatures are added, each in the place of an older one of the same key; `on` is the
        text that they are on, and nothing is done once the log has gone on from it.  Returns
        whether anything had to be written.

        Raises:
            LogCorrupted: the stored checkpoint is not ours, or kept changing.
        """
        for _ in range(ATTEMPTS):
            note, version = await self.note()
            if not version:
                return False
            self._opened(note)
            text, lines = split(note)
            if on is not None and text != on:
                return False
            signed = {_signatory(line): line for line in (*lines, *cosignatures)}
            others = (line for who, line in signed.items() if who and who[0] != self.signer.name)
            made = self.signer.sign(text) + "".join(f"{line}\n" for line in others)
            if made == note or await self._swap(made, version):
                return made != note
        raise LogCorrupted(f"{self.prefix}/checkpoint kept changing under the writer")

    async def edge(self, size: int, at: int) -> tlog.Edge:
        """The partial tiles that a log had at `at` entries, read from the log of `size`.

        Raises:
            LogCorrupted: one is missing.
        """
        tiles = tlog.edge_tiles(at, size)
        bodies = await asyncio.gather(*(self._tile(tile) for tile, _ in tiles))
        return [
            [body[i * tlog.HASH : (i + 1) * tlog.HASH] for i in range(width)]
            for body, (_, width) in zip(bodies, tiles, strict=True)
        ]

    async def _tile(self, tile: Tile | None) -> bytes:
        if tile is None:
            return b""
        try:
            body, _ = await self.store.get(Bucket.PUBLIC, f"{self.prefix}/{tile.path}")
        except ObjectMissing as error:
            raise LogCorrupted(f"{self.prefix}/{tile.path} is missing") from error
        return body

    async def extend(
        self, first: int, leaves: Sequence[bytes], known: Checkpoint | None = None
    ) -> Checkpoint:
        """Bring the stored log up to the leaves given, which begin with number `first`.

        `first` is the beginning of an entry bundle.  `known` is a checkpoint of `first` entries
        or more that the caller remembers.  Does nothing when the log holds the leaves.

        Raises:
            LogCorrupted: the stored log is longer, not a prefix of these leaves, or does not
                continue what is `known`.
        """
        size = first + len(leaves)
        hashes = [tlog.leaf_hash(leaf) for leaf in leaves]
        for _ in range(ATTEMPTS):
            stored, version = await self.checkpoint()
            if stored.size > size:
                raise LogCorrupted(f"{self.prefix} has {stored.size} entries, we know of {size}")
            if stored.size < max(first, known.size if known else 0):
                raise LogCorrupted(f"{self.prefix} lost entries: it has {stored.size}")
            begin = await self.edge(stored.size, first)
            await self._prove(stored, first, begin, hashes, known)
            if stored.size == size and version:
                return stored
            edge, tiles = tlog.append(first, begin, hashes)
            files = {tile.path: body for tile, body in tiles.items()}
            files |= _bundles(first, stored.size, leaves)
            await asyncio.gather(*(self._put(path, body) for path, body in files.items()))
            made = Checkpoint(self.signer.name, size, tlog.edge_root(edge))
            if await self._swap(self.signer.sign(made.text()), version):
                return made
        raise LogCorrupted(f"{self.prefix}/checkpoint kept changing under the writer")

    async def _prove(
        self,
        stored: Checkpoint,
        first: int,
        begin: tlog.Edge,
        hashes: Sequence[bytes],
        known: Checkpoint | None,
    ) -> None:
        """That the stored log holds our leaves, continues what is known, and lacks no tile.

        A database that was set back may fill places anew that the log has filled already;
        without this the log would get tiles of one history and bundles of another.
        """
        edge, _ = tlog.append(first, begin, hashes[: stored.size - first])
        if tlog.edge_root(edge) != stored.root:
            raise LogCorrupted(f"the tiles under {self.prefix} do not lead to the checkpoint")
        held = await self.edge(stored.size, stored.size)
        if [row for row in held if row] != [row for row in edge if row]:
            raise LogCorrupted(f"the tiles under {self.prefix} do not lead to the checkpoint")
        if known and known.size >= first:
            before, _ = tlog.append(first, begin, hashes[: known.size - first])
            if tlog.edge_root(before) != known.root:
                raise LogCorrupted(f"the log under {self.prefix} is not the one we wrote before")

    async def _put(self, path: str, body: bytes) -> None:
        key = f"{self.prefix}/{path}"
        await self.store.put(Bucket.PUBLIC, key, body, BYTES, NEVER_CHANGES)

    async def _swap(self, note: str, version: str) -> bool:
        """Set the checkpoint if it is still the version we built upon."""
        key, body = f"{self.prefix}/checkpoint", note.encode()
        if not version:
            return await self.store.put_if_absent(Bucket.PUBLIC, key, body, PLAIN, ALWAYS_ASK)
        try:
            await self.store.put_if_match(Bucket.PUBLIC, key, body, PLAIN, version, ALWAYS_ASK)
        except PreconditionFailed:
            return False
        return True


def _signatory(line: str) -> tuple[str, bytes] | None:
    """Name and key hash in a signature line, None where there is no reading them."""
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        raw = b64decode(encoded, validate=True)
    except Base64Error:
        return None
    return (name, raw[:4]) if (dash, bool(name), len(raw) > 4) == (DASH, True, True) else None


def _bundles(first: int, written: int, leaves: Sequence[bytes]) -> dict[str, bytes]:
    """Entry bundles that hold a leaf number `written` or later."""
    start = written - written % tlog.TILE_WIDTH
    files = {}
    for begin in range(start, first + len(leaves), tlog.TILE_WIDTH):
        part = leaves[begin - first : begin - first + tlog.TILE_WIDTH]
        files[tlog.bundle_path(begin // tlog.TILE_WIDTH, len(part))] = tlog.bundle(part)
    return files
