"""Work of supervised listing: orders follow their hazards, and terms run out by themselves."""

from service.outbox import Event
from service.supervision import overdue
from tasks.actors import answers, recurs


@answers("supervision.follow")
async def follow(event: Event) -> None:
    """The order about a hazard goes where the hazard went."""
    await overdue.follow(event)


@recurs("supervision.mark_overdue")
async def mark_overdue() -> None:
    """Orders whose term has run out become overdue by themselves."""
    await overdue.mark_everywhere()
