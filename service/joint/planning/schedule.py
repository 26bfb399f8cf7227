"""A schedule in the making: crews with a route for a day, and the rules between visits."""

from dataclasses import dataclass, field

import numpy as np

from service.joint.planning.columns import Flags, Ints
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
    slack: "Slack | None" = None
    number: int = -1


@dataclass(frozen=True, slots=True)
class Slack:
    """How a route may stretch: earliest end and latest start of each of its visits."""

    ends: list[int]
    latest: list[int]
    travel: int


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
        self.crew_by_number: list[Crew] = []
        self.crew_day: Ints = np.zeros(256, dtype=np.int64)
        self.crew_mask: Ints = np.zeros(256, dtype=np.int64)
        self.crew_bodies: Ints = np.zeros(256, dtype=np.int64)
        self.at: Ints = np.full(len(jobs), -1, dtype=np.int64)
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

    def served(self) -> Flags:
        """By demand row, whether a visit that has a place serves it."""
        served = np.zeros(len(self.problem.demand_of_row), dtype=bool)
        for job, crew in enumerate(self.crew_of):
            if crew is not None:
                served[self.jobs.rows[job]] = True
        return served

    def left_behind(self) -> tuple[int, int]:
        """Risk of the mandatory and of the other demands that are not served."""
        return self.problem.columns.risk_by_kind(~self.served())

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

    def lawful_days(self, job: int) -> Flags:
        """By day number, whether `lawful_day` allows it."""
        place, first, last = self.place[job], self.first[job], self.last[job]
        allowed = np.zeros(self.problem.days, dtype=bool)
        allowed[first : last + 1] = self.free[place, first : last + 1]
        if not self.counted[job]:
            return allowed
        calendar, gap = self.problem.columns.ordinals, self.gap[place]
        taken = [
            crew.day
            for other in self.siblings[place]
            if other != job and self.counted[other] and (crew := self.crew_of[other]) is not None
        ]
        for day in (*taken, *self.fixed_counted.get(place, ())):
            allowed &= np.abs(calendar - calendar[day]) >= gap
        return allowed

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
        self._enlist(crew)
        return crew

    def _enlist(self, crew: Crew) -> None:
        """Enter what a crew can do into the tables that are searched for crews."""
        if crew.number < 0:
            crew.number = len(self.crew_by_number)
            self.crew_by_number.append(crew)
            if crew.number == len(self.crew_day):
                more = np.zeros(len(self.crew_day), dtype=np.int64)
                self.crew_day = np.concatenate([self.crew_day, more])
                self.crew_mask = np.concatenate([self.crew_mask, more])
                self.crew_bodies = np.concatenate([self.crew_bodies, more])
        self.crew_day[crew.number] = crew.day
        self.crew_mask[crew.number] = crew.mask
        self.crew_bodies[crew.number] = crew.bodies

    def regroup(self, crew: Crew, officers: tuple[int, ...]) -> None:
        """Give a crew other officers, who are idle or its own; the caller has checked its route."""
        problem = self.problem
        self.idle[list(crew.officers), crew.day] = True
        self.idle[list(officers), crew.day] = False
        crew.officers = officers
        crew.mask = int(np.bitwise_or.reduce(problem.officer_mask[list(officers)]))
        crew.bodies = sum({1 << int(problem.officer_body[o]) for o in officers})
        crew.bases = tuple(int(problem.officer_base[o]) for o in officers)
        crew.slack = None
        self._enlist(crew)

    def close(self, crew: Crew) -> None:
        """Dissolve a crew without visits; its officers are idle again."""
        self.idle[list(crew.officers), crew.day] = True
        self.crews.remove(crew)

    def place_job(self, job: int, crew: Crew, position: int) -> None:
        """Put a visit into a route; the caller has checked that it fits."""
        crew.route.insert(position, job)
        crew.slack = None
        self.crew_of[job] = crew
        self.at[job] = crew.number
        self.free[self.place[job], crew.day] = False

    def remove_job(self, job: int) -> tuple[Crew, int]:
        """Take a visit out of its route and tell where it was."""
        crew = self.crew_of[job]
        assert crew is not None
        position = crew.route.index(job)
        del crew.route[position]
        crew.slack = None
        self.crew_of[job] = None
        self.at[job] = -1
        self.free[self.place[job], crew.day] = True
        return crew, position

    def slack(self, crew: Crew) -> Slack | None:
        """Earliest ends and latest starts along a route, None when it does not fit its day."""
        if crew.slack is not None:
            return crew.slack
        timing = self.timing(crew, crew.route)
        if timing is None:
            return None
        one, route = self.problem.table.one, crew.route
        ends = [start + self.minutes[job] for job, start in zip(route, timing.starts, strict=True)]
        latest = [0] * len(route)
        until = self.problem.shift_to
        for i in range(len(route) - 1, -1, -1):
            job = route[i]
            place = self.place[job]
            if i == len(route) - 1:
                way = max([one(place, base) for base in crew.bases])
            else:
                way = one(place, self.place[route[i + 1]])
            until = min(until - way, self.open_to[place]) - self.minutes[job]
            latest[i] = until = min(until, crew.pinned.get(job, until))
        crew.slack = Slack(ends, latest, timing.travel)
        return crew.slack

    def best_position(self, job: int, crew: Crew) -> tuple[int, int] | None:
        """Cheapest place in a route as (extra officer minutes on the road, position)."""
        slack = self.slack(crew)
        if slack is None:
            return None
        one, route, team = self.problem.table.one, crew.route, len(crew.bases)
        here, minutes = self.place[job], self.minutes[job]
        opens, last_start = self.open_from[here], self.open_to[here] - self.minutes[job]
        homes = [one(base, here) for base in crew.bases]
        longest, total = max(homes), sum(homes)
        best: tuple[int, int] | None = None
        for position in range(len(route) + 1):
            if position:
                before = self.place[route[position - 1]]
                leg = one(before, here)
                start, extra = slack.ends[position - 1] + leg, leg * team
            else:
                before = -1
                start, extra = self.problem.shift_from + longest, total
            start = max(start, opens)
            if start > last_start:
                break
            if position < len(route):
                after = self.place[route[position]]
                leg = one(here, after)
                if start + minutes + leg > slack.latest[position]:
                    continue
                extra += leg * team - self._leg(crew, before, after)
            else:
                if start + minutes + longest > self.problem.shift_to:
                    continue
                extra += total - (self._leg(crew, before, -1) if route else 0)
            if best is None or extra < best[0]:
                best = (extra, position)
        return best

    def _leg(self, crew: Crew, a: int, b: int) -> int:
        """Officer minutes of a leg of a route; -1 stands for the bases."""
        one = self.problem.table.one
        if a < 0 or b < 0:
            return sum([one(base, max(a, b)) for base in crew.bases])
        return one(a, b) * len(crew.bases)

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
        self.at = np.append(self.at, -1)
        self.jobs.rows.append([])
        return len(self.place) - 1

    def rewrite(self, job: int, rows: list[int], facts: JobFacts) -> None:
        """Change the demands of one visit; the caller keeps its route valid."""
        self.jobs.rows[job] = rows
        crew = self.crew_of[job]
        if crew is not None:
            crew.slack = None
        self.minutes[job], self.need[job], self.lead[job] = facts.minutes, facts.need, facts.lead
        self.mandatory[job], self.discretionary[job] = facts.mandatory, facts.discretionary
        self.first[job], self.last[job] = facts.first, facts.last
        self.counted[job] = facts.counted
