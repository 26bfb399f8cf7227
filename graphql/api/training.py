"""Training in the schema: sessions with who attended, officers trained, cards that run out."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from api.administration import Tenant
from api.context import Info
from api.hazards_counts import Ratio
from api.nodes import RowNode
from api.officers import Officer
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service import clock
from service.hazards import indicators
from service.training import queries, records
from service.training.rules import Audience
from tenants import records as tenancy
from tenants.rights import Right, Subject

strawberry.enum(Audience, name="TrainingAudience", description="Who is trained")


@strawberry.type(description="Attendance of one person")
class TrainingAttendance:
    """One attendance."""

    attendee: str = strawberry.field(description="Who attended")
    minutes: int = strawberry.field(description="Minutes attended")
    officer_id: strawberry.ID | None = strawberry.field(
        description="Global id of the officer, null for people of enterprises"
    )
    enterprise_id: strawberry.ID | None = strawberry.field(
        description="Global id of the enterprise, null for officers"
    )

    @classmethod
    def of(cls, row: records.TrainingAttendance) -> "TrainingAttendance":
        """The row as the schema shows it."""
        return cls(
            attendee=row.attendee,
            minutes=row.minutes,
            officer_id=_global("Officer", row.officer_id),
            enterprise_id=_global("Enterprise", row.enterprise_id),
        )


def _global(kind: str, plain: UUID | None) -> strawberry.ID | None:
    return strawberry.ID(relay.to_base64(kind, str(plain))) if plain else None


@strawberry.type(description="Session of training that a body held (执法培训、企业培训)")
class TrainingSession(RowNode, relay.Node):
    """One session."""

    model = records.TrainingSession
    object_kind = Subject.TRAINING

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.TrainingSession]
    audience: Audience = strawberry.field(description="Who was trained")
    title: str = strawberry.field(description="What it was about")
    held_on: date = strawberry.field(description="Day")
    minutes: int = strawberry.field(description="Length in minutes")
    withdrawn_on: date | None = strawberry.field(
        description="Day on which it was taken back; from then on it does not count"
    )
    withdrawal: str | None = strawberry.field(description="Why it was taken back")

    @strawberry.field(description="Who attended, by name")
    async def attendances(self, info: Info) -> list[TrainingAttendance]:
        """Loaded for all sessions of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.TrainingAttendance]]:
            found = await queries.attendances_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("attendances", load).load(self.id)
        return [TrainingAttendance.of(row) for row in rows]

    @classmethod
    def of(cls, row: records.TrainingSession) -> "TrainingSession":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            audience=Audience(row.audience),
            title=row.title,
            held_on=row.held_on,
            minutes=row.minutes,
            withdrawn_on=row.withdrawn_on,
            withdrawal=row.withdrawal or None,
        )


@strawberry.type(description="Officers of one town or office who were trained in a year")
class TrainingCounts:
    """Numbers only."""

    town: Tenant = strawberry.field(description="Town or office that is counted")
    required_hours: int = strawberry.field(
        description="Hours that an officer needs in the year; practice and no confirmed law"
    )
    trained: Ratio = strawberry.field(
        description="Active officers with the hours, of the active officers"
    )


@strawberry.type
class TrainingQuery:
    """Questions about training."""

    @strawberry.field(description="Sessions that the caller may see, the latest first")
    async def training_sessions(
        self,
        info: Info,
        audience: Audience | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[TrainingSession]:
        """One page; a withdrawn session says so."""
        info.context.require(Subject.TRAINING, Right.READ_OWN)
        found = queries.sessions(audience=audience)
        seen = TrainingSession.seen(info.context.principal, found)
        return await page(seen, TrainingSession.of, first=first, after=after, key="held_on")

    @strawberry.field(description="Officers with the hours of a year, by town and office")
    async def training_counts(
        self,
        info: Info,
        year: Annotated[
            int | None, strawberry.argument(description="Year, this one by default")
        ] = None,
    ) -> list[TrainingCounts]:
        """Of every tenant in scope that has officers."""
        info.context.require(Subject.TRAINING, Right.READ_OWN)
        chosen = year or clock.legal_day(clock.now()).year
        found = await queries.trained(chosen)
        hours = await queries.required_hours(chosen)
        rows = tenancy.Tenant.filter(id__in=list(found)).order_by("division_code", "id")
        none = indicators.Ratio(0, 0)
        return [
            TrainingCounts(
                town=Tenant.of(row),
                required_hours=hours,
                trained=Ratio.of(found.get(row.id, none)),
            )
            for row in await rows
        ]

    @strawberry.field(description="Officers whose card has run out or soon will")
    async def expiring_cards(
        self,
        info: Info,
        within_days: Annotated[
            int, strawberry.argument(description="Days from today, at most 366")
        ] = 90,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Officer]:
        """One page of active officers."""
        info.context.require(Subject.OFFICER, Right.READ_OWN)
        found = queries.expiring(clock.legal_day(clock.now()), within_days)
        seen = Officer.seen(info.context.principal, found)
        return await page(seen, Officer.of, first=first, after=after)
