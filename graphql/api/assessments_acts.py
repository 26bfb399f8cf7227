"""Acts with risk assessment sessions and paired work."""

from datetime import date
from enum import Enum

import strawberry
from strawberry import relay

from api.assessments import RiskSession, SessionAction, WorkItem
from api.context import Info
from api.errors import MutationError, attempt
from api.hazards_acts import KeyedAct
from api.nodes import node_id
from service.assessments import commands, records, work
from service.assessments.rules import Trigger
from tenants.rights import Right, Subject


@strawberry.input(description="Action that a session decides")
class SessionActionInput:
    """One action."""

    action: str = strawberry.field(description="What is to be done, at most 2000 characters")
    responsible: str = strawberry.field(description="Who does it, at most 100 characters")
    due_on: date = strawberry.field(description="Last day, not before the session")


def actions_of(given: list[SessionActionInput]) -> list[commands.Action]:
    """What the commands want."""
    return [commands.Action(one.action, one.responsible, one.due_on) for one in given]


@strawberry.enum(description="Why an occasion was not entered")
class DeclareRiskOccasionErrorCode(Enum):
    """Codes of `declareRiskOccasion`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"


@strawberry.input(description="Occasion for which a session is held")
class DeclareRiskOccasionInput(KeyedAct):
    """Input of `declareRiskOccasion`."""

    trigger: Trigger = strawberry.field(
        description="Why; periodic sessions follow from the schedule"
    )
    title: str = strawberry.field(description="What it is, at most 200 characters")
    first_day: date = strawberry.field(description="First day of the period, event or change")
    last_day: date | None = strawberry.field(default=None, description="Last day")


@strawberry.type(description="Answer to `declareRiskOccasion`")
class DeclareRiskOccasionPayload:
    """The result, or why not."""

    session: RiskSession | None = strawberry.field(description="Session that was planned for it")
    errors: list[MutationError[DeclareRiskOccasionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a session was not kept as held")
class HoldRiskSessionErrorCode(Enum):
    """Codes of `holdRiskSession`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"


@strawberry.input(description="Session that was held")
class HoldRiskSessionInput(KeyedAct):
    """Input of `holdRiskSession`."""

    session_id: relay.GlobalID = strawberry.field(description="Session")
    held_on: date = strawberry.field(description="Day")
    scope: str = strawberry.field(description="What was looked at, at most 2000 characters")
    conclusions: list[str] = strawberry.field(description="What was concluded, 1 to 50")
    actions: list[SessionActionInput] = strawberry.field(
        default_factory=list, description="What was decided, at most 50"
    )


