"""Finding room for single visits: insertion, a new crew, ejection of what weighs less."""

import numpy as np

from service.joint.planning.columns import Ints
from service.joint.planning.problem import facts_of
from service.joint.planning.schedule import Crew, Schedule
from service.joint.planning.sweep import choose_team
from service.joint.planning.vicinity import Vicinity

NEIGHBOURS = 48
CREWS_TRIED = 14
EJECTIONS_TRIED = 60
FEW = 40  # mandatory visits without a place for which every able crew is looked at


class Rooms:
    """Looks for room in a schedule, among so many neighbours and crews; keeps its rules."""

    def __init__(
        self, schedule: Schedule, *, neighbours: int = NEIGHBOURS, crews: int = CREWS_TRIED
    ) -> None:
        self.schedule = schedule
        self._neighbours = neighbours
        self._crews = crews
        self.problem = schedule.problem
        self._near: dict[int, Ints] = {}
        self._place: Ints = np.array(schedule.place, dtype=np.int64)
        self._first: Ints = np.array(schedule.first, dtype=np.int64)
        self._last: Ints = np.array(schedule.last, dtype=np.int64)
        self._vicinity = Vicinity(self.problem.table, self._place)

    def near(self, job: int) -> Ints:
        """Visits that lie close by and share days with a visit, nearest first."""
        known = self._near.get(job)
        if known is None:
            schedule = self.schedule
            around = self._vicinity.of(schedule.place[job])
            shares = self._first[around] <= schedule.last[job]
            shares &= self._last[around] >= schedule.first[job]
            others = around[shares & (around != job)]
            distance = self.problem.table.many(schedule.place[job], self._place[others])
            known = others[np.argsort(distance, kind="stable")[: self._neighbours]]
            self._near[job] = known
        return known

    def crews_near(self, job: int, most: int = 0) -> list[Crew]:
        """Crews that pass close by on a lawful day and are able to do the visit, nearest first."""
        schedule = self.schedule
        numbers = schedule.at[self.near(job)]
        numbers = numbers[numbers >= 0]
        able = (schedule.crew_mask[numbers] & schedule.need[job]) == schedule.need[job]
        able &= (schedule.crew_bodies[numbers] >> schedule.lead[job] & 1) == 1
        able &= schedule.lawful_days(job)[schedule.crew_day[numbers]]
        found = dict.fromkeys(numbers[able].tolist())
        chosen = list(found)[: most or self._crews]
        return [schedule.crew_by_number[number] for number in chosen]

    def insert(self, job: int, *, avoid: Crew | None = None) -> bool:
        """Put a visit where it costs the least travel; no new crew."""
        return self.cheapest(job, avoid=avoid) is not None

    def cheapest(self, job: int, *, avoid: Crew | None = None) -> int | None:
        """The same; the extra officer minutes on the road, None where there is no room."""
        best: tuple[int, Crew, int] | None = None
        for crew in self.crews_near(job):
            if crew is avoid:
                continue
            spot = self.schedule.best_position(job, crew)
            if spot is not None and (best is None or spot[0] < best[0]):
                best = (spot[0], crew, spot[1])
        if best is None:
            return None
        self.schedule.place_job(job, best[1], best[2])
        return best[0]

    def new_crew(self, job: int) -> bool:
        """Form a crew of idle officers for the visit on the first day that allows it."""
        schedule = self.schedule
        needs = np.array([schedule.need[j] for j in self.near(job).tolist()] or [0], dtype=np.int64)
        for day in np.flatnonzero(schedule.lawful_days(job)).tolist():
            idle = np.flatnonzero(schedule.idle[:, day])
            if len(idle) < 2:
                continue
            team = choose_team(
                self.problem,
                idle,
                schedule.place[job],
                schedule.need[job],
                schedule.lead[job],
                needs,
            )
            if team is None:
                continue
            crew = schedule.open_crew(day, team)
            if schedule.timing(crew, [job]) is not None:
                schedule.place_job(job, crew, 0)
                return True
            schedule.close(crew)
        return False

    def able_crews(self, job: int) -> list[Crew]:
        """Every crew on a lawful day that is able to do the visit."""
        schedule = self.schedule
        count, need = len(schedule.crew_by_number), schedule.need[job]
        able = (schedule.crew_mask[:count] & need) == need
        able &= (schedule.crew_bodies[:count] >> schedule.lead[job] & 1) == 1
        able &= schedule.lawful_days(job)[schedule.crew_day[:count]]
        crews = [schedule.crew_by_number[number] for number in np.flatnonzero(able).tolist()]
        return [crew for crew in crews if crew.route]

    def anywhere(self, job: int) -> bool:
        """Insert into any able crew of any lawful day, the first that has room."""
        schedule = self.schedule
        for crew in self.able_crews(job):
            spot = schedule.best_position(job, crew)
            if spot is not None:
                schedule.place_job(job, crew, spot[1])
                return True
        return False

    def eject(self, job: int, *, everywhere: bool = False) -> bool:
        """Take out one visit, put this one in, and find the other a new place.

        Where there is none, a visit that weighs less stays out.  Crews near by are tried, or
        every able one.
        """
        schedule = self.schedule
        weight = (schedule.mandatory[job], schedule.discretionary[job])
        tried = 0
        fallback: tuple[int, Crew, int] | None = None
        most = EJECTIONS_TRIED * (5 if everywhere else 1)
        crews = self.able_crews(job) if everywhere else self.crews_near(job, most=most)
        for crew in crews:
            for victim in list(crew.route):
                if victim in crew.pinned or tried >= most:
                    continue
                tried += 1
                _, position = schedule.remove_job(victim)
                spot = schedule.best_position(job, crew)
                if spot is not None:
                    schedule.place_job(job, crew, spot[1])
                    if self.insert(victim, avoid=crew) or self.new_crew(victim):
                        return True
                    schedule.remove_job(job)
                    less = (schedule.mandatory[victim], schedule.discretionary[victim])
                    if fallback is None and less < weight and less[0] < weight[0]:
                        fallback = (victim, crew, spot[1])
                schedule.place_job(victim, crew, position)
        if fallback is None:
            return False
        victim, crew, position = fallback
        schedule.remove_job(victim)
        schedule.place_job(job, crew, position)
        return True

    def strip(self, job: int) -> list[int]:
        """Leave only the mandatory demands in a visit; returns the rows given up."""
        rows = self.schedule.jobs.rows[job]
        mandatory = self.problem.columns.mandatory
        kept = [r for r in rows if mandatory[r]]
        if not kept or len(kept) == len(rows):
            return []
        self.schedule.rewrite(job, kept, facts_of(self.problem, kept))
        self._near.pop(job, None)
        return [r for r in rows if not mandatory[r]]


