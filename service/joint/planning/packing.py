"""Dense days: a crew is sent out when its day is nearly full, or when a visit cannot wait.

Day by day the most urgent visit proposes crews; each is filled by cheapest insertion from the
visits around, and the one that uses its officers best goes if that is good enough.  Waiting keeps
the choice around each place large, which is what makes days full and ways short.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from service.joint.planning.columns import Flags, Ints
from service.joint.planning.filling import HOP, Around, Floats, fill
from service.joint.planning.problem import Problem
from service.joint.planning.rarity import rarity
from service.joint.planning.schedule import Schedule
from service.joint.planning.sweep import Sweep, Taste, choose_team

NEAR = 2000  # visits around a seed; each crew sees the nearest that it can do
KINDS = 40  # kinds of officers looked at, nearest first
OPTIONS = 3  # crews filled for each seed
FAILURES = 2  # seeds of one neighbourhood that may propose in vain on a day
CELLS_PER_DEGREE = 40
NEARNESS = 10.0  # minutes on the road over which the pull of a visit falls to a third
PATIENCE_MOST = 20


@dataclass(frozen=True, slots=True)
class Density:
    """How full a day must be before it is sent out.

    `full` is asked for while the seed can wait `patience` days, less as its last day comes near.
    `hard` favours visits that need more than a pair and `rare` those that few pairs can do, in
    minutes for each pair more and for each halving of the pairs; `early` lets the latter open
    crews so many days ahead.  `skill` minutes are the price of each further skill of an officer,
    so that who has many is kept for the visits that need them.
    """

    full: float
    patience: int = 8
    hard: float = 4.0
    rare: float = 8.0
    early: float = 0.2
    skill: float = 60.0


class Kinds:
    """Officers of one base, body and set of skills are of one kind."""

    def __init__(self, problem: Problem) -> None:
        facts = [problem.officer_base, problem.officer_body, problem.officer_mask]
        kinds, of = np.unique(np.stack(facts, axis=1), axis=0, return_inverse=True)
        self.of: Ints = of.ravel()
        self.base, self.body, self.mask = kinds[:, 0], kinds[:, 1], kinds[:, 2]

    def members(self, idle: Ints) -> list[list[int]]:
        """Idle officers by kind."""
        lists: list[list[int]] = [[] for _ in self.base]
        for officer, kind in zip(idle.tolist(), self.of[idle].tolist(), strict=True):
            lists[kind].append(officer)
        return lists


class Packing(Sweep):
    """One pass over the days that fills `schedule` with dense crews."""

    def __init__(self, schedule: Schedule, taste: Taste, density: Density) -> None:
        super().__init__(schedule, taste)
        problem, jobs = self.problem, self.jobs
        self.density = density
        self.kinds = Kinds(problem)
        self.hardness = np.maximum(2, _team_sizes(problem, jobs.need)) / 2.0
        self.rarity = rarity(problem, jobs.need, jobs.lead)
        self.price = density.skill * _further_skills(problem.officer_mask)
        self.kind_price = density.skill * _further_skills(self.kinds.mask)
        everywhere = np.arange(len(problem.open_from))
        ways = [problem.table.many(int(b), everywhere) for b in np.unique(self.kinds.base)]
        self.nearest_way = np.min(ways, axis=0) if ways else np.zeros(len(everywhere))
        self.latest = self._last_open_days()
        self._chain()
        self.latest = self._last_open_days()

    def _last_open_days(self) -> Ints:
        """The last day on which each visit is possible; its window may end on closed days."""
        jobs, last = self.jobs, np.minimum(self.latest, self.problem.days - 1)
        answer = last.copy()
        for counted, allowed in (
            (True, self.problem.counted_days),
            (False, self.problem.open_days),
        ):
            day = np.where(allowed, np.arange(self.problem.days), -1)
            open_until = np.maximum.accumulate(day, axis=1)
            chosen = jobs.counted == counted
            answer[chosen] = open_until[jobs.place[chosen], last[chosen]]
        return answer

    def pack(self, go_on: Callable[[], bool]) -> bool:
        """Fill every day; False, with days left, as soon as `go_on` says so."""
        for day in range(self.problem.days):
            if not go_on():
                return False
            self._day(day)
        return True

    def _day(self, day: int) -> None:
        pool = self.open_on(day)
        later = np.where(self.jobs.mandatory[pool] > 0, 0.0, self.taste.seed_discretionary)
        stakes = 0.5 * self.jobs.mandatory[pool] + self.density.early * self.rarity[pool]
        rank = self.latest[pool] - day + later - stakes
        failed: dict[tuple[int, int], int] = {}
        idle, skills, bodies = self._idle(day)
        for seed in pool[np.argsort(rank, kind="stable")].tolist():
            if len(idle) < 2:
                break
            if not self.possible(seed, day, skills, bodies):
                continue
            wait, cell = int(self.latest[seed]) - day, self._cell(seed)
            if wait > 1 and failed.get(cell, 0) >= FAILURES:
                continue
            wanted = self.density.full * min(1.0, max(0, wait - 1) / self.density.patience)
            if self._propose(seed, day, idle, pool, wanted):
                idle, skills, bodies = self._idle(day)
            else:
                failed[cell] = failed.get(cell, 0) + 1

    def _cell(self, seed: int) -> tuple[int, int]:
        lat, lon = self.problem.table.degrees_of(self.schedule.place[seed])
        return int(lat * CELLS_PER_DEGREE), int(lon * CELLS_PER_DEGREE)

    def _around(self, seed: int, day: int, pool: Ints) -> Around:
        jobs, schedule, problem = self.jobs, self.schedule, self.problem
        alive = pool[self.pending[pool] & schedule.free[jobs.place[pool], day]]
        alive = alive[jobs.place[alive] != jobs.place[seed]]
        away = problem.table.many(int(jobs.place[seed]), jobs.place[alive])
        if len(alive) > NEAR:
            closest = np.argpartition(away, NEAR)[:NEAR]
            alive, away = alive[closest], away[closest]
        alive, away = np.concatenate([[seed], alive]), np.concatenate([[0], away])
        place, minutes, hardness = jobs.place[alive], jobs.minutes[alive], self.hardness[alive]
        rare, worth = self.density.rare * self.rarity[alive], hardness * (minutes + HOP)
        bonus = -self.taste.slack * np.minimum(self.latest[alive] - day, PATIENCE_MOST)
        bonus = bonus - np.where(jobs.mandatory[alive] > 0, 0.0, self.taste.discretionary)
        return Around(
            alive,
            place,
            away,
            minutes,
            problem.open_from[place],
            problem.open_to[place] - minutes,
            jobs.need[alive],
            jobs.lead[alive],
            bonus + self.density.hard * (hardness - 1) + rare,
            hardness,
            worth,
            worth + rare,
        )

    def _propose(self, seed: int, day: int, idle: Ints, pool: Ints, wanted: float) -> bool:
        """Send out the crew that uses its officers best; False when none is dense enough."""
        around = self._around(seed, day, pool)
        best: tuple[float, tuple[int, ...], list[int]] | None = None
        for team in self._teams(seed, day, idle, around):
            route = fill(self.problem, team, around)
            if route is None or self._fullness(team, route, around) < wanted:
                continue
            value = float(around.value[route].sum() - self.price[list(team)].sum()) / len(team)
            if best is None or value > best[0]:
                best = (value, team, route)
        if best is None:
            return False
        crew = self.schedule.open_crew(day, best[1])
        chosen: list[int] = around.jobs[best[2]].tolist()
        if self.schedule.timing(crew, chosen) is None:
            self.schedule.close(crew)
            return False
        for job in chosen:
            self._commit(job, crew)
        return True

    def _fullness(self, team: tuple[int, ...], route: list[int], around: Around) -> float:
        """Worth of a day over what its officers have, the way of the nearest base deducted."""
        shift = self.problem.shift_to - self.problem.shift_from
        usable = max(60.0, shift - 2 * float(self.nearest_way[around.place[0]]))
        return float(around.worth[route].sum()) / (len(team) / 2 * usable)

    def _teams(self, seed: int, day: int, idle: Ints, around: Around) -> list[tuple[int, ...]]:
        """The most promising pairs for a seed; a larger crew only where it cannot wait for one."""
        made = self._pairs(seed, idle, around)
        if made or day < self.latest[seed]:
            return made
        jobs = self.jobs
        place, need, lead = (int(x[seed]) for x in (jobs.place, jobs.need, jobs.lead))
        team = choose_team(self.problem, idle, place, need, lead, around.need)
        return [] if team is None else [team]

    def _pairs(self, seed: int, idle: Ints, around: Around) -> list[tuple[int, ...]]:
        kinds, jobs = self.kinds, self.jobs
        members = kinds.members(idle)
        count = np.array([len(m) for m in members])
        present = np.flatnonzero(count)
        way = self.problem.table.many(int(jobs.place[seed]), kinds.base[present])
        nearest = np.argsort(way, kind="stable")[:KINDS]
        present, way = present[nearest], way[nearest]
        leads = np.flatnonzero(kinds.body[present] == jobs.lead[seed])
        a, b = (x.ravel() for x in np.meshgrid(leads, np.arange(len(present)), indexing="ij"))
        fits = jobs.need[seed] & ~(kinds.mask[present[a]] | kinds.mask[present[b]]) == 0
        fits &= (a != b) | (count[present[a]] > 1)
        a, b = a[fits], b[fits]
        score = self._promise(present[a], present[b], around) - way[a] - way[b]
        made: dict[tuple[int, int], tuple[int, ...]] = {}
        for i in np.argsort(-score, kind="stable").tolist():
            x, y = sorted((int(present[a[i]]), int(present[b[i]])))
            if (x, y) not in made:
                made[x, y] = tuple(sorted((members[x][0], members[y][1 if x == y else 0])))
            if len(made) == OPTIONS:
                break
        return list(made.values())

    def _promise(self, a: Ints, b: Ints, around: Around) -> Floats:
        """About how many minutes of a day pairs of kinds could fill around a seed."""
        kinds = self.kinds
        mask = kinds.mask[a] | kinds.mask[b]
        bodies = (1 << kinds.body[a]) | (1 << kinds.body[b])
        able: Flags = (around.need[None, :] & ~mask[:, None]) == 0
        able &= bodies[:, None] >> around.lead[None, :] & 1 == 1
        shift = float(self.problem.shift_to - self.problem.shift_from)
        pull = around.value * np.exp(-around.away / NEARNESS)
        gain = shift * (1 - np.exp(-(able @ pull) / shift))
        price = self.kind_price[a] + self.kind_price[b]
        answer: Floats = gain - price - 3.0 * np.bitwise_count(mask)
        return answer


def _further_skills(masks: Ints) -> Floats:
    """How many skills each officer or kind has beyond the first."""
    return np.bitwise_count(masks).astype(np.float64).clip(1.0) - 1.0


def _team_sizes(problem: Problem, need: Ints) -> Ints:
    """Officers whom a visit needs at least, from the skills of all who are certified."""
    masks = np.unique(problem.officer_mask[problem.on_duty.any(axis=1)]).tolist()
    sizes: dict[int, int] = {}
    for wanted in np.unique(need).tolist():
        reached, count = {0}, 0
        while wanted not in reached and count < wanted.bit_count():
            reached = {r | (int(m) & wanted) for r in reached for m in masks}
            count += 1
        sizes[wanted] = count
    return np.array([sizes[w] for w in need.tolist()], dtype=np.int64)
