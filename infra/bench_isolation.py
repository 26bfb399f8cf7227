"""What the wall between tenants costs: row security against the same question asked by hand."""

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any
from uuid import UUID

import asyncpg

from service.database import credentials, migrate
from service.settings import settings
from tenants.scope import Owner, Scope, scope_body, sign

TOWNS = 1_000  # of 2,000 rows each at two million; a large town's register
TOWNS_PER_DISTRICT = 30
ROUNDS, REPEATS = 15, 120
START = datetime(2026, 1, 1, tzinfo=UTC)

BASIS = f"""
insert into districts (id, code, name, created_at)
    select md5('district ' || d)::uuid, 'D' || d, 'D' || d, now()
    from generate_series(0, {(TOWNS - 1) // TOWNS_PER_DISTRICT}) d;
insert into tenants (id, district_id, division_code, name, kind, status, created_at)
    select md5('town ' || t)::uuid, md5('district ' || t / {TOWNS_PER_DISTRICT})::uuid,
        'T' || t, 'T' || t, 'TOWN', 'ACTIVE', now() from generate_series(0, {TOWNS - 1}) t;
insert into tenant_districts (id, tenant_id, district_id, valid_from)
    select gen_random_uuid(), id, district_id, '2020-01-01' from tenants;"""

TABLES = """
create table bench_walled (
    id uuid primary key, tenant_id uuid not null, district_id uuid not null,
    name varchar(200) not null, risk varchar(8) not null, created_at timestamptz not null);
create table bench_plain (like bench_walled);
insert into bench_plain
    select md5('row ' || n)::uuid, md5('town ' || n % {towns})::uuid,
        md5('district ' || n % {towns} / {per_district})::uuid,
        repeat('企业', 8) || n, 'BLUE',
        timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second'
    from generate_series(0, {rows} - 1) n;
insert into bench_walled select * from bench_plain;
alter table bench_plain add primary key (tenant_id, id);
create index on bench_plain (tenant_id, created_at desc, id);
select app.protect('bench_walled');
create index on bench_walled (tenant_id, created_at desc, id);
grant select on bench_plain to anshang_app;"""

BY_HAND = "tenant_id = $1 and district_id = $2"
QUESTIONS = {
    "point": (
        "select * from bench_walled where id = $1",
        f"select * from bench_plain where {BY_HAND} and id = $3",
        "id",
    ),
    "page": (
        "select * from bench_walled where created_at < $1 order by created_at desc, id limit 50",
        f"select * from bench_plain where {BY_HAND} and created_at < $3"
        " order by created_at desc, id limit 50",
        "at",
    ),
    "named_page": (
        "select * from bench_walled where tenant_id = $1 and created_at < $2"
        " order by created_at desc, id limit 50",
        "select * from bench_plain where tenant_id = $1 and created_at < $2"
        " order by created_at desc, id limit 50",
        "named",
    ),
    "count": (
        "select count(*) from bench_walled",
        f"select count(*) from bench_plain where {BY_HAND}",
        "",
    ),
}
"""The same question to both tables.  Only the plain one must name its tenant; where the walled
one names it as well (`named_page`), the index gives the page in order."""


def run(rows: int = 2_000_000) -> dict[str, Any]:
    """Median µs of each question on both tables, and row security's share in percent.

    Works in a database of its own, which the owner must be allowed to create and which is
    dropped at the end, also after a failure.  `query` is the statement alone; `transaction`
    is BEGIN, the settings, the statement and COMMIT, on the plain side without a scope.
    """
    return asyncio.run(_measure(int(rows)))


async def _measure(rows: int) -> dict[str, Any]:
    async with bench_database("isolation") as urls:
        owner = await asyncpg.connect(**credentials(urls["OWNER_DATABASE_URL"]))
        try:
            started = time.perf_counter()
            await _fill(owner, rows)
            figures: dict[str, Any] = {
                "rows": rows,
                "towns": TOWNS,
                "fill_s": round(time.perf_counter() - started, 1),
            }
        finally:
            await owner.close()
        app = await asyncpg.connect(**credentials(urls["DATABASE_URL"]))
        try:
            for name in QUESTIONS:
                figures |= await _compare(app, name, rows)
        finally:
            await app.close()
        return figures


