"""Records of transfer on their way from one tenant to another."""

from uuid import UUID

from service.cases import decisions, transfers
from service.outbox import Event
from tasks.actors import answers


@answers("cases.deliver_transfer")
async def deliver_transfer(event: Event) -> None:
    """The receiver gets the record of what is handed over."""
    await transfers.deliver(event.scope(), UUID(event.payload["transfer"]))


@answers("cases.return_answer")
async def return_answer(event: Event) -> None:
    """The sender learns what the receiver answered."""
    await transfers.return_answer(event.scope(), UUID(event.payload["transfer"]))


@answers("cases.note_withdrawn")
async def note_withdrawn(event: Event) -> None:
    """Nothing about an annulled penalty is public any more."""
    await decisions.note_withdrawn(event)
