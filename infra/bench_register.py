"""What a register of full size costs: a table of 20,000 rows in and out, and the search in it.

Works in a scratch database that is dropped afterwards, with the object store that is configured.
"""

import asyncio
import csv
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx2

from infra.bench_isolation import bench_database
from infra.bench_register_asks import asked, asked_of_hazards
from service import database
from service.administration.provisioning import provision
from service.register import exports, importing, imports, indexing
from service.register.bulk import bulk
from service.register.columns import COLUMNS
from service.register.credit_code import generate
from service.storage import Bucket, store
from tenants.catalogue import towns_of
from tenants.directory import owner_of
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

_FIRST = [
    "安商",
    "长乐",
    "渝味",
    "重百",
    "嘉和",
    "金源",
    "龙湖",
    "锦绣",
    "永辉",
    "新世纪",
    "富民",
    "天府",
    "两江",
    "山城",
    "朝阳",
    "鸿运",
]
_SECOND = [
    "百货",
    "餐饮",
    "酒店",
    "超市",
    "贸易",
    "食品",
    "家具",
    "建材",
    "服饰",
    "医药",
    "电器",
    "茶叶",
    "五金",
    "酒业",
    "粮油",
    "宾馆",
]
_LAST = ["有限公司", "有限责任公司", "商行", "经营部", "店", "中心"]
_PARTS = [
    "东",
    "南",
    "西",
    "北",
    "中",
    "城",
    "江",
    "山",
    "桥",
    "湖",
    "泉",
    "林",
    "石",
    "云",
    "月",
    "星",
]


HAZARDS = 300_000
DISTRICT = "500112"
_HAZARDS = """
insert into hazards (id, tenant_id, district_id, enterprise_id, premises_id, state, grade, category,
    line, source, description, found_on, due_on, closed_on, criterion, criterion_version,
    grade_reason, assigned_to, plan_responsible, plan_measures, plan_contingency, result,
    verification, supervision_reference, reported_by, extensions, dismissal_reason, dismissal_by,
    created_at, updated_at)
select gen_random_uuid(), $1, $2, p.enterprise_id, p.id,
    (array['CLOSED', 'CLOSED', 'CLOSED', 'CLOSED', 'RECTIFYING', 'GRADED', 'OVERDUE'])[1 + n % 7],
    case n % 20 when 0 then 'MAJOR' else 'GENERAL' end, 'FIRE', 'fire', 'SELF_CHECK', '通道堵塞',
    current_date - n % 700, current_date - n % 700 + 15,
    case when n % 7 < 4 then current_date - n % 700 + 9 end, '', '', '', '示例', '', '', '', '', '',
    '', 'bench', 0, '', '', now() - make_interval(mins => n), now()
from (select n, 1 + n % (select count(*) from premises where tenant_id = $1) as at
    from generate_series($3::int, $4::int) n) h
join (select id, enterprise_id, row_number() over (order by id) as at
    from premises where tenant_id = $1) p using (at)
"""


def run(rows: int = 20_000) -> dict[str, Any]:
    """Seconds of each step of an import of so many rows, and what its register then answers in.

    `index_s` passes between the end of the commit and the moment when the last row is found by
    its name; `peak_mib` is the largest this process was, `peak_growth_mib` what the steps added.
    """
    return asyncio.run(_run(int(rows)))


async def _run(rows: int) -> dict[str, Any]:
    async with bench_database("register"), database.database():
        # All towns of a district, so that what its committee asks goes across towns.
        codes = [town.code for town in towns_of(DISTRICT)]
        await provision(codes)
        owner = await owner_of(codes[0])
        try:
            figures = await _import(owner, _table(rows))
            figures |= await asked(owner)
            async with _timed(figures, "hazards_s"):
                await _hazards(owner, HAZARDS)
            return figures | await asked_of_hazards(owner)
        finally:
            await _clear(owner)