@asynccontextmanager
async def bench_database(kind: str) -> AsyncIterator[dict[str, str]]:
    """A migrated database of a benchmark's own; gives the URLs of its roles."""
    name = f"anshang_bench_{kind}_{os.getpid()}"
    chosen = settings()
    before = {
        "DATABASE_URL": chosen.database_url,
        "OWNER_DATABASE_URL": chosen.owner_database_url,
    }
    inside = {key: f"{url.rsplit('/', 1)[0]}/{name}" for key, url in before.items()}
    keeper = await asyncpg.connect(**credentials(before["OWNER_DATABASE_URL"]))
    try:
        await keeper.execute(f'create database "{name}" template template1')
        os.environ.update({f"ANSHANG_{key}": url for key, url in inside.items()})
        settings.cache_clear()
        await migrate()
        yield inside
    finally:
        os.environ.update({f"ANSHANG_{key}": url for key, url in before.items()})
        settings.cache_clear()
        await keeper.execute(f'drop database if exists "{name}" with (force)')
        await keeper.close()


def signed(scope: Scope) -> str:
    """The scope as the product signs it."""
    key = bytes.fromhex(settings().scope_key.get_secret_value())
    return sign(scope_body(scope, int(time.time())), key)


async def _fill(owner: asyncpg.Connection, rows: int) -> None:
    # For the session: row security binds the owner too, also where it checks references.
    scope = signed(Scope.of_platform("bench"))
    await owner.execute("select set_config('app.scope', $1, false)", scope)
    await owner.execute(BASIS)
    tables = TABLES.format(rows=rows, towns=TOWNS, per_district=TOWNS_PER_DISTRICT)
    for statement in filter(str.strip, tables.split(";")):
        await owner.execute(statement, timeout=600)
    await owner.execute("vacuum analyze bench_walled", timeout=600)
    await owner.execute("vacuum analyze bench_plain", timeout=600)


async def _compare(app: asyncpg.Connection, name: str, rows: int) -> dict[str, Any]:
    """Medians of interleaved rounds: each town asks both tables in turn."""
    walled, plain, kind = QUESTIONS[name]
    ratios: dict[str, list[float]] = {"query": [], "transaction": []}
    medians: dict[str, list[float]] = {"walled": [], "plain": []}
    for number in range(-1, ROUNDS):  # the first round warms caches and plans
        times: dict[str, list[tuple[float, float]]] = {"walled": [], "plain": []}
        for repeat in range(REPEATS):
            town = Town((number * 131 + repeat * 7) % TOWNS)
            value = town.argument(kind, rows, repeat)
            by_hand = value if kind == "named" else [*town.key, *value]
            sides = [("walled", walled, value), ("plain", plain, by_hand)]
            for side, text, values in sides if repeat % 2 else reversed(sides):
                scope = town.scope if side == "walled" else ""
                times[side].append(await _ask(app, text, values, scope))
        if number >= 0:
            for part, unit in enumerate(ratios):
                one, other = (
                    statistics.median(t[part] for t in times[side]) for side in ("walled", "plain")
                )
                ratios[unit].append(one / other)
            for side, measured in medians.items():
                measured.append(statistics.median(t[0] for t in times[side]))
    figures: dict[str, Any] = {
        f"{name}_{side}_us": round(statistics.median(measured) * 1e6, 1)
        for side, measured in medians.items()
    }
    return figures | {
        f"{name}_{unit}_overhead_percent": round((statistics.median(found) - 1) * 100, 1)
        for unit, found in ratios.items()
    }


async def _ask(
    app: asyncpg.Connection, sql: str, values: list[Any], scope: str
) -> tuple[float, float]:
    """Seconds of the statement and of its whole transaction."""
    begun = time.perf_counter()
    async with app.transaction(isolation="repeatable_read", readonly=True):
        await app.execute(
            "select set_config($1, $2, true), set_config('statement_timeout', '0', true)",
            "app.scope" if scope else "app.nothing",
            scope,
        )
        asked = time.perf_counter()
        rows = await app.fetch(sql, *values)
        answered = time.perf_counter()
    if not rows:
        raise RuntimeError(f"no rows answer {sql}")
    return answered - asked, time.perf_counter() - begun


class Town:
    """One town of the benchmark; ids are digests of numbers, as in `TABLES`."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.key = [_digest("town", number), _digest("district", number // TOWNS_PER_DISTRICT)]
        self.scope = signed(Scope.of_tenant(Owner(*self.key), "bench"))

    def argument(self, kind: str, rows: int, repeat: int) -> list[Any]:
        """What the question asks for: some row of the town, or a moment in its middle."""
        row = self.number + TOWNS * (repeat * 13 % (rows // TOWNS))
        if kind == "id":
            return [_digest("row", row)]
        moment = START + timedelta(seconds=rows // 2)
        asked: dict[str, list[Any]] = {"at": [moment], "named": [self.key[0], moment]}
        return asked.get(kind, [])


def _digest(kind: str, number: int) -> UUID:
    return UUID(md5(f"{kind} {number}".encode(), usedforsecurity=False).hexdigest())
