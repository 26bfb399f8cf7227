"""Work of the blacklist that follows its acts."""

from uuid import UUID

from service.blacklist import listing
from service.outbox import Event
from service.publication.events import EventKind
from tasks.actors import answers, recurs


@answers("blacklist.publish")
async def publish(event: Event) -> None:
    """A served decision becomes public."""
    await listing.publish(event.scope(), UUID(event.payload["case"]))


@answers("blacklist.note_logged")
async def note_logged(event: Event) -> None:
    """The case learns its place in the log."""
    said = event.payload
    kind = EventKind(said["kind"])
    await listing.note_logged(event.scope(), UUID(said["subject"]), said["leaf_index"], kind)


@recurs("blacklist.expire_due")
async def expire_due() -> None:
    """Listings end on their last day by themselves."""
    await listing.expire_everywhere()
