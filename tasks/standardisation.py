"""Work of standardisation that recurs: certificates that end soon, or have ended."""

from service.standardisation import ending
from tasks.actors import recurs


@recurs("standardisation.follow")
async def follow() -> None:
    """Warn of each certificate before it ends, once a step, and let it expire."""
    await ending.follow_everywhere()
