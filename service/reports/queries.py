"""What can be asked about reports."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.queryset import QuerySet

from service.reports.records import Report, ReportEvent, ReportReceipt
from service.reports.rules import State, token_digest
from tenants.records import District, Tenant
from tenants.scope import Scope
from tenants.wall import current, tenant_transaction

PLATFORM = Scope.of_platform("public:reports")


def reports(state: State | None = None) -> QuerySet[Report]:
    """Reports in scope."""
    return Report.filter(state=state.value) if state else Report.all()


async def events_of(reports: Iterable[UUID]) -> dict[UUID, list[ReportEvent]]:
    """Steps of each report, oldest first, in one statement."""
    found: dict[UUID, list[ReportEvent]] = {one: [] for one in reports}
    for row in await ReportEvent.filter(report_id__in=list(found)).order_by("at", "id"):
        found[row.report_id].append(row)
    return found


@dataclass(frozen=True, slots=True)
class Counts:
    """Reports of one town received in a period, as they stand now."""

    tenant_id: UUID
    received: int
    accepted: int
    answered: int
    answered_on_time: int
    found_true: int
    rewarded: int
    rewarded_fen: int

    @classmethod
    def none(cls, tenant_id: UUID) -> "Counts":
        """Of a town that received none."""
        return cls(tenant_id, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Awareness:
    """People of one town who were asked in surveys of a period, and those who knew of reporting."""

    tenant_id: UUID
    asked: int
    aware: int


_COUNTS = """
select tenant_id, count(*) as received,
    count(*) filter (where accepted_on is not null) as accepted,
    count(*) filter (where answered_on is not null) as answered,
    count(*) filter (where answered_on <= due_on) as answered_on_time,
    count(*) filter (where finding in ('TRUE', 'PARTIAL')) as found_true,
    count(*) filter (where reward_state = 'PAID') as rewarded,
    coalesce(sum(reward_fen) filter (where reward_state = 'PAID'), 0)::bigint as rewarded_fen
from reports
where (received_at at time zone 'Asia/Shanghai')::date between $1 and $2
group by tenant_id order by tenant_id
"""


async def counts(since: date, until: date) -> list[Counts]:
    """Numbers of each town in scope; one statement, no row of a report leaves it."""
    return [Counts(**row) for row in await current().fetch(_COUNTS, since, until)]


async def awareness(since: date, until: date) -> list[Awareness]:
    """Surveys of each town in scope, added up; one statement."""
    rows = await current().fetch(
        "select tenant_id, sum(asked)::bigint as asked, sum(aware)::bigint as aware"
        " from awareness_surveys where held_on between $1 and $2 group by tenant_id",
        since,
        until,
    )
    return [Awareness(**row) for row in rows]


async def tracked(token: str) -> ReportReceipt | None:
    """What the holder of a tracking code may know; needs no scope of the caller."""
    async with tenant_transaction(PLATFORM, read_only=True):
        return await ReportReceipt.filter(token_sha256=token_digest(token)).first()


async def towns_of(district_code: str) -> tuple[str, list[Tenant]] | None:
    """Name of a district and its towns that reports can be about; None for no district."""
    async with tenant_transaction(PLATFORM, read_only=True):
        district = await District.get_or_none(code=district_code)
        if district is None:
            return None
        found = Tenant.filter(district_id=district.id, status="ACTIVE").exclude(kind="DISTRICT")
        return district.name, await found.order_by("name", "id")
