"""From an instance to a certified plan: merge, construct, repair, improve, certify."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import numpy as np

from service.joint.planning.bounds import unserved_bound, visits_bound
from service.joint.planning.columns import Flags
from service.joint.planning.dense import denser
from service.joint.planning.formats import digest
from service.joint.planning.improve import Budget, improve
from service.joint.planning.merge import Merged, merge
from service.joint.planning.minutes import travel_minutes
from service.joint.planning.model import Certificate, Instance, Plan, PlannedVisit, Unserved
from service.joint.planning.pinned import pin_fixed
from service.joint.planning.problem import Jobs, Problem, jobs_of
from service.joint.planning.reasons import Reason
from service.joint.planning.repair import repair
from service.joint.planning.schedule import Crew, Schedule
from service.joint.planning.sweep import Sweep, Taste

SOLVER_VERSION = "anshang-planner/3"
TASTES = (Taste(), Taste(slack=3.0, discretionary=30.0, seed_discretionary=60.0))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the planner is; `stage` is merge, construct, improve or certify."""

    stage: str
    done: int
    detail: int


Report = Callable[[Progress], None]


def _silent(_: Progress) -> None:
    return


def solve(
    instance: Instance,
    *,
    seed: int = 0,
    iterations: int | None = None,
    seconds: float | None = None,
    report: Report = _silent,
) -> Plan:
    """Plan an instance.

    With a budget of iterations the same instance and seed give the same plan.  A budget of CPU
    seconds counts from the start of the call; the plan is written and certified after it.
    """
    budget = Budget(iterations, seconds)
    problem = Problem(instance)
    report(Progress("merge", 0, len(instance.demands)))
    merged, jobs = _merged_jobs(problem)
    report(Progress("construct", 0, len(jobs)))
    by_law = problem.columns.risk_by_kind(merged.visit_of < 0)
    schedule = _construct(problem, jobs, by_law)
    if budget.lasts():
        schedule = denser(schedule, jobs, by_law, budget.lasts)
    improve(
        schedule,
        Random(seed),  # noqa: S311
        budget,
        lambda step, days: report(Progress("improve", step, days)),
    )
    report(Progress("certify", 0, 0))
    return _plan(problem, merged, schedule, seed, str(budget))


def merge_servable(problem: Problem) -> tuple[Merged, Flags]:
    """Merge the demands whose skill some officer has; flags are by demand row."""
    servable = problem.row_skill & ~problem.known_skills == 0
    if servable.all():
        return merge(problem.columns), servable
    rows = np.flatnonzero(servable)
    part = merge(problem.columns.subset(rows))
    visit_of = np.full(len(servable), -1, dtype=np.int64)
    visit_of[rows] = part.visit_of
    return (
        Merged(part.premises, part.day, part.exempt, visit_of, part.value_bound, part.proven),
        servable,
    )


def _merged_jobs(problem: Problem) -> tuple[Merged, Jobs]:
    merged, _ = merge_servable(problem)
    groups: list[list[int]] = [[] for _ in merged.day]
    for row, visit in enumerate(merged.visit_of.tolist()):
        if visit >= 0:
            groups[visit].append(row)
    days = merged.day.tolist()
    filled = [i for i, group in enumerate(groups) if group]
    return merged, jobs_of(problem, [groups[i] for i in filled], [days[i] for i in filled])


def _construct(problem: Problem, jobs: Jobs, by_law: tuple[int, int]) -> Schedule:
    """Try the tastes in turn while mandatory demands stay behind; the best schedule wins.

    The risk, mandatory and other, that merging itself had to leave out (`by_law`) is no reason
    to try again.
    """
    best: Schedule | None = None
    for taste in TASTES:
        schedule = Schedule(problem, jobs.copy())
        pin_fixed(schedule)
        Sweep(schedule, taste).run()
        repair(schedule)
        if best is None or schedule.left_behind() < best.left_behind():
            best = schedule
        if best.left_behind()[0] <= by_law[0]:
            break
    assert best is not None
    return best


