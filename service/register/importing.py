"""The work of an import: check a file, enter its rows, take them back.

Each step ends in one transaction with its effect, so that a worker that dies leaves nothing half
done and the next one begins the step anew.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from anyio import to_thread
from tortoise.exceptions import IntegrityError

from service import audit, clock, jobs, outbox
from service.register import import_store, imports, indexing, undoing, workbook
from service.register.bulk import bulk
from service.register.columns import Row, identity, rows_of
from service.register.import_plan import Change, ImportState, Outcome, Plan, plan
from service.register.records import ImportBatch, ImportRow
from service.register.rules import Act
from service.register.sheet import Table, UnreadableSheet, read
from service.storage import Bucket, ObjectMissing, store
from tenants.scope import Scope
from tenants.wall import current, tenant_transaction

_ROWS = """
insert into import_rows (id, tenant_id, district_id, batch_id, number, outcome, values, faults,
    kept)
select gen_random_uuid(), $1, $2, $4, x.number, x.outcome, x.values, x.faults, ''
from jsonb_to_recordset($3::text::jsonb) as x (number int, outcome text, values jsonb, faults jsonb)
"""


async def check(scope: Scope, batch_id: UUID, job_id: UUID) -> None:
    """Read the file, compare it with the register, keep what it says and what is wrong with it."""
    batch = await _working(scope, batch_id, job_id, ImportState.CHECKING)
    if batch is None:
        return
    try:
        data = await _sent(batch)
        table, rows = await to_thread.run_sync(_understood, data)
    except UnreadableSheet as error:
        await _unreadable(scope, batch, job_id, error.message)
        return
    faults = [fault for row in rows for fault in row.faults]
    if not await _report(scope, batch, job_id, 0, len(rows), "正在与台账比对"):
        await _cancelled(scope, batch, job_id, ImportState.AWAITING)
        return
    if faults:
        marked = await to_thread.run_sync(workbook.annotated, table, faults)
        key = imports.annotated_key(batch)
        await store().put(Bucket.DERIVED, key, marked, workbook.XLSX)
    async with tenant_transaction(scope):
        await bulk()
        batch = await ImportBatch.filter(id=batch_id).select_for_update().get()
        if batch.state != ImportState.CHECKING.value or batch.job_id != job_id:
            return
        sound = [(row.number, row.values) for row in rows if not row.faults]
        found = plan(sound, await import_store.known(batch.owner, _keys(sound)))
        await _keep_rows(batch, rows, found)
        refused = len(rows) - len(sound)
        _count(batch, found, refused)
        batch.format, batch.problem, batch.annotated = table.format, "", bool(faults)
        await _end(batch, job_id, ImportState.CHECKED, "register.import_checked")
        await outbox.settle()


def _understood(data: bytes) -> tuple[Table, list[Row]]:
    table = read(data)
    return table, rows_of(table)


async def _sent(batch: ImportBatch) -> bytes:
    key = imports.upload_key(batch)
    try:
        head = await store().head(Bucket.INCOMING, key)
        if head.size != batch.byte_length:
            raise UnreadableSheet("收到的文件长度与申报不符，请重新上传")
        data, _ = await store().get(Bucket.INCOMING, key)
    except ObjectMissing as error:
        raise UnreadableSheet("没有收到文件，请先上传再检查") from error
    return data


async def _keep_rows(batch: ImportBatch, rows: Sequence[Row], found: Plan) -> None:
    await ImportRow.filter(tenant_id=batch.tenant_id, batch_id=batch.id).delete()
    kept = import_store.packed(
        {
            "number": row.number,
            "outcome": found.outcomes.get(row.number, Outcome.REFUSED).value,
            "values": row.values,
            "faults": [[f.column, f.header, f.message] for f in row.faults],
        }
        for row in rows
    )
    for part in kept:
        await current().fetch(_ROWS, batch.tenant_id, batch.district_id, part, batch.id)


async def commit(scope: Scope, batch_id: UUID, job_id: UUID) -> None:
    """Enter the rows without faults, compared anew with the register as it is now."""
    batch = await _working(scope, batch_id, job_id, ImportState.COMMITTING)
    if batch is None:
        return
    try:
        async with tenant_transaction(scope):
            await bulk()
            batch = await ImportBatch.filter(id=batch_id).select_for_update().get()
            if batch.state != ImportState.COMMITTING.value or batch.job_id != job_id:
                return
            rows = await current().fetch(
                "select number, outcome, values from import_rows"
                " where tenant_id = $1 and batch_id = $2 and outcome <> 'REFUSED' order by number",
                batch.tenant_id,
                batch.id,
            )
            sound = [(row["number"], orjson.loads(row["values"])) for row in rows]
            keys = _keys(sound)
            found = plan(sound, await import_store.known(batch.owner, keys, lock=True))
            await _enter(batch, found)
            await _note_outcomes(batch, found, {row["number"]: row["outcome"] for row in rows})
            _count(batch, found, batch.refused)
            await _end(batch, job_id, ImportState.COMMITTED, "register.import_committed")
            await outbox.settle()
    except IntegrityError:
        # Somebody entered one of these enterprises this very moment: a new check will see it.
        await _failed(scope, batch, job_id, "有企业刚被他人录入，请重新检查后提交")


async def _enter(batch: ImportBatch, found: Plan) -> None:
    owner, at = batch.owner, clock.now()
    enterprises, places = found.enterprises, found.places
    await import_store.insert_enterprises(owner, [one for one in enterprises if one.new], at)
    await import_store.update_enterprises(owner, [one for one in enterprises if not one.new], at)
    await import_store.insert_places(owner, [one for one in places if one.new], at)
    moved = [one for one in places if not one.new]
    await import_store.update_places(owner, moved, await undoing.cells(owner, moved))
    await import_store.keep_changes(owner, batch.id, "ENTERPRISE", enterprises)
    await import_store.keep_changes(owner, batch.id, "PREMISES", places)
    await import_store.keep_history(owner, [*enterprises, *places], Act.IMPORTED, batch.id, at)
    await indexing.stale(owner, _renamed(enterprises, places))


def _renamed(enterprises: Sequence[Change], places: Sequence[Change]) -> list[UUID]:
    """Enterprises whose search terms or likely pairs changed."""
    named = {"name", "credit_code", "alternate_id", "principal_name", "contact_phone"}
    found = {one.id for one in enterprises if named & set(one.after)}
    found |= {one.enterprise_id for one in places if "address" in one.after}
    return sorted(found)


async def _note_outcomes(batch: ImportBatch, found: Plan, checked: Mapping[int, str]) -> None:
    """Rows that come to something else than the check said, since the register went on."""
    others: dict[str, list[int]] = defaultdict(list)
    for number, outcome in found.outcomes.items():
        if checked[number] != outcome.value:
            others[outcome.value].append(number)
    for said, numbers in others.items():
        await current().fetch(
            "update import_rows set outcome = $3 where tenant_id = $1 and batch_id = $2"
            " and number = any ($4::int[])",
            batch.tenant_id,
            batch.id,
            said,
            numbers,
        )


async def undo(scope: Scope, batch_id: UUID, job_id: UUID) -> None:
    """Take back what an import did, but for what was changed or used since."""
    if await _working(scope, batch_id, job_id, ImportState.UNDOING) is None:
        return
    async with tenant_transaction(scope):
        await bulk()
        batch = await ImportBatch.filter(id=batch_id).select_for_update().get()
        if batch.state != ImportState.UNDOING.value or batch.job_id != job_id:
            return
        batch.kept = await undoing.take_back(batch)
        await _end(batch, job_id, ImportState.UNDONE, "register.import_undone")
        await outbox.settle()


def _keys(rows: Sequence[tuple[int, dict[str, Any]]]) -> list[tuple[str, str]]:
    """Codes and old numbers under which these rows may be known."""
    found = {key for _, values in rows if (key := identity(values))}
    found |= {
        ("alternate_id", values["alternate_id"]) for _, values in rows if "alternate_id" in values
    }
    return sorted(found)


def _count(batch: ImportBatch, found: Plan, refused: int) -> None:
    counts = Counter(found.outcomes.values())
    batch.created = counts[Outcome.CREATED]
    batch.changed = counts[Outcome.CHANGED]
    batch.unchanged = counts[Outcome.UNCHANGED]
    batch.refused = refused
    batch.total = len(found.outcomes) + refused


async def _working(
    scope: Scope, batch_id: UUID, job_id: UUID, state: ImportState
) -> ImportBatch | None:
    """The import, where this step is still to be done and nobody asked to stop."""
    async with tenant_transaction(scope, read_only=True):
        batch = await ImportBatch.get_or_none(id=batch_id)
    if batch is None or batch.state != state.value or batch.job_id != job_id:
        return None
    if await _report(scope, batch, job_id, 0, batch.total, "正在处理"):
        return batch
    before = {
        ImportState.CHECKING: ImportState.AWAITING,
        ImportState.COMMITTING: ImportState.CHECKED,
        ImportState.UNDOING: ImportState.COMMITTED,
    }
    await _cancelled(scope, batch, job_id, before[state])
    return None


async def _report(
    scope: Scope, batch: ImportBatch, job_id: UUID, done: int, total: int, message: str
) -> bool:
    async with tenant_transaction(scope):
        return await jobs.report(batch.owner, job_id, done=done, total=total, message=message)


async def _end(batch: ImportBatch, job_id: UUID, state: ImportState, event: str) -> None:
    counts = {
        "created": batch.created,
        "changed": batch.changed,
        "unchanged": batch.unchanged,
        "refused": batch.refused,
        "kept": batch.kept,
    }
    batch.state, batch.updated_at = state.value, clock.now()
    await batch.save()
    await jobs.report(batch.owner, job_id, done=batch.total, total=batch.total)
    await jobs.finish(batch.owner, job_id, "DONE", result=counts)
    await audit.record(event, batch.owner, "ImportBatch", batch.id, **counts)
    await outbox.emit(event, batch.owner, {"import": str(batch.id), **counts})


async def _unreadable(scope: Scope, batch: ImportBatch, job_id: UUID, message: str) -> None:
    async with tenant_transaction(scope):
        await ImportRow.filter(tenant_id=batch.tenant_id, batch_id=batch.id).delete()
        await _turn(batch, job_id, ImportState.UNREADABLE, "FAILED", message)


async def _failed(scope: Scope, batch: ImportBatch, job_id: UUID, message: str) -> None:
    async with tenant_transaction(scope):
        await _turn(batch, job_id, ImportState.CHECKED, "FAILED", message)


async def _cancelled(scope: Scope, batch: ImportBatch, job_id: UUID, back_to: ImportState) -> None:
    async with tenant_transaction(scope):
        await _turn(batch, job_id, back_to, "CANCELLED", "")


async def _turn(
    batch: ImportBatch, job_id: UUID, state: ImportState, job_state: str, message: str
) -> None:
    await ImportBatch.filter(tenant_id=batch.tenant_id, id=batch.id, job_id=job_id).update(
        state=state.value, problem=message[:400], updated_at=clock.now()
    )
    await jobs.finish(batch.owner, job_id, job_state, message=message, result={})
    await outbox.settle()
