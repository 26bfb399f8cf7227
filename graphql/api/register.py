"""The register in the schema: enterprises and their premises."""

from datetime import datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.context import Info
from api.declared import Column, Many, Page, Sight, Single, equal, planned, shows
from api.nodes import RowNode, typed_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page, within
from api.scalars import FenAmount
from service.register import history, queries, records, tiers
from service.register.rules import (
    Act,
    EnterpriseStatus,
    IdentifierKind,
    RiskColour,
    Scale,
    Tier,
    masked_phone,
)
from tenants.rights import Right, Role, Subject

strawberry.enum(RiskColour, description="Four-colour risk grade, red the gravest")
strawberry.enum(EnterpriseStatus, description="Whether it trades")
strawberry.enum(Scale, name="EnterpriseScale", description="Size of an enterprise")
strawberry.enum(Tier, name="SupervisionTier", description="Supervision tier, first the closest")
strawberry.enum(Act, name="RegisterAct", description="What was done to an entry of the register")
strawberry.enum(
    IdentifierKind, name="EnterpriseIdentifierKind", description="Kind of a former number"
)

OUTSIDE = frozenset({Role.COMMITTEE, Role.DEPARTMENT, Role.APP})
"""Roles that see telephone numbers of a town's enterprises with their middle hidden."""


@strawberry.type(description="Number under which an enterprise was known before")
class EnterpriseIdentifier:
    """One number."""

    kind: IdentifierKind = strawberry.field(description="Kind of the number")
    value: str = strawberry.field(description="The number")


@strawberry.type(description="Main revenue of an enterprise in one year")
class RevenueStatement:
    """One statement and what it says of the quota."""

    year: int = strawberry.field(description="Year of the revenue (threshold basis year)")
    revenue: FenAmount = strawberry.field(description="Main revenue in fen")
    threshold: FenAmount | None = strawberry.field(
        description="Threshold in fen of the trade in that year, null where there is none"
    )
    above_quota: bool = strawberry.field(description="Indicates a revenue at or above it")


@strawberry.type(description="Decision on the supervision tier of an enterprise")
class TierDecision:
    """One decision."""

    number: int = strawberry.field(description="Number of the decision, from 1")
    tier: Tier = strawberry.field(description="Tier that was decided")
    table_tier: Tier = strawberry.field(description="Tier that the town's table gave that day")
    reason: str = strawberry.field(description="Why")
    at: datetime = strawberry.field(description="When, timestamp")


@strawberry.type(description="Change of an entry of the register")
class RegisterChange:
    """One change."""

    act: Act = strawberry.field(description="What was done")
    version: int = strawberry.field(description="Version of the entry after the change")
    premises_id: strawberry.ID | None = strawberry.field(
        description="Global id of the premises that changed, null for the enterprise itself"
    )
    fields: list[str] = strawberry.field(description="What changed, by name")
    reason: str = strawberry.field(description="Why, empty where nobody said")
    at: datetime = strawberry.field(description="When, timestamp")

    @classmethod
    def of(cls, row: records.RegisterChange) -> "RegisterChange":
        """The row as the schema shows it; values may be names and numbers of people."""
        place = row.premises_id
        return cls(
            act=Act(row.act),
            version=row.version,
            premises_id=strawberry.ID(relay.to_base64("Premises", str(place))) if place else None,
            fields=sorted(row.after),
            reason=row.reason,
            at=row.at,
        )


@strawberry.type(description="Place where an enterprise trades; the key of supervision")
class Premises(RowNode, relay.Node):
    """One place of one enterprise."""

    model = records.Premises
    object_kind = Subject.REGISTER
    columns = shows(
        "name",
        "address",
        "latitude",
        "longitude",
        "cell",
        "version",
        status=Column(kind=EnterpriseStatus),
    )
    sight = Sight(own="enterprise_id")

    id: relay.NodeID[UUID]
    name: str = strawberry.field(description="Name of the premises")
    address: str = strawberry.field(description="Address of the premises")
    latitude: float = strawberry.field(description="Latitude in degrees, WGS 84")
    longitude: float = strawberry.field(description="Longitude in degrees, WGS 84")
    status: EnterpriseStatus = strawberry.field(description="Whether the place trades")
    cell: str = strawberry.field(description="H3 hexagon of resolution 10 that it lies in")
    version: int = strawberry.field(description="Version of the entry, from 1")


