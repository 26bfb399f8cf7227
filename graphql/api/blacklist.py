"""The blacklist in the schema: cases, their history and the limits that run in them."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from strawberry import relay

from api.administration import Body
from api.context import Info
from api.law import book_of
from api.nodes import RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.publication import PublicationClass
from service import clock
from service.blacklist import deadlines, measures, queries, records, steps
from service.blacklist.rules import CreditClass, Delivery, MeasureState, State, Step, possible
from service.errors import Forbidden
from service.workdays.queries import calendar
from tenants import records as tenancy
from tenants.rights import Right, Role, Subject, allows

T = TypeVar("T")

strawberry.enum(State, name="BlacklistState", description="Where a case stands")
strawberry.enum(Step, name="BlacklistStep", description="What can happen to a case")
strawberry.enum(
    MeasureState,
    name="BlacklistMeasureState",
    description="Where a joint measure stands with the body that executes it",
)
strawberry.enum(
    CreditClass,
    name="CreditClass",
    description="Class of a dishonest act, which fixes the terms of penalty publicity",
)
strawberry.enum(Delivery, name="DocumentDelivery", description="How a document reached the party")


def may_read_content(info: Info, row: records.BlacklistCase) -> bool:
    """Whether the caller may read a case beyond its state.

    An enterprise reads its own cases, the committee reads states only.
    """
    principal = info.context.principal
    if principal.role is Role.ENTERPRISE:
        return row.enterprise_id is not None and row.enterprise_id == principal.enterprise_id
    return allows(principal.role, Subject.BLACKLIST, Right.READ_OWN, capabilities=principal.grants)


def may_read_state(info: Info, row: records.BlacklistCase) -> bool:
    """Whether the caller may know that a case exists."""
    role = info.context.principal.role
    return may_read_content(info, row) or allows(role, Subject.BLACKLIST, Right.READ_STATUS)


def may_see(info: Info, enterprise_id: UUID | None) -> bool:
    """Whether the caller may know of what belongs to a case of this enterprise."""
    principal = info.context.principal
    if principal.role is Role.ENTERPRISE:
        return enterprise_id is not None and enterprise_id == principal.enterprise_id
    return any(
        allows(principal.role, Subject.BLACKLIST, right)
        for right in (Right.READ_OWN, Right.READ_STATUS)
    )


def require_list(info: Info) -> None:
    """Refuse who sees no list of cases.

    Raises:
        Forbidden: as said.
    """
    if not may_see(info, info.context.principal.enterprise_id):
        raise Forbidden("sign in as a member of a town, a department or a committee first")


@strawberry.type(description="Step that was taken in a case")
class BlacklistHistoryItem:
    """One line of the history."""

    step: Step = strawberry.field(description="Step that was taken")
    state: State = strawberry.field(description="State of the case after the step")
    at: datetime = strawberry.field(description="Timestamp of the step")


@strawberry.type(description="Limit that runs in a case")
class BlacklistDeadline:
    """A limit with its source."""

    rule: str = strawberry.field(description="Stable name of the limit")
    article: str = strawberry.field(description="Article that sets the limit")
    confirmed: bool = strawberry.field(
        description="Indicates that the limit was checked against the promulgated text"
    )
    started_on: date = strawberry.field(description="Day of the event that starts the limit")
    due_on: date | None = strawberry.field(
        description="Last day of the limit, null while a year's holidays are not published"
    )
    missing_year: int | None = strawberry.field(
        description="Year whose holiday schedule is missing"
    )


@strawberry.type(description="Joint measure (联合惩戒) that accompanies a listing")
class BlacklistMeasure(RowNode, relay.Node):
    """One measure with who executes it."""

    model = records.BlacklistMeasure

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.BlacklistMeasure]
    measure: str = strawberry.field(description="What the measure is")
    state: MeasureState = strawberry.field(description="Where the measure stands")
    from_day: date = strawberry.field(description="First day of the measure")
    executed_on: date | None = strawberry.field(
        description="Day since which the body applies the measure"
    )
    execution: str | None = strawberry.field(description="How the body applies the measure")
    lift_ordered_on: date | None = strawberry.field(
        description="Day on which its lifting was ordered, since the listing ended or stands still"
    )
    lift_due_on: date | None = strawberry.field(
        description="Last day to confirm the lifting, null while a year's holidays are missing"
    )
    lifted_on: date | None = strawberry.field(
        description="Day on which the measure was lifted, as the executing body confirmed"
    )
    lifting: str | None = strawberry.field(description="How the measure was lifted")

    @strawberry.field(description="Indicates that the lifting should have been confirmed by now")
    def overdue(self) -> bool:
        """Its last day itself is not late."""
        due, done = self.row.lift_due_on, self.row.lifted_on
        return due is not None and done is None and clock.legal_day(clock.now()) > due

    @strawberry.field(description="Body that executes the measure")
    async def executing_body(self, info: Info) -> Body | None:
        """Loaded for all measures of the page in one statement."""

        async def load(keys: list[UUID]) -> list[tenancy.Body | None]:
            rows = {row.id: row for row in await tenancy.Body.filter(id__in=keys)}
            return [rows.get(key) for key in keys]

        found = await info.context.loader("body", load).load(self.row.executing_body_id)
        return Body.of(found) if found else None

    @strawberry.field(description="Case whose listing the measure accompanies")
    async def blacklist_case(self, info: Info) -> "BlacklistCase | None":
        """Loaded for all measures of the page in one statement."""
        return await case_of_row(info, self.row.case_id)

    @classmethod
    def of(cls, row: records.BlacklistMeasure) -> "BlacklistMeasure":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            measure=row.measure,
            state=measures.state_of(row),
            from_day=row.from_day,
            executed_on=row.executed_on,
            execution=row.execution or None,
            lift_ordered_on=row.lift_ordered_on,
            lift_due_on=row.lift_due_on,
            lifted_on=row.lifted_on,
            lifting=row.lifting or None,
        )

    @classmethod
    async def resolve_nodes(
        cls, *, info: Any, node_ids: Iterable[str], required: bool = False
    ) -> Any:
        """The measures in scope that the caller may know of, in the order asked."""
        found = await super().resolve_nodes(info=info, node_ids=node_ids, required=required)
        return [one if one and may_see(info, one.row.enterprise_id) else None for one in found]


@strawberry.type(description="Case from the proposal to the end of its publication")
class BlacklistCase(RowNode, relay.Node):
    """One case; its content is null for those who may read its state only."""

    model = records.BlacklistCase

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.BlacklistCase]
    publication: PublicationClass = strawberry.field(description="Kind of publication")
    state: State = strawberry.field(description="Where the case stands")
    severity: CreditClass = strawberry.field(
        description="Class of the act, which fixes the terms of penalty publicity"
    )
    publish_overdue_since: date | None = strawberry.field(
        description="Day on which the missed limit to publish was noticed"
    )
    proposed_at: datetime = strawberry.field(description="Timestamp of the proposal")
    decided_on: date | None = strawberry.field(description="Day of the decision to publish")
    published_on: date | None = strawberry.field(description="First day of the publication")
    published_until: date | None = strawberry.field(description="Last day of the publication")
    public_entry_id: UUID = strawberry.field(description="Id of the entry in the public feed")
    leaf_index: str | None = strawberry.field(
        description="Place of the newest event in the public log, a decimal string"
    )

    @strawberry.field(description="Name of the party, null unless the caller may read content")
    def party_name(self, info: Info) -> str | None:
        """From the register at the time of the proposal."""
        return self._content(info, lambda: self.row.party.get("party_name"))

    @strawberry.field(description="Cause of the publication")
    def cause(self, info: Info) -> str | None:
        """As proposed or corrected."""
        return self._content(info, lambda: self.row.cause)

    @strawberry.field(description="Legal basis of the publication")
    def basis(self, info: Info) -> str | None:
        """As proposed or corrected."""
        return self._content(info, lambda: self.row.basis)

    @strawberry.field(description="Number of the penalty decision")
    def penalty_number(self, info: Info) -> str | None:
        """Under which the body decided."""
        return self._content(info, lambda: self.row.penalty_number)

    @strawberry.field(description="Reason of the rejection, suspension or end")
    def reason(self, info: Info) -> str | None:
        """As stated by the body."""
        return self._content(info, lambda: self.row.reason or None)

    @strawberry.field(description="Last day on which the party may defend itself")
    def defence_until(self, info: Info) -> date | None:
        """Known once the notice was served."""
        return self._content(info, lambda: self.row.defence_until)

    @strawberry.field(description="Who ordered the suspension that is in force")
    def suspended_by(self, info: Info) -> str | None:
        """A court or a superior body."""
        return self._content(info, lambda: self.row.suspended_by or None)

    @strawberry.field(description="Number of the order by which the entry is suspended")
    def suspension_document(self, info: Info) -> str | None:
        """As it stands on the order."""
        return self._content(info, lambda: self.row.suspension_document or None)

    @strawberry.field(description="Joint measures of the listing, in the order of their orders")
    async def measures(self, info: Info) -> list[BlacklistMeasure]:
        """Empty for those who may read the state only; loaded in one statement for the page."""

        async def load(keys: list[UUID]) -> list[list[records.BlacklistMeasure]]:
            found = await queries.measures_of(keys)
            return [found[key] for key in keys]

        if not may_read_content(info, self.row):
            return []
        rows = await info.context.loader("blacklist_measures", load).load(self.id)
        return [BlacklistMeasure.of(row) for row in rows]

    @strawberry.field(description="Body that decided the penalty and so decides the listing")
    async def deciding_body(self, info: Info) -> Body | None:
        """Loaded for all cases of the page in one statement."""

        async def load(keys: list[UUID]) -> list[tenancy.Body | None]:
            rows = {row.id: row for row in await tenancy.Body.filter(id__in=keys)}
            return [rows.get(key) for key in keys]

        found = await info.context.loader("body", load).load(self.row.penalty_body_id)
        return Body.of(found) if found else None

    @strawberry.field(description="Steps that can follow, in the order of the procedure")
    def possible_steps(self) -> list[Step]:
        """By the rules of its class."""
        publication = self.publication if self.row.classified else None
        return possible(self.state, publication)

    @strawberry.field(description="Limits that run now")
    async def deadlines(self, info: Info) -> list[BlacklistDeadline]:
        """By the working-day calendar of the database."""
        return [
            BlacklistDeadline(
                rule=one.rule,
                article=one.article,
                confirmed=one.confirmed,
                started_on=one.started_on,
                due_on=one.deadline.due,
                missing_year=one.deadline.missing_year,
            )
            for one in deadlines.running(
                steps.dates(self.row), await book_of(info), await calendar()
            )
        ]

    @strawberry.field(description="Steps that were taken, oldest first")
    async def history(self, info: Info) -> list[BlacklistHistoryItem]:
        """Loaded for all cases of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.BlacklistEvent]]:
            found = await queries.history_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("blacklist_history", load).load(self.id)
        return [
            BlacklistHistoryItem(step=Step(row.step), state=State(row.state), at=row.at)
            for row in rows
        ]

    def _content(self, info: Info, read: Callable[[], T]) -> T | None:
        return read() if may_read_content(info, self.row) else None

    @classmethod
    def of(cls, row: records.BlacklistCase) -> "BlacklistCase":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            publication=PublicationClass(row.publication),
            state=State(row.state),
            severity=CreditClass(row.severity),
            publish_overdue_since=row.publish_overdue_since,
            proposed_at=row.created_at,
            decided_on=row.decided_on,
            published_on=row.published_on,
            published_until=row.published_until,
            public_entry_id=row.entry_id,
            leaf_index=None if row.leaf_index is None else str(row.leaf_index),
        )

    @classmethod
    async def resolve_nodes(
        cls, *, info: Any, node_ids: Iterable[str], required: bool = False
    ) -> Any:
        """The cases in scope that the caller may know of, in the order asked."""
        found = await super().resolve_nodes(info=info, node_ids=node_ids, required=required)
        return [one if one and may_read_state(info, one.row) else None for one in found]


