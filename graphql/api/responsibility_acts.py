"""Acts with responsible persons and plates."""

from datetime import date
from enum import Enum
from uuid import UUID

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.hazards import place_of
from api.hazards_acts import KeyedAct
from api.nodes import node_id, typed_id
from api.register import Enterprise, Premises
from api.responsibility import ResponsibilityPlate, ResponsiblePerson
from service.errors import Invalid
from service.responsibility import commands, records
from service.responsibility.queries import Selection
from service.responsibility.rules import Change, Heads, Outcome, Slot
from tenants.rights import Right, Subject

SHOWN = 100
"""Changes that an answer lists; the numbers count all."""


@strawberry.type(description="What an assignment makes of one premises")
class PlateChange:
    """One premises."""

    change: strawberry.Private[Change]
    outcome: Outcome = strawberry.field(description="What becomes of the plate")

    @strawberry.field(description="Premises of the plate")
    async def premises(self, info: Info) -> Premises | None:
        """Batched."""
        return await place_of(info, self.change.place.premises_id)

    @strawberry.field(description="Places for which nobody is known")
    def missing(self) -> list[Slot]:
        """Empty unless INCOMPLETE."""
        return self.change.heads.missing()


@strawberry.type(description="What an assignment changes, in numbers and premises by premises")
class PlateChanges:
    """Counted over all premises chosen."""

    all: strawberry.Private[list[Change]]

    @strawberry.field(description="Premises that got their first plate, or one again")
    def new(self) -> int:
        """Counted."""
        return self._count(Outcome.NEW)

    @strawberry.field(description="Premises whose plate says something else now")
    def changed(self) -> int:
        """Counted."""
        return self._count(Outcome.CHANGED)

    @strawberry.field(description="Premises whose plate said so already")
    def unchanged(self) -> int:
        """Counted."""
        return self._count(Outcome.UNCHANGED)

    @strawberry.field(description="Premises left alone, since one of the three is unknown")
    def incomplete(self) -> int:
        """Counted."""
        return self._count(Outcome.INCOMPLETE)

    @strawberry.field(description="Premises by premises, the first 100, incomplete ones first")
    def items(self) -> list[PlateChange]:
        """The unchanged ones last."""
        order = [Outcome.INCOMPLETE, Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED]
        found = sorted(self.all, key=lambda one: order.index(one.outcome))
        return [PlateChange(change=one, outcome=one.outcome) for one in found[:SHOWN]]

    def _count(self, wanted: Outcome) -> int:
        return sum(one.outcome is wanted for one in self.all)


@strawberry.input(description="Premises of the caller's town; all given must hold")
class PremisesSelection:
    """At least one of them."""

    premises_ids: list[relay.GlobalID] | None = strawberry.field(
        default=None, description="These premises, at most 100"
    )
    industry: str | None = strawberry.field(
        default=None, description="First characters of the class in GB/T 4754, such as 62"
    )
    grid_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Premises of this grid"
    )
    all: bool = strawberry.field(default=False, description="Every operating premises of the town")


@strawberry.input(description="Who shall stand on the plates; whoever is not named stays")
class PlateHeads:
    """At least one of them."""

    admin_head_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Administrative head (行政负责人)"
    )
    industry_head_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Head of the department in charge (行业监管部门负责人)"
    )
    enterprise_head_id: relay.GlobalID | None = strawberry.field(
        default=None,
        description="Person of the enterprise; by default its only one in office",
    )


def selection_of(given: PremisesSelection) -> Selection:
    """The premises chosen.

    Raises:
        Invalid: nothing is chosen, too much, or an id of something else.
    """
    ids = given.premises_ids
    grid = given.grid_id
    if ids is None and not given.industry and grid is None and not given.all:
        raise Invalid("choose by premisesIds, industry, gridId, or all", path=("input", "where"))
    if ids is not None and len(ids) > 100:
        raise Invalid("choose at most 100 premises by their ids", path=("input", "premisesIds"))
    if given.industry is not None and not (given.industry.isalnum() and len(given.industry) <= 8):
        raise Invalid("industry is 1 to 8 letters and digits", path=("input", "industry"))
    chosen = (
        tuple(node_id(one, Premises, "premisesIds") for one in ids) if ids is not None else None
    )
    return Selection(
        chosen, given.industry, grid_id=typed_id(grid, "Grid", "gridId") if grid else None
    )


