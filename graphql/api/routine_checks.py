"""Routine checks in the schema: routines with their calendars, checks, and rates of completion."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Tenant
from api.context import Info
from api.hazards import place_of
from api.hazards_counts import Ratio, towns_in_scope
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Premises
from service import clock
from service.routine_checks import queries, records
from service.routine_checks.rules import Kind, State
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject, allows

strawberry.enum(Kind, name="RoutineKind", description="Who checks, and how often (日周月排查)")
strawberry.enum(State, name="RoutineCheckState", description="Where a routine check stands")


class OwnedNode(RowNode):
    """Base of rows that an enterprise sees of its own only."""

    object_kind = Subject.ROUTINE_CHECK

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        return found


def require_list(info: Info) -> None:
    """Refuse the list; an application that fills checks also sees which are due.

    Raises:
        Forbidden: as said.
    """
    writes = info.context.principal.role is Role.APP
    info.context.require(Subject.ROUTINE_CHECK, Right.WRITE if writes else Right.READ_OWN)


@strawberry.type(description="How a routine runs from a day on")
class RoutineVersion:
    """One version; it governs the periods that begin while it is in force."""

    number: int = strawberry.field(description="Number of the version, from 1")
    effective_from: date = strawberry.field(description="First day of the version")
    items: list[str] = strawberry.field(description="What is checked, in this order")
    due_on: int = strawberry.field(
        description="Weekday 1 (Monday) to 7 of a weekly check, day of the month of a monthly one"
    )
    closing_weekdays: list[int] = strawberry.field(
        description="Weekdays on which the unit is shut, 1 (Monday) to 7"
    )
    keeps_holidays: bool = strawberry.field(
        description="Indicates that the unit is also shut on statutory holidays"
    )


@strawberry.type(description="Days on which a unit is shut out of the ordinary")
class UnitClosure:
    """One closure, told before it began."""

    first: date = strawberry.field(description="First day")
    last: date = strawberry.field(description="Last day")
    reason: str = strawberry.field(description="Why the unit is shut")
    told_at: datetime = strawberry.field(description="Timestamp at which it was told")


@strawberry.type(description="Routine of one unit of an enterprise (日周月排查)")
class CheckRoutine(OwnedNode, relay.Node):
    """One routine."""

    model = records.CheckRoutine

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.CheckRoutine]
    kind: Kind = strawberry.field(description="Who checks, and how often")
    unit: str = strawberry.field(description="Unit of the enterprise")
    ends_on: date | None = strawberry.field(description="Last day, null while it runs")

    @strawberry.field(description="Premises of the routine")
    async def premises(self, info: Info) -> Premises | None:
        """Null where the caller may not read the register."""
        return await place_of(info, self.row.premises_id)

    @strawberry.field(description="Versions of the routine, oldest first")
    async def versions(self, info: Info) -> list[RoutineVersion]:
        """Loaded for all routines of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.CheckRoutineVersion]]:
            found = await queries.versions_of(keys)
            return [found[key] for key in keys]

        return [
            RoutineVersion(
                number=row.number,
                effective_from=row.effective_from,
                items=list(row.items),
                due_on=row.due_on,
                closing_weekdays=list(row.closing_weekdays),
                keeps_holidays=row.keeps_holidays,
            )
            for row in await info.context.loader("routine_versions", load).load(self.id)
        ]

    @strawberry.field(description="Closures of the unit, in the order of their days")
    async def closures(self, info: Info) -> list[UnitClosure]:
        """Loaded for all routines of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.UnitClosure]]:
            found = await queries.closures_of(keys)
            return [found[key] for key in keys]

        return [
            UnitClosure(
                first=row.first_day, last=row.last_day, reason=row.reason, told_at=row.told_at
            )
            for row in await info.context.loader("unit_closures", load).load(self.id)
        ]

    @classmethod
    def of(cls, row: records.CheckRoutine) -> "CheckRoutine":
        """The row as the schema shows it."""
        return cls(id=row.id, row=row, kind=Kind(row.kind), unit=row.unit, ends_on=row.ends_on)


@strawberry.type(description="What was found at one item of a routine check")
class RoutineCheckAnswer:
    """One answer."""

    item: int = strawberry.field(description="Number of the item, from 1")
    text: str = strawberry.field(description="What was to be checked")
    passed: bool = strawberry.field(description="Indicates that nothing was wrong")
    remark: str = strawberry.field(description="What was found")
    hazard_id: strawberry.ID | None = strawberry.field(
        description="Global id of the hazard that a failed item made"
    )


@strawberry.type(description="Check that is or was due in one period of a routine")
class RoutineCheck(OwnedNode, relay.Node):
    """One check."""

    model = records.RoutineCheck

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.RoutineCheck]
    kind: Kind = strawberry.field(description="Who checks, and how often")
    state: State = strawberry.field(description="Where the check stands")
    period: date = strawberry.field(description="First day of the period of the check")
    due_on: date = strawberry.field(description="Last day to do the check")
    captured_at: datetime | None = strawberry.field(description="Timestamp of the check on site")
    received_at: datetime | None = strawberry.field(
        description="Timestamp at which it reached us, later where there was no network"
    )
    missed_on: date | None = strawberry.field(description="Day on which it was marked as missed")

    @strawberry.field(description="Routine of the check")
    async def routine(self, info: Info) -> CheckRoutine | None:
        """Loaded for all checks of the page in one statement."""

        async def load(keys: list[UUID]) -> list[records.CheckRoutine | None]:
            rows = {row.id: row for row in await queries.routines().filter(id__in=keys)}
            return [rows.get(key) for key in keys]

        found = await info.context.loader("check_routine", load).load(self.row.routine_id)
        return CheckRoutine.of(found) if found else None

    @strawberry.field(description="Items to check, in the version that governs this check")
    async def items(self, info: Info) -> list[str]:
        """Loaded for all checks of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[str]]:
            rows = await records.CheckRoutineVersion.filter(id__in=keys)
            found = {row.id: list(row.items) for row in rows}
            return [found.get(key, []) for key in keys]

        found: list[str] = await info.context.loader("routine_items", load).load(
            self.row.version_id
        )
        return found

    @strawberry.field(description="What was found, in the order of the items")
    async def answers(self, info: Info) -> list[RoutineCheckAnswer]:
        """Loaded for all checks of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.RoutineCheckAnswer]]:
            found = await queries.answers_of(keys)
            return [found[key] for key in keys]

        return [
            RoutineCheckAnswer(
                item=row.item,
                text=row.text,
                passed=row.passed,
                remark=row.remark,
                hazard_id=strawberry.ID(relay.to_base64("Hazard", str(row.hazard_id)))
                if row.hazard_id
                else None,
            )
            for row in await info.context.loader("routine_answers", load).load(self.id)
        ]

    @classmethod
    def of(cls, row: records.RoutineCheck) -> "RoutineCheck":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            kind=Kind(row.kind),
            state=State(row.state),
            period=row.period,
            due_on=row.due_on,
            captured_at=row.captured_at,
            received_at=row.received_at,
            missed_on=row.missed_on,
        )


@strawberry.type(description="Routine checks of one kind in one town that were due in a period")
class RoutineCompletion:
    """Numbers only; what was due comes from the calendars of the units."""

    town: Tenant = strawberry.field(description="Town that is counted")
    kind: Kind = strawberry.field(description="Who checks, and how often")
    on_time: Ratio = strawberry.field(description="Done by their last day, of those due (完成率)")
    late: int = strawberry.field(description="Done within the days of grace")
    missed: int = strawberry.field(description="Not done, whether a row says so or not")


@strawberry.input(description="Filters of the list of routine checks; all given must hold")
class RoutineCheckWhere:
    """Every filter is optional."""

    state: State | None = strawberry.field(default=None, description="State of the check")
    kind: Kind | None = strawberry.field(default=None, description="Who checks, and how often")
    premises_id: relay.GlobalID | None = strawberry.field(default=None, description="Premises")
    due_from: date | None = strawberry.field(default=None, description="Due on this day or later")
    due_until: date | None = strawberry.field(
        default=None, description="Due on this day or earlier"
    )


@strawberry.type
class RoutineCheckQuery:
    """Questions about routine checks."""

    @strawberry.field(description="Routines that the caller may see, newest first")
    async def check_routines(
        self,
        info: Info,
        kind: Kind | None = None,
        premises_id: relay.GlobalID | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[CheckRoutine]:
        """One page; an enterprise sees its own."""
        require_list(info)
        place = node_id(premises_id, Premises, "premisesId") if premises_id else None
        found = queries.routines(kind=kind, premises_id=place)
        seen = CheckRoutine.seen(info.context.principal, found)
        return await page(seen, CheckRoutine.of, first=first, after=after)

    @strawberry.field(description="Routine checks that the caller may see, latest due first")
    async def routine_checks(
        self,
        info: Info,
        where: RoutineCheckWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[RoutineCheck]:
        """One page; an enterprise sees its own."""
        require_list(info)
        chosen = where or RoutineCheckWhere()
        place = chosen.premises_id
        found = queries.checks(
            state=chosen.state,
            kind=chosen.kind,
            premises_id=node_id(place, Premises, "premisesId") if place else None,
            due_from=chosen.due_from,
            due_until=chosen.due_until,
        )
        seen = RoutineCheck.seen(info.context.principal, found)
        return await page(seen, RoutineCheck.of, first=first, after=after, key="due_on")

    @strawberry.field(description="Completion of routine checks by town and kind (完成率)")
    async def routine_completion(
        self, info: Info, since: date, until: date | None = None
    ) -> list[RoutineCompletion]:
        """Of those due from `since` to `until`, yesterday by default, at most a year."""
        principal = info.context.principal
        counts = allows(principal.role, Subject.ROUTINE_CHECK, Right.READ_COUNTS)
        right = Right.READ_COUNTS if counts else Right.READ_OWN
        if principal.role is Role.ENTERPRISE:
            right = Right.READ_COUNTS
        info.context.require(Subject.ROUTINE_CHECK, right)
        found = await queries.completion(*queries.span(since, until, clock.now()))
        towns = {town.id: town for town in await towns_in_scope(info)}
        return [
            RoutineCompletion(
                town=Tenant.of(towns[town]),
                kind=kind,
                on_time=Ratio.of(one.on_time),
                late=one.late,
                missed=one.missed,
            )
            for (town, kind), one in sorted(
                found.items(),
                key=lambda item: (
                    towns[item[0][0]].division_code if item[0][0] in towns else "",
                    list(Kind).index(item[0][1]),
                ),
            )
            if town in towns
        ]
