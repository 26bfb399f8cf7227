"""Types of the register: what an enterprise and its premises are, and what a valid one is."""

from dataclasses import dataclass
from enum import Enum
from typing import NewType
from uuid import UUID

from stdnum.iso7064 import mod_11_10

from service.errors import Conflict, Invalid
from service.register import credit_code as codes

EnterpriseId = NewType("EnterpriseId", UUID)
PremisesId = NewType("PremisesId", UUID)

LATITUDE = (3.0, 54.0)  # degrees; the land and sea territory of China
LONGITUDE = (73.0, 136.0)


class RiskColour(Enum):
    """Four-colour risk grade (重大红、较大橙、一般黄、低蓝)."""

    RED = "RED"
    ORANGE = "ORANGE"
    YELLOW = "YELLOW"
    BLUE = "BLUE"


class EnterpriseStatus(Enum):
    """Whether the enterprise trades."""

    OPERATING = "OPERATING"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class Scale(Enum):
    """Size of an enterprise (微型、小型、中型、大型), as the statistics class it."""

    MICRO = "MICRO"
    SMALL = "SMALL"
    MEDIUM = "MEDIUM"
    LARGE = "LARGE"


class Tier(Enum):
    """Supervision tier (监管层级), the first the closest; what each means a town sets."""

    FIRST = "FIRST"
    SECOND = "SECOND"
    THIRD = "THIRD"
    FOURTH = "FOURTH"


class IdentifierKind(Enum):
    """Numbers that enterprises had before the unified code (三证合一 of 2015)."""

    REGISTRATION_NUMBER = "REGISTRATION_NUMBER"  # 15 digits (工商注册号)
    ORGANISATION_CODE = "ORGANISATION_CODE"  # 9 characters (组织机构代码), GB 11714-1997
    FORMER_CREDIT_CODE = "FORMER_CREDIT_CODE"
    OTHER = "OTHER"


class Act(Enum):
    """What can be done to an entry of the register."""

    ENROLLED = "ENROLLED"
    UPDATED = "UPDATED"
    SUSPENDED = "SUSPENDED"
    REOPENED = "REOPENED"
    CLOSED = "CLOSED"
    PREMISES_ADDED = "PREMISES_ADDED"
    PREMISES_UPDATED = "PREMISES_UPDATED"
    PREMISES_SUSPENDED = "PREMISES_SUSPENDED"
    PREMISES_REOPENED = "PREMISES_REOPENED"
    PREMISES_CLOSED = "PREMISES_CLOSED"
    PREMISES_MOVED = "PREMISES_MOVED"
    IDENTIFIER_ADDED = "IDENTIFIER_ADDED"
    REVENUE_STATED = "REVENUE_STATED"
    TIER_DECIDED = "TIER_DECIDED"
    IMPORTED = "IMPORTED"
    IMPORT_UNDONE = "IMPORT_UNDONE"
    MERGED = "MERGED"
    PARTED = "PARTED"


_FROM: dict[EnterpriseStatus, frozenset[EnterpriseStatus]] = {
    EnterpriseStatus.SUSPENDED: frozenset({EnterpriseStatus.OPERATING}),
    EnterpriseStatus.OPERATING: frozenset({EnterpriseStatus.SUSPENDED, EnterpriseStatus.CLOSED}),
    EnterpriseStatus.CLOSED: frozenset({EnterpriseStatus.OPERATING, EnterpriseStatus.SUSPENDED}),
}
"""Statuses from which each may be reached; what closed by mistake or trades again is reopened."""