def repair(schedule: Schedule) -> None:
    """Find room for every visit without a place, those that weigh most first."""
    rooms = Rooms(schedule)
    waiting = _waiting(schedule)
    for job in waiting:
        if rooms.insert(job) or rooms.new_crew(job) or rooms.anywhere(job):
            continue
        if schedule.mandatory[job] == 0:
            continue
        if rooms.eject(job):
            continue
        whole = schedule.jobs.rows[job]
        if rooms.strip(job) and not (
            rooms.insert(job) or rooms.new_crew(job) or rooms.anywhere(job) or rooms.eject(job)
        ):
            schedule.rewrite(job, whole, facts_of(schedule.problem, whole))
    left = [j for j in waiting if schedule.crew_of[j] is None and schedule.mandatory[j]]
    for job in left if len(left) <= FEW else ():
        rooms.eject(job, everywhere=True)
    for job in _waiting(schedule):
        if schedule.mandatory[job] == 0:
            _ = rooms.insert(job) or rooms.new_crew(job)


def _waiting(schedule: Schedule) -> list[int]:
    """Visits without a place, those that weigh most first."""
    jobs = [j for j in range(len(schedule.place)) if schedule.crew_of[j] is None]
    return sorted(jobs, key=lambda j: (-schedule.mandatory[j], -schedule.discretionary[j], j))
