"""What falls overdue by itself; a run that was missed is made up by the next."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from service import clock
from service.hazards.records import Hazard
from service.hazards.rules import MAY_FALL_OVERDUE, State, Step, is_overdue
from service.hazards.steps import locked, take
from tenants.directory import committee_scope
from tenants.records import District
from tenants.scope import Scope
from tenants.wall import tenant_transaction

ACTOR = "task:hazards.mark_overdue"


async def mark_overdue(district_id: UUID, today: date) -> list[UUID]:
    """Mark every hazard of a district whose last day is over, one transaction each.

    Leaves alone what somebody moved on meanwhile; returns the hazards it marked.
    """
    scope = await committee_scope(district_id, ACTOR)
    scope = replace(scope, writable=scope.readable)
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
    async with tenant_transaction(Scope.of_platform(ACTOR), read_only=True):
        districts = [district.id for district in await District.all() if district.office_id]
    for district_id in districts:
        await mark_overdue(district_id, today)
