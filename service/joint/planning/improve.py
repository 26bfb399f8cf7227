"""Large-neighbourhood search: fewer officer-days, then less travel, no visit lost."""

from collections.abc import Callable
from random import Random
from time import process_time

import numpy as np

from service.joint.planning.regroup import regroup
from service.joint.planning.repair import Rooms
from service.joint.planning.schedule import Crew, Schedule

REPORT_EVERY = 200
RETRY_EVERY = 25
RETRIED = 3  # visits without a place that are tried again each time
# Wider than in repair: a crew dissolves only when each of its visits finds another.
NEIGHBOURS = 200
CREWS_TRIED = 24


class Budget:
    """Iterations, or CPU seconds of this process, whichever is given; 0 of both means no search.

    Seconds count from the making of the budget.
    """

    def __init__(self, iterations: int | None, seconds: float | None) -> None:
        self.iterations = iterations
        self.seconds = seconds
        self._began = process_time()
        self._done = 0

    def __str__(self) -> str:
        if self.seconds is not None:
            return f"{self.seconds:g} s"
        return f"{self.iterations or 0} iterations"

    def lasts(self) -> bool:
        """Whether something is left of the budget; counts nothing."""
        if self.seconds is not None:
            return process_time() - self._began < self.seconds
        return self._done < (self.iterations or 0)

    def spend(self) -> bool:
        """Count one iteration; False when the budget is used up."""
        left = self.lasts()
        self._done += 1
        return left


class Undo:
    """Routes as they were, to put back a change that did not pay."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self._moved: list[tuple[int, Crew, int]] = []

    def removed(self, job: int, crew: Crew, position: int) -> None:
        """Remember where a visit came from."""
        self._moved.append((job, crew, position))

    def partly(self, job: int) -> bool:
        """Put only the visit that found no place back; False when nothing else was moved."""
        last, crew, position = self._moved[-1]
        if last != job or len(self._moved) < 2:
            return False
        self.schedule.place_job(job, crew, position)
        return True

    def revert(self) -> None:
        """Put every remembered visit back, last first."""
        for job, _, _ in reversed(self._moved):
            if self.schedule.crew_of[job] is not None:
                self.schedule.remove_job(job)
        for job, crew, position in reversed(self._moved):
            self.schedule.place_job(job, crew, position)


def improve(
    schedule: Schedule,
    random: Random,
    budget: Budget,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Search until the budget ends; every accepted step is lawful and no worse.

    Visits without a place are tried again and again, those that weigh most first.
    """
    rooms = Rooms(schedule, neighbours=NEIGHBOURS, crews=CREWS_TRIED)
    step = 0
    while budget.spend() and schedule.crews:
        step += 1
        crew = min(random.sample(schedule.crews, min(6, len(schedule.crews))), key=_load)
        if not crew.pinned and not _dissolve(schedule, rooms, crew):
            _reseat(schedule, rooms, random.choice(schedule.crews), random)
            regroup(schedule, random.choice(schedule.crews))
        if step % RETRY_EVERY == 0:
            _retry(schedule, rooms, random)
        if progress is not None and step % REPORT_EVERY == 0:
            progress(step, sum(len(c.officers) for c in schedule.crews))
    _retry(schedule, rooms, random, most=1 << 30)


def _load(crew: Crew) -> float:
    return len(crew.route) / len(crew.officers)


def _retry(schedule: Schedule, rooms: Rooms, random: Random, *, most: int = RETRIED) -> None:
    """Try some of the visits without a place again, mandatory ones first."""
    waiting = [j for j in np.flatnonzero(schedule.at < 0).tolist() if schedule.jobs.rows[j]]
    if not waiting:
        return
    first = [j for j in waiting if schedule.mandatory[j]]
    others = [j for j in waiting if not schedule.mandatory[j]]
    chosen = random.sample(first, min(most, len(first)))
    chosen += random.sample(others, min(most, len(others)))
    for job in chosen:
        _ = rooms.insert(job) or rooms.new_crew(job)


def _dissolve(schedule: Schedule, rooms: Rooms, crew: Crew) -> bool:
    """Move every visit of a crew to other crews; where that fails, keep what saved travel."""
    undo, net = Undo(schedule), 0
    for job in list(crew.route):
        before = schedule.slack(crew)
        _, position = schedule.remove_job(job)
        after = schedule.slack(crew)
        undo.removed(job, crew, position)
        extra = rooms.cheapest(job, avoid=crew) if before and after else None
        if extra is None:
            if net > 0 or not undo.partly(job):
                undo.revert()
            return False
        assert before is not None
        assert after is not None
        net += extra - (before.travel - after.travel)
    schedule.close(crew)
    return True


def _reseat(schedule: Schedule, rooms: Rooms, crew: Crew, random: Random) -> None:
    """Move one visit where it costs less travel, if there is such a place."""
    if crew.pinned or len(crew.route) < 2:
        return
    before = schedule.timing(crew, crew.route)
    job = random.choice(crew.route)
    _, position = schedule.remove_job(job)
    without = schedule.timing(crew, crew.route)
    if before is None or without is None:
        schedule.place_job(job, crew, position)
        return
    saved = before.travel - without.travel
    best: tuple[int, Crew, int] | None = None
    for other in rooms.crews_near(job):
        spot = schedule.best_position(job, other)
        if spot is not None and spot[0] < saved and (best is None or spot[0] < best[0]):
            best = (spot[0], other, spot[1])
    if best is None:
        schedule.place_job(job, crew, position)
    else:
        schedule.place_job(job, best[1], best[2])
