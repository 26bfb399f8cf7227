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
