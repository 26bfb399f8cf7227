"""Default table of supervision tiers (分级监管): from 1, the closest, by risk colour and scale."""

_TABLE = {
    "red": {"micro": 2, "small": 1, "medium": 1, "large": 1},
    "orange": {"micro": 2, "small": 2, "medium": 2, "large": 1},
    "yellow": {"micro": 3, "small": 3, "medium": 3, "large": 2},
    "blue": {"micro": 4, "small": 4, "medium": 4, "large": 3},
}

TIERS: tuple[tuple[str, int, str], ...] = tuple(
    (f"tier.{colour}_{scale}", tier, f"Supervision tier of a {scale} enterprise of {colour} risk")
    for colour, row in _TABLE.items()
    for scale, tier in row.items()
)
"""Key, default and description of each setting."""
