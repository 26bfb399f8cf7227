"""Proposals to make a penalty public, which is all that most towns can do about it."""

from datetime import date
from enum import Enum

import strawberry
from strawberry import relay

from api.administration import Body
from api.blacklist import BlacklistCase
from api.blacklist_case import CaseAct, case_of, shown
from api.context import Info
from api.errors import MutationError, attempt
from api.nodes import node_id
from api.publication import PublicationClass
from api.register import Enterprise
from service.blacklist import commands, records
from service.blacklist.rules import BodyId
from service.errors import Invalid
from tenants.rights import Right, Subject

PERSONS_MAX = 50


@strawberry.input(description="What is known of the party beyond the register; never published")
class BlacklistPartyInput:
    """Every field is optional."""

    representative: str = strawberry.field(default="", description="Name of the representative")
    id_number: str = strawberry.field(default="", description="Identity number")
    phone: str = strawberry.field(default="", description="Telephone number")
    address: str = strawberry.field(default="", description="Address")


@strawberry.enum(description="Why nothing was proposed")
class ProposeBlacklistingErrorCode(Enum):
    """Codes of `proposeBlacklisting`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Proposal to make a penalty public")
class ProposeBlacklistingInput:
    """Input of `proposeBlacklisting`."""

    enterprise_id: relay.GlobalID = strawberry.field(description="Enterprise that was penalised")
    deciding_body_id: relay.GlobalID = strawberry.field(
        description="Body that decided the penalty, and so decides the listing"
    )
    publication: PublicationClass = strawberry.field(description="Kind of publication proposed")
    cause: str = strawberry.field(description="Cause, as it is to be published")
    basis: str = strawberry.field(description="Legal basis, as it is to be published")
    penalty_number: str = strawberry.field(description="Number of the penalty decision")
    penalty_decided_on: date = strawberry.field(description="Day of the penalty decision")
    penalty: str = strawberry.field(default="", description="Content of the penalty")
    party_kind: str | None = strawberry.field(
        default=None,
        description="ORGANISATION, SOLE_TRADER, NATURAL_PERSON or UNKNOWN; all but the first are "
        "published as natural persons",
    )
    party: BlacklistPartyInput | None = strawberry.field(
        default=None, description="What is known of the party beyond the register"
    )
    persons: list[str] = strawberry.field(
        default_factory=list, description="Natural persons named in the texts, at most 50"
    )
    delivery_consent: bool = strawberry.field(
        default=False, description="Indicates signed consent to electronic delivery"
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )

    def proposal(self) -> commands.Proposal:
        """The proposal as the command takes it.

        Raises:
            Invalid: too many persons, or an id of another type.
        """
        if len(self.persons) > PERSONS_MAX:
            raise Invalid(f"name at most {PERSONS_MAX} persons", path=("input", "persons"))
        known = self.party or BlacklistPartyInput()
        party = {
            "representative": known.representative,
            "id_number": known.id_number,
            "phone": known.phone,
            "address": known.address,
        }
        return commands.Proposal(
            enterprise_id=node_id(self.enterprise_id, Enterprise, "enterpriseId"),
            penalty_body_id=node_id(self.deciding_body_id, Body, "decidingBodyId"),
            publication=self.publication,
            cause=self.cause,
            basis=self.basis,
            penalty_number=self.penalty_number,
            penalty_decided_on=self.penalty_decided_on,
            penalty=self.penalty,
            party_kind=self.party_kind,
            party={name: value.strip() for name, value in party.items() if value.strip()},
            persons=self.persons,
            delivery_consent=self.delivery_consent,
        )


@strawberry.type(description="Answer to `proposeBlacklisting`")
class ProposeBlacklistingPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case that was proposed")
    errors: list[MutationError[ProposeBlacklistingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a proposal was not taken back")
class DropBlacklistingErrorCode(Enum):
    """Codes of `dropBlacklisting`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"


@strawberry.input(description="Proposal to be taken back")
class DropBlacklistingInput(CaseAct):
    """Input of `dropBlacklisting`."""

    reason: str = strawberry.field(description="Reason, stated in public where the entry ends")


@strawberry.type(description="Answer to `dropBlacklisting`")
class DropBlacklistingPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[DropBlacklistingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


def _acting(info: Info) -> BodyId | None:
    """The body that the caller proposes for; none for a committee."""
    body = info.context.principal.body_id
    return BodyId(body) if body else None


@strawberry.type
class ProposalMutation:
    """Acts of those who propose."""

    @strawberry.mutation(description="Propose to make a penalty public; towns only propose")
    async def propose_blacklisting(
        self, info: Info, input: ProposeBlacklistingInput
    ) -> ProposeBlacklistingPayload:
        """See `service.blacklist.commands.propose`."""

        async def act() -> records.BlacklistCase:
            info.context.require(Subject.BLACKLIST, Right.PROPOSE)
            return await commands.propose(info.context.home, input.proposal(), _acting(info))

        row, errors = await attempt(ProposeBlacklistingErrorCode, act())
        return ProposeBlacklistingPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(description="Take a proposal back before it is taken up")
    async def drop_blacklisting(
        self, info: Info, input: DropBlacklistingInput
    ) -> DropBlacklistingPayload:
        """See `service.blacklist.commands.drop`."""

        async def act() -> records.BlacklistCase:
            info.context.require(Subject.BLACKLIST, Right.PROPOSE)
            return await commands.drop(
                info.context.home, case_of(input), input.reason, _acting(info)
            )

        row, errors = await attempt(DropBlacklistingErrorCode, act())
        return DropBlacklistingPayload(blacklist_case=shown(row), errors=errors)
