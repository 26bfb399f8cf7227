"""Replanning: visits that were notified stand still, and their officers work around them."""

from service.joint.planning.model import PlannedVisit
from service.joint.planning.schedule import Schedule


def pin_fixed(schedule: Schedule) -> None:
    """Put fixed visits into crews of their own officers, pinned to their start.

    Officers who share no fixed visit with anybody else that day may take more visits between
    the pinned ones; where teams overlap, somebody is off duty by now, or the route no longer
    works out (premises moved, other hours), the officers stay out of other work that day.
    """
    instance = schedule.problem.instance
    number = {o.id: i for i, o in enumerate(instance.officers)}
    by_day: dict[int, list[PlannedVisit]] = {}
    for visit in instance.fixed:
        by_day.setdefault(visit.day, []).append(visit)
    for day, visits in sorted(by_day.items()):
        teams = [tuple(sorted(number[o] for o in v.officers)) for v in visits]
        uses: dict[int, set[tuple[int, ...]]] = {}
        for team in teams:
            for officer in team:
                uses.setdefault(officer, set()).add(team)
        for team in sorted(set(teams)):
            schedule.idle[list(team), day] = False
            own = [v for v, t in zip(visits, teams, strict=True) if t == team]
            alone = all(len(uses[o]) == 1 for o in team)
            present = alone and bool(schedule.problem.on_duty[list(team), day].all())
            if present and _works_out(schedule, team, own):
                _pin(schedule, day, team, own)


def _works_out(schedule: Schedule, team: tuple[int, ...], visits: list[PlannedVisit]) -> bool:
    """Whether the team reaches each of its fixed visits in time, and its bases after them."""
    problem = schedule.problem
    place = {p.id: i for i, p in enumerate(problem.instance.premises)}
    bases = {int(problem.officer_base[o]) for o in team}
    one = problem.table.one
    here, clock = -1, problem.shift_from
    for visit in sorted(visits, key=lambda v: v.start):
        there = place[visit.premises]
        legs = [one(base, there) for base in bases] if here < 0 else [one(here, there)]
        if max(clock + max(legs), int(problem.open_from[there])) > visit.start:
            return False
        here, clock = there, visit.start + visit.minutes
        if clock > problem.open_to[there]:
            return False
    return clock + max(one(here, base) for base in bases) <= problem.shift_to


def _pin(schedule: Schedule, day: int, team: tuple[int, ...], visits: list[PlannedVisit]) -> None:
    place = {p.id: i for i, p in enumerate(schedule.problem.instance.premises)}
    crew = schedule.open_crew(day, team)
    for visit in sorted(visits, key=lambda v: v.start):
        job = schedule.add_pinned(place[visit.premises], day, visit.minutes)
        crew.route.append(job)
        crew.pinned[job] = visit.start
        schedule.crew_of[job] = crew
    crew.slack = None
