"""Who counts as a certified officer."""

from datetime import date

from service.errors import Invalid

SKILLS = frozenset(
    {"commerce", "fire", "market", "emergency", "urban", "gas", "special_equipment", "general"}
)
MINIMUM_TEAM = 2  # officers at an inspection: 行政处罚法 art. 42, Order 375 of Chongqing art. 15


def certified_on(day: date, card_valid_to: date) -> bool:
    """Whether the enforcement card (执法证) is valid on `day`; a card is valid on its last day."""
    return day <= card_valid_to


def check_skills(skills: list[str]) -> list[str]:
    """The skills, sorted and without repeats.

    Raises:
        Invalid: a skill that the product does not know.
    """
    unknown = sorted(set(skills) - SKILLS)
    if unknown:
        raise Invalid(
            f"unknown skills {', '.join(unknown)}; choose from {', '.join(sorted(SKILLS))}",
            path=("input", "skills"),
        )
    return sorted(set(skills))


MOST_YEARS = 20
"""A card that is valid longer is a slip of the pen."""


def check_card(valid_to: date, today: date) -> date:
    """The last day of a card, if an officer can go out with it.

    Raises:
        Invalid: the card is over already, or valid for longer than any card is.
    """
    if not today <= valid_to < today.replace(year=today.year + MOST_YEARS, day=1):
        raise Invalid(
            f"give the last day of a card that is valid today, at most {MOST_YEARS} years ahead",
            path=("input", "cardValidTo"),
        )
    return valid_to


def check_base(latitude: float, longitude: float) -> tuple[float, float]:
    """The place from which an officer starts, in degrees.

    Raises:
        Invalid: it is no place on Earth.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Invalid("a base lies on Earth, in degrees", path=("input", "baseLatitude"))
    return latitude, longitude
