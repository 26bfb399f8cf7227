"""Usage of applications: requests, points and refusals by day and operation, in each town.

Redis counts in the script that takes the points, so counting costs no round trip and misses
nothing that was paid.  A task copies the counters to the database as they stand: copying twice
changes nothing, and one that Redis forgot begins under another epoch.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from service import clock
from service.errors import Invalid
from service.identity.records import AppGrant, AppUsage
from service.identity.rules import GrantState
from service.ids import new_id
from service.late import Late
from service.settings import settings
from tenants.directory import owners
from tenants.records import Tenant
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

if TYPE_CHECKING:
    from redis import asyncio as redis
else:
    redis = Late("redis.asyncio")

KEPT_DAYS = 400
MOST_DAYS = 92
MOST_OPERATIONS = 200
"""Names of operations counted apart for one application in one town on one day."""
OTHERS = "*"
COUNTED_DAYS = 3
"""Days whose counters Redis keeps."""

COUNT = """
local usage, index, member = KEYS[2], KEYS[3], ARGV[4]
local name, kept, names = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
if redis.call('hexists', usage, 'o:' .. name) == 0 then
    if redis.call('hlen', usage) >= 4 * names then name = '*' end
    redis.call('hset', usage, 'o:' .. name, 1)
    redis.call('hsetnx', usage, 'epoch', ARGV[8])
    redis.call('expire', usage, kept)
    redis.call('sadd', index, member)
    redis.call('expire', index, kept)
end
if taken == 1 then
    redis.call('hincrby', usage, 'r:' .. name, 1)
    redis.call('hincrby', usage, 'p:' .. name, cost)
else
    redis.call('hincrby', usage, 'x:' .. name, 1)
end
"""
"""The part of the budget's script that counts; it knows `taken` and `cost`."""

_UPSERT = """
insert into app_usage as u
    (id, tenant_id, district_id, app_id, day, operation, several, epoch, requests, points, refused)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (tenant_id, app_id, day, operation, several, epoch) do update
    set requests = excluded.requests, points = excluded.points, refused = excluded.refused
    where (u.requests, u.points, u.refused) < (excluded.requests, excluded.points, excluded.refused)
returning id
"""

_SUMS = """
select x.app_id, x.tenant_id, x.day, x.operation, x.several, sum(x.requests)::bigint as requests,
    sum(x.points)::bigint as points, sum(x.refused)::bigint as refused
from app_usage x where x.app_id = any ($1::uuid[]) and x.day between $2 and $3
group by 1, 2, 3, 4, 5
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Requests answered, points spent, and requests refused for want of points."""

    requests: int = 0
    points: int = 0
    refused: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.requests + other.requests,
            self.points + other.points,
            self.refused + other.refused,
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """Figures of a span of days, and the same by day and by name of the operation."""

    total: Figures
    days: Mapping[date, Figures]
    operations: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Counter:
    """Where a request is counted: keys in Redis and what the script needs beside them."""

    keys: tuple[str, str]
    arguments: tuple[str | int, ...]


def counter(namespace: str, who: str, where: str, operation: str) -> Counter:
    """The counters of an application in a town (empty: several at once) for today."""
    index = f"{namespace}:usage:{clock.legal_day(clock.now())}"
    member = f"{who.removeprefix('app:')}|{where}"
    return Counter(
        (f"{index}:{member}", index),
        (
            member,
            operation[:80],
            COUNTED_DAYS * 86_400,
            MOST_OPERATIONS,
            secrets.token_hex(8),
        ),
    )


async def flush() -> int:
    """Copy what Redis counts of the last days to the database; returns how many rows it wrote."""
    chosen = settings()
    counters = redis.Redis.from_url(chosen.redis_url, decode_responses=True)
    today = clock.legal_day(clock.now())
    written = 0
    try:
        for back in range(COUNTED_DAYS):
            day = today - timedelta(days=back)
            index = f"{chosen.queue_namespace}:usage:{day}"
            async for member in counters.sscan_iter(index):
                counted: Any = await counters.hgetall(f"{index}:{member}")
                written += await _keep(str(member), day, counted)
    finally:
        await counters.aclose()
    return written


async def _keep(member: str, day: date, counted: Mapping[str, str]) -> int:
    app, _, town = member.partition("|")
    written = 0
    for owner in await _owners(UUID(app), UUID(town) if town else None):
        async with tenant_transaction(Scope.of_tenant(owner, "task:identity.flush_usage")) as here:
            for name in [key[2:] for key in counted if key.startswith("o:")]:
                figures = [int(counted.get(f"{kind}:{name}", 0)) for kind in "rpx"]
                rows = await here.fetch(
                    _UPSERT,
                    *(new_id(), owner.tenant_id, owner.district_id, UUID(app), day, name),
                    *(not town, counted.get("epoch", ""), *figures),
                )
                written += len(rows)
    return written


async def _owners(app_id: UUID, town: UUID | None) -> list[Owner]:
    """The town, or every town that has let the application in when it asks several at once."""
    async with tenant_transaction(Scope.of_platform("task:identity.flush_usage"), read_only=True):
        if town is not None:
            return [row.owner for row in await Tenant.filter(id=town)]
        grants = await AppGrant.filter(app_id=app_id, state=GrantState.ACTIVE.value)
        rows = await Tenant.filter(id__in=[grant.tenant_id for grant in grants])
        return [row.owner for row in rows]


async def purge() -> int:
    """Drop what is older than the keeping time; returns how many rows."""
    before = clock.legal_day(clock.now()) - timedelta(days=KEPT_DAYS)
    gone = 0
    for owner in await owners("task:identity.purge"):
        async with tenant_transaction(Scope.of_tenant(owner, "task:identity.purge")):
            gone += await AppUsage.filter(tenant_id=owner.tenant_id, day__lt=before).delete()
    return gone


def check_span(first: date, last: date) -> None:
    """Refuse a span that is none, or too long for one answer.

    Raises:
        Invalid: it is.
    """
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Invalid(f"give a span of 1 to {MOST_DAYS} days", path=("to",))


async def of_grants(keys: Collection[tuple[UUID, UUID]], first: date, last: date) -> list[Usage]:
    """What each application asked of each town, by (tenant, app), in one statement."""
    rows = await current().fetch(_SUMS, [app for _, app in keys], first, last)
    return [usage(row for row in rows if (row["tenant_id"], row["app_id"]) == key) for key in keys]


async def of_app(app_id: UUID, first: date, last: date) -> Usage:
    """What an application asked of all its towns; what it asked several at once counts once."""
    rows = await current().fetch(_SUMS, [app_id], first, last)
    once: dict[tuple[date, str], dict[str, object]] = {}
    for row in rows:
        if row["several"]:
            known = once.setdefault((row["day"], row["operation"]), row)
            if int(str(known["requests"])) < row["requests"]:
                once[row["day"], row["operation"]] = row
    return usage([*(row for row in rows if not row["several"]), *once.values()])


def usage(rows: Iterable[Mapping[str, object]]) -> Usage:
    """The rows added up."""
    total = Figures()
    days: dict[date, Figures] = defaultdict(Figures)
    names: dict[str, Figures] = defaultdict(Figures)
    for row in rows:
        one = Figures(*(int(str(row[name])) for name in ("requests", "points", "refused")))
        day, name = row["day"], str(row["operation"])
        assert isinstance(day, date)
        total, days[day], names[name] = total + one, days[day] + one, names[name] + one
    return Usage(total, days, names)
