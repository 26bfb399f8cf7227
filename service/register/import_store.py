"""The statements of an import: each takes thousands of rows at once, whether three or 20,000."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import orjson

from service.ids import new_id
from service.register.grids import cell_of
from service.register.import_plan import ENTERPRISE, Change, Known
from service.register.rules import Act
from service.register.search import sort_key
from tenants.scope import Owner
from tenants.wall import current

CHUNK = 4_000  # rows of one statement, some 2 MiB
_TEXTS = "industry_code text, principal_name text, contact_name text, contact_phone text"
_ENTERPRISE = (
    "id uuid, name text, credit_code text, alternate_id text, risk text, scale text,"
    " sort_key text, " + _TEXTS
)
_INSERT_ENTERPRISES = f"""
insert into enterprises (id, tenant_id, district_id, credit_code, alternate_id, name,
    industry_code, above_quota, risk, scale, status, principal_name, contact_name, contact_phone,
    readings, sort_key, version, created_at, updated_at)
select id, $1, $2, credit_code, alternate_id, name, coalesce(industry_code, ''), false, risk, scale,
    'OPERATING', coalesce(principal_name, ''), coalesce(contact_name, ''),
    coalesce(contact_phone, ''), '', sort_key, 1, $4, $4
from jsonb_to_recordset($3::text::jsonb) as x ({_ENTERPRISE})
"""
_UPDATE_ENTERPRISES = """
update enterprises e set version = e.version + 1, updated_at = $3,
    name = coalesce(x.v->>'name', e.name),
    credit_code = case when x.v ? 'credit_code' then x.v->>'credit_code' else e.credit_code end,
    alternate_id = case when x.v ? 'alternate_id' then x.v->>'alternate_id' else e.alternate_id end,
    scale = case when x.v ? 'scale' then x.v->>'scale' else e.scale end,
    risk = coalesce(x.v->>'risk', e.risk),
    industry_code = coalesce(x.v->>'industry_code', e.industry_code),
    principal_name = coalesce(x.v->>'principal_name', e.principal_name),
    contact_name = coalesce(x.v->>'contact_name', e.contact_name),
    contact_phone = coalesce(x.v->>'contact_phone', e.contact_phone)
from jsonb_to_recordset($2::text::jsonb) as x (id uuid, version int, v jsonb)
where e.tenant_id = $1 and e.id = x.id and e.version = x.version - 1
returning e.id
"""
_INSERT_PLACES = """
insert into premises (id, tenant_id, district_id, enterprise_id, name, address, latitude, longitude,
    status, cell, grid_id, grid_decided, version, created_at)
select x.id, $1, $2, x.enterprise_id, x.name, x.address, x.latitude, x.longitude, 'OPERATING',
    x.cell, g.grid_id, false, 1, $4
from jsonb_to_recordset($3::text::jsonb) as x (id uuid, enterprise_id uuid, name text, address text,
    latitude float8, longitude float8, cell text)
left join grid_cells g on g.tenant_id = $1 and g.cell = x.cell
"""
_UPDATE_PLACES = """
update premises p set version = p.version + 1, name = coalesce(x.v->>'name', p.name),
    latitude = coalesce((x.v->>'latitude')::float8, p.latitude),
    longitude = coalesce((x.v->>'longitude')::float8, p.longitude), cell = x.cell,
    grid_id = case when p.grid_decided then p.grid_id else g.grid_id end
from jsonb_to_recordset($2::text::jsonb) as x (id uuid, version int, v jsonb, cell text)
left join grid_cells g on g.tenant_id = $1 and g.cell = x.cell
where p.tenant_id = $1 and p.id = x.id and p.version = x.version - 1
returning p.id
"""
_HISTORY = """
insert into register_changes (id, tenant_id, district_id, enterprise_id, premises_id, act, version,
    reason, before, after, actor, at, batch_id)
select x.id, $1, $2, x.enterprise_id, x.premises_id, $4, x.version, '', x.before, x.after, $5, $6,
    $7
from jsonb_to_recordset($3::text::jsonb) as x (id uuid, enterprise_id uuid, premises_id uuid,
    version int, before jsonb, after jsonb)
"""
_CHANGES = """
insert into import_changes (id, tenant_id, district_id, batch_id, subject, subject_id,
    enterprise_id, number, before, after, version, is_new)
select gen_random_uuid(), $1, $2, $4, $5, x.id, x.enterprise_id, x.row, x.before, x.after,
    x.version, x.new
