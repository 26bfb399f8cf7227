"""Rules of training: what a session is, and when a card's end is warned of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from uuid import UUID

from service.errors import Conflict, Invalid

MINUTES_MAX = 24 * 60
ATTENDEES_MAX = 500


class Audience(Enum):
    """Who is trained."""

    ENFORCER = "ENFORCER"  # 执法人员
    ENTERPRISE = "ENTERPRISE"  # 企业人员


class Withdrawn(Conflict):
    """The session was withdrawn already."""

    code = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Attendee:
    """An officer, or somebody of an enterprise by name; `minutes` is the whole session if None."""

    officer_id: UUID | None = None
    enterprise_id: UUID | None = None
    name: str = ""
    minutes: int | None = None


def check_session(title: str, held_on: date, minutes: int, today: date) -> None:
    """Refuse a session without a title, in the future, or longer than a day.

    Raises:
        Invalid: as said.
    """
    if not 1 <= len(title) <= 200:
        raise Invalid("name the session in 1 to 200 characters", path=("input", "title"))
    if held_on > today:
        raise Invalid("enter a session once it was held", path=("input", "heldOn"))
    if not 1 <= minutes <= MINUTES_MAX:
        raise Invalid(f"give 1 to {MINUTES_MAX} minutes", path=("input", "minutes"))


def check_attendees(attendees: Sequence[Attendee], audience: Audience, minutes: int) -> None:
    """Refuse attendees of the other audience, twice the same, or longer than the session.

    Raises:
        Invalid: as said.
    """
    where = ("input", "attendees")
    if not 1 <= len(attendees) <= ATTENDEES_MAX:
        raise Invalid(f"name 1 to {ATTENDEES_MAX} attendees", path=where)
    officers = audience is Audience.ENFORCER
    for one in attendees:
        if (one.officer_id is not None) is not officers or (
            one.enterprise_id is not None
        ) is officers:
            wanted = "an officer" if officers else "an enterprise and a name"
            raise Invalid(f"each attendee of this session is {wanted}", path=where)
        if not officers and not 1 <= len(one.name.strip()) <= 60:
            raise Invalid("name the attendee in 1 to 60 characters", path=where)
        if one.minutes is not None and not 1 <= one.minutes <= minutes:
            raise Invalid("nobody attends longer than the session", path=where)
    keys = [(one.officer_id, one.enterprise_id, one.name.strip()) for one in attendees]
    if len(set(keys)) < len(keys):
        raise Invalid("name each attendee once", path=where)


def warning_step(valid_to: date, today: date, steps: Sequence[int]) -> int | None:
    """The nearest step of days before its end that a card has reached; None before the first.

    A card that has run out stays at the nearest step, so a run that was missed is made up.
    """
    reached = [step for step in steps if (valid_to - today).days <= step]
    return min(reached) if reached else None
