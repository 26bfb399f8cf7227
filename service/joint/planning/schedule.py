"""A schedule in the making: crews with a route for a day, and the rules between visits."""

from dataclasses import dataclass, field

import numpy as np

from service.joint.planning.columns import Flags
from service.joint.planning.problem import JobFacts, Jobs, Problem


@dataclass(slots=True)
class Crew:
    """Officers who spend one day together; each starts and ends at the own base."""

    day: int
    officers: tuple[int, ...]
    mask: int
    bodies: int
    bases: tuple[int, ...]
    route: list[int] = field(default_factory=list)
    pinned: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timing:
    """Start of each visit of a route, and minutes all its officers spend on the road."""

    starts: list[int]
    travel: int
    end: int


class Schedule:
    """Who goes where on which day; every change keeps the rules of a plan."""

    def __init__(self, problem: Problem, jobs: Jobs) -> None:
        self.problem = problem
        self.jobs = jobs
        self.crews: list[Crew] = []
        self.crew_of: list[Crew | None] = [None] * len(jobs)
        self.idle: Flags = problem.on_duty.copy()
        self.free: Flags = problem.open_days.copy()
        self.place: list[int] = jobs.place.tolist()
        self.minutes: list[int] = jobs.minutes.tolist()
        self.need: list[int] = jobs.need.tolist()
        self.lead: list[int] = jobs.lead.tolist()
        self.mandatory: list[int] = jobs.mandatory.tolist()
        self.discretionary: list[int] = jobs.discretionary.tolist()
        self.first: list[int] = jobs.first.tolist()
        self.last: list[int] = jobs.last.tolist()
        self.counted: list[bool] = jobs.counted.tolist()
        self.open_from: list[int] = problem.open_from.tolist()
        self.open_to: list[int] = problem.open_to.tolist()
        self.ordinals: list[int] = problem.columns.ordinals.tolist()
        self.gap: list[int] = problem.columns.gap.tolist()
        self.siblings: dict[int, list[int]] = {}
        for job, place in enumerate(self.place):
            self.siblings.setdefault(place, []).append(job)
        self.fixed_counted = {p: u.counted_days for p, u in problem.columns.fixed.items()}

    def timing(self, crew: Crew, route: list[int]) -> Timing | None:
        """Earliest starts along a route, or None when it does not fit into the day."""
        one = self.problem.table.one
        clock, here, travel = 0, -1, 0
        starts: list[int] = []
        for job in route:
            place = self.place[job]
            if here < 0:
                legs = [one(base, place) for base in crew.bases]
                clock = self.problem.shift_from + max(legs)
                travel += sum(legs)
            else:
                leg = one(here, place)
                clock += leg
                travel += leg * len(crew.bases)
            start = max(clock, self.open_from[place])
            if job in crew.pinned:
                if crew.pinned[job] < start:
                    return None
                start = crew.pinned[job]
            clock = start + self.minutes[job]
            if clock > self.open_to[place]:
                return None
            starts.append(start)
            here = place
        if here >= 0:
            legs = [one(here, base) for base in crew.bases]
            travel += sum(legs)
            if clock + max(legs) > self.problem.shift_to:
                return None
        return Timing(starts, travel, clock)

    def able(self, crew: Crew, job: int) -> bool:
        """Whether the crew has the skills and the lead body of a visit."""
        return not self.need[job] & ~crew.mask and bool(crew.bodies >> self.lead[job] & 1)

    def lawful_day(self, job: int, day: int) -> bool:
        """Whether window, opening and the other visits of the premises allow the day."""
        place = self.place[job]
        if not self.first[job] <= day <= self.last[job] or not self.free[place, day]:
            return False
        if not self.counted[job]:
            return True
        today, gap = self.ordinals[day], self.gap[place]
        for other in self.siblings[place]:
            crew = self.crew_of[other]
            if (
                other != job
                and crew is not None
                and self.counted[other]
                and abs(self.ordinals[crew.day] - today) < gap
            ):
                return False
        return all(abs(self.ordinals[d] - today) >= gap for d in self.fixed_counted.get(place, ()))

    def open_crew(self, day: int, officers: tuple[int, ...]) -> Crew:
        """Form a crew of idle officers; it is dissolved by `close` when it has no visit."""
        problem = self.problem
        crew = Crew(
            day,
            officers,
            int(np.bitwise_or.reduce(problem.officer_mask[list(officers)])),
            sum({1 << int(problem.officer_body[o]) for o in officers}),
            tuple(int(problem.officer_base[o]) for o in officers),
        )
        self.idle[list(officers), day] = False
        self.crews.append(crew)
        return crew

    def close(self, crew: Crew) -> None:
        """Dissolve a crew without visits; its officers are idle again."""
        self.idle[list(crew.officers), crew.day] = True
        self.crews.remove(crew)

    def place_job(self, job: int, crew: Crew, position: int) -> None:
        """Put a visit into a route; the caller has checked that it fits."""
        crew.route.insert(position, job)
        self.crew_of[job] = crew
        self.free[self.place[job], crew.day] = False

    def remove_job(self, job: int) -> tuple[Crew, int]:
        """Take a visit out of its route and tell where it was."""
        crew = self.crew_of[job]
        assert crew is not None
        position = crew.route.index(job)
        del crew.route[position]
        self.crew_of[job] = None
        self.free[self.place[job], crew.day] = True
        return crew, position

    def best_position(self, job: int, crew: Crew) -> tuple[int, int] | None:
        """Cheapest place in a route as (extra officer minutes on the road, position)."""
        now = self.timing(crew, crew.route)
        if now is None:
            return None
        spare = self.problem.shift_to - now.end
        if crew.route and not crew.pinned and spare < 0:
            return None
        best: tuple[int, int] | None = None
        for position in range(len(crew.route) + 1):
            timing = self.timing(crew, [*crew.route[:position], job, *crew.route[position:]])
            if timing is not None and (best is None or timing.travel - now.travel < best[0]):
                best = (timing.travel - now.travel, position)
        return best

    def add_pinned(self, place: int, day: int, minutes: int) -> int:
        """Number of a visit that already stands; it takes time and is never moved."""
        for column, value in (
            (self.place, place),
            (self.minutes, minutes),
            (self.need, 0),
            (self.lead, 0),
            (self.mandatory, 0),
            (self.discretionary, 0),
            (self.first, day),
            (self.last, day),
        ):
            column.append(value)
        self.counted.append(False)
        self.crew_of.append(None)
        self.jobs.rows.append([])
        return len(self.place) - 1

    def rewrite(self, job: int, rows: list[int], facts: JobFacts) -> None:
        """Change the demands of one visit; the caller keeps its route valid."""
        self.jobs.rows[job] = rows
        self.minutes[job], self.need[job], self.lead[job] = facts.minutes, facts.need, facts.lead
        self.mandatory[job], self.discretionary[job] = facts.mandatory, facts.discretionary
        self.first[job], self.last[job] = facts.first, facts.last
        self.counted[job] = facts.counted
