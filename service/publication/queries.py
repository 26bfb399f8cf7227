"""What anybody can ask of a district's public log, answered from the public bucket alone."""

import asyncio
import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from service import clock
from service.errors import Unavailable
from service.publication import tlog
from service.publication.events import SHOWING, PublicEvent, parse_leaf
from service.publication.feed import MANIFEST, page_path, snapshot_size
from service.publication.log_writer import Log
from service.publication.notes import Checkpoint
from service.publication.publisher import LOG_NAME, prefix_of, signer_of
from service.storage import Bucket, Head, ObjectMissing, StoreUnavailable, store

_CODE = re.compile(r"[0-9A-Za-z]{1,12}")
_PATH = re.compile(r"[0-9A-Za-z._-]+(?:/[0-9A-Za-z._-]+)*")
_KEPT = 64  # districts whose log stays in memory
_cache: OrderedDict[str, "PublicLog"] = OrderedDict()


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """An entry as it stood on a day; `item` is its feed item while the same words still stand.

    What was corrected, suspended or ended since then is not repeated: the log proves that it
    stood there, and the name is gone.
    """

    index: int
    event: PublicEvent
    since: datetime
    item: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class PublicLog:
    """A district's log as it is published, with the version it was read at."""

    version: tuple[str, str]
    note: str
    key: str
    checkpoint: Checkpoint
    leaves: tuple[bytes, ...]
    hashes: tuple[bytes, ...]
    listed_size: int
    pages: dict[str, list[dict[str, Any]]]
    items: dict[str, dict[str, Any]]

    def entries(self, at: datetime) -> list[PublicEntry]:
        """What was visible at an instant, in the order of the log.

        Counts the events that the signed snapshot covers: the pages are written after the log,
        and whoever asks here and then reads a page finds the same in both.
        """
        last: dict[UUID, tuple[int, PublicEvent]] = {}
        since: dict[UUID, datetime] = {}
        for index, leaf in enumerate(self.leaves[: self.listed_size]):
            event = parse_leaf(leaf)
            if event.at <= at:
                last[event.entry] = (index, event)
                since.setdefault(event.entry, event.at)
        found = [
            PublicEntry(index, event, since[event.entry], self._item(event, index))
            for index, event in last.values()
            if event.kind in SHOWING
        ]
        return sorted((one for one in found if not _over(one, at)), key=lambda one: one.index)

    def proof(self, index: int) -> list[bytes]:
        """Audit path of a leaf to the root of the checkpoint."""
        read = tlog.list_reader(self.hashes)
        return tlog.inclusion_proof(index, self.checkpoint.size, read)

    def consistency(self, old: int) -> list[bytes]:
        """Proof that the log of `old` entries is a prefix of this one.

        Raises:
            ValueError: the log never had, or does not have yet, so many entries.
        """
        read = tlog.list_reader(self.hashes)
        return tlog.consistency_proof(old, self.checkpoint.size, read)

    def later(self, index: int, entry: UUID) -> list[tuple[int, PublicEvent]]:
        """Events of an entry after its event at a place, with their places."""
        named = str(entry).encode()
        return [
            (place, parse_leaf(self.leaves[place]))
            for place in range(index + 1, len(self.leaves))
            if named in self.leaves[place] and parse_leaf(self.leaves[place]).entry == entry
        ]

    def size_at(self, at: datetime) -> int:
        """Number of events before the first one that happened after an instant."""
        for index, leaf in enumerate(self.leaves):
            if parse_leaf(leaf).at > at:
                return index
        return len(self.leaves)

    def root_at(self, size: int) -> bytes:
        """Root of the log when it held so many events."""
        return tlog.root(size, tlog.list_reader(self.hashes))

    def _item(self, event: PublicEvent, index: int) -> dict[str, Any] | None:
        item = self.items.get(str(event.entry))
        return item if item is not None and item["leaf_index"] == index else None


def _over(entry: PublicEntry, at: datetime) -> bool:
    """Whether its last day has passed, even where the event of its end is late."""
    until = entry.item["record"]["shown"].get("published_until") if entry.item else None
    return until is not None and clock.legal_day(at).isoformat() > until


