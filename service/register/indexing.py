"""Keeping the search terms of enterprises: a few statements for one enterprise or for 20,000."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from service.register import search
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

_SOURCES = """
select e.id, e.name, e.credit_code, e.alternate_id,
    array(select p.address from premises p
        where p.tenant_id = e.tenant_id and p.enterprise_id = e.id) as addresses,
    array(select i.value from enterprise_identifiers i
        where i.tenant_id = e.tenant_id and i.enterprise_id = e.id) as identifiers
from enterprises e where e.tenant_id = $1 and e.id = any ($2::uuid[])
"""
_CHUNK = 100_000


async def index(owner: Owner, enterprise_ids: Collection[UUID]) -> None:
    """Make the terms of these enterprises of one town what their entries say."""
    if not enterprise_ids:
        return
    fetch = current().fetch
    wanted = list(enterprise_ids)
    rows = await fetch(_SOURCES, owner.tenant_id, wanted)
    terms: dict[UUID, set[str]] = defaultdict(set)
    for row in rows:
        kept = terms[row["id"]]
        kept |= search.name_terms(row["name"])
        kept |= search.code_terms(row["credit_code"], row["alternate_id"], *row["identifiers"])
        for address in row["addresses"]:
            kept |= search.address_terms(address)
    await fetch(
        "update enterprises e set readings = n.readings, sort_key = n.sort_key"
        " from unnest($2::uuid[], $3::text[], $4::text[]) as n (id, readings, sort_key)"
        " where e.tenant_id = $1 and e.id = n.id"
        " and (e.readings, e.sort_key) is distinct from (n.readings, n.sort_key)",
        owner.tenant_id,
        [row["id"] for row in rows],
        [search.readings(row["name"]) for row in rows],
        [search.sort_key(row["name"]) for row in rows],
    )
    known = await fetch(
        "select enterprise_id, array_agg(term) as terms from search_terms"
        " where tenant_id = $1 and enterprise_id = any ($2::uuid[]) group by enterprise_id",
        owner.tenant_id,
        wanted,
    )
    before = {row["enterprise_id"]: set(row["terms"]) for row in known}
    await _delete(owner, [(one, t) for one, old in before.items() for t in old - terms[one]])
    nothing: set[str] = set()
    await _insert(
        owner, [(one, t) for one, new in terms.items() for t in new - before.get(one, nothing)]
    )


async def _delete(owner: Owner, gone: list[tuple[UUID, str]]) -> None:
    if gone:
        await current().fetch(
            "delete from search_terms s using unnest($2::uuid[], $3::text[]) as g (id, term)"
            " where s.tenant_id = $1 and s.enterprise_id = g.id and s.term = g.term",
            owner.tenant_id,
            [one for one, _ in gone],
            [term for _, term in gone],
        )


async def _insert(owner: Owner, new: list[tuple[UUID, str]]) -> None:
    # In the order of the index, which then grows at its end.
    new.sort(key=lambda pair: (pair[1], pair[0]))
    for start in range(0, len(new), _CHUNK):
        part = new[start : start + _CHUNK]
        await current().fetch(
            "insert into search_terms (tenant_id, district_id, enterprise_id, term)"
            " select $1, $2, n.id, n.term from unnest($3::uuid[], $4::text[]) as n (id, term)",
            owner.tenant_id,
            owner.district_id,
            [one for one, _ in part],
            [term for _, term in part],
        )


async def complete(scope: Scope, owner: Owner, limit: int = 5000) -> int:
    """Index enterprises that have no terms yet; returns how many there were."""
    async with tenant_transaction(scope):
        rows = await current().fetch(
            "select id from enterprises where tenant_id = $1 and readings = '' limit $2",
            owner.tenant_id,
            limit,
        )
        await index(owner, [row["id"] for row in rows])
    return len(rows)
