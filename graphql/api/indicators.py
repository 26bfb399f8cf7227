"""Indicators in the schema: definitions with lineage, values, trend, snapshots and scores."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.administration import Tenant
from api.context import Info
from api.hazards_counts import towns_in_scope
from api.nodes import RowNode
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service.indicators import definitions, lineage, queries, records, taint
from service.indicators.rules import (
    AppealState,
    Choice,
    Direction,
    Kind,
    Measured,
    Purpose,
)
from service.indicators.rules import (
    Indicator as Definition,
)
from tenants import records as tenancy
from tenants.rights import Right, Subject

strawberry.enum(Kind, name="IndicatorKind", description="What the value of an indicator is")
strawberry.enum(Direction, name="IndicatorDirection", description="Which values are better")
strawberry.enum(Purpose, name="SnapshotPurpose", description="Why a snapshot is taken")
strawberry.enum(AppealState, name="ScoreAppealState", description="Where an objection stands")

Since = Annotated[date, strawberry.argument(description="First day of the period")]
Until = Annotated[date, strawberry.argument(description="Last day of the period")]
Year = Annotated[int | None, strawberry.argument(description="Year of the choices")]
Code = Annotated[str, strawberry.argument(description="Code of the indicator")]
Months = Annotated[int, strawberry.argument(description="How many months, 1 to 60")]
NUMERATOR, DENOMINATOR = "What was counted", "Of how many, null where nothing divides"
VALUE = "Numerator over denominator, null where the denominator is 0"


def shown_value(measured: Measured, kind: Kind) -> float | None:
    """The value as the schema shows it."""
    value = measured.value(kind)
    return None if value is None else float(value)


@strawberry.type(description="Value of an indicator in one town")
class IndicatorValue:
    """One town and its numbers."""

    town: Tenant = strawberry.field(description="Town that was measured")
    numerator: int = strawberry.field(description=NUMERATOR)
    denominator: int | None = strawberry.field(description=DENOMINATOR)
    value: float | None = strawberry.field(description=VALUE)

    @classmethod
    def of(cls, town: tenancy.Tenant, measured: Measured, kind: Kind) -> "IndicatorValue":
        """The numbers as the schema shows them."""
        return cls(
            town=Tenant.of(town),
            numerator=measured.numerator,
            denominator=measured.denominator,
            value=shown_value(measured, kind),
        )


@strawberry.type(description="Value of an indicator over all towns that the caller reads")
class IndicatorTotal:
    """All towns counted at once, not a mean of means."""

    numerator: int = strawberry.field(description=NUMERATOR)
    denominator: int | None = strawberry.field(description=DENOMINATOR)
    value: float | None = strawberry.field(description=VALUE)


@strawberry.type(description="Column that a formula reads")
class IndicatorSource:
    """One column, from the database's own record."""

    table: str = strawberry.field(description="Table")
    column: str = strawberry.field(description="Column, empty where rows are counted")
    forbidden_by: str | None = strawberry.field(
        description="Law that keeps it out of every score, null where none does"
    )


@strawberry.type(description="Indicator with its definition, its lineage and its values")
class Indicator:
    """One indicator over one period."""

    code: str = strawberry.field(description="Stable name of the indicator")
    name: str = strawberry.field(description="Name in Chinese")
    item: str = strawberry.field(description="Item of the policy that it measures")
    kind: Kind = strawberry.field(description="What the value is")
    direction: Direction = strawberry.field(description="Which values are better")
    numerator_means: str = strawberry.field(description="What the numerator counts")
    denominator_means: str = strawberry.field(description="What the denominator counts")
    source: str = strawberry.field(description="Policy or statute behind it")
    scored: bool = strawberry.field(description="Indicates that it counts towards the score")
    may_be_scored: bool = strawberry.field(
        description="Indicates that the law allows it to be scored (行政处罚法 art. 74)"
    )
    weight: int = strawberry.field(description="Weight among the scored ones")
    target: int | None = strawberry.field(
        description="Value to reach, in thousandths where the value is a share"
    )
    query: str = strawberry.field(description="Formula as the database keeps it, SQL")
    query_sha256: str = strawberry.field(description="SHA-256 of the formula, hex")
    sources: list[IndicatorSource] = strawberry.field(description="Columns the formula reads")
    values: list[IndicatorValue] = strawberry.field(description="Values, by division code")
    total: IndicatorTotal = strawberry.field(description="All of these towns together")

    @classmethod
    def of(
        cls,
        defined: Definition,
        choice: Choice,
        found: lineage.Lineage,
        towns: list[tenancy.Tenant],
        values: dict[UUID, Measured],
    ) -> "Indicator":
        """The indicator as the schema shows it."""
        none = Measured(0, None if defined.kind is Kind.COUNT else 0)
        by_town = [(town, values.get(town.id, none)) for town in towns]
        total = sum((one for _, one in by_town), none)
        forbidden = taint.reasons(found.columns)
        return cls(
            code=defined.code,
            name=defined.name,
            item=defined.item,
            kind=defined.kind,
            direction=defined.direction,
            numerator_means=defined.numerator,
            denominator_means=defined.denominator,
            source=defined.source,
            scored=choice.scored,
            may_be_scored=not forbidden,
            weight=choice.weight,
            target=choice.target,
            query=found.query,
            query_sha256=found.sha256,
            sources=[
                IndicatorSource(
                    table=table, column=column, forbidden_by=forbidden.get((table, column))
                )
                for table, column in sorted(found.columns)
            ],
            values=[IndicatorValue.of(town, one, defined.kind) for town, one in by_town],
            total=IndicatorTotal(
                numerator=total.numerator,
                denominator=total.denominator,
                value=shown_value(total, defined.kind),
            ),
        )


