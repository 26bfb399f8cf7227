"""Seeded instances in the shape of a district: bodies, towns, clusters of premises, officers."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from service.joint.planning.model import Base, Demand, Instance, Officer, Premises, Travel

BODIES = ("commerce", "emergency", "fire", "gas", "market", "urban")
CENTRE = (29.72, 106.63)
_START = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class Size:
    """How large an instance is; `officers` against `demands` sets how scarce they are."""

    premises: int = 20_000
    demands: int = 60_000
    officers: int = 300
    days: int = 64
    bases: int = 12


def generate(seed: int, size: Size) -> Instance:
    """The instance of a seed; equal arguments give equal instances."""
    random = Random(f"joint-{seed}")  # noqa: S311
    days = _working_days(size.days)
    towns = [_around(random, CENTRE, 0.16) for _ in range(30)]
    bases = tuple(
        Base(f"base-{i}", *_around(random, towns[i % len(towns)], 0.005)) for i in range(size.bases)
    )
    premises = tuple(_premises(random, i, towns, size.days) for i in range(size.premises))
    return Instance(
        days,
        (510, 1050),
        Travel(30.0, 1.3, 3.0),
        bases,
        tuple(_officer(random, i, bases, size.days) for i in range(size.officers)),
        premises,
        _demands(random, premises, size),
    )


def _working_days(count: int) -> tuple[date, ...]:
    days: list[date] = []
    day = _START
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day)
        day += timedelta(days=1)
    return tuple(days)


def _around(random: Random, centre: tuple[float, float], spread: float) -> tuple[float, float]:
    return (
        round(random.gauss(centre[0], spread), 6),
        round(random.gauss(centre[1], spread), 6),
    )


def _officer(random: Random, i: int, bases: tuple[Base, ...], days: int) -> Officer:
    body = BODIES[i % len(BODIES)]
    skills = {body}
    if random.random() < 0.4:
        skills.add(random.choice(BODIES))
    absent = frozenset(d for d in range(days) if random.random() < 0.04)
    base = bases[(i // len(BODIES)) % len(bases)]
    return Officer(
        f"officer-{i}", body, base.id, tuple(sorted(skills)), random.random() < 0.97, absent
    )


def _premises(random: Random, i: int, towns: list[tuple[float, float]], days: int) -> Premises:
    town = min(int(random.expovariate(0.12)), len(towns) - 1)
    lat, lon = _around(random, towns[town], 0.018)
    weekly = random.randrange(5) if random.random() < 0.1 else -1
    closed = frozenset(d for d in range(days) if d % 5 == weekly or random.random() < 0.01)
    return Premises(
        f"premises-{i}",
        f"enterprise-{i * 9 // 10}",
        f"town-{town}",
        lat,
        lon,
        closed,
        (540, 1020) if random.random() < 0.3 else None,
        random.choice((7, 14, 14, 21)),
        random.choice((2, 2, 3, 4)),
        random.choice((1, 2, 2)),
        240,
    )


def _demands(random: Random, premises: tuple[Premises, ...], size: Size) -> tuple[Demand, ...]:
    demands = []
    for i in range(size.demands):
        place = premises[i] if i < len(premises) else random.choice(premises)
        body = random.choice(BODIES)
        exempt = random.random() < 0.04
        length = random.randint(3, 10) if exempt else random.randint(20, 55)
        release = random.randrange(max(1, size.days - min(length, size.days) // 2))
        demands.append(
            Demand(
                f"demand-{i}",
                body,
                body,
                place.id,
                release,
                min(size.days - 1, release + length),
                random.choice((20, 30, 30, 45, 60)),
                random.choice((1, 1, 2, 2, 3, 4)),
                exempt or random.random() < 0.5,
                exempt,
            )
        )
    return tuple(demands)
