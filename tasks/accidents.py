"""Work of accidents: the heads of the premises are called."""

from service.accidents import commands
from service.outbox import Event
from tasks.actors import answers


@answers("accidents.call_heads")
async def call_heads(event: Event) -> None:
    """An accident opens the key event at which its heads must be on site."""
    await commands.call_heads(event)
