"""Terms run out by themselves; a run that was missed is made up by the next."""

from datetime import date
from uuid import UUID

from service import clock, outbox
from service.supervision import commands
from service.supervision.records import SupervisionOrder
from service.supervision.rules import RUNNING, State, is_overdue
from tenants.directory import caretaker_scope, districts
from tenants.wall import tenant_transaction

ACTOR = "task:supervision.mark_overdue"


async def mark_overdue(district_id: UUID, today: date) -> list[UUID]:
    """Mark every order of a district whose term has run out, one transaction each."""
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        late = await SupervisionOrder.filter(
            district_id=district_id,
            deadline__lt=today,
            state__in=[state.value for state in RUNNING],
        ).order_by("id")
    marked = []
    for found in late:
        async with tenant_transaction(scope):
            row = await commands.locked(found.id)
            if is_overdue(State(row.state), row.deadline, today):
                await commands.fall_overdue(row, today)
                marked.append(row.id)
    return marked


async def mark_everywhere() -> None:
    """Mark what is overdue in every district."""
    today = clock.legal_day(clock.now())
    for district_id in await districts(ACTOR):
        await mark_overdue(district_id, today)


async def follow(event: outbox.Event) -> None:
    """Let the order follow its hazard, once for the event."""
    async with tenant_transaction(event.scope()):
        await commands.follow(UUID(event.payload["hazard"]))
        await outbox.settle()
