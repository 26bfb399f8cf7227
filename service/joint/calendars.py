"""Calendars as iCalendar files (RFC 5545), and secret addresses under which to subscribe to them.

Phones subscribe without signing in, so an address holds a random token; only its hash is kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from uuid import UUID

from service import audit, clock
from service.errors import NotFound
from service.ids import new_id
from service.joint.batches import rows_by_id
from service.joint.queries import minutes_of
from service.joint.records import CalendarFeed, InspectionDemand, JointVisit
from service.joint.rules import VisitState
from service.register.records import Premises
from tenants.directory import department_scope, town_scope
from tenants.records import Body, District, owned
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

if TYPE_CHECKING:
    from icalendar import Event

PAST_DAYS, COMING_DAYS = 90, 400
_SHOWN = (VisitState.PUBLISHED.value, VisitState.DONE.value, VisitState.RELEASED.value)


class CalendarKind(Enum):
    """Whose calendar it is."""

    OFFICER = "OFFICER"
    BODY = "BODY"
    ENTERPRISE = "ENTERPRISE"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed and its token, which is shown once."""

    feed: CalendarFeed
    token: str


async def subscribe(owner: Owner, kind: CalendarKind, subject_id: UUID) -> Subscription:
    """Make a secret address for one calendar; who may is the caller's business."""
    token = token_urlsafe(24)
    row = await CalendarFeed.create(
        id=new_id(),
        **owned(owner),
        kind=kind.value,
        subject_id=subject_id,
        token_hash=hashed(token),
        created_by=current().scope.actor,
        created_at=clock.now(),
    )
    await audit.record("joint.calendar_subscribed", owner, "CalendarFeed", row.id, kind=row.kind)
    return Subscription(row, token)


def hashed(token: str) -> str:
    """What is kept of a token; it has 192 random bits, so a plain hash keeps it safe."""
    return sha256(token.encode()).hexdigest()


async def unsubscribe(feed_id: UUID) -> CalendarFeed:
    """Make an address void; twice is once.

    Raises:
        NotFound: no such feed of the caller.
    """
    row = await CalendarFeed.get_or_none(id=feed_id, created_by=current().scope.actor)
    if row is None:
        raise NotFound("no such calendar feed of yours", path=("input", "feedId"))
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        await row.save(update_fields=["revoked_at"])
        await audit.record("joint.calendar_revoked", row.owner, "CalendarFeed", row.id)
    return row


async def fed(token: str) -> bytes | None:
    """The calendar behind a token, None when there is none; opens transactions of its own."""
    async with tenant_transaction(Scope.of_platform("calendar"), read_only=True):
        feed = await CalendarFeed.get_or_none(token_hash=hashed(token), revoked_at__isnull=True)
        if feed is None:
            return None
        office = await District.get_or_none(id=feed.district_id)
    kind = CalendarKind(feed.kind)
    actor = f"calendar:{feed.id}"
    if office is not None and feed.tenant_id == office.office_id:
        scope = await department_scope(feed.district_id, actor)
    else:
        scope = await town_scope(feed.tenant_id, actor)
    async with tenant_transaction(scope, read_only=True):
        return await calendar_file(kind, feed.subject_id)


async def calendar_file(kind: CalendarKind, subject_id: UUID) -> bytes:
    """Announced visits of an officer, a body or an enterprise from `PAST_DAYS` ago on.

    A visit that was given up is shown as cancelled, so that phones take it off.
    """
    today = clock.legal_day(clock.now())
    found = JointVisit.filter(
        state__in=_SHOWN,
        day__gte=today - timedelta(days=PAST_DAYS),
        day__lte=today + timedelta(days=COMING_DAYS),
    ).exclude(code="")
    if kind is CalendarKind.ENTERPRISE:
        found = found.filter(enterprise_id=subject_id)
    elif kind is CalendarKind.OFFICER:
        found = found.filter(officer_ids__contains=[str(subject_id)])
    visits = await found.order_by("day", "start_minute", "id")
    demands = await _demands_of(visits)
    if kind is CalendarKind.BODY:
        visits = [
            v
            for v in visits
            if v.lead_body_id == subject_id or subject_id in {d.body_id for d in demands[v.id]}
        ]
    places = await rows_by_id(Premises, (v.premises_id for v in visits))
    wanted = {v.lead_body_id for v in visits} | {d.body_id for ds in demands.values() for d in ds}
    names = {body.id: body.name for body in await Body.filter(id__in=list(wanted))}
    from icalendar import Calendar  # its time zones are read when a calendar is first asked for

    book = Calendar()
    book.add("prodid", "-//Anshang//Joint visits//ZH")
    book.add("version", "2.0")
    book.add("x-wr-calname", "联合检查")
    book.add("refresh-interval;value=duration", "PT1H")
    for visit in visits:
        book.add_component(_event(visit, places, demands[visit.id], names))
    return bytes(book.to_ical())


async def _demands_of(visits: Iterable[JointVisit]) -> dict[UUID, list[InspectionDemand]]:
    found: dict[UUID, list[InspectionDemand]] = {visit.id: [] for visit in visits}
    wanted = [UUID(d) for visit in visits for d in visit.demand_ids]
    rows = await rows_by_id(InspectionDemand, wanted)
    for visit in visits:
        found[visit.id] = [rows[UUID(d)] for d in visit.demand_ids if UUID(d) in rows]
    return found


def _event(
    visit: JointVisit,
    places: Mapping[UUID, Premises],
    demands: Iterable[InspectionDemand],
    names: Mapping[UUID, str],
) -> "Event":
    from icalendar import Event

    start = minutes_of(visit.day, visit.start_minute)
    lead = names.get(visit.lead_body_id, "")
    others = sorted({names.get(d.body_id, "") for d in demands if d.body_id != visit.lead_body_id})
    entry = Event()
    entry.add("uid", f"{visit.id}@joint.anshang")
    entry.add("dtstamp", visit.changed_at or visit.created_at)
    entry.add("last-modified", visit.changed_at or visit.created_at)
    entry.add("sequence", visit.sequence)
    entry.add("dtstart", start)
    entry.add("dtend", start + timedelta(minutes=visit.minutes))
    cancelled = visit.state == VisitState.RELEASED.value
    entry.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    place = places.get(visit.premises_id)
    title = "即时检查" if visit.exempt else "联合检查" if others else "检查"
    entry.add("summary", f"{title}: {place.name}" if place else title)
    if place:
        entry.add("location", place.address)
        entry.add("geo", (place.latitude, place.longitude))
    items = "、".join(sorted({item for d in demands for item in d.items}))
    joined = f"；参加: {'、'.join(others)}" if others else ""
    entry.add("description", f"牵头: {lead}{joined}；事项: {items}")
    return entry
