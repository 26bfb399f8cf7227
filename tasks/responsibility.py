"""Work of responsibility that recurs: plates of closed premises come down."""

from service.responsibility import housekeeping
from tasks.actors import recurs


@recurs("responsibility.withdraw_closed")
async def withdraw_closed() -> None:
    """Plates of premises that have closed are withdrawn by themselves."""
    await housekeeping.withdraw_closed_everywhere()
