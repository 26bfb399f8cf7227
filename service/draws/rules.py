"""Rules of random draws: the document that is committed to, and when a seed may be revealed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any, Protocol

from service.draws.redraw import redraw
from service.errors import Conflict, Invalid

FORMAT = "anshang.draw/1"
MOST_OBJECTS = 50_000
LEAST_AHEAD = timedelta(minutes=10)
"""Time between the commitment and the seed, so that the seed cannot be known or steered."""


class DrawState(Enum):
    """Life of a draw; one that was committed to stays on the list for ever."""

    COMMITTED = "COMMITTED"
    DRAWN = "DRAWN"
    VOID = "VOID"


@dataclass(frozen=True, slots=True)
class Stratum:
    """Objects of one kind, as (id, name), and how many of them are drawn."""

    name: str
    take: int
    objects: Sequence[tuple[str, str]]


def document(
    title: str,
    seed_source: str,
    seed_known_after: datetime,
    strata: Sequence[Stratum],
    officers: Sequence[str],
    team: int,
    salt: str,
) -> bytes:
    """The text that is committed to: the same lists give the same bytes in whatever order.

    Raises:
        Invalid: nothing to draw from, too few officers, or an object listed twice.
    """
    ids = [one for stratum in strata for one, _ in stratum.objects]
    if not 1 <= len(ids) <= MOST_OBJECTS:
        raise Invalid(f"a draw is from 1 to {MOST_OBJECTS} objects", path=("input", "strata"))
    if len(set(ids)) != len(ids):
        raise Invalid("an object stands in the lists twice", path=("input", "strata"))
    if len(set(officers)) < team:
        raise Invalid(f"{team} officers are drawn, fewer are on the list", path=("input", "team"))
    for stratum in strata:
        if not 0 <= stratum.take <= len(stratum.objects):
            raise Invalid(
                f"{stratum.take} of {len(stratum.objects)} cannot be drawn in {stratum.name}",
                path=("input", "strata"),
            )
    content: dict[str, Any] = {
        "format": FORMAT,
        "title": title,
        "seed_source": seed_source,
        "seed_known_after": seed_known_after.isoformat(),
        "strata": [
            {
                "name": stratum.name,
                "take": stratum.take,
                "objects": [{"id": i, "name": n} for i, n in sorted(stratum.objects)],
            }
            for stratum in sorted(strata, key=lambda s: s.name)
        ],
        "officers": sorted(set(officers)),
        "team": team,
        "salt": salt,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def commitment(text: bytes) -> str:
    """SHA-256 of the document."""
    return sha256(text).hexdigest()


def check_seed_time(now: datetime, seed_known_after: datetime) -> None:
    """Refuse a seed that may be known already.

    Raises:
        Invalid: it will be known too soon.
    """
    if seed_known_after < now + LEAST_AHEAD:
        raise Invalid(
            "name a seed that nobody can know for another ten minutes",
            path=("input", "seedKnownAfter"),
        )


class Sealed(Protocol):
    """What was committed to and is drawn once: a row of whoever draws."""

    document: str
    seed_known_after: datetime
    state: str
    seed: str | None
    result: dict[str, Any]
    drawn_at: datetime | None


DRAWN_FIELDS = ("result", "seed", "state", "drawn_at")
"""What `draw_once` sets."""


def draw_once(row: Sealed, seed: str, now: datetime, noun: str, field: str) -> bool:
    """Draw a row with the public seed; False where the same seed drew it already.

    Raises:
        Conflict: too early, void, or drawn with another seed.
        Invalid: an empty seed.
    """
    if row.state == DrawState.DRAWN.value and row.seed == seed.strip():
        return False
    if row.state != DrawState.COMMITTED.value:
        raise Conflict(f"this {noun} is {row.state}", path=("input", field))
    row.result = draw(row.document.encode(), seed, now, row.seed_known_after)
    row.seed, row.state, row.drawn_at = seed.strip(), DrawState.DRAWN.value, now
    return True


def draw(text: bytes, seed: str, now: datetime, seed_known_after: datetime) -> dict[str, Any]:
    """Draw with the seed that has become public.

    Raises:
        Conflict: it is too early.
        Invalid: the seed is empty or too long.
    """
    if now < seed_known_after:
        raise Conflict("the seed is not yet public", path=("input", "seed"))
    if not 1 <= len(seed.strip()) <= 400:
        raise Invalid("give the seed in 1 to 400 characters", path=("input", "seed"))
    return redraw(text, seed.strip())
