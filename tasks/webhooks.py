"""Background work of webhooks; what is written here goes out through `tasks.sender`."""

from service.outbox import Event
from service.webhooks import delivering, keeping
from tasks.actors import answers, recurs


@answers("webhooks.fan_out")
async def fan_out(event: Event) -> None:
    """Each endpoint that may hear of the event gets one message."""
    await delivering.fan_out(event)


@recurs("webhooks.sweep")
async def sweep() -> None:
    """Old messages are dropped."""
    await keeping.sweep()
