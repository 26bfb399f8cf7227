"""Risk points in the schema: their evaluations, colours, measures, and the coverage of towns."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Tenant
from api.context import Info
from api.hazards import (
    LineNode,
    place_of,
    trader_of,
)
from api.hazards_counts import OnDay, Ratio, require_counts, towns_in_scope
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise, Premises
from service import clock
from service.hazards import indicators
from service.hazards.rules import Category
from service.register.rules import RiskColour
from service.risks import methods, queries, records
from service.risks.rules import Level, State, Step, possible
from tenants.principal import Principal
from tenants.rights import Role, Subject

strawberry.enum(State, name="RiskPointState", description="Where a risk point stands")
strawberry.enum(Step, name="RiskPointStep", description="What can happen to a risk point")
strawberry.enum(
    Level, name="ControlLevel", description="Level that controls a risk, L1 the highest"
)


@strawberry.type(description="Value of one factor in an evaluation")
class RiskFactor:
    """One factor."""

    factor: str = strawberry.field(description="Letter of the factor, such as L")
    value: str = strawberry.field(description="Value of the factor, a decimal string")


@strawberry.type(description="Evaluation of a risk point with all that it came from")
class RiskEvaluation:
    """One evaluation."""

    method: str = strawberry.field(description="Id of the method")
    method_version: str = strawberry.field(description="Version of the method")
    inputs: list[RiskFactor] = strawberry.field(description="Value of each factor")
    score: str = strawberry.field(description="Score, a decimal string")
    colour: RiskColour = strawberry.field(description="Colour that the score makes")
    at: datetime = strawberry.field(description="Timestamp of the evaluation")

    @classmethod
    def of(cls, row: records.RiskEvaluation) -> "RiskEvaluation":
        """The row as the schema shows it."""
        return cls(
            method=row.method_id,
            method_version=row.method_version,
            inputs=[RiskFactor(factor=k, value=str(v)) for k, v in sorted(row.inputs.items())],
            score=f"{row.score.normalize():f}",
            colour=RiskColour(row.colour),
            at=row.at,
        )


@strawberry.type(description="Measure against a risk")
class RiskControl(RowNode, relay.Node):
    """One measure."""

    model = records.RiskControl
    object_kind = Subject.HAZARD

    id: relay.NodeID[UUID]
    level: Level = strawberry.field(description="Level that controls")
    measure: str = strawberry.field(description="What is done")
    responsible: str = strawberry.field(description="Who answers for it")
    interval_days: int = strawberry.field(description="Longest time between two checks, in days")

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Outside their risk point, measures are shown to the town's own people only."""
        if principal.role in (Role.ENTERPRISE, Role.DEPARTMENT):
            return found.filter(id=NOBODY)
        return found

    @classmethod
    def of(cls, row: records.RiskControl) -> "RiskControl":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            level=Level(row.level),
            measure=row.measure,
            responsible=row.responsible,
            interval_days=row.interval_days,
        )


@strawberry.type(description="What may cause harm at one premises")
class RiskPoint(LineNode, relay.Node):
    """One risk point."""

    model = records.RiskPoint

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.RiskPoint]
    name: str = strawberry.field(description="Name of the risk point")
    description: str = strawberry.field(description="What may happen")
    category: Category = strawberry.field(description="What the risk is about")
    state: State = strawberry.field(description="Where the risk point stands")
    colour: RiskColour | None = strawberry.field(description="Colour, null until graded")
    colour_reason: str | None = strawberry.field(description="Why the colour was raised")
    graded_on: date | None = strawberry.field(description="Day of the grading")
    review_due_on: date | None = strawberry.field(description="Last day of the assessment")

    @strawberry.field(description="Steps that can follow, in the order of the procedure")
    def possible_steps(self) -> list[Step]:
        """By the state alone."""
        return possible(self.state)

    @strawberry.field(description="Premises of the risk point")
    async def premises(self, info: Info) -> Premises | None:
        """Null where the caller may not read the register."""
        return await place_of(info, self.row.premises_id)

    @strawberry.field(description="Enterprise of the risk point")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Null where the caller may not read the register."""
        return await trader_of(info, self.row.enterprise_id)

    @strawberry.field(description="Evaluations of the risk point, oldest first")
    async def evaluations(self, info: Info) -> list[RiskEvaluation]:
        """Loaded for all risk points of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.RiskEvaluation]]:
            found = await queries.evaluations_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("risk_evaluations", load).load(self.id)
        return [RiskEvaluation.of(row) for row in rows]

    @strawberry.field(description="Measures in force, highest level first")
    async def controls(self, info: Info) -> list[RiskControl]:
        """Loaded for all risk points of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.RiskControl]]:
            found = await queries.controls_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("risk_controls", load).load(self.id)
        return [RiskControl.of(row) for row in rows]

    @strawberry.field(description="Global ids of the hazards that failed measures made")
    async def hazard_ids(self, info: Info) -> list[strawberry.ID]:
        """Oldest first; loaded for all risk points of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.RiskControlFailure]]:
            found = await queries.failures_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("risk_failures", load).load(self.id)
        return [strawberry.ID(relay.to_base64("Hazard", str(row.hazard_id))) for row in rows]

    @classmethod
    def of(cls, row: records.RiskPoint) -> "RiskPoint":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            name=row.name,
            description=row.description,
            category=Category(row.category),
            state=State(row.state),
            colour=RiskColour(row.colour) if row.colour else None,
            colour_reason=row.colour_reason or None,
            graded_on=row.graded_on,
            review_due_on=row.review_due_on,
        )


