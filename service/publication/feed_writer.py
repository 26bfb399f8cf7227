"""Writing the feed of one district: pages, the parts that name them, lists, and the snapshot.

What the log says is written first; whoever dies in here is repeated by the next publisher.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import orjson

from service import clock
from service.publication import days, feed, keyring
from service.publication.events import EventKind, parse_leaf
from service.publication.feed import Entry, Site
from service.publication.log_writer import ALWAYS_ASK, PLAIN, Log
from service.publication.notes import Checkpoint
from service.publication.records import PublicationHead, PublicationPage, PublicationPart
from service.storage import Bucket
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import Transaction

PAGES_AT_ONCE = 32
SNAPSHOT_LIFETIME = timedelta(hours=26)

_COLUMNS = "leaf_index, leaf, record, salt, since, entry_id"
# What is public stands in one table, so that no plan can go wrong over a fresh, unanalysed one.
_PAGE_ENTRIES = f"""
select distinct on (entry_id) {_COLUMNS}, page,
    array_agg(leaf_index) over (partition by entry_id order by leaf_index
        rows between unbounded preceding and unbounded following) as places
from publication_leaves
where tenant_id = $1 and page = any ($2) and leaf_index < $3 and kind <> 'ANCHOR'
order by entry_id, leaf_index desc
"""
_CHOSEN_ENTRIES = f"""
select distinct on (entry_id) {_COLUMNS} from publication_leaves
where tenant_id = $1 and entry_id = any ($2) and leaf_index < $3
order by entry_id, leaf_index desc
"""
LEAVES = """
select leaf, event_tenant_id, subject_id, entry_id, kind, page, leaf_index
from publication_leaves
where tenant_id = $1 and leaf_index >= $2 and leaf_index < $3 order by leaf_index
"""
_KEEP_PAGES = """
insert into publication_pages as p (id, tenant_id, district_id, page, listed, gone, json, csv, html)
select gen_random_uuid(), $1, $2, d.* from unnest($3::bigint[], $4::int[], $5::int[], $6::text[],
    $7::text[], $8::text[]) as d (page, listed, gone, json, csv, html)
on conflict (tenant_id, page) do update set listed = excluded.listed, gone = excluded.gone,
    json = excluded.json, csv = excluded.csv, html = excluded.html returning p.id
"""
_KEEP_PARTS = """
insert into publication_parts as p (id, tenant_id, district_id, part, listed, gone, json, html)
select gen_random_uuid(), $1, $2, d.* from unnest($3::bigint[], $4::int[], $5::int[], $6::text[],
    $7::text[]) as d (part, listed, gone, json, html)
on conflict (tenant_id, part) do update set listed = excluded.listed, gone = excluded.gone,
    json = excluded.json, html = excluded.html returning p.id
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one district publishes."""

    office: Owner
    log: Log
    site: Site


async def write_feed(
    transaction: Transaction, desk: Desk, checkpoint: Checkpoint, pages: Collection[int]
) -> None:
    """The pages that changed, the lists over all of them, and the signed snapshot."""
    at, size = clock.now(), checkpoint.size
    home = desk.office.tenant_id
    await _write_pages(transaction, desk, pages, size)
    parts = await _write_parts(transaction, desk, {page // feed.PART for page in pages})
    recent = await transaction.fetch(LEAVES, home, max(0, size - feed.DELTA), size)
    listed = listed_of(recent)
    named = list({row["entry_id"] for row in listed[-feed.NEWS :]})
    newest = await transaction.fetch(_CHOSEN_ENTRIES, home, named, size)
    lists = feed.list_files(
        desk.site,
        parts,
        [_entry(row) for row in newest],
        [(row["leaf_index"], row["leaf"].encode()) for row in listed],
        at,
    )
    await _put(desk, lists)
    signed = feed.snapshot(
        desk.log.signer, checkpoint, lists, at, at + SNAPSHOT_LIFETIME, await days.span(home)
    )
    await _put(desk, {"snapshot": feed.File(signed.encode(), PLAIN)})


async def _write_pages(
    transaction: Transaction, desk: Desk, pages: Collection[int], size: int
) -> None:
    """These pages in every form, a few at a time, so that a rebuild holds no more than those."""
    wanted = sorted(pages)
    for start in range(0, len(wanted), PAGES_AT_ONCE):
        chosen = wanted[start : start + PAGES_AT_ONCE]
        found: dict[int, list[Entry]] = {page: [] for page in chosen}
        for row in await transaction.fetch(_PAGE_ENTRIES, desk.office.tenant_id, chosen, size):
            found[row["page"]].append(_entry(row))
        files, digests = dict[str, feed.File](), []
        for page, entries in found.items():
            made, digest = feed.page_files(desk.site, page, entries)
            files |= made
            digests.append(digest)
        await _put(desk, files)
        await _keep(transaction, desk.office, _KEEP_PAGES, digests)


async def _write_parts(
    transaction: Transaction, desk: Desk, touched: Collection[int]
) -> list[feed.PartDigest]:
    """The parts of the manifest whose pages changed; what the manifest says of all."""
    home = desk.office.tenant_id
    for part in sorted(touched):
        rows = PublicationPage.filter(
            tenant_id=home, page__gte=part * feed.PART, page__lt=(part + 1) * feed.PART
        )
        names = [one.name for one in fields(feed.PageDigest)]
        digests = [feed.PageDigest(*row) for row in await rows.order_by("page").values_list(*names)]
        files, digest = feed.part_files(desk.site, part, digests)
        await _put(desk, files)
        await _keep(transaction, desk.office, _KEEP_PARTS, [digest])
    names = [one.name for one in fields(feed.PartDigest)]
    known = PublicationPart.filter(tenant_id=home).order_by("part")
    return [feed.PartDigest(*row) for row in await known.values_list(*names)]


async def show_keys(desk: Desk, head: PublicationHead) -> None:
    """The present key, and how it came to be; after all that it signs is there."""
    stated = orjson.dumps(await keyring.handovers(head)) + b"\n"
    key = f"{desk.log.signer.verifier_key}\n"
    await _put(
        desk,
        {
            "handovers.json": feed.File(stated, feed.JSON),
            "key": feed.File(key.encode(), PLAIN),
        },
    )


async def _keep(
    transaction: Transaction,
    office: Owner,
    statement: str,
    digests: Sequence[feed.PageDigest | feed.PartDigest],
) -> None:
    if digests:
        columns = (list(column) for column in zip(*map(astuple, digests), strict=True))
        await transaction.fetch(statement, *owned(office).values(), *columns)


async def _put(desk: Desk, files: dict[str, feed.File]) -> None:
    await asyncio.gather(
        *(
            desk.log.store.put(
                Bucket.PUBLIC, f"{desk.log.prefix}/{name}", file.body, file.media_type, ALWAYS_ASK
            )
            for name, file in files.items()
        )
    )


def listed_of(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events about entries of the feed: an anchor stands in the log alone."""
    return [row for row in rows if row["kind"] != EventKind.ANCHOR.value]


def _entry(row: dict[str, Any]) -> Entry:
    record = row["record"]
    since: datetime = row["since"]
    return Entry(
        row["leaf_index"],
        parse_leaf(row["leaf"].encode()),
        orjson.loads(record) if isinstance(record, str) else record,
        bytes.fromhex(row["salt"]),
        since,
        tuple(row.get("places") or ()),
    )
