"""What can be asked about towns at a glance."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenants.records import Tenant
from tenants.wall import current

COLUMNS = (
    "enterprises",
    "ungraded",
    "general",
    "major",
    "overdue",
    "supervised",
    "red",
    "orange",
    "yellow",
    "blue",
)

TALLIES = f"""
select h.tenant_id, {", ".join(f"sum(h.{one})::int as {one}" for one in COLUMNS)}
from town_tallies h where (h.line = '' or {{sees}}) group by h.tenant_id
"""
"""The numbers of the lines that whoever asks sees, for the compiled tier."""
SUMMARY = f"""
select t.id, t.district_id, t.division_code, t.name, t.kind, t.status, t.created_at,
    {", ".join(f"coalesce(sum(s.{one}), 0)::int as {one}" for one in COLUMNS)}
from tenants t left join town_tallies s
    on s.tenant_id = t.id and ($2::text is null or s.line in ('', $2))
where t.id = any ($1::uuid[]) and t.kind <> 'DISTRICT'
group by t.id order by t.division_code
"""

LIVE = """
select tenant_id, line, sum(enterprises)::int as enterprises, sum(ungraded)::int as ungraded,
    sum(general)::int as general, sum(major)::int as major, sum(overdue)::int as overdue,
    sum(supervised)::int as supervised, sum(red)::int as red, sum(orange)::int as orange,
    sum(yellow)::int as yellow, sum(blue)::int as blue
from (
    select tenant_id, '' as line, 1 as enterprises, 0 as ungraded, 0 as general, 0 as major,
        0 as overdue, 0 as supervised, 0 as red, 0 as orange, 0 as yellow, 0 as blue
    from enterprises where status = 'OPERATING'
    union all
    select tenant_id, line, 0, (grade is null)::int, (grade is not distinct from 'GENERAL')::int,
        (grade is not distinct from 'MAJOR')::int, (state = 'OVERDUE')::int,
        (supervised_on is not null)::int,
        0, 0, 0, 0
    from hazards where state not in ('CLOSED', 'DISMISSED', 'MERGED')
    union all
    select tenant_id, line, 0, 0, 0, 0, 0, 0, (colour = 'RED')::int, (colour = 'ORANGE')::int,
        (colour = 'YELLOW')::int, (colour = 'BLUE')::int
    from risk_points where colour is not null
) one where tenant_id = any ($1::uuid[]) group by tenant_id, line
"""
"""The same numbers counted from the rows themselves, which is what the tallies must equal."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One town with its numbers, by the names of `COLUMNS`."""

    town: Tenant
    numbers: dict[str, int]


async def summaries(line: str | None = None) -> list[Summary]:
    """The towns in scope by division code, in one statement; of one line where it is given."""
    rows = await current().fetch(SUMMARY, list(current().scope.readable), line)
    return [
        Summary(
            Tenant(**{key: value for key, value in row.items() if key not in COLUMNS}),
            {key: row[key] for key in COLUMNS},
        )
        for row in rows
    ]


async def live(tenant_ids: list[UUID]) -> dict[tuple[UUID, str], dict[str, int]]:
    """What the tallies of some tenants must be, counted from the rows."""
    return _by_key(await current().fetch(LIVE, tenant_ids))


async def kept(tenant_ids: list[UUID]) -> dict[tuple[UUID, str], dict[str, int]]:
    """What the tallies of some tenants are; those of nothing but zeros are left out."""
    rows = await current().fetch(
        f"select tenant_id, line, {', '.join(COLUMNS)} from town_tallies"
        " where tenant_id = any ($1::uuid[])",
        tenant_ids,
    )
    return {key: one for key, one in _by_key(rows).items() if any(one.values())}


def _by_key(rows: list[dict[str, Any]]) -> dict[tuple[UUID, str], dict[str, int]]:
    return {
        (row["tenant_id"], row["line"]): {key: int(row[key]) for key in COLUMNS} for row in rows
    }