@strawberry.type(description="Answer to `holdRiskSession`")
class HoldRiskSessionPayload:
    """The result, or why not."""

    session: RiskSession | None = strawberry.field(description="Session after the act")
    errors: list[MutationError[HoldRiskSessionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why actions were not added")
class AddSessionActionsErrorCode(Enum):
    """Codes of `addSessionActions`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"


@strawberry.input(description="More actions of a session")
class AddSessionActionsInput(KeyedAct):
    """Input of `addSessionActions`."""

    session_id: relay.GlobalID = strawberry.field(description="Session")
    actions: list[SessionActionInput] = strawberry.field(description="What was decided, 1 to 50")


@strawberry.type(description="Answer to `addSessionActions`")
class AddSessionActionsPayload:
    """The result, or why not."""

    session: RiskSession | None = strawberry.field(description="Session after the act")
    errors: list[MutationError[AddSessionActionsErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an action was not kept as done")
class FinishSessionActionErrorCode(Enum):
    """Codes of `finishSessionAction`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Action that was done")
class FinishSessionActionInput(KeyedAct):
    """Input of `finishSessionAction`."""

    action_id: relay.GlobalID = strawberry.field(description="Action")
    result: str = strawberry.field(description="What came of it, at most 2000 characters")


@strawberry.type(description="Answer to `finishSessionAction`")
class FinishSessionActionPayload:
    """The result, or why not."""

    action: SessionAction | None = strawberry.field(description="Action after the act")
    errors: list[MutationError[FinishSessionActionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a session was not closed")
class CloseRiskSessionErrorCode(Enum):
    """Codes of `closeRiskSession`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    ACTIONS_OPEN = "ACTIONS_OPEN"


@strawberry.input(description="Session to be closed")
class CloseRiskSessionInput(KeyedAct):
    """Input of `closeRiskSession`."""

    session_id: relay.GlobalID = strawberry.field(description="Session")


@strawberry.type(description="Answer to `closeRiskSession`")
class CloseRiskSessionPayload:
    """The result, or why not."""

    session: RiskSession | None = strawberry.field(description="Session after the act")
    errors: list[MutationError[CloseRiskSessionErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why work was not entered")
class PlanWorkErrorCode(Enum):
    """Codes of `planWork`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"


@strawberry.input(description="Piece of business and its safety item")
class PlanWorkInput(KeyedAct):
    """Input of `planWork`."""

    title: str = strawberry.field(description="The business, at most 200 characters")
    safety_title: str = strawberry.field(description="Its safety item, at most 200 characters")


@strawberry.type(description="Answer to `planWork`")
class PlanWorkPayload:
    """The result, or why not."""

    work: WorkItem | None = strawberry.field(description="Pair that was entered")
    errors: list[MutationError[PlanWorkErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why work was not taken further")
class AdvanceWorkErrorCode(Enum):
    """Codes of `advanceWork`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Pair of which one side is taken a stage further")
class AdvanceWorkInput(KeyedAct):
    """Input of `advanceWork`."""

    work_id: relay.GlobalID = strawberry.field(description="Pair")
    safety: bool = strawberry.field(
        default=False, description="The safety item rather than the business"
    )


@strawberry.type(description="Answer to `advanceWork`")
class AdvanceWorkPayload:
    """The result, or why not."""

    work: WorkItem | None = strawberry.field(description="Pair after the act")
    errors: list[MutationError[AdvanceWorkErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class AssessmentMutation:
    """Acts with sessions and paired work."""

    @strawberry.mutation(
        description="Enter an occasion into the calendar; its session is planned with it"
    )
    async def declare_risk_occasion(
        self, info: Info, input: DeclareRiskOccasionInput
    ) -> DeclareRiskOccasionPayload:
        """See `service.assessments.commands.declare_occasion`."""

        async def act() -> records.RiskSession:
            info.context.require(Subject.ASSESSMENT, Right.WRITE)
            return await commands.declare_occasion(
                info.context.home, input.trigger, input.title, input.first_day, input.last_day
            )

        row, errors = await attempt(DeclareRiskOccasionErrorCode, act())
        return DeclareRiskOccasionPayload(
            session=RiskSession.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Keep what a session concluded and decided")
    async def hold_risk_session(
        self, info: Info, input: HoldRiskSessionInput
    ) -> HoldRiskSessionPayload:
        """See `service.assessments.commands.hold`."""

        async def act() -> records.RiskSession:
            info.context.require(Subject.ASSESSMENT, Right.WRITE)
            return await commands.hold(
                node_id(input.session_id, RiskSession, "sessionId"),
                input.held_on,
                input.scope,
                input.conclusions,
                actions_of(input.actions),
            )

        row, errors = await attempt(HoldRiskSessionErrorCode, act())
        return HoldRiskSessionPayload(session=RiskSession.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Decide more actions of a session that was held")
    async def add_session_actions(
        self, info: Info, input: AddSessionActionsInput
    ) -> AddSessionActionsPayload:
        """See `service.assessments.commands.add_actions`."""

        async def act() -> records.RiskSession:
            info.context.require(Subject.ASSESSMENT, Right.WRITE)
            return await commands.add_actions(
                node_id(input.session_id, RiskSession, "sessionId"), actions_of(input.actions)
            )

        row, errors = await attempt(AddSessionActionsErrorCode, act())
        return AddSessionActionsPayload(session=RiskSession.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Keep that an action was done, as of today")
    async def finish_session_action(
        self, info: Info, input: FinishSessionActionInput
    ) -> FinishSessionActionPayload:
        """See `service.assessments.commands.finish_action`."""

        async def act() -> records.SessionAction:
            info.context.require(Subject.ASSESSMENT, Right.WRITE)
            return await commands.finish_action(
                node_id(input.action_id, SessionAction, "actionId"), input.result
            )

        row, errors = await attempt(FinishSessionActionErrorCode, act())
        return FinishSessionActionPayload(
            action=SessionAction.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Close a session whose actions are all done")
    async def close_risk_session(
        self, info: Info, input: CloseRiskSessionInput
    ) -> CloseRiskSessionPayload:
        """See `service.assessments.commands.close`."""

        async def act() -> records.RiskSession:
            info.context.require(Subject.ASSESSMENT, Right.WRITE)
            return await commands.close(node_id(input.session_id, RiskSession, "sessionId"))

        row, errors = await attempt(CloseRiskSessionErrorCode, act())
        return CloseRiskSessionPayload(session=RiskSession.of(row) if row else None, errors=errors)

    @strawberry.mutation(
        description="Enter a piece of business with its safety item; there is none without"
    )
    async def plan_work(self, info: Info, input: PlanWorkInput) -> PlanWorkPayload:
        """See `service.assessments.work.plan_work`."""

        async def act() -> records.WorkItem:
            info.context.require(Subject.ASSESSMENT, Right.WRITE)
            return await work.plan_work(info.context.home, input.title, input.safety_title)

        row, errors = await attempt(PlanWorkErrorCode, act())
        return PlanWorkPayload(work=WorkItem.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Take the business or its safety item one stage further")
    async def advance_work(self, info: Info, input: AdvanceWorkInput) -> AdvanceWorkPayload:
        """See `service.assessments.work.advance_work`."""

        async def act() -> records.WorkItem:
            info.context.require(Subject.ASSESSMENT, Right.WRITE)
            return await (work.advance_safety if input.safety else work.advance_work)(
                node_id(input.work_id, WorkItem, "workId")
            )

        row, errors = await attempt(AdvanceWorkErrorCode, act())
        return AdvanceWorkPayload(work=WorkItem.of(row) if row else None, errors=errors)
