"""Questions about inspections: lists, the enforcement code, alarms of low yield."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.context import Info
from api.inspections import Inspection
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Premises
from service import clock
from service.inspections import codes, queries, records
from service.inspections.rules import Kind, State
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject

strawberry.enum(codes.Verdict, name="CodeVerdict", description="Outcome of checking a code")
Shown = Annotated[relay.GlobalID, strawberry.argument(description="Inspection whose code to show")]
Code = Annotated[str, strawberry.argument(description="Code as the officers show it")]
Explained = Annotated[
    bool | None, strawberry.argument(description="Only explained ones, or only the others")
]


@strawberry.type(description="Enforcement code (执法码) to be shown on site")
class EnforcementCode:
    """One code."""

    code: str = strawberry.field(description="Text of the code, for a QR picture or for typing")
    valid_until: datetime = strawberry.field(description="Timestamp of its end")


@strawberry.type(description="What a shown enforcement code is worth")
class EnforcementCodeCheck:
    """Outcome for the enterprise at its door."""

    verdict: codes.Verdict = strawberry.field(description="Whether the code holds")
    inspection: Inspection | None = strawberry.field(
        description="Task of the code, null unless it is the caller's and the code holds"
    )
    may_refuse: bool = strawberry.field(
        description="Indicates that the visit may be refused for want of a code"
    )


@strawberry.type(description="Alarm that one officer finds nothing at one enterprise, repeatedly")
class LowYieldAlarm(RowNode, relay.Node):
    """One alarm; it feeds no score."""

    model = records.LowYieldAlarm
    object_kind = Subject.INSPECTION

    id: relay.NodeID[UUID]
    officer_id: strawberry.ID = strawberry.field(description="Global id of the officer")
    enterprise_id: strawberry.ID = strawberry.field(description="Global id of the enterprise")
    visits: int = strawberry.field(description="Visits that found nothing")
    raised_on: date = strawberry.field(description="Day of the visit that raised it")
    explanation: str | None = strawberry.field(description="Explanation of the body")
    explained_on: date | None = strawberry.field(description="Day of the explanation")

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Not for enterprises; a department sees its own body's."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(id=NOBODY)
        if principal.role is Role.DEPARTMENT:
            return found.filter(body_id=principal.body_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.LowYieldAlarm) -> "LowYieldAlarm":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            officer_id=strawberry.ID(relay.to_base64("Officer", str(row.officer_id))),
            enterprise_id=strawberry.ID(relay.to_base64("Enterprise", str(row.enterprise_id))),
            visits=row.visits,
            raised_on=row.raised_on,
            explanation=row.explanation or None,
            explained_on=row.explained_on,
        )


@strawberry.input(description="Filters of the list of inspections; all given must hold")
class InspectionWhere:
    """Every filter is optional."""

    state: State | None = strawberry.field(default=None, description="State of the inspection")
    kind: Kind | None = strawberry.field(default=None, description="Kind of the inspection")
    premises_id: relay.GlobalID | None = strawberry.field(default=None, description="Premises")
    planned_from: date | None = strawberry.field(default=None, description="First planned day")
    planned_to: date | None = strawberry.field(default=None, description="Last planned day")


@strawberry.type
class InspectionQuery:
    """Questions about inspections."""

    @strawberry.field(description="Inspections that the caller may see, newest first")
    async def inspections(
        self,
        info: Info,
        where: InspectionWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Inspection]:
        """One page; an enterprise sees its own, a department its own body's."""
        info.context.require(Subject.INSPECTION, Right.READ_OWN)
        chosen = where or InspectionWhere()
        place = chosen.premises_id
        found = queries.inspections(
            state=chosen.state,
            kind=chosen.kind,
            premises_id=node_id(place, Premises, "premisesId") if place else None,
            planned_from=chosen.planned_from,
            planned_to=chosen.planned_to,
        )
        seen = Inspection.seen(info.context.principal, found)
        return await page(seen, Inspection.of, first=first, after=after, key="created_at")

    @strawberry.field(
        description="Fresh enforcement code of a visit, null where it has none to show"
    )
    async def enforcement_code(self, info: Info, inspection_id: Shown) -> EnforcementCode | None:
        """For the officers' phone; it changes every time and ends after minutes."""
        info.context.require(Subject.INSPECTION, Right.WRITE)
        row = await _own(info, node_id(inspection_id, Inspection, "inspectionId"))
        now = clock.now()
        if row is None or State(row.state) not in codes.SHOWN_IN or row.code_issued_at is None:
            return None
        shown = codes.show(row, now)
        return EnforcementCode(code=shown.code, valid_until=shown.valid_until)

    @strawberry.field(description="What an enforcement code is worth that officers show")
    async def verify_enforcement_code(self, info: Info, code: Code) -> EnforcementCodeCheck:
        """For the enterprise at its door: without a valid code it may refuse the visit."""
        info.context.require(Subject.INSPECTION, Right.READ_OWN)
        verdict, named = codes.read(code, clock.now())
        row = await _own(info, named) if named else None
        if row is None:
            verdict = codes.Verdict.NOT_OURS
        elif verdict is codes.Verdict.VALID and State(row.state) not in codes.SHOWN_IN:
            verdict = codes.Verdict.ENDED
        holds = verdict is codes.Verdict.VALID
        return EnforcementCodeCheck(
            verdict=verdict,
            inspection=Inspection.of(row) if row is not None and holds else None,
            may_refuse=not holds,
        )

    @strawberry.field(description="Alarms about inspections that find nothing, newest first")
    async def low_yield_alarms(
        self,
        info: Info,
        explained: Explained = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[LowYieldAlarm]:
        """One page."""
        info.context.require(Subject.INSPECTION, Right.READ_OWN)
        found = queries.low_yield_alarms(explained)
        seen = LowYieldAlarm.seen(info.context.principal, found)
        return await page(seen, LowYieldAlarm.of, first=first, after=after, key="raised_on")


async def _own(info: Info, inspection_id: UUID) -> records.Inspection | None:
    found = records.Inspection.filter(id=inspection_id)
    return await Inspection.seen(info.context.principal, found).get_or_none()
