"""What can be asked about guidance visits and events."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from tortoise.queryset import QuerySet

from service.guidance.records import GuidanceEvidence, GuidanceFinding, GuidanceVisit, KeyEvent
from service.guidance.rules import VisitKind
from service.hazards.queries import hazards
from service.hazards.records import Hazard


def visits(
    *,
    person_id: UUID | None = None,
    premises_id: UUID | None = None,
    kind: VisitKind | None = None,
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[GuidanceVisit]:
    """Visits in scope that fit every filter given; both days are counted."""
    wanted = {
        "person_id": person_id,
        "premises_id": premises_id,
        "kind": kind and kind.value,
        "day__gte": since,
        "day__lte": until,
    }
    return GuidanceVisit.filter(**{name: one for name, one in wanted.items() if one is not None})


def events(*, cancelled: bool = False) -> QuerySet[KeyEvent]:
    """Events in scope, with those that were taken back if asked for."""
    return KeyEvent.all() if cancelled else KeyEvent.filter(cancelled_at=None)


async def hazards_of(visit_ids: Iterable[UUID]) -> dict[UUID, list[Hazard]]:
    """Hazards found by visit, in two statements."""
    wanted = list(visit_ids)
    found: dict[UUID, list[Hazard]] = {one: [] for one in wanted}
    links = await GuidanceFinding.filter(visit_id__in=wanted).order_by("id")
    rows = {row.id: row for row in await hazards().filter(id__in=[one.hazard_id for one in links])}
    for link in links:
        if link.hazard_id in rows:
            found[link.visit_id].append(rows[link.hazard_id])
    return found


async def evidence_of(visit_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Ids of the evidence by visit, oldest first, in one statement."""
    wanted = list(visit_ids)
    found: dict[UUID, list[UUID]] = {one: [] for one in wanted}
    for row in await GuidanceEvidence.filter(visit_id__in=wanted).order_by("at", "id"):
        found[row.visit_id].append(row.evidence_id)
    return found
