"""What a demo district consists of: plain values, no database."""

from dataclasses import dataclass
from datetime import date

from service.register.rules import RiskColour


@dataclass(frozen=True, slots=True)
class DemoPremises:
    """A place of business; `opening` in minutes from midnight."""

    name: str
    address: str
    latitude: float
    longitude: float
    opening: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class DemoEnterprise:
    """An enterprise with its premises; it has a credit code or an old licence number."""

    town_code: str
    name: str
    credit_code: str | None
    alternate_id: str | None
    industry_code: str
    revenue_fen: int
    above_quota: bool
    risk: RiskColour
    principal: str
    premises: tuple[DemoPremises, ...]


@dataclass(frozen=True, slots=True)
class DemoBody:
    """An enforcement body: a department of the district, or a town itself."""

    code: str
    name: str
    kind: str
    line: str
    town_code: str | None
    can_penalise: bool


@dataclass(frozen=True, slots=True)
class DemoOfficer:
    """An officer with card and skills; `town_code` None for a department."""

    body_code: str
    town_code: str | None
    name: str
    card_no: str
    card_valid_to: date
    skills: tuple[str, ...]
    base_latitude: float
    base_longitude: float


@dataclass(frozen=True, slots=True)
class DemoDemand:
    """A body's wish to inspect premises in a window; `premises` is (enterprise, place) by index."""

    body_code: str
    town_code: str | None
    premises: tuple[int, int]
    items: tuple[str, ...]
    skill: str
    kind: str
    basis: str
    release: date
    due: date
    minutes: int
    mandatory: bool


@dataclass(frozen=True, slots=True)
class DemoVisit:
    """An inspection that took place, with the hazards found; the joint plan chooses its team."""

    day: date
    premises: tuple[int, int]
    body_codes: tuple[str, ...]
    minutes: int
    hazards: int
    major_hazard: bool


@dataclass(frozen=True, slots=True)
class DemoProposal:
    """A town's proposal to list an enterprise, for the body that decided the penalty."""

    town_code: str
    enterprise: int
    deciding_body_code: str
    publication: str
    ground: str
    proposed_on: date


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A person or application that signs in to the demo; the password protects nothing real."""

    username: str
    display_name: str
    role: str
    town_code: str | None
    body_code: str | None
    enterprise: int | None
    password: str


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """A whole district: the same seed, size and day always give the same plan."""

    seed: int
    size: str
    today: date
    bodies: tuple[DemoBody, ...]
    enterprises: tuple[DemoEnterprise, ...]
    officers: tuple[DemoOfficer, ...]
    demands: tuple[DemoDemand, ...]
    visits: tuple[DemoVisit, ...]
    proposals: tuple[DemoProposal, ...]
    accounts: tuple[DemoAccount, ...]
