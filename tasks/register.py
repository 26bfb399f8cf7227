"""Background work of the register."""

from service.register import background
from tasks.actors import recurs


@recurs("register.complete_search")
async def complete_search() -> None:
    """Enterprises entered before there was a search by terms become findable."""
    await background.complete_search()
