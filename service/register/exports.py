"""Exports: a filtered list of enterprises as a file, written in the background."""

from typing import Any
from uuid import UUID

from anyio import to_thread

from service import audit, clock, jobs, outbox
from service.ids import new_id
from service.register import queries, workbook
from service.register.columns import COLUMNS, RISKS, SCALES
from service.register.records import Enterprise, Premises, RegisterExport
from service.register.rules import EnterpriseStatus, RiskColour, Scale, Tier, masked_phone
from service.storage import Bucket, store
from tenants.directory import committee_scope, town_scope
from tenants.records import District, owned
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

MAX_ENTERPRISES = 300_000
DOWNLOAD_SECONDS = 600
_PAGE = 5_000
_SHOWN = {
    "risk": {value: text for text, value in RISKS.items()},
    "scale": {value: text for text, value in SCALES.items()},
}
_TYPES = {"risk": RiskColour, "status": EnterpriseStatus, "scale": Scale, "tier": Tier}


def key_of(row: RegisterExport) -> str:
    """Where the file lies in the bucket of derived objects."""
    return f"register/{row.tenant_id}/exports/{row.id}.{row.format.lower()}"


async def ask(
    owner: Owner, filters: dict[str, Any], kind: str, *, masked: bool
) -> tuple[RegisterExport, jobs.Job]:
    """Start the writing of a file with what the filters leave; `masked` hides telephone numbers."""
    job = await jobs.start(owner, "register.export")
    row = await RegisterExport.create(
        id=new_id(),
        **owned(owner),
        format=kind,
        filters={**filters, "masked": masked},
        job_id=job.id,
        created_by=current().scope.actor,
        created_at=clock.now(),
    )
    await audit.record("register.export_asked", owner, "RegisterExport", row.id)
    await outbox.emit("register.export_asked", owner, {"export": str(row.id), "job": str(job.id)})
    return row, job


async def scope_of(owner: Owner, actor: str) -> Scope:
    """What the asker's desk reads: an office its district, a town itself."""
    async with tenant_transaction(Scope.of_platform(actor), read_only=True):
        office = await District.exists(id=owner.district_id, office_id=owner.tenant_id)
    if office:
        return await committee_scope(owner.district_id, actor)
    return await town_scope(owner.tenant_id, actor)


async def write(scope: Scope, export_id: UUID, job_id: UUID) -> None:
    """Write the file in one snapshot of the register and hand it over."""
    async with tenant_transaction(scope, read_only=True):
        row = await RegisterExport.get_or_none(id=export_id)
        if row is None or row.state != "ASKED":
            return
        lines = await _lines(row)
    async with tenant_transaction(scope):
        if not await jobs.report(row.owner, job_id, done=0, total=len(lines), message="正在写入"):
            await jobs.finish(row.owner, job_id, "CANCELLED", result={})
            await outbox.settle()
            return
    make = workbook.as_xlsx if row.format == "XLSX" else workbook.as_csv
    body = await to_thread.run_sync(make, [column.header for column in COLUMNS], lines)
    media = workbook.XLSX if row.format == "XLSX" else workbook.CSV
    await store().put(Bucket.DERIVED, key_of(row), body, media)
    async with tenant_transaction(scope):
        row.state, row.rows, row.byte_length = "READY", len(lines), len(body)
        await row.save(update_fields=["state", "rows", "byte_length"])
        await jobs.report(row.owner, job_id, done=len(lines), total=len(lines))
        await jobs.finish(row.owner, job_id, "DONE", result={"rows": len(lines)})
        await audit.record(
            "register.exported", row.owner, "RegisterExport", row.id, rows=len(lines)
        )
        await outbox.settle()


async def _lines(row: RegisterExport) -> list[list[str]]:
    """A line for each place, in the columns of the template; one for what has no place."""
    filters = dict(row.filters)
    masked = bool(filters.pop("masked", False))
    chosen: dict[str, Any] = {
        name: _TYPES[name](value) if name in _TYPES else value for name, value in filters.items()
    }
    for name in ("grid_id", "tenant_id"):
        if chosen.get(name):
            chosen[name] = UUID(chosen[name])
    found = queries.enterprises(**chosen)
    readable = current().scope.readable
    if len(readable) == 1:
        found = found.filter(tenant_id=next(iter(readable)))
    lines: list[list[str]] = []
    last: UUID | None = None
    while len(lines) < MAX_ENTERPRISES:
        after = found.filter(id__gt=last) if last else found
        page = await after.order_by("id").limit(_PAGE)
        if not page:
            break
        places = await queries.premises_of([one.id for one in page])
        for one in page:
            lines += [_line(one, place, masked) for place in places[one.id]]
            if not places[one.id]:
                lines.append(_line(one, None, masked))
        last = page[-1].id
    return lines


def _line(one: Enterprise, place: Premises | None, masked: bool) -> list[str]:
    values: dict[str, Any] = {
        column.field: getattr(one, column.field) for column in COLUMNS if not column.place
    }
    values |= {name: texts.get(values[name], "") for name, texts in _SHOWN.items()}
    if masked:
        values["contact_phone"] = masked_phone(one.contact_phone)
    if place is not None:
        values |= {
            "place_name": place.name,
            "address": place.address,
            "latitude": place.latitude,
            "longitude": place.longitude,
        }
    return [str(values[c.field]) if values.get(c.field) else "" for c in COLUMNS]


async def link(row: RegisterExport) -> str | None:
    """A link of ten minutes to the file; None while it is written and once it was removed."""
    if row.state != "READY" or row.removed_on is not None:
        return None
    return await store().presign_get(
        Bucket.DERIVED,
        key_of(row),
        seconds=DOWNLOAD_SECONDS,
        filename=f"企业名单.{row.format.lower()}",
        content_type=workbook.XLSX if row.format == "XLSX" else workbook.CSV,
    )
