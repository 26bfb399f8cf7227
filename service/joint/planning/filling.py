"""Filling a crew's day by cheapest insertion from the visits around a place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.joint.planning.columns import Flags, Ints
from service.joint.planning.problem import Problem

Floats = NDArray[np.float64]
SEAT = 0.10  # minutes that a seat more than a visit needs costs, per minute of the visit
WAITING = 0.5  # a minute of waiting at a door against a minute on the road
HOP = 6.0  # minutes on the road that a visit is worth when a day is judged
NEAR = 250  # visits that a crew chooses from, those nearest to the seed that it can do


@dataclass(frozen=True, slots=True)
class Around:
    """Visits around a seed, the seed first; `away` holds the minutes from it.

    `bonus` is in minutes that a visit may cost; `hardness` in pairs of officers that it needs;
    `worth` is its length and way in minutes of a pair, `value` the same and its rarity.
    """

    jobs: Ints
    place: Ints
    away: Ints
    minutes: Ints
    opens: Ints
    last_start: Ints
    need: Ints
    lead: Ints
    bonus: Floats
    hardness: Floats
    worth: Floats
    value: Floats


@dataclass(frozen=True, slots=True)
class Legs:
    """What one crew could visit: minutes from row to column, the last of both is its base."""

    index: Ints
    minutes: Floats
    length: Ints
    opens: Ints
    last_start: Ints
    bonus: Floats


def fill(problem: Problem, team: tuple[int, ...], around: Around) -> list[int] | None:
    """A route as positions in `around`, in order; None if the seed does not fit the day."""
    legs = _legs(problem, team, around)
    low, high = float(problem.shift_from), float(problem.shift_to)
    n = len(legs.index)
    if not n or legs.index[0]:
        return None
    way = legs.minutes[0, n]
    start = max(low + way, float(legs.opens[0]))
    if start > legs.last_start[0] or start + legs.length[0] + way > high:
        return None
    place = around.place[legs.index]
    route = [0]
    legs.bonus[place == place[0]] = -np.inf
    while (found := _cheapest(legs, route, low, high)) is not None:
        position, visit = found
        route.insert(position, visit)
        legs.bonus[place == place[visit]] = -np.inf
    chosen: list[int] = legs.index[route].tolist()
    return chosen


def _legs(problem: Problem, team: tuple[int, ...], around: Around) -> Legs:
    officers = list(team)
    index = _able(problem, officers, around)
    bases = sorted(set(problem.officer_base[officers].tolist()))
    n = len(index)
    minutes = np.zeros((n + 1, n + 1))
    minutes[:n, :n] = problem.table.matrix(around.place[index])
    minutes[n, :n] = np.max([problem.table.many(b, around.place[index]) for b in bases], axis=0)
    minutes[:n, n] = minutes[n, :n]
    surplus = len(team) - 2 * around.hardness[index]
    return Legs(
        index,
        minutes,
        around.minutes[index],
        around.opens[index],
        around.last_start[index],
        around.bonus[index] - SEAT * around.minutes[index] * surplus,
    )


def _able(problem: Problem, officers: list[int], around: Around) -> Ints:
    """Positions of the nearest visits that these officers can do and lead, in order."""
    mask = int(np.bitwise_or.reduce(problem.officer_mask[officers]))
    bodies = sum({1 << int(problem.officer_body[o]) for o in officers})
    able: Flags = (around.need & ~mask == 0) & (bodies >> around.lead & 1 == 1)
    index = np.flatnonzero(able)
    if len(index) > NEAR:
        index = np.sort(index[np.argsort(around.away[index], kind="stable")[:NEAR]])
    return index


def _cheapest(legs: Legs, route: list[int], low: float, high: float) -> tuple[int, int] | None:
    """Where which visit costs least; None when nothing more fits."""
    n = len(legs.index)
    ends, latest = _slack(legs, route, low, high)
    before, after = [n, *route], [*route, n]
    come, go = legs.minutes[before, :n], legs.minutes[after, :n]
    arrive = ends[:, None] + come
    begin = np.maximum(arrive, legs.opens)
    fits = (begin <= legs.last_start) & (begin + legs.length + go <= latest[:, None])
    cost = come + go - legs.minutes[before, after][:, None] + WAITING * (begin - arrive)
    cost = np.where(fits, cost - legs.bonus, np.inf)
    position, visit = divmod(int(cost.argmin()), n)
    return (position, visit) if cost[position, visit] < np.inf else None


def _slack(legs: Legs, route: list[int], low: float, high: float) -> tuple[Floats, Floats]:
    """Earliest end before, and latest arrival after, each place of a route."""
    n, minutes = len(legs.index), legs.minutes
    ends, latest = [low], [high]
    clock, here = low, n
    for visit in route:
        clock = max(clock + minutes[here, visit], legs.opens[visit]) + legs.length[visit]
        ends.append(clock)
        here = visit
    until, here = high, n
    for visit in reversed(route):
        until = min(until - minutes[visit, here] - legs.length[visit], legs.last_start[visit])
        latest.append(until)
        here = visit
    return np.array(ends), np.array(latest[::-1])
