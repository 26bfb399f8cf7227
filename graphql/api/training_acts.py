"""Acts with training: a session entered, or withdrawn."""

from datetime import date
from enum import Enum

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.hazards_acts import KeyedAct
from api.nodes import node_id
from api.officers import Officer
from api.register import Enterprise
from api.training import TrainingSession
from service.training import commands, records
from service.training.rules import Attendee, Audience
from tenants.rights import Right, Subject


@strawberry.input(description="Who attended: an officer, or somebody of an enterprise by name")
class TrainingAttendeeInput:
    """One attendee."""

    officer_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Officer, in a session for officers"
    )
    enterprise_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Enterprise, in a session for enterprises"
    )
    name: str = strawberry.field(
        default="", description="Name of the person of the enterprise, at most 60 characters"
    )
    minutes: int | None = strawberry.field(
        default=None, description="Minutes attended, the whole session by default"
    )

    def attendee(self) -> Attendee:
        """As the rules know it."""
        officer, enterprise = self.officer_id, self.enterprise_id
        return Attendee(
            node_id(officer, Officer, "attendees") if officer else None,
            node_id(enterprise, Enterprise, "attendees") if enterprise else None,
            self.name,
            self.minutes,
        )


@strawberry.enum(description="Why a session was not entered")
class HoldTrainingErrorCode(Enum):
    """Codes of `holdTraining`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Session that was held")
class HoldTrainingInput(KeyedAct):
    """Input of `holdTraining`."""

    audience: Audience = strawberry.field(description="Who was trained")
    title: str = strawberry.field(description="What it was about, at most 200 characters")
    held_on: date = strawberry.field(description="Day, today at the latest")
    minutes: int = strawberry.field(description="Length in minutes, at most a day")
    attendees: list[TrainingAttendeeInput] = strawberry.field(
        description="Who attended, 1 to 500, each once"
    )


@strawberry.type(description="Answer to `holdTraining`")
class HoldTrainingPayload:
    """The session, or why not."""

    session: TrainingSession | None = strawberry.field(description="Session that was entered")
    errors: list[MutationError[HoldTrainingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a session was not withdrawn")
class WithdrawTrainingErrorCode(Enum):
    """Codes of `withdrawTraining`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WITHDRAWN = "WITHDRAWN"


@strawberry.input(description="Session that was entered by mistake")
class WithdrawTrainingInput(KeyedAct):
    """Input of `withdrawTraining`."""

    session_id: relay.GlobalID = strawberry.field(description="Session")
    reason: str = strawberry.field(description="Why, at most 200 characters")


@strawberry.type(description="Answer to `withdrawTraining`")
class WithdrawTrainingPayload:
    """The session, or why not."""

    session: TrainingSession | None = strawberry.field(description="Session after the act")
    errors: list[MutationError[WithdrawTrainingErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class TrainingMutation:
    """Acts with training."""

    @strawberry.mutation(description="Enter a session of training that was held")
    async def hold_training(self, info: Info, input: HoldTrainingInput) -> HoldTrainingPayload:
        """See `service.training.commands.hold`."""

        async def act() -> records.TrainingSession:
            info.context.require(Subject.TRAINING, Right.WRITE)
            return await commands.hold(
                info.context.home,
                input.audience,
                title=input.title,
                held_on=input.held_on,
                minutes=input.minutes,
                attendees=[one.attendee() for one in input.attendees],
            )

        row, errors = await attempt(HoldTrainingErrorCode, act())
        return HoldTrainingPayload(session=TrainingSession.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Take back a session that was entered by mistake")
    async def withdraw_training(
        self, info: Info, input: WithdrawTrainingInput
    ) -> WithdrawTrainingPayload:
        """See `service.training.commands.withdraw`."""

        async def act() -> records.TrainingSession:
            info.context.require(Subject.TRAINING, Right.WRITE)
            session = node_id(input.session_id, TrainingSession, "sessionId")
            return await commands.withdraw(session, input.reason)

        row, errors = await attempt(WithdrawTrainingErrorCode, act())
        return WithdrawTrainingPayload(
            session=TrainingSession.of(row) if row else None, errors=errors
        )
