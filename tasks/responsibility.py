"""Work of responsibility that recurs: plates of closed premises, warnings of duties not done."""

from service.guidance import warnings
from service.responsibility import housekeeping
from tasks.actors import recurs


@recurs("responsibility.withdraw_closed")
async def withdraw_closed() -> None:
    """Plates of premises that have closed are withdrawn by themselves."""
    await housekeeping.withdraw_closed_everywhere()


@recurs("guidance.warn")
async def warn() -> None:
    """Heads are warned before a month, a half year or the window of an event ends."""
    await warnings.warn_everywhere()
