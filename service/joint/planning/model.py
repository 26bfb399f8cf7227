"""What a planning instance and a plan consist of, as parsed from their JSON formats."""

from dataclasses import dataclass, field
from datetime import date

MOST_NAMES = 62
"""Bodies, or skills with the officers who were drawn: each is a bit of a signed word of 64."""


class CannotPlan(ValueError):
    """The instance is well formed but beyond what the planner can represent."""


@dataclass(frozen=True, slots=True)
class Base:
    """Office from which officers start and to which they return; degrees."""

    id: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Officer:
    """Enforcement officer (执法人员); `absent` holds day numbers."""

    id: str
    body: str
    base: str
    skills: tuple[str, ...]
    certified: bool
    absent: frozenset[int]


@dataclass(frozen=True, slots=True)
class Premises:
    """Place of business with the limits that protect it from repeated inspection."""

    id: str
    enterprise: str
    tenant: str
    lat: float
    lon: float
    closed: frozenset[int]
    open: tuple[int, int] | None
    min_gap_days: int
    max_visits: int
    max_visits_per_body: int
    max_minutes: int


@dataclass(frozen=True, slots=True)
class Demand:
    """What one body must or may inspect at one premises, in a window of day numbers."""

    id: str
    body: str
    skill: str
    premises: str
    release: int
    due: int
    minutes: int
    risk: int
    mandatory: bool
    exempt: bool
    officers: tuple[str, ...] = ()
    """Officers who were drawn for it (双随机) and must be in its team."""


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One joint visit; `start` in minutes from midnight of day number `day`."""

    premises: str
    day: int
    start: int
    minutes: int
    officers: tuple[str, ...]
    lead_body: str
    demands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unserved:
    """Demand that the plan leaves out, with a reason from `reasons.Reason`."""

    demand: str
    reason: str


@dataclass(frozen=True, slots=True)
class Travel:
    """How long officers travel: great-circle kilometres, detour factor, fixed minutes."""

    kmh: float
    detour: float
    fixed_minutes: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the planner claims about its own plan; bounds hold for every lawful plan.

    Unserved counts are numbers of demands, the `_risk` fields sums of their risk; who made the
    plan elsewhere need not claim the sums.
    `visits_lower_bound` is the least number of visits that serve the same demands, and
    `gap` = visits ÷ visits_lower_bound − 1.
    """

    mandatory_unserved: int
    mandatory_unserved_bound: int
    mandatory_unserved_risk: int | None
    mandatory_unserved_risk_bound: int | None
    discretionary_unserved: int
    discretionary_unserved_bound: int
    visits: int
    visits_lower_bound: int
    gap: float
    officer_days: int
    travel_minutes: int
    seed: int
    budget: str
    solver_version: str
    input_sha256: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Visits, what they leave out, and the certificate."""

    visits: tuple[PlannedVisit, ...]
    unserved: tuple[Unserved, ...]
    certificate: Certificate | None


@dataclass(frozen=True, slots=True)
class Instance:
    """One planning problem; day numbers index `days`."""

    days: tuple[date, ...]
    shift: tuple[int, int]
    travel: Travel
    bases: tuple[Base, ...]
    officers: tuple[Officer, ...]
    premises: tuple[Premises, ...]
    demands: tuple[Demand, ...]
    fixed: tuple[PlannedVisit, ...] = ()
    sha256: str = field(default="", compare=False)
