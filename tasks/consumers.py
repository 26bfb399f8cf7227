"""Work about the consumers of the public log."""

from service.consumers import commands
from tasks.actors import recurs


@recurs("consumers.mark_stale")
async def mark_stale() -> None:
    """Consumers that lag behind the log are named, once each."""
    await commands.mark_everywhere()
