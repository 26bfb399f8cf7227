"""Days on which nobody comes: officers' leave and duty, premises that are shut, quiet days."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from uuid import UUID

from orjson import loads

from service import audit, clock, outbox
from service.errors import Forbidden, Invalid, NotFound
from service.ids import new_id
from service.joint.records import OfficerAbsence, PremisesClosure, QuietDays
from service.officers.records import Officer
from service.register.records import Premises
from tenants.records import District, owned
from tenants.scope import Owner
from tenants.wall import current

MOST_DAYS = 366


class AbsenceKind(Enum):
    """Why an officer does not inspect."""

    LEAVE = "LEAVE"
    DUTY = "DUTY"
    TRAINING = "TRAINING"


def check_span(first: date, last: date) -> None:
    """Refuse a span that ends before it begins, is over, or is endless.

    Raises:
        Invalid: names the field at fault.
    """
    if last < max(first, clock.legal_day(clock.now())):
        raise Invalid(
            "the last day lies before the first, or in the past", path=("input", "lastDay")
        )
    if (last - first).days >= MOST_DAYS:
        raise Invalid(f"enter at most {MOST_DAYS} days at once", path=("input", "lastDay"))


def check_words(reason: str) -> str:
    """The reason without outer blanks.

    Raises:
        Invalid: empty, or longer than 200 characters.
    """
    if not 1 <= len(reason.strip()) <= 200:
        raise Invalid("give a reason in 1 to 200 characters", path=("input", "reason"))
    return reason.strip()


async def enter_absence(
    body_id: UUID | None, officer_id: UUID, kind: AbsenceKind, first: date, last: date
) -> OfficerAbsence:
    """Note days on which an officer does not inspect; what is announced already stays.

    A visit that lacks an officer by it says so (`service.joint.teams`).

    Raises:
        Forbidden: the officer is of another body.
        NotFound: no such officer in scope.
        Invalid: see `check_span`.
    """
    check_span(first, last)
    officer = await Officer.get_or_none(id=officer_id)
    if officer is None:
        raise NotFound("no such officer", path=("input", "officerId"))
    if body_id is None or officer.body_id != body_id:
        raise Forbidden("a body keeps the calendar of its own officers")
    row = await OfficerAbsence.create(
        id=new_id(),
        **owned(officer.owner),
        officer_id=officer.id,
        kind=kind.value,
        first_day=first,
        last_day=last,
        entered_at=clock.now(),
    )
    await audit.record("joint.absence_entered", officer.owner, "Officer", officer.id)
    await outbox.emit("joint.absence_entered", officer.owner, {"officer": str(officer.id)})
    return row


async def close_premises(
    enterprise_id: UUID | None,
    premises_id: UUID,
    first: date,
    last: date,
    reason: str,
    weekdays: Collection[int] = (),
) -> PremisesClosure:
    """Note days on which premises are shut; an enterprise does so for its own only.

    With `weekdays` (0 is Monday) only those days of the weeks are, such as a weekly day of rest.

    Raises:
        NotFound: no such premises in scope, or not the enterprise's.
        Invalid: a weekday out of range; see `check_span` and `check_words`.
    """
    check_span(first, last)
    if not set(weekdays) <= set(range(7)):
        raise Invalid("a weekday is 0 (Monday) to 6", path=("input", "weekdays"))
    words = check_words(reason)
    premises = await Premises.get_or_none(id=premises_id)
    if premises is None or enterprise_id not in (None, premises.enterprise_id):
        raise NotFound("no such premises", path=("input", "premisesId"))
    row = await PremisesClosure.create(
        id=new_id(),
        **owned(premises.owner),
        premises_id=premises.id,
        first_day=first,
        last_day=last,
        weekdays=sorted(set(weekdays)),
        reason=words,
        entered_at=clock.now(),
    )
    await audit.record("joint.premises_closed", premises.owner, "Premises", premises.id)
    return row


async def keep_quiet(owner: Owner, first: date, last: date, reason: str) -> QuietDays:
    """Note days on which nobody inspects: in the town, or in the district if the office says so.

    Raises:
        Invalid: see `check_span` and `check_words`.
    """
    check_span(first, last)
    row = await QuietDays.create(
        id=new_id(),
        **owned(owner),
        first_day=first,
        last_day=last,
        reason=check_words(reason),
        entered_at=clock.now(),
    )
    await audit.record("joint.quiet_days_kept", owner, "QuietDays", row.id)
    return row


async def take_back(entry_id: UUID, enterprise_id: UUID | None = None) -> None:
    """Delete an absence, a closure or quiet days of the caller's scope.

    With `enterprise_id` only closures of its own premises.

    Raises:
        NotFound: no such entry.
    """
    for model in (PremisesClosure, OfficerAbsence, QuietDays):
        row = await model.get_or_none(id=entry_id)
        if enterprise_id is not None and not await _is_own(row, enterprise_id):
            break
        # Quiet days are read by the whole district; only their tenant takes them back.
        if row is not None and row.tenant_id in current().scope.writable:
            await row.delete()
            await audit.record("joint.days_taken_back", row.owner, model.__name__, row.id)
            return
    raise NotFound("no such entry of yours", path=("input", "entryId"))


async def _is_own(row: OfficerAbsence | PremisesClosure | QuietDays | None, owner: UUID) -> bool:
    if not isinstance(row, PremisesClosure):
        return False
    return await Premises.filter(id=row.premises_id, enterprise_id=owner).exists()


Span = tuple[date, date]


@dataclass(slots=True)
class Blocked:
    """Spans on which an officer, premises, or all of a tenant are not to be had."""

    officers: dict[UUID, list[Span]] = field(default_factory=dict)
    premises: dict[UUID, list[Span]] = field(default_factory=dict)
    tenants: dict[UUID, list[Span]] = field(default_factory=dict)
    office_id: UUID | None = None

    def numbers(self, spans: Iterable[Span], days: Sequence[date]) -> frozenset[int]:
        """The numbers of the days that lie in any of the spans."""
        found: set[int] = set()
        for first, last in spans:
            found.update(range(bisect_left(days, first), bisect_right(days, last)))
        return frozenset(found)


def _weekly(span: Span, weekdays: Collection[int]) -> list[Span]:
    """The span itself, or one day for each of its weekdays that is named."""
    if not weekdays:
        return [span]
    every = (span[0] + timedelta(days=n) for n in range((span[1] - span[0]).days + 1))
    return [(day, day) for day in every if day.weekday() in weekdays]


async def blocked(first: date, last: date, premises_ids: Collection[UUID] | None = None) -> Blocked:
    """Everything that blocks a day from `first` to `last`, as far as it is in scope.

    With `premises_ids` the closures of those premises only.
    """
    home = current().scope.home
    district = await District.get_or_none(id=home.district_id) if home else None
    found = Blocked(office_id=district.office_id if district else None)
    for absence in await OfficerAbsence.filter(first_day__lte=last, last_day__gte=first):
        span = (absence.first_day, absence.last_day)
        found.officers.setdefault(absence.officer_id, []).append(span)
    for row in await current().fetch(
        "select premises_id, first_day, last_day, weekdays::text as weekdays"
        " from premises_closures where first_day <= $2 and last_day >= $1"
        " and ($3::uuid[] is null or premises_id = any ($3))",
        first,
        last,
        None if premises_ids is None else list(premises_ids),
    ):
        spans = found.premises.setdefault(row["premises_id"], [])
        span = max(first, row["first_day"]), min(last, row["last_day"])
        spans += _weekly(span, loads(row["weekdays"]))
    for quiet in await QuietDays.filter(first_day__lte=last, last_day__gte=first):
        span = (quiet.first_day, quiet.last_day)
        found.tenants.setdefault(quiet.tenant_id, []).append(span)
    return found
