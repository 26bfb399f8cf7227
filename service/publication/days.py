"""Days of a log that are over: the checkpoint of then, and the tree of who stood in the list.

A day is closed once and for all, some time after midnight in China; a district that was not
reached for a while closes all that it missed.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from service import clock
from service.ids import new_id
from service.publication import keyring, standing, tlog
from service.publication.events import SHOWING
from service.publication.log_writer import NEVER_CHANGES, PLAIN, Log
from service.publication.notes import Checkpoint
from service.publication.records import PublicationDay, PublicationHead
from service.publication.standing import DayNote, path_of, tree_path
from service.publication.tiles import Tiles
from service.storage import Bucket
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current

AT_ONCE = 40  # days that one run closes, so that what was missed for years holds no lock for long

_NEXT = """
select min(assigned_at) as first from publication_leaves where tenant_id = $1 and leaf_index = 0
"""
_SIZE = """
select count(*) as new from publication_leaves
where tenant_id = $1 and leaf_index >= $2 and assigned_at < $3
"""
_STANDING = """
select entry_id, leaf_index from (
    select distinct on (entry_id) entry_id, leaf_index, kind from publication_leaves
    where tenant_id = $1 and leaf_index < $2 order by entry_id, leaf_index desc) as last
where kind = any ($3::text[]) order by entry_id
"""


async def close_due(office: Owner, log: Log) -> list[date]:
    """Close the days that are over, in the open transaction of a publisher that holds the lock.

    Raises:
        LogCorrupted: the stored log does not lead to the one that the database knows.
    """
    head = await PublicationHead.filter(tenant_id=office.tenant_id).select_for_update().get()
    last = await PublicationDay.filter(tenant_id=office.tenant_id).order_by("-day").first()
    if last is None:
        (row,) = await current().fetch(_NEXT, office.tenant_id)
        if row["first"] is None:
            return []
        day = clock.legal_day(row["first"])
    else:
        day = last.day + timedelta(days=1)
    closed: list[date] = []
    today = clock.legal_day(clock.now())
    while day < today and len(closed) < AT_ONCE:
        size = await _size(office, last.size if last else 0, day)
        if not 0 < size <= head.logged_size:
            break
        last = await _close(office, head, log, day, size, last)
        closed.append(day)
        day += timedelta(days=1)
    return closed


async def _size(office: Owner, before: int, day: date) -> int:
    """Number of events that had their place in the log when a day ended."""
    (row,) = await current().fetch(_SIZE, office.tenant_id, before, clock.end_of(day))
    return before + int(row["new"])


async def _close(
    office: Owner,
    head: PublicationHead,
    log: Log,
    day: date,
    size: int,
    last: PublicationDay | None,
) -> PublicationDay:
    if last is not None and last.size == size:
        root, count, tree_root = (bytes.fromhex(last.root), last.standing,
                                  bytes.fromhex(last.standing_root))  # fmt: skip
    else:
        root = await _root(head, log, size)
        count, tree_root = await _plant(office, log, size, last)
    note = DayNote(Checkpoint(head.origin, size, root), day, count, tree_root)
    signed = (await keyring.keyring_of(head)).sign(note.text())
    await _put(log, path_of(day), signed.encode(), PLAIN)
    return await PublicationDay.create(
        id=new_id(),
        **owned(office),
        day=day,
        size=size,
        root=root.hex(),
        standing=count,
        standing_root=tree_root.hex(),
        note=signed,
    )


async def _root(head: PublicationHead, log: Log, size: int) -> bytes:
    """Root of the log at a size, proved to be a prefix of what we wrote."""
    tiles = Tiles(log, Checkpoint(head.origin, head.logged_size, bytes.fromhex(head.root)))
    root, proof = await tiles.root_at(size), await tiles.consistency(size)
    if not tlog.is_consistent(size, head.logged_size, root, tiles.checkpoint.root, proof):
        raise tlog.LogCorrupted(f"the tiles under {log.prefix} do not lead to the checkpoint")
    return root


async def _plant(
    office: Owner, log: Log, size: int, last: PublicationDay | None
) -> tuple[int, bytes]:
    """Write the tree of the entries that stood at a size; their number and its root."""
    kinds = sorted(kind.value for kind in SHOWING)
    rows = await current().fetch(_STANDING, office.tenant_id, size, kinds)
    root, files = standing.tree([standing.leaf(r["entry_id"], r["leaf_index"]) for r in rows])
    if last is None or last.standing_root != root.hex():
        for name, body in files.items():
            await _put(log, f"{tree_path(root)}/{name}", body, "application/octet-stream")
    return len(rows), root


async def _put(log: Log, path: str, body: bytes, media_type: str) -> None:
    await log.store.put(Bucket.PUBLIC, f"{log.prefix}/{path}", body, media_type, NEVER_CHANGES)


async def span(office_id: UUID) -> tuple[date, date] | None:
    """First and last of the days that are closed, in the open transaction."""
    rows: list[dict[str, Any]] = await current().fetch(
        "select min(day) as first, max(day) as last from publication_days where tenant_id = $1",
        office_id,
    )
    first, last = rows[0]["first"], rows[0]["last"]
    return (first, last) if first and last else None
