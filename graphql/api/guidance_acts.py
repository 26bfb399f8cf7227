"""Acts of guidance: check in on site or later, attach, rate, declare an event."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.evidence import Evidence
from api.guidance import GuidanceVisit, KeyEvent
from api.hazards_acts import KeyedAct
from api.joint import JointVisit
from api.nodes import NOBODY, node_id
from api.register import Premises
from api.responsibility import ResponsiblePerson
from service.errors import Invalid
from service.guidance import commands, records
from service.guidance.rules import EventKind, Place, Rating
from service.hazards.rules import Category
from tenants.rights import Right, Subject


@strawberry.input(description="Hazard seen on a guidance visit")
class GuidanceFindingInput:
    """One hazard."""

    category: Category = strawberry.field(description="What the hazard is about")
    description: str = strawberry.field(description="What was seen, at most 2000 characters")


@strawberry.enum(description="Why a check-in was not kept")
class CheckInErrorCode(Enum):
    """Codes of `checkIn`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    OUT_OF_OFFICE = "OUT_OF_OFFICE"
    WRONG_PERSON = "WRONG_PERSON"
    NOT_GUIDANCE = "NOT_GUIDANCE"
    CONFLICT = "CONFLICT"


@strawberry.input(description="What the device kept of a visit, maybe hours ago and off line")
class CheckInInput(KeyedAct):
    """Input of `checkIn`."""

    person_id: relay.GlobalID = strawberry.field(description="Head who was there")
    premises_id: relay.GlobalID = strawberry.field(description="Premises visited")
    captured_at: datetime = strawberry.field(
        description="Timestamp by the device; the same check-in sent again finds the first"
    )
    latitude: float | None = strawberry.field(default=None, description="Latitude, WGS 84")
    longitude: float | None = strawberry.field(default=None, description="Longitude, WGS 84")
    note: str = strawberry.field(
        default="", description="What was advised, at most 2000 characters"
    )
    inspection_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Joint visit, where this was an inspection recorded there"
    )
    findings: list[GuidanceFindingInput] = strawberry.field(
        default_factory=list, description="Hazards seen, at most 20; reported with the visit"
    )
    evidence_ids: list[relay.GlobalID] = strawberry.field(
        default_factory=list, description="Evidence of the same town, at most 20"
    )


