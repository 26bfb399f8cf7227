"""Hazards in the schema: what was found, where it stands, and the counts of each town."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Tenant
from api.context import Info
from api.declared import Choice, Column, Filter, Many, One, Page, Sight, equal, planned, shows
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import READS, Enterprise, Premises
from api.scalars import FenAmount
from service import clock
from service.errors import Invalid
from service.hazards import queries, records
from service.hazards.commands import plan_of
from service.hazards.rules import (
    COMPREHENSIVE_LINE,
    UNFINISHED,
    Authority,
    Category,
    EvidencePurpose,
    Grade,
    Source,
    State,
    Step,
    possible,
)
from service.register import records as register
from tenants.rights import Right, Role, Subject, allows

strawberry.enum(State, name="HazardState", description="Where a hazard stands")
strawberry.enum(Step, name="HazardStep", description="What can happen to a hazard")
strawberry.enum(Grade, name="HazardGrade", description="Grade of a hazard (一般、重大)")
strawberry.enum(Source, name="HazardSource", description="How a hazard came to light")
strawberry.enum(Category, name="HazardCategory", description="What a hazard or risk is about")
strawberry.enum(Authority, name="HazardReportTo", description="To whom its handling is reported")
strawberry.enum(EvidencePurpose, name="HazardEvidencePurpose", description="What evidence shows")


async def own_line(info: Info) -> str | None:
    """The line of business that confines a department; None where nothing does."""

    async def load(bodies: list[UUID]) -> list[str | None]:
        return [await queries.line_of(body) for body in bodies]

    if info.context.principal.role is not Role.DEPARTMENT:
        return None
    body = info.context.principal.body_id or NOBODY
    line: str | None = await info.context.loader("own_line", load).load(body)
    return line


class LineNode(RowNode):
    """Base of rows that an enterprise sees of its own, and a department of its line only."""

    object_kind = Subject.HAZARD
    sight = Sight(own="enterprise_id", line="line", comprehensive=COMPREHENSIVE_LINE)
    keeps_row = True
    row: strawberry.Private[Any]

    @classmethod
    async def listed(cls, info: Info, found: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows that the caller may list.

        Raises:
            Forbidden: the caller may read no row of this kind.
        """
        info.context.require(Subject.HAZARD, Right.READ_OWN)
        line = await own_line(info)
        seen = cls.seen(info.context.principal, found)
        return seen if line is None else seen.filter(line=line)

    @classmethod
    async def resolve_nodes(
        cls, *, info: Any, node_ids: Iterable[str], required: bool = False
    ) -> Any:
        """The rows that the caller may see, in the order asked; null for the others."""
        found = await super().resolve_nodes(info=info, node_ids=node_ids, required=required)
        line = await own_line(info)
        return [one if one and line in (None, one.row.line) else None for one in found]


async def place_of(info: Info, premises_id: UUID) -> Premises | None:
    """The premises, where the caller may read the register; batched."""

    async def load(keys: list[UUID]) -> list[register.Premises | None]:
        rows = {row.id: row for row in await register.Premises.filter(id__in=keys)}
        return [rows.get(key) for key in keys]

    if not _reads_register(info):
        return None
    found = await info.context.loader("premises", load).load(premises_id)
    return Premises.of(found) if found else None


async def trader_of(info: Info, enterprise_id: UUID) -> Enterprise | None:
    """The enterprise, where the caller may read the register; batched."""

    async def load(keys: list[UUID]) -> list[register.Enterprise | None]:
        rows = {row.id: row for row in await register.Enterprise.filter(id__in=keys)}
        return [rows.get(key) for key in keys]

    if not _reads_register(info):
        return None
    found = await info.context.loader("enterprise", load).load(enterprise_id)
    return Enterprise.of(found) if found else None


def _reads_register(info: Info) -> bool:
    principal = info.context.principal
    return allows(principal.role, Subject.REGISTER, Right.READ_OWN, capabilities=principal.grants)


@strawberry.type(description="How a hazard is put right")
class RectificationPlan:
    """The five conditions (责任、措施、资金、时限、预案)."""

    responsible: str = strawberry.field(description="Who answers for it")
    measures: str = strawberry.field(description="What is done")
    funds: FenAmount | None = strawberry.field(description="Money provided, in fen")
    finish_on: date | None = strawberry.field(description="Day by which the work ends")
    contingency: str = strawberry.field(description="What is done meanwhile if it happens")
    missing: list[str] = strawberry.field(description="Which of the five conditions are not met")


@strawberry.type(description="Step that was taken with a hazard")
class HazardHistoryItem:
    """One line of the history."""

    model = records.HazardEvent
    columns = shows("at", step=Column(kind=Step), state=Column(kind=State))

    step: Step = strawberry.field(description="Step that was taken")
    state: State = strawberry.field(description="State of the hazard after the step")
    at: datetime = strawberry.field(description="Timestamp of the step")


