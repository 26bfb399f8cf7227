"""Work of training that recurs: cards of officers that run out."""

from service.training import commands
from tasks.actors import recurs


@recurs("training.warn_cards")
async def warn_cards() -> None:
    """Warn of each card before it runs out, once a step."""
    await commands.warn_everywhere()
