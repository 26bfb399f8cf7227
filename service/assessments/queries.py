"""What can be asked about sessions, their actions, and paired work."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from service import clock
from service.administration.queries import versions_of_all
from service.administration.rules import effective
from service.assessments.records import RiskOccasion, RiskSession, SafetyItem, SessionAction
from service.assessments.rules import Schedule, Stage, slots
from service.hazards.indicators import Ratio
from tenants.records import Tenant
from tenants.wall import current

_ACTIONS = """
select tenant_id, count(*)::int as due,
    count(*) filter (where done_on <= due_on)::int as done
from session_actions
where due_on between $1 and $2 and due_on < $3
group by tenant_id
"""

_PACE = """
select w.tenant_id, count(*)::int as items,
    count(*) filter (where array_position($1, s.stage::text)
        >= array_position($1, w.stage::text))::int as paired
from work_items w
join safety_items s on s.tenant_id = w.tenant_id and s.id = w.safety_item_id
group by w.tenant_id
"""


async def session_rates(
    tenants: Iterable[Tenant], since: date, until: date, today: date
) -> dict[UUID, Ratio]:
    """Sessions held by their last day, of those whose last day lies in the span and is over.

    What is due follows from the schedule and the calendar of occasions, not from the sessions that
    were planned.  The schedule is that in force today.
    """
    wanted = list(tenants)
    versions = await versions_of_all(one.id for one in wanted)
    occasions = await RiskOccasion.filter(due_on__gte=since, due_on__lte=until, due_on__lt=today)
    held = {
        (row.tenant_id, row.source)
        for row in await RiskSession.filter(held_on__not_isnull=True)
        if row.held_on is not None and row.held_on <= row.due_on
    }
    found = {}
    for tenant in wanted:
        chosen: Any = effective(versions[tenant.id], today)["assessment.schedule"]
        begun = slots(Schedule[chosen], clock.legal_day(tenant.created_at), until)
        due = [one.source for one in begun if since <= one.due_on <= until and one.due_on < today]
        due += [str(one.id) for one in occasions if one.tenant_id == tenant.id]
        found[tenant.id] = Ratio(sum((tenant.id, one) in held for one in due), len(due))
    return found


async def action_rates(since: date, until: date, today: date) -> dict[UUID, Ratio]:
    """Actions done by their last day, of those whose last day lies in the span and is over."""
    rows = await current().fetch(_ACTIONS, since, until, today)
    return {row["tenant_id"]: Ratio(row["done"], row["due"]) for row in rows}


async def pair_rates() -> dict[UUID, Ratio]:
    """Work items whose safety item has come at least as far, of the work items (paired_rate)."""
    rows = await current().fetch(_PACE, [one.name for one in Stage])
    return {row["tenant_id"]: Ratio(row["paired"], row["items"]) for row in rows}


async def actions_of(session_ids: Iterable[UUID]) -> dict[UUID, list[SessionAction]]:
    """Actions by session, the most urgent first, in one statement."""
    wanted = list(session_ids)
    found: dict[UUID, list[SessionAction]] = {one: [] for one in wanted}
    for row in await SessionAction.filter(session_id__in=wanted).order_by("due_on", "id"):
        found[row.session_id].append(row)
    return found


async def safety_of(wanted: Iterable[UUID]) -> dict[UUID, SafetyItem]:
    """Safety items by id, in one statement."""
    return {row.id: row for row in await SafetyItem.filter(id__in=list(wanted))}
