"""Days on which nobody comes, in the schema: leave of officers, shut premises, quiet days."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.joint_inputs import DEMANDS
from api.nodes import NOBODY, node_id
from api.officers import Officer
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Premises
from service.errors import Invalid
from service.joint import days, records
from tenants.rights import Right, Role, Subject

strawberry.enum(days.AbsenceKind, description="Why an officer does not inspect")


@strawberry.type(description="Days on which somebody or something is not to be had")
class BlockedDays:
    """An absence, a closure or quiet days."""

    entry_id: strawberry.ID = strawberry.field(description="Id by which to take the entry back")
    first_day: date = strawberry.field(description="First day")
    last_day: date = strawberry.field(description="Last day")
    reason: str = strawberry.field(description="Why, in words or as a kind of absence")
    weekdays: list[int] = strawberry.field(
        description="Only these days of the weeks, 0 (Monday) to 6; every day when empty"
    )

    @classmethod
    def of(cls, row: Any) -> "BlockedDays":
        """The row as the schema shows it."""
        reason = row.kind if isinstance(row, records.OfficerAbsence) else row.reason
        return cls(
            entry_id=strawberry.ID(str(row.id)),
            first_day=row.first_day,
            last_day=row.last_day,
            reason=reason,
            weekdays=row.weekdays if isinstance(row, records.PremisesClosure) else [],
        )


@strawberry.type
class BlockedDaysQuery:
    """Questions about days on which nobody comes."""

    @strawberry.field(description="Days on which premises are shut, newest entry first")
    async def premises_closures(
        self,
        info: Info,
        premises_id: relay.GlobalID,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[BlockedDays]:
        """An enterprise reads those of its own premises."""
        info.context.require(Subject.REGISTER, Right.READ_OWN)
        wanted = node_id(premises_id, Premises, "premisesId")
        principal = info.context.principal
        if principal.role is Role.ENTERPRISE:
            own = Premises.model.filter(id=wanted, enterprise_id=principal.enterprise_id)
            wanted = wanted if await own.exists() else NOBODY
        found = records.PremisesClosure.filter(premises_id=wanted)
        return await page(found, BlockedDays.of, first=first, after=after)

    @strawberry.field(description="Days on which an officer does not inspect, newest entry first")
    async def officer_absences(
        self,
        info: Info,
        officer_id: relay.GlobalID,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[BlockedDays]:
        """One page."""
        info.context.require(Subject.OFFICER, Right.READ_OWN)
        wanted = node_id(officer_id, Officer, "officerId")
        found = records.OfficerAbsence.filter(officer_id=wanted)
        return await page(found, BlockedDays.of, first=first, after=after)

    @strawberry.field(description="Days on which nobody inspects, newest entry first")
    async def quiet_days(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[BlockedDays]:
        """Those of the office and of the towns in sight."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        found = records.QuietDays.all()
        return await page(found, BlockedDays.of, first=first, after=after, shared=True)


@strawberry.input(description="Days on which an officer does not inspect")
class EnterOfficerAbsenceInput(KeyedInput):
    """Input of `enterOfficerAbsence`."""

    officer_id: relay.GlobalID = strawberry.field(description="Officer of the caller's body")
    kind: days.AbsenceKind = strawberry.field(description="Why")
    first_day: date = strawberry.field(description="First day")
    last_day: date = strawberry.field(description="Last day")


@strawberry.input(description="Days on which premises are shut")
class ClosePremisesDaysInput(KeyedInput):
    """Input of `closePremisesDays`."""

    premises_id: relay.GlobalID = strawberry.field(description="Premises")
    first_day: date = strawberry.field(description="First day")
    last_day: date = strawberry.field(description="Last day")
    weekdays: list[int] = strawberry.field(
        default_factory=list,
        description="Only these days of the weeks, 0 (Monday) to 6; every day when empty",
    )
    reason: str = strawberry.field(description="Reason, at most 200 characters")


@strawberry.input(description="Days on which nobody inspects (企业安静期)")
class KeepQuietDaysInput(KeyedInput):
    """Input of `keepQuietDays`."""

    first_day: date = strawberry.field(description="First day")
    last_day: date = strawberry.field(description="Last day")
    reason: str = strawberry.field(description="Reason, at most 200 characters")


@strawberry.input(description="Blocked days to be taken back")
class TakeBackDaysInput(KeyedInput):
    """Input of `takeBackDays`."""

    entry_id: strawberry.ID = strawberry.field(description="Id of the entry")


async def _absent(info: Info, input: EnterOfficerAbsenceInput) -> BlockedDays:
    row = await days.enter_absence(
        info.context.principal.body_id,
        node_id(input.officer_id, Officer, "officerId"),
        input.kind,
        input.first_day,
        input.last_day,
    )
    return BlockedDays.of(row)


def _own(info: Info) -> UUID | None:
    """The enterprise whose days alone the caller keeps, None for those who keep all."""
    principal = info.context.principal
    return (principal.enterprise_id or NOBODY) if principal.role is Role.ENTERPRISE else None


async def _close(info: Info, input: ClosePremisesDaysInput) -> BlockedDays:
    own = _own(info)
    if own is None:
        info.context.require(Subject.REGISTER, Right.WRITE)
    row = await days.close_premises(
        own,
        node_id(input.premises_id, Premises, "premisesId"),
        input.first_day,
        input.last_day,
        input.reason,
        input.weekdays,
    )
    return BlockedDays.of(row)


async def _quiet(info: Info, input: KeepQuietDaysInput) -> BlockedDays:
    committee = info.context.principal.role is Role.COMMITTEE
    info.context.require(Subject.DEMAND, Right.ARBITRATE if committee else Right.DECIDE)
    row = await days.keep_quiet(info.context.home, input.first_day, input.last_day, input.reason)
    return BlockedDays.of(row)


async def _take_back(info: Info, input: TakeBackDaysInput) -> strawberry.ID:
    try:
        wanted = UUID(input.entry_id)
    except ValueError as error:
        raise Invalid("no id of ours", path=("input", "entryId")) from error
    own = _own(info)
    if own is None:
        info.context.require(*DEMANDS)
    await days.take_back(wanted, own)
    return input.entry_id


BLOCKED = ("entry", BlockedDays)


@strawberry.type
class BlockedDaysMutation:
    """Acts on days on which nobody comes."""

    enter_officer_absence: Any = act(
        "enterOfficerAbsence",
        "Note days on which an officer of the caller's body does not inspect",
        EnterOfficerAbsenceInput,
        BLOCKED,
        _absent,
        needs=(Subject.OFFICER, Right.WRITE),
    )
    close_premises_days: Any = act(
        "closePremisesDays",
        "Note days on which premises are shut; an enterprise for its own",
        ClosePremisesDaysInput,
        BLOCKED,
        _close,
        needs=(Subject.REGISTER, Right.READ_OWN),
    )
    keep_quiet_days: Any = act(
        "keepQuietDays",
        "Note days on which nobody inspects: in the town, or in the district for its office",
        KeepQuietDaysInput,
        BLOCKED,
        _quiet,
        needs=(Subject.DEMAND, Right.READ_OWN),
    )
    take_back_days: Any = act(
        "takeBackDays",
        "Take an absence, a closure or quiet days back",
        TakeBackDaysInput,
        ("entry_id", strawberry.ID),
        _take_back,
        needs=(Subject.DEMAND, Right.READ_OWN),
    )
