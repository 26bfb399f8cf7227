"""Duties in the schema: the duty list and its records, the seven duties, posts and statements."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Body, Tenant
from api.context import Info
from api.hazards import trader_of
from api.hazards_counts import OnDay, Ratio, towns_in_scope
from api.nodes import NOBODY, RowNode
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise
from service import clock
from service.duties import queries, records
from service.duties.rules import EvidenceKind, Frequency, RecordState, state_of
from service.hazards import indicators
from tenants import records as tenancy
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject, allows

strawberry.enum(Frequency, name="DutyFrequency", description="How often a duty is due")
strawberry.enum(EvidenceKind, name="DutyEvidenceKind", description="What shows that it was done")
strawberry.enum(RecordState, name="DutyState", description="Where a due duty stands")


@strawberry.type(description="Duty of a body in the list that the committee keeps (职责清单)")
class DutyItem(RowNode, relay.Node):
    """One entry."""

    model = records.DutyItem
    object_kind = Subject.DUTY

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.DutyItem]
    title: str = strawberry.field(description="What is to be done")
    basis: str = strawberry.field(description="Document that says so")
    frequency: Frequency = strawberry.field(description="How often it is due")
    evidence_kind: EvidenceKind = strawberry.field(description="What shows that it was done")
    valid_from: date = strawberry.field(description="Day from which the duty holds")
    valid_to: date | None = strawberry.field(description="First day on which it holds no more")

    @strawberry.field(description="Body that owes it")
    async def body(self, info: Info) -> Body:
        """Batched."""
        return await body_of(info, self.row.body_id)

    @classmethod
    def of(cls, row: records.DutyItem) -> "DutyItem":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            title=row.title,
            basis=row.basis,
            frequency=Frequency[row.frequency],
            evidence_kind=EvidenceKind(row.evidence_kind),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )


async def body_of(info: Info, body_id: UUID) -> Body:
    """The body; batched."""

    async def load(keys: list[UUID]) -> list[tenancy.Body]:
        rows = {row.id: row for row in await tenancy.Body.filter(id__in=keys)}
        return [rows[key] for key in keys]

    return Body.of(await info.context.loader("duty_body", load).load(body_id))


@strawberry.type(description="One period in which a duty was due")
class DutyRecord(RowNode, relay.Node):
    """One record."""

    model = records.DutyRecord
    object_kind = Subject.DUTY

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.DutyRecord]
    period_first: date = strawberry.field(description="First day of the period")
    due_on: date = strawberry.field(description="Last day of the period")
    done_on: date | None = strawberry.field(description="Day on which it was filled in")
    note: str | None = strawberry.field(description="What was done")
    reference: str | None = strawberry.field(description="Number of the document that shows it")

    @strawberry.field(description="Where it stands; what was missed stays late when done")
    def state(self) -> RecordState:
        """From two days and today."""
        return state_of(self.due_on, self.done_on, clock.legal_day(clock.now()))

    @strawberry.field(description="Entry of the duty list")
    async def item(self, info: Info) -> DutyItem | None:
        """Batched."""

        async def load(keys: list[UUID]) -> list[records.DutyItem | None]:
            rows = await queries.items_of(keys)
            return [rows.get(key) for key in keys]

        found = await info.context.loader("duty_item", load).load(self.row.item_id)
        return DutyItem.of(found) if found else None

    @classmethod
    def of(cls, row: records.DutyRecord) -> "DutyRecord":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            period_first=row.period_first,
            due_on=row.due_on,
            done_on=row.done_on,
            note=row.note or None,
            reference=row.reference or None,
        )


@strawberry.type(description="Duties of one body that were done in time")
class BodyDutyRate:
    """One body."""

    body: Body = strawberry.field(description="Body that owes them")
    duty_rate: Ratio = strawberry.field(
        description="Done by their last day, of those whose last day is over"
    )


class OwnNode(RowNode):
    """Base of rows that an enterprise sees of its own."""

    object_kind = Subject.UNIT_DUTY

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        return found


@strawberry.type(description="One of the seven duties that a principal fulfilled in a year")
class PrincipalDuty(OwnNode, relay.Node):
    """One tick on the yearly list."""

    model = records.PrincipalDuty

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.PrincipalDuty]
    year: int = strawberry.field(description="Year")
    duty: int = strawberry.field(description="Number of the duty in art. 21, 1 to 7")
    fulfilled_on: date = strawberry.field(description="Day")
    note: str = strawberry.field(description="What was done")

    @strawberry.field(description="Enterprise of the principal")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Batched."""
        return await trader_of(info, self.row.enterprise_id)

    @classmethod
    def of(cls, row: records.PrincipalDuty) -> "PrincipalDuty":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            year=row.year,
            duty=row.duty,
            fulfilled_on=row.fulfilled_on,
            note=row.note,
        )


@strawberry.type(description="Statement of responsibility that the holder of a post signed")
class ResponsibilityStatement:
    """One statement."""

    holder: str = strawberry.field(description="Who signed")
    content: str = strawberry.field(description="What the post answers for")
    assessment: str = strawberry.field(description="Standard of assessment")
    signed_on: date = strawberry.field(description="Day of the signature")
    ended_on: date | None = strawberry.field(description="Day on which it ended")


