"""Acts on entries of the register: change, suspend, reopen, close, move."""

from enum import Enum
from typing import Any

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.nodes import node_id
from api.register import Enterprise
from service.register import changing, records
from service.register.rules import EnterpriseStatus, IdentifierKind, RiskColour, Scale
from tenants.rights import Right, Subject


@strawberry.input
class KeyedAct:
    """What every act may carry."""

    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.input
class EnterpriseAct(KeyedAct):
    """The enterprise an act is about."""

    enterprise_id: relay.GlobalID = strawberry.field(description="Enterprise of the act")


@strawberry.input
class PremisesAct(KeyedAct):
    """The premises an act is about."""

    premises_id: relay.GlobalID = strawberry.field(description="Premises of the act")


def given(input: Any, *names: str) -> dict[str, Any]:
    """The fields of an input that were given, null where null was; enums by their values."""
    found = {name: getattr(input, name) for name in names}
    return {
        name: getattr(value, "value", value)
        for name, value in found.items()
        if value is not strawberry.UNSET
    }


ENTERPRISE_FIELDS = (
    "name",
    "credit_code",
    "alternate_id",
    "industry_code",
    "risk",
    "scale",
    "principal_name",
    "contact_name",
    "contact_phone",
)
PREMISES_FIELDS = ("name", "address", "latitude", "longitude")


@strawberry.enum(description="Why an enterprise was not changed")
class UpdateEnterpriseErrorCode(Enum):
    """Codes of `updateEnterprise`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="What changes of an enterprise; what is not given stays")
class UpdateEnterpriseInput(EnterpriseAct):
    """Input of `updateEnterprise`."""

    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Legal name, at most 200 characters"
    )
    credit_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="Credit code; null removes it"
    )
    alternate_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="Number of the old licence; null removes it"
    )
    industry_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="Class in GB/T 4754-2017; null removes it"
    )
    risk: RiskColour | None = strawberry.field(
        default=strawberry.UNSET, description="Risk colour of the enterprise"
    )
    scale: Scale | None = strawberry.field(
        default=strawberry.UNSET, description="Size; null where it is unknown"
    )
    principal_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Principal responsible for safety"
    )
    contact_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whom to turn to"
    )
    contact_phone: str | None = strawberry.field(
        default=strawberry.UNSET, description="Telephone of the contact"
    )
    reason: str = strawberry.field(default="", description="Why, at most 400 characters")
    expected_version: int | None = strawberry.field(
        default=None,
        description="Version that the change is based on; refused where it is another by now",
    )


@strawberry.type(description="Answer to `updateEnterprise`")
class UpdateEnterprisePayload:
    """What came of it, or why not."""

    enterprise: Enterprise | None = strawberry.field(description="Enterprise after the act")
    errors: list[MutationError[UpdateEnterpriseErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an enterprise was not suspended")
class SuspendEnterpriseErrorCode(Enum):
    """Codes of `suspendEnterprise`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Enterprise to be suspended")
class SuspendEnterpriseInput(EnterpriseAct):
    """Input of `suspendEnterprise`."""

    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `suspendEnterprise`")
