"""Construction: day by day, the most urgent visit opens a crew, near ones fill its day."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from service.joint.planning.columns import Ints
from service.joint.planning.problem import Problem
from service.joint.planning.schedule import Crew, Schedule

NEAR = 120


@dataclass(frozen=True, slots=True)
class Taste:
    """How the construction weighs its choices; minutes of travel per unit of each."""

    slack: float = 1.2
    discretionary: float = 5.0
    surplus_officer: float = 0.10
    seed_discretionary: float = 6.0


def choose_team(
    problem: Problem, idle: Ints, place: int, need: int, lead: int, pool_needs: Ints
) -> tuple[int, ...] | None:
    """Fewest idle officers, near by, with the lead body and every skill; None if impossible.

    A second officer whom the law asks for but the visit does not is chosen by how many of
    `pool_needs`, the skills of visits near by, the pair could serve.
    """
    mask = problem.officer_mask[idle]
    away = problem.table.many(place, problem.officer_base[idle])
    team: list[int] = []
    open_seats = np.ones(len(idle), dtype=bool)
    remaining = need

    def take(eligible: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]", score: Ints) -> bool:
        nonlocal remaining
        eligible = eligible & open_seats
        if not eligible.any():
            return False
        pick = int(np.where(eligible, score, -(1 << 40)).argmax())
        team.append(pick)
        open_seats[pick] = False
        remaining &= ~int(mask[pick])
        return True

    useful = np.bitwise_count(mask & remaining).astype(np.int64)
    if not take(problem.officer_body[idle] == lead, 60 * useful - away):
        return None
    while remaining:
        useful = np.bitwise_count(mask & remaining).astype(np.int64)
        if not take(useful > 0, 60 * useful - away):
            return None
    while len(team) < 2:
        have = int(np.bitwise_or.reduce(mask[team]))
        kinds, which = np.unique(mask | have, return_inverse=True)
        served = ((pool_needs[None, :] & ~kinds[:, None]) == 0).sum(axis=1)
        if not take(np.ones(len(idle), dtype=bool), served[which] - away):
            return None
    return tuple(sorted(int(idle[i]) for i in team))


class Sweep:
    """One pass over the days; fills `schedule`."""

    def __init__(self, schedule: Schedule, taste: Taste) -> None:
        self.schedule = schedule
        self.problem = schedule.problem
        self.jobs = schedule.jobs
        self.taste = taste
        self.pending = np.ones(len(self.jobs.place), dtype=bool)
        self.earliest = self.jobs.first.copy()
        self.latest = self.jobs.last.copy()
        self.team_size = np.maximum(2, np.bitwise_count(self.jobs.need).astype(np.int64))
        self._chain()

    def _chain(self) -> None:
        """Narrow windows so that the counted visits of one premises keep their order and gap."""
        problem = self.problem
        for place, group in self.schedule.siblings.items():
            counted = [j for j in group if self.schedule.counted[j]]
            if len(counted) < 2:
                continue
            counted.sort(key=lambda j: int(self.jobs.tentative[j]))
            for a, b in pairwise(counted):
                after = problem.next_after_gap(place, int(self.earliest[a]))
                self.earliest[b] = max(int(self.earliest[b]), after)
            for b, a in pairwise(reversed(counted)):
                before = problem.last_before_gap(place, min(int(self.latest[b]), problem.days - 1))
                self.latest[a] = min(int(self.latest[a]), before)

    def run(self) -> None:
        """Fill every day."""
        for day in range(self.problem.days):
            self._day(day)

    def open_on(self, day: int) -> Ints:
        """Visits still without a place that the day would suit."""
        jobs = self.jobs
        return np.flatnonzero(
            self.pending
            & (self.earliest <= day)
            & (self.latest >= day)
            & self.schedule.free[jobs.place, day]
            & (~jobs.counted | self.problem.counted_days[jobs.place, day])
        )

    def _day(self, day: int) -> None:
        jobs = self.jobs
        pool = self.open_on(day)
        slack = self.latest[pool] - day
        later = np.where(jobs.mandatory[pool] > 0, 0.0, self.taste.seed_discretionary)
        rank = slack + later - 0.5 * jobs.mandatory[pool]
        idle, skills, bodies = self._idle(day)
        for seed in pool[np.argsort(rank, kind="stable")].tolist():
            if len(idle) < 2:
                break
            if not self.possible(seed, day, skills, bodies):
                continue
            if self._crew(seed, day, idle, pool):
                idle, skills, bodies = self._idle(day)

    def possible(self, seed: int, day: int, skills: int, bodies: int) -> bool:
        """Whether a crew with these skills and bodies could begin the day with this visit."""
        schedule = self.schedule
        return bool(
            self.pending[seed]
            and schedule.free[schedule.place[seed], day]
            and not schedule.need[seed] & ~skills
            and bodies >> schedule.lead[seed] & 1
        )

    def _idle(self, day: int) -> tuple[Ints, int, int]:
        """Officers still idle, and the skills and bodies among them as bits."""
        idle = np.flatnonzero(self.schedule.idle[:, day])
        skills = int(np.bitwise_or.reduce(self.problem.officer_mask[idle]))
        bodies = sum(1 << int(body) for body in np.unique(self.problem.officer_body[idle]))
        return idle, skills, bodies

    def _crew(self, seed: int, day: int, idle: Ints, pool: Ints) -> bool:
        jobs, schedule, problem = self.jobs, self.schedule, self.problem
        alive = pool[self.pending[pool] & schedule.free[jobs.place[pool], day]]
        distance = problem.table.many(int(jobs.place[seed]), jobs.place[alive])
        if len(alive) > 4 * NEAR:
            closest = np.argpartition(distance, 4 * NEAR)[: 4 * NEAR]
            alive, distance = alive[closest], distance[closest]
        team = choose_team(
            problem,
            idle,
            int(jobs.place[seed]),
            int(jobs.need[seed]),
            int(jobs.lead[seed]),
            jobs.need[alive],
        )
        if team is None:
            return False
        crew = schedule.open_crew(day, team)
        if schedule.timing(crew, [seed]) is None:
            schedule.close(crew)
            return False
        self._commit(seed, crew)
        able = (jobs.need[alive] & ~crew.mask == 0) & (crew.bodies >> jobs.lead[alive] & 1 == 1)
        able &= self.pending[alive] & (jobs.place[alive] != jobs.place[seed])
        alive, distance = alive[able], distance[able]
        if len(alive) > NEAR:
            alive = alive[np.argpartition(distance, NEAR)[:NEAR]]
        if len(alive):
            self._fill(crew, alive)
        return True

    def _fill(self, crew: Crew, near: Ints) -> None:
        """Append the cheapest near visit again and again until the day is full."""
        jobs, problem, taste = self.jobs, self.problem, self.taste
        place, minutes = jobs.place[near], jobs.minutes[near]
        back = np.max([problem.table.many(b, place) for b in sorted(set(crew.bases))], axis=0)
        opens, closes = problem.open_from[place], problem.open_to[place]
        closes = np.minimum(closes, problem.shift_to - back)
        bias = taste.slack * (self.latest[near] - crew.day)
        bias += np.where(jobs.mandatory[near] > 0, 0.0, taste.discretionary)
        bias += taste.surplus_officer * minutes * (len(crew.officers) - self.team_size[near])
        timing = self.schedule.timing(crew, crew.route)
        assert timing is not None
        clock, here = timing.end, int(jobs.place[crew.route[0]])
        left = np.ones(len(near), dtype=bool)
        while True:
            travel = problem.table.many(here, place)
            start = np.maximum(clock + travel, opens)
            fits = left & (start + minutes <= closes)
            if not fits.any():
                return
            cost = np.where(fits, start - clock + bias, np.inf)
            pick = int(cost.argmin())
            self._commit(int(near[pick]), crew)
            clock, here = int(start[pick] + minutes[pick]), int(place[pick])
            left &= place != here

    def _commit(self, job: int, crew: Crew) -> None:
        schedule = self.schedule
        self.pending[job] = False
        schedule.place_job(job, crew, len(crew.route))
        if schedule.counted[job]:
            place = schedule.place[job]
            after = -1
            for other in schedule.siblings[place]:
                if other != job and self.pending[other] and schedule.counted[other]:
                    if after < 0:
                        after = self.problem.next_after_gap(place, crew.day)
                    self.earliest[other] = max(int(self.earliest[other]), after)
