"""The log as it was at a size: its root from the public tiles, and what was removed since."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.errors import Unavailable
from service.publication import tlog
from service.publication.events import SHOWING
from service.publication.log_writer import Log
from service.publication.notes import BadNote, Checkpoint
from service.publication.publisher import LOG_NAME, prefix_of, signer_of
from service.storage import Bucket, ObjectMissing, StoreUnavailable, store
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


def _log(code: str) -> Log:
    return Log(store(), prefix_of(code), signer_of(f"{LOG_NAME}/{code}"))


async def root_at(code: str, size: int) -> PastRoot | None:
    """The root of a district's log at a size, by the tiles that everybody reads.

    None while nothing was ever published there.

    Raises:
        Unavailable: the public bucket cannot be reached, or the log is being written.
    """
    log = _log(code)
    try:
        now, version = await log.checkpoint()
        if not version:
            return None
        if size > now.size:
            return PastRoot(size, None)
        return PastRoot(size, await _root(log, now.size, size))
    except (StoreUnavailable, ObjectMissing) as error:
        raise Unavailable("the public log cannot be read now; ask again in a moment") from error


async def _root(log: Log, whole: int, size: int) -> bytes:
    wanted = tlog.tiles_needed(whole, lambda read: tlog.root(size, read))
    bodies = {}
    for tile in wanted:
        bodies[tile], _ = await log.store.get(Bucket.PUBLIC, f"{log.prefix}/{tile.path}")
    return tlog.root(size, tlog.tile_reader(whole, bodies.__getitem__))


def signed_checkpoint(code: str, note: str) -> Checkpoint | None:
    """What a note states when the district's own key signed it, else None."""
    signer = signer_of(f"{LOG_NAME}/{code}")
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
