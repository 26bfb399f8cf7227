"""The register in the schema: enterprises and their premises."""

from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.context import Info
from api.errors import MutationError, attempt
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page, within
from service.register import commands, queries, records
from service.register.rules import EnterpriseStatus, RiskColour
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject

strawberry.enum(RiskColour, description="Four-colour risk grade, red the gravest")
strawberry.enum(EnterpriseStatus, description="Whether it trades")


@strawberry.type(description="Place where an enterprise trades; the key of supervision")
class Premises(RowNode, relay.Node):
    """One place of one enterprise."""

    model = records.Premises
    object_kind = Subject.REGISTER

    id: relay.NodeID[UUID]
    name: str = strawberry.field(description="Name of the premises")
    address: str = strawberry.field(description="Address of the premises")
    latitude: float = strawberry.field(description="Latitude in degrees, WGS 84")
    longitude: float = strawberry.field(description="Longitude in degrees, WGS 84")

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.Premises) -> "Premises":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            name=row.name,
            address=row.address,
            latitude=row.latitude,
            longitude=row.longitude,
        )


@strawberry.type(description="Enterprise in the register of one town")
class Enterprise(RowNode, relay.Node):
    """One enterprise."""

    model = records.Enterprise
    object_kind = Subject.REGISTER

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

    @strawberry.field(description="Premises of the enterprise, oldest first")
    async def premises(self, info: Info) -> list[Premises]:
        """Loaded for all enterprises of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.Premises]]:
            found = await queries.premises_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("premises_of", load).load(self.id)
        return [Premises.of(row) for row in rows]

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees itself."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(id=principal.enterprise_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.Enterprise) -> "Enterprise":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            credit_code=row.credit_code,
            alternate_id=row.alternate_id,
            name=row.name,
            industry_code=row.industry_code,
            above_quota=row.above_quota,
            risk=RiskColour(row.risk),
            status=EnterpriseStatus(row.status),
        )


@strawberry.input(description="Filters of the list of enterprises; all given must hold")
class EnterpriseWhere:
    """Every filter is optional."""

    search: str | None = strawberry.field(
        default=None, description="Part of the name, or beginning of the credit code"
    )
    risk: RiskColour | None = strawberry.field(default=None, description="Risk colour")
    above_quota: bool | None = strawberry.field(default=None, description="Above the quota or not")


@strawberry.type
class RegisterQuery:
    """Questions to the register."""

    @strawberry.field(
        description="Enterprise with that credit code that the caller may see, null for none"
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
        found = within(queries.enterprises(credit_code=credit_code))
        row = await Enterprise.seen(info.context.principal, found).order_by("-id").first()
        return Enterprise.of(row) if row else None

    @strawberry.field(description="Enterprises that the caller may see, newest first")
    async def enterprises(
        self,
        info: Info,
        where: EnterpriseWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Enterprise]:
        """One page."""
        info.context.require(Subject.REGISTER, Right.READ_OWN)
        chosen = where or EnterpriseWhere()
        found = queries.enterprises(
            search=chosen.search, risk=chosen.risk, above_quota=chosen.above_quota
        )
        seen = Enterprise.seen(info.context.principal, found)
        return await page(seen, Enterprise.of, first=first, after=after)


@strawberry.enum(description="Why an enterprise was not enrolled")
class EnrolEnterpriseErrorCode(Enum):
    """Codes of `enrolEnterprise`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Enterprise to be enrolled in the caller's town")
class EnrolEnterpriseInput:
    """Input of `enrolEnterprise`."""

    name: str = strawberry.field(description="Legal name, at most 200 characters")
    credit_code: str | None = strawberry.field(default=None, description="Credit code")
    alternate_id: str | None = strawberry.field(
        default=None, description="Number of the old licence, where there is no credit code"
    )
    industry_code: str = strawberry.field(default="", description="Class in GB/T 4754-2017")
    above_quota: bool = strawberry.field(default=False, description="Turnover above the quota")
    risk: RiskColour = strawberry.field(
        default=RiskColour.BLUE, description="Risk colour of the enterprise"
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `enrolEnterprise`")
class EnrolEnterprisePayload:
    """The enterprise, or why not."""

    enterprise: Enterprise | None = strawberry.field(description="Enterprise that was enrolled")
    errors: list[MutationError[EnrolEnterpriseErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why premises were not added")
class AddPremisesErrorCode(Enum):
    """Codes of `addPremises`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    CONFLICT = "CONFLICT"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Premises to be added to an enterprise")
class AddPremisesInput:
    """Input of `addPremises`."""

    enterprise_id: relay.GlobalID = strawberry.field(description="Enterprise that trades there")
    name: str = strawberry.field(description="Name of the premises, at most 200 characters")
    address: str = strawberry.field(description="Address of the premises")
    latitude: float = strawberry.field(description="Latitude in degrees, WGS 84")
    longitude: float = strawberry.field(description="Longitude in degrees, WGS 84")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `addPremises`")
class AddPremisesPayload:
    """The premises, or why not."""

    premises: Premises | None = strawberry.field(description="Premises that were added")
    errors: list[MutationError[AddPremisesErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class RegisterMutation:
    """Acts on the register."""

    @strawberry.mutation(description="Enter an enterprise into the register of the caller's town")
    async def enrol_enterprise(
        self, info: Info, input: EnrolEnterpriseInput
    ) -> EnrolEnterprisePayload:
        """See `service.register.commands.enrol_enterprise`."""

        async def act() -> records.Enterprise:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await commands.enrol_enterprise(
                info.context.home,
                name=input.name,
                credit_code=input.credit_code,
                alternate_id=input.alternate_id,
                industry_code=input.industry_code,
                above_quota=input.above_quota,
                risk=input.risk,
            )

        row, errors = await attempt(EnrolEnterpriseErrorCode, act())
        return EnrolEnterprisePayload(enterprise=Enterprise.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Add a place where an enterprise trades")
    async def add_premises(self, info: Info, input: AddPremisesInput) -> AddPremisesPayload:
        """See `service.register.commands.add_premises`."""

        async def act() -> records.Premises:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await commands.add_premises(
                node_id(input.enterprise_id, Enterprise, "enterpriseId"),
                name=input.name,
                address=input.address,
                latitude=input.latitude,
                longitude=input.longitude,
            )

        row, errors = await attempt(AddPremisesErrorCode, act())
        return AddPremisesPayload(premises=Premises.of(row) if row else None, errors=errors)