RISK_WEIGHT = {
    RiskColour.RED: 4,
    RiskColour.ORANGE: 3,
    RiskColour.YELLOW: 2,
    RiskColour.BLUE: 1,
}
"""Weight of a colour where risks are added up, 4 the gravest."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Daily opening in minutes from midnight, `start` before `end`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= 24 * 60:
            raise Invalid("opening must start before it ends, within one day", path=("opening",))


def check_place(latitude: float, longitude: float) -> None:
    """Refuse coordinates outside China, most often latitude and longitude exchanged.

    Raises:
        Invalid: with the field at fault.
    """
    if not LATITUDE[0] <= latitude <= LATITUDE[1]:
        raise Invalid(
            f"latitude {latitude} is outside China ({LATITUDE[0]:g} to {LATITUDE[1]:g} degrees)",
            path=("input", "latitude"),
        )
    if not LONGITUDE[0] <= longitude <= LONGITUDE[1]:
        raise Invalid(
            f"longitude {longitude} is outside China"
            f" ({LONGITUDE[0]:g} to {LONGITUDE[1]:g} degrees)",
            path=("input", "longitude"),
        )


def check_name(name: str, field: str = "name") -> str:
    """The name without outer blanks.

    Raises:
        Invalid: empty, or longer than 200 characters.
    """
    trimmed = name.strip()
    if not trimmed:
        raise Invalid(f"{field} must not be empty", path=("input", field))
    if len(trimmed) > 200:
        raise Invalid(f"{field} must not exceed 200 characters", path=("input", field))
    return trimmed


def check_step(now: EnterpriseStatus, wanted: EnterpriseStatus) -> None:
    """Refuse a change of status that does not follow from the present one.

    Raises:
        Conflict: the entry has that status already, or cannot get there.
    """
    if now not in _FROM[wanted]:
        raise Conflict(f"the entry is {now.value}; it cannot become {wanted.value}")


def check_reason(reason: str) -> str:
    """The reason without outer blanks.

    Raises:
        Invalid: empty, or longer than 400 characters.
    """
    trimmed = reason.strip()
    if not 1 <= len(trimmed) <= 400:
        raise Invalid("give a reason of at most 400 characters", path=("input", "reason"))
    return trimmed


def check_optional(text: str, field: str, longest: int) -> str:
    """The text without outer blanks; it may be empty.

    Raises:
        Invalid: too long, or with characters that no screen shows.
    """
    trimmed = text.strip()
    if len(trimmed) > longest or not trimmed.isprintable():
        raise Invalid(f"{field} is a line of at most {longest} characters", path=("input", field))
    return trimmed


def check_identifier(kind: IdentifierKind, value: str) -> str:
    """The old number, if it can be one of its kind.

    Raises:
        Invalid: wrong length or check digit.
    """
    text = "".join(value.upper().replace("-", "").split())
    path = ("input", "value")
    if kind is IdentifierKind.REGISTRATION_NUMBER and not (
        len(text) == 15 and text.isascii() and text.isdigit() and mod_11_10.is_valid(text)
    ):
        raise Invalid("a registration number has 15 digits, the last a check digit", path=path)
    if kind is IdentifierKind.ORGANISATION_CODE and not (
        len(text) == 9
        and set(text[:8]) <= set(codes.ORGANISATION_ALPHABET)
        and text[8] == codes.inner_check_digit(text)
    ):
        raise Invalid("an organisation code has 8 characters and a check digit", path=path)
    if kind is IdentifierKind.FORMER_CREDIT_CODE and (wrong := codes.fault(text)):
        raise Invalid(wrong, path=path)
    if not 1 <= len(text) <= 60:
        raise Invalid("give a number of at most 60 characters", path=path)
    return text


def masked_phone(phone: str) -> str:
    """The number with its middle hidden, for readers outside the town."""
    if len(phone) < 7:
        return "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def check_identified(credit_code: str | None, alternate_id: str | None) -> str | None:
    """The trimmed `alternate_id`, which may be missing only beside a credit code.

    Raises:
        Invalid: neither is given.
    """
    other = (alternate_id or "").strip() or None
    if credit_code is None and other is None:
        raise Invalid(
            "give a creditCode, or the number of the old licence as alternateId",
            path=("input", "creditCode"),
        )
    return other
