"""Legal deadlines in the schema: what is due, by which article, for which body."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.context import Info
from api.nodes import NOBODY, RowNode
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service import clock
from service.deadlines import queries, records
from service.deadlines.rules import DeadlineState, SubjectKind, standing
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject

strawberry.enum(DeadlineState, name="DeadlineState", description="Where a deadline stands today")
strawberry.enum(SubjectKind, name="DeadlineSubject", description="What a deadline is about")

SUBJECT_TYPES = {SubjectKind.INSPECTION: "Inspection", SubjectKind.CASE: "PenaltyCase"}


@strawberry.type(description="Limit that the law sets to one act in an inspection or a case")
class LegalDeadline(RowNode, relay.Node):
    """One deadline."""

    model = records.LegalDeadline
    object_kind = Subject.INSPECTION

    id: relay.NodeID[UUID]
    subject: SubjectKind = strawberry.field(description="What the deadline is about")
    subject_id: strawberry.ID = strawberry.field(description="Global id of that object")
    rule: str = strawberry.field(description="Id of the rule in the rule packs")
    article: str = strawberry.field(description="Article that sets the limit")
    source: str = strawberry.field(description="Law or order of the article")
    confirmed: bool = strawberry.field(
        description="Indicates that the limit was checked against the promulgated text"
    )
    on_party: bool = strawberry.field(
        description="Indicates that the enterprise must act, not the body"
    )
    started_on: date = strawberry.field(description="Day of the event that starts the clock")
    due_on: date | None = strawberry.field(
        description="Last day, null where the year's holidays are not published yet"
    )
    missing_year: int | None = strawberry.field(description="Year that is not published yet")
    met_on: date | None = strawberry.field(description="Day on which the act was done")
    state: DeadlineState = strawberry.field(description="Where the deadline stands today")

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own and none of a person's case; a body those of its own."""
        if principal.role is Role.ENTERPRISE:
            own = found.filter(enterprise_id=principal.enterprise_id or NOBODY)
            return own.filter(of_person=False)
        if principal.role is Role.DEPARTMENT:
            return found.filter(body_id=principal.body_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.LegalDeadline) -> "LegalDeadline":
        """The row as the schema shows it."""
        kind = SubjectKind(row.subject_kind)
        today = clock.legal_day(clock.now())
        return cls(
            id=row.id,
            subject=kind,
            subject_id=strawberry.ID(relay.to_base64(SUBJECT_TYPES[kind], str(row.subject_id))),
            rule=row.rule,
            article=row.article,
            source=row.source,
            confirmed=row.confirmed,
            on_party=row.on_party,
            started_on=row.started_on,
            due_on=row.due_on,
            missing_year=row.missing_year,
            met_on=row.met_on,
            state=standing(row.due_on, row.met_on, row.dropped, today),
        )


async def deadlines_of(info: Info, subject_id: UUID) -> list[LegalDeadline]:
    """Deadlines of one inspection or case, batched for the page."""

    async def load(keys: list[UUID]) -> list[Iterable[records.LegalDeadline]]:
        found = await queries.deadlines_of(keys)
        return [found[key] for key in keys]

    rows = await info.context.loader("legal_deadlines", load).load(subject_id)
    return [LegalDeadline.of(row) for row in rows]


@strawberry.input(description="Filters of the list of deadlines; all given must hold")
class LegalDeadlineWhere:
    """Every filter is optional."""

    state: DeadlineState | None = strawberry.field(
        default=None, description="Where it stands; MET and MET_LATE are one list"
    )
    due_before: date | None = strawberry.field(
        default=None, description="Day before which it is due"
    )
    body_id: relay.GlobalID | None = strawberry.field(default=None, description="Body that acts")


@strawberry.type
class DeadlineQuery:
    """What is due."""

    @strawberry.field(description="Legal deadlines that the caller may see, the latest start first")
    async def legal_deadlines(
        self,
        info: Info,
        where: LegalDeadlineWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[LegalDeadline]:
        """One page; a department sees its own body's."""
        info.context.require(Subject.INSPECTION, Right.READ_OWN)
        chosen = where or LegalDeadlineWhere()
        found = queries.deadlines(
            clock.legal_day(clock.now()), state=chosen.state, due_before=chosen.due_before
        )
        if chosen.body_id is not None:
            from api.administration import Body
            from api.nodes import node_id

            found = found.filter(body_id=node_id(chosen.body_id, Body, "bodyId"))
        seen = LegalDeadline.seen(info.context.principal, found)
        return await page(seen, LegalDeadline.of, first=first, after=after, key="started_on")
