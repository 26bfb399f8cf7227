"""Which way of filling days densely suits an instance: thrifty, prompt, eager or strict.

Where officers are plenty, thrifty days save officers.  Where they are few, crews go out sooner, so
that their time is used before the windows close: promptly, and where that leaves work behind,
eagerly.  Where it leaves mandatory work behind, the strict way lets other work wait for it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from service.joint.planning.packing import Density, Packing
from service.joint.planning.pinned import pin_fixed
from service.joint.planning.problem import Jobs
from service.joint.planning.repair import repair
from service.joint.planning.schedule import Schedule
from service.joint.planning.sweep import Taste


@dataclass(frozen=True, slots=True)
class Way:
    """How choices are weighed and how full a day must be."""

    taste: Taste
    density: Density


THRIFTY = Way(Taste(3.0, discretionary=2.0, seed_discretionary=1.0), Density(full=0.93))
PROMPT = Way(Taste(3.0, discretionary=2.0, seed_discretionary=1.0), Density(full=0.6))
EAGER = Way(Taste(3.0, discretionary=2.0, seed_discretionary=1.0), Density(full=0.3))
STRICT = Way(Taste(3.0, discretionary=40.0, seed_discretionary=10.0), Density(full=0.3))


def denser(
    start: Schedule, jobs: Jobs, by_law: tuple[int, int], go_on: Callable[[], bool]
) -> Schedule:
    """The best of a schedule and its denser rivals; a rival leaves no more behind.

    `by_law` is the risk, mandatory and other, that no schedule serves.  Stops between two days,
    and keeps the best so far, as soon as `go_on` says so.
    """
    best = start
    calm = start.left_behind()[0] <= by_law[0]
    way: Way | None = THRIFTY if calm else PROMPT
    tried: list[Way] = []
    while way is not None and (rival := _filled(start, jobs, way, go_on)) is not None:
        tried.append(way)
        best = min(best, rival, key=_rank)
        way = next_way(tried, rival.left_behind(), by_law)
    return best


def next_way(tried: list[Way], left: tuple[int, int], by_law: tuple[int, int]) -> Way | None:
    """What to try after the ways tried, given what the last one left behind; None to stop."""
    if len(tried) > 1:
        return None
    if tried[0] == THRIFTY:
        return None if left <= by_law else PROMPT
    if left[0] > by_law[0]:
        return STRICT
    return THRIFTY if left <= by_law else EAGER


def _filled(start: Schedule, jobs: Jobs, way: Way, go_on: Callable[[], bool]) -> Schedule | None:
    schedule = Schedule(start.problem, jobs.copy())
    pin_fixed(schedule)
    if not Packing(schedule, way.taste, way.density).pack(go_on):
        return None
    repair(schedule)
    return schedule


def _rank(schedule: Schedule) -> tuple[int, int, int]:
    """What stays behind, then the days of officers; less is better."""
    return (*schedule.left_behind(), sum(len(crew.officers) for crew in schedule.crews))
