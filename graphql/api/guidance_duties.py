"""What heads owe in the schema: rates with numerator and denominator, and warnings by urgency."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from graphql import GraphQLError

from api.administration import Tenant
from api.context import Info
from api.hazards import place_of
from api.hazards_counts import OnDay, Ratio, towns_in_scope
from api.nodes import NOBODY
from api.paging import PAGE_DEFAULT, After, Connection, Edge, First, PageInfo, check_first, decode
from api.paging import encode as cursor_of
from api.register import Premises
from api.responsibility import ResponsiblePerson, person_of
from service import clock
from service.errors import Forbidden
from service.guidance import duty, warnings
from service.guidance.rules import Duty, half_of, months
from service.hazards import indicators
from service.law.queries import rule_book
from tenants.rights import Right, Role, Subject

strawberry.enum(Duty, name="GuidanceDuty", description="What a head owes")

NOTHING = indicators.Ratio(0, 0)


@strawberry.type(description="What one head did of what was owed")
class HeadDuty:
    """One head of one town."""

    person_id: strawberry.Private[UUID]
    monthly: Ratio = strawberry.field(
        description="Months with enough visits, of the months counted (每月检查指导)"
    )
    half_cover: Ratio = strawberry.field(
        description="Premises visited this half year, of those answered for (半年全覆盖)"
    )
    special: Ratio = strawberry.field(
        description="Events at which the head was on site, of the events of the half year"
    )

    @strawberry.field(description="The head")
    async def person(self, info: Info) -> ResponsiblePerson:
        """Batched."""
        return await person_of(info, self.person_id)


@strawberry.type(description="What the heads of one town did of what was owed")
class TownDuty:
    """Sums over the heads of the town."""

    town: Tenant = strawberry.field(description="Town that is counted")
    duty_month: Ratio = strawberry.field(description="Sum of the monthly shares of its heads")
    half_cover: Ratio = strawberry.field(description="Sum of the half-year shares of its heads")
    special: Ratio = strawberry.field(description="Sum over the events")
    heads: list[HeadDuty] = strawberry.field(description="Head by head")


@strawberry.type(description="What heads did of what was owed, and the sums over all towns")
class DutyReport:
    """As of a day."""

    half: str = strawberry.field(description="Half year that is counted, such as 2026-H2")
    months: list[str] = strawberry.field(description="Months that are counted, such as 2026-11")
    duty_month: Ratio = strawberry.field(description="Sum of the monthly shares of all heads")
    half_cover: Ratio = strawberry.field(description="Sum of the half-year shares of all heads")
    special: Ratio = strawberry.field(description="Sum over all events")
    towns: list[TownDuty] = strawberry.field(description="Town by town, by division code")


@strawberry.type(description="Duty of a head that is not done yet")
class DutyWarning:
    """One line, most urgent first."""

    row: strawberry.Private[warnings.Open]
    duty: Duty = strawberry.field(description="What is owed")
    due_on: date = strawberry.field(description="Last day")
    days_left: int = strawberry.field(description="Days from today to the last, 0 on it")
    event: str | None = strawberry.field(description="Title of the event, null for other duties")

    @strawberry.field(description="Head who owes it")
    async def person(self, info: Info) -> ResponsiblePerson:
        """Batched."""
        return await person_of(info, self.row.person_id)

    @strawberry.field(description="Premises not yet visited; null where any of the head's will do")
    async def premises(self, info: Info) -> Premises | None:
        """Batched."""
        return await place_of(info, self.row.premises_id) if self.row.premises_id else None


def _require(info: Info) -> None:
    info.context.require(Subject.GUIDANCE, Right.READ_OWN)
    if info.context.principal.role is Role.ENTERPRISE:
        raise Forbidden("what the heads owe is a matter of the authorities")


@strawberry.type
class GuidanceDutyQuery:
    """Questions about duties."""

    @strawberry.field(
        description="What heads did of what was owed: months, the half year and events"
    )
    async def guidance_duties(
        self,
        info: Info,
        on: OnDay = None,
        since: Annotated[
            date | None,
            strawberry.argument(description="Day in the first month; that of `on` by default"),
        ] = None,
    ) -> DutyReport:
        """At most 24 months; every town that the caller reads."""
        _require(info)
        today = clock.legal_day(clock.now())
        day = on or today
        wanted, half, book = months(since or day, day), half_of(day), await rule_book()
        found: dict[UUID, dict[UUID, list[list[indicators.Ratio]]]] = {}

        def cell(tenant: UUID, person: UUID) -> list[list[indicators.Ratio]]:
            return found.setdefault(tenant, {}).setdefault(person, [[], [], []])

        for month in wanted:
            for one in await duty.standings(month, today, book):
                cell(one.tenant_id, one.person_id)[0].append(one.monthly)
        for one in await duty.standings(half, today, book):
            cell(one.tenant_id, one.person_id)[1].append(one.half_cover)
        for (tenant, person), share in (await duty.special(half, clock.now())).items():
            cell(tenant, person)[2].append(share)
        towns = [_town(Tenant.of(row), found.get(row.id, {})) for row in await towns_in_scope(info)]
        return _report(half.label, [one.label for one in wanted], found, towns)

    @strawberry.field(description="Duties of heads that are not done yet, most urgent first")
    async def duty_warnings(
        self,
        info: Info,
        within_days: Annotated[
            int | None,
            strawberry.argument(description="Look so many days ahead; the town's setting if null"),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[DutyWarning]:
        """One page; found from plates and terms, so a head without any visit is there."""
        _require(info)
        size, today = check_first(first), clock.legal_day(clock.now())
        owners = [row.owner for row in await towns_in_scope(info)]
        everything = await warnings.open_duties(owners, today, within_days)
        since = _position(after)
        rest = [one for one in everything if since is None or one.key > since]
        edges = [
            Edge(
                node=DutyWarning(
                    row=one,
                    duty=one.duty,
                    due_on=one.due_on,
                    days_left=(one.due_on - today).days,
                    event=one.title or None,
                ),
                cursor=cursor_of(one.key, one.premises_id or NOBODY),
            )
            for one in rest[:size]
        ]

        async def count() -> int:
            return len(everything)

        return Connection(
            edges=edges,
            page_info=PageInfo(
                has_next_page=len(rest) > size,
                has_previous_page=after is not None,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
            count=count,
        )


def _town(town: Tenant, heads: dict[UUID, list[list[indicators.Ratio]]]) -> TownDuty:
    sums = [duty.total([r for head in heads.values() for r in head[n]]) for n in range(3)]
    return TownDuty(
        town=town,
        duty_month=Ratio.of(sums[0]),
        half_cover=Ratio.of(sums[1]),
        special=Ratio.of(sums[2]),
        heads=[
            HeadDuty(
                person_id=person,
                monthly=Ratio.of(duty.total(head[0])),
                half_cover=Ratio.of(duty.total(head[1])),
                special=Ratio.of(duty.total(head[2])),
            )
            for person, head in sorted(heads.items())
        ],
    )


def _report(
    half: str,
    labels: list[str],
    found: dict[UUID, dict[UUID, list[list[indicators.Ratio]]]],
    towns: list[TownDuty],
) -> DutyReport:
    cells = [head for heads in found.values() for head in heads.values()]
    sums = [duty.total([one for head in cells for one in head[n]]) for n in range(3)]
    return DutyReport(
        half=half,
        months=labels,
        duty_month=Ratio.of(sums[0]),
        half_cover=Ratio.of(sums[1]),
        special=Ratio.of(sums[2]),
        towns=towns,
    )


def _position(cursor: str | None) -> list[str] | None:
    if cursor is None:
        return None
    key, _ = decode(cursor)
    if not isinstance(key, list) or not all(isinstance(one, str) for one in key):
        raise GraphQLError("this is not a cursor of this list", extensions={"code": "CURSOR"})
    return key
