"""Who is behind a token: one statement in one short transaction, remembered for two seconds."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from tortoise.queryset import QuerySet

from service import clock
from service.identity.records import AppGrant, Membership, Session
from service.identity.rules import (
    CACHE_SECONDS,
    SESSION_IDLE,
    TOUCH_AFTER,
    AccountStatus,
    AccountSuspended,
    GrantState,
    TokenExpired,
    TokenMalformed,
    TokenRevoked,
    TokenUnknown,
    in_force,
)
from service.identity.tokens import TokenKind, fingerprint, kind_of
from service.settings import settings
from tenants.principal import Principal
from tenants.rights import Capability, Role
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

CACHE_LIMIT = 10_000  # principals remembered by one process

_cache: dict[str, tuple[float, Principal]] = {}
_asked: dict[str, asyncio.Task[Principal]] = {}
"""What is being looked up now: who asks meanwhile waits for the same answer."""

SESSION = """
select s.id, s.expires_at, s.last_seen_at, s.revoked_at,
    a.id as account_id, a.status as account_status, a.name,
    m.role, m.tenant_id, m.body_id, m.enterprise_id, m.valid_from, m.valid_to,
    t.kind, t.status as tenant_status, t.district_id, b.can_penalise,
    array(select x.district_id from tenant_districts x where x.tenant_id = t.id) as history,
    case when t.kind = 'DISTRICT' then array(select x.tenant_id from tenant_districts x
        where x.district_id = t.district_id and x.valid_to is null) end as towns,
    case when m.role = 'COMMITTEE' then array(select x.tenant_id from tenant_districts x
        where x.district_id = t.district_id) end as ever
from sessions s
join accounts a on a.id = s.account_id
join memberships m on m.id = s.membership_id
join tenants t on t.id = m.tenant_id
left join bodies b on b.tenant_id = m.tenant_id and b.id = m.body_id
where s.token_hash = $1
"""

APP = """
select k.expires_at, k.revoked_at, k.scopes, p.id as app_id, p.status as account_status, p.name,
    array(select g.tenant_id from app_grants g join tenants t on t.id = g.tenant_id
        where g.app_id = p.id and g.state = 'ACTIVE' and t.status = 'ACTIVE'
        and k.scopes <> '[]'::jsonb and g.scopes @> k.scopes order by 1) as towns,
    array(select t.district_id from app_grants g join tenants t on t.id = g.tenant_id
        where g.app_id = p.id and g.state = 'ACTIVE' and t.status = 'ACTIVE'
        and k.scopes <> '[]'::jsonb and g.scopes @> k.scopes order by g.tenant_id) as districts
