"""What can be asked about hazards."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from service import clock
from service.hazards.indicators import Counts
from service.hazards.records import Hazard, HazardEvent, HazardEvidence, HazardExtension
from service.hazards.rules import COMPREHENSIVE_LINE, LATE, UNFINISHED, Category, Grade, State
from tenants.records import Body
from tenants.wall import current

COUNTS = """
select h.tenant_id, count(*)::int as found,
    count(*) filter (where state = 'CLOSED')::int as closed,
    count(*) filter (where grade = 'MAJOR')::int as major,
    count(*) filter (where grade = 'MAJOR' and state <> 'CLOSED')::int as major_open,
    count(*) filter (where grade = 'MAJOR' and state <> 'CLOSED' and plan_responsible <> ''
        and plan_measures <> '' and plan_funds_fen is not null and plan_finish_on is not null
        and plan_contingency <> '')::int as major_planned,
    count(*) filter (where state = 'OVERDUE')::int as overdue,
    count(*) filter (where state = 'SUPERVISED')::int as supervised,
    count(*) filter (where due_on is not null and (due_on < {today} or state = 'CLOSED'))::int
        as due,
    count(*) filter (where state = 'CLOSED' and closed_on <= due_on)::int as on_time,
    count(*) filter (where state = 'CLOSED' and (h.tenant_id, h.id) in (
        select again.tenant_id, again.recurrence_of from hazards again
        where again.recurrence_of is not null
    ))::int as recurred
from hazards h
where {since} and {until} and state not in ('DISMISSED', 'MERGED') and {sees}
group by h.tenant_id
"""
"""Of the hazards found from `since` to `until` that whoever asks sees, for both tiers."""
_COUNTS = COUNTS.format(
    since="($1::date is null or h.found_on >= $1)",
    until="($2::date is null or h.found_on <= $2)",
    today="$3",
    sees="($4::text is null or h.line = $4)",
)


def hazards(
    *,
    state: State | None = None,
    grade: Grade | None = None,
    category: Category | None = None,
    premises_id: UUID | None = None,
    due_before: date | None = None,
    recurring: bool | None = None,
    overdue: bool | None = None,
    due_by: date | None = None,
    handled_by: str | None = None,
    tenant_id: UUID | None = None,
) -> QuerySet[Hazard]:
    """Hazards in scope that fit every filter given; `due_before` leaves that day itself out.

    `overdue` are those marked so and not yet put right, `due_by` the open ones due on that day or
    earlier, `handled_by` those that this actor reported or took a step with.
    """
    found = Hazard.all()
    if state is not None:
        found = found.filter(state=state.value)
    if grade is not None:
        found = found.filter(grade=grade.value)
    if category is not None:
        found = found.filter(category=category.value)
    if premises_id is not None:
        found = found.filter(premises_id=premises_id)
    if due_before is not None:
        found = found.filter(due_on__lt=due_before)
    if recurring is not None:
        found = found.filter(recurrence_of__isnull=not recurring)
    if overdue is not None:
        late = [one.value for one in LATE]
        found = found.filter(state__in=late) if overdue else found.exclude(state__in=late)
    if due_by is not None:
        found = found.filter(due_on__lte=due_by, state__in=[one.value for one in UNFINISHED])
    if handled_by is not None:
        steps = HazardEvent.filter(actor=handled_by).values("hazard_id")
        found = found.filter(Q(reported_by=handled_by) | Q(id__in=Subquery(steps)))
    if tenant_id is not None:
        found = found.filter(tenant_id=tenant_id)
    return found


async def extensions_of(hazard_ids: Iterable[UUID]) -> dict[UUID, list[HazardExtension]]:
    """Requests for a later deadline by hazard, oldest first, in one statement."""
    wanted = list(hazard_ids)
    found: dict[UUID, list[HazardExtension]] = {one: [] for one in wanted}
    for row in await HazardExtension.filter(hazard_id__in=wanted).order_by("asked_at", "id"):
        found[row.hazard_id].append(row)
    return found


async def history_of(hazard_ids: Iterable[UUID]) -> dict[UUID, list[HazardEvent]]:
    """Steps by hazard, oldest first, in one statement."""
    wanted = list(hazard_ids)
    found: dict[UUID, list[HazardEvent]] = {one: [] for one in wanted}
    for row in await HazardEvent.filter(hazard_id__in=wanted).order_by("at", "id"):
        found[row.hazard_id].append(row)
    return found


async def evidence_of(hazard_ids: Iterable[UUID]) -> dict[UUID, list[HazardEvidence]]:
    """Attached evidence by hazard, oldest first, in one statement."""
    wanted = list(hazard_ids)
    found: dict[UUID, list[HazardEvidence]] = {one: [] for one in wanted}
    for row in await HazardEvidence.filter(hazard_id__in=wanted).order_by("at", "id"):
        found[row.hazard_id].append(row)
    return found


async def line_of(body_id: UUID | None) -> str | None:
    """The one line that a department's body sees; None for comprehensive supervision.

    A body that is unknown sees a line that nothing has.
    """
    body = await Body.get_or_none(id=body_id) if body_id else None
    if body is None:
        return ""
    return None if body.line == COMPREHENSIVE_LINE else body.line


async def counts(
    since: date | None, until: date | None, *, line: str | None = None, today: date | None = None
) -> dict[UUID, Counts]:
    """Counts by tenant in scope of the hazards found from `since` to `until`, in one statement."""
    day = today or clock.legal_day(clock.now())
    rows = await current().fetch(_COUNTS, since, until, day, line)
    return {row.pop("tenant_id"): Counts(**row) for row in rows}
