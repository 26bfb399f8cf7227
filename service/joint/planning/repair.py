"""Finding room for single visits: insertion, a new crew, ejection of what weighs less."""

import numpy as np

from service.joint.planning.columns import Ints
from service.joint.planning.problem import facts_of
from service.joint.planning.schedule import Crew, Schedule
from service.joint.planning.sweep import choose_team

NEIGHBOURS = 48
CREWS_TRIED = 14
EJECTIONS_TRIED = 60


class Rooms:
    """Looks for room in a schedule, among so many neighbours and crews; keeps its rules."""

    def __init__(
        self, schedule: Schedule, *, neighbours: int = NEIGHBOURS, crews: int = CREWS_TRIED
    ) -> None:
        self.schedule = schedule
        self._neighbours = neighbours
        self._crews = crews
        self.problem = schedule.problem
        self._near: dict[int, list[int]] = {}
        self._place: Ints = np.array(schedule.place, dtype=np.int64)
        self._first: Ints = np.array(schedule.first, dtype=np.int64)
        self._last: Ints = np.array(schedule.last, dtype=np.int64)

    def near(self, job: int) -> list[int]:
        """Visits that lie close by and share days with a visit, nearest first."""
        known = self._near.get(job)
        if known is None:
            schedule = self.schedule
            others = np.flatnonzero(
                (self._first <= schedule.last[job]) & (self._last >= schedule.first[job])
            )
            distance = self.problem.table.many(schedule.place[job], self._place[others])
            count = min(self._neighbours, len(others))
            closest = np.argpartition(distance, count - 1)[:count]
            closest = closest[np.argsort(distance[closest], kind="stable")]
            known = [j for j in others[closest].tolist() if j != job]
            self._near[job] = known
        return known

    def crews_near(self, job: int, most: int = 0) -> list[Crew]:
        """Crews that pass close by on a lawful day and are able to do the visit."""
        schedule = self.schedule
        found: list[Crew] = []
        lawful: dict[int, bool] = {}
        for other in self.near(job):
            crew = schedule.crew_of[other]
            if crew is None or not schedule.able(crew, job) or any(crew is c for c in found):
                continue
            if crew.day not in lawful:
                lawful[crew.day] = schedule.lawful_day(job, crew.day)
            if lawful[crew.day]:
                found.append(crew)
                if len(found) == (most or self._crews):
                    break
        return found

    def insert(self, job: int, *, avoid: Crew | None = None) -> bool:
        """Put a visit where it costs the least travel; no new crew."""
        best: tuple[int, Crew, int] | None = None
        for crew in self.crews_near(job):
            if crew is avoid:
                continue
            spot = self.schedule.best_position(job, crew)
            if spot is not None and (best is None or spot[0] < best[0]):
                best = (spot[0], crew, spot[1])
        if best is None:
            return False
        self.schedule.place_job(job, best[1], best[2])
        return True

    def new_crew(self, job: int) -> bool:
        """Form a crew of idle officers for the visit on the first day that allows it."""
        schedule = self.schedule
        needs = np.array([schedule.need[j] for j in self.near(job)] or [0], dtype=np.int64)
        for day in range(schedule.first[job], schedule.last[job] + 1):
            if not schedule.lawful_day(job, day):
                continue
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

    def anywhere(self, job: int) -> bool:
        """Insert into any able crew of any lawful day, the first that has room."""
        schedule = self.schedule
        days = {
            d
            for d in range(schedule.first[job], schedule.last[job] + 1)
            if schedule.lawful_day(job, d)
        }
        for crew in schedule.crews:
            if crew.day in days and schedule.able(crew, job):
                spot = schedule.best_position(job, crew)
                if spot is not None:
                    schedule.place_job(job, crew, spot[1])
                    return True
        return False

    def eject(self, job: int) -> bool:
        """Take out one visit that weighs less, put this one in, and find the other a new place."""
        schedule = self.schedule
        weight = (schedule.mandatory[job], schedule.discretionary[job])
        tried = 0
        fallback: tuple[int, Crew, int] | None = None
        for crew in self.crews_near(job, most=EJECTIONS_TRIED):
            for victim in list(crew.route):
                if victim in crew.pinned or tried >= EJECTIONS_TRIED:
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
    waiting = [j for j in range(len(schedule.place)) if schedule.crew_of[j] is None]
    waiting.sort(key=lambda j: (-schedule.mandatory[j], -schedule.discretionary[j], j))
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
    for job in waiting:
        if schedule.crew_of[job] is None and schedule.mandatory[job] == 0:
            _ = rooms.insert(job) or rooms.new_crew(job)
