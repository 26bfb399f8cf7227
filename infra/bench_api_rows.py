"""The district that the API's benchmark asks: towns, enterprises, premises, hazards, steps."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from service import database
from service.administration.provisioning import provision
from service.identity import commands, sessions
from service.settings import settings
from tenants.catalogue import towns_of
from tenants.directory import committee_scope
from tenants.rights import Role
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

SCRATCH = f"anshang_bench_api_{os.getpid()}"
DISTRICT, TOWNS, ENTERPRISES, HAZARDS = "500112", 30, 600, 6
_URLS = ("ANSHANG_DATABASE_URL", "ANSHANG_OWNER_DATABASE_URL")

ROWS = (
    """
    insert into enterprises (id, tenant_id, district_id, credit_code, name, industry_code,
        above_quota, risk, status, contact_name, contact_phone, principal_name, readings,
        sort_key, version, created_at)
    select md5('enterprise ' || t.id || n)::uuid, t.id, t.district_id,
        '9199011' || lpad(n::text, 5, '0') || upper(left(md5(t.id || '-' || n), 6)),
        '示例商贸有限公司' || n, '5211', n % 3 = 0,
        (array['RED', 'ORANGE', 'YELLOW', 'BLUE'])[1 + n % 4], 'OPERATING', '', '', '', '', '', 1,
        timestamptz '2026-01-01' + n * interval '1 minute'
    from tenants t, generate_series(1, $1) n where t.kind <> 'DISTRICT'
    """,
    """
    insert into premises (id, tenant_id, district_id, enterprise_id, name, address, latitude,
        longitude, status, cell, grid_decided, version, created_at)
    select md5('premises ' || e.id)::uuid, e.tenant_id, e.district_id, e.id,
        e.name || '门店', '示例路' || right(e.credit_code, 6) || '号', 29.5 + random() / 8,
        106.5 + random() / 8, 'OPERATING', '', false, 1, e.created_at
    from enterprises e
    where $1 > 0
    """,
    """
    insert into hazards (id, tenant_id, district_id, enterprise_id, premises_id, state, grade,
        category, line, source, description, found_on, due_on, criterion, criterion_version,
        grade_reason, assigned_to, plan_responsible, plan_measures, plan_contingency, result,
        verification, supervision_reference, dismissal_by, dismissal_reason, extensions,
        reported_by, created_at, updated_at)
    select md5('hazard ' || p.id || n)::uuid, p.tenant_id, p.district_id, p.enterprise_id, p.id,
        (array['FOUND', 'RECTIFYING', 'OVERDUE', 'CLOSED'])[1 + n % 4],
        (array['GENERAL', 'MAJOR'])[1 + n % 2], 'FIRE', 'fire', 'INSPECTION',
        '疏散通道堆放货物，安全出口标识损坏', date '2026-01-05' + n, date '2026-02-05' + n,
        '', '', '', '', '', '', '', '', '', '', '', '', 0, '',
        timestamptz '2026-01-05' + n * interval '1 day', timestamptz '2026-01-05'
    from premises p, generate_series(1, $1) n
    """,
    """
    insert into hazard_events (id, tenant_id, district_id, hazard_id, step, state, at, actor,
        detail)
    select (left(md5('step ' || h.id), 31) || n)::uuid, h.tenant_id, h.district_id, h.id,
        (array['GRADE', 'ASSIGN'])[n], (array['GRADED', 'ASSIGNED'])[n],
        h.created_at + n * interval '1 hour', 'bench', '{}'
    from hazards h, generate_series(1, 2) n
    where $1 > 0
    """,
)


@dataclass(frozen=True, slots=True)
class Bench:
    """What is asked, and by whom."""

    town: Owner
    town_scope: Scope
    committee_scope: Scope
    town_token: str
    committee_token: str
    codes: list[str]
    premises: list[UUID]


async def fill(enterprises: int = ENTERPRISES) -> Bench:
    """Fill the open database, which must be empty."""
    codes = [town.code for town in towns_of(DISTRICT)][:TOWNS]
    await provision(codes)
    async with tenant_transaction(Scope.of_platform("bench"), read_only=True) as transaction:
        towns = await transaction.fetch("select * from tenants order by division_code")
    owners = [Owner(row["id"], row["district_id"]) for row in towns]
    everything = frozenset(owner.tenant_id for owner in owners)
    scope = Scope(
        "bench", owners[0], frozenset({owners[0].district_id}), everything, everything, True
    )
    async with tenant_transaction(scope):
        for sql, amount in zip(ROWS, (enterprises, 1, HAZARDS, 1), strict=True):
            await current().fetch(sql, amount)
    office = next(Owner(r["id"], r["district_id"]) for r in towns if r["kind"] == "DISTRICT")
    town = next(Owner(r["id"], r["district_id"]) for r in towns if r["kind"] != "DISTRICT")
    own_token = await _token(town, "bench-town", Role.TENANT_ADMIN)
    across_token = await _token(office, "bench-committee", Role.COMMITTEE)
    own = Scope.of_tenant(town, "bench")
    async with tenant_transaction(own, read_only=True) as transaction:
        found = await transaction.fetch(
            "select e.credit_code, p.id from enterprises e join premises p"
            " on p.tenant_id = e.tenant_id and p.enterprise_id = e.id order by e.id limit 64"
        )
    across = await committee_scope(town.district_id, "bench")
    credit_codes = [row["credit_code"] for row in found]
    premises = [row["id"] for row in found]
    return Bench(town, own, across, own_token, across_token, credit_codes, premises)


async def _token(owner: Owner, login: str, role: Role) -> str:
    async with tenant_transaction(commands.enrolment_scope(owner, "bench")):
        account = await commands.create_account(login, name="测试员", oidc_subject=login)
        await commands.add_member(owner, account, role)
    return (await sessions.sign_in_as(login)).token


@asynccontextmanager
async def scratch() -> AsyncIterator[None]:
    """A database of its own, analysed once `fill` has run; dropped afterwards."""
    owner = settings().owner_database_url
    before = {name: os.environ.get(name) for name in _URLS}
    keeper = await asyncpg.connect(**database.credentials(owner))
    try:
        await keeper.execute(f'create database "{SCRATCH}"')
        for name, url in zip(_URLS, (settings().database_url, owner), strict=True):
            os.environ[name] = url.rsplit("/", 1)[0] + "/" + SCRATCH
        settings.cache_clear()
        await database.migrate()
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        settings.cache_clear()
        await _drop(keeper)
        await keeper.close()


async def _drop(keeper: asyncpg.Connection) -> None:
    """Drop the database; the server's own cleaner may hold it for a moment."""
    for patience in (0.2, 1, 2, 4, 8, 0):
        try:
            await keeper.execute(f'drop database if exists "{SCRATCH}" with (force)')
        except asyncpg.InsufficientPrivilegeError:
            if not patience:
                raise
            await asyncio.sleep(patience)
        else:
            return


async def analyse() -> None:
    """Let the planner know the rows."""
    connection = await asyncpg.connect(**database.credentials(settings().owner_database_url))
    await connection.execute("analyze")
    await connection.close()
