"""Types of the register: what an enterprise and its premises are, and what a valid one is."""

from dataclasses import dataclass
from enum import Enum
from typing import NewType
from uuid import UUID

from service.errors import Invalid

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