@strawberry.type(description="Post of an enterprise")
class StaffPost(OwnNode, relay.Node):
    """One post."""

    model = records.StaffPost

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.StaffPost]
    name: str = strawberry.field(description="Name of the post")
    opened_on: date = strawberry.field(description="First day")
    closed_on: date | None = strawberry.field(description="Day on which it was closed")

    @strawberry.field(description="Enterprise of the post")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Batched."""
        return await trader_of(info, self.row.enterprise_id)

    @strawberry.field(description="Statements signed for the post, the newest first")
    async def statements(self, info: Info) -> list[ResponsibilityStatement]:
        """Batched."""

        async def load(keys: list[UUID]) -> list[list[records.ResponsibilityStatement]]:
            found = await queries.statements_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("statements", load).load(self.id)
        return [
            ResponsibilityStatement(
                holder=row.holder,
                content=row.content,
                assessment=row.assessment,
                signed_on=row.signed_on,
                ended_on=row.ended_on,
            )
            for row in rows
        ]

    @classmethod
    def of(cls, row: records.StaffPost) -> "StaffPost":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            name=row.name,
            opened_on=row.opened_on,
            closed_on=row.closed_on,
        )


@strawberry.type(description="One of the seven duties of a principal, as the law says it")
class PrincipalDutyText:
    """One duty."""

    number: int = strawberry.field(description="Number, 1 to 7")
    text: str = strawberry.field(description="Words of the law")
    article: str = strawberry.field(description="Article")
    source: str = strawberry.field(description="Law")


@strawberry.type(description="What the enterprises of one town keep of their own responsibility")
class UnitDutyCounts:
    """Numbers only."""

    town: Tenant = strawberry.field(description="Town that is counted")
    principal_duty: Ratio = strawberry.field(
        description="Duties fulfilled this year, of seven for each operating enterprise"
    )
    signed_rate: Ratio = strawberry.field(
        description="Posts with a statement in force, of the posts"
    )


def own_enterprise(info: Info) -> UUID | None:
    """The enterprise that asks, None where an authority does."""
    principal = info.context.principal
    if principal.role is Role.ENTERPRISE:
        return principal.enterprise_id or NOBODY
    return None


@strawberry.type
class DutyQuery:
    """Questions about duties."""

    @strawberry.field(description="Duty list of the district, newest first")
    async def duty_items(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[DutyItem]:
        """One page; every body of the district reads the whole list."""
        info.context.require(Subject.DUTY, Right.READ_OWN)
        found = records.DutyItem.all()
        return await page(
            found, DutyItem.of, first=first, after=after, key="created_at", shared=True
        )

    @strawberry.field(description="Duties that were due, the last one first")
    async def duty_records(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[DutyRecord]:
        """One page; a committee reads those of all its bodies."""
        info.context.require(Subject.DUTY, Right.READ_OWN)
        found = records.DutyRecord.all()
        return await page(found, DutyRecord.of, first=first, after=after, key="due_on")

    @strawberry.field(description="Duties done in time by body, over those whose last day is over")
    async def duty_rates(
        self,
        info: Info,
        since: Annotated[date, strawberry.argument(description="First day of the span")],
        until: Annotated[date, strawberry.argument(description="Last day, at most 800 later")],
    ) -> list[BodyDutyRate]:
        """Of the bodies whose records the caller reads."""
        info.context.require(Subject.DUTY, Right.READ_OWN)
        today = clock.legal_day(clock.now())
        found = await queries.duty_rates(since, until, today)
        readable = list(info.context.principal.scope.readable)
        bodies = tenancy.Body.filter(id__in=list(found), tenant_id__in=readable)
        return [
            BodyDutyRate(body=Body.of(row), duty_rate=Ratio.of(found[row.id]))
            for row in await bodies.order_by("code", "id")
        ]

    @strawberry.field(description="The seven duties of a principal in force on a day")
    async def principal_duty_texts(self, info: Info, on: OnDay = None) -> list[PrincipalDutyText]:
        """安全生产法 (2021) art. 21, for members and enterprises."""
        info.context.require(Subject.UNIT_DUTY, Right.READ_OWN)
        found = await queries.seven_duties(on or clock.legal_day(clock.now()))
        return [
            PrincipalDutyText(
                number=one.number, text=one.text, article=one.article, source=one.source
            )
            for one in found
        ]

    @strawberry.field(description="Duties that principals fulfilled, newest first")
    async def principal_duties(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[PrincipalDuty]:
        """One page; an enterprise sees its own."""
        info.context.require(Subject.UNIT_DUTY, Right.READ_OWN)
        seen = PrincipalDuty.seen(info.context.principal, records.PrincipalDuty.all())
        return await page(seen, PrincipalDuty.of, first=first, after=after, key="created_at")

    @strawberry.field(description="Posts with the statements signed for them, newest first")
    async def staff_posts(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[StaffPost]:
        """One page; an enterprise sees its own."""
        info.context.require(Subject.UNIT_DUTY, Right.READ_OWN)
        seen = StaffPost.seen(info.context.principal, records.StaffPost.all())
        return await page(seen, StaffPost.of, first=first, after=after, key="created_at")

    @strawberry.field(description="What enterprises keep of their responsibility, town by town")
    async def unit_duty_counts(
        self,
        info: Info,
        year: Annotated[
            int | None, strawberry.argument(description="Year, this one by default")
        ] = None,
    ) -> list[UnitDutyCounts]:
        """An enterprise gets the numbers of itself alone."""
        principal = info.context.principal
        if not allows(principal.role, Subject.UNIT_DUTY, Right.READ_COUNTS):
            info.context.require(Subject.UNIT_DUTY, Right.READ_OWN)
        today, own = clock.legal_day(clock.now()), own_enterprise(info)
        duties = await queries.principal_rates(year or today.year, own)
        signed = await queries.signed_rates(today, own)
        none = indicators.Ratio(0, 0)
        return [
            UnitDutyCounts(
                town=Tenant.of(town),
                principal_duty=Ratio.of(duties.get(town.id, none)),
                signed_rate=Ratio.of(signed.get(town.id, none)),
            )
            for town in await towns_in_scope(info)
        ]