async def case_of_row(info: Info, case_id: UUID) -> "BlacklistCase | None":
    """The case behind a measure or an objection, None where the caller may not know of it."""

    async def load(keys: list[UUID]) -> list[records.BlacklistCase | None]:
        rows = {row.id: row for row in await records.BlacklistCase.filter(id__in=keys)}
        return [rows.get(key) for key in keys]

    found = await info.context.loader("blacklist_case", load).load(case_id)
    return BlacklistCase.of(found) if found and may_read_state(info, found) else None


@strawberry.input(description="Filters of the list of cases; all given must hold")
class BlacklistCaseWhere:
    """Every filter is optional."""

    state: State | None = strawberry.field(default=None, description="State of the case")
    publication: PublicationClass | None = strawberry.field(
        default=None, description="Kind of publication"
    )
    deciding_body_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Body that decided the penalty"
    )


@strawberry.type
class BlacklistQuery:
    """Questions about cases."""

    @strawberry.field(description="Cases that the caller may see, newest first")
    async def blacklist_cases(
        self,
        info: Info,
        where: BlacklistCaseWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[BlacklistCase]:
        """One page; an enterprise sees its own."""
        principal = info.context.principal
        if not any(
            allows(principal.role, Subject.BLACKLIST, right)
            for right in (Right.READ_OWN, Right.READ_STATUS)
        ):
            raise Forbidden("what is published stands in publicBlacklist")
        chosen = where or BlacklistCaseWhere()
        body = chosen.deciding_body_id
        enterprise = principal.enterprise_id or UUID(int=0)
        found = queries.cases(
            state=chosen.state,
            publication=chosen.publication,
            penalty_body_id=node_id(body, Body, "decidingBodyId") if body else None,
            enterprise_id=enterprise if principal.role is Role.ENTERPRISE else None,
        )
        return await page(found, BlacklistCase.of, first=first, after=after, key="created_at")
