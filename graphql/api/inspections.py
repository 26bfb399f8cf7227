"""Inspections in the schema: task, team, checklist, record, order and re-inspection."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Body
from api.context import Info
from api.deadlines import LegalDeadline, deadlines_of
from api.hazards import place_of, trader_of
from api.nodes import NOBODY, RowNode
from api.register import Enterprise, Premises
from service.inspections import queries, records
from service.inspections.rules import ItemResult, Kind, Signature, State, Step, possible
from tenants import records as tenancy
from tenants.principal import Principal
from tenants.rights import Role, Subject

strawberry.enum(State, name="InspectionState", description="Where an inspection stands")
strawberry.enum(Step, name="InspectionStep", description="What can happen to an inspection")
strawberry.enum(Kind, name="InspectionKind", description="Kind of inspection (Order 375 art. 3)")
strawberry.enum(ItemResult, name="InspectionItemResult", description="Outcome of one item")
strawberry.enum(Signature, name="RecordSignature", description="How the record ended")


@strawberry.type(description="Officer who was on site, with the card as it was that day")
class InspectionOfficer:
    """One member of the team."""

    name: str = strawberry.field(description="Name of the officer")
    card_no: str = strawberry.field(description="Number of the enforcement card")
    card_valid_to: date = strawberry.field(description="Last day of the card")
    day: date = strawberry.field(description="Day on site")
    reinspection: bool = strawberry.field(description="Indicates the re-inspection")


@strawberry.type(description="Result of one item of the checklist")
class InspectionCheck:
    """One line."""

    item: str = strawberry.field(description="Code of the item")
    result: ItemResult = strawberry.field(description="Outcome of the item")
    note: str | None = strawberry.field(description="What was found")
    hazard_id: strawberry.ID | None = strawberry.field(
        description="Global id of the hazard that follows the finding up"
    )
    captured_at: datetime | None = strawberry.field(description="Timestamp of the device")
    received_at: datetime | None = strawberry.field(description="Timestamp of the arrival here")


@strawberry.type(description="Step that was taken with an inspection")
class InspectionHistoryItem:
    """One line of the history."""

    step: Step = strawberry.field(description="Step that was taken")
    state: State = strawberry.field(description="State after the step")
    at: datetime = strawberry.field(description="Timestamp of the arrival here")
    captured_at: datetime = strawberry.field(description="Timestamp of the act")


@strawberry.type(description="Record of the visit (安全生产法 art. 68)")
class VisitRecord:
    """What the officers wrote down."""

    findings: str = strawberry.field(description="What was found")
    handling: str = strawberry.field(description="What is done about it")
    place: str = strawberry.field(description="Where the visit was")
    signature: Signature = strawberry.field(description="How the record ended")
    signed_by: str | None = strawberry.field(description="Who signed for the enterprise")
    refusal_reason: str | None = strawberry.field(description="Why the signature was refused")
    refusal_witness: str | None = strawberry.field(description="Who saw the refusal")
    recorded_at: datetime = strawberry.field(description="Timestamp of the record")


async def body_of(info: Info, body_id: UUID) -> Body | None:
    """The body, batched; null where the caller may not see the directory of its district."""

    async def load(keys: list[UUID]) -> list[tenancy.Body | None]:
        rows = {row.id: row for row in await tenancy.Body.filter(id__in=keys)}
        return [rows.get(key) for key in keys]

    found = await info.context.loader("body", load).load(body_id)
    return Body.of(found) if found else None


@strawberry.type(description="Inspection of one premises by one body, from task to closed loop")
class Inspection(RowNode, relay.Node):
    """One inspection."""

    model = records.Inspection
    object_kind = Subject.INSPECTION

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.Inspection]
    state: State = strawberry.field(description="Where the inspection stands")
    kind: Kind = strawberry.field(description="Kind of the inspection")
    items: list[str] = strawberry.field(description="Codes of the items to be checked")
    basis: str = strawberry.field(description="Why the premises are inspected")
    planned_on: date = strawberry.field(description="Day for which the visit is planned")
    urgent: bool = strawberry.field(description="Indicates that it may precede its approval")
    urgent_reason: str | None = strawberry.field(description="Why it is urgent")
    approved_at: datetime | None = strawberry.field(description="Timestamp of the approval")
    approved_afterwards: bool = strawberry.field(
        description="Indicates that the approval followed the visit"
    )
    code_issued_at: datetime | None = strawberry.field(
        description="Timestamp of the enforcement code, null where there is none"
    )
    no_code_reason: str | None = strawberry.field(description="Why the visit has no code")
    no_code_filed_on: date | None = strawberry.field(description="Day on which that was filed")
    refused_reason: str | None = strawberry.field(
        description="Why the enterprise refused the visit, or the body gave it up"
    )
    on_site_at: datetime | None = strawberry.field(description="Timestamp of the arrival on site")
    on_site_day: date | None = strawberry.field(description="Day of the visit")
    distance_m: int | None = strawberry.field(
        description="Metres between the device and the premises at the arrival"
    )
    measures: str | None = strawberry.field(description="What the order tells to put right")
    rectify_until: date | None = strawberry.field(description="Last day to put it right")
    rectify_reason: str | None = strawberry.field(
        description="Why its term is longer than usual, null for a usual one"
    )
    reinspected_on: date | None = strawberry.field(description="Day of the re-inspection")
    reinspection: str | None = strawberry.field(description="What the re-inspection found")
    case_id: strawberry.ID | None = strawberry.field(
        description="Global id of the case that grew out of it"
    )

    @strawberry.field(description="Record of the visit, null until it is made")
    def record(self) -> VisitRecord | None:
        """As kept by `signInspectionRecord`."""
        row = self.row
        if row.recorded_at is None:
            return None
        return VisitRecord(
            findings=row.findings,
            handling=row.handling,
            place=row.place,
            signature=Signature(row.signature),
            signed_by=row.signed_by or None,
            refusal_reason=row.refusal_reason or None,
            refusal_witness=row.refusal_witness or None,
            recorded_at=row.recorded_at,
        )

    @strawberry.field(description="Steps that can follow, in the order of the procedure")
    def possible_steps(self) -> list[Step]:
        """By the state alone."""
        return possible(
            self.state, urgent=self.row.urgent, approved=self.row.approved_at is not None
        )

    @strawberry.field(description="Premises of the inspection")
    async def premises(self, info: Info) -> Premises | None:
        """Null where the caller may not read the register."""
        return await place_of(info, self.row.premises_id)

    @strawberry.field(description="Enterprise of the inspection")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Null where the caller may not read the register."""
        return await trader_of(info, self.row.enterprise_id)

    @strawberry.field(description="Body that inspects")
    async def body(self, info: Info) -> Body | None:
        """Null outside its district."""
        return await body_of(info, self.row.body_id)

    @strawberry.field(description="Officers who were on site")
    async def officers(self, info: Info) -> list[InspectionOfficer]:
        """Loaded for the whole page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.InspectionOfficer]]:
            found = await queries.officers_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("inspection_officers", load).load(self.id)
        return [
            InspectionOfficer(
                name=row.name,
                card_no=row.card_no,
                card_valid_to=row.card_valid_to,
                day=row.day,
                reinspection=row.round > 0,
            )
            for row in rows
        ]

    @strawberry.field(description="Checklist, in the order of the task")
    async def checks(self, info: Info) -> list[InspectionCheck]:
        """Loaded for the whole page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.InspectionCheck]]:
            found = await queries.checks_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("inspection_checks", load).load(self.id)
        return [_check(row) for row in rows]

    @strawberry.field(description="Steps that were taken, oldest first")
    async def history(self, info: Info) -> list[InspectionHistoryItem]:
        """Loaded for the whole page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.InspectionEvent]]:
            found = await queries.history_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("inspection_history", load).load(self.id)
        return [
            InspectionHistoryItem(
                step=Step(row.step),
                state=State(row.state),
                at=row.at,
                captured_at=row.captured_at,
            )
            for row in rows
        ]

    @strawberry.field(description="Legal deadlines of the inspection, the earliest start first")
    async def deadlines(self, info: Info) -> list[LegalDeadline]:
        """Loaded for the whole page in one statement."""
        return await deadlines_of(info, self.id)

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own, a department its own body's."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        if principal.role is Role.DEPARTMENT:
            return found.filter(body_id=principal.body_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.Inspection) -> "Inspection":
        """The row as the schema shows it."""
        case = relay.to_base64("PenaltyCase", str(row.case_id)) if row.case_id else None
        return cls(
            id=row.id,
            row=row,
            state=State(row.state),
            kind=Kind(row.kind),
            items=list(row.items),
            basis=row.basis,
            planned_on=row.planned_on,
            urgent=row.urgent,
            urgent_reason=row.urgent_reason or None,
            approved_at=row.approved_at,
            approved_afterwards=row.approved_afterwards,
            code_issued_at=row.code_issued_at,
            no_code_reason=row.no_code_reason or None,
            no_code_filed_on=row.no_code_filed_on,
            refused_reason=row.refused_reason or None,
            on_site_at=row.on_site_at,
            on_site_day=row.on_site_day,
            distance_m=row.distance_m,
            measures=row.measures or None,
            rectify_until=row.rectify_until,
            rectify_reason=row.rectify_reason or None,
            reinspected_on=row.reinspected_on,
            reinspection=row.reinspection or None,
            case_id=strawberry.ID(case) if case else None,
        )


def _check(row: records.InspectionCheck) -> InspectionCheck:
    hazard = relay.to_base64("Hazard", str(row.hazard_id)) if row.hazard_id else None
    return InspectionCheck(
        item=row.item,
        result=ItemResult(row.result),
        note=row.note or None,
        hazard_id=strawberry.ID(hazard) if hazard else None,
        captured_at=row.captured_at,
        received_at=row.received_at,
    )
