"""Rules of joint enforcement: demands, what counts as a duplicate, caps, and states.

A committee has no demand of its own (国办发〔2024〕54号).  Reported clues and instant checks are
outside the frequency limits and leave a reason (重庆市政府令第375号 arts. 29, 30).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from uuid import UUID

from service.errors import Conflict, Invalid
from service.officers.rules import MINIMUM_TEAM

MAX_ITEMS = 20
MAX_MINUTES = 480
MAX_WINDOW_DAYS = 366
WHOLE_BUDGET = "ALL"
VISIT_ITEM = "*"  # stands for the visit itself, which keeps the gap between visits


class DemandKind(Enum):
    """Why a body wants to inspect (Order 375 art. 3); the last three are exempt from caps."""

    ROUTINE = "ROUTINE"
    SPECIAL = "SPECIAL"
    CLUE = "CLUE"
    INSTANT = "INSTANT"
    REINSPECT = "REINSPECT"


EXEMPT_KINDS = frozenset({DemandKind.CLUE, DemandKind.INSTANT, DemandKind.REINSPECT})
EXEMPT = frozenset(kind.value for kind in EXEMPT_KINDS)
"""The same as rows hold them."""


class DemandState(Enum):
    """Life of a demand."""

    SUBMITTED = "SUBMITTED"
    MATCHED = "MATCHED"
    RESERVED = "RESERVED"
    CODED = "CODED"
    DONE = "DONE"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    RECOGNISED = "RECOGNISED"
    """Another body's result was taken over (结果互认); nobody comes."""
    WITHDRAWN = "WITHDRAWN"
    """The body took it back with a reason; nobody comes."""


class PlanState(Enum):
    """Life of a plan version; RETURNED by a ruling of the committee."""

    REQUESTED = "REQUESTED"
    SOLVED = "SOLVED"
    PUBLISHED = "PUBLISHED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"


class VisitState(Enum):
    """Life of a visit; a PUBLISHED one has a code and is announced to the enterprise."""

    PLANNED = "PLANNED"
    PUBLISHED = "PUBLISHED"
    DONE = "DONE"
    RELEASED = "RELEASED"


class Shortage(Enum):
    """What an announced visit lacks since its officers changed."""

    TOO_FEW_OFFICERS = "TOO_FEW_OFFICERS"
    NO_LEAD_OFFICER = "NO_LEAD_OFFICER"
    SKILL_MISSING = "SKILL_MISSING"


@dataclass(frozen=True, slots=True)
class Member:
    """One of a team: whether in office, with a valid card and on duty on the day."""

    comes: bool
    body_id: UUID
    skills: Sequence[str]


def shortage_of(
    team: Sequence[Member], lead_body_id: UUID, skills: Collection[str]
) -> Shortage | None:
    """What keeps a team from going, gravest first; None when it can go.

    Two officers at least (行政处罚法 art. 42), one of the body that leads, and every skill that the
    demands of the visit ask for.
    """
    able = [one for one in team if one.comes]
    if len(able) < MINIMUM_TEAM:
        return Shortage.TOO_FEW_OFFICERS
    if all(one.body_id != lead_body_id for one in able):
        return Shortage.NO_LEAD_OFFICER
    mastered = {skill for one in able for skill in one.skills}
    return None if mastered.issuperset(skills) else Shortage.SKILL_MISSING


class Decision(Enum):
    """How the committee settles an objection to a plan; it names a lead and never inspects."""

    DISMISSED = "DISMISSED"
    LEAD_CHANGED = "LEAD_CHANGED"
    VISIT_DROPPED = "VISIT_DROPPED"
    RETURNED = "RETURNED"


DEMAND_STEPS: Mapping[DemandState, frozenset[DemandState]] = {
    DemandState.SUBMITTED: frozenset(
        {
            DemandState.MATCHED,
            DemandState.CODED,
            DemandState.EXPIRED,
            DemandState.RECOGNISED,
            DemandState.WITHDRAWN,
        }
    ),
    DemandState.MATCHED: frozenset(
        {
            DemandState.MATCHED,
            DemandState.RESERVED,
            DemandState.CODED,
            DemandState.SUBMITTED,
            DemandState.EXPIRED,
            DemandState.RECOGNISED,
            DemandState.WITHDRAWN,
        }
    ),
    DemandState.RESERVED: frozenset({DemandState.CODED, DemandState.RELEASED}),
    DemandState.CODED: frozenset({DemandState.DONE, DemandState.RELEASED, DemandState.WITHDRAWN}),
    DemandState.RELEASED: frozenset(
        {
            DemandState.MATCHED,
            DemandState.CODED,
            DemandState.EXPIRED,
            DemandState.RECOGNISED,
            DemandState.WITHDRAWN,
        }
    ),
    DemandState.DONE: frozenset(),
    DemandState.EXPIRED: frozenset(),
    DemandState.RECOGNISED: frozenset(),
    DemandState.WITHDRAWN: frozenset(),
}
PLANNABLE = frozenset({DemandState.SUBMITTED, DemandState.MATCHED, DemandState.RELEASED})


def advance(state: DemandState, to: DemandState) -> DemandState:
    """The next state of a demand.

    Raises:
        Conflict: the demand cannot go there from where it is.
    """
    if to not in DEMAND_STEPS[state]:
        raise Conflict(f"a demand that is {state.value} cannot become {to.value}")
    return to


