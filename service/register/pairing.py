"""Pairs of entries that may be one, kept as the entries change, so that asking costs one statement.

Each entry has a few keys: its numbers, addresses, telephone, principal, sound and bare name, as
hashes.  When an entry changes, it meets those that share a key with it, and the pairs that score
are written down.  Of a crowd that shares one, such as a market hall, it meets its neighbours by
name on either side.
"""

from collections.abc import Collection, Iterable
from hashlib import blake2b
from uuid import UUID

import orjson

from service.register.duplicates import (
    CROWD,
    FACTS,
    LEAST,
    Facts,
    Pair,
    Reason,
    compare,
    core,
    facts_of,
    keys_of,
)
from tenants.scope import Owner
from tenants.wall import current

_CORE = 80  # characters of a bare name by which a crowd is ordered
_MEETINGS = f"""
with uncoded as materialized (
    select id from enterprises where tenant_id = $1 and credit_code is null),
shared as materialized (
    select distinct kind, key from likeness_keys
    where tenant_id = $1 and enterprise_id = any ($2::uuid[])
    intersect
    select kind, key from likeness_keys
    where tenant_id = $1 and enterprise_id in (select id from uncoded)),
crowd as (
    select k.enterprise_id as one, array_agg(k.enterprise_id) over (
        partition by k.kind, k.key order by k.core, k.enterprise_id
        rows between 1 following and {CROWD - 1} following) as others
    from shared s join likeness_keys k
        on k.tenant_id = $1 and k.kind = s.kind and k.key = s.key)
select distinct least(c.one, o.other) as first_id, greatest(c.one, o.other) as second_id
from crowd c cross join lateral unnest(c.others) as o (other)
where (c.one in (select unnest($2::uuid[])) or o.other in (select unnest($2::uuid[])))
    and (c.one in (select id from uncoded) or o.other in (select id from uncoded))
"""
"""One pass over the groups of some entries, each with those that come next by name, so that the
work grows with a crowd and not with its square.  Two with a credit code each are never one
(`duplicates.compare`), so that a group is looked at only where somebody in it has none."""
_LIKELY = """
select p.first_id, p.second_id, p.score, p.reasons, count(*) over ()::int as total
from likely_pairs p
where p.tenant_id = $1 and not exists (select from duplicate_answers d
    where d.tenant_id = $1 and d.first_id = p.first_id and d.second_id = p.second_id)
order by p.score desc, p.first_id, p.second_id limit $2
"""


async def likely(owner: Owner, first: int) -> tuple[list[Pair], int]:
    """The likeliest pairs of a town that nobody has answered yet, and the number of all of them."""
    rows = await current().fetch(_LIKELY, owner.tenant_id, first)
    found = [
        Pair(
            row["first_id"],
            row["second_id"],
            row["score"],
            tuple(Reason(one) for one in orjson.loads(row["reasons"])),
        )
        for row in rows
    ]
    return found, rows[0]["total"] if rows else 0


async def refresh(owner: Owner, enterprise_ids: Collection[UUID]) -> None:
    """Make the pairs of these entries of one town what the entries say now."""
    if not enterprise_ids:
        return
    fetch, wanted = current().fetch, sorted(enterprise_ids)
    entries = await _facts(owner, wanted)
    await fetch(
        "delete from likeness_keys where tenant_id = $1 and enterprise_id = any ($2::uuid[])",
        owner.tenant_id,
        wanted,
    )
    await _insert_keys(owner, entries.values())
    await fetch(
        "delete from likely_pairs where tenant_id = $1 and"
        " (first_id = any ($2::uuid[]) or second_id = any ($2::uuid[]))",
        owner.tenant_id,
        wanted,
    )
    # Two who write at once see one another's keys, since the later one waits here for the former.
    # Every command takes this lock, so nobody waits for one who waits.
    await fetch("select app.hold_books($1, $2)", owner.tenant_id, owner.district_id)
    met = [
        (row["first_id"], row["second_id"])
        for row in await fetch(_MEETINGS, owner.tenant_id, list(entries))
    ]
    others = {one for pair in met for one in pair} - set(entries)
    entries |= await _facts(owner, sorted(others))
    await _insert_pairs(owner, _scoring(met, entries))


async def _facts(owner: Owner, wanted: Collection[UUID]) -> dict[UUID, Facts]:
    if not wanted:
        return {}
    rows = await current().fetch(FACTS, owner.tenant_id, list(wanted))
    return {row["id"]: facts_of(row) for row in rows}


def _scoring(met: Iterable[tuple[UUID, UUID]], entries: dict[UUID, Facts]) -> Iterable[Pair]:
    for first, second in met:
        if first in entries and second in entries:
            score, reasons = compare(entries[first], entries[second])
            if score >= LEAST:
                yield Pair(first, second, score, reasons)


async def _insert_keys(owner: Owner, entries: Iterable[Facts]) -> None:
    rows = sorted(
        (kind, blake2b(key.encode(), digest_size=16).hexdigest(), core(one.name)[:_CORE], one.id)
        for one in entries
        for kind, key in set(keys_of(one))
    )
    if rows:
        kinds, keys, cores, ids = (list(column) for column in zip(*rows, strict=True))
        await current().fetch(
            "insert into likeness_keys (tenant_id, district_id, kind, key, core, enterprise_id)"
            " select $1, $2, n.kind, n.key, n.core, n.id"
            " from unnest($3::text[], $4::text[], $5::text[], $6::uuid[])"
            " as n (kind, key, core, id)",
            owner.tenant_id,
            owner.district_id,
            kinds,
            keys,
            cores,
            ids,
        )


async def _insert_pairs(owner: Owner, pairs: Iterable[Pair]) -> None:
    rows = sorted(pairs, key=lambda pair: (pair.first, pair.second))
    if rows:
        await current().fetch(
            "insert into likely_pairs"
            " (tenant_id, district_id, first_id, second_id, score, reasons)"
            " select $1, $2, n.first, n.second, n.score, n.reasons::jsonb"
            " from unnest($3::uuid[], $4::uuid[], $5::int[], $6::text[])"
            " as n (first, second, score, reasons)",
            owner.tenant_id,
            owner.district_id,
            [one.first for one in rows],
            [one.second for one in rows],
            [one.score for one in rows],
            [orjson.dumps([reason.value for reason in one.reasons]).decode() for one in rows],
        )
