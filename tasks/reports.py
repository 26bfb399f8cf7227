"""Work of reports that recurs: late answers, uncollected rewards, names no longer needed."""

from service.reports import housekeeping
from tasks.actors import recurs


@recurs("reports.mark_due")
async def mark_due() -> None:
    """What nobody did in time is marked by itself."""
    await housekeeping.mark_everywhere()
