"""Reports of the public in the schema: what was reported and done, never by whom."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from strawberry.scalars import JSON
from tortoise.queryset import QuerySet

from api.administration import Tenant
from api.context import Info
from api.hazards import Hazard, place_of
from api.hazards_counts import Ratio, towns_in_scope
from api.nodes import RowNode
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Premises
from api.scalars import FenAmount
from service import clock
from service.evidence.rules import Scan
from service.hazards import indicators
from service.hazards.rules import Category
from service.reports import photos, queries, records
from service.reports.rules import TOWN_SEES, Channel, Finding, Ground, RewardState, State, Step
from tenants import records as tenancy
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject

strawberry.enum(State, name="ReportState", description="Where a report stands")
strawberry.enum(RewardState, description="Where the reward of a report stands")
strawberry.enum(Step, name="ReportStep", description="What is done with a report")
strawberry.enum(Channel, name="ReportChannel", description="How a report came in")
strawberry.enum(Finding, name="ReportFinding", description="What was found on site")
strawberry.enum(Ground, name="RewardGround", description="What a reward is for")


@strawberry.type(description="Step that was taken with a report")
class ReportEvent:
    """One step."""

    step: Step = strawberry.field(description="What was done")
    at: datetime = strawberry.field(description="Timestamp")
    actor: str = strawberry.field(description="Who did it")


@strawberry.type(description="Reward of the first true report (举报奖励)")
class ReportReward:
    """What it is, why, and until when it can be collected."""

    state: RewardState = strawberry.field(description="Where it stands")
    amount: FenAmount = strawberry.field(description="Amount in fen")
    rules: JSON = strawberry.field(description="Rules of law that it follows from")
    claim_until: date | None = strawberry.field(description="Last day to collect it")


@strawberry.type(description="Photo that came with a report, without metadata of its camera")
class ReportPhoto:
    """One photo."""

    row: strawberry.Private[records.ReportPhoto]
    number: int = strawberry.field(description="Place among the photos, from 1")
    byte_length: int = strawberry.field(description="Length of the copy in bytes")
    sha256: str = strawberry.field(description="SHA-256 of the copy, 64 hex digits")
    sent_sha256: str = strawberry.field(description="SHA-256 of the file as sent, 64 hex digits")
    scan: Scan = strawberry.field(description="What a virus scanner said")

    @strawberry.field(description="URL that serves the JPEG for ten minutes")
    async def url(self) -> str:
        """Signed here, without asking the store."""
        return await photos.link(self.row)

    @classmethod
    def of(cls, row: records.ReportPhoto) -> "ReportPhoto":
        """The row as the schema shows it."""
        same = ("number", "byte_length", "sha256", "sent_sha256")
        return cls(row=row, scan=Scan(row.scan), **{name: getattr(row, name) for name in same})


@strawberry.type(description="Report of a hazard or violation; who reported is not in the schema")
class Report(RowNode, relay.Node):
    """One report."""

    model = records.Report
    object_kind = Subject.REPORT

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.Report]
    channel: Channel = strawberry.field(description="How it came in")
    category: Category = strawberry.field(description="What it is about")
    place: str = strawberry.field(description="Where, as it was said")
    description: str = strawberry.field(description="What, as it was said")
    insider: bool = strawberry.field(description="Indicates that the reporter works there")
    anonymous: bool = strawberry.field(description="Indicates that no name was left")
    state: State = strawberry.field(description="Where it stands")
    received_at: datetime = strawberry.field(description="Timestamp of its receipt")
    accepted_on: date | None = strawberry.field(description="Day of its acceptance")
    due_on: date | None = strawberry.field(description="Last day to answer")
    extended: bool = strawberry.field(description="Indicates that handling was prolonged")
    overdue: bool = strawberry.field(
        description="Indicates that it was not answered by its last day"
    )
    reason: str = strawberry.field(description="Reason of a rejection or prolongation")
    finding: Finding | None = strawberry.field(description="What was found on site")
    verification: str = strawberry.field(description="How it was found")
    answer: str = strawberry.field(description="Answer to the reporter")
    answered_on: date | None = strawberry.field(description="Day of the answer")
    reward: ReportReward | None = strawberry.field(description="Reward, once it was reckoned")
    visit_requested: bool = strawberry.field(
        description="Indicates that a visit was asked for because of it"
    )

    @strawberry.field(description="Premises that it is about, where known")
    async def premises(self, info: Info) -> Premises | None:
        """Batched."""
        return await place_of(info, self.row.premises_id) if self.row.premises_id else None

    @strawberry.field(description="Hazard that was entered for it, as a global id")
    def hazard_id(self) -> relay.GlobalID | None:
        """Null where none was."""
        found = self.row.hazard_id
        return relay.GlobalID(Hazard.__name__, str(found)) if found else None

    @strawberry.field(description="Demand for the visit that was asked for, as a global id")
    def demand_id(self) -> relay.GlobalID | None:
        """Null where none was."""
        found = self.row.demand_id
        return relay.GlobalID("InspectionDemand", str(found)) if found else None

    @strawberry.field(description="Earlier report of the same, as a global id")
    def duplicate_of(self) -> relay.GlobalID | None:
        """Null unless the finding says so."""
        found = self.row.duplicate_of
        return relay.GlobalID("Report", str(found)) if found else None

    @strawberry.field(description="Photos that came with it, in their order")
    async def photos(self, info: Info) -> list[ReportPhoto]:
        """Loaded for all reports of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.ReportPhoto]]:
            found = await photos.photos_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("report_photos", load).load(self.row.id)
        return [ReportPhoto.of(one) for one in rows]

    @strawberry.field(description="Steps that were taken, oldest first")
    async def history(self, info: Info) -> list[ReportEvent]:
        """Loaded for all reports of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.ReportEvent]]:
            found = await queries.events_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("report_events", load).load(self.row.id)
        return [ReportEvent(step=Step(one.step), at=one.at, actor=one.actor) for one in rows]

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """A town sees what was transferred to it, the department all."""
        if principal.role is Role.DEPARTMENT:
            return found
        return found.filter(state__in=[state.value for state in TOWN_SEES])

    @classmethod
    def of(cls, row: records.Report) -> "Report":
        """The row as the schema shows it."""
        same = ("id", "place", "description", "insider", "anonymous", "received_at",
                "accepted_on", "due_on", "extended", "reason", "verification", "answer",
                "answered_on")  # fmt: skip
        return cls(
            row=row,
            **{name: getattr(row, name) for name in same},
            channel=Channel(row.channel),
            category=Category(row.category),
            state=State(row.state),
            overdue=row.overdue(clock.legal_day(clock.now())),
            finding=Finding(row.finding) if row.finding else None,
            visit_requested=row.demand_id is not None,
            reward=_reward(row),
        )


def _reward(row: records.Report) -> ReportReward | None:
    if row.reward_state is None:
        return None
    return ReportReward(
        state=RewardState(row.reward_state),
        amount=FenAmount(row.reward_fen or 0),
        rules=JSON(row.reward_rules),
        claim_until=row.claim_until,
    )


@strawberry.type(description="Numbers of one town's reports; never a report")
class ReportCounts:
    """Of those received in the period, as they stand now."""

    town: Tenant = strawberry.field(description="Town that is counted")
    received: int = strawberry.field(description="Reports received")
    accepted: int = strawberry.field(description="Those that were accepted")
    answered: int = strawberry.field(description="Those that were answered")
    answered_on_time: Ratio = strawberry.field(
        description="Those answered by their last day, of those answered"
    )
    found_true: int = strawberry.field(description="Those found true, in whole or in part")
    rewarded: Ratio = strawberry.field(description="Those whose reward was paid, of the true ones")
    rewards_paid: FenAmount = strawberry.field(description="Rewards paid, in fen")
    awareness: Ratio = strawberry.field(
        description="People who knew that they can report, of those asked in the period (知晓率)"
    )


@strawberry.type
class ReportQuery:
    """Questions about reports."""

    @strawberry.field(description="Reports that the caller handles, newest first")
    async def reports(
        self,
        info: Info,
        state: Annotated[State | None, strawberry.argument(description="Where they stand")] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Report]:
        """One page."""
        info.context.require(Subject.REPORT, Right.READ_OWN)
        found = Report.seen(info.context.principal, queries.reports(state))
        return await page(found, Report.of, first=first, after=after, key="received_at")

    @strawberry.field(description="Reports counted, town by town")
    async def report_counts(
        self,
        info: Info,
        since: Annotated[date, strawberry.argument(description="First day of receipt")],
        until: Annotated[
            date | None, strawberry.argument(description="Last day, today by default")
        ] = None,
    ) -> list[ReportCounts]:
        """Three statements, however many towns."""
        principal = info.context.principal
        right = Right.READ_COUNTS if principal.role is Role.COMMITTEE else Right.READ_OWN
        info.context.require(Subject.REPORT, right)
        last = until or clock.legal_day(clock.now())
        counted = {one.tenant_id: one for one in await queries.counts(since, last)}
        asked = {one.tenant_id: one for one in await queries.awareness(since, last)}
        return [
            _counts(
                town,
                counted.get(town.id, queries.Counts.none(town.id)),
                asked.get(town.id, queries.Awareness(town.id, 0, 0)),
            )
            for town in await towns_in_scope(info)
        ]


def _counts(
    town: tenancy.Tenant, counted: queries.Counts, asked: queries.Awareness
) -> ReportCounts:
    return ReportCounts(
        town=Tenant.of(town),
        received=counted.received,
        accepted=counted.accepted,
        answered=counted.answered,
        answered_on_time=_ratio(counted.answered_on_time, counted.answered),
        found_true=counted.found_true,
        rewarded=_ratio(counted.rewarded, counted.found_true),
        rewards_paid=FenAmount(counted.rewarded_fen),
        awareness=_ratio(asked.aware, asked.asked),
    )


def _ratio(numerator: int, denominator: int) -> Ratio:
    return Ratio.of(indicators.Ratio(numerator, denominator))
