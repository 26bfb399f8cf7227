"""Demands of the random part of a plan: one for each premises that a draw has drawn (双随机)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from orjson import dumps

from service import audit, clock
from service.errors import Invalid
from service.ids import new_id
from service.joint.batches import rows_by_id
from service.joint.library import check_published
from service.joint.records import InspectionDemand
from service.joint.rules import EXEMPT_KINDS, DemandState, DemandTerms, check_terms
from service.joint.withdrawing import withdraw_demand
from service.register.records import Premises
from tenants.records import Body
from tenants.wall import current

_OVER = (DemandState.DONE, DemandState.EXPIRED, DemandState.RECOGNISED, DemandState.WITHDRAWN)


async def demand_drawn(
    body: Body, draw_id: UUID, teams: Mapping[UUID, Sequence[str]], terms: DemandTerms
) -> list[InspectionDemand]:
    """Ask for all premises of a draw on the same terms; those that are asked for stay as they are.

    `teams` holds the officers who were drawn for each premises: they are bound to the visit.
    Premises that do not trade any more are passed over.

    Raises:
        Invalid: the terms break a rule, or the kind is one that no draw decides.
    """
    if terms.kind in EXEMPT_KINDS:
        raise Invalid("a draw decides on planned inspections only", path=("input", "kind"))
    today = clock.legal_day(clock.now())
    checked = check_terms(terms, today)
    items = await check_published(body.id, today, checked.items)
    longest = max(item.interval_days for item in items.values())
    checked = replace(checked, interval_days=max(checked.interval_days, longest))
    found = await rows_by_id(Premises, teams)
    places = [row for row in found.values() if row.status == "OPERATING"]
    skill = items[checked.items[0]].skill
    made = await _insert(draw_id, body.id, skill, places, teams, checked)
    fresh = Counter(row.owner for row in places if row.id in made)
    for owner in sorted(fresh, key=lambda one: one.tenant_id):
        await audit.record(
            "joint.draw_demanded", owner, "RandomDraw", draw_id, demands=fresh[owner]
        )
    return await of_draw(draw_id)


async def _insert(
    draw_id: UUID,
    body_id: UUID,
    skill: str,
    places: Sequence[Premises],
    teams: Mapping[UUID, Sequence[str]],
    terms: DemandTerms,
) -> set[UUID]:
    """Premises for which a demand was made now, in one statement."""
    rows = await current().fetch(
        "insert into inspection_demands (id, tenant_id, district_id, premises_id, enterprise_id,"
        " body_id, kind, items, skill, release_on, due_on, minutes, risk, mandatory, basis,"
        " exemption_reason, interval_days, state, unserved_reason, withdrawn_reason, draw_id,"
        " submitted_by, created_at, officer_ids)"
        " select n.id, p.tenant_id, p.district_id, p.id, p.enterprise_id, $3, $4,"
        " $5::text::jsonb, $6, $7, $8, $9, $10, $11, $12, '', $13, 'SUBMITTED', '', '', $14, $15,"
        " $16, n.officers::jsonb"
        " from unnest($1::uuid[], $2::uuid[], $17::text[]) as n(id, premises, officers)"
        " join premises p"
        " on p.id = n.premises"
        " on conflict (tenant_id, draw_id, premises_id) where draw_id is not null do nothing"
        " returning premises_id",
        [new_id() for _ in places],
        [place.id for place in places],
        body_id,
        terms.kind.value,
        dumps(list(terms.items)).decode(),
        skill,
        terms.release_on,
        terms.due_on,
        terms.minutes,
        terms.risk,
        terms.mandatory,
        terms.basis,
        terms.interval_days,
        draw_id,
        current().scope.actor,
        clock.now(),
        [dumps(list(teams[place.id])).decode() for place in places],
    )
    return {row["premises_id"] for row in rows}


async def of_draws(draw_ids: Iterable[UUID]) -> dict[UUID, list[InspectionDemand]]:
    """Demands in scope by the draw that led to them, in one statement."""
    found: dict[UUID, list[InspectionDemand]] = {one: [] for one in draw_ids}
    for row in await InspectionDemand.filter(draw_id__in=list(found)).order_by("id"):
        assert row.draw_id is not None
        found[row.draw_id].append(row)
    return found


async def of_draw(draw_id: UUID) -> list[InspectionDemand]:
    """Demands in scope that one draw led to."""
    return (await of_draws([draw_id]))[draw_id]


async def undo_drawn(body_id: UUID, draw_id: UUID, reason: str) -> int:
    """Withdraw what a draw led to, as far as it has not taken place; how many that were.

    Raises:
        Conflict: see `withdraw_demand`; nothing changed.
    """
    open_ = [row for row in await of_draw(draw_id) if DemandState(row.state) not in _OVER]
    for row in open_:
        await withdraw_demand(body_id, row.id, reason)
    return len(open_)
