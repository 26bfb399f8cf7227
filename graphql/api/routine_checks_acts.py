"""Acts with routine checks: a routine set up, changed, closed for a while, ended; filled."""

from datetime import date, datetime, timedelta
from enum import Enum
from uuid import UUID

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.hazards_acts import KeyedAct, party_of
from api.nodes import node_id
from api.register import Premises
from api.routine_checks import CheckRoutine, RoutineCheck
from service import clock
from service.hazards.rules import Category
from service.routine_checks import commands, records
from service.routine_checks.rules import Answer, Closure, Kind, Version
from tenants.rights import Right, Subject


@strawberry.input
class RoutineAct(KeyedAct):
    """The routine an act is about."""

    routine_id: relay.GlobalID = strawberry.field(description="Routine of the act")


@strawberry.input(description="How a routine runs")
class RoutineVersionInput:
    """One version."""

    items: list[str] = strawberry.field(description="What is checked, 1 to 60 items")
    due_on: int = strawberry.field(
        default=1,
        description="Weekday 1 (Monday) to 7 of a weekly check, day of the month of a monthly one",
    )
    closing_weekdays: list[int] = strawberry.field(
        default_factory=list, description="Weekdays on which the unit is shut, 1 (Monday) to 7"
    )
    keeps_holidays: bool = strawberry.field(
        default=False, description="Indicates that the unit is also shut on statutory holidays"
    )
    effective_from: date | None = strawberry.field(
        default=None, description="First day; by default today, or for a change tomorrow"
    )

    def version(self, tomorrow: bool) -> Version:
        """As the rules know it."""
        today = clock.legal_day(clock.now())
        return Version(
            0,
            self.effective_from or today + timedelta(days=tomorrow),
            tuple(one.strip() for one in self.items),
            self.due_on,
            frozenset(self.closing_weekdays),
            self.keeps_holidays,
        )


@strawberry.input(description="What was found at one item")
class RoutineAnswerInput:
    """One answer."""

    item: int = strawberry.field(description="Number of the item, from 1")
    passed: bool = strawberry.field(description="Indicates that nothing was wrong")
    remark: str = strawberry.field(default="", description="What was found, needed where it failed")
    category: Category | None = strawberry.field(
        default=None, description="What the hazard of a failed item is about, OTHER by default"
    )


def routine_of(given: RoutineAct) -> UUID:
    """The plain id of the act's routine.

    Raises:
        Invalid: not the id of a routine.
    """
    return node_id(given.routine_id, CheckRoutine, "routineId")


@strawberry.enum(description="Why a routine was not set up")
class CreateCheckRoutineErrorCode(Enum):
    """Codes of `createCheckRoutine`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Routine of a unit")
class CreateCheckRoutineInput(KeyedAct):
    """Input of `createCheckRoutine`."""

    premises_id: relay.GlobalID = strawberry.field(description="Premises of the unit")
    kind: Kind = strawberry.field(description="Who checks, and how often")
    unit: str = strawberry.field(description="Unit of the enterprise, at most 100 characters")
    version: RoutineVersionInput = strawberry.field(description="How the routine runs")


@strawberry.type(description="Answer to `createCheckRoutine`")
class CreateCheckRoutinePayload:
    """The routine, or why not."""

    routine: CheckRoutine | None = strawberry.field(description="Routine after the act")
    errors: list[MutationError[CreateCheckRoutineErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a routine was not changed")
class ChangeCheckRoutineErrorCode(Enum):
    """Codes of `changeCheckRoutine`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Routine and how it runs from a day on")
class ChangeCheckRoutineInput(RoutineAct):
    """Input of `changeCheckRoutine`."""

    version: RoutineVersionInput = strawberry.field(description="How the routine runs")


