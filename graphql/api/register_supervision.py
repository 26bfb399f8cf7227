"""Grids, supervision tiers and the quota: how a town divides its register among its people."""

from enum import Enum
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Tenant
from api.context import Info
from api.errors import MutationError, attempt
from api.hazards_counts import towns_in_scope
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise, Premises
from api.register_acts import EnterpriseAct, KeyedAct
from api.scalars import FenAmount
from service.register import grids, records, tiers
from service.register.rules import Tier
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject


@strawberry.type(description="Corner of a hexagon in degrees, WGS 84")
class HexagonCorner:
    """One corner."""

    latitude: float = strawberry.field(description="Latitude in degrees")
    longitude: float = strawberry.field(description="Longitude in degrees")


@strawberry.type(description="Hexagon that belongs to one grid of the town and to no other")
class GridHexagon:
    """One cell."""

    cell: str = strawberry.field(description="H3 index of the cell")
    corners: list[HexagonCorner] = strawberry.field(description="Its corners, in their order")


@strawberry.type(description="Part of a town with one keeper (网格)")
class Grid(RowNode, relay.Node):
    """One grid."""

    model = records.Grid
    object_kind = Subject.SETTINGS

    id: relay.NodeID[UUID]
    code: str = strawberry.field(description="Code of the grid within the town")
    name: str = strawberry.field(description="Name of the grid")
    keeper_name: str = strawberry.field(description="Who keeps it (网格员)")
    keeper_phone: str = strawberry.field(description="Telephone of the keeper")

    @strawberry.field(description="Number of its hexagons")
    async def cells(self, info: Info) -> int:
        """Loaded for all grids of the page in one statement."""
        return (await self._sizes(info))[0]

    @strawberry.field(description="Its hexagons, by their index")
    async def hexagons(self, info: Info) -> list[GridHexagon]:
        """Loaded for all grids of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[GridHexagon]]:
            found = await grids.hexagons(keys)
            return [
                [
                    GridHexagon(
                        cell=cell,
                        corners=[HexagonCorner(latitude=lat, longitude=lng) for lat, lng in ring],
                    )
                    for cell, ring in found.get(key, [])
                ]
                for key in keys
            ]

        cells: list[GridHexagon] = await info.context.loader("grid_hexagons", load).load(self.id)
        return cells

    @strawberry.field(description="Number of its premises that have not closed")
    async def premises_count(self, info: Info) -> int:
        """Loaded for all grids of the page in one statement."""
        return (await self._sizes(info))[1]

    async def _sizes(self, info: Info) -> tuple[int, int]:
        async def load(keys: list[UUID]) -> list[tuple[int, int]]:
            found = await grids.sizes(keys)
            return [found.get(key, (0, 0)) for key in keys]

        sizes: tuple[int, int] = await info.context.loader("grid_sizes", load).load(self.id)
        return sizes

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[records.Grid]) -> QuerySet[records.Grid]:
        """Staff only: a keeper's name and telephone are not for strangers."""
        if principal.role in (Role.ENTERPRISE, Role.APP, Role.PUBLIC):
            return found.filter(id=NOBODY)
        return found

    @classmethod
    def of(cls, row: records.Grid) -> "Grid":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            code=row.code,
            name=row.name,
            keeper_name=row.keeper_name,
            keeper_phone=row.keeper_phone,
        )


@strawberry.type(description="How the premises of one town lie in grids (no gap, no overlap)")
class GridCoverage:
    """Numbers only."""

    town: Tenant = strawberry.field(description="Town that is counted")
    premises: int = strawberry.field(description="Premises that have not closed")
    orphan_premises: int = strawberry.field(description="Those in no grid; the aim is 0")
    double_assigned: int = strawberry.field(
        description="Hexagons in two grids; 0 by a key of the database"
    )


@strawberry.input(description="Place in degrees, WGS 84")
class PlaceInput:
    """One corner."""

    latitude: float = strawberry.field(description="Latitude in degrees")
    longitude: float = strawberry.field(description="Longitude in degrees")