from jsonb_to_recordset($3::text::jsonb) as x (id uuid, enterprise_id uuid, row int, before jsonb,
    after jsonb, version int, new boolean)
"""


def packed(rows: Iterable[dict[str, Any]], size: int = CHUNK) -> Iterator[str]:
    """Rows as one parameter for each statement, so that no list is in memory once more whole."""
    waiting = iter(rows)
    while part := list(islice(waiting, size)):
        yield orjson.dumps(part, default=str).decode()


async def known(owner: Owner, keys: Sequence[tuple[str, str]], *, lock: bool = False) -> Known:
    """What the register of the town has under these credit codes and old numbers.

    With `lock` nobody changes those enterprises before the transaction ends.
    """
    columns = ", ".join(("id", "version", *ENTERPRISE))
    rows = await current().fetch(
        f"select {columns} from enterprises where tenant_id = $1 and"
        " (credit_code = any ($2::text[]) or (credit_code is null and alternate_id = any"
        " ($3::text[]))) order by id" + (" for update" if lock else ""),
        owner.tenant_id,
        [value for name, value in keys if name == "credit_code"],
        [value for name, value in keys if name == "alternate_id"],
    )
    found = Known({row["id"]: row for row in rows})
    places = await current().fetch(
        "select id, enterprise_id, version, name, address, latitude, longitude from premises"
        " where tenant_id = $1 and enterprise_id = any ($2::uuid[]) order by id"
        + (" for update" if lock else ""),
        owner.tenant_id,
        list(found.enterprises),
    )
    found.places = {(row["enterprise_id"], row["address"]): row for row in places}
    return found


async def insert_enterprises(owner: Owner, new: Sequence[Change], at: datetime) -> None:
    """Enter new enterprises."""
    rows = ({"id": one.id, "sort_key": sort_key(one.after["name"]), **one.after} for one in new)
    for part in packed(rows):
        await current().fetch(_INSERT_ENTERPRISES, owner.tenant_id, owner.district_id, part, at)


async def update_enterprises(owner: Owner, changes: Sequence[Change], at: datetime) -> int:
    """Write changed values where nobody wrote others meanwhile; returns how many were written."""
    rows = ({"id": one.id, "version": one.version, "v": one.after} for one in changes)
    written = 0
    for part in packed(rows):
        written += len(await current().fetch(_UPDATE_ENTERPRISES, owner.tenant_id, part, at))
    return written


async def insert_places(owner: Owner, new: Sequence[Change], at: datetime) -> None:
    """Enter new premises, each in the grid of its cell."""
    rows = (
        {"id": one.id, "enterprise_id": one.enterprise_id, "cell": _cell(one), **one.after}
        for one in new
    )
    for part in packed(rows):
        await current().fetch(_INSERT_PLACES, owner.tenant_id, owner.district_id, part, at)


async def update_places(owner: Owner, changes: Sequence[Change], cells: dict[UUID, str]) -> int:
    """Write changed values of premises; returns how many were written."""
    rows = (
        {"id": one.id, "version": one.version, "v": one.after, "cell": cells[one.id]}
        for one in changes
    )
    written = 0
    for part in packed(rows):
        written += len(await current().fetch(_UPDATE_PLACES, owner.tenant_id, part))
    return written


def _cell(change: Change) -> str:
    return cell_of(change.after["latitude"], change.after["longitude"])


async def keep_history(
    owner: Owner, changes: Sequence[Change], act: Act, batch: UUID, at: datetime
) -> None:
    """One entry of the history for each enterprise and each place."""
    rows = (
        {
            "id": new_id(),
            "enterprise_id": one.enterprise_id,
            "premises_id": None if one.id == one.enterprise_id else one.id,
            "version": one.version,
            "before": one.before,
            "after": one.after,
        }
        for one in changes
    )
    actor = current().scope.actor
    for part in packed(rows):
        await current().fetch(
            _HISTORY, owner.tenant_id, owner.district_id, part, act.value, actor, at, batch
        )


async def keep_changes(owner: Owner, batch: UUID, subject: str, changes: Sequence[Change]) -> None:
    """What the batch changed, for its undoing."""
    rows = (
        {
            "id": one.id,
            "enterprise_id": one.enterprise_id,
            "row": one.row,
            "before": one.before,
            "after": one.after,
            "version": one.version,
            "new": one.new,
        }
        for one in changes
    )
    for part in packed(rows):
        await current().fetch(_CHANGES, owner.tenant_id, owner.district_id, part, batch, subject)
