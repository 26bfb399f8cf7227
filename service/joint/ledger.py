"""The ledger of yearly caps (年度频次): what is set aside, used and given back, entry by entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from service import clock
from service.ids import new_id
from service.joint.records import InspectionDemand, JointVisit
from service.joint.rules import EXEMPT, VISIT_ITEM, WHOLE_BUDGET
from tenants.wall import current


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger notes about one visit on one of its lines."""

    visit: JointVisit
    body: str
    kind: str
    reason: str = ""


Line = tuple[UUID, UUID, UUID, str, int, int]
"""A line of the ledger: tenant, district, enterprise, body, year, and its cap if opened now."""


async def set_aside(lines: Mapping[Line, int]) -> None:
    """Reserve so many visits on each line; a line that is not there is opened at the cap given.

    A line that is there keeps its own cap.  The caller holds the locks of `lock_all`, so that no
    line appears between the two statements.
    """
    keys = sorted(lines)
    columns = [list(column) for column in zip(*keys, strict=True)] or [[]] * 6
    tenant, _, enterprise, body, year, _ = columns
    amounts = [lines[key] for key in keys]
    there = await current().fetch(
        "update frequency_budgets b set reserved = reserved + n.amount"
        " from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::int[])"
        " with ordinality as n(tenant, enterprise, body, year, amount, place)"
        " where b.tenant_id = n.tenant"
        " and b.enterprise_id = n.enterprise and b.body = n.body and b.year = n.year"
        " returning n.place",
        tenant,
        enterprise,
        body,
        year,
        amounts,
    )
    known = {row["place"] - 1 for row in there}
    fresh = [number for number in range(len(keys)) if number not in known]
    await current().fetch(
        "insert into frequency_budgets"
        " (id, tenant_id, district_id, enterprise_id, body, year, cap, reserved, used)"
        " select n.*, 0 from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[],"
        " $5::text[], $6::int[], $7::int[], $8::int[]) as n",
        [new_id() for _ in fresh],
        *([column[number] for number in fresh] for column in (*columns, amounts)),
    )


_CHANGES = {"RESERVED": (1, 0), "USED": (-1, 1), "RELEASED": (-1, 0), "EXEMPT": (0, 0)}


async def enter(entries: Sequence[Entry]) -> None:
    """Append to the ledger; the sums of the changes are what its lines hold."""
    if not entries:
        return
    now = clock.now()
    await current().fetch(
        "insert into budget_entries (id, tenant_id, district_id, enterprise_id, body, year,"
        " visit_id, kind, reserved_change, used_change, reason, entered_at)"
        " select n.*, $12 from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[],"
        " $6::int[], $7::uuid[], $8::text[], $9::int[], $10::int[], $11::text[]) as n",
        [new_id() for _ in entries],
        [e.visit.tenant_id for e in entries],
        [e.visit.district_id for e in entries],
        [e.visit.enterprise_id for e in entries],
        [e.body for e in entries],
        [e.visit.day.year for e in entries],
        [e.visit.id for e in entries],
        [e.kind for e in entries],
        [_CHANGES[e.kind][0] for e in entries],
        [_CHANGES[e.kind][1] for e in entries],
        [e.reason for e in entries],
        now,
    )


async def give_back(
    visit: JointVisit, demand: InspectionDemand, left: Sequence[InspectionDemand]
) -> None:
    """Free what one demand of a reserved visit held and the others `left` in it do not need.

    The caller holds the locks of `lock_all`; day, team and hour stay taken.
    """
    if demand.kind in EXEMPT:
        return
    counted = [row for row in left if row.kind not in EXEMPT]
    freed = {str(demand.body_id)} - {str(row.body_id) for row in counted}
    if not counted:
        freed.add(WHOLE_BUDGET)
    if freed:
        await current().fetch(
            "update frequency_budgets set reserved = reserved - 1 where tenant_id = $1"
            " and enterprise_id = $2 and year = $3 and body = any ($4) returning id",
            visit.tenant_id,
            visit.enterprise_id,
            visit.day.year,
            sorted(freed),
        )
        await enter([Entry(visit, body, "RELEASED") for body in sorted(freed)])
    needed = {item for row in counted for item in row.items} | {VISIT_ITEM}
    await current().fetch(
        "delete from premises_reservations where tenant_id = $1 and visit_id = $2"
        " and not item = any ($3) returning id",
        visit.tenant_id,
        visit.id,
        sorted(needed),
    )
    if not counted:
        await current().fetch(
            "update premises_reservations set exempt = true where tenant_id = $1 and visit_id = $2"
            " returning id",
            visit.tenant_id,
            visit.id,
        )


async def settle_ledger(visit: JointVisit, *, took_place: bool) -> None:
    """Move a reserved visit to used, or give it back; its officers are free either way.

    A visit that took place keeps its premises, so that the next keeps the interval.
    """
    rows = await InspectionDemand.filter(
        tenant_id=visit.tenant_id, id__in=[UUID(d) for d in visit.demand_ids]
    )
    counted = {str(row.body_id) for row in rows if row.kind not in EXEMPT}
    if counted:
        await current().fetch(
            "update frequency_budgets set reserved = reserved - 1, used = used + $5"
            " where tenant_id = $1 and enterprise_id = $2 and year = $3 and body = any ($4)"
            " returning id",
            visit.tenant_id,
            visit.enterprise_id,
            visit.day.year,
            sorted({*counted, WHOLE_BUDGET}),
            int(took_place),
        )
        kind = "USED" if took_place else "RELEASED"
        await enter([Entry(visit, body, kind) for body in sorted({*counted, WHOLE_BUDGET})])
    if not took_place:
        await current().fetch(
            "delete from premises_reservations where tenant_id = $1 and visit_id = $2 returning id",
            visit.tenant_id,
            visit.id,
        )
        await current().fetch(
            "delete from officer_reservations where visit_id = $1 returning id", visit.id
        )
