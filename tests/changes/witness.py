"""A witness in the database: which rows of watched tables changed without an entry of the feed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from service.changes.rules import WATCHED, ChangedKind
from service.database import credentials
from service.settings import settings

TABLES = {
    ChangedKind.ENTERPRISE: "enterprises",
    ChangedKind.PREMISES: "premises",
    ChangedKind.HAZARD: "hazards",
    ChangedKind.RISK_POINT: "risk_points",
    ChangedKind.INSPECTION: "inspections",
    ChangedKind.CASE: "penalty_cases",
    ChangedKind.ACCIDENT: "accidents",
    ChangedKind.ASSET: "assets",
    ChangedKind.SUPERVISION_ORDER: "supervision_orders",
    ChangedKind.STANDARDISATION_CERT: "standardisation_certs",
}
UNSEEN = "array['readings', 'sort_key', 'paired', 'grid_id', 'district_id', 'updated_at']"
"""Columns that no field of the schema shows, and who bears them along."""

WITNESS = """
create table public.feed_witness (kind text, id uuid, change text);
grant insert on public.feed_witness to anshang_app;
create function public.witness() returns trigger language plpgsql as $$
declare
    touched uuid := coalesce(new.id, old.id);
    town uuid := coalesce(new.tenant_id, old.tenant_id);
begin
    if tg_op = 'UPDATE' and to_jsonb(new) - {unseen} = to_jsonb(old) - {unseen} then
        return null;
    end if;
    perform from public.audit_entries e where e.tenant_id = town
        and e.xmin::text::bigint >= pg_current_xact_id()::text::bigint
        and ((e.subject = tg_argv[0] || ':' || touched and e.act like tg_argv[1] || '.%')
            or e.act = any (tg_argv[2]::text[]));
    if not found then
        insert into public.feed_witness values (tg_argv[0], touched, tg_op);
    end if;
    return null;
end $$;
"""


async def connect() -> asyncpg.Connection:
    """A session of the owner, who alone may make triggers."""
    return await asyncpg.connect(**credentials(settings().owner_database_url))


async def install(owner: asyncpg.Connection) -> None:
    """Watch the tables from now on, each row at the end of its transaction."""
    await owner.execute(WITNESS.replace("{unseen}", UNSEEN))
    for kind, table in TABLES.items():
        watched = WATCHED[kind]
        bulk = "{" + ",".join(sorted(watched.bulk)) + "}"
        await owner.execute(
            f"create constraint trigger witness after insert or update or delete on {table}"
            " deferrable initially deferred for each row execute function public.witness("
            f"'{watched.type_name}', '{watched.area}', '{bulk}')"
        )


@asynccontextmanager
async def witness() -> AsyncIterator[asyncpg.Connection]:
    """The tables watched for a block; nothing of it stays."""
    owner = await connect()
    try:
        async with owner.transaction():
            await install(owner)
        yield owner
    finally:
        for table in TABLES.values():
            await owner.execute(f"drop trigger if exists witness on {table}")
        await owner.execute("drop function if exists public.witness()")
        await owner.execute("drop table if exists public.feed_witness")
        await owner.close()
