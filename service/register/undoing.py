"""Taking an import back: what it changed returns to what it was, unless somebody went on with it.

Entries are compared by version; what an entry of another capability refers to is kept, whichever
capability that is: the catalogue of the database names the references.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from service import clock
from service.register import import_store, indexing
from service.register.grids import cell_of
from service.register.import_plan import Change
from service.register.records import ImportBatch
from service.register.rules import Act
from tenants.scope import Owner
from tenants.wall import current

CHANGED_SINCE = "导入后又有修改，保持现状"
IN_USE = "已有检查、隐患等记录，保持现状"
_REFERENCES = """
select r.relname as table_name, a.attname as column_name
from pg_constraint c
join pg_class r on r.oid = c.conrelid
join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[2]
where c.contype = 'f' and c.confdeltype <> 'c' and cardinality(c.conkey) = 2
    and c.confrelid = $1::text::regclass
order by 1, 2
"""


async def take_back(batch: ImportBatch) -> int:
    """Undo the batch in the open transaction; returns how many entries had to be kept."""
    owner = batch.owner
    places = await _changes(batch, "PREMISES")
    enterprises = await _changes(batch, "ENTERPRISE")
    kept = await _restore(batch, places, "premises")
    kept |= await _remove(batch, [one for one in places if one.new], "premises")
    kept |= await _restore(batch, enterprises, "enterprises")
    kept |= await _remove(batch, [one for one in enterprises if one.new], "enterprises")
    touched = {one.enterprise_id for one in [*places, *enterprises]}
    await indexing.stale(owner, sorted(touched))
    return len(kept)


async def _changes(batch: ImportBatch, subject: str) -> list[Change]:
    rows = await current().fetch(
        "select subject_id, enterprise_id, number, before, after, version, is_new"
        " from import_changes where tenant_id = $1 and batch_id = $2 and subject = $3"
        " order by subject_id",
        batch.tenant_id,
        batch.id,
        subject,
    )
    return [
        Change(
            row["subject_id"],
            row["enterprise_id"],
            row["number"],
            orjson.loads(row["before"]),
            orjson.loads(row["after"]),
            row["version"],
            row["is_new"],
        )
        for row in rows
    ]


async def _restore(batch: ImportBatch, changes: Sequence[Change], table: str) -> set[UUID]:
    """Give back former values; returns the entries that were changed since."""
    owner, at = batch.owner, clock.now()
    wanted = [one for one in changes if not one.new]
    same = await _of_version(owner, table, wanted)
    back = [
        Change(
            one.id, one.enterprise_id, one.row, one.after, one.before, one.version + 1, new=False
        )
        for one in wanted
        if one.id in same
    ]
    if table == "premises":
        await import_store.update_places(owner, back, await cells(owner, back))
    else:
        await import_store.update_enterprises(owner, back, at)
    await import_store.keep_history(owner, back, Act.IMPORT_UNDONE, batch.id, at)
    kept = [one for one in wanted if one.id not in same]
    await _note(batch, kept, CHANGED_SINCE)
    return {one.id for one in kept}


async def _remove(batch: ImportBatch, new: Sequence[Change], table: str) -> set[UUID]:
    """Delete what the import entered; returns the entries that were changed or used since."""
    owner = batch.owner
    same = await _of_version(owner, table, new)
    references = await current().fetch(_REFERENCES, f"public.{table}")
    # Names come from the catalogue, never from outside.
    unused = " ".join(
        f'and not exists (select from "{r["table_name"]}" r'
        f' where r.tenant_id = t.tenant_id and r."{r["column_name"]}" = t.id)'
        for r in references
    )
    rows = await current().fetch(
        f"delete from {table} t where tenant_id = $1 and id = any ($2::uuid[]) {unused}"
        " returning id",
        owner.tenant_id,
        sorted(same),
    )
    gone = {row["id"] for row in rows}
    removed = [
        Change(one.id, one.enterprise_id, one.row, one.after, {}, one.version + 1, new=False)
        for one in new
        if one.id in gone
    ]
    await import_store.keep_history(owner, removed, Act.IMPORT_UNDONE, batch.id, clock.now())
    await _note(batch, [one for one in new if one.id not in same], CHANGED_SINCE)
    await _note(batch, [one for one in new if one.id in same - gone], IN_USE)
    return {one.id for one in new} - gone


async def _of_version(owner: Owner, table: str, changes: Sequence[Change]) -> set[UUID]:
    rows = await current().fetch(
        f"select t.id from {table} t"
        " join unnest($2::uuid[], $3::int[]) as x (id, version)"
        " on t.id = x.id and t.version = x.version where t.tenant_id = $1 order by t.id for update",
        owner.tenant_id,
        [one.id for one in changes],
        [one.version for one in changes],
    )
    return {row["id"] for row in rows}


async def cells(owner: Owner, changes: Sequence[Change]) -> dict[UUID, str]:
    """The hexagon of each place with the values that it gets; the others it has already."""
    rows = await current().fetch(
        "select id, latitude, longitude from premises"
        " where tenant_id = $1 and id = any ($2::uuid[])",
        owner.tenant_id,
        [one.id for one in changes],
    )
    now: dict[UUID, dict[str, Any]] = {row["id"]: row for row in rows}
    return {
        one.id: cell_of(
            one.after.get("latitude", now[one.id]["latitude"]),
            one.after.get("longitude", now[one.id]["longitude"]),
        )
        for one in changes
    }


async def _note(batch: ImportBatch, kept: Sequence[Change], why: str) -> None:
    if kept:
        await current().fetch(
            "update import_rows set kept = $3 where tenant_id = $1 and batch_id = $2"
            " and number = any ($4::int[])",
            batch.tenant_id,
            batch.id,
            why,
            [one.row for one in kept],
        )
