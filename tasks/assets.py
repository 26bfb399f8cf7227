"""Work of equipment that recurs: what is due to be inspected soon, or overdue."""

from service.assets import commands
from tasks.actors import recurs


@recurs("assets.follow")
async def follow() -> None:
    """Tell of equipment that is due soon or overdue, once a step."""
    await commands.follow_everywhere()
