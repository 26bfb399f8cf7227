"""What can be asked about risk points."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from tortoise.queryset import QuerySet

from service import clock
from service.hazards.indicators import Ratio
from service.hazards.rules import Category
from service.register.rules import RiskColour
from service.risks.records import RiskControl, RiskControlFailure, RiskEvaluation, RiskPoint
from service.risks.rules import State
from tenants.wall import current

_COVERAGE = """
select p.tenant_id, count(*)::int as premises, count(*) filter (where exists (
    select from risk_points r where r.tenant_id = p.tenant_id and r.premises_id = p.id
        and r.graded_on is not null and r.review_due_on >= $1))::int as covered
from premises p where p.status = 'OPERATING' group by p.tenant_id
"""


def risk_points(
    *,
    state: State | None = None,
    colour: RiskColour | None = None,
    category: Category | None = None,
    premises_id: UUID | None = None,
) -> QuerySet[RiskPoint]:
    """Risk points in scope that fit every filter given."""
    found = RiskPoint.all()
    if state is not None:
        found = found.filter(state=state.value)
    if colour is not None:
        found = found.filter(colour=colour.value)
    if category is not None:
        found = found.filter(category=category.value)
    if premises_id is not None:
        found = found.filter(premises_id=premises_id)
    return found


async def evaluations_of(point_ids: Iterable[UUID]) -> dict[UUID, list[RiskEvaluation]]:
    """Evaluations by risk point, oldest first, in one statement."""
    wanted = list(point_ids)
    found: dict[UUID, list[RiskEvaluation]] = {one: [] for one in wanted}
    for row in await RiskEvaluation.filter(risk_point_id__in=wanted).order_by("at", "id"):
        found[row.risk_point_id].append(row)
    return found


async def controls_of(point_ids: Iterable[UUID]) -> dict[UUID, list[RiskControl]]:
    """Measures in force by risk point, highest level first, in one statement."""
    wanted = list(point_ids)
    found: dict[UUID, list[RiskControl]] = {one: [] for one in wanted}
    rows = RiskControl.filter(risk_point_id__in=wanted, replaced_at=None)
    for row in await rows.order_by("level", "id"):
        found[row.risk_point_id].append(row)
    return found


async def failures_of(point_ids: Iterable[UUID]) -> dict[UUID, list[RiskControlFailure]]:
    """Failures of measures by risk point, oldest first, in one statement."""
    wanted = list(point_ids)
    found: dict[UUID, list[RiskControlFailure]] = {one: [] for one in wanted}
    for row in await RiskControlFailure.filter(risk_point_id__in=wanted).order_by("at", "id"):
        found[row.risk_point_id].append(row)
    return found


async def coverage(today: date | None = None) -> dict[UUID, Ratio]:
    """Operating premises with an assessment that holds today, by tenant in scope (覆盖率).

    Tenants without premises are left out.
    """
    day = today or clock.legal_day(clock.now())
    rows = await current().fetch(_COVERAGE, day)
    return {row["tenant_id"]: Ratio(row["covered"], row["premises"]) for row in rows}


async def described(premises_id: UUID) -> list[str]:
    """Risk points of premises in a line each, oldest first: name, description and measures."""
    rows = await RiskPoint.filter(premises_id=premises_id).order_by("created_at", "id")
    measures = await controls_of(row.id for row in rows)
    found = []
    for row in rows:
        said = [row.description, *(one.measure for one in measures[row.id])]
        found.append("：".join(filter(None, (row.name, "；".join(filter(None, said))))))
    return found