@strawberry.type
class GridQuery:
    """Questions about grids."""

    @strawberry.field(description="Grids that the caller may see, newest first")
    async def grids(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[Grid]:
        """One page."""
        info.context.require(Subject.SETTINGS, Right.READ_OWN)
        found = Grid.seen(info.context.principal, records.Grid.all())
        return await page(found, Grid.of, first=first, after=after)

    @strawberry.field(description="Premises in no grid that have not closed, newest first")
    async def orphan_premises(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[Premises]:
        """One page; empty is the aim."""
        info.context.require(Subject.REGISTER, Right.READ_OWN)
        found = Premises.seen(info.context.principal, grids.orphans())
        return await page(found, Premises.of, first=first, after=after)

    @strawberry.field(description="Coverage by grids of each town, by division code")
    async def grid_coverage(self, info: Info) -> list[GridCoverage]:
        """Numbers only, in three statements for any number of towns."""
        info.context.require(Subject.SETTINGS, Right.READ_OWN)
        if info.context.principal.role in (Role.ENTERPRISE, Role.APP):
            info.context.require(Subject.SETTINGS, Right.READ_ACROSS)
        found = await grids.coverage()
        none = grids.Coverage()
        return [
            GridCoverage(
                town=Tenant.of(town),
                premises=found.get(town.id, none).premises,
                orphan_premises=found.get(town.id, none).orphans,
                double_assigned=found.get(town.id, none).double_assigned,
            )
            for town in await towns_in_scope(info)
        ]


@strawberry.enum(description="Why a grid was not defined")
class DefineGridErrorCode(Enum):
    """Codes of `defineGrid`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"


@strawberry.input(description="Grid to be made or changed; its code says which")
class DefineGridInput(KeyedAct):
    """Input of `defineGrid`."""

    code: str = strawberry.field(
        description="Code of the grid within the town, at most 40 characters"
    )
    name: str = strawberry.field(description="Name of the grid")
    keeper_name: str = strawberry.field(description="Who keeps it")
    keeper_phone: str = strawberry.field(default="", description="Telephone of the keeper")


@strawberry.type(description="Answer to `defineGrid`")
class DefineGridPayload:
    """What came of it, or why not."""

    grid: Grid | None = strawberry.field(description="Grid after the act")
    errors: list[MutationError[DefineGridErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why hexagons were not assigned")
class AssignGridCellsErrorCode(Enum):
    """Codes of `assignGridCells`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Hexagons that make up a grid")
class AssignGridCellsInput(KeyedAct):
    """Input of `assignGridCells`."""

    grid_id: relay.GlobalID = strawberry.field(description="Grid of the act")
    outline: list[PlaceInput] = strawberry.field(
        description="Corners of the grid, 3 to 500; hexagons whose centres lie inside make it up"
    )


@strawberry.type(description="Answer to `assignGridCells`")
class AssignGridCellsPayload:
    """What came of it, or why not."""

    moved: int | None = strawberry.field(description="Number of premises that went to another grid")
    errors: list[MutationError[AssignGridCellsErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a revenue was not kept")
class StateRevenueErrorCode(Enum):
    """Codes of `stateRevenue`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Main revenue of an enterprise in a year")
class StateRevenueInput(EnterpriseAct):
    """Input of `stateRevenue`."""

    year: int = strawberry.field(description="Year that is over")
    revenue: FenAmount = strawberry.field(description="Main revenue in fen")
    source: str = strawberry.field(
        default="", description="Where the figure is from, at most 200 characters"
    )


@strawberry.type(description="Answer to `stateRevenue`")
class StateRevenuePayload:
    """What came of it, or why not."""

    enterprise: Enterprise | None = strawberry.field(description="Enterprise after the act")
    errors: list[MutationError[StateRevenueErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a tier was not decided")
class DecideSupervisionTierErrorCode(Enum):
    """Codes of `decideSupervisionTier`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Enterprise and its tier")
class DecideSupervisionTierInput(EnterpriseAct):
    """Input of `decideSupervisionTier`."""

    tier: Tier | None = strawberry.field(
        default=None, description="Tier; that of the town's table where none is given"
    )
    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `decideSupervisionTier`")
class DecideSupervisionTierPayload:
    """What came of it, or why not."""

    enterprise: Enterprise | None = strawberry.field(description="Enterprise after the act")
    errors: list[MutationError[DecideSupervisionTierErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class GridMutation:
    """Acts on grids, tiers and the quota."""

    @strawberry.mutation(description="Make a grid of the town, or change its name and keeper")
    async def define_grid(self, info: Info, input: DefineGridInput) -> DefineGridPayload:
        """See `service.register.grids.define`."""

        async def act() -> records.Grid:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            return await grids.define(
                info.context.home,
                code=input.code,
                name=input.name,
                keeper_name=input.keeper_name,
                keeper_phone=input.keeper_phone,
            )

        row, errors = await attempt(DefineGridErrorCode, act())
        return DefineGridPayload(grid=Grid.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Let a grid consist of the hexagons within an outline")
    async def assign_grid_cells(
        self, info: Info, input: AssignGridCellsInput
    ) -> AssignGridCellsPayload:
        """See `service.register.grids.assign_cells`."""

        async def act() -> int:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            corners = [(one.latitude, one.longitude) for one in input.outline]
            wanted = node_id(input.grid_id, Grid, "gridId")
            return await grids.assign_cells(wanted, (), corners)

        moved, errors = await attempt(AssignGridCellsErrorCode, act())
        return AssignGridCellsPayload(moved=moved, errors=errors)

    @strawberry.mutation(description="Keep the main revenue of a year, which decides on the quota")
    async def state_revenue(self, info: Info, input: StateRevenueInput) -> StateRevenuePayload:
        """See `service.register.tiers.state_revenue`."""

        async def act() -> records.Enterprise:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await tiers.state_revenue(
                node_id(input.enterprise_id, Enterprise, "enterpriseId"),
                input.year,
                int(input.revenue),
                input.source,
            )

        row, errors = await attempt(StateRevenueErrorCode, act())
        return StateRevenuePayload(enterprise=Enterprise.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Decide on the supervision tier of an enterprise (分级监管)")
    async def decide_supervision_tier(
        self, info: Info, input: DecideSupervisionTierInput
    ) -> DecideSupervisionTierPayload:
        """See `service.register.tiers.decide_tier`."""

        async def act() -> records.Enterprise:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await tiers.decide_tier(
                node_id(input.enterprise_id, Enterprise, "enterpriseId"), input.reason, input.tier
            )

        row, errors = await attempt(DecideSupervisionTierErrorCode, act())
        return DecideSupervisionTierPayload(
            enterprise=Enterprise.of(row) if row else None, errors=errors
        )
