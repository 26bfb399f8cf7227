"""The door of an enterprise in the schema: codes, arrival, refusal, rating, burden, calendars."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.administration import Body
from api.context import Info
from api.joint import JointVisit, body_of
from api.nodes import NOBODY, node_id
from api.officers import Officer
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise, Premises
from service.errors import Forbidden, Invalid
from service.joint import arrivals, calendars, figures, records, responses
from service.officers.records import Officer as OfficerRow
from tenants.rights import Capability, Right, Role, Subject

strawberry.enum(
    arrivals.CodeVerdict, name="VisitCodeVerdict", description="What an enforcement code is worth"
)
strawberry.enum(calendars.CalendarKind, description="Whose calendar it is")

FirstDay = Annotated[date, strawberry.argument(description="First day of the period")]
LastDay = Annotated[date, strawberry.argument(description="Last day of the period")]


@strawberry.type(description="Enforcement code (执法码) of a visit in this half minute")
class VisitCode:
    """Shown by the officers, as text or as a QR code of its address."""

    code: str = strawberry.field(description="The code")
    path: str = strawberry.field(
        description="Path of the page on this server that checks the code, for a QR code"
    )
    valid_until: datetime = strawberry.field(description="Timestamp after which it is stale")


@strawberry.type(description="Share with what it is a share of")
class JointRatio:
    """One figure."""

    value: float | None = strawberry.field(
        description="The share, null where there is nothing to divide by"
    )
    numerator: int = strawberry.field(description="Numerator")
    denominator: int = strawberry.field(description="Denominator")

    @classmethod
    def of(cls, ratio: figures.Ratio) -> "JointRatio":
        """As the schema shows it."""
        return cls(value=ratio.value, numerator=ratio.numerator, denominator=ratio.denominator)


@strawberry.type(
    description="Visits of a period against every body coming alone, recognised results included"
)
class BurdenReceipt:
    """One receipt; those of all enterprises add up to the figure of all."""

    visits: int = strawberry.field(description="Visits that took place")
    merged_demands: int = strawberry.field(description="Demands served together with others")
    separate_visits: int = strawberry.field(
        description="Visits if each body had come alone, and for each recognised demand"
    )
    recognised: int = strawberry.field(description="Demands satisfied by another body's result")
    spared: int = strawberry.field(description="Visits that nobody had to make")

    @classmethod
    def of(cls, made: figures.Receipt) -> "BurdenReceipt":
        """As the schema shows it."""
        return cls(
            visits=made.visits,
            merged_demands=made.merged_demands,
            separate_visits=made.separate_visits,
            recognised=made.recognised,
            spared=made.spared,
        )


@strawberry.type(description="Figures of joint enforcement over what the caller may see")
class JointFigures:
    """Never scored: numbers of inspections assess nobody (国办发〔2024〕54号)."""

    receipt: BurdenReceipt = strawberry.field(description="Visits against separate ones")
    duplicates: JointRatio = strawberry.field(
        description="Inspections that repeat another too soon"
    )
    merge_gain: JointRatio = strawberry.field(
        description="Visits spared of those if made separately"
    )
    joint_share: JointRatio = strawberry.field(description="Visits of two bodies or more")
    recognition: JointRatio = strawberry.field(
        description="Visits whose result another body took over"
    )
    cap_breaches: int = strawberry.field(description="Lines of the ledger above their cap")
    refusals: int = strawberry.field(description="Inspections turned away for want of a code")


@strawberry.type(description="Means of the marks of one body in a period")
class BodyRating:
    """Shown only where so many rated that nobody is recognised."""

    body_id: strawberry.Private[UUID]
    ratings: int = strawberry.field(description="Number of ratings")
    lawful: float = strawberry.field(description="Done by the law, 1 (bad) to 5 (good)")
    courteous: float = strawberry.field(description="Done with courtesy, 1 to 5")
    useful: float = strawberry.field(description="Of use to the enterprise, 1 to 5")

    @strawberry.field(description="Body that was rated")
    async def body(self, info: Info) -> Body | None:
        """Loaded in batches."""
        return await body_of(info, self.body_id)


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


@strawberry.type(description="Secret address of a calendar")
class CalendarFeed:
    """One address."""

    feed_id: strawberry.ID = strawberry.field(description="Id by which to make it void")
    kind: calendars.CalendarKind = strawberry.field(description="Whose calendar it is")
    path: str | None = strawberry.field(
        description="Path on this server to subscribe to; shown once, null afterwards"
    )
    created_at: datetime = strawberry.field(description="Timestamp of its making")
    revoked_at: datetime | None = strawberry.field(description="Timestamp of its end")

    @classmethod
    def of(cls, row: records.CalendarFeed, token: str | None = None) -> "CalendarFeed":
        """The row as the schema shows it."""
        return cls(
            feed_id=strawberry.ID(str(row.id)),
            kind=calendars.CalendarKind(row.kind),
            path=f"/calendars/{token}.ics" if token else None,
            created_at=row.created_at,
            revoked_at=row.revoked_at,
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

    @strawberry.field(description="What merging and recognition spared one enterprise")
    async def burden_receipt(
        self, info: Info, enterprise_id: relay.GlobalID, first_day: FirstDay, last_day: LastDay
    ) -> BurdenReceipt:
        """An enterprise reads its own."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        wanted = node_id(enterprise_id, Enterprise, "enterpriseId")
        principal = info.context.principal
        if principal.role is Role.ENTERPRISE and principal.enterprise_id != wanted:
            wanted = NOBODY
        return BurdenReceipt.of(await figures.receipt(wanted, first_day, last_day))

    @strawberry.field(description="Figures of joint enforcement; not for enterprises")
    async def joint_figures(
        self, info: Info, first_day: FirstDay, last_day: LastDay
    ) -> JointFigures | None:
        """Over the rows in scope."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        if info.context.principal.role is Role.ENTERPRISE:
            return None
        found = await figures.figures(first_day, last_day)
        return JointFigures(
            receipt=BurdenReceipt.of(found.receipt),
            duplicates=JointRatio.of(found.duplicates),
            merge_gain=JointRatio.of(found.merge_gain),
            joint_share=JointRatio.of(found.joint_share),
            recognition=JointRatio.of(found.recognition),
            cap_breaches=found.cap_breaches,
            refusals=found.refusals,
        )

    @strawberry.field(description="How enterprises rate the bodies; not for enterprises")
    async def body_ratings(
        self, info: Info, first_day: FirstDay, last_day: LastDay
    ) -> list[BodyRating]:
        """Bodies with too few ratings are left out."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        if info.context.principal.role is Role.ENTERPRISE:
            return []
        return [
            BodyRating(
                body_id=one.body_id,
                ratings=one.ratings,
                lawful=one.lawful,
                courteous=one.courteous,
                useful=one.useful,
            )
            for one in await responses.ratings(info.context.home, first_day, last_day)
        ]

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


