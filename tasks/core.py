"""Housekeeping of the outbox and the idempotency keys."""

from service import housekeeping
from tasks.actors import recurs


@recurs("core.sweep")
async def sweep() -> None:
    """Drop what is settled and old."""
    await housekeeping.sweep()