@strawberry.type(description="Evidence attached to a hazard")
class HazardEvidence:
    """One piece."""

    evidence_id: strawberry.ID = strawberry.field(description="Global id of the evidence")
    purpose: EvidencePurpose = strawberry.field(description="What the evidence shows")
    at: datetime = strawberry.field(description="Timestamp of the attachment")


@strawberry.type(description="Request for a later deadline of a hazard, with its answer")
class HazardExtension:
    """One request."""

    due_on: date = strawberry.field(description="Deadline at the time of the request")
    until: date = strawberry.field(description="Deadline that was asked for")
    reason: str = strawberry.field(description="Why it was asked for")
    asked_at: datetime = strawberry.field(description="Timestamp of the request")
    granted: bool | None = strawberry.field(
        description="Indicates that it was granted, null until answered"
    )
    answer: str | None = strawberry.field(description="Why it was granted or denied")

    @classmethod
    def of(cls, row: records.HazardExtension) -> "HazardExtension":
        """The row as the schema shows it."""
        return cls(
            due_on=row.due_on,
            until=row.until,
            reason=row.reason,
            asked_at=row.asked_at,
            granted=row.granted,
            answer=row.answer or None,
        )


@strawberry.type(description="Hazard of one premises from its finding to its closure")
class Hazard(LineNode, relay.Node):
    """One hazard."""

    model = records.Hazard
    columns = shows(
        "description",
        "found_on",
        "due_on",
        "line",
        "extensions",
        "reported_to_authority_on",
        "reported_to_congress_on",
        "overdue_since",
        "supervised_on",
        "closed_on",
        state=Column(kind=State),
        grade=Column(kind=Grade, blank=True),
        category=Column(kind=Category),
        source=Column(kind=Source),
        criterion=Column(blank=True),
        criterion_version=Column(blank=True),
        assigned_to=Column(blank=True),
        result=Column(blank=True),
        verification=Column(blank=True),
        supervision_reference=Column(blank=True),
        dismissal_reason=Column(blank=True),
        recurring=Column("recurrence_of", present=True),
    )

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.Hazard]
    state: State = strawberry.field(description="Where the hazard stands")
    grade: Grade | None = strawberry.field(description="Grade, null until graded")
    category: Category = strawberry.field(description="What the hazard is about")
    source: Source = strawberry.field(description="How the hazard came to light")
    description: str = strawberry.field(description="What was found")
    found_on: date = strawberry.field(description="Day of the finding")
    criterion: str | None = strawberry.field(description="Criterion that makes it major")
    criterion_version: str | None = strawberry.field(description="Version of that criterion")
    assigned_to: str | None = strawberry.field(description="Who puts the hazard right")
    due_on: date | None = strawberry.field(description="Last day to put the hazard right")
    result: str | None = strawberry.field(description="What was done, as submitted")
    verification: str | None = strawberry.field(description="What the verifier found")
    reported_to_authority_on: date | None = strawberry.field(
        description="Day of the report to the authority"
    )
    reported_to_congress_on: date | None = strawberry.field(
        description="Day of the report to the workers' congress"
    )
    overdue_since: date | None = strawberry.field(description="Day on which it became overdue")
    supervised_on: date | None = strawberry.field(description="Day of the order to supervise")
    supervision_reference: str | None = strawberry.field(description="Number of that order")
    closed_on: date | None = strawberry.field(description="Day of the closure")
    line: str = strawberry.field(description="Line of business of the department concerned")
    extensions: int = strawberry.field(description="How often the deadline was extended")
    dismissal_reason: str | None = strawberry.field(
        description="Why this is said to be no hazard, until somebody decides it otherwise"
    )
    recurring: bool = strawberry.field(
        description="Indicates that a like hazard was closed here shortly before"
    )

    @strawberry.field(description="How the hazard is put right, null until planned")
    def plan(self) -> RectificationPlan | None:
        """As kept by `planRectification`."""
        if not self.row.plan_measures:
            return None
        plan = plan_of(self.row)
        return RectificationPlan(
            responsible=plan.responsible,
            measures=plan.measures,
            funds=None if plan.funds_fen is None else FenAmount(plan.funds_fen),
            finish_on=plan.finish_on,
            contingency=plan.contingency,
            missing=plan.missing(),
        )

    @strawberry.field(
        description="Steps that can follow, in the order of the procedure",
        metadata=planned(Choice("state", {one.value: tuple(possible(one)) for one in State})),
    )
    def possible_steps(self) -> list[Step]:
        """By the state alone."""
        return possible(self.state)

    @strawberry.field(description="Global id of the hazard that this one is a duplicate of")
    def merged_into(self) -> strawberry.ID | None:
        """Null unless merged."""
        row = self.row
        if row.merged_into is None:
            return None
        return strawberry.ID(relay.to_base64("Hazard", str(row.merged_into)))

    @strawberry.field(description="Requests for a later deadline, oldest first")
    async def extension_requests(self, info: Info) -> list[HazardExtension]:
        """Loaded for all hazards of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.HazardExtension]]:
            found = await queries.extensions_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("hazard_extensions", load).load(self.id)
        return [HazardExtension.of(row) for row in rows]

    @strawberry.field(
        description="Premises of the hazard",
        metadata=planned(One(lambda: Premises, READS, "premises_id")),
    )
    async def premises(self, info: Info) -> Premises | None:
        """Null where the caller may not read the register."""
        return await place_of(info, self.row.premises_id)

    @strawberry.field(
        description="Enterprise of the hazard",
        metadata=planned(One(lambda: Enterprise, READS, "enterprise_id")),
    )
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Null where the caller may not read the register."""
        return await trader_of(info, self.row.enterprise_id)

    @strawberry.field(
        description="Steps that were taken, oldest first",
        metadata=planned(Many(lambda: HazardHistoryItem, by="hazard_id", order=("at", "id"))),
    )
    async def history(self, info: Info) -> list[HazardHistoryItem]:
        """Loaded for all hazards of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.HazardEvent]]:
            found = await queries.history_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("hazard_history", load).load(self.id)
        return [
            HazardHistoryItem(step=Step(row.step), state=State(row.state), at=row.at)
            for row in rows
        ]

    @strawberry.field(description="Evidence attached to the hazard, oldest first")
    async def evidence(self, info: Info) -> list[HazardEvidence]:
        """Loaded for all hazards of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.HazardEvidence]]:
            found = await queries.evidence_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("hazard_evidence", load).load(self.id)
        return [
            HazardEvidence(
                evidence_id=strawberry.ID(relay.to_base64("Evidence", str(row.evidence_id))),
                purpose=EvidencePurpose(row.purpose),
                at=row.at,
            )
            for row in rows
        ]


