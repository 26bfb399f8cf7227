"""What the desk's lists and the committee's summary cost in a district of full size."""

import asyncio
import statistics
import time
from typing import Any

import asyncpg

from infra.bench_isolation import bench_database, signed
from service.database import credentials
from service.overview.queries import LIVE, SUMMARY
from tenants.ids import new_id
from tenants.scope import Owner, Scope

TOWNS, REPEATS = 30, 40

FILL = """
insert into enterprises (id, tenant_id, district_id, name, alternate_id, industry_code,
        above_quota,
        risk, status, principal_name, contact_name, contact_phone, readings, sort_key,
        version,
        created_at)
    select md5('e' || n)::uuid, ($1::uuid[])[1 + n % 30], $2, '示例商店' || n, 'A' || n, '5211',
        false, 'BLUE', 'OPERATING', '', '', '', '', '', 1, now()
    from generate_series(0, $3::int - 1) n"""
PREMISES = """
insert into premises (id, tenant_id, district_id, enterprise_id, name, address, latitude, longitude,
        status, cell, grid_decided, version, created_at)
    select md5('p' || n)::uuid, ($1::uuid[])[1 + n % 30], $2, md5('e' || n)::uuid, '门店', '某路',
        29.7, 106.6, 'OPERATING', '', false, 1, now() from generate_series(0, $3::int - 1) n"""
HAZARDS = """
insert into hazards (id, tenant_id, district_id, enterprise_id, premises_id, state, grade, category,
        line, source, description, found_on, due_on, reported_by, extensions, created_at,
        updated_at,
        criterion, criterion_version, grade_reason, assigned_to, plan_responsible, plan_measures,
        plan_contingency, result, verification, supervision_reference, dismissal_reason,
        dismissal_by)
    select gen_random_uuid(), ($1::uuid[])[1 + e % 30], $2, md5('e' || e)::uuid,
        md5('p' || e)::uuid, case n % 10 when 0 then 'ASSIGNED' when 1 then 'OVERDUE'
            when 2 then 'RECTIFYING' else 'CLOSED' end,
        case n % 20 when 0 then 'MAJOR' else 'GENERAL' end, 'FIRE', 'fire', 'INSPECTION', '堵塞',
        current_date - n % 900, current_date - n % 900 + 30, 'account:' || n % 50, 0,
        now() - n * interval '1 minute', now(),
        '', '', '', '', '', '', '', '', '', '', '', ''
    from (select n, (n * 7) % $3::int as e from generate_series(0, $4::int - 1) n) x"""
QUESTIONS = {
    "list": "select * from hazards where tenant_id = $1 order by created_at desc, id desc limit 21",
    "overdue": "select * from hazards where tenant_id = $1 and state in ('OVERDUE', 'SUPERVISED')"
    " order by created_at desc, id desc limit 21",
    "due_soonest": "select * from hazards where tenant_id = $1 and state in ('ASSIGNED',"
    " 'RECTIFYING', 'OVERDUE', 'SUPERVISED') and due_on is not null order by due_on, id limit 21",
    "mine": "select * from hazards where tenant_id = $1 and (reported_by = 'account:7' or id in"
    " (select hazard_id from hazard_events where actor = 'account:7'))"
    " order by created_at desc, id desc limit 21",
}


def run(hazards: int = 300_000) -> dict[str, Any]:
    """Median ms of each question; 20,000 enterprises and so many hazards in 30 towns."""
    return asyncio.run(_measure(int(hazards)))


async def _measure(hazards: int) -> dict[str, Any]:
    district, towns = new_id(), [new_id() for _ in range(TOWNS)]
    whole, places = frozenset(towns), frozenset({district})
    everything = Scope("bench", Owner(towns[0], district), places, whole, whole, True)
    async with bench_database("prevention") as urls:
        owner = await asyncpg.connect(**credentials(urls["OWNER_DATABASE_URL"]))
        await owner.execute("select set_config('app.scope', $1, false)", signed(everything))
        await _fill(owner, district, towns, hazards)
        await owner.close()
        app = await asyncpg.connect(**credentials(urls["DATABASE_URL"]))
        await app.execute("select set_config('app.scope', $1, false)", signed(everything))
        figures: dict[str, Any] = {"hazards": hazards, "enterprises": 20_000, "towns": TOWNS}
        figures["summary_ms"] = await _median(app, SUMMARY, towns, None)
        figures["counted_live_ms"] = await _median(app, LIVE, towns)
        town = Scope.of_tenant(Owner(towns[3], district), "bench")
        await app.execute("select set_config('app.scope', $1, false)", signed(town))
        for name, sql in QUESTIONS.items():
            figures[f"{name}_ms"] = await _median(app, sql, towns[3])
        await app.close()
    return figures


async def _fill(owner: asyncpg.Connection, district: Any, towns: list[Any], hazards: int) -> None:
    await owner.execute(
        "insert into districts (id, code, name, created_at) values ($1, 'D', 'D', now())", district
    )
    await owner.execute(
        "insert into tenants (id, district_id, division_code, name, kind, status, created_at)"
        " select t, $2, 'T' || n, 'T' || n, 'TOWN', 'ACTIVE', now()"
        " from unnest($1::uuid[]) with ordinality x(t, n)",
        towns,
        district,
    )
    await owner.execute(
        "insert into tenant_districts (id, tenant_id, district_id, valid_from)"
        " select gen_random_uuid(), t, $2, '2020-01-01' from unnest($1::uuid[]) t",
        towns,
        district,
    )
    await owner.execute(FILL, towns, district, 20_000, timeout=600)
    await owner.execute(PREMISES, towns, district, 20_000, timeout=600)
    await owner.execute(HAZARDS, towns, district, 20_000, hazards, timeout=600)
    for table in ("enterprises", "hazards", "town_tallies"):
        await owner.execute(f"vacuum analyze {table}", timeout=600)


async def _median(app: asyncpg.Connection, sql: str, *values: Any) -> float:
    await app.fetch(sql, *values)
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        await app.fetch(sql, *values)
        times.append(time.perf_counter() - begun)
    return round(statistics.median(times) * 1000, 2)