def heads_of(given: PlateHeads) -> Heads:
    """The persons named.

    Raises:
        Invalid: an id of something else.
    """

    def one(of: relay.GlobalID | None, field: str) -> UUID | None:
        return node_id(of, ResponsiblePerson, field) if of else None

    return Heads(
        one(given.admin_head_id, "adminHeadId"),
        one(given.industry_head_id, "industryHeadId"),
        one(given.enterprise_head_id, "enterpriseHeadId"),
    )


@strawberry.enum(description="Why a person was not entered")
class EnterResponsiblePersonErrorCode(Enum):
    """Codes of `enterResponsiblePerson`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Person in an office")
class EnterResponsiblePersonInput(KeyedAct):
    """Input of `enterResponsiblePerson`."""

    name: str = strawberry.field(description="Name, at most 60 characters")
    office: str = strawberry.field(description="Office (职务), at most 60 characters")
    organisation: str = strawberry.field(description="Organisation, at most 100 characters")
    in_office_from: date = strawberry.field(description="First day in office")
    enterprise_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Enterprise, for a person of an enterprise"
    )


@strawberry.type(description="Answer to `enterResponsiblePerson`")
class EnterResponsiblePersonPayload:
    """The person, or why not."""

    person: ResponsiblePerson | None = strawberry.field(description="Person that was entered")
    errors: list[MutationError[EnterResponsiblePersonErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why the end of a term was not kept")
class LeaveOfficeErrorCode(Enum):
    """Codes of `leaveOffice`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Person who leaves office")
class LeaveOfficeInput(KeyedAct):
    """Input of `leaveOffice`."""

    person_id: relay.GlobalID = strawberry.field(description="Person who leaves")
    left_on: date = strawberry.field(description="First day no longer in office")