def _plan(problem: Problem, merged: Merged, schedule: Schedule, seed: int, budget: str) -> Plan:
    instance = problem.instance
    visits = list(instance.fixed)
    for crew in schedule.crews:
        visits.extend(_visits(schedule, crew))
    visits.sort(key=lambda v: (v.day, v.start, v.premises))
    served = schedule.served()
    columns = problem.columns
    kind = {True: columns.mandatory, False: ~columns.mandatory}
    least = visits_bound(columns, merged, served) + len(instance.fixed)
    risk = columns.risk
    certificate = Certificate(
        int((~served & kind[True]).sum()),
        unserved_bound(columns, merged, kind[True], by_risk=False),
        int(risk[~served & kind[True]].sum()),
        unserved_bound(columns, merged, kind[True], by_risk=True),
        int((~served & kind[False]).sum()),
        unserved_bound(columns, merged, kind[False], by_risk=False),
        len(visits),
        least,
        round(len(visits) / least - 1, 6) if least else 0.0,
        len({(o, v.day) for v in visits for o in v.officers}),
        total_travel(instance, visits),
        seed,
        budget,
        SOLVER_VERSION,
        digest(instance),
    )
    return Plan(tuple(visits), _unserved(problem, merged, served), certificate)


def _visits(schedule: Schedule, crew: Crew) -> list[PlannedVisit]:
    problem, instance = schedule.problem, schedule.problem.instance
    timing = schedule.timing(crew, crew.route)
    assert timing is not None
    made = []
    for job, start in zip(crew.route, timing.starts, strict=True):
        if job in crew.pinned:
            continue
        rows = problem.demand_of_row[schedule.jobs.rows[job]].tolist()
        made.append(
            PlannedVisit(
                instance.premises[schedule.place[job]].id,
                crew.day,
                start,
                schedule.minutes[job],
                tuple(instance.officers[o].id for o in crew.officers),
                problem.bodies[schedule.lead[job]],
                tuple(instance.demands[i].id for i in rows),
            )
        )
    return made


def total_travel(instance: Instance, visits: list[PlannedVisit]) -> int:
    """Minutes all officers spend on the road, from and to their bases included."""
    where = {p.id: (p.lat, p.lon) for p in instance.premises}
    base = {b.id: (b.lat, b.lon) for b in instance.bases}
    home = {o.id: base[o.base] for o in instance.officers}
    days: dict[tuple[str, int], list[tuple[int, str]]] = {}
    for visit in visits:
        for officer in visit.officers:
            days.setdefault((officer, visit.day), []).append((visit.start, visit.premises))
    memory: dict[tuple[tuple[float, float], tuple[float, float]], int] = {}
    total = 0
    for (officer, _), stops in days.items():
        stops.sort()
        points = [home[officer], *(where[p] for _, p in stops), home[officer]]
        for leg in pairwise(points):
            if leg not in memory:
                memory[leg] = travel_minutes(instance.travel, *leg)
            total += memory[leg]
    return total


def _unserved(problem: Problem, merged: Merged, served: Flags) -> tuple[Unserved, ...]:
    columns, instance = problem.columns, problem.instance
    left = []
    for row in np.flatnonzero(~served).tolist():
        place = int(columns.premises[row])
        window = slice(int(columns.release[row]), int(columns.due[row]) + 1)
        if not columns.open_days[place, window].any():
            reason = Reason.CLOSED
        elif columns.minutes[row] > columns.minutes_limit[place]:
            reason = Reason.TOO_LONG
        elif int(problem.row_skill[row]) & ~problem.known_skills:
            reason = Reason.NO_SKILL
        elif merged.visit_of[row] < 0:
            reason = Reason.LAW
        elif problem.row_drawn[row]:
            reason = Reason.DRAWN
        else:
            reason = Reason.CAPACITY
        left.append(Unserved(instance.demands[int(problem.demand_of_row[row])].id, reason))
    return tuple(sorted(left, key=lambda u: u.demand))
