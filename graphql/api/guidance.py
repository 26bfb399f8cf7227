"""Guidance visits in the schema: what was done, what is owed, and what heads are warned of."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.context import Info
from api.hazards import Hazard, own_line, place_of, trader_of
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise, Premises
from api.responsibility import ResponsiblePerson, person_of
from service.guidance import queries, records
from service.guidance.rules import EventKind, Flag, Rating, VisitKind
from service.hazards import records as hazards
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject, allows

strawberry.enum(VisitKind, name="GuidanceKind", description="What a visit of a head is in law")
strawberry.enum(Flag, name="CheckInFlag", description="What to know about a check-in")
strawberry.enum(EventKind, name="KeyEventKind", description="When heads must be on site")
strawberry.enum(Rating, name="GuidanceRating", description="How the enterprise found a visit")


@strawberry.type(description="Visit of a head to premises: advice, or a reference to an inspection")
class GuidanceVisit(RowNode, relay.Node):
    """One visit."""

    model = records.GuidanceVisit
    object_kind = Subject.GUIDANCE

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.GuidanceVisit]
    kind: VisitKind = strawberry.field(
        description="Advice, which uses up no cap, or an inspection that is recorded elsewhere"
    )
    day: date = strawberry.field(description="Day of the visit")
    captured_at: datetime = strawberry.field(description="Timestamp by the device")
    received_at: datetime = strawberry.field(description="Timestamp of the arrival here")
    latitude: float | None = strawberry.field(description="Latitude in degrees, WGS 84")
    longitude: float | None = strawberry.field(description="Longitude in degrees, WGS 84")
    distance_metres: int | None = strawberry.field(description="Distance from the premises")
    flags: list[Flag] = strawberry.field(description="What to know about the check-in")
    counts: bool = strawberry.field(
        description="Indicates that it counts for the duties; one that arrived too late does not"
    )
    note: str = strawberry.field(description="What was advised")
    rating: Rating | None = strawberry.field(description="How the enterprise found it")
    rating_note: str | None = strawberry.field(description="What the enterprise said")

    @strawberry.field(description="Head who visited")
    async def person(self, info: Info) -> ResponsiblePerson:
        """Batched."""
        return await person_of(info, self.row.person_id)

    @strawberry.field(description="Premises visited")
    async def premises(self, info: Info) -> Premises | None:
        """Null where the caller may not read the register."""
        return await place_of(info, self.row.premises_id)

    @strawberry.field(description="Enterprise visited")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Null where the caller may not read the register."""
        return await trader_of(info, self.row.enterprise_id)

    @strawberry.field(description="Joint visit that the inspection was, null for guidance")
    def inspection_id(self) -> strawberry.ID | None:
        """Global id."""
        given = self.row.inspection_id
        return strawberry.ID(relay.to_base64("JointVisit", str(given))) if given else None

    @strawberry.field(description="Hazards found; empty where the caller may not read hazards")
    async def hazards(self, info: Info) -> list[Hazard]:
        """Loaded for all visits of the page together; a department sees those of its line."""

        async def load(keys: list[UUID]) -> list[list[hazards.Hazard]]:
            found, line = await queries.hazards_of(keys), await own_line(info)
            return [[one for one in found[key] if line in (None, one.line)] for key in keys]

        if not allows(info.context.principal.role, Subject.HAZARD, Right.READ_OWN):
            return []
        rows = await info.context.loader("visit_hazards", load).load(self.id)
        return [Hazard.of(row) for row in rows]

    @strawberry.field(description="Evidence attached, global ids, oldest first")
    async def evidence_ids(self, info: Info) -> list[strawberry.ID]:
        """Loaded for all visits of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[UUID]]:
            found = await queries.evidence_of(keys)
            return [found[key] for key in keys]

        pieces = await info.context.loader("visit_evidence", load).load(self.id)
        return [strawberry.ID(relay.to_base64("Evidence", str(one))) for one in pieces]

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        return found

    @classmethod
    def of(cls, row: records.GuidanceVisit) -> "GuidanceVisit":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            kind=VisitKind(row.kind),
            day=row.day,
            captured_at=row.captured_at,
            received_at=row.received_at,
            latitude=row.latitude,
            longitude=row.longitude,
            distance_metres=row.distance_m,
            flags=[Flag(one) for one in row.flags],
            counts=row.counts,
            note=row.note,
            rating=Rating(row.rating) if row.rating else None,
            rating_note=row.rating_note or None,
        )


@strawberry.type(description="Event at which heads must be on site")
class KeyEvent(RowNode, relay.Node):
    """One event."""

    model = records.KeyEvent
    object_kind = Subject.SETTINGS

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.KeyEvent]
    kind: EventKind = strawberry.field(description="What happens")
    title: str = strawberry.field(description="What it is called")
    at: datetime = strawberry.field(description="Timestamp of the event")
    window_from: datetime = strawberry.field(description="From when a check-in serves, timestamp")
    window_to: datetime = strawberry.field(description="Until when a check-in serves, timestamp")
    cancelled_at: datetime | None = strawberry.field(description="When it was taken back")

    @strawberry.field(description="Premises of the event; null where any of the head's will do")
    async def premises(self, info: Info) -> Premises | None:
        """Batched."""
        return await place_of(info, self.row.premises_id) if self.row.premises_id else None

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Events are a matter of the authorities."""
        return found.filter(id=NOBODY) if principal.role is Role.ENTERPRISE else found

    @classmethod
    def of(cls, row: records.KeyEvent) -> "KeyEvent":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            kind=EventKind(row.kind),
            title=row.title,
            at=row.at,
            window_from=row.window_from,
            window_to=row.window_to,
            cancelled_at=row.cancelled_at,
        )


@strawberry.input(description="Filters of the list of guidance visits; all given must hold")
class GuidanceVisitWhere:
    """Every filter is optional."""

    person_id: relay.GlobalID | None = strawberry.field(default=None, description="Head")
    premises_id: relay.GlobalID | None = strawberry.field(default=None, description="Premises")
    kind: VisitKind | None = strawberry.field(default=None, description="Kind of visit")
    since: date | None = strawberry.field(default=None, description="First day")
    until: date | None = strawberry.field(default=None, description="Last day")


@strawberry.type
class GuidanceQuery:
    """Questions about guidance visits."""

    @strawberry.field(description="Guidance visits that the caller may see, newest first")
    async def guidance_visits(
        self,
        info: Info,
        where: GuidanceVisitWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[GuidanceVisit]:
        """One page; an enterprise sees its own."""
        info.context.require(Subject.GUIDANCE, Right.READ_OWN)
        chosen = where or GuidanceVisitWhere()
        person, place = chosen.person_id, chosen.premises_id
        found = queries.visits(
            person_id=node_id(person, ResponsiblePerson, "personId") if person else None,
            premises_id=node_id(place, Premises, "premisesId") if place else None,
            kind=chosen.kind,
            since=chosen.since,
            until=chosen.until,
        )
        seen = GuidanceVisit.seen(info.context.principal, found)
        return await page(seen, GuidanceVisit.of, first=first, after=after, key="happened_at")

    @strawberry.field(description="Events at which heads must be on site, newest first")
    async def key_events(
        self,
        info: Info,
        cancelled: Annotated[
            bool, strawberry.argument(description="With those that were taken back")
        ] = False,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[KeyEvent]:
        """One page."""
        info.context.require(Subject.SETTINGS, Right.READ_OWN)
        seen = KeyEvent.seen(info.context.principal, queries.events(cancelled=cancelled))
        return await page(seen, KeyEvent.of, first=first, after=after, key="at")
