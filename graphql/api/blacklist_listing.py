"""Acts on a listing: correction, suspension, repair and withdrawal."""

from enum import Enum

import strawberry

from api.blacklist import BlacklistCase
from api.blacklist_case import CaseAct, case_of, check_party, decider, shown
from api.context import Info
from api.errors import MutationError, attempt
from service.blacklist import listing, records


@strawberry.enum(description="Why nothing was corrected")
class CorrectBlacklistingErrorCode(Enum):
    """Codes of `correctBlacklisting`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"


@strawberry.input(description="Corrected texts; at least one")
class CorrectBlacklistingInput(CaseAct):
    """Input of `correctBlacklisting`."""

    reason: str = strawberry.field(description="Why the entry is corrected")
    cause: str | None = strawberry.field(default=None, description="Corrected cause")
    basis: str | None = strawberry.field(default=None, description="Corrected legal basis")


@strawberry.type(description="Answer to `correctBlacklisting`")
class CorrectBlacklistingPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[CorrectBlacklistingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an entry was not suspended")
class SuspendBlacklistingErrorCode(Enum):
    """Codes of `suspendBlacklisting`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"


@strawberry.input(description="Entry to be suspended")
class SuspendBlacklistingInput(CaseAct):
    """Input of `suspendBlacklisting`."""

    reason: str = strawberry.field(description="Reason, stated in public while it is out of sight")
    ordered_by: str = strawberry.field(
        description="Court or superior body that ordered it, 2 to 120 characters"
    )
    document: str = strawberry.field(description="Number of the order, 2 to 120 characters")


