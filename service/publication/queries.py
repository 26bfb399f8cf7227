"""What anybody can ask of a district's public log, answered from the public bucket alone.

A question reads the pages and tiles that its answer needs and no more, however long the log is.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from service import clock
from service.errors import Unavailable
from service.publication.events import SHOWING, EventKind, PublicEvent, parse_leaf
from service.publication.feed import MANIFEST, PAGE, PART, Stated, page_path, part_path
from service.publication.log_writer import Log
from service.publication.notes import Checkpoint
from service.publication.publisher import log_of, prefix_of
from service.publication.tiles import Tiles, kept, reachable, read
from service.storage import Bucket, Head, ObjectMissing, store

_CODE = re.compile(r"[0-9A-Za-z]{1,12}")
_PATH = re.compile(r"[0-9A-Za-z._-]+(?:/[0-9A-Za-z._-]+)*")
_KEPT = 64  # districts whose head stays in memory
_TURNS = 20  # times that a list which is being written is read again
_PAUSE = 0.1  # seconds between them
_TOLD = "the list is being written; ask again in a moment"
_cache: OrderedDict[str, "PublicLog"] = OrderedDict()


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """An entry as it stood at an instant; `item` is its feed item while the same words stand.

    What was corrected, suspended or ended since then is not repeated: the log proves that it
    stood there, and the name is gone.  `places` are those of all its events, known up to now.
    """

    entry: UUID
    publication: str
    kind: EventKind
    at: datetime
    since: datetime
    index: int
    places: tuple[int, ...]
    item: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Slice:
    """Some entries of a list, and whether there are more after them."""

    entries: list[PublicEntry]
    more: bool


@dataclass(frozen=True, slots=True)
class PublicLog:
    """The head of a district's log and of its lists, with the version it was read at.

    `changed` are the places of events that the lists do not show yet, by entry.
    """

    version: tuple[str, str]
    note: str
    key: str
    tiles: Tiles
    listed_size: int
    parts: tuple[dict[str, Any], ...]
    changed: dict[UUID, tuple[int, ...]]

    @property
    def checkpoint(self) -> Checkpoint:
        """What the log commits to."""
        return self.tiles.checkpoint

    async def entries(
        self,
        at: datetime | None = None,
        *,
        publication: str | None = None,
        start: int = 0,
        limit: int | None = None,
    ) -> Slice:
        """What was visible at an instant, or is now, in the order of first publication.

        Counts the events that the signed snapshot covers: the pages are written after the log,
        and whoever asks here and then reads a page finds the same in both.  Begins with entries
        first published at place `start`.
        """
        size, found = self.listed_size, list[PublicEntry]()
        if at is not None:
            size = min(size, await self.tiles.size_at(at))
        async for page, digest in self.pages(start // PAGE, size, standing=at is None):
            for item in await self.items(page, digest):
                if item["places"][0] < start or item["places"][0] >= size:
                    continue
                one = await self._at(item, size)
                if one.kind not in SHOWING or publication not in (None, one.publication):
                    continue
                if _over(one, at or clock.now()):
                    continue
                if limit is not None and len(found) == limit:
                    return Slice(found, more=True)
                found.append(one)
        return Slice(found, more=False)

    async def count(self, at: datetime | None = None, publication: str | None = None) -> int:
        """How many entries were visible at an instant, or are now."""
        return len((await self.entries(at, publication=publication)).entries)

    def later(self, entry: PublicEntry) -> list[int]:
        """Places of the events of an entry after the one by which it stood there."""
        return sorted({p for p in (*entry.places, *self.changed.get(entry.entry, ()))
                       if p > entry.index})  # fmt: skip

    async def event(self, index: int) -> PublicEvent:
        """The event at a place of the log."""
        return parse_leaf(await self.tiles.leaf(index))

    async def pages(
        self, first: int = 0, size: int | None = None, *, standing: bool = False
    ) -> AsyncIterator[tuple[int, str]]:
        """Number and digest of the pages from `first` on that began below `size`.

        `standing` leaves out those on which nothing stands any more.
        """
        for part in self.parts:
            if (part["part"] + 1) * PART <= first or (standing and not part["listed"]):
                continue
            body = await read(self.tiles.log, part_path(part["part"], "json"), anew=True)
            for page in orjson.loads(body)["pages"]:
                if size is not None and page["page"] * PAGE >= size:
                    return
                if page["page"] >= first and (page["listed"] or not standing):
                    yield page["page"], page["json"]

    async def items(self, page: int, digest: str) -> list[dict[str, Any]]:
        """Items of a page in the order of first publication.

        A page that is newer than the digest shows less, never more, so it is taken as it is; one
        that is older is read again until it has come.

        Raises:
            Unavailable: it did not come in time.
        """
        for turn in range(_TURNS):
            body = kept.get(digest) or await self._page(page)
            items: list[dict[str, Any]] = orjson.loads(body)
            if sha256(body).hexdigest() == digest:
                kept.put(digest, body)
            elif all(item["places"][-1] < self.listed_size for item in items):
                await asyncio.sleep(_PAUSE if turn < _TURNS - 1 else 0)
                continue
            return sorted(items, key=lambda item: int(item["places"][0]))
        raise Unavailable(_TOLD)

    async def _page(self, page: int) -> bytes:
        return await read(self.tiles.log, page_path(page, "json"), anew=True)

    async def _at(self, item: dict[str, Any], size: int) -> PublicEntry:
        """An entry as it stood when the log had `size` events, of which it has one at least."""
        places = tuple(item["places"])
        index, entry = max(place for place in places if place < size), UUID(item["entry"])
        if index != places[-1] or item["leaf_index"] != index:
            event = await self.event(index)
            kind, publication, at = event.kind, event.publication, event.at
        else:
            kind, publication = EventKind(item["event"]), item["record"]["class"]
            at = datetime.fromisoformat(item["at"])
        shown = item if index == places[-1] and entry not in self.changed else None
        since = datetime.fromisoformat(item["since"])
        return PublicEntry(entry, publication, kind, at, since, index, places, shown)


def _over(entry: PublicEntry, at: datetime) -> bool:
    """Whether its last day has passed, even where the event of its end is late."""
    until = entry.item["record"]["shown"].get("published_until") if entry.item else None
    return until is not None and at >= clock.end_of(date.fromisoformat(until))


async def public_log(code: str) -> PublicLog | None:
    """The log of the district with this code, None while nothing was ever published there.

    Raises:
        Unavailable: the public bucket cannot be reached.
    """
    if not _CODE.fullmatch(code):
        return None
    log = log_of(code)
    for _ in range(_TURNS):
        try:
            with reachable():
                body, head = await log.store.get(Bucket.PUBLIC, f"{log.prefix}/checkpoint")
                signed, listed = await log.store.get(Bucket.PUBLIC, f"{log.prefix}/snapshot")
        except ObjectMissing:
            return None
        known, version = _cache.get(code), (head.etag, listed.etag)
        if known is None or known.version != version:
            known = await _load(log, body.decode(), signed.decode(), version)
        if known is not None:
            _cache[code] = known
            _cache.move_to_end(code)
            while len(_cache) > _KEPT:
                _cache.popitem(last=False)
            return known
        await asyncio.sleep(_PAUSE)
    raise Unavailable(_TOLD)


async def _load(log: Log, note: str, signed: str, version: tuple[str, str]) -> PublicLog | None:
    """The head of the log and of its lists; None while manifest and snapshot are being written."""
    key = log.signer.verifier_key
    tiles = Tiles(log, Checkpoint.parse(key.open(note)))
    stated = Stated.parse(key.open(signed))
    manifest = await read(log, MANIFEST, anew=True)
    parts = orjson.loads(manifest).get("parts")  # a feed older than the parts is written anew
    if parts is None or sha256(manifest).hexdigest() != stated.digests.get(MANIFEST):
        return None
    changed: dict[UUID, tuple[int, ...]] = {}
    later = await tiles.leaves(stated.size, tiles.checkpoint.size)
    for place, leaf in enumerate(later, stated.size):
        event = parse_leaf(leaf)
        changed[event.entry] = (*changed.get(event.entry, ()), place)
    return PublicLog(version, note, str(key), tiles, stated.size, tuple(parts), changed)


async def feed_object(code: str, path: str) -> tuple[bytes, Head]:
    """One object of a district's feed.

    Raises:
        ObjectMissing: there is none, or the path is not one of ours.
    """
    if not _CODE.fullmatch(code) or not _PATH.fullmatch(path) or ".." in path:
        raise ObjectMissing(path)
    return await store().get(Bucket.PUBLIC, f"{prefix_of(code)}/{path}")
