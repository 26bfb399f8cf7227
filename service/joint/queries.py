"""What can be asked: demands, plans, visits, and the calendar of an enterprise."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from tortoise.queryset import QuerySet

from service.clock import SHANGHAI
from service.joint.records import FrequencyBudget, InspectionDemand, JointPlan, JointVisit
from service.joint.rules import DemandState, VisitState

_ANNOUNCED = (VisitState.PUBLISHED.value, VisitState.DONE.value)


def demands(
    *, state: DemandState | None = None, premises_id: UUID | None = None
) -> QuerySet[InspectionDemand]:
    """Demands in scope that fit every filter given."""
    found = InspectionDemand.all()
    if state is not None:
        found = found.filter(state=state.value)
    if premises_id is not None:
        found = found.filter(premises_id=premises_id)
    return found


def plans() -> QuerySet[JointPlan]:
    """Plan versions of the district."""
    return JointPlan.all()


def short_visits() -> QuerySet[JointVisit]:
    """Announced visits in scope that lack officers or a skill."""
    return JointVisit.filter(state=VisitState.PUBLISHED.value, shortage__not="")


async def short_of_plans(ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many announced visits in scope of each plan lack officers, in one statement."""
    found = dict.fromkeys(ids, 0)
    for visit in await short_visits().filter(plan_id__in=list(found)).only("id", "plan_id"):
        assert visit.plan_id is not None
        found[visit.plan_id] += 1
    return found


def visits(
    *,
    plan_id: UUID | None = None,
    premises_id: UUID | None = None,
    enterprise_id: UUID | None = None,
    announced: bool = False,
) -> QuerySet[JointVisit]:
    """Visits in scope; `announced` leaves out what is planned only or was given up."""
    found = JointVisit.all()
    if plan_id is not None:
        found = found.filter(plan_id=plan_id)
    if premises_id is not None:
        found = found.filter(premises_id=premises_id)
    if enterprise_id is not None:
        found = found.filter(enterprise_id=enterprise_id)
    return only_announced(found) if announced else found


async def inspected_premises(tenant_id: UUID, since: date, until: date) -> int:
    """Premises of a town that were visited between two days, both included."""
    found = JointVisit.filter(
        tenant_id=tenant_id, state=VisitState.DONE.value, day__gte=since, day__lte=until
    )
    return len(set(await found.values_list("premises_id", flat=True)))


def only_announced(found: QuerySet[JointVisit]) -> QuerySet[JointVisit]:
    """Without those that are planned only or were given up."""
    return found.filter(state__in=_ANNOUNCED)


async def demands_of(visit_ids: Iterable[UUID]) -> dict[UUID, list[InspectionDemand]]:
    """Demands by visit, in one statement."""
    wanted = list(visit_ids)
    found: dict[UUID, list[InspectionDemand]] = {one: [] for one in wanted}
    for row in await InspectionDemand.filter(visit_id__in=wanted).order_by("id"):
        if row.visit_id is not None:
            found[row.visit_id].append(row)
    return found


async def unserved(plan_id: UUID) -> list[InspectionDemand]:
    """Demands in scope that a plan leaves out, at most 100, gravest first."""
    return (
        await InspectionDemand.filter(plan_id=plan_id, visit_id__isnull=True)
        .exclude(unserved_reason="")
        .order_by("-mandatory", "-risk", "id")
        .limit(100)
    )


async def budgets(enterprise_id: UUID, year: int) -> list[FrequencyBudget]:
    """The ledger of one enterprise: a line per body and one for all together."""
    return await FrequencyBudget.filter(enterprise_id=enterprise_id, year=year).order_by("body")


def minutes_of(day: date, minute: int) -> datetime:
    """The instant of a minute of a day in China, in UTC."""
    return (datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minute)).astimezone(UTC)


async def booked_premises(first: date, last: date) -> set[UUID]:
    """Premises in scope with an announced visit from `first` to `last`."""
    rows = await JointVisit.filter(
        state=VisitState.PUBLISHED.value, day__gte=first, day__lte=last
    ).values_list("premises_id", flat=True)
    return {UUID(str(row)) for row in rows}
