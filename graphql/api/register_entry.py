"""Entering enterprises and their premises into the register."""

from enum import Enum

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.nodes import node_id
from api.register import Enterprise, Premises
from service.register import commands, records
from service.register.rules import RiskColour, Scale
from tenants.rights import Right, Subject


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
    scale: Scale | None = strawberry.field(default=None, description="Size of the enterprise")
    principal_name: str = strawberry.field(
        default="", description="Principal responsible for safety, at most 100 characters"
    )
    contact_name: str = strawberry.field(default="", description="Whom to turn to")
    contact_phone: str = strawberry.field(default="", description="Telephone of the contact")
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
class RegisterEntryMutation:
    """What begins an entry."""

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
                scale=input.scale,
                principal_name=input.principal_name,
                contact_name=input.contact_name,
                contact_phone=input.contact_phone,
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