@strawberry.type(description="Answer to `changeCheckRoutine`")
class ChangeCheckRoutinePayload:
    """The routine, or why not."""

    routine: CheckRoutine | None = strawberry.field(description="Routine after the act")
    errors: list[MutationError[ChangeCheckRoutineErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a closure was not entered")
class CloseUnitErrorCode(Enum):
    """Codes of `closeUnit`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    YEAR_NOT_PUBLISHED = "YEAR_NOT_PUBLISHED"


@strawberry.input(description="Days on which a unit is shut")
class CloseUnitInput(RoutineAct):
    """Input of `closeUnit`."""

    first: date = strawberry.field(description="First day, tomorrow or later")
    last: date = strawberry.field(description="Last day")
    reason: str = strawberry.field(description="Why, at most 200 characters")


@strawberry.type(description="Answer to `closeUnit`")
class CloseUnitPayload:
    """The routine, or why not."""

    routine: CheckRoutine | None = strawberry.field(description="Routine after the act")
    errors: list[MutationError[CloseUnitErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a routine was not ended")
class EndCheckRoutineErrorCode(Enum):
    """Codes of `endCheckRoutine`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    YEAR_NOT_PUBLISHED = "YEAR_NOT_PUBLISHED"


@strawberry.input(description="Routine that ends")
class EndCheckRoutineInput(RoutineAct):
    """Input of `endCheckRoutine`."""

    on: date | None = strawberry.field(default=None, description="Last day, today by default")


@strawberry.type(description="Answer to `endCheckRoutine`")
class EndCheckRoutinePayload:
    """The routine, or why not."""

    routine: CheckRoutine | None = strawberry.field(description="Routine after the act")
    errors: list[MutationError[EndCheckRoutineErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a check was not filled")
class FillRoutineCheckErrorCode(Enum):
    """Codes of `fillRoutineCheck`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_FILLED = "ALREADY_FILLED"
    NOT_YET_DUE = "NOT_YET_DUE"


@strawberry.input(description="Check and what was found")
class FillRoutineCheckInput(KeyedAct):
    """Input of `fillRoutineCheck`."""

    check_id: relay.GlobalID = strawberry.field(description="Check of the act")
    answers: list[RoutineAnswerInput] = strawberry.field(
        description="What was found, each item once"
    )
    captured_at: datetime | None = strawberry.field(
        default=None, description="Timestamp of the check on site, now by default"
    )


@strawberry.type(description="Answer to `fillRoutineCheck`")
class FillRoutineCheckPayload:
    """The check, or why not."""

    check: RoutineCheck | None = strawberry.field(description="Check after the act")
    errors: list[MutationError[FillRoutineCheckErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class RoutineCheckMutation:
    """Acts with routine checks."""

    @strawberry.mutation(description="Set up the routine of a unit of an enterprise")
    async def create_check_routine(
        self, info: Info, input: CreateCheckRoutineInput
    ) -> CreateCheckRoutinePayload:
        """See `service.routine_checks.commands.create`."""

        async def act() -> records.CheckRoutine:
            info.context.require(Subject.ROUTINE_CHECK, Right.WRITE)
            return await commands.create(
                node_id(input.premises_id, Premises, "premisesId"),
                kind=input.kind,
                unit=input.unit,
                version=input.version.version(tomorrow=False),
                party=party_of(info),
            )

        row, errors = await attempt(CreateCheckRoutineErrorCode, act())
        return CreateCheckRoutinePayload(
            routine=CheckRoutine.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(
        description="Let a routine run otherwise from a later day on; periods that have begun stay"
    )
    async def change_check_routine(
        self, info: Info, input: ChangeCheckRoutineInput
    ) -> ChangeCheckRoutinePayload:
        """See `service.routine_checks.commands.change`."""

        async def act() -> records.CheckRoutine:
            info.context.require(Subject.ROUTINE_CHECK, Right.WRITE)
            return await commands.change(
                routine_of(input), input.version.version(tomorrow=True), party_of(info)
            )

        row, errors = await attempt(ChangeCheckRoutineErrorCode, act())
        return ChangeCheckRoutinePayload(
            routine=CheckRoutine.of(row) if row else None, errors=errors
        )

    @strawberry.mutation(description="Tell that the unit of a routine is shut on some days to come")
    async def close_unit(self, info: Info, input: CloseUnitInput) -> CloseUnitPayload:
        """See `service.routine_checks.commands.close_unit`."""

        async def act() -> records.CheckRoutine:
            info.context.require(Subject.ROUTINE_CHECK, Right.WRITE)
            return await commands.close_unit(
                routine_of(input), Closure(input.first, input.last), input.reason, party_of(info)
            )

        row, errors = await attempt(CloseUnitErrorCode, act())
        return CloseUnitPayload(routine=CheckRoutine.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Let a routine end; its past stays")
    async def end_check_routine(
        self, info: Info, input: EndCheckRoutineInput
    ) -> EndCheckRoutinePayload:
        """See `service.routine_checks.commands.end`."""

        async def act() -> records.CheckRoutine:
            info.context.require(Subject.ROUTINE_CHECK, Right.WRITE)
            day = input.on or clock.legal_day(clock.now())
            return await commands.end(routine_of(input), day, party_of(info))

        row, errors = await attempt(EndCheckRoutineErrorCode, act())
        return EndCheckRoutinePayload(routine=CheckRoutine.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Fill a routine check; each failed item makes a hazard")
    async def fill_routine_check(
        self, info: Info, input: FillRoutineCheckInput
    ) -> FillRoutineCheckPayload:
        """See `service.routine_checks.commands.fill`."""

        async def act() -> records.RoutineCheck:
            info.context.require(Subject.ROUTINE_CHECK, Right.WRITE)
            captured = input.captured_at
            if captured is not None and captured.tzinfo is None:
                captured = captured.replace(tzinfo=clock.SHANGHAI)
            return await commands.fill(
                node_id(input.check_id, RoutineCheck, "checkId"),
                [
                    Answer(
                        one.item,
                        one.passed,
                        one.remark,
                        one.category.value if one.category else "",
                    )
                    for one in input.answers
                ],
                captured_at=captured,
                party=party_of(info),
            )

        row, errors = await attempt(FillRoutineCheckErrorCode, act())
        return FillRoutineCheckPayload(check=RoutineCheck.of(row) if row else None, errors=errors)
