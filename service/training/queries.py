"""What can be asked about training and officers' cards."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from tortoise.queryset import QuerySet

from service.errors import Invalid
from service.hazards.indicators import Ratio
from service.law.queries import rule_book
from service.officers.records import Officer
from service.training.records import TrainingAttendance, TrainingSession
from service.training.rules import Audience
from tenants.wall import current

_TRAINED = """
with attended as (
    select a.tenant_id, a.officer_id, sum(a.minutes) as minutes
    from training_attendances a
    join training_sessions s on s.tenant_id = a.tenant_id and s.id = a.session_id
    where s.audience = 'ENFORCER' and s.withdrawn_on is null and s.held_on between $1 and $2
    group by a.tenant_id, a.officer_id)
select o.tenant_id, count(*)::int as officers,
    count(*) filter (where a.minutes >= $3)::int as trained
from officers o
left join attended a on a.tenant_id = o.tenant_id and a.officer_id = o.id
where o.active group by o.tenant_id
"""


def sessions(*, audience: Audience | None = None) -> QuerySet[TrainingSession]:
    """Sessions in scope, also those withdrawn."""
    found = TrainingSession.all()
    return found if audience is None else found.filter(audience=audience.value)


async def attendances_of(session_ids: Iterable[UUID]) -> dict[UUID, list[TrainingAttendance]]:
    """Attendances by session, in one statement."""
    wanted = list(session_ids)
    found: dict[UUID, list[TrainingAttendance]] = {one: [] for one in wanted}
    for row in await TrainingAttendance.filter(session_id__in=wanted).order_by("attendee", "id"):
        found[row.session_id].append(row)
    return found


async def required_hours(year: int) -> int:
    """Hours that an officer needs in a year, by the rule of its last day.

    Raises:
        NoRule: none is in force.
    """
    return (await rule_book()).rule("TRAINING_HOURS", date(year, 12, 31), "ENFORCER").number


async def trained(year: int) -> dict[UUID, Ratio]:
    """Active officers with the hours of the year, of the active officers, by tenant.

    Raises:
        Invalid: a year beyond reason.
    """
    if not 2020 <= year <= 9000:
        raise Invalid("ask for a year from 2020 on", path=("year",))
    minutes = 60 * await required_hours(year)
    rows = await current().fetch(_TRAINED, date(year, 1, 1), date(year, 12, 31), minutes)
    return {row["tenant_id"]: Ratio(row["trained"], row["officers"]) for row in rows}


def expiring(today: date, days: int) -> QuerySet[Officer]:
    """Active officers whose card has run out, or runs out within so many days.

    Raises:
        Invalid: more than a year, or less than a day.
    """
    if not 1 <= days <= 366:
        raise Invalid("ask for 1 to 366 days", path=("withinDays",))
    return Officer.filter(active=True, card_valid_to__lte=today + timedelta(days=days))