@dataclass(frozen=True, slots=True)
class DemandTerms:
    """What a body says about a demand; days are legal days in China, both included."""

    kind: DemandKind
    items: Sequence[str]
    release_on: date
    due_on: date
    minutes: int
    risk: int
    mandatory: bool
    basis: str
    exemption_reason: str = ""
    interval_days: int = 30


def check_terms(terms: DemandTerms, today: date) -> DemandTerms:
    """The terms with items sorted and blanks trimmed; exempt kinds are always mandatory.

    Raises:
        Invalid: names the field at fault.
    """
    items = sorted({item.strip() for item in terms.items})
    if not 1 <= len(items) <= MAX_ITEMS or not all(items) or VISIT_ITEM in items:
        raise Invalid(f"name 1 to {MAX_ITEMS} items", path=("input", "items"))
    if any(len(item) > 80 for item in items):
        raise Invalid("an item has at most 80 characters", path=("input", "items"))
    if terms.due_on < max(terms.release_on, today):
        raise Invalid("the due day lies before the release or in the past", path=("input", "dueOn"))
    if (terms.due_on - terms.release_on).days > MAX_WINDOW_DAYS:
        raise Invalid(f"a window has at most {MAX_WINDOW_DAYS} days", path=("input", "dueOn"))
    if not 5 <= terms.minutes <= MAX_MINUTES:
        raise Invalid(f"minutes must be 5 to {MAX_MINUTES}", path=("input", "minutes"))
    if not 1 <= terms.risk <= 4:
        raise Invalid("risk must be 1 (low) to 4 (high)", path=("input", "risk"))
    if not 0 <= terms.interval_days <= 366:
        raise Invalid("the interval must be 0 to 366 days", path=("input", "intervalDays"))
    if not terms.basis.strip():
        raise Invalid("state the legal basis", path=("input", "basis"))
    exempt = terms.kind in EXEMPT_KINDS
    if exempt and not terms.exemption_reason.strip():
        raise Invalid(
            f"a {terms.kind.value} check is outside the caps only with a recorded reason",
            path=("input", "exemptionReason"),
        )
    return replace(
        terms,
        items=items,
        basis=terms.basis.strip(),
        exemption_reason=terms.exemption_reason.strip() if exempt else "",
        mandatory=terms.mandatory or exempt,
    )


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the duplicate rule looks at; `joint` is the visit."""

    premises: str
    items: frozenset[str]
    day: date
    joint: str
    exempt: bool


def is_duplicate(a: Inspection, b: Inspection, interval_days: Mapping[str, int]) -> bool:
    """Whether one inspection repeats the other (重复检查).

    Same premises, a common item, closer than the item's interval, not the same joint visit, and
    neither exempt.
    """
    if a.premises != b.premises or a.joint == b.joint or a.exempt or b.exempt:
        return False
    apart = abs((a.day - b.day).days)
    return any(apart < interval_days[item] for item in a.items & b.items)


def reserved_days(day: date, interval_days: int) -> tuple[date, date]:
    """First and last day that an inspection of an item takes; two overlap iff too close."""
    return day, day + timedelta(days=max(1, interval_days) - 1)


@dataclass(frozen=True, slots=True)
class Budget:
    """Ledger of one yearly cap; `used + reserved ≤ cap` at every instant."""

    cap: int
    reserved: int = 0
    used: int = 0

    def __post_init__(self) -> None:
        if min(self.cap, self.reserved, self.used) < 0 or self.reserved + self.used > self.cap:
            raise Conflict(f"the yearly cap of {self.cap} inspections is reached")

    @property
    def left(self) -> int:
        """Visits that may still be reserved."""
        return self.cap - self.reserved - self.used

    def reserve(self) -> "Budget":
        """Set one visit aside; Conflict when none is left."""
        return replace(self, reserved=self.reserved + 1)

    def commit(self) -> "Budget":
        """A reserved visit took place."""
        return replace(self, reserved=self.reserved - 1, used=self.used + 1)

    def release(self) -> "Budget":
        """A reserved visit will not take place."""
        return replace(self, reserved=self.reserved - 1)


def check_reason(reason: str) -> str:
    """The reason without outer blanks.

    Raises:
        Invalid: shorter than 4 or longer than 400 characters.
    """
    trimmed = reason.strip()
    if not 4 <= len(trimmed) <= 400:
        raise Invalid("give a reason in 4 to 400 characters", path=("input", "reason"))
    return trimmed


def may_publish(
    state: PlanState, lead_bodies: Sequence[str], settled: Sequence[str], open_objections: int = 0
) -> None:
    """A plan is published when it is solved, undisputed, and every lead body is settled.

    `settled` are the bodies that approved, and those whose objection the committee ruled on.

    Raises:
        Conflict: says what is missing.
    """
    if state is not PlanState.SOLVED:
        raise Conflict(
            f"a plan that is {state.value} cannot be published", path=("input", "planId")
        )
    if open_objections:
        raise Conflict(
            f"the committee has {open_objections} objections to rule on first",
            path=("input", "planId"),
        )
    missing = sorted(set(lead_bodies) - set(settled))
    if missing:
        raise Conflict(
            f"{len(missing)} of {len(set(lead_bodies))} lead bodies have not approved the plan yet",
            path=("input", "planId"),
        )
