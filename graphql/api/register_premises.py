"""Acts on premises: change, suspend, reopen, close, move between grids."""

from enum import Enum

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.nodes import node_id, typed_id
from api.register import Premises
from api.register_acts import PREMISES_FIELDS, PremisesAct, given
from service.register import changing, records
from service.register.rules import EnterpriseStatus
from tenants.rights import Right, Subject


@strawberry.enum(description="Why premises were not changed")
class UpdatePremisesErrorCode(Enum):
    """Codes of `updatePremises`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="What changes of premises; what is not given stays")
class UpdatePremisesInput(PremisesAct):
    """Input of `updatePremises`."""

    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Name, at most 200 characters"
    )
    address: str | None = strawberry.field(
        default=strawberry.UNSET, description="Address, at most 200 characters"
    )
    latitude: float | None = strawberry.field(
        default=strawberry.UNSET, description="Latitude in degrees, WGS 84"
    )
    longitude: float | None = strawberry.field(
        default=strawberry.UNSET, description="Longitude in degrees, WGS 84"
    )
    reason: str = strawberry.field(default="", description="Why, at most 400 characters")
    expected_version: int | None = strawberry.field(
        default=None,
        description="Version that the change is based on; refused where it is another by now",
    )


@strawberry.type(description="Answer to `updatePremises`")
class UpdatePremisesPayload:
    """What came of it, or why not."""

    premises: Premises | None = strawberry.field(description="Premises after the act")
    errors: list[MutationError[UpdatePremisesErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why premises were not suspended")
class SuspendPremisesErrorCode(Enum):
    """Codes of `suspendPremises`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Premises to be suspended")
class SuspendPremisesInput(PremisesAct):
    """Input of `suspendPremises`."""

    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `suspendPremises`")
class SuspendPremisesPayload:
    """What came of it, or why not."""

    premises: Premises | None = strawberry.field(description="Premises after the act")
    errors: list[MutationError[SuspendPremisesErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why premises were not reopened")
class ReopenPremisesErrorCode(Enum):
    """Codes of `reopenPremises`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Premises to be reopened")
class ReopenPremisesInput(PremisesAct):
    """Input of `reopenPremises`."""

    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `reopenPremises`")
class ReopenPremisesPayload:
    """What came of it, or why not."""

    premises: Premises | None = strawberry.field(description="Premises after the act")
    errors: list[MutationError[ReopenPremisesErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why premises were not closed")
class ClosePremisesErrorCode(Enum):
    """Codes of `closePremises`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Premises to be closed")
class ClosePremisesInput(PremisesAct):
    """Input of `closePremises`."""

    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `closePremises`")
class ClosePremisesPayload:
    """What came of it, or why not."""

    premises: Premises | None = strawberry.field(description="Premises after the act")
    errors: list[MutationError[ClosePremisesErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why premises were not moved")
class MovePremisesErrorCode(Enum):
    """Codes of `movePremises`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Premises and the grid they go to")
class MovePremisesInput(PremisesAct):
    """Input of `movePremises`."""

    grid_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Grid; null returns them to the grid of their cell"
    )
    reason: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.type(description="Answer to `movePremises`")
class MovePremisesPayload:
    """What came of it, or why not."""

    premises: Premises | None = strawberry.field(description="Premises after the act")
    errors: list[MutationError[MovePremisesErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class PremisesMutation:
    """Acts on premises."""

    @strawberry.mutation(description="Change what is written of premises")
    async def update_premises(
        self, info: Info, input: UpdatePremisesInput
    ) -> UpdatePremisesPayload:
        """See `service.register.changing.update_premises`."""

        async def act() -> records.Premises:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await changing.update_premises(
                node_id(input.premises_id, Premises, "premisesId"),
                {n: v for n, v in given(input, *PREMISES_FIELDS).items() if v is not None},
                reason=input.reason,
                expected=input.expected_version,
            )

        row, errors = await attempt(UpdatePremisesErrorCode, act())
        return UpdatePremisesPayload(premises=Premises.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Note that a place does not trade for a while")
    async def suspend_premises(
        self, info: Info, input: SuspendPremisesInput
    ) -> SuspendPremisesPayload:
        """See `service.register.changing.set_premises_status`."""

        async def act() -> records.Premises:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await changing.set_premises_status(
                node_id(input.premises_id, Premises, "premisesId"),
                EnterpriseStatus.SUSPENDED,
                input.reason,
            )

        row, errors = await attempt(SuspendPremisesErrorCode, act())
        return SuspendPremisesPayload(premises=Premises.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Note that a place trades again")
    async def reopen_premises(
        self, info: Info, input: ReopenPremisesInput
    ) -> ReopenPremisesPayload:
        """See `service.register.changing.set_premises_status`."""

        async def act() -> records.Premises:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await changing.set_premises_status(
                node_id(input.premises_id, Premises, "premisesId"),
                EnterpriseStatus.OPERATING,
                input.reason,
            )

        row, errors = await attempt(ReopenPremisesErrorCode, act())
        return ReopenPremisesPayload(premises=Premises.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Note that a place trades no more")
    async def close_premises(self, info: Info, input: ClosePremisesInput) -> ClosePremisesPayload:
        """See `service.register.changing.set_premises_status`."""

        async def act() -> records.Premises:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await changing.set_premises_status(
                node_id(input.premises_id, Premises, "premisesId"),
                EnterpriseStatus.CLOSED,
                input.reason,
            )

        row, errors = await attempt(ClosePremisesErrorCode, act())
        return ClosePremisesPayload(premises=Premises.of(row) if row else None, errors=errors)

    @strawberry.mutation(
        description="Give premises to a grid by decision, whatever cell they lie in"
    )
    async def move_premises(self, info: Info, input: MovePremisesInput) -> MovePremisesPayload:
        """See `service.register.changing.move_premises`."""

        async def act() -> records.Premises:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            return await changing.move_premises(
                node_id(input.premises_id, Premises, "premisesId"),
                typed_id(input.grid_id, "Grid", "gridId") if input.grid_id else None,
                input.reason,
            )

        row, errors = await attempt(MovePremisesErrorCode, act())
        return MovePremisesPayload(premises=Premises.of(row) if row else None, errors=errors)
