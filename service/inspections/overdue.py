"""Orders to rectify whose last day is over fall due by themselves; a missed run is made up."""

from datetime import date
from uuid import UUID

from service import clock
from service.inspections.records import Inspection
from service.inspections.rules import State, Step
from service.inspections.steps import locked, take
from tenants.directory import caretaker_scope, districts
from tenants.wall import tenant_transaction

ACTOR = "task:inspections.mark_due"


async def mark_due(district_id: UUID, today: date) -> list[UUID]:
    """Mark every order of a district whose last day is over, one transaction each."""
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        late = await Inspection.filter(
            district_id=district_id,
            state=State.RECTIFY_ORDERED.value,
            rectify_until__lt=today,
        ).order_by("id")
    marked = []
    for found in late:
        async with tenant_transaction(scope):
            row = await locked(found.id)
            until = row.rectify_until
            if State(row.state) is State.RECTIFY_ORDERED and until is not None and until < today:
                await take(row, Step.FALL_DUE)
                marked.append(row.id)
    return marked


async def mark_everywhere() -> None:
    """The same in every district."""
    today = clock.legal_day(clock.now())
    for district_id in await districts(ACTOR):
        await mark_due(district_id, today)
