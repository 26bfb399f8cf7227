"""What can be asked about certificates."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from service import clock
from service.errors import Invalid
from service.hazards.indicators import Ratio
from service.register.queries import enterprises
from service.register.records import Enterprise
from service.register.rules import EnterpriseStatus
from service.standardisation.records import Certificate
from service.standardisation.rules import State
from tenants.wall import current

_RATE = """
with day as (
    select e.id, e.tenant_id, coalesce(q.value, e.above_quota) as above_quota,
        coalesce(s.value, e.status) as status
    from enterprises e
    left join lateral (select (r.before->>'above_quota')::boolean as value from register_changes r
        where r.tenant_id = e.tenant_id and r.enterprise_id = e.id and r.premises_id is null
            and r.before ? 'above_quota' and r.at >= $2 order by r.at, r.id limit 1) q on true
    left join lateral (select r.before->>'status' as value from register_changes r
        where r.tenant_id = e.tenant_id and r.enterprise_id = e.id and r.premises_id is null
            and r.before ? 'status' and r.at >= $2 order by r.at, r.id limit 1) s on true)
select e.tenant_id, count(*)::int as counted, count(*) filter (where exists (
    select from standardisation_certs c
    where c.tenant_id = e.tenant_id and c.enterprise_id = e.id and c.issued_on <= $1
        and c.valid_to > $1 and (c.revoked_on is null or c.revoked_on > $1)))::int as holding
from day e where e.above_quota and e.status = 'OPERATING' group by e.tenant_id
"""
"""Who owed a certificate on the day is told from the history of the register, since an enterprise
that closed or shrank later owed one then."""


def certificates(
    *, state: State | None = None, enterprise_id: UUID | None = None
) -> QuerySet[Certificate]:
    """Certificates and applications in scope that fit every filter given."""
    found = Certificate.all()
    if state is not None:
        found = found.filter(state=state.value)
    if enterprise_id is not None:
        found = found.filter(enterprise_id=enterprise_id)
    return found


def expiring(today: date, days: int) -> QuerySet[Certificate]:
    """Granted certificates that end within so many days.

    Raises:
        Invalid: more than a year, or less than a day.
    """
    if not 1 <= days <= 366:
        raise Invalid("ask for 1 to 366 days", path=("withinDays",))
    return Certificate.filter(
        state=State.GRANTED.value, valid_to__gt=today, valid_to__lte=today + timedelta(days=days)
    )


def without(day: date) -> QuerySet[Enterprise]:
    """Operating enterprises above quota in scope without a certificate that holds on the day."""
    holding = Certificate.filter(issued_on__lte=day, valid_to__gt=day)
    holding = holding.filter(Q(revoked_on__isnull=True) | Q(revoked_on__gt=day))
    scope = current().scope.readable
    if len(scope) == 1:
        holding = holding.filter(tenant_id=next(iter(scope)))
    owed = enterprises(above_quota=True, status=EnterpriseStatus.OPERATING)
    return owed.exclude(id__in=Subquery(holding.values("enterprise_id")))


async def certificates_of(enterprise_ids: Iterable[UUID]) -> dict[UUID, list[Certificate]]:
    """Certificates and applications by enterprise, the latest first, in one statement."""
    wanted = list(enterprise_ids)
    found: dict[UUID, list[Certificate]] = {one: [] for one in wanted}
    for row in await Certificate.filter(enterprise_id__in=wanted).order_by("-applied_on", "-id"):
        found[row.enterprise_id].append(row)
    return found


async def rates(day: date) -> dict[UUID, Ratio]:
    """Of those above quota and operating on the day those with a certificate then, by tenant."""
    end = datetime.combine(day + timedelta(days=1), time(), clock.SHANGHAI)
    rows = await current().fetch(_RATE, day, end)
    return {row["tenant_id"]: Ratio(row["holding"], row["counted"]) for row in rows}
