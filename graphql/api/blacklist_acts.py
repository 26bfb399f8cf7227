"""Acts in a case: from its classification to the service of the decision."""

from datetime import date
from enum import Enum
from uuid import UUID

import strawberry
from strawberry import relay

from api.administration import Body
from api.blacklist import BlacklistCase
from api.blacklist_case import CaseAct, case_of, decider, shown
from api.context import Info
from api.errors import MutationError, attempt
from api.nodes import node_id
from api.publication import PublicationClass
from service.blacklist import commands, records
from service.blacklist.rules import CreditClass, Delivery
from service.errors import Invalid

MEASURES_MAX = 20


@strawberry.input(description="Joint measure and who executes it")
class BlacklistMeasureInput:
    """One measure."""

    measure: str = strawberry.field(description="What the measure is")
    body_id: relay.GlobalID = strawberry.field(description="Body that executes the measure")


def measures_of(given: list[BlacklistMeasureInput]) -> list[tuple[str, UUID]]:
    """The measures as the command takes them.

    Raises:
        Invalid: too many, or an empty one.
    """
    if len(given) > MEASURES_MAX or not all(one.measure.strip() for one in given):
        raise Invalid(f"give at most {MEASURES_MAX} measures", path=("input", "measures"))
    return [(one.measure.strip(), node_id(one.body_id, Body, "bodyId")) for one in given]


@strawberry.enum(description="Why a case was not classified")
class ClassifyBlacklistingErrorCode(Enum):
    """Codes of `classifyBlacklisting`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Kind of publication, fixed by the deciding body")
class ClassifyBlacklistingInput(CaseAct):
    """Input of `classifyBlacklisting`."""

    publication: PublicationClass = strawberry.field(description="Kind of publication")
    severity: CreditClass = strawberry.field(
        default=CreditClass.GENERAL,
        description="Class of the act, which fixes the terms of penalty publicity",
    )


@strawberry.type(description="Answer to `classifyBlacklisting`")
class ClassifyBlacklistingPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[ClassifyBlacklistingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a case was not rejected")
class RejectBlacklistingErrorCode(Enum):
    """Codes of `rejectBlacklisting`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"


@strawberry.input(description="Case that ends without a listing")
class RejectBlacklistingInput(CaseAct):
    """Input of `rejectBlacklisting`."""

    reason: str = strawberry.field(description="Reason, stated in public where the entry ends")