@strawberry.input(description="Calendar to subscribe to")
class SubscribeCalendarInput(KeyedInput):
    """Input of `subscribeCalendar`."""

    kind: calendars.CalendarKind = strawberry.field(description="Whose calendar")
    officer_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Officer of the caller's body, with OFFICER"
    )


@strawberry.input(description="Calendar address to be made void")
class UnsubscribeCalendarInput(KeyedInput):
    """Input of `unsubscribeCalendar`."""

    feed_id: strawberry.ID = strawberry.field(description="Id of the address")


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


async def _subscribe(info: Info, input: SubscribeCalendarInput) -> CalendarFeed:
    made = await calendars.subscribe(info.context.home, input.kind, await _subject(info, input))
    return CalendarFeed.of(made.feed, made.token)


async def _subject(info: Info, input: SubscribeCalendarInput) -> UUID:
    """Whose calendar the caller may have: its enterprise's, its body's, its body's officers'.

    Raises:
        Forbidden: the caller speaks for none.
        Invalid: no officer of the caller's body is named.
    """
    principal = info.context.principal
    own = {
        calendars.CalendarKind.ENTERPRISE: principal.enterprise_id,
        calendars.CalendarKind.BODY: principal.body_id,
        calendars.CalendarKind.OFFICER: principal.body_id,
    }[input.kind]
    if own is None:
        raise Forbidden("this calendar is not yours to share", path=("input", "kind"))
    if input.kind is not calendars.CalendarKind.OFFICER:
        return own
    wanted = node_id(input.officer_id, Officer, "officerId") if input.officer_id else NOBODY
    if not await OfficerRow.filter(id=wanted, body_id=own).exists():
        raise Invalid("name an officer of your body", path=("input", "officerId"))
    return wanted


async def _unsubscribe(info: Info, input: UnsubscribeCalendarInput) -> CalendarFeed:
    try:
        wanted = UUID(input.feed_id)
    except ValueError as error:
        raise Invalid("no id of ours", path=("input", "feedId")) from error
    return CalendarFeed.of(await calendars.unsubscribe(wanted))


READS = (Subject.DEMAND, Right.READ_OWN)


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
    subscribe_calendar: Any = act(
        "subscribeCalendar",
        "Make a secret address under which phones subscribe to a calendar",
        SubscribeCalendarInput,
        ("feed", CalendarFeed | None),
        _subscribe,
        needs=READS,
    )
    unsubscribe_calendar: Any = act(
        "unsubscribeCalendar",
        "Make a calendar address void",
        UnsubscribeCalendarInput,
        ("feed", CalendarFeed | None),
        _unsubscribe,
        needs=READS,
    )
