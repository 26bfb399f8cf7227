"""Keeping the search terms of enterprises: a few statements for one enterprise or for a chunk.

An enterprise without readings waits to be indexed.  What a clerk enters is indexed with it; an
import leaves its thousands to a delivery of their own, which begins as soon as it has committed.
"""

from collections.abc import Collection
from uuid import UUID

from service.register import pairing, search
from service.register.bulk import bulk
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

# Three statements without a join: of a table that nobody has analysed yet, as after a large import,
# the planner would choose to read all premises of the town for each enterprise.
_NAMES = (
    "select id, name, credit_code, alternate_id from enterprises"
    " where tenant_id = $1 and id = any ($2::uuid[])"
)
_ADDRESSES = (
    "select enterprise_id, address from premises"
    " where tenant_id = $1 and enterprise_id = any ($2::uuid[])"
)
_NUMBERS = (
    "select enterprise_id, value from enterprise_identifiers"
    " where tenant_id = $1 and enterprise_id = any ($2::uuid[])"
)
CHUNK = 2_000  # enterprises of one transaction, some 40,000 terms


async def index(owner: Owner, enterprise_ids: Collection[UUID]) -> None:
    """Make the terms and likely pairs of these enterprises of one town what their entries say."""
    if not enterprise_ids:
        return
    fetch = current().fetch
    wanted = list(enterprise_ids)
    rows = await fetch(_NAMES, owner.tenant_id, wanted)
    terms: dict[UUID, set[str]] = {
        row["id"]: search.name_terms(row["name"])
        | search.code_terms(row["credit_code"], row["alternate_id"])
        for row in rows
    }
    for row in await fetch(_ADDRESSES, owner.tenant_id, wanted):
        terms[row["enterprise_id"]] |= search.address_terms(row["address"])
    for row in await fetch(_NUMBERS, owner.tenant_id, wanted):
        terms[row["enterprise_id"]] |= search.code_terms(row["value"])
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
    # After the terms, whose references would else meet two versions of each enterprise.
    await fetch(
        "update enterprises e set readings = n.readings, sort_key = n.sort_key, paired = true"
        " from unnest($2::uuid[], $3::text[], $4::text[]) as n (id, readings, sort_key)"
        " where e.tenant_id = $1 and e.id = any ($2::uuid[]) and e.id = n.id"
        " and (e.readings, e.sort_key, e.paired) is distinct from (n.readings, n.sort_key, true)",
        owner.tenant_id,
        [row["id"] for row in rows],
        [search.readings(row["name"]) for row in rows],
        [search.sort_key(row["name"]) for row in rows],
    )
    await pairing.refresh(owner, wanted)


async def _delete(owner: Owner, gone: list[tuple[UUID, str]]) -> None:
    if gone:
        await current().fetch(
            "delete from search_terms s using unnest($2::uuid[], $3::text[]) as g (id, term)"
            " where s.tenant_id = $1 and s.enterprise_id = any ($2::uuid[])"
            " and s.enterprise_id = g.id and s.term = g.term",
            owner.tenant_id,
            [one for one, _ in gone],
            [term for _, term in gone],
        )


async def _insert(owner: Owner, new: list[tuple[UUID, str]]) -> None:
    # In the order of the index, which then grows at its end.
    new.sort(key=lambda pair: (pair[1], pair[0]))
    if new:
        await current().fetch(
            "insert into search_terms (tenant_id, district_id, enterprise_id, term)"
            " select $1, $2, n.id, n.term from unnest($3::uuid[], $4::text[]) as n (id, term)",
            owner.tenant_id,
            owner.district_id,
            [one for one, _ in new],
            [term for _, term in new],
        )


async def stale(owner: Owner, enterprise_ids: Collection[UUID]) -> None:
    """Leave these enterprises to `complete`; until then they are found by their former terms."""
    await current().fetch(
        "update enterprises set readings = '' where tenant_id = $1 and id = any ($2::uuid[])"
        " and readings <> ''",
        owner.tenant_id,
        list(enterprise_ids),
    )


async def complete(scope: Scope, owner: Owner, limit: int = CHUNK) -> int:
    """Index enterprises that wait for it and that nobody holds; returns how many there were."""
    async with tenant_transaction(scope):
        await bulk()
        rows = await current().fetch(
            "select id from enterprises where tenant_id = $1 and (readings = '' or not paired)"
            " order by id limit $2 for update skip locked",
            owner.tenant_id,
            limit,
        )
        await index(owner, [row["id"] for row in rows])
    return len(rows)


async def complete_town(scope: Scope, owner: Owner) -> None:
    """Index everything that waits, a chunk in a transaction, so that no town holds the memory."""
    while await complete(scope, owner):
        pass
