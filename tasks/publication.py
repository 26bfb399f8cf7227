"""Work of the public log and feed."""

from service.outbox import Event
from service.publication import publisher, witnessing
from tasks.actors import answers, recurs


@answers("publication.flush")
async def flush(event: Event) -> None:
    """What was announced enters the district's log and feed."""
    await publisher.flush(event.owner.district_id)


@recurs("publication.refresh")
async def refresh() -> None:
    """Snapshots are signed anew before they go stale."""
    await publisher.refresh_all()


@answers("publication.cosign")
async def cosign(event: Event) -> None:
    """Witnesses see the checkpoint of a log that grew."""
    await witnessing.cosign(event.owner.district_id)


@recurs("publication.cosign_due")
async def cosign_due() -> None:
    """Witnesses that did not answer are asked again."""
    await witnessing.cosign_all()