@strawberry.type(description="Values that a factor of a method may take")
class RiskMethodFactor:
    """One factor."""

    factor: str = strawberry.field(description="Letter of the factor")
    values: list[str] = strawberry.field(description="Its values, decimal strings")


@strawberry.type(description="Scores that make a colour")
class RiskBand:
    """One band."""

    colour: RiskColour = strawberry.field(description="Colour of the band")
    floor: str = strawberry.field(description="Lowest score, a decimal string")
    inclusive: bool = strawberry.field(description="Indicates that the floor itself belongs to it")


@strawberry.type(description="Method of risk evaluation, a product of factors")
class RiskMethod:
    """One version of one method."""

    method: str = strawberry.field(description="Id of the method")
    version: str = strawberry.field(description="Version of the method")
    factors: list[RiskMethodFactor] = strawberry.field(description="Factors of the product")
    bands: list[RiskBand] = strawberry.field(description="Bands from the gravest down")
    source: str = strawberry.field(description="Where the method comes from")
    confirmed: bool = strawberry.field(
        description="Indicates that the cut-offs were checked against their source"
    )

    @classmethod
    def of(cls, one: methods.Method) -> "RiskMethod":
        """The method as the schema shows it."""
        return cls(
            method=one.id,
            version=one.version,
            factors=[
                RiskMethodFactor(factor=name, values=[str(value) for value in values])
                for name, values in one.factors.items()
            ],
            bands=[
                RiskBand(colour=band.colour, floor=str(band.floor), inclusive=band.inclusive)
                for band in one.bands
            ],
            source=one.source,
            confirmed=one.confirmed,
        )


@strawberry.type(description="Premises of one town that have an assessment in force")
class RiskCoverage:
    """One town."""

    town: Tenant = strawberry.field(description="Town that is counted")
    coverage: Ratio = strawberry.field(
        description="Operating premises with a current assessment, of the operating premises"
    )


@strawberry.input(description="Filters of the list of risk points; all given must hold")
class RiskPointWhere:
    """Every filter is optional."""

    state: State | None = strawberry.field(default=None, description="State of the risk point")
    colour: RiskColour | None = strawberry.field(default=None, description="Colour")
    category: Category | None = strawberry.field(default=None, description="Category")
    premises_id: relay.GlobalID | None = strawberry.field(default=None, description="Premises")


@strawberry.type
class RiskQuery:
    """Questions about risk points."""

    @strawberry.field(description="Risk points that the caller may see, newest first")
    async def risk_points(
        self,
        info: Info,
        where: RiskPointWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[RiskPoint]:
        """One page; an enterprise sees its own, a department its line."""
        chosen = where or RiskPointWhere()
        place = chosen.premises_id
        found = queries.risk_points(
            state=chosen.state,
            colour=chosen.colour,
            category=chosen.category,
            premises_id=node_id(place, Premises, "premisesId") if place else None,
        )
        seen = await RiskPoint.listed(info, found)
        return await page(seen, RiskPoint.of, first=first, after=after, key="created_at")

    @strawberry.field(description="Methods of risk evaluation in force on a day")
    async def risk_methods(self, on: OnDay = None) -> list[RiskMethod]:
        """Today by default; open to everybody."""
        day = on or clock.legal_day(clock.now())
        return [RiskMethod.of(one) for one in methods.methods_on(day)]

    @strawberry.field(description="Risk coverage of each town, by division code")
    async def risk_coverage(self, info: Info) -> list[RiskCoverage]:
        """Numbers only."""
        require_counts(info)
        found, none = await queries.coverage(), indicators.Ratio(0, 0)
        return [
            RiskCoverage(town=Tenant.of(town), coverage=Ratio.of(found.get(town.id, none)))
            for town in await towns_in_scope(info)
        ]
