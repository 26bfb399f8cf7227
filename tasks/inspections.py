"""Work of enforcement: inspections of joint visits, orders that fall due, deadlines to recount."""

from uuid import UUID

from service.deadlines import commands as deadlines
from service.inspections import joint_visits, overdue
from service.outbox import Event
from tasks.actors import answers, recurs


@answers("inspections.open_plan")
async def open_plan(event: Event) -> None:
    """Each body of each visit of a published plan gets its inspection."""
    await joint_visits.open_plan(event.owner, UUID(event.payload["plan"]))


@answers("inspections.open_visit")
async def open_visit(event: Event) -> None:
    """Each body of a visit that was fitted in or joined gets its inspection."""
    await joint_visits.open_visit(event.owner, UUID(event.payload["visit"]))


@answers("inspections.settle_visit")
async def settle_visit(event: Event) -> None:
    """The outcome of an inspection ends the joint visit that it belongs to."""
    await joint_visits.settle_visit(event.owner, UUID(event.payload["inspection"]))


@recurs("inspections.mark_due")
async def mark_due() -> None:
    """Orders to rectify whose last day is over fall due by themselves."""
    await overdue.mark_everywhere()


@recurs("deadlines.refresh")
async def refresh_deadlines() -> None:
    """Deadlines that waited for a holiday schedule are counted once it is published."""
    await deadlines.refresh_everywhere()
