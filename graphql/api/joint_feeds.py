"""Secret addresses of calendars in the schema."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.nodes import NOBODY, node_id
from api.officers import Officer
from service.errors import Forbidden, Invalid
from service.joint import calendars, records
from service.officers.records import Officer as OfficerRow
from tenants.rights import Right, Subject

strawberry.enum(calendars.CalendarKind, description="Whose calendar it is")
READS = (Subject.DEMAND, Right.READ_OWN)


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


@strawberry.type
class FeedMutation:
    """Acts on addresses of calendars."""

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
