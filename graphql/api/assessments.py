"""Risk assessment sessions and paired work in the schema."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from api.administration import Tenant
from api.context import Info
from api.hazards_counts import Ratio
from api.nodes import RowNode
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service import clock
from service.assessments import queries, records
from service.assessments.rules import SessionState, Stage, Trigger, keeps_pace
from service.duties.rules import check_span
from service.hazards import indicators
from tenants import records as tenancy
from tenants.rights import Right, Subject

strawberry.enum(Trigger, name="SessionTrigger", description="Why a session is held")
strawberry.enum(SessionState, description="Where a session stands")
strawberry.enum(Stage, name="WorkStage", description="How far an item has come")


@strawberry.type(description="Action that a session decided")
class SessionAction(RowNode, relay.Node):
    """One action."""

    model = records.SessionAction
    object_kind = Subject.ASSESSMENT

    id: relay.NodeID[UUID]
    action: str = strawberry.field(description="What is to be done")
    responsible: str = strawberry.field(description="Who does it")
    due_on: date = strawberry.field(description="Last day")
    done_on: date | None = strawberry.field(description="Day on which it was done")
    result: str | None = strawberry.field(description="What came of it")

    @classmethod
    def of(cls, row: records.SessionAction) -> "SessionAction":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            action=row.action,
            responsible=row.responsible,
            due_on=row.due_on,
            done_on=row.done_on,
            result=row.result or None,
        )


@strawberry.type(description="Risk assessment session (风险研判)")
class RiskSession(RowNode, relay.Node):
    """One session."""

    model = records.RiskSession
    object_kind = Subject.ASSESSMENT

    id: relay.NodeID[UUID]
    trigger: Trigger = strawberry.field(description="Why it is held")
    title: str = strawberry.field(description="What it is about")
    scope: str | None = strawberry.field(description="What was looked at")
    state: SessionState = strawberry.field(description="Where it stands")
    due_on: date = strawberry.field(description="Last day to hold it")
    held_on: date | None = strawberry.field(description="Day on which it was held")
    closed_on: date | None = strawberry.field(description="Day on which it was closed")
    conclusions: list[str] = strawberry.field(description="What was concluded")

    @strawberry.field(description="Actions that were decided, the most urgent first")
    async def actions(self, info: Info) -> list[SessionAction]:
        """Batched."""

        async def load(keys: list[UUID]) -> list[list[records.SessionAction]]:
            found = await queries.actions_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("session_actions", load).load(self.id)
        return [SessionAction.of(row) for row in rows]

    @classmethod
    def of(cls, row: records.RiskSession) -> "RiskSession":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            trigger=Trigger(row.trigger),
            title=row.title,
            scope=row.scope or None,
            state=SessionState(row.state),
            due_on=row.due_on,
            held_on=row.held_on,
            closed_on=row.closed_on,
            conclusions=list(row.conclusions),
        )


@strawberry.type(description="Piece of business with its safety item (三同时)")
class WorkItem(RowNode, relay.Node):
    """One pair."""

    model = records.WorkItem
    object_kind = Subject.ASSESSMENT

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.WorkItem]
    title: str = strawberry.field(description="The business")
    stage: Stage = strawberry.field(description="How far the business has come")

    @strawberry.field(description="The safety item")
    async def safety_title(self, info: Info) -> str:
        """Batched."""
        return (await self._safety(info)).title

    @strawberry.field(description="How far the safety item has come")
    async def safety_stage(self, info: Info) -> Stage:
        """Batched."""
        return Stage[(await self._safety(info)).stage]

    @strawberry.field(description="Indicates that safety has come at least as far")
    async def paired(self, info: Info) -> bool:
        """Batched."""
        return keeps_pace(self.stage, Stage[(await self._safety(info)).stage])

    async def _safety(self, info: Info) -> records.SafetyItem:
        async def load(keys: list[UUID]) -> list[records.SafetyItem]:
            rows = await queries.safety_of(keys)
            return [rows[key] for key in keys]

        found: records.SafetyItem = await info.context.loader("safety", load).load(
            self.row.safety_item_id
        )
        return found

    @classmethod
    def of(cls, row: records.WorkItem) -> "WorkItem":
        """The row as the schema shows it."""
        return cls(id=row.id, row=row, title=row.title, stage=Stage[row.stage])


@strawberry.type(description="Sessions, actions and paired work of one tenant, in numbers")
class AssessmentCounts:
    """Numbers only."""

    tenant: Tenant = strawberry.field(description="Town or office that is counted")
    session_rate: Ratio = strawberry.field(
        description="Sessions held by their last day, of those whose last day is over"
    )
    action_close_rate: Ratio = strawberry.field(
        description="Actions done by their last day, of those whose last day is over"
    )
    paired_rate: Ratio = strawberry.field(
        description="Work items whose safety item has come at least as far, of the work items"
    )


@strawberry.type
class AssessmentQuery:
    """Questions about sessions and paired work."""

    @strawberry.field(description="Risk assessment sessions, the last one due first")
    async def risk_sessions(
        self,
        info: Info,
        state: Annotated[
            SessionState | None, strawberry.argument(description="State, all by default")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[RiskSession]:
        """One page; a committee reads those of all its towns."""
        info.context.require(Subject.ASSESSMENT, Right.READ_OWN)
        found = records.RiskSession.filter(state=state.value) if state else None
        found = found if found is not None else records.RiskSession.all()
        return await page(found, RiskSession.of, first=first, after=after, key="due_on")

    @strawberry.field(description="Work items with their safety items, newest first")
    async def work_items(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[WorkItem]:
        """One page."""
        info.context.require(Subject.ASSESSMENT, Right.READ_OWN)
        found = records.WorkItem.all()
        return await page(found, WorkItem.of, first=first, after=after, key="created_at")

    @strawberry.field(description="Sessions, actions and paired work in numbers, by division code")
    async def assessment_counts(
        self,
        info: Info,
        since: Annotated[date, strawberry.argument(description="First day of the span")],
        until: Annotated[date, strawberry.argument(description="Last day, at most 800 later")],
    ) -> list[AssessmentCounts]:
        """Every tenant that the caller reads; what is due follows from the schedule."""
        info.context.require(Subject.ASSESSMENT, Right.READ_OWN)
        check_span(since, until)
        today = clock.legal_day(clock.now())
        readable = list(info.context.principal.scope.readable)
        tenants = await tenancy.Tenant.filter(id__in=readable).order_by("division_code")
        sessions = await queries.session_rates(tenants, since, until, today)
        actions = await queries.action_rates(since, until, today)
        pairs, none = await queries.pair_rates(), indicators.Ratio(0, 0)
        return [
            AssessmentCounts(
                tenant=Tenant.of(row),
                session_rate=Ratio.of(sessions.get(row.id, none)),
                action_close_rate=Ratio.of(actions.get(row.id, none)),
                paired_rate=Ratio.of(pairs.get(row.id, none)),
            )
            for row in tenants
        ]