class SuspendEnterprisePayload:
    """What came of it, or why not."""

    enterprise: Enterprise | None = strawberry.field(description="Enterprise after the act")
    errors: list[MutationError[SuspendEnterpriseErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an enterprise was not reopened")
class ReopenEnterpriseErrorCode(Enum):
    """Codes of `reopenEnterprise`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Enterprise to be reopened")
class ReopenEnterpriseInput(EnterpriseAct):
    """Input of `reopenEnterprise`."""

    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `reopenEnterprise`")
class ReopenEnterprisePayload:
    """What came of it, or why not."""

    enterprise: Enterprise | None = strawberry.field(description="Enterprise after the act")
    errors: list[MutationError[ReopenEnterpriseErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an enterprise was not closed")
class CloseEnterpriseErrorCode(Enum):
    """Codes of `closeEnterprise`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Enterprise to be closed")
class CloseEnterpriseInput(EnterpriseAct):
    """Input of `closeEnterprise`."""

    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `closeEnterprise`")
class CloseEnterprisePayload:
    """What came of it, or why not."""

    enterprise: Enterprise | None = strawberry.field(description="Enterprise after the act")
    errors: list[MutationError[CloseEnterpriseErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a former number was not kept")
class AddEnterpriseIdentifierErrorCode(Enum):
    """Codes of `addEnterpriseIdentifier`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Former number of an enterprise")
class AddEnterpriseIdentifierInput(EnterpriseAct):
    """Input of `addEnterpriseIdentifier`."""

    kind: IdentifierKind = strawberry.field(description="Kind of the number")
    value: str = strawberry.field(description="The number")


@strawberry.type(description="Answer to `addEnterpriseIdentifier`")
class AddEnterpriseIdentifierPayload:
    """What came of it, or why not."""

    enterprise: Enterprise | None = strawberry.field(description="Enterprise after the act")
    errors: list[MutationError[AddEnterpriseIdentifierErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class RegisterMutation:
    """Acts on enterprises."""

    @strawberry.mutation(description="Change what is written of an enterprise")
    async def update_enterprise(
        self, info: Info, input: UpdateEnterpriseInput
    ) -> UpdateEnterprisePayload:
        """See `service.register.changing.update_enterprise`."""

        async def act() -> records.Enterprise:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await changing.update_enterprise(
                node_id(input.enterprise_id, Enterprise, "enterpriseId"),
                given(input, *ENTERPRISE_FIELDS),
                reason=input.reason,
                expected=input.expected_version,
            )

        row, errors = await attempt(UpdateEnterpriseErrorCode, act())
        return UpdateEnterprisePayload(
            enterprise=Enterprise.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Note that an enterprise does not trade for a while")
    async def suspend_enterprise(
        self, info: Info, input: SuspendEnterpriseInput
    ) -> SuspendEnterprisePayload:
        """See `service.register.changing.set_status`."""

        async def act() -> records.Enterprise:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await changing.set_status(
                node_id(input.enterprise_id, Enterprise, "enterpriseId"),
                EnterpriseStatus.SUSPENDED,
                input.reason,
            )

        row, errors = await attempt(SuspendEnterpriseErrorCode, act())
        return SuspendEnterprisePayload(
            enterprise=Enterprise.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Note that an enterprise trades again")
    async def reopen_enterprise(
        self, info: Info, input: ReopenEnterpriseInput
    ) -> ReopenEnterprisePayload:
        """See `service.register.changing.set_status`."""

        async def act() -> records.Enterprise:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await changing.set_status(
                node_id(input.enterprise_id, Enterprise, "enterpriseId"),
                EnterpriseStatus.OPERATING,
                input.reason,
            )

        row, errors = await attempt(ReopenEnterpriseErrorCode, act())
        return ReopenEnterprisePayload(
            enterprise=Enterprise.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(
        description="Note that an enterprise trades no more; its premises close with it"
    )
    async def close_enterprise(
        self, info: Info, input: CloseEnterpriseInput
    ) -> CloseEnterprisePayload:
        """See `service.register.changing.set_status`."""

        async def act() -> records.Enterprise:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await changing.set_status(
                node_id(input.enterprise_id, Enterprise, "enterpriseId"),
                EnterpriseStatus.CLOSED,
                input.reason,
            )

        row, errors = await attempt(CloseEnterpriseErrorCode, act())
        return CloseEnterprisePayload(enterprise=Enterprise.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Keep a number under which an enterprise was known before")
    async def add_enterprise_identifier(
        self, info: Info, input: AddEnterpriseIdentifierInput
    ) -> AddEnterpriseIdentifierPayload:
        """See `service.register.changing.add_identifier`."""

        async def act() -> records.Enterprise:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await changing.add_identifier(
                node_id(input.enterprise_id, Enterprise, "enterpriseId"), input.kind, input.value
            )

        row, errors = await attempt(AddEnterpriseIdentifierErrorCode, act())
        return AddEnterpriseIdentifierPayload(
            enterprise=Enterprise.of(row) if row else None, errors=errors
        )
