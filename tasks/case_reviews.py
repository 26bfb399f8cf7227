"""Work of file reviews: drawn files are opened in their towns, and results stand by themselves."""

from service.case_reviews import overdue, rounds
from service.outbox import Event
from tasks.actors import answers, recurs


@answers("case_reviews.open_files")
async def open_files(event: Event) -> None:
    """The files of a drawn round are opened, each in the town of its case."""
    await rounds.open_files(event)


@recurs("case_reviews.follow")
async def follow() -> None:
    """Results stand once the days to object are over."""
    await overdue.follow_everywhere()