@strawberry.type(description="Value of an indicator in one town in one month")
class IndicatorMonth:
    """One point of a trend."""

    month: date = strawberry.field(description="First day of the month")
    town: Tenant = strawberry.field(description="Town that was measured")
    numerator: int = strawberry.field(description=NUMERATOR)
    denominator: int | None = strawberry.field(description=DENOMINATOR)
    value: float | None = strawberry.field(description=VALUE)


@strawberry.type(description="Measurement of all indicators over a period, never changed")
class IndicatorSnapshot(RowNode, relay.Node):
    """One snapshot of a district."""

    model = records.IndicatorSnapshot
    object_kind = Subject.INDICATOR

    id: relay.NodeID[UUID]
    purpose: Purpose = strawberry.field(description="Why it was taken")
    since: date = strawberry.field(description="First day of the period")
    until: date = strawberry.field(description="Last day of the period")
    taken_at: datetime | None = strawberry.field(description="When it was taken, timestamp")
    digest: str = strawberry.field(description="SHA-256 over all its values, hex; empty before")

    @classmethod
    def of(cls, row: records.IndicatorSnapshot) -> "IndicatorSnapshot":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            purpose=Purpose(row.purpose),
            since=row.since,
            until=row.until,
            taken_at=row.taken_at,
            digest=row.digest,
        )


@strawberry.type(description="One indicator in a score sheet")
class ScoreLine:
    """One line."""

    code: str = strawberry.field(description="Code of the indicator")
    name: str = strawberry.field(description="Name of the indicator in Chinese")
    weight: int = strawberry.field(description="Weight of the line")
    target: int = strawberry.field(description="Value to reach, thousandths for a share")
    numerator: int = strawberry.field(description=NUMERATOR)
    denominator: int | None = strawberry.field(description=DENOMINATOR)
    attained: float | None = strawberry.field(
        description="How far the target is reached, 0 to 1; null takes no part"
    )

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "ScoreLine":
        """The line as the schema shows it."""
        defined = definitions.BY_CODE.get(kept["code"])
        return cls(name=defined.name if defined else kept["code"], **kept)


@strawberry.type(description="Objection of a town to its score")
class ScoreAppeal(RowNode, relay.Node):
    """One appeal."""

    model = records.ScoreAppeal
    object_kind = Subject.INDICATOR

    id: relay.NodeID[UUID]
    text: str = strawberry.field(description="What the town says")
    state: AppealState = strawberry.field(description="Where it stands")
    answer: str = strawberry.field(description="Answer of the committee, empty before")
    raised_at: datetime = strawberry.field(description="When it was raised, timestamp")
    answered_at: datetime | None = strawberry.field(description="When it was answered, timestamp")

    @classmethod
    def of(cls, row: records.ScoreAppeal) -> "ScoreAppeal":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            text=row.text,
            state=AppealState(row.state),
            answer=row.answer,
            raised_at=row.raised_at,
            answered_at=row.answered_at,
        )