@strawberry.type(description="Answer to `checkIn`")
class CheckInPayload:
    """The visit, or why not."""

    visit: GuidanceVisit | None = strawberry.field(description="Visit that was kept")
    errors: list[MutationError[CheckInErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why evidence was not attached")
class AttachGuidanceEvidenceErrorCode(Enum):
    """Codes of `attachGuidanceEvidence`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Evidence of a visit")
class AttachGuidanceEvidenceInput(KeyedAct):
    """Input of `attachGuidanceEvidence`."""

    visit_id: relay.GlobalID = strawberry.field(description="Visit")
    evidence_ids: list[relay.GlobalID] = strawberry.field(
        description="Evidence of the same town, 1 to 20"
    )


@strawberry.type(description="Answer to `attachGuidanceEvidence`")
class AttachGuidanceEvidencePayload:
    """The visit, or why not."""

    visit: GuidanceVisit | None = strawberry.field(description="Visit after the act")
    errors: list[MutationError[AttachGuidanceEvidenceErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a visit was not rated")
class RateGuidanceErrorCode(Enum):
    """Codes of `rateGuidance`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    NOT_GUIDANCE = "NOT_GUIDANCE"
    CONFLICT = "CONFLICT"


@strawberry.input(description="How the enterprise found a guidance visit")
class RateGuidanceInput(KeyedAct):
    """Input of `rateGuidance`."""

    visit_id: relay.GlobalID = strawberry.field(description="Visit to the caller's enterprise")
    rating: Rating = strawberry.field(description="How it was found")
    note: str = strawberry.field(default="", description="In words, at most 400 characters")


@strawberry.type(description="Answer to `rateGuidance`")
class RateGuidancePayload:
    """The visit, or why not."""

    visit: GuidanceVisit | None = strawberry.field(description="Visit after the act")
    errors: list[MutationError[RateGuidanceErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an event was not declared")
class DeclareKeyEventErrorCode(Enum):
    """Codes of `declareKeyEvent`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.input(description="Event at which heads must be on site")
class DeclareKeyEventInput(KeyedAct):
    """Input of `declareKeyEvent`."""

    kind: EventKind = strawberry.field(description="What happens")
    title: str = strawberry.field(description="What it is called, at most 200 characters")
    at: datetime = strawberry.field(description="Timestamp of the event")
    premises_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Premises; only a KEY_NODE may do without"
    )


@strawberry.type(description="Answer to `declareKeyEvent`")
class DeclareKeyEventPayload:
    """The event, or why not."""

    event: KeyEvent | None = strawberry.field(description="Event that was declared")
    errors: list[MutationError[DeclareKeyEventErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an event was not cancelled")
class CancelKeyEventErrorCode(Enum):
    """Codes of `cancelKeyEvent`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Event that was declared by mistake")
class CancelKeyEventInput(KeyedAct):
    """Input of `cancelKeyEvent`."""

    event_id: relay.GlobalID = strawberry.field(description="Event")
    reason: str = strawberry.field(description="Why, at most 200 characters")


@strawberry.type(description="Answer to `cancelKeyEvent`")
class CancelKeyEventPayload:
    """The event, or why not."""

    event: KeyEvent | None = strawberry.field(description="Event after the act")
    errors: list[MutationError[CancelKeyEventErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


def check_in_of(given: CheckInInput) -> commands.CheckIn:
    """What the command wants.

    Raises:
        Invalid: one coordinate without the other, a time without its zone, or a wrong id.
    """
    if (given.latitude is None) != (given.longitude is None):
        raise Invalid("give both coordinates or none", path=("input", "latitude"))
    if given.captured_at.tzinfo is None:
        raise Invalid("capturedAt needs an offset", path=("input", "capturedAt"))
    inspection = given.inspection_id
    place = None
    if given.latitude is not None and given.longitude is not None:
        place = Place(given.latitude, given.longitude)
    return commands.CheckIn(
        given.captured_at,
        place,
        given.note,
        node_id(inspection, JointVisit, "inspectionId") if inspection else None,
        [commands.Finding(one.category, one.description) for one in given.findings],
        [node_id(one, Evidence, "evidenceIds") for one in given.evidence_ids],
    )


def _visit(row: records.GuidanceVisit | None) -> GuidanceVisit | None:
    return GuidanceVisit.of(row) if row else None


def _event(row: records.KeyEvent | None) -> KeyEvent | None:
    return KeyEvent.of(row) if row else None


@strawberry.type
class GuidanceMutation:
    """Acts of guidance."""

    @strawberry.mutation(
        description="Keep that a head was on site; far, late or without position is marked only"
    )
    async def check_in(self, info: Info, input: CheckInInput) -> CheckInPayload:
        """See `service.guidance.commands.check_in`."""

        async def act() -> records.GuidanceVisit:
            info.context.require(Subject.GUIDANCE, Right.WRITE)
            if input.findings:
                info.context.require(Subject.HAZARD, Right.WRITE)
            return await commands.check_in(
                node_id(input.person_id, ResponsiblePerson, "personId"),
                node_id(input.premises_id, Premises, "premisesId"),
                check_in_of(input),
            )

        row, errors = await attempt(CheckInErrorCode, act())
        return CheckInPayload(visit=_visit(row), errors=errors)

    @strawberry.mutation(description="Attach evidence to a visit")
    async def attach_guidance_evidence(
        self, info: Info, input: AttachGuidanceEvidenceInput
    ) -> AttachGuidanceEvidencePayload:
        """See `service.guidance.commands.attach`."""

        async def act() -> records.GuidanceVisit:
            info.context.require(Subject.GUIDANCE, Right.WRITE)
            wanted = [node_id(one, Evidence, "evidenceIds") for one in input.evidence_ids]
            return await commands.attach(node_id(input.visit_id, GuidanceVisit, "visitId"), wanted)

        row, errors = await attempt(AttachGuidanceEvidenceErrorCode, act())
        return AttachGuidanceEvidencePayload(visit=_visit(row), errors=errors)

    @strawberry.mutation(description="Say how a guidance visit to one's own enterprise was")
    async def rate_guidance(self, info: Info, input: RateGuidanceInput) -> RateGuidancePayload:
        """See `service.guidance.commands.rate`."""

        async def act() -> records.GuidanceVisit:
            info.context.require(Subject.GUIDANCE, Right.RATE)
            own = info.context.principal.enterprise_id or NOBODY
            visit = node_id(input.visit_id, GuidanceVisit, "visitId")
            return await commands.rate(visit, own, input.rating, input.note)

        row, errors = await attempt(RateGuidanceErrorCode, act())
        return RateGuidancePayload(visit=_visit(row), errors=errors)

    @strawberry.mutation(description="Declare an event at which the heads must be on site")
    async def declare_key_event(
        self, info: Info, input: DeclareKeyEventInput
    ) -> DeclareKeyEventPayload:
        """See `service.guidance.commands.declare_event`."""

        async def act() -> records.KeyEvent:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            if input.at.tzinfo is None:
                raise Invalid("at needs an offset", path=("input", "at"))
            place = input.premises_id
            return await commands.declare_event(
                info.context.home,
                input.kind,
                input.title,
                input.at,
                node_id(place, Premises, "premisesId") if place else None,
            )

        row, errors = await attempt(DeclareKeyEventErrorCode, act())
        return DeclareKeyEventPayload(event=_event(row), errors=errors)

    @strawberry.mutation(description="Take an event back that was declared by mistake")
    async def cancel_key_event(
        self, info: Info, input: CancelKeyEventInput
    ) -> CancelKeyEventPayload:
        """See `service.guidance.commands.cancel_event`."""

        async def act() -> records.KeyEvent:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            event = node_id(input.event_id, KeyEvent, "eventId")
            return await commands.cancel_event(event, input.reason)

        row, errors = await attempt(CancelKeyEventErrorCode, act())
        return CancelKeyEventPayload(event=_event(row), errors=errors)
