"""Background work of the register: files in, files out, and the terms of its search."""

from uuid import UUID

from service.outbox import Event
from service.register import background, exports, importing, indexing, sweeping
from tasks.actors import answers, recurs

FILE_MS = 900 * 1000  # for 50,000 rows on a busy machine


@answers("register.check_import", time_limit=FILE_MS)
async def check_import(event: Event) -> None:
    """Read a file and compare it with the register."""
    await importing.check(event.scope(), *_ids(event, "import"))


@answers("register.commit_import", time_limit=FILE_MS)
async def commit_import(event: Event) -> None:
    """Enter the rows of a file."""
    await importing.commit(event.scope(), *_ids(event, "import"))


@answers("register.undo_import", time_limit=FILE_MS)
async def undo_import(event: Event) -> None:
    """Take back what an import did."""
    await importing.undo(event.scope(), *_ids(event, "import"))


@answers("register.index", time_limit=FILE_MS)
async def index(event: Event) -> None:
    """What an import entered, renamed or gave back becomes findable."""
    await indexing.complete_town(event.scope(), event.owner)


@answers("register.write_export", time_limit=FILE_MS)
async def write_export(event: Event) -> None:
    """Write a list into a file."""
    scope = await exports.scope_of(event.owner, "task:register.write_export")
    await exports.write(scope, *_ids(event, "export"))


@recurs("register.complete_search")
async def complete_search() -> None:
    """Enterprises entered before there was a search by terms become findable."""
    await background.complete_search()


@recurs("register.sweep_files")
async def sweep_files() -> None:
    """Files that were sent in or taken out go once their time is over."""
    await sweeping.sweep_everywhere()


def _ids(event: Event, subject: str) -> tuple[UUID, UUID]:
    return UUID(event.payload[subject]), UUID(event.payload["job"])
