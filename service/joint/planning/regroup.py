"""Other officers for a crew: fewer where its visits allow it, nearer ones where they are idle."""

import numpy as np

from service.joint.planning.schedule import Crew, Schedule


def regroup(schedule: Schedule, crew: Crew) -> bool:
    """Send officers home whom no visit needs, or take idle ones from a nearer base."""
    if crew.pinned or not crew.route:
        return False
    need, leads = 0, 0
    for job in crew.route:
        need |= schedule.need[job]
        leads |= 1 << schedule.lead[job]
    return _smaller(schedule, crew, need, leads) or _nearer(schedule, crew, need, leads)


def _smaller(schedule: Schedule, crew: Crew, need: int, leads: int) -> bool:
    """Take one officer out, or put one idle officer in the place of two."""
    if len(crew.officers) < 3:
        return False
    for gone in crew.officers:
        rest = tuple(o for o in crew.officers if o != gone)
        if _covers(schedule, rest, need, leads):
            schedule.regroup(crew, rest)
            return True
    idle = np.flatnonzero(schedule.idle[:, crew.day])
    for a in range(len(crew.officers)):
        for b in range(a + 1, len(crew.officers)):
            rest = tuple(o for i, o in enumerate(crew.officers) if i not in (a, b))
            found = _idle_for(schedule, rest, idle, need, leads, crew)
            if found is not None and _fits(schedule, crew, (*rest, found)):
                schedule.regroup(crew, tuple(sorted((*rest, found))))
                return True
    return False


def _nearer(schedule: Schedule, crew: Crew, need: int, leads: int) -> bool:
    """Put an idle officer with a shorter way in the place of one with a longer."""
    idle = np.flatnonzero(schedule.idle[:, crew.day])
    if not len(idle):
        return False
    ways = [_way(schedule, crew, int(schedule.problem.officer_base[o])) for o in crew.officers]
    worst = int(np.argmax(ways))
    rest = tuple(o for i, o in enumerate(crew.officers) if i != worst)
    found = _idle_for(schedule, rest, idle, need, leads, crew)
    if found is None:
        return False
    way = _way(schedule, crew, int(schedule.problem.officer_base[found]))
    if way >= ways[worst] or not _fits(schedule, crew, (*rest, found)):
        return False
    schedule.regroup(crew, tuple(sorted((*rest, found))))
    return True


def _covers(schedule: Schedule, team: tuple[int, ...], need: int, leads: int) -> bool:
    problem = schedule.problem
    mask = bodies = 0
    for officer in team:
        mask |= int(problem.officer_mask[officer])
        bodies |= 1 << int(problem.officer_body[officer])
    return not need & ~mask and not leads & ~bodies


def _idle_for(
    schedule: Schedule,
    rest: tuple[int, ...],
    idle: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]",
    need: int,
    leads: int,
    crew: Crew,
) -> int | None:
    """The idle officer with the shortest way who completes a team; None if there is none."""
    problem = schedule.problem
    mask = bodies = 0
    for officer in rest:
        mask |= int(problem.officer_mask[officer])
        bodies |= 1 << int(problem.officer_body[officer])
    able = (problem.officer_mask[idle] & need & ~mask) == (need & ~mask)
    able &= ((1 << problem.officer_body[idle]) & leads & ~bodies) == (leads & ~bodies)
    fit = idle[able]
    if not len(fit):
        return None
    ways = [_way(schedule, crew, int(problem.officer_base[o])) for o in fit.tolist()]
    return int(fit[int(np.argmin(ways))])


def _way(schedule: Schedule, crew: Crew, base: int) -> int:
    """Minutes from a base to the first visit of a crew, and home from its last."""
    one = schedule.problem.table.one
    return one(base, schedule.place[crew.route[0]]) + one(base, schedule.place[crew.route[-1]])


def _fits(schedule: Schedule, crew: Crew, team: tuple[int, ...]) -> bool:
    """Whether the route fits the day with officers of other bases."""
    bases, crew.bases = crew.bases, tuple(int(schedule.problem.officer_base[o]) for o in team)
    fits = schedule.timing(crew, crew.route) is not None
    crew.bases = bases
    return fits
