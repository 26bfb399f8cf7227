"""Accidents in the schema: each with its reports, and the numbers of a year."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Tenant
from api.context import Info
from api.hazards import place_of, trader_of
from api.hazards_counts import Ratio, towns_in_scope
from api.nodes import NOBODY, RowNode
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise, Premises
from api.scalars import FenAmount
from service import clock
from service.accidents import queries, records
from service.accidents.rules import Level, ReportKind
from service.law.queries import rule_book
from service.law.rules import RuleBook
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject, allows

strawberry.enum(Level, name="AccidentLevel", description="How grave an accident is (事故等级)")
strawberry.enum(ReportKind, name="AccidentReportKind", description="What a report is")


@strawberry.type(description="One report on an accident")
class AccidentReport:
    """The numbers as this report gave them."""

    number: int = strawberry.field(description="Number of the report, from 1")
    kind: ReportKind = strawberry.field(description="First report, supplement or correction")
    deaths: int = strawberry.field(description="People dead")
    serious_injuries: int = strawberry.field(description="People seriously injured")
    direct_loss_fen: FenAmount = strawberry.field(description="Direct loss in fen")
    text: str = strawberry.field(description="What was reported, or why it was corrected")
    reported_at: datetime = strawberry.field(description="Timestamp of the report")


@strawberry.type(description="Accident of work safety (生产安全事故)")
class Accident(RowNode, relay.Node):
    """One accident."""

    model = records.Accident
    object_kind = Subject.ACCIDENT

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.Accident]
    occurred_at: datetime = strawberry.field(description="Timestamp at which it happened")
    known_at: datetime = strawberry.field(
        description="Timestamp at which the head of the enterprise learnt of it"
    )
    reported_at: datetime = strawberry.field(description="Timestamp of the first report")
    summary: str = strawberry.field(description="What happened")
    deaths: int = strawberry.field(description="People dead, as last reported")
    serious_injuries: int = strawberry.field(
        description="People seriously injured, as last reported"
    )
    direct_loss_fen: FenAmount = strawberry.field(
        description="Direct loss in fen, as last reported"
    )
    concealed: bool = strawberry.field(description="Indicates that it was concealed (瞒报)")
    concealment: str | None = strawberry.field(description="Finding of the concealment")

    @strawberry.field(description="Level by the law of its day and its latest numbers")
    async def level(self, info: Info) -> Level:
        """条例 art. 3."""
        return queries.level(self.row, await law_of(info))

    @strawberry.field(description="Indicates that the first report came in time")
    async def reported_in_time(self, info: Info) -> bool:
        """条例 art. 9; never where it was concealed."""
        return queries.reported_in_time(self.row, await law_of(info))

    @strawberry.field(description="Premises of the accident")
    async def premises(self, info: Info) -> Premises | None:
        """Null where the caller may not read the register."""
        return await place_of(info, self.row.premises_id)

    @strawberry.field(description="Enterprise of the accident")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Null where the caller may not read the register."""
        return await trader_of(info, self.row.enterprise_id)

    @strawberry.field(description="Every report on it, the first first")
    async def reports(self, info: Info) -> list[AccidentReport]:
        """Loaded for all accidents of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.AccidentReport]]:
            found = await queries.reports_of(keys)
            return [found[key] for key in keys]

        return [
            AccidentReport(
                number=row.number,
                kind=ReportKind(row.kind),
                deaths=row.deaths,
                serious_injuries=row.serious_injuries,
                direct_loss_fen=FenAmount(row.direct_loss_fen),
                text=row.text,
                reported_at=row.reported_at,
            )
            for row in await info.context.loader("accident_reports", load).load(self.id)
        ]

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.Accident) -> "Accident":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            occurred_at=row.occurred_at,
            known_at=row.known_at,
            reported_at=row.reported_at,
            summary=row.summary,
            deaths=row.deaths,
            serious_injuries=row.serious_injuries,
            direct_loss_fen=FenAmount(row.direct_loss_fen),
            concealed=row.concealed_at is not None,
            concealment=row.concealment or None,
        )


async def law_of(info: Info) -> RuleBook:
    """The law, read once for all accidents of an answer."""

    async def load(keys: list[UUID]) -> list[RuleBook]:
        book = await rule_book()
        return [book for _ in keys]

    found: RuleBook = await info.context.loader("accident_law", load).load(NOBODY)
    return found


@strawberry.type(description="Accidents of one level")
class AccidentLevelCount:
    """One level."""

    level: Level = strawberry.field(description="Level")
    accidents: int = strawberry.field(description="Accidents of the level")


@strawberry.type(description="Accidents of one town in a year")
class AccidentCounts:
    """Numbers only, never an accident."""

    town: Tenant = strawberry.field(description="Town that is counted")
    accidents: int = strawberry.field(description="Accidents that happened in the year")
    deaths: int = strawberry.field(description="People dead; the target is none")
    serious_injuries: int = strawberry.field(description="People seriously injured")
    concealed: int = strawberry.field(description="Accidents that were concealed")
    levels: list[AccidentLevelCount] = strawberry.field(
        description="Accidents by level, the gravest last; levels without any are left out"
    )
    report_latency: Ratio = strawberry.field(
        description="Reported in time, of the accidents; concealed ones never are"
    )


@strawberry.type
class AccidentQuery:
    """Questions about accidents."""

    @strawberry.field(description="Accidents that the caller may see, the latest first")
    async def accidents(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[Accident]:
        """One page; an enterprise sees its own."""
        info.context.require(Subject.ACCIDENT, Right.READ_OWN)
        seen = Accident.seen(info.context.principal, queries.accidents())
        return await page(seen, Accident.of, first=first, after=after, key="occurred_at")

    @strawberry.field(description="Accidents of a year, town by town")
    async def accident_counts(
        self,
        info: Info,
        year: Annotated[
            int | None, strawberry.argument(description="Year, this one by default")
        ] = None,
    ) -> list[AccidentCounts]:
        """A town without an accident stands there with zeros."""
        principal = info.context.principal
        counts = allows(principal.role, Subject.ACCIDENT, Right.READ_COUNTS)
        right = Right.READ_OWN if not counts and principal.role is not Role.ENTERPRISE else None
        info.context.require(Subject.ACCIDENT, right or Right.READ_COUNTS)
        found = await queries.counts(year or clock.legal_day(clock.now()).year)
        shown = []
        for town in await towns_in_scope(info):
            one = found.get(town.id, queries.NONE)
            shown.append(
                AccidentCounts(
                    town=Tenant.of(town),
                    accidents=one.accidents,
                    deaths=one.deaths,
                    serious_injuries=one.serious_injuries,
                    concealed=one.concealed,
                    levels=[
                        AccidentLevelCount(level=level, accidents=one.by_level[level])
                        for level in Level
                        if level in one.by_level
                    ],
                    report_latency=Ratio.of(one.latency),
                )
            )
        return shown
