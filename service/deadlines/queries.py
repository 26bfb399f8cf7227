"""What can be asked about deadlines."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from tortoise.queryset import QuerySet

from service.deadlines.records import LegalDeadline
from service.deadlines.rules import DeadlineState


def deadlines(
    today: date, *, state: DeadlineState | None = None, due_before: date | None = None
) -> QuerySet[LegalDeadline]:
    """Deadlines in scope that stand so on `today`; `due_before` leaves that day itself out.

    Met ones are one list, whether in time or late.
    """
    found = LegalDeadline.all()
    if state is DeadlineState.DROPPED:
        found = found.filter(dropped=True)
    elif state in (DeadlineState.MET, DeadlineState.MET_LATE):
        found = found.filter(met_on__isnull=False)
    elif state is not None:
        found = found.filter(met_on__isnull=True, dropped=False)
        if state is DeadlineState.UNKNOWN_YEAR:
            found = found.filter(due_on__isnull=True)
        elif state is DeadlineState.OVER:
            found = found.filter(due_on__lt=today)
        else:
            found = found.filter(due_on__gte=today)
    if due_before is not None:
        found = found.filter(due_on__lt=due_before)
    return found


async def deadlines_of(subject_ids: Iterable[UUID]) -> dict[UUID, list[LegalDeadline]]:
    """Deadlines by their subject, in the order in which they started, in one statement."""
    wanted = list(subject_ids)
    found: dict[UUID, list[LegalDeadline]] = {one: [] for one in wanted}
    for row in await LegalDeadline.filter(subject_id__in=wanted).order_by("started_on", "id"):
        found[row.subject_id].append(row)
    return found