@strawberry.type(description="Enterprise in the register of one town")
class Enterprise(RowNode, relay.Node):
    """One enterprise."""

    model = records.Enterprise
    object_kind = Subject.REGISTER
    columns = shows(
        "credit_code",
        "alternate_id",
        "name",
        "industry_code",
        "above_quota",
        "quota_basis_year",
        "principal_name",
        "contact_name",
        "version",
        "updated_at",
        risk=Column(kind=RiskColour),
        status=Column(kind=EnterpriseStatus),
        scale=Column(kind=Scale, blank=True),
        tier=Column(kind=Tier, blank=True),
        phone=Column("contact_phone"),
    )
    sight = Sight(own="id")

    id: relay.NodeID[UUID]
    credit_code: str | None = strawberry.field(
        description="Unified social credit code, 18 characters (GB 32100-2015)"
    )
    alternate_id: str | None = strawberry.field(description="Number of the old licence")
    name: str = strawberry.field(description="Legal name of the enterprise")
    industry_code: str = strawberry.field(description="Class in GB/T 4754-2017")
    above_quota: bool = strawberry.field(description="Indicates a turnover above the quota")
    risk: RiskColour = strawberry.field(description="Risk colour of the enterprise")
    status: EnterpriseStatus = strawberry.field(description="Whether the enterprise trades")
    scale: Scale | None = strawberry.field(description="Size, null while unknown")
    tier: Tier | None = strawberry.field(description="Supervision tier, null until decided")
    quota_basis_year: int | None = strawberry.field(
        description="Year whose revenue decided on the quota, null where none did"
    )
    principal_name: str = strawberry.field(
        description="Principal responsible for safety (主要负责人), empty while unknown"
    )
    contact_name: str = strawberry.field(description="Whom to turn to, empty while unknown")
    version: int = strawberry.field(description="Version of the entry, from 1")
    updated_at: datetime | None = strawberry.field(description="Last change, timestamp")
    phone: strawberry.Private[str]

    @strawberry.field(description="Telephone of the contact; its middle is hidden outside the town")
    def contact_phone(self, info: Info) -> str:
        """Whole to the town's own staff and to the enterprise."""
        outside = info.context.principal.role in OUTSIDE
        return masked_phone(self.phone) if outside else self.phone

    @strawberry.field(description="Numbers under which the enterprise was known before")
    async def identifiers(self, info: Info) -> list[EnterpriseIdentifier]:
        """Loaded for all enterprises of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.Identifier]]:
            found = await queries.identifiers_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("identifiers_of", load).load(self.id)
        return [EnterpriseIdentifier(kind=IdentifierKind(r.kind), value=r.value) for r in rows]

    @strawberry.field(description="Main revenue by year, oldest first")
    async def revenue_statements(self, info: Info) -> list[RevenueStatement]:
        """Loaded for all enterprises of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.RevenueStatement]]:
            found = await tiers.statements_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("revenue_of", load).load(self.id)
        return [
            RevenueStatement(
                year=row.year,
                revenue=FenAmount(row.revenue_fen),
                threshold=None if row.threshold_fen is None else FenAmount(row.threshold_fen),
                above_quota=row.above_quota,
            )
            for row in rows
        ]

    @strawberry.field(description="Decisions on the supervision tier, oldest first")
    async def tier_decisions(self, info: Info) -> list[TierDecision]:
        """Loaded for all enterprises of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.TierDecision]]:
            found = await tiers.decisions_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("tier_decisions", load).load(self.id)
        return [
            TierDecision(
                number=row.number,
                tier=Tier(row.tier),
                table_tier=Tier(row.table_tier),
                reason=row.reason,
                at=row.at,
            )
            for row in rows
        ]

    @strawberry.field(description="Changes of the entry and its premises, oldest first")
    async def history(self, info: Info) -> list[RegisterChange]:
        """Loaded for all enterprises of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.RegisterChange]]:
            found = await history.of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("register_history", load).load(self.id)
        return [RegisterChange.of(row) for row in rows]

    @strawberry.field(
        description="Premises of the enterprise, oldest first",
        metadata=planned(Many(lambda: Premises, by="enterprise_id")),
    )
    async def premises(self, info: Info) -> list[Premises]:
        """Loaded for all enterprises of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.Premises]]:
            found = await queries.premises_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("premises_of", load).load(self.id)
        return [Premises.of(row) for row in rows]


@strawberry.enum(description="Order of the list of enterprises")
class EnterpriseOrder(Enum):
    """Orders."""

    NEWEST = "NEWEST"
    NAME = "NAME"


@strawberry.input(description="Filters of the list of enterprises; all given must hold")
class EnterpriseWhere:
    """Every filter is optional."""

    search: str | None = strawberry.field(
        default=None,
        description="Part of the name, its pinyin or initials, beginning of a code, or of a part"
        " of an address; at most 60 characters",
    )
    risk: RiskColour | None = strawberry.field(default=None, description="Risk colour")
    above_quota: bool | None = strawberry.field(default=None, description="Above the quota or not")
    status: EnterpriseStatus | None = strawberry.field(default=None, description="Status")
    scale: Scale | None = strawberry.field(default=None, description="Size")
    tier: Tier | None = strawberry.field(default=None, description="Supervision tier")
    industry_prefix: str | None = strawberry.field(
        default=None, description="Beginning of the class of GB/T 4754, such as 52 for retail"
    )
    credit_code: str | None = strawberry.field(default=None, description="The whole credit code")
    grid_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Grid in which the enterprise has premises"
    )
    without_grid: bool | None = strawberry.field(
        default=None, description="Has premises in no grid, or has none such"
    )
    town_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Town whose register it stands in"
    )


Order = Annotated[EnterpriseOrder, strawberry.argument(description="Order of the list")]


READS = (Subject.REGISTER, Right.READ_OWN)
CODE_LENGTH = 18
CODE = {"creditCode": equal("credit_code")}
WHERE = {
    "risk": equal("risk"),
    "aboveQuota": equal("above_quota", "boolean"),
    "status": equal("status"),
    "scale": equal("scale"),
    "tier": equal("tier"),
}


@strawberry.type
class RegisterQuery:
    """Questions to the register."""

    @strawberry.field(
        description="Enterprise with that credit code that the caller may see, null for none",
        metadata=planned(Single(lambda: Enterprise, READS, CODE)),
    )
    async def enterprise(
        self,
        info: Info,
        credit_code: Annotated[
            str, strawberry.argument(description="Unified social credit code, 18 characters")
        ],
    ) -> Enterprise | None:
        """Where several towns keep a file of it, the newest file."""
        info.context.require(Subject.REGISTER, Right.READ_OWN)
        if len(credit_code) > CODE_LENGTH:
            return None
        found = within(records.Enterprise.filter(credit_code=credit_code))
        row = await Enterprise.seen(info.context.principal, found).order_by("-id").first()
        return Enterprise.of(row) if row else None

    @strawberry.field(
        description="Enterprises that the caller may see, newest first by default",
        metadata=planned(Page(lambda: Enterprise, READS, where=WHERE)),
    )
    async def enterprises(
        self,
        info: Info,
        where: EnterpriseWhere | None = None,
        order_by: Order = EnterpriseOrder.NEWEST,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Enterprise]:
        """One page."""
        info.context.require(Subject.REGISTER, Right.READ_OWN)
        seen = Enterprise.seen(info.context.principal, chosen_by(where or EnterpriseWhere()))
        named = order_by is EnterpriseOrder.NAME
        return await page(
            seen,
            Enterprise.of,
            first=first,
            after=after,
            key="sort_key" if named else "id",
            descending=not named,
        )


def chosen_by(where: EnterpriseWhere) -> QuerySet[records.Enterprise]:
    """The enterprises that the filters leave.

    Raises:
        Invalid: an id that is no grid's, or too long a search.
    """
    grid, town = where.grid_id, where.town_id
    return queries.enterprises(
        search=where.search,
        risk=where.risk,
        above_quota=where.above_quota,
        status=where.status,
        scale=where.scale,
        tier=where.tier,
        industry_prefix=where.industry_prefix,
        credit_code=where.credit_code,
        grid_id=typed_id(grid, "Grid", "gridId") if grid else None,
        without_grid=where.without_grid,
        tenant_id=typed_id(town, "Tenant", "townId") if town else None,
    )