def _table(rows: int, seed: int = 7) -> bytes:
    """A csv of enterprises that differ as much as those of a town do."""
    rng = Random(seed)  # noqa: S311
    out = StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow([column.header for column in COLUMNS])
    for number in range(rows):
        brand = rng.choice(_FIRST) + rng.choice(_PARTS) + rng.choice(_PARTS)
        name = f"重庆市{brand}{rng.choice(_SECOND)}{rng.choice(_LAST)}"
        values = {
            "name": name,
            "credit_code": generate(rng=rng),
            "industry_code": rng.choice(("5211", "5212", "6110", "6210")),
            "scale": rng.choice(("大型", "中型", "小型", "微型")),
            "risk": rng.choice("红橙黄蓝"),
            "principal_name": "示例",
            "contact_phone": "12350",
            "address": f"渝北区{rng.choice(_PARTS)}{rng.choice(_PARTS)}街道示例路{number}号",
            "latitude": f"{29.70 + rng.random() / 20:.6f}",
            "longitude": f"{106.60 + rng.random() / 20:.6f}",
        }
        lines.writerow([values.get(column.field, "") for column in COLUMNS])
    return out.getvalue().encode("gb18030")


async def _import(owner: Owner, data: bytes) -> dict[str, Any]:
    scope = Scope.of_tenant(owner, "bench")
    before = _peak_mib()
    figures: dict[str, Any] = {"rows": data.count(b"\n") - 1, "file_bytes": len(data)}
    identity = await _send(owner, scope, data)
    figures["check_s"] = await _step(scope, identity, imports.check, importing.check)
    figures["commit_s"] = await _step(scope, identity, imports.commit, importing.commit)
    async with _timed(figures, "index_s"):
        await indexing.complete_town(scope, owner)
    figures["terms"] = await _count(scope, "search_terms")
    async with _timed(figures, "export_s"):
        await _export(owner, scope)
    figures |= await _taken_back(owner, scope, max(1, figures["rows"] // 10))
    figures["peak_mib"] = _peak_mib()
    figures["peak_growth_mib"] = round(figures["peak_mib"] - before, 1)
    return figures


async def _taken_back(owner: Owner, scope: Scope, rows: int) -> dict[str, Any]:
    """Another list, a tenth as long, in and back again: the undoing of an import."""
    before = await _count(scope, "enterprises")
    identity = await _send(owner, scope, _table(rows, seed=8))
    await _step(scope, identity, imports.check, importing.check)
    await _step(scope, identity, imports.commit, importing.commit)
    await indexing.complete_town(scope, owner)
    seconds = await _step(scope, identity, imports.undo, importing.undo)
    left = await _count(scope, "enterprises") - before
    return {"undo_rows": rows, "undo_s": seconds, "undo_left": left}


async def _hazards(owner: Owner, number: int) -> None:
    """Hazards of two years in chunks; more than half of them closed."""
    scope, step = Scope.of_tenant(owner, "bench"), 10_000
    for first in range(0, number, step):
        async with tenant_transaction(scope):
            await bulk()
            last = first + step - 1
            await current().fetch(_HAZARDS, owner.tenant_id, owner.district_id, first, last)


async def _send(owner: Owner, scope: Scope, data: bytes) -> UUID:
    async with tenant_transaction(scope):
        begun = await imports.begin(owner, "名单.csv", len(data))
    async with httpx2.AsyncClient(timeout=60) as clerk:
        answer = await clerk.put(begun.request.url, content=data, headers=begun.request.headers)
    answer.raise_for_status()
    return begun.batch.id


async def _step(
    scope: Scope,
    identity: UUID,
    ask: Callable[[UUID], Awaitable[Any]],
    work: Callable[[Scope, UUID, UUID], Awaitable[None]],
) -> float:
    async with tenant_transaction(scope):
        _, job = await ask(identity)
    begun = time.perf_counter()
    await work(scope, identity, job.id)
    return round(time.perf_counter() - begun, 2)


async def _export(owner: Owner, scope: Scope) -> None:
    async with tenant_transaction(scope):
        row, job = await exports.ask(owner, {}, "XLSX", masked=False)
    await exports.write(scope, row.id, job.id)


async def _count(scope: Scope, table: str) -> int:
    async with tenant_transaction(scope, read_only=True):
        return int((await current().fetch(f"select count(*) as n from {table}"))[0]["n"])


@asynccontextmanager
async def _timed(figures: dict[str, Any], name: str) -> AsyncIterator[None]:
    begun = time.perf_counter()
    yield
    figures[name] = round(time.perf_counter() - begun, 2)


async def _clear(owner: Owner) -> None:
    for bucket in (Bucket.INCOMING, Bucket.DERIVED):
        async for head in store().list(bucket, f"register/{owner.tenant_id}/"):
            await store().delete(bucket, head.key)


def _peak_mib() -> float:
    """This process's own peak; `getrusage` would count what was inherited from its parent."""
    status = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in status if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)
