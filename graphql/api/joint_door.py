"""The door of an enterprise in the schema: codes, arrival, refusal and rating."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.joint import JointVisit
from api.nodes import NOBODY, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Premises
from service.errors import Forbidden
from service.joint import arrivals, records, responses
from tenants.rights import Capability, Right, Role, Subject

strawberry.enum(
    arrivals.CodeVerdict, name="VisitCodeVerdict", description="What an enforcement code is worth"
)


@strawberry.type(description="Enforcement code (执法码) of a visit in this half minute")
class VisitCode:
    """Shown by the officers, as text or as a QR code of its address."""

    code: str = strawberry.field(description="The code")
    path: str = strawberry.field(
        description="Path of the page on this server that checks the code, for a QR code"
    )
    valid_until: datetime = strawberry.field(description="Timestamp after which it is stale")


@strawberry.type(description="Inspection that an enterprise turned away for want of a code")
class InspectionRefusal:
    """One refusal."""

    who_came: str = strawberry.field(description="Who came, in the enterprise's words")
    reason: str = strawberry.field(description="Reason of the enterprise")
    refused_at: datetime = strawberry.field(description="Timestamp of the refusal")
    premises_id: strawberry.ID = strawberry.field(description="Global id of the premises")

    @classmethod
    def of(cls, row: records.VisitRefusal) -> "InspectionRefusal":
        """The row as the schema shows it."""
        return cls(
            who_came=row.who_came,
            reason=row.reason,
            refused_at=row.refused_at,
            premises_id=strawberry.ID(str(relay.GlobalID("Premises", str(row.premises_id)))),
        )


def _comes_along(info: Info) -> None:
    """An inspector, or an officer whose body takes part; the command looks at the visit."""
    if info.context.principal.role is Role.INSPECTOR:
        info.context.require(Subject.JOINT_INSPECTION, Right.WRITE)
    else:
        info.context.require(Subject.JOINT_INSPECTION, Right.DECIDE, Capability.LEADS)


@strawberry.type
class DoorQuery:
    """Questions at the door."""

    @strawberry.field(description="Code that the team shows now; for bodies that take part")
    async def visit_code(self, info: Info, visit_id: relay.GlobalID) -> VisitCode:
        """See `service.joint.arrivals.show_code`."""
        _comes_along(info)
        wanted = node_id(visit_id, JointVisit, "visitId")
        code, until = await arrivals.show_code(wanted, info.context.principal.body_id)
        return VisitCode(code=code, path=f"/visit-codes/{code}", valid_until=until)

    @strawberry.field(description="Code to hang at premises (企业码), which the team scans")
    async def premises_code(self, info: Info, premises_id: relay.GlobalID) -> str:
        """The enterprise sees that of its own premises."""
        info.context.require(Subject.REGISTER, Right.READ_OWN)
        wanted = node_id(premises_id, Premises, "premisesId")
        await _own_premises(info, wanted)
        return await arrivals.current_print(wanted)

    @strawberry.field(description="Inspections that were turned away, newest first")
    async def inspection_refusals(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[InspectionRefusal]:
        """An enterprise reads its own."""
        info.context.require(Subject.JOINT_INSPECTION, Right.READ_OWN)
        found = records.VisitRefusal.all()
        principal = info.context.principal
        if principal.role is Role.ENTERPRISE:
            found = found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        return await page(found, InspectionRefusal.of, first=first, after=after)


async def _own_premises(info: Info, premises_id: UUID) -> None:
    principal = info.context.principal
    if principal.role is Role.ENTERPRISE:
        found = Premises.model.filter(id=premises_id, enterprise_id=principal.enterprise_id)
        if not await found.exists():
            raise Forbidden("these are not your premises", path=("input", "premisesId"))


@strawberry.input(description="Code that a team shows at the door")
class CheckVisitCodeInput(KeyedInput):
    """Input of `checkVisitCode`."""

    code: str = strawberry.field(description="The code, typed or scanned")


@strawberry.input(description="Premises whose code is replaced")
class ReprintPremisesCodeInput(KeyedInput):
    """Input of `reprintPremisesCode`."""

    premises_id: relay.GlobalID = strawberry.field(description="Premises")


@strawberry.input(description="Arrival of the team at the premises")
class ArriveAtJointVisitInput(KeyedInput):
    """Input of `arriveAtJointVisit`."""

    visit_id: relay.GlobalID = strawberry.field(description="Visit")
    premises_code: str = strawberry.field(description="Code scanned at the premises (企业码)")


@strawberry.input(description="Inspection that is turned away")
class RefuseWithoutCodeInput(KeyedInput):
    """Input of `refuseWithoutCode`."""

    premises_id: relay.GlobalID = strawberry.field(description="Premises that were to be inspected")
    visit_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Visit that the team named, if it is in the calendar"
    )
    who_came: str = strawberry.field(description="Who came, 2 to 200 characters")
    reason: str = strawberry.field(description="Reason, 4 to 400 characters")


@strawberry.input(description="Marks for the body that led a visit")
class RateJointVisitInput(KeyedInput):
    """Input of `rateJointVisit`; the body learns means over many ratings only."""

    visit_id: relay.GlobalID = strawberry.field(description="Visit that took place")
    lawful: int = strawberry.field(description="Done by the law, 1 (bad) to 5 (good)")
    courteous: int = strawberry.field(description="Done with courtesy, 1 to 5")
    useful: int = strawberry.field(description="Of use to you, 1 to 5")


async def _check(info: Info, input: CheckVisitCodeInput) -> dict[str, Any]:
    enterprise = info.context.principal.enterprise_id or NOBODY
    verdict, visit_id = await arrivals.judge(input.code, enterprise)
    row = await records.JointVisit.get(id=visit_id) if visit_id else None
    return {"verdict": verdict, "visit": JointVisit.of(row) if row else None}


async def _reprint(info: Info, input: ReprintPremisesCodeInput) -> str:
    wanted = node_id(input.premises_id, Premises, "premisesId")
    await _own_premises(info, wanted)
    return await arrivals.reprint(wanted)


async def _arrive(info: Info, input: ArriveAtJointVisitInput) -> JointVisit:
    _comes_along(info)
    wanted = node_id(input.visit_id, JointVisit, "visitId")
    body = info.context.principal.body_id
    return JointVisit.of(await arrivals.arrive(wanted, body, input.premises_code))


async def _refuse(info: Info, input: RefuseWithoutCodeInput) -> InspectionRefusal:
    row = await responses.refuse_inspection(
        info.context.principal.enterprise_id,
        node_id(input.premises_id, Premises, "premisesId"),
        node_id(input.visit_id, JointVisit, "visitId") if input.visit_id else None,
        input.who_came,
        input.reason,
    )
    return InspectionRefusal.of(row)


async def _rate(info: Info, input: RateJointVisitInput) -> JointVisit:
    wanted = node_id(input.visit_id, JointVisit, "visitId")
    marks = responses.Marks(input.lawful, input.courteous, input.useful)
    await responses.rate_visit(info.context.principal.enterprise_id, wanted, marks)
    return JointVisit.of(await records.JointVisit.get(id=wanted))


@strawberry.type
class DoorMutation:
    """Acts at the door."""

    check_visit_code: Any = act(
        "checkVisitCode",
        "Check the code of the team at the door; a valid one may not be refused any more",
        CheckVisitCodeInput,
        ("visit", JointVisit | None),
        _check,
        needs=(Subject.JOINT_INSPECTION, Right.OBJECT),
        also={"verdict": (arrivals.CodeVerdict | None, "What the code is worth")},
    )
    reprint_premises_code: Any = act(
        "reprintPremisesCode",
        "Make a new code for premises; every older print is void",
        ReprintPremisesCodeInput,
        ("code", str | None),
        _reprint,
        needs=(Subject.REGISTER, Right.READ_OWN),
    )
    refuse_without_code: Any = act(
        "refuseWithoutCode",
        "Turn away who shows no valid code; for the enterprise",
        RefuseWithoutCodeInput,
        ("refusal", InspectionRefusal | None),
        _refuse,
        needs=(Subject.JOINT_INSPECTION, Right.OBJECT),
        codes=("CONFLICT",),
    )
    rate_joint_visit: Any = act(
        "rateJointVisit",
        "Rate the body that led a visit; it never learns who rated",
        RateJointVisitInput,
        ("visit", JointVisit | None),
        _rate,
        needs=(Subject.DEMAND, Right.RATE),
        codes=("CONFLICT",),
    )
    arrive_at_joint_visit: Any = act(
        "arriveAtJointVisit",
        "Note that the team scanned the code at the premises",
        ArriveAtJointVisitInput,
        ("visit", JointVisit | None),
        _arrive,
        needs=(Subject.JOINT_INSPECTION, Right.READ_OWN),
        codes=("CONFLICT",),
    )
