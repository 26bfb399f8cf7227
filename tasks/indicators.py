"""Work of indicators: snapshots and scores, answers to objections, the month that ended."""

from uuid import UUID

from service.indicators import scoring
from service.outbox import Event
from tasks.actors import answers, recurs


@answers("indicators.take_snapshot")
async def take_snapshot(event: Event) -> None:
    """Measure what was asked for."""
    await scoring.take(event.owner.district_id, UUID(event.payload["snapshot"]))


@answers("indicators.apply_answer")
async def apply_answer(event: Event) -> None:
    """Give a town the committee's answer."""
    await scoring.apply_answer(event.owner.district_id, event.payload)


@recurs("indicators.measure_month")
async def measure_month() -> None:
    """Measure each month once it has ended."""
    await scoring.measure_last_month()