@strawberry.type(description="Answer to `suspendBlacklisting`")
class SuspendBlacklistingPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[SuspendBlacklistingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an entry was not resumed")
class ResumeBlacklistingErrorCode(Enum):
    """Codes of `resumeBlacklisting`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"


@strawberry.input(description="Entry to be shown again")
class ResumeBlacklistingInput(CaseAct):
    """Input of `resumeBlacklisting`."""


@strawberry.type(description="Answer to `resumeBlacklisting`")
class ResumeBlacklistingPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[ResumeBlacklistingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a publication was not withdrawn")
class WithdrawBlacklistingErrorCode(Enum):
    """Codes of `withdrawBlacklisting`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"


@strawberry.input(description="Publication to be withdrawn")
class WithdrawBlacklistingInput(CaseAct):
    """Input of `withdrawBlacklisting`."""

    reason: str = strawberry.field(description="Reason, stated in public where the entry ends")


@strawberry.type(description="Answer to `withdrawBlacklisting`")
class WithdrawBlacklistingPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[WithdrawBlacklistingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why repair was not asked for")
class RequestBlacklistRepairErrorCode(Enum):
    """Codes of `requestBlacklistRepair`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    REPAIR_TOO_EARLY = "REPAIR_TOO_EARLY"
    NO_RULE_IN_FORCE = "NO_RULE_IN_FORCE"


@strawberry.input(description="Entry whose party asks for repair")
class RequestBlacklistRepairInput(CaseAct):
    """Input of `requestBlacklistRepair`."""


@strawberry.type(description="Answer to `requestBlacklistRepair`")
class RequestBlacklistRepairPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[RequestBlacklistRepairErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a request was not taken up")
class AcceptBlacklistRepairErrorCode(Enum):
    """Codes of `acceptBlacklistRepair`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"


@strawberry.input(description="Request to be taken up")
class AcceptBlacklistRepairInput(CaseAct):
    """Input of `acceptBlacklistRepair`."""


@strawberry.type(description="Answer to `acceptBlacklistRepair`")
class AcceptBlacklistRepairPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[AcceptBlacklistRepairErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a request was not refused")
class RefuseBlacklistRepairErrorCode(Enum):
    """Codes of `refuseBlacklistRepair`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"


@strawberry.input(description="Request to be refused")
class RefuseBlacklistRepairInput(CaseAct):
    """Input of `refuseBlacklistRepair`."""

    reason: str = strawberry.field(description="Why the request is refused")


@strawberry.type(description="Answer to `refuseBlacklistRepair`")
class RefuseBlacklistRepairPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[RefuseBlacklistRepairErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why repair was not granted")
class GrantBlacklistRepairErrorCode(Enum):
    """Codes of `grantBlacklistRepair`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"


@strawberry.input(description="Request to be granted")
class GrantBlacklistRepairInput(CaseAct):
    """Input of `grantBlacklistRepair`."""


@strawberry.type(description="Answer to `grantBlacklistRepair`")
class GrantBlacklistRepairPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[GrantBlacklistRepairErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a listing was not restored")
class ReinstateBlacklistingErrorCode(Enum):
    """Codes of `reinstateBlacklisting`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"


@strawberry.input(description="Listing to be restored")
class ReinstateBlacklistingInput(CaseAct):
    """Input of `reinstateBlacklisting`."""

    reason: str = strawberry.field(description="What was false in the application")


@strawberry.type(description="Answer to `reinstateBlacklisting`")
class ReinstateBlacklistingPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[ReinstateBlacklistingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class ListingMutation:
    """Acts on a listing."""

    @strawberry.mutation(description="Correct what is public on evidence")
    async def correct_blacklisting(
        self, info: Info, input: CorrectBlacklistingInput
    ) -> CorrectBlacklistingPayload:
        """See `service.blacklist.listing.correct`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await listing.correct(
                case_of(input), acting, reason=input.reason, cause=input.cause, basis=input.basis
            )

        row, errors = await attempt(CorrectBlacklistingErrorCode, act())
        return CorrectBlacklistingPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(description="Take an entry out of sight for a time")
    async def suspend_blacklisting(
        self, info: Info, input: SuspendBlacklistingInput
    ) -> SuspendBlacklistingPayload:
        """See `service.blacklist.listing.suspend`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await listing.suspend(
                case_of(input),
                acting,
                input.reason,
                ordered_by=input.ordered_by,
                document=input.document,
            )

        row, errors = await attempt(SuspendBlacklistingErrorCode, act())
        return SuspendBlacklistingPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(description="Show a suspended entry again")
    async def resume_blacklisting(
        self, info: Info, input: ResumeBlacklistingInput
    ) -> ResumeBlacklistingPayload:
        """See `service.blacklist.listing.resume`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await listing.resume(case_of(input), acting)

        row, errors = await attempt(ResumeBlacklistingErrorCode, act())
        return ResumeBlacklistingPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(
        description="Withdraw a publication whose decision was changed or annulled"
    )
    async def withdraw_blacklisting(
        self, info: Info, input: WithdrawBlacklistingInput
    ) -> WithdrawBlacklistingPayload:
        """See `service.blacklist.listing.withdraw`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await listing.withdraw(case_of(input), acting, input.reason)

        row, errors = await attempt(WithdrawBlacklistingErrorCode, act())
        return WithdrawBlacklistingPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(description="Ask for credit repair (信用修复)")
    async def request_blacklist_repair(
        self, info: Info, input: RequestBlacklistRepairInput
    ) -> RequestBlacklistRepairPayload:
        """See `service.blacklist.listing.request_repair`."""

        async def act() -> records.BlacklistCase:
            await check_party(info, case_of(input))
            return await listing.request_repair(case_of(input))

        row, errors = await attempt(RequestBlacklistRepairErrorCode, act())
        return RequestBlacklistRepairPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(description="Take a request for repair up")
    async def accept_blacklist_repair(
        self, info: Info, input: AcceptBlacklistRepairInput
    ) -> AcceptBlacklistRepairPayload:
        """See `service.blacklist.listing.accept_repair`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await listing.accept_repair(case_of(input), acting)

        row, errors = await attempt(AcceptBlacklistRepairErrorCode, act())
        return AcceptBlacklistRepairPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(description="Refuse a request for repair")
    async def refuse_blacklist_repair(
        self, info: Info, input: RefuseBlacklistRepairInput
    ) -> RefuseBlacklistRepairPayload:
        """See `service.blacklist.listing.refuse_repair`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await listing.refuse_repair(case_of(input), acting, input.reason)

        row, errors = await attempt(RefuseBlacklistRepairErrorCode, act())
        return RefuseBlacklistRepairPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(description="Grant a repair: publication and joint measures end at once")
    async def grant_blacklist_repair(
        self, info: Info, input: GrantBlacklistRepairInput
    ) -> GrantBlacklistRepairPayload:
        """See `service.blacklist.listing.repair`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await listing.repair(case_of(input), acting)

        row, errors = await attempt(GrantBlacklistRepairErrorCode, act())
        return GrantBlacklistRepairPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(
        description="Restore a listing whose repair was obtained by a false application"
    )
    async def reinstate_blacklisting(
        self, info: Info, input: ReinstateBlacklistingInput
    ) -> ReinstateBlacklistingPayload:
        """See `service.blacklist.listing.reinstate`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await listing.reinstate(case_of(input), acting, input.reason)

        row, errors = await attempt(ReinstateBlacklistingErrorCode, act())
        return ReinstateBlacklistingPayload(blacklist_case=shown(row), errors=errors)
