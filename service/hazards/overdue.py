"""What falls overdue by itself; a run that was missed is made up by the next."""

from datetime import date
from uuid import UUID

from service import clock
from service.hazards.records import Hazard
from service.hazards.rules import MAY_FALL_OVERDUE, State, Step, is_overdue
from service.hazards.steps import locked, take
from tenants.directory import caretaker_scope, districts
from tenants.wall import tenant_transaction

ACTOR = "task:hazards.mark_overdue"


async def mark_overdue(district_id: UUID, today: date) -> list[UUID]:
    """Mark every hazard of a district whose last day is over, one transaction each.

    Leaves alone what somebody moved on meanwhile; returns the hazards it marked.
    """
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        late = await Hazard.filter(
            district_id=district_id,
            due_on__lt=today,
            state__in=[state.value for state in MAY_FALL_OVERDUE],
        ).order_by("id")
    marked = []
    for found in late:
        async with tenant_transaction(scope):
            hazard = await locked(found.id)
            if is_overdue(State(hazard.state), hazard.due_on, today):
                since = hazard.overdue_since or today
                await take(hazard, Step.FALL_OVERDUE, changes={"overdue_since": since})
                marked.append(hazard.id)
    return marked


async def mark_everywhere() -> None:
    """Mark what is overdue in every district."""
    today = clock.legal_day(clock.now())
    for district_id in await districts(ACTOR):
        await mark_overdue(district_id, today)