from app_tokens k join apps p on p.id = k.app_id
where k.token_hash = $1
"""


def _pepper() -> bytes:
    return bytes.fromhex(settings().token_pepper.get_secret_value())


def hash_of(token: str) -> str:
    """What this platform stores of a token."""
    return fingerprint(token, _pepper())


async def authenticate(token: str) -> Principal:
    """Who acts with this token, and in which scope.

    A revocation takes hold at once in the process that performs it and within
    `CACHE_SECONDS` in the others.

    Raises:
        TokenMalformed: not in the form of our tokens, or an application's secret.
        TokenUnknown: never issued here.
        TokenExpired: its time is over, or the session was idle too long.
        TokenRevoked: signed out or revoked.
        AccountSuspended: the account, membership, application or town is not active.
    """
    kind = kind_of(token)
    if kind is TokenKind.SECRET:
        raise TokenMalformed("this is an application's secret; exchange it at /oauth/token")
    hashed = hash_of(token)
    kept = _cache.get(hashed)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    asked = _asked.get(hashed)
    if asked is None or asked.get_loop() is not asyncio.get_running_loop():
        asked = _asked[hashed] = asyncio.create_task(_looked_up(kind, hashed))
        asked.add_done_callback(lambda done: _answered(hashed, done))
    # Whoever leaves takes nobody's answer away.
    return await asyncio.shield(asked)


async def _looked_up(kind: TokenKind, hashed: str) -> Principal:
    sql = SESSION if kind is TokenKind.SESSION else APP
    async with tenant_transaction(Scope.of_platform("sign-in")) as transaction:
        rows = await transaction.fetch(sql, hashed)
        if not rows:
            raise TokenUnknown("this token is not known here; sign in again")
        row, now = rows[0], clock.now()
        _check_times(row, now)
        if kind is TokenKind.SESSION:
            _check_membership(row, now)
            await _touch(row, now)
    principal = _member(row) if kind is TokenKind.SESSION else _application(row)
    if _asked.get(hashed) is asyncio.current_task():  # nothing was revoked meanwhile
        _remember(hashed, principal, row["expires_at"] - now)
    return principal


def _answered(hashed: str, done: asyncio.Task[Principal]) -> None:
    if _asked.get(hashed) is done:
        del _asked[hashed]
    if not done.cancelled():
        done.exception()  # seen, also when all who asked have left


def forget() -> None:
    """Look every token up again, in this process; called after any revocation.

    What is being looked up may have been read before it: nobody else gets that answer.
    """
    _cache.clear()
    _asked.clear()


def _remember(hashed: str, principal: Principal, left: timedelta) -> None:
    if len(_cache) >= CACHE_LIMIT:
        _cache.clear()
    keep = min(CACHE_SECONDS, left.total_seconds())
    _cache[hashed] = (time.monotonic() + keep, principal)


def _check_times(row: dict[str, Any], now: datetime) -> None:
    if row["revoked_at"] is not None:
        raise TokenRevoked("this token was revoked; sign in again")
    if row["expires_at"] <= now:
        raise TokenExpired(
            f"this token expired at {row['expires_at']:%Y-%m-%dT%H:%M:%SZ}; sign in again"
        )
    if row["account_status"] != AccountStatus.ACTIVE.value:
        raise AccountSuspended("this account is suspended; ask the operator of the platform")


def _check_membership(row: dict[str, Any], now: datetime) -> None:
    if now - row["last_seen_at"] >= SESSION_IDLE:
        raise TokenExpired("this session was idle for too long; sign in again")
    if not in_force(row["valid_from"], row["valid_to"], clock.legal_day(now)):
        raise AccountSuspended("this membership has ended; ask the town's administrator")
    if row["tenant_status"] != "ACTIVE":
        raise AccountSuspended("this town is suspended; ask the operator of the platform")


async def _touch(row: dict[str, Any], now: datetime) -> None:
    if now - row["last_seen_at"] >= TOUCH_AFTER:
        await Session.filter(id=row["id"]).update(last_seen_at=now)


def _member(row: dict[str, Any]) -> Principal:
    key = f"account:{row['account_id']}"
    role = Role(row["role"])
    home = Owner(row["tenant_id"], row["district_id"])
    return Principal(
        key,
        role,
        _scope(key, role, home, row),
        row["name"],
        body_id=row["body_id"],
        enterprise_id=row["enterprise_id"],
        grants=frozenset({Capability.CAN_PENALISE.value} if row["can_penalise"] else ()),
    )


def _scope(key: str, role: Role, home: Owner, row: dict[str, Any]) -> Scope:
    """As `tenants.directory` says it: a town itself, a department its district, a committee both.

    An inspector of the district office is one of its departments' officers.
    """
    if row["towns"] is None or role is Role.TENANT_ADMIN:
        return Scope.of_tenant(home, key, history=row["history"])
    district = frozenset({home.district_id})
    if role is Role.COMMITTEE:
        only = frozenset({home.tenant_id})
        return Scope(key, home, district, frozenset(row["ever"]) | only, only)
    towns = frozenset({home.tenant_id, *row["towns"]})
    return Scope(key, home, district, towns, towns)


def _application(row: dict[str, Any]) -> Principal:
    """An application sees the towns that granted every scope of its token, and no other."""
    key = f"app:{row['app_id']}"
    scopes = frozenset(_scopes(row["scopes"]))
    towns: list[UUID] = row["towns"]
    owners = [Owner(*pair) for pair in zip(towns, row["districts"], strict=True)]
    readable = frozenset(towns)
    writes = any(scope.endswith(":write") for scope in scopes)
    scope = Scope(
        key,
        owners[0] if len(owners) == 1 else None,
        frozenset(owner.district_id for owner in owners),
        readable,
        readable if writes else frozenset(),
    )
    return Principal(key, Role.APP, scope, row["name"], grants=scopes)


def _scopes(value: Any) -> list[str]:
    """The list in a jsonb column, which the driver hands over as text."""
    return list(orjson.loads(value) if isinstance(value, str) else value)


def members() -> QuerySet[Membership]:
    """Memberships in scope."""
    return Membership.all()


def app_grants(principal: Principal, state: GrantState | None = None) -> QuerySet[AppGrant]:
    """Grants in scope, in one state or in all; an application sees its own alone."""
    found = AppGrant.all() if state is None else AppGrant.filter(state=state.value)
    return own_grants(principal, found)


def own_grants(principal: Principal, found: QuerySet[AppGrant]) -> QuerySet[AppGrant]:
    """Those of the grants that the principal may see: an application its own alone."""
    if principal.role is Role.APP:
        return found.filter(app_id=UUID(principal.key.removeprefix("app:")))
    return found


async def granted_apps(owner: Owner, scope: str) -> dict[UUID, str]:
    """Names of the applications, by id, that a tenant lets act in it with a scope now."""
    found = await AppGrant.filter(tenant_id=owner.tenant_id, state=GrantState.ACTIVE.value)
    return {row.app_id: row.app_name for row in found if scope in row.scopes}
