"""The publisher: carries a district's announced events into its log and its feed.

First the events get their places in the log, in the order in which they committed; then log,
pages, lists and snapshot are written under a lock; last the database notes that they are out.
Whoever dies in between is repeated from the last step that committed, with the same bytes.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from service import clock, outbox
from service.ids import new_id
from service.publication import days, feed, keyring
from service.publication.feed import Site
from service.publication.feed_writer import LEAVES, Desk, listed_of, show_keys, write_feed
from service.publication.keyring import Rotation
from service.publication.keyring import signer_of as signer_of
from service.publication.log_writer import Log
from service.publication.notes import Checkpoint
from service.publication.records import PublicationHead, PublicationPart
from service.publication.tlog import TILE_WIDTH, LogCorrupted
from service.settings import settings
from service.storage import Store, store
from tenants.directory import caretaker_scope, districts
from tenants.records import District, owned
from tenants.scope import Owner, Scope
from tenants.wall import Transaction, tenant_transaction

BATCH = 4096  # events of one run: sixteen pages, so that a backlog writes each of them once
TOLD = 1000  # events that one message to whoever announced them names
FEED_LOCK = 0x7066  # first key of the advisory lock that lets one publisher write at a time
LOG_NAME = "anshang.example"  # schema-less name of all logs; a district's code is added

log = structlog.get_logger()

_ASSIGN = """
with pending as (
    select *, row_number() over (order by seq) - 1 as place from (
        select * from publication_events
        where district_id = $2 and seq > $3 order by seq limit $4) as next),
paged as (
    select *, first_value(place) over (partition by entry_id order by seq) as first_place
    from pending),
placed as (
    insert into publication_leaves (id, tenant_id, district_id, leaf_index, page, event_id,
        event_tenant_id, subject_id, entry_id, kind, since, leaf, record, salt, assigned_at)
    select gen_random_uuid(), $1, $2, $5 + p.place,
        case when p.kind = 'PUBLISH' then ($5 + p.place) / $7 else coalesce(
            (select min(l.page) from publication_leaves l
                where l.tenant_id = $1 and l.entry_id = p.entry_id),
            ($5 + p.first_place) / $7) end,
        p.id, p.tenant_id, p.subject_id, p.entry_id, p.kind, p.since, p.leaf, p.record, p.salt, $6
    from paged p returning 1)
select count(*) as placed, coalesce(max(seq), 0) as last_seq from pending
"""


async def publisher_scope(district_id: UUID, actor: str = "task:publication.flush") -> Scope:
    """Every tenant the district has or had: their events stay in the district's log."""
    return await caretaker_scope(district_id, actor)


async def flush(district_id: UUID) -> int:
    """Publish all that was announced in a district; the number of events it carried out.

    Safe to run twice and at once: each event enters the log exactly once.

    Raises:
        LogCorrupted: the bucket contradicts the database; nothing was written.
    """
    scope, carried = await publisher_scope(district_id), 0
    while True:
        async with _indexed(scope) as transaction:
            await _assign(transaction)
        async with _indexed(scope) as transaction:
            carried += await _publish(transaction, store())
            head = await PublicationHead.get(tenant_id=_home(transaction).tenant_id)
            (more,) = await transaction.fetch(
                "select exists (select from publication_events"
                " where district_id = $1 and seq > $2) as more",
                district_id,
                head.last_seq,
            )
            if not more["more"] and head.logged_size == head.size:
                await outbox.settle()
                return carried