@strawberry.type(description="Answer to `rejectBlacklisting`")
class RejectBlacklistingPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[RejectBlacklistingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a notice was not kept")
class ServeBlacklistNoticeErrorCode(Enum):
    """Codes of `serveBlacklistNotice`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"
    NO_CONSENT_TO_ELECTRONIC_DELIVERY = "NO_CONSENT_TO_ELECTRONIC_DELIVERY"
    NO_RULE_IN_FORCE = "NO_RULE_IN_FORCE"


@strawberry.input(description="Notice of reasons, basis and rights")
class ServeBlacklistNoticeInput(CaseAct):
    """Input of `serveBlacklistNotice`."""

    delivery: Delivery = strawberry.field(description="How it reached the party")
    served_on: date = strawberry.field(description="Day on which the party received the notice")


@strawberry.type(description="Answer to `serveBlacklistNotice`")
class ServeBlacklistNoticePayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[ServeBlacklistNoticeErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a defence was not kept")
class RecordBlacklistDefenceErrorCode(Enum):
    """Codes of `recordBlacklistDefence`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"


@strawberry.input(description="Defence, request for a hearing, or waiver")
class RecordBlacklistDefenceInput(CaseAct):
    """Input of `recordBlacklistDefence`."""

    summary: str = strawberry.field(default="", description="What the party brought forward")
    hearing_asked: bool = strawberry.field(
        default=False, description="Indicates that the party asks for a hearing"
    )
    waived: bool = strawberry.field(
        default=False, description="Indicates that the party waived its defence in writing"
    )


@strawberry.type(description="Answer to `recordBlacklistDefence`")
class RecordBlacklistDefencePayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[RecordBlacklistDefenceErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a hearing was not kept")
class HoldBlacklistHearingErrorCode(Enum):
    """Codes of `holdBlacklistHearing`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"


@strawberry.input(description="Hearing that was held")
class HoldBlacklistHearingInput(CaseAct):
    """Input of `holdBlacklistHearing`."""

    heard_on: date = strawberry.field(description="Day of the hearing")
    minutes: str = strawberry.field(description="Minutes of the hearing")


@strawberry.type(description="Answer to `holdBlacklistHearing`")
class HoldBlacklistHearingPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[HoldBlacklistHearingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why no decision was made")
class DecideBlacklistingErrorCode(Enum):
    """Codes of `decideBlacklisting`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"
    DEFENCE_STILL_OPEN = "DEFENCE_STILL_OPEN"
    DEFENCE_UNANSWERED = "DEFENCE_UNANSWERED"
    HEARING_OWED = "HEARING_OWED"
    NO_RULE_IN_FORCE = "NO_RULE_IN_FORCE"
    YEAR_NOT_PUBLISHED = "YEAR_NOT_PUBLISHED"


@strawberry.input(description="Decision to publish")
class DecideBlacklistingInput(CaseAct):
    """Input of `decideBlacklisting`."""

    decision_number: str = strawberry.field(description="Number of the decision")
    defence_answer: str = strawberry.field(
        default="", description="Why the defence was or was not accepted"
    )
    measures: list[BlacklistMeasureInput] = strawberry.field(
        default_factory=list, description="Joint measures, at most 20"
    )


@strawberry.type(description="Answer to `decideBlacklisting`")
class DecideBlacklistingPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[DecideBlacklistingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why the service was not kept")
class ServeBlacklistDecisionErrorCode(Enum):
    """Codes of `serveBlacklistDecision`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    NOT_DECIDING_BODY = "NOT_DECIDING_BODY"
    NO_CONSENT_TO_ELECTRONIC_DELIVERY = "NO_CONSENT_TO_ELECTRONIC_DELIVERY"


@strawberry.input(description="Service of the decision")
class ServeBlacklistDecisionInput(CaseAct):
    """Input of `serveBlacklistDecision`."""

    delivery: Delivery = strawberry.field(description="How it reached the party")
    served_on: date = strawberry.field(description="Day on which the party received the decision")


@strawberry.type(description="Answer to `serveBlacklistDecision`")
class ServeBlacklistDecisionPayload:
    """The case, or why not."""

    blacklist_case: BlacklistCase | None = strawberry.field(description="Case after the act")
    errors: list[MutationError[ServeBlacklistDecisionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class BlacklistMutation:
    """Acts in a case."""

    @strawberry.mutation(description="Take a proposal up and fix its kind of publication")
    async def classify_blacklisting(
        self, info: Info, input: ClassifyBlacklistingInput
    ) -> ClassifyBlacklistingPayload:
        """See `service.blacklist.commands.classify`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await commands.classify(
                case_of(input), acting, input.publication, input.severity
            )

        row, errors = await attempt(ClassifyBlacklistingErrorCode, act())
        return ClassifyBlacklistingPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(description="Decide to list nobody")
    async def reject_blacklisting(
        self, info: Info, input: RejectBlacklistingInput
    ) -> RejectBlacklistingPayload:
        """See `service.blacklist.commands.reject`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await commands.reject(case_of(input), acting, input.reason)

        row, errors = await attempt(RejectBlacklistingErrorCode, act())
        return RejectBlacklistingPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(description="Keep the service of the notice that opens the defence")
    async def serve_blacklist_notice(
        self, info: Info, input: ServeBlacklistNoticeInput
    ) -> ServeBlacklistNoticePayload:
        """See `service.blacklist.commands.serve_notice`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await commands.serve_notice(
                case_of(input), acting, input.delivery, input.served_on
            )

        row, errors = await attempt(ServeBlacklistNoticeErrorCode, act())
        return ServeBlacklistNoticePayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(
        description="Keep what the party brought forward, or that it waived its defence"
    )
    async def record_blacklist_defence(
        self, info: Info, input: RecordBlacklistDefenceInput
    ) -> RecordBlacklistDefencePayload:
        """See `service.blacklist.commands.record_defence`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await commands.record_defence(
                case_of(input),
                acting,
                summary=input.summary,
                hearing_asked=input.hearing_asked,
                waived=input.waived,
            )

        row, errors = await attempt(RecordBlacklistDefenceErrorCode, act())
        return RecordBlacklistDefencePayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(description="Keep the hearing that was held")
    async def hold_blacklist_hearing(
        self, info: Info, input: HoldBlacklistHearingInput
    ) -> HoldBlacklistHearingPayload:
        """See `service.blacklist.commands.hear`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await commands.hear(case_of(input), acting, input.heard_on, input.minutes)

        row, errors = await attempt(HoldBlacklistHearingErrorCode, act())
        return HoldBlacklistHearingPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(
        description="Decide to publish; only the body that decided the penalty may"
    )
    async def decide_blacklisting(
        self, info: Info, input: DecideBlacklistingInput
    ) -> DecideBlacklistingPayload:
        """See `service.blacklist.commands.decide`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await commands.decide(
                case_of(input),
                acting,
                decision_number=input.decision_number,
                defence_answer=input.defence_answer,
                measures=measures_of(input.measures),
            )

        row, errors = await attempt(DecideBlacklistingErrorCode, act())
        return DecideBlacklistingPayload(blacklist_case=shown(row), errors=errors)

    @strawberry.mutation(
        description="Keep the service of the decision; its publication follows by itself"
    )
    async def serve_blacklist_decision(
        self, info: Info, input: ServeBlacklistDecisionInput
    ) -> ServeBlacklistDecisionPayload:
        """See `service.blacklist.commands.serve_decision`."""

        async def act() -> records.BlacklistCase:
            acting = decider(info)
            return await commands.serve_decision(
                case_of(input), acting, input.delivery, input.served_on
            )

        row, errors = await attempt(ServeBlacklistDecisionErrorCode, act())
        return ServeBlacklistDecisionPayload(blacklist_case=shown(row), errors=errors)
