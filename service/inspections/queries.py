"""What can be asked about inspections."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from tortoise.queryset import QuerySet

from service.inspections.records import (
    Inspection,
    InspectionCheck,
    InspectionEvent,
    InspectionOfficer,
    LowYieldAlarm,
)
from service.inspections.rules import Kind, State


def inspections(
    *,
    state: State | None = None,
    kind: Kind | None = None,
    premises_id: UUID | None = None,
    enterprise_id: UUID | None = None,
    body_id: UUID | None = None,
    planned_from: date | None = None,
    planned_to: date | None = None,
) -> QuerySet[Inspection]:
    """Inspections in scope that fit every filter given; both days are included."""
    wanted = {
        "state": state and state.value,
        "kind": kind and kind.value,
        "premises_id": premises_id,
        "enterprise_id": enterprise_id,
        "body_id": body_id,
        "planned_on__gte": planned_from,
        "planned_on__lte": planned_to,
    }
    return Inspection.filter(**{name: value for name, value in wanted.items() if value is not None})


async def officers_of(ids: Iterable[UUID]) -> dict[UUID, list[InspectionOfficer]]:
    """Officers by inspection, round by round, in one statement."""
    wanted = list(ids)
    found: dict[UUID, list[InspectionOfficer]] = {one: [] for one in wanted}
    for row in await InspectionOfficer.filter(inspection_id__in=wanted).order_by("round", "id"):
        found[row.inspection_id].append(row)
    return found


async def checks_of(ids: Iterable[UUID]) -> dict[UUID, list[InspectionCheck]]:
    """Checklist by inspection, in the order of the task, in one statement."""
    wanted = list(ids)
    found: dict[UUID, list[InspectionCheck]] = {one: [] for one in wanted}
    for row in await InspectionCheck.filter(inspection_id__in=wanted).order_by("id"):
        found[row.inspection_id].append(row)
    return found


async def history_of(ids: Iterable[UUID]) -> dict[UUID, list[InspectionEvent]]:
    """Steps by inspection, oldest first, in one statement."""
    wanted = list(ids)
    found: dict[UUID, list[InspectionEvent]] = {one: [] for one in wanted}
    for row in await InspectionEvent.filter(inspection_id__in=wanted).order_by("at", "id"):
        found[row.inspection_id].append(row)
    return found


def low_yield_alarms(explained: bool | None = None) -> QuerySet[LowYieldAlarm]:
    """Alarms in scope, all or only those that are or are not explained."""
    found = LowYieldAlarm.all()
    if explained is not None:
        found = found.filter(explained_on__isnull=not explained)
    return found