async def public_log(code: str) -> PublicLog | None:
    """The log of the district with this code, None while nothing was ever published there.

    Raises:
        Unavailable: the public bucket cannot be reached.
    """
    if not _CODE.fullmatch(code):
        return None
    try:
        return await _present(code)
    except StoreUnavailable as error:
        raise Unavailable("the public log cannot be read now; ask again in a moment") from error


async def _present(code: str) -> PublicLog | None:
    log = Log(store(), prefix_of(code), signer_of(f"{LOG_NAME}/{code}"))
    try:
        body, head = await log.store.get(Bucket.PUBLIC, f"{log.prefix}/checkpoint")
        signed, listed = await log.store.get(Bucket.PUBLIC, f"{log.prefix}/snapshot")
    except ObjectMissing:
        return None
    known, version = _cache.get(code), (head.etag, listed.etag)
    if known is None or known.version != version:
        known = await _load(log, body.decode(), signed.decode(), version, known)
        _cache[code] = known
    _cache.move_to_end(code)
    while len(_cache) > _KEPT:
        _cache.popitem(last=False)
    return known


async def feed_object(code: str, path: str) -> tuple[bytes, Head]:
    """One object of a district's feed.

    Raises:
        ObjectMissing: there is none, or the path is not one of ours.
    """
    if not _CODE.fullmatch(code) or not _PATH.fullmatch(path) or ".." in path:
        raise ObjectMissing(path)
    return await store().get(Bucket.PUBLIC, f"{prefix_of(code)}/{path}")


async def _load(
    log: Log, note: str, signed: str, version: tuple[str, str], known: PublicLog | None
) -> PublicLog:
    """Read what `known` does not hold yet: new entry bundles, and pages that changed."""
    key = log.signer.verifier_key
    checkpoint = Checkpoint.parse(key.open(note))
    size, width = checkpoint.size, tlog.TILE_WIDTH
    kept = min(len(known.leaves), size) // width * width if known else 0
    bodies = await _read(
        log,
        [
            tlog.bundle_path(start // width, min(width, size - start))
            for start in range(kept, size, width)
        ],
    )
    new = [leaf for body in bodies for leaf in tlog.unbundle(body)]
    leaves = (*(known.leaves[:kept] if known else ()), *new)
    hashes = (*(known.hashes[:kept] if known else ()), *(tlog.leaf_hash(leaf) for leaf in new))
    if tlog.root(size, tlog.list_reader(hashes)) != checkpoint.root:
        raise tlog.LogCorrupted(f"the entries under {log.prefix} do not lead to the checkpoint")
    pages = await _load_pages(log, known.pages if known else {})
    items = {item["entry"]: item for page in pages.values() for item in page}
    listed = snapshot_size(key.open(signed))
    return PublicLog(version, note, str(key), checkpoint, leaves, hashes, listed, pages, items)


async def _load_pages(
    log: Log, known: dict[str, list[dict[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    """Items of every page by the digest of what was read; unchanged pages are not read again.

    A page may be ahead of the manifest, or not be there yet, while both are being written: it is
    then read again next time.  Its items are safe to use meanwhile, since the leaf each of them
    names is compared with the log.
    """
    (manifest,) = await _read(log, [MANIFEST])
    wanted = {one["json"]: one["page"] for one in json.loads(manifest)["pages"]}
    kept = {digest: known[digest] for digest in wanted if digest in known}
    missing = [page for digest, page in wanted.items() if digest not in known]
    bodies = await asyncio.gather(*(_read_page(log, page) for page in missing))
    return kept | {sha256(body).hexdigest(): json.loads(body) for body in bodies if body}


async def _read_page(log: Log, page: int) -> bytes:
    """The page's file, empty while it is not written yet."""
    try:
        (body,) = await _read(log, [page_path(page, "json")])
    except ObjectMissing:
        return b""
    return body


async def _read(log: Log, paths: list[str]) -> list[bytes]:
    found = await asyncio.gather(
        *(log.store.get(Bucket.PUBLIC, f"{log.prefix}/{path}") for path in paths)
    )
    return [body for body, _ in found]
