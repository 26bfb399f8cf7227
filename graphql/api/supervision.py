"""Supervised listing in the schema: orders, what can follow, and the counts of each town."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Tenant
from api.context import Info
from api.hazards import LineNode, own_line, place_of, trader_of
from api.hazards_counts import Ratio, towns_in_scope
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise, Premises
from service import clock
from service.supervision import queries, records
from service.supervision.rules import Level, State, Step, possible
from service.workdays.queries import calendar
from service.workdays.rules import Limit, Unit, deadline
from tenants.rights import Right, Role, Subject

strawberry.enum(Level, name="SupervisionLevel", description="Level that supervises (厅、处、科)")
strawberry.enum(State, name="SupervisionState", description="Where an order stands")
strawberry.enum(Step, name="SupervisionStep", description="What can happen to an order")


@strawberry.type(description="Step that was taken with an order")
class SupervisionHistoryItem:
    """One line of the history."""

    step: Step = strawberry.field(description="Step that was taken")
    state: State = strawberry.field(description="State of the order after the step")
    at: datetime = strawberry.field(description="Timestamp of the step")


async def _limit(info: Info, start: date | None, workdays: int | None) -> date | None:
    """The last day of a limit in working days; null where its year is not published yet."""
    if start is None or workdays is None:
        return None

    async def load(keys: list[UUID]) -> list[Any]:
        work = await calendar()
        return [work for _ in keys]

    work = await info.context.loader("work_calendar", load).load(UUID(int=0))
    return deadline(start, Limit(workdays, Unit.WORKING_DAYS), work).due


@strawberry.type(description="Order that puts one hazard under supervision (挂牌督办)")
class SupervisionOrder(LineNode, relay.Node):
    """One order."""

    model = records.SupervisionOrder
    object_kind = Subject.SUPERVISION

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.SupervisionOrder]
    level: Level = strawberry.field(description="Level that supervises")
    state: State = strawberry.field(description="Where the order stands")
    reason: str = strawberry.field(description="Why it was proposed")
    plate_number: str | None = strawberry.field(description="Number, null until listed")
    summary: str | None = strawberry.field(description="What the public reads")
    official: str | None = strawberry.field(description="Responsible official")
    basis: str | None = strawberry.field(description="Decision of a body above the district")
    listed_on: date | None = strawberry.field(description="Day of the listing")
    deadline: date | None = strawberry.field(description="Last day, extensions included")
    extensions: int = strawberry.field(description="How often the term was extended")
    extension_until: date | None = strawberry.field(description="Day that is asked for")
    overdue_since: date | None = strawberry.field(description="Day on which it became overdue")
    delisted_on: date | None = strawberry.field(description="Day of the delisting")

    @strawberry.field(description="Global id of the hazard")
    def hazard_id(self) -> strawberry.ID:
        """Whoever may read hazards opens it by `node`."""
        return strawberry.ID(relay.to_base64("Hazard", str(self.row.hazard_id)))

    @strawberry.field(description="Steps that can follow, in the order of the procedure")
    def possible_steps(self) -> list[Step]:
        """By the state alone."""
        return possible(self.state)

    @strawberry.field(description="Last day to publish the listing, null where not known yet")
    async def publish_by(self, info: Info) -> date | None:
        """In working days by the terms of the order."""
        return await _limit(info, self.listed_on, self.row.publish_workdays)

    @strawberry.field(description="Last day to answer the request, null where none is open")
    async def answer_by(self, info: Info) -> date | None:
        """In working days by the terms of the order."""
        return await _limit(info, self.row.extension_asked_on, self.row.answer_workdays)

    @strawberry.field(description="Premises of the hazard")
    async def premises(self, info: Info) -> Premises | None:
        """Null where the caller may not read the register."""
        return await place_of(info, self.row.premises_id)

    @strawberry.field(description="Enterprise of the hazard")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Null where the caller may not read the register."""
        return await trader_of(info, self.row.enterprise_id)

    @strawberry.field(description="Steps that were taken, oldest first")
    async def history(self, info: Info) -> list[SupervisionHistoryItem]:
        """Loaded for all orders of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.SupervisionEvent]]:
            found = await queries.history_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("supervision_history", load).load(self.id)
        return [
            SupervisionHistoryItem(step=Step(row.step), state=State(row.state), at=row.at)
            for row in rows
        ]

    @classmethod
    async def listed(cls, info: Info, found: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the orders that the caller may list."""
        info.context.require(Subject.SUPERVISION, Right.READ_OWN)
        line = await own_line(info)
        seen = cls.seen(info.context.principal, found)
        return seen if line is None else seen.filter(line=line)

    @classmethod
    def of(cls, row: records.SupervisionOrder) -> "SupervisionOrder":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            level=Level(row.level),
            state=State(row.state),
            reason=row.reason,
            plate_number=row.plate_number,
            summary=row.summary or None,
            official=row.official or None,
            basis=row.basis or None,
            listed_on=row.listed_on,
            deadline=row.deadline,
            extensions=row.extensions,
            extension_until=row.extension_until,
            overdue_since=row.overdue_since,
            delisted_on=row.delisted_on,
        )


@strawberry.type(description="Supervised listings of one town and level in a period")
class SupervisionCounts:
    """Numbers only."""

    town: Tenant = strawberry.field(description="Town that is counted")
    level: Level = strawberry.field(description="Level that supervises")
    listed: int = strawberry.field(description="Listed in the period")
    delisted: int = strawberry.field(description="Delisted in the period")
    on_time_delist: Ratio = strawberry.field(
        description="Delisted by the deadline, of those whose deadline lies in the period"
    )
    overdue_days: int = strawberry.field(
        description="Calendar days beyond their deadlines, added up to today"
    )


@strawberry.input(description="Filters of the list of orders; all given must hold")
class SupervisionWhere:
    """Every filter is optional."""

    state: State | None = strawberry.field(default=None, description="State of the order")
    level: Level | None = strawberry.field(default=None, description="Level that supervises")


@strawberry.type
class SupervisionQuery:
    """Questions about supervised listings."""

    @strawberry.field(description="Orders that the caller may see, newest first")
    async def supervision_orders(
        self,
        info: Info,
        where: SupervisionWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[SupervisionOrder]:
        """One page; an enterprise sees its own, a department its line."""
        chosen = where or SupervisionWhere()
        found = queries.orders(state=chosen.state, level=chosen.level)
        seen = await SupervisionOrder.listed(info, found)
        return await page(seen, SupervisionOrder.of, first=first, after=after, key="created_at")

    @strawberry.field(description="Counts of supervised listings by town and level")
    async def supervision_counts(
        self, info: Info, since: date, until: date | None = None
    ) -> list[SupervisionCounts]:
        """Of a period that ends today by default."""
        own = info.context.principal.role is Role.ENTERPRISE
        info.context.require(Subject.SUPERVISION, Right.READ_COUNTS if own else Right.READ_OWN)
        today = clock.legal_day(clock.now())
        found = await queries.counts(since, until or today, today)
        return [
            SupervisionCounts(
                town=Tenant.of(town),
                level=level,
                listed=one.listed,
                delisted=one.delisted,
                on_time_delist=Ratio.of(one.on_time_delist),
                overdue_days=one.overdue_days,
            )
            for town in await towns_in_scope(info)
            for level in Level
            if (one := found.get((town.id, level))) is not None
        ]