@strawberry.input(description="Filters of the list of hazards; all given must hold")
class HazardWhere:
    """Every filter is optional."""

    state: State | None = strawberry.field(default=None, description="State of the hazard")
    grade: Grade | None = strawberry.field(default=None, description="Grade of the hazard")
    category: Category | None = strawberry.field(default=None, description="Category")
    premises_id: relay.GlobalID | None = strawberry.field(default=None, description="Premises")
    due_before: date | None = strawberry.field(
        default=None, description="Day before which the hazard is due"
    )
    recurring: bool | None = strawberry.field(default=None, description="Recurrences or not")
    overdue: bool | None = strawberry.field(
        default=None, description="Past their last day or under supervision, or not"
    )
    due_within_days: int | None = strawberry.field(
        default=None, description="Open and due within so many days from today, 0 to 366"
    )
    mine: bool | None = strawberry.field(
        default=None, description="Reported or handled by the caller, where true"
    )
    town_id: relay.GlobalID | None = strawberry.field(default=None, description="Town")


@strawberry.enum(description="Order of the list of hazards")
class HazardOrder(Enum):
    """What comes first."""

    NEWEST = "NEWEST"
    DUE_SOONEST = "DUE_SOONEST"


def chosen_hazards(info: Info, where: HazardWhere) -> QuerySet[records.Hazard]:
    """The hazards in scope that fit the filters.

    Raises:
        Invalid: an id of another kind, or days out of range.
    """
    days, due_by = where.due_within_days, None
    if days is not None:
        if not 0 <= days <= 366:
            raise Invalid("dueWithinDays is from 0 to 366", path=("where", "dueWithinDays"))
        due_by = clock.legal_day(clock.now()) + timedelta(days=days)
    place, town = where.premises_id, where.town_id
    return queries.hazards(
        state=where.state,
        grade=where.grade,
        category=where.category,
        premises_id=node_id(place, Premises, "premisesId") if place else None,
        due_before=where.due_before,
        recurring=where.recurring,
        overdue=where.overdue,
        due_by=due_by,
        handled_by=info.context.principal.key if where.mine else None,
        tenant_id=node_id(town, Tenant, "townId") if town else None,
    )


HAZARD_READS = (Subject.HAZARD, Right.READ_OWN)
WHERE = {
    "state": equal("state"),
    "grade": equal("grade"),
    "category": equal("category"),
    "dueBefore": Filter("{t}.due_on < {v}", "date"),
    "recurring": Filter("({t}.recurrence_of is not null) = {v}", "boolean"),
}


@strawberry.type
class HazardQuery:
    """Questions about hazards."""

    @strawberry.field(
        description="Hazards that the caller may see, newest first by default",
        metadata=planned(Page(lambda: Hazard, HAZARD_READS, "created_at", WHERE)),
    )
    async def hazards(
        self,
        info: Info,
        where: HazardWhere | None = None,
        order: Annotated[
            HazardOrder,
            strawberry.argument(description="What comes first; by deadline only open ones"),
        ] = HazardOrder.NEWEST,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Hazard]:
        """One page; an enterprise sees its own, a department its line."""
        found = await Hazard.listed(info, chosen_hazards(info, where or HazardWhere()))
        if order is HazardOrder.DUE_SOONEST:
            open_ones = [one.value for one in UNFINISHED]
            found = found.filter(state__in=open_ones, due_on__isnull=False)
            return await page(
                found, Hazard.of, first=first, after=after, key="due_on", descending=False
            )
        return await page(found, Hazard.of, first=first, after=after, key="created_at")
