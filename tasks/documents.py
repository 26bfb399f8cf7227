"""Documents in the background: typeset and seal what was issued."""

from uuid import UUID

from service.documents import rendering
from service.outbox import Event
from tasks.actors import answers


@answers("documents.render")
async def render(event: Event) -> None:
    """Make the file of one document."""
    await rendering.render(event.scope(), UUID(event.payload["document"]))
