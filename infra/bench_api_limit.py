"""The bare limit: a route that runs one scoped transaction and returns PostgreSQL's JSON text.

No GraphQL, no rights, no log: what any server on this stack must at least do.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.database import credentials
from tenants.scope import Scope, scope_body, sign

READ = {
    "point": """
        select json_build_object('creditCode', credit_code, 'name', name,
            'industryCode', industry_code, 'aboveQuota', above_quota, 'risk', risk)::text
        from enterprises where tenant_id = $1 and credit_code = $2""",
    "page": """
        select json_agg(json_build_object('creditCode', e.credit_code, 'name', e.name,
            'risk', e.risk, 'hazards', (
                select coalesce(json_agg(json_build_object('state', h.state, 'grade', h.grade,
                    'description', h.description, 'foundOn', h.found_on, 'history', (
                        select coalesce(json_agg(
                            json_build_object('step', s.step, 'state', s.state)
                            order by s.at, s.id), '[]')
                        from hazard_events s
                        where s.tenant_id = h.tenant_id and s.hazard_id = h.id
                    )) order by h.created_at desc, h.id desc), '[]')
                from (select * from hazards h where h.tenant_id = e.tenant_id
                    and h.enterprise_id = e.id
                    order by h.created_at desc, h.id desc limit 5) h
            )) order by e.id desc)::text
        from (select * from enterprises where tenant_id = $1 and $2 <> ''
            order by id desc limit 50) e""",
    "committee": """
        select json_agg(json_build_object('town', t.name,
            'enterprises', coalesce(s.enterprises, 0),
            'openHazards', json_build_object('ungraded', coalesce(s.ungraded, 0),
                'general', coalesce(s.general, 0), 'major', coalesce(s.major, 0)),
            'overdue', coalesce(s.overdue, 0)) order by t.division_code)::text
        from tenants t left join (
            select tenant_id, sum(enterprises) enterprises, sum(ungraded) ungraded,
                sum(general) general, sum(major) major, sum(overdue) overdue
            from town_tallies group by 1) s on s.tenant_id = t.id
        where t.kind <> 'DISTRICT' and $1::uuid is not null and $2 <> ''""",
    "live": """
        select json_agg(json_build_object('town', t.name, 'found', coalesce(c.found, 0),
            'major', coalesce(c.major, 0), 'overdue', coalesce(c.overdue, 0))
            order by t.division_code)::text
        from tenants t left join (
            select tenant_id, count(*) found, count(*) filter (where grade = 'MAJOR') major,
                count(*) filter (where state = 'OVERDUE') overdue
            from hazards group by 1) c on c.tenant_id = t.id
        where t.kind <> 'DISTRICT' and $1::uuid is not null and $2 <> ''""",
}

WRITTEN = (
    """
    insert into idempotency_keys (id, tenant_id, district_id, principal, key, request_hash,
        response, created_at)
    select gen_random_uuid(), p.tenant_id, p.district_id, 'bench', $2, repeat('0', 64),
        '{"reportHazard":{"hazard":null,"errors":[]}}', now()
    from premises p where p.id = $1 returning 1""",
    """
    insert into hazards (id, tenant_id, district_id, enterprise_id, premises_id, state, category,
        line, source, description, found_on, criterion, criterion_version, grade_reason,
        assigned_to, plan_responsible, plan_measures, plan_contingency, result, verification,
        supervision_reference, dismissal_by, dismissal_reason, extensions, reported_by,
        created_at, updated_at)
    select uuidv7(), p.tenant_id, p.district_id, p.enterprise_id, p.id, 'FOUND', 'FIRE', 'fire',
        'INSPECTION', '疏散通道堆放货物' || left($2, 0), current_date, '', '', '', '', '', '', '',
        '', '', '', '', '', 0, '', now(), now()
    from premises p where p.id = $1 returning 1""",
    """
    select app.append_audit(p.tenant_id, p.district_id, now(), 'bench', 'hazards.reported',
        'Hazard:' || $2, '{"act":"hazards.reported","detail":{"source":"INSPECTION"}}')
    from premises p where p.id = $1""",
    """
    insert into outbox_events (id, tenant_id, district_id, event, payload, actor, correlation,
        created_at)
    select uuidv7(), p.tenant_id, p.district_id, 'hazards.reported',
        jsonb_build_object('hazard', $2::text), 'bench', '', now()
    from premises p where p.id = $1 returning 1""",
)
"""What `reportHazard` writes: the key, the row, the audit entry and the event."""


def scope_of(fields: dict[str, Any]) -> Scope:
    """The scope as the benchmark hands it over."""
    districts, readable, writable = (
        frozenset(map(UUID, fields[one])) for one in ("districts", "readable", "writable")
    )
    return Scope("bench", None, districts, readable, writable)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Ten connections, as every server in the comparison has."""
    async with asyncpg.create_pool(
        **credentials(os.environ["ANSHANG_DATABASE_URL"]), min_size=10, max_size=10
    ) as pool:
        app.state.pool = pool
        app.state.key = bytes.fromhex(os.environ["ANSHANG_SCOPE_KEY"])
        app.state.scopes = {
            name: scope_of(fields)
            for name, fields in orjson.loads(os.environ["ANSHANG_BENCH_SCOPES"]).items()
        }
        yield


async def read(request: Request) -> Response:
    """One read-only snapshot."""
    case = request.path_params["case"]
    state, code = request.app.state, orjson.loads(await request.body())["code"]
    scope = state.scopes["committee" if case in ("committee", "live") else "town"]
    (tenant, *_) = sorted(scope.readable)
    async with (
        state.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(
            "select set_config('app.scope', $1, true), set_config('statement_timeout', $2, true)",
            sign(scope_body(scope, int(time())), state.key),
            "10000",
        )
        text = await connection.fetchval(READ[case], tenant, code)
    return Response(text, media_type="application/json")


async def write(request: Request) -> Response:
    """The rows of one reported hazard in one commit."""
    state, body = request.app.state, orjson.loads(await request.body())
    async with state.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "select set_config('app.scope', $1, true)",
            sign(scope_body(state.scopes["town"], int(time())), state.key),
        )
        premises = UUID(body["premises"])
        for sql in WRITTEN:
            await connection.fetchval(sql, premises, body["key"])
    return Response(b'{"written":true}', media_type="application/json")


app = Starlette(
    routes=[
        Route("/write", write, methods=["POST"]),
        Route("/{case}", read, methods=["POST"]),
    ],
    lifespan=lifespan,
)
