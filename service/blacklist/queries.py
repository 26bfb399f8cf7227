"""What can be asked of the blacklist."""

from collections.abc import Iterable
from uuid import UUID

from tortoise.queryset import QuerySet

from service.blacklist.records import (
    BlacklistCase,
    BlacklistEvent,
    BlacklistMeasure,
    BlacklistObjection,
)
from service.blacklist.rules import PublicationClass, State


def cases(
    *,
    state: State | None = None,
    publication: PublicationClass | None = None,
    penalty_body_id: UUID | None = None,
    enterprise_id: UUID | None = None,
) -> QuerySet[BlacklistCase]:
    """Cases in scope that fit every filter given."""
    found = BlacklistCase.all()
    if state is not None:
        found = found.filter(state=state.value)
    if publication is not None:
        found = found.filter(publication=publication.value)
    if penalty_body_id is not None:
        found = found.filter(penalty_body_id=penalty_body_id)
    if enterprise_id is not None:
        found = found.filter(enterprise_id=enterprise_id)
    return found


async def history_of(case_ids: Iterable[UUID]) -> dict[UUID, list[BlacklistEvent]]:
    """Steps by case, oldest first, in one statement."""
    wanted = list(case_ids)
    found: dict[UUID, list[BlacklistEvent]] = {one: [] for one in wanted}
    for row in await BlacklistEvent.filter(case_id__in=wanted).order_by("at", "id"):
        found[row.case_id].append(row)
    return found


async def measures_of(case_ids: Iterable[UUID]) -> dict[UUID, list[BlacklistMeasure]]:
    """Joint measures by case in the order in which they were ordered, in one statement."""
    wanted = list(case_ids)
    found: dict[UUID, list[BlacklistMeasure]] = {one: [] for one in wanted}
    for row in await BlacklistMeasure.filter(case_id__in=wanted).order_by("round", "number"):
        found[row.case_id].append(row)
    return found


def objections(
    *, waiting: bool | None = None, enterprise_id: UUID | None = None
) -> QuerySet[BlacklistObjection]:
    """Objections in scope; `waiting` are those without an answer."""
    found = BlacklistObjection.all()
    if waiting is not None:
        found = found.filter(outcome="") if waiting else found.exclude(outcome="")
    if enterprise_id is not None:
        found = found.filter(enterprise_id=enterprise_id)
    return found
