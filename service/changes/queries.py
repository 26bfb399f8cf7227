"""One page of the change feed, out of the audit chains that the open transaction sees."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from service import clock
from service.changes.rules import (
    MOST_TOWNS,
    WATCHED,
    Chain,
    Change,
    Entry,
    Kinds,
    Place,
    Places,
    TooManyTowns,
    check_age,
    entry_lines,
    mark_of,
    marker_lines,
    share,
)
from service.settings import settings
from tenants.wall import current

TOWNS = """
select tenant_id from tenant_districts
where valid_to is null and tenant_id = any ($1::uuid[]) and district_id = any ($2::uuid[])
"""

CHAINS = """
select a.tenant_id, a.position, h.seq as head, h.hash as head_hash, m.hash as mark,
    s.unread, s.oldest, u.seq as upto, u.hash as upto_hash
from unnest($1::uuid[], $2::bigint[]) as a (tenant_id, position)
left join lateral (select e.seq, e.hash from audit_entries e
    where e.tenant_id = a.tenant_id order by e.seq desc limit 1) h on true
left join audit_entries m on m.tenant_id = a.tenant_id and m.seq = a.position
left join lateral (select count(*) as unread, min(e.at) as oldest from audit_entries e
    where e.tenant_id = a.tenant_id
    and e.seq > a.position and e.seq <= a.position + $3::bigint) s on true
left join audit_entries u
    on u.tenant_id = a.tenant_id and u.seq = least(h.seq, a.position + $3::bigint)
"""

ENTRIES = """
select c.* from (
    select e.tenant_id, e.seq, e.hash, e.at, e.act,
        split_part(e.subject, ':', 1) as type_name, split_part(e.subject, ':', 2) as object,
        max(e.at) over (partition by e.tenant_id order by e.seq) as turn
    from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as a (tenant_id, position, upto)
    cross join lateral (select * from audit_entries x
        where x.tenant_id = a.tenant_id and x.seq > a.position and x.seq <= a.upto
        and (split_part(x.subject, ':', 1) || ' ' || split_part(x.act, '.', 1) = any ($4::text[])
            or x.act = any ($5::text[]))
        order by x.seq limit $6) e
) c order by c.turn, c.tenant_id, c.seq limit $6
"""
"""Each town in its own order; towns among one another by the instant of their acts."""


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in order, the places after the page, and whether more follow."""

    changes: list[Change]
    places: Places
    more: bool


async def page(known: Places, kinds: Kinds, asked: Iterable[UUID] | None, size: int) -> Page:
    """What happened after `known`, of the kinds given in the towns asked for that are in scope.

    Raises:
        CursorExpired: changes after it are no longer kept.
        TooManyTowns: more than a cursor can hold.
    """
    towns = await _towns(asked) if kinds else []
    if len(towns) > MOST_TOWNS:
        raise TooManyTowns(
            f"one feed follows at most {MOST_TOWNS} towns: name them in `tenants`",
            path=("tenants",),
        )
    chains = await _chains(known, towns)
    days = settings().changes_kept_days
    check_age(known, chains, clock.now() - timedelta(days=days), days)
    lines = list(marker_lines(known, chains, kinds, clock.now()))
    if len(lines) > size:
        kept = lines[:size]
        return Page(kept, _after(kept, known), True)
    places = _after(lines, known)
    entries = await _entries(places, chains, kinds, size - len(lines) + 1)
    more = len(entries) > size - len(lines)
    found = list(entry_lines(places, entries[: size - len(lines)]))
    places = _after(found, places)
    if not more:
        places = {tenant: _advanced(place, chains[tenant]) for tenant, place in places.items()}
        more = any(place.seq < chains[tenant].head for tenant, place in places.items())
    return Page([*lines, *found], places, more)


def _after(lines: Sequence[Change], before: Places) -> Places:
    return dict(lines[-1].after or {}) if lines else dict(before)


def _advanced(place: Place, chain: Chain) -> Place:
    """Past everything that this request looked at and that does not concern the client."""
    if chain.upto <= place.seq:
        return place
    return replace(place, seq=chain.upto, mark=chain.upto_mark)


async def _towns(asked: Iterable[UUID] | None) -> list[UUID]:
    scope = current().scope
    wanted = scope.readable if asked is None else scope.readable.intersection(asked)
    rows = await current().fetch(TOWNS, list(wanted), list(scope.districts))
    return [row["tenant_id"] for row in rows]


async def _chains(known: Places, towns: list[UUID]) -> dict[UUID, Chain]:
    positions = [known[town].seq if town in known else None for town in towns]
    rows = await current().fetch(CHAINS, towns, positions, share(len(towns)))
    return {row["tenant_id"]: _chain(row) for row in rows}


def _chain(row: dict[str, Any]) -> Chain:
    position = row["position"] or 0
    return Chain(
        head=row["head"] or 0,
        head_mark=mark_of(row["head_hash"]),
        mark=mark_of(row["mark"]) if row["mark"] else None,
        unread=row["unread"],
        upto=row["upto"] or position,
        upto_mark=mark_of(row["upto_hash"]),
        oldest=row["oldest"],
    )


async def _entries(
    places: Places, chains: dict[UUID, Chain], kinds: Kinds, limit: int
) -> list[Entry]:
    unread = [town for town, place in places.items() if place.seq < chains[town].upto]
    if not unread:
        return []
    rows = await current().fetch(
        ENTRIES,
        unread,
        [places[town].seq for town in unread],
        [chains[town].upto for town in unread],
        [f"{WATCHED[kind].type_name} {WATCHED[kind].area}" for kind in kinds],
        sorted(set().union(*(WATCHED[kind].bulk for kind in kinds))),
        limit,
    )
    return [
        Entry(
            row["tenant_id"],
            row["seq"],
            mark_of(row["hash"]),
            row["at"],
            row["act"],
            row["type_name"],
            UUID(row["object"]),
        )
        for row in rows
    ]