@strawberry.type(description="Answer to `leaveOffice`")
class LeaveOfficePayload:
    """The person, or why not."""

    person: ResponsiblePerson | None = strawberry.field(description="Person who left")
    errors: list[MutationError[LeaveOfficeErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why plates were not assigned")
class AssignPlatesErrorCode(Enum):
    """Codes of `assignPlates` and `previewPlates`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    OUT_OF_OFFICE = "OUT_OF_OFFICE"
    WRONG_PERSON = "WRONG_PERSON"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Premises and who answers for them")
class AssignPlatesInput(KeyedAct):
    """Input of `assignPlates`."""

    where: PremisesSelection = strawberry.field(description="Premises chosen")
    heads: PlateHeads = strawberry.field(description="Who shall stand on their plates")
    reason: str = strawberry.field(default="", description="Why, at most 200 characters")
    preview: bool = strawberry.field(
        default=False, description="Say what would change and change nothing"
    )


@strawberry.type(description="Answer to `assignPlates`")
class AssignPlatesPayload:
    """The changes, or why not."""

    changes: PlateChanges | None = strawberry.field(description="What was, or would be, changed")
    errors: list[MutationError[AssignPlatesErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a person was not replaced")
class ReplaceResponsiblePersonErrorCode(Enum):
    """Codes of `replaceResponsiblePerson`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    OUT_OF_OFFICE = "OUT_OF_OFFICE"
    WRONG_PERSON = "WRONG_PERSON"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Person who leaves and who takes the place")
class ReplaceResponsiblePersonInput(KeyedAct):
    """Input of `replaceResponsiblePerson`."""

    person_id: relay.GlobalID = strawberry.field(description="Person who leaves office today")
    successor_id: relay.GlobalID = strawberry.field(description="Person who takes the place")


@strawberry.type(description="Answer to `replaceResponsiblePerson`")
class ReplaceResponsiblePersonPayload:
    """The changes, or why not."""

    changes: PlateChanges | None = strawberry.field(description="Plates that were issued anew")
    errors: list[MutationError[ReplaceResponsiblePersonErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a plate was not withdrawn")
class WithdrawPlateErrorCode(Enum):
    """Codes of `withdrawPlate`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Plate to be taken down")
class WithdrawPlateInput(KeyedAct):
    """Input of `withdrawPlate`."""

    plate_id: relay.GlobalID = strawberry.field(description="Current version of the plate")
    reason: str = strawberry.field(description="Why, at most 200 characters")


@strawberry.type(description="Answer to `withdrawPlate`")
class WithdrawPlatePayload:
    """The plate, or why not."""

    plate: ResponsibilityPlate | None = strawberry.field(description="Plate that was taken down")
    errors: list[MutationError[WithdrawPlateErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


def _person(row: records.ResponsiblePerson | None) -> ResponsiblePerson | None:
    return ResponsiblePerson.of(row) if row else None


def _changes(found: list[Change] | None) -> PlateChanges | None:
    return None if found is None else PlateChanges(all=found)


@strawberry.type
class ResponsibilityMutation:
    """Acts with persons and plates."""

    @strawberry.mutation(description="Enter a person in an office who may stand on plates")
    async def enter_responsible_person(
        self, info: Info, input: EnterResponsiblePersonInput
    ) -> EnterResponsiblePersonPayload:
        """See `service.responsibility.commands.enter_person`."""

        async def act() -> records.ResponsiblePerson:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            trader = input.enterprise_id
            return await commands.enter_person(
                info.context.home,
                name=input.name,
                office=input.office,
                organisation=input.organisation,
                in_office_from=input.in_office_from,
                enterprise_id=node_id(trader, Enterprise, "enterpriseId") if trader else None,
            )

        row, errors = await attempt(EnterResponsiblePersonErrorCode, act())
        return EnterResponsiblePersonPayload(person=_person(row), errors=errors)

    @strawberry.mutation(description="Keep that a person left office; the places become vacant")
    async def leave_office(self, info: Info, input: LeaveOfficeInput) -> LeaveOfficePayload:
        """See `service.responsibility.commands.leave_office`."""

        async def act() -> records.ResponsiblePerson:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            person = node_id(input.person_id, ResponsiblePerson, "personId")
            return await commands.leave_office(person, input.left_on)

        row, errors = await attempt(LeaveOfficeErrorCode, act())
        return LeaveOfficePayload(person=_person(row), errors=errors)

    @strawberry.mutation(
        description="Issue plates for many premises of the town at once, or preview what changes"
    )
    async def assign_plates(self, info: Info, input: AssignPlatesInput) -> AssignPlatesPayload:
        """See `service.responsibility.commands.assign_plates`."""

        async def act() -> list[Change]:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            owner, chosen = info.context.home, selection_of(input.where)
            if input.preview:
                return await commands.plan_assignment(owner, chosen, heads_of(input.heads))
            return await commands.assign_plates(owner, chosen, heads_of(input.heads), input.reason)

        found, errors = await attempt(AssignPlatesErrorCode, act())
        return AssignPlatesPayload(changes=_changes(found), errors=errors)

    @strawberry.mutation(
        description="Replace a person who leaves office on every plate that names them"
    )
    async def replace_responsible_person(
        self, info: Info, input: ReplaceResponsiblePersonInput
    ) -> ReplaceResponsiblePersonPayload:
        """See `service.responsibility.commands.replace_person`."""

        async def act() -> list[Change]:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            return await commands.replace_person(
                node_id(input.person_id, ResponsiblePerson, "personId"),
                node_id(input.successor_id, ResponsiblePerson, "successorId"),
            )

        found, errors = await attempt(ReplaceResponsiblePersonErrorCode, act())
        return ReplaceResponsiblePersonPayload(changes=_changes(found), errors=errors)

    @strawberry.mutation(description="Take a plate down without another in its place")
    async def withdraw_plate(self, info: Info, input: WithdrawPlateInput) -> WithdrawPlatePayload:
        """See `service.responsibility.commands.withdraw_plate`."""

        async def act() -> records.ResponsibilityPlate:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            plate = node_id(input.plate_id, ResponsibilityPlate, "plateId")
            return await commands.withdraw_plate(plate, input.reason)

        row, errors = await attempt(WithdrawPlateErrorCode, act())
        shown = ResponsibilityPlate.of(row) if row else None
        return WithdrawPlatePayload(plate=shown, errors=errors)
