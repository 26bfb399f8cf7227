"""Work of the blacklist that follows its acts."""

from uuid import UUID

from service.blacklist import listing, overdue, publicity
from service.outbox import Event
from tasks.actors import answers, recurs


@answers("blacklist.publish")
async def publish(event: Event) -> None:
    """A served decision becomes public."""
    await listing.publish(event.scope(), UUID(event.payload["case"]))


@answers("blacklist.note_logged")
async def note_logged(event: Event) -> None:
    """The cases learn their places in the log."""
    places = [(UUID(case), kind, index) for case, kind, index in event.payload["places"]]
    await listing.note_logged(event.scope(), places)


@answers("blacklist.open_publicity")
async def open_publicity(event: Event) -> None:
    """A penalty that was handed over is made public."""
    await publicity.open_from(event)


@answers("blacklist.follow_annulment")
async def follow_annulment(event: Event) -> None:
    """The publicity of an annulled penalty is withdrawn."""
    await publicity.follow_annulment(event)


@recurs("blacklist.expire_due")
async def expire_due() -> None:
    """Listings end on their last day by themselves."""
    await listing.expire_everywhere()


@recurs("blacklist.mark_overdue")
async def mark_overdue() -> None:
    """Publications, answers and liftings that are late warn by themselves."""
    await overdue.mark_everywhere()
