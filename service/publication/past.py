"""The log as it was: its root at a size, what was removed since, and the days that are over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from service.publication.events import SHOWING
from service.publication.log_writer import Log
from service.publication.notes import BadNote, Checkpoint, split
from service.publication.publisher import log_of
from service.publication.queries import PublicLog
from service.publication.standing import DayNote, Neighbour, path_of, tree_path
from service.publication.tiles import Tiles, reachable
from service.publication.tlog import LogCorrupted, is_consistent
from service.storage import Bucket, ObjectMissing
from tenants.wall import current

_REMOVALS = """
select n.size, count(l.leaf_index) as removals, min(l.assigned_at) as oldest
from unnest($2::bigint[]) as n (size)
left join publication_heads h on h.tenant_id = $1
left join publication_leaves l on l.tenant_id = $1 and l.leaf_index >= n.size
    and l.leaf_index < h.logged_size and l.kind <> all ($3::text[])
group by n.size
"""


@dataclass(frozen=True, slots=True)
class PastRoot:
    """Root of the log when it held so many events; None where it never did up to now."""

    size: int
    root: bytes | None


async def root_at(code: str, size: int) -> PastRoot | None:
    """The root of a district's log at a size, by the tiles that everybody reads.

    None while nothing was ever published there.

    Raises:
        Unavailable: the public bucket cannot be reached, or the log is being written.
    """
    log = log_of(code)
    with reachable():
        now, version = await log.checkpoint()
        if not version:
            return None
        if size > now.size:
            return PastRoot(size, None)
        return PastRoot(size, await Tiles(log, now).root_at(size))


def signed_checkpoint(code: str, note: str) -> Checkpoint | None:
    """What a note states when the district's own key signed it, else None."""
    signer = log_of(code).signer
    try:
        stated = Checkpoint.parse(signer.verifier_key.open(note))
    except BadNote:
        return None
    return stated if stated.origin == signer.name else None


async def removals_since(
    office_id: UUID, sizes: Iterable[int]
) -> dict[int, tuple[int, datetime | None]]:
    """By size of the log: removals that came after it, and since when the oldest is out."""
    rows = await current().fetch(
        _REMOVALS, office_id, sorted(set(sizes)), sorted(kind.value for kind in SHOWING)
    )
    return {row["size"]: (row["removals"], row["oldest"]) for row in rows}


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day of a log as everybody reads it: its signed note, and proof that the log goes on."""

    log: PublicLog
    signed: str
    note: DayNote
    consistency: tuple[bytes, ...]

    async def neighbours(self, entry: UUID) -> Sequence[Neighbour]:
        """The leaf of an entry that stood when the day ended, or the two that prove it absent."""
        if not self.note.standing:
            return ()
        log = self.log.tiles.log
        place = Log(log.store, f"{log.prefix}/{tree_path(self.note.root)}", log.signer)
        tree = Tiles(place, Checkpoint("", self.note.standing, self.note.root))
        low, high = 0, self.note.standing
        while low < high:
            middle = (low + high) // 2
            if (await tree.leaf(middle))[:16] < entry.bytes:
                low = middle + 1
            else:
                high = middle
        there = low < self.note.standing and (await tree.leaf(low))[:16] == entry.bytes
        chosen = (low,) if there else (low - 1, low)
        return [
            Neighbour(at, await tree.leaf(at), tuple(await tree.proof(at)))
            for at in chosen
            if 0 <= at < self.note.standing
        ]


async def closed_day(log: PublicLog, day: date) -> ClosedDay | None:
    """A day of a log that is over, None while it is not closed and before the log began.

    Raises:
        Unavailable: the public bucket cannot be reached.
        LogCorrupted: the day is not one of this log.
    """
    place, tiles = log.tiles.log, log.tiles
    try:
        with reachable():
            body, _ = await place.store.get(Bucket.PUBLIC, f"{place.prefix}/{path_of(day)}")
    except ObjectMissing:
        return None
    signed = body.decode(errors="replace")
    try:
        note = DayNote.parse(split(signed)[0])
    except BadNote as error:
        raise LogCorrupted(f"{place.prefix}/{path_of(day)} is no note of a day") from error
    then = note.checkpoint
    if then.size > tiles.checkpoint.size:
        return None  # closed after this head was read
    proof = await tiles.consistency(then.size)
    if note.day != day or not is_consistent(
        then.size, tiles.checkpoint.size, then.root, tiles.checkpoint.root, proof
    ):
        raise LogCorrupted(f"{place.prefix}/{path_of(day)} is not of this log")
    return ClosedDay(log, signed, note, tuple(proof))