@strawberry.type(description="Score of one town from one snapshot")
class ScoreSheet(RowNode, relay.Node):
    """One version of a sheet."""

    model = records.ScoreSheet
    object_kind = Subject.INDICATOR

    id: relay.NodeID[UUID]
    town_id: strawberry.Private[UUID]
    version: int = strawberry.field(description="Version, from 1; the highest one counts")
    since: date = strawberry.field(description="First day of the period")
    until: date = strawberry.field(description="Last day of the period")
    score: float | None = strawberry.field(
        description="0 to 100, null where no scored indicator has a value"
    )
    lines: list[ScoreLine] = strawberry.field(description="What it is made of")
    issued_at: datetime = strawberry.field(description="When it was issued, timestamp")
    appeal_until: date | None = strawberry.field(
        description="Last day for an objection, null where the calendar of the year is missing"
    )

    @strawberry.field(description="Town that is scored")
    async def town(self, info: Info) -> Tenant:
        """Batched over the page."""
        found: Tenant = await info.context.loader("towns", _towns).load(self.town_id)
        return found

    @strawberry.field(description="Objection to this sheet, null where there is none")
    async def appeal(self, info: Info) -> ScoreAppeal | None:
        """Batched over the page."""
        found: ScoreAppeal | None = await info.context.loader("appeals", _appeals).load(self.id)
        return found

    @classmethod
    def of(cls, row: records.ScoreSheet) -> "ScoreSheet":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            town_id=row.tenant_id,
            version=row.version,
            since=row.since,
            until=row.until,
            score=None if row.score is None else float(row.score),
            lines=[ScoreLine.of(kept) for kept in row.lines],
            issued_at=row.issued_at,
            appeal_until=row.appeal_until,
        )


async def _towns(ids: list[UUID]) -> list[Tenant]:
    found = {row.id: Tenant.of(row) for row in await tenancy.Tenant.filter(id__in=ids)}
    return [found[one] for one in ids]


async def _appeals(sheet_ids: list[UUID]) -> list[ScoreAppeal | None]:
    rows = await records.ScoreAppeal.filter(sheet_id__in=sheet_ids)
    found = {row.sheet_id: ScoreAppeal.of(row) for row in rows}
    return [found.get(one) for one in sheet_ids]


@strawberry.type
class IndicatorQuery:
    """Questions that are answered with indicators."""

    @strawberry.field(description="All indicators over a period, with the values of each town")
    async def indicators(
        self, info: Info, since: Since, until: Until, year: Year = None
    ) -> list[Indicator]:
        """Measured now; a town sees its own values, a committee those of its towns."""
        info.context.require(Subject.INDICATOR, Right.READ_OWN)
        values = await queries.measure(since, until)
        home = info.context.principal.scope.home
        chosen = await queries.choices(year or until.year, home.district_id if home else None)
        known = await lineage.lineages()
        towns = await towns_in_scope(info)
        return [
            Indicator.of(one, chosen[one.code], known[one.code], towns, dict(values[one.code]))
            for one in definitions.INDICATORS
        ]

    @strawberry.field(description="Monthly values of an indicator, oldest first")
    async def indicator_trend(
        self, info: Info, code: Code, months: Months = 12
    ) -> list[IndicatorMonth]:
        """From the snapshots taken each month; months before the first one are missing."""
        info.context.require(Subject.INDICATOR, Right.READ_OWN)
        kind = queries.indicator(code).kind
        rows = await queries.trend(code, months=months)
        towns = {town.id: Tenant.of(town) for town in await towns_in_scope(info)}
        return [
            IndicatorMonth(
                month=row.since,
                town=towns[row.tenant_id],
                numerator=row.numerator,
                denominator=row.denominator,
                value=shown_value(Measured(row.numerator, row.denominator), kind),
            )
            for row in rows
            if row.tenant_id in towns
        ]

    @strawberry.field(description="Snapshots of the district, newest first")
    async def indicator_snapshots(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[IndicatorSnapshot]:
        """One page."""
        info.context.require(Subject.INDICATOR, Right.READ_OWN)
        found = records.IndicatorSnapshot.all()
        return await page(found, IndicatorSnapshot.of, first=first, after=after, key="asked_at")

    @strawberry.field(description="Score sheets that the caller may see, newest first")
    async def score_sheets(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[ScoreSheet]:
        """One page."""
        info.context.require(Subject.INDICATOR, Right.READ_OWN)
        found = records.ScoreSheet.all()
        return await page(found, ScoreSheet.of, first=first, after=after, key="issued_at")