async def refresh(district_id: UUID, *, rebuild: bool = False) -> None:
    """Sign a fresh snapshot before the last one goes stale, and close the days that are over.

    `rebuild` writes every page anew.
    """
    async with _indexed(
        await publisher_scope(district_id, "task:publication.refresh")
    ) as transaction:
        head = await PublicationHead.get_or_none(tenant_id=_home(transaction).tenant_id)
        if head is not None:
            pages = range(-(-head.logged_size // feed.PAGE)) if rebuild else ()
            await _publish(transaction, store(), lists_anyway=True, rewrite=pages)


async def refresh_all() -> None:
    """Sign fresh snapshots for every district; a broken log stops no other's."""
    for district_id in await districts("task:publication.refresh"):
        try:
            await refresh(district_id)
        except LogCorrupted:
            log.exception("publication.refresh_refused", district=str(district_id))


async def rotate_key(
    district_id: UUID, overlap: timedelta = keyring.OVERLAP, *, abandon: bool = False
) -> Rotation:
    """Hand the district's log over to the newest seed, and sign what is public with its key.

    The rotation commits first; a process that dies after that is made up by the next refresh.

    Raises:
        NotFound, Conflict, Invalid: see `keyring.rotate`.
    """
    scope = await publisher_scope(district_id, "operator:cli")
    async with _indexed(scope) as transaction:
        await _lock(transaction)
        done = await keyring.rotate(_home(transaction), overlap, abandon=abandon)
    await refresh(district_id)
    return done


def prefix_of(code: str) -> str:
    """Where the feed of the district with this code lies in the public bucket."""
    return f"feed/{code}"


def log_of(code: str) -> Log:
    """The log of the district with this code, as whoever only reads it opens it."""
    return Log(store(), prefix_of(code), signer_of(f"{LOG_NAME}/{code}"))


@asynccontextmanager
async def _indexed(scope: Scope) -> AsyncIterator[Transaction]:
    """A transaction that reads by index whatever the planner's statistics say.

    A log that grew since the last ANALYZE looks small, and one scan too many for each event
    would make the cost of publishing grow with the log.
    """
    async with tenant_transaction(scope) as transaction:
        await transaction.fetch("select set_config('enable_seqscan', 'off', true)")
        yield transaction


def _home(transaction: Transaction) -> Owner:
    assert transaction.scope.home is not None
    return transaction.scope.home


async def _desk(office: Owner, keeper: Store) -> Desk:
    district = await District.get(id=office.district_id)
    head = await PublicationHead.get(tenant_id=office.tenant_id)
    base = settings().feed_url or settings().public_url
    return Desk(
        office,
        Log(keeper, prefix_of(district.code), await keyring.keyring_of(head)),
        Site(head.origin, f"{base}/{prefix_of(district.code)}", f"{district.name}安全生产信用公示"),
    )


async def _assign(transaction: Transaction) -> None:
    """Give places to the next events, under the lock of the head's row."""
    office = _home(transaction)
    district = await District.get(id=office.district_id)
    await transaction.fetch(
        "insert into publication_heads (id, tenant_id, district_id, origin, last_seq, size,"
        " logged_size, root) values ($1, $2, $3, $4, 0, 0, 0, '')"
        " on conflict (tenant_id) do nothing returning id",
        new_id(),
        *owned(office).values(),
        f"{LOG_NAME}/{district.code}",
    )
    head = await PublicationHead.filter(tenant_id=office.tenant_id).select_for_update().get()
    (done,) = await transaction.fetch(
        _ASSIGN,
        office.tenant_id,
        office.district_id,
        head.last_seq,
        BATCH,
        head.size,
        clock.now(),
        feed.PAGE,
    )
    if done["placed"]:
        head.size += done["placed"]
        head.last_seq = done["last_seq"]
        await head.save(update_fields=["size", "last_seq"])


async def _publish(
    transaction: Transaction,
    keeper: Store,
    *,
    lists_anyway: bool = False,
    rewrite: Iterable[int] = (),
) -> int:
    """Write what has a place and is not out yet; the number of events."""
    office = _home(transaction)
    await _lock(transaction)
    head = await PublicationHead.get(tenant_id=office.tenant_id)
    if head.logged_size == head.size and not lists_anyway:
        return 0
    desk = await _desk(office, keeper)
    first = head.logged_size - head.logged_size % TILE_WIDTH
    rows = await transaction.fetch(LEAVES, office.tenant_id, first, head.size)
    known = Checkpoint(head.origin, head.logged_size, bytes.fromhex(head.root))
    checkpoint = await desk.log.extend(
        first, [row["leaf"].encode() for row in rows], known if head.root else None
    )
    if lists_anyway:
        await desk.log.sign_anew()
        await days.close_due(office, desk.log)
    new = [row for row in rows if row["leaf_index"] >= head.logged_size]
    pages = {*rewrite, *(row["page"] for row in listed_of(new))}
    if not await PublicationPart.exists(tenant_id=office.tenant_id):
        pages |= set(range(-(-head.logged_size // feed.PAGE)))  # a feed older than the parts
    await write_feed(transaction, desk, checkpoint, pages)
    await show_keys(desk, head)
    await _note(office, head, checkpoint, new)
    return len(new)


async def _lock(transaction: Transaction) -> None:
    """One publisher writes in a district at a time, until its transaction ends."""
    district = str(_home(transaction).district_id)
    await transaction.fetch("select pg_advisory_xact_lock($1, hashtext($2))", FEED_LOCK, district)


async def _note(
    office: Owner, head: PublicationHead, checkpoint: Checkpoint, new: Iterable[dict[str, Any]]
) -> None:
    """Remember that the events are out, and tell whoever announced them."""
    head.logged_size = checkpoint.size
    head.root = checkpoint.root.hex()
    head.snapshot_at = clock.now()
    await head.save(update_fields=["logged_size", "root", "snapshot_at"])
    if new and settings().publication_witnesses:
        await outbox.emit("publication.grown", office, {"size": checkpoint.size})
    told: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in listed_of(new):
        told[row["event_tenant_id"]].append(row)
    for tenant_id, rows in sorted(told.items()):
        owner = Owner(tenant_id, office.district_id)
        places = [[str(row["subject_id"]), row["kind"], row["leaf_index"]] for row in rows]
        entries = [str(row["entry_id"]) for row in rows]
        for start in range(0, len(rows), TOLD):
            part = slice(start, start + TOLD)
            told_now = {"places": places[part], "entries": entries[part]}
            await outbox.emit("publication.logged", owner, told_now)
