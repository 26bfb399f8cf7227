"""Terms run out by themselves; a run that was missed is made up by the next."""

from datetime import date
from uuid import UUID

from service import clock, outbox
from service.administration.queries import setting
from service.supervision import commands
from service.supervision.records import SupervisionOrder
from service.supervision.rules import RUNNING, Level, State, is_overdue, rises
from service.workdays.queries import calendar
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


async def escalate_overdue(district_id: UUID, today: date) -> list[UUID]:
    """Take every order to the next level that stayed overdue too long, one transaction each.

    The new order is proposed, and decided by people like any other.
    """
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True):
        late = await SupervisionOrder.filter(
            district_id=district_id, state=State.OVERDUE.value, overdue_since__lt=today
        ).order_by("id")
        days = await calendar()
        ripe = [
            row
            for row in late
            if rises(Level(row.level), row.overdue_since, today, await _patience(row), days)
        ]
    risen = []
    for found in ripe:
        async with tenant_transaction(scope):
            row = await commands.locked(found.id)
            if row.state == State.OVERDUE.value:
                await commands.escalate(row.id, f"{row.plate_number}逾期未整改，自动提级")
                risen.append(row.id)
    return risen


async def _patience(row: SupervisionOrder) -> int:
    chosen = await setting(row.owner, "supervision.escalate_workdays")
    assert isinstance(chosen, int)
    return chosen


async def mark_everywhere() -> None:
    """Mark what is overdue in every district, and escalate what stayed so too long."""
    today = clock.legal_day(clock.now())
    for district_id in await districts(ACTOR):
        await mark_overdue(district_id, today)
        await escalate_overdue(district_id, today)


async def follow(event: outbox.Event) -> None:
    """Let the order follow its hazard, once for the event."""
    async with tenant_transaction(event.scope()):
        await commands.follow(UUID(event.payload["hazard"]))
        await outbox.settle()
