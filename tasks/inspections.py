"""Work of enforcement that recurs: orders that fall due, deadlines of years published since."""

from service.deadlines import commands as deadlines
from service.inspections import overdue
from tasks.actors import recurs


@recurs("inspections.mark_due")
async def mark_due() -> None:
    """Orders to rectify whose last day is over fall due by themselves."""
    await overdue.mark_everywhere()


@recurs("deadlines.refresh")
async def refresh_deadlines() -> None:
    """Deadlines that waited for a holiday schedule are counted once it is published."""
    await deadlines.refresh_everywhere()
