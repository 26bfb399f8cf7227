"""Independent checker: reads the parsed formats, shares no code with the planner.

Every broken rule is one line.  The rules are those every lawful plan keeps: windows, opening
hours, caps, gaps and length of visits (优化营商环境条例 art. 54), two certified officers
(行政处罚法 art. 42), one place at a time, notified visits unmoved, and an honest certificate.
"""

from collections import Counter, defaultdict
from itertools import pairwise
from math import asin, ceil, cos, radians, sin, sqrt

from service.joint.planning.model import Demand, Instance, Officer, Plan, PlannedVisit, Premises

_RADIUS_KM = 6371.0088


class _Facts:
    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.premises: dict[str, Premises] = {p.id: p for p in instance.premises}
        self.officers: dict[str, Officer] = {o.id: o for o in instance.officers}
        self.demands: dict[str, Demand] = {d.id: d for d in instance.demands}
        self.bases = {b.id: (b.lat, b.lon) for b in instance.bases}
        self.notified = {_shape(visit) for visit in instance.fixed}

    def is_notified(self, visit: PlannedVisit) -> bool:
        """Whether a visit stands as it was announced.

        It is a fact then, judged when it was announced: its lead may have been named by the
        committee, a cap lowered, a demand recognised, the premises moved since.  What is planned
        beside it keeps every rule.
        """
        return _shape(visit) in self.notified


def check(instance: Instance, plan: Plan) -> list[str]:
    """Every violation as one line; an empty list means that the plan is lawful and honest."""
    facts = _Facts(instance)
    return _references(facts, plan) or [*_lawful(facts, plan), *_certificate(facts, plan)]


def check_visits(instance: Instance, plan: Plan) -> list[str]:
    """The same without the certificate, which a plan of other origin may lack."""
    facts = _Facts(instance)
    return _references(facts, plan) or _lawful(facts, plan)


def _lawful(facts: _Facts, plan: Plan) -> list[str]:
    lines = _once(facts, plan)
    for number, visit in enumerate(plan.visits):
        if not facts.is_notified(visit):
            lines += [
                f"visit {number} at {visit.premises}: {text}" for text in _visit(facts, visit)
            ]
    lines += _limits(facts, plan)
    lines += _officers(facts, plan)
    lines += _fixed(facts, plan)
    return lines


def _references(facts: _Facts, plan: Plan) -> list[str]:
    lines = []
    for number, visit in enumerate(plan.visits):
        if visit.premises not in facts.premises:
            lines.append(f"visit {number}: no premises {visit.premises!r}")
        if visit.day >= len(facts.instance.days):
            lines.append(f"visit {number}: day {visit.day} is outside the horizon")
        lines += [
            f"visit {number}: no officer {o!r}" for o in visit.officers if o not in facts.officers
        ]
        lines += [
            f"visit {number}: no demand {d!r}" for d in visit.demands if d not in facts.demands
        ]
    lines += [
        f"unserved: no demand {u.demand!r}" for u in plan.unserved if u.demand not in facts.demands
    ]
    return lines


def _once(facts: _Facts, plan: Plan) -> list[str]:
    lines = []
    served = Counter(d for v in plan.visits for d in v.demands)
    left = Counter(u.demand for u in plan.unserved)
    lines += [f"demand {d}: served {n} times" for d, n in served.items() if n > 1]
    lines += [f"demand {d}: listed {n} times as unserved" for d, n in left.items() if n > 1]
    lines += [f"demand {d}: both served and unserved" for d in left if d in served]
    lines += [
        f"demand {d}: neither served nor listed as unserved"
        for d in facts.demands
        if d not in served and d not in left
    ]
    lines += [
        f"demand {u.demand}: unserved without a reason"
        for u in plan.unserved
        if not u.reason.strip()
    ]
    return lines


def _hours(facts: _Facts, premises: Premises) -> tuple[int, int]:
    low, high = facts.instance.shift
    if premises.open is not None:
        low, high = max(low, premises.open[0]), min(high, premises.open[1])
    return low, high


def _visit(facts: _Facts, visit: PlannedVisit) -> list[str]:
    lines = []
    premises = facts.premises[visit.premises]
    demands = [facts.demands[d] for d in visit.demands]
    if not demands:
        return ["serves no demand"]
    for demand in demands:
        if demand.premises != visit.premises:
            lines.append(f"demand {demand.id} belongs to {demand.premises}")
        if not demand.release <= visit.day <= demand.due:
            lines.append(
                f"demand {demand.id} on day {visit.day} outside {demand.release}..{demand.due}"
            )
    if visit.day in premises.closed:
        lines.append(f"closed on day {visit.day}")
    low, high = _hours(facts, premises)
    if visit.start < low or visit.start + visit.minutes > high:
        lines.append(f"{visit.start}..{visit.start + visit.minutes} outside opening {low}..{high}")
    length: dict[str, int] = defaultdict(int)
    weight: dict[str, int] = defaultdict(int)
    for demand in demands:
        length[demand.body] += demand.minutes
        weight[demand.body] += demand.risk * demand.minutes
    if visit.minutes != max(length.values()):
        lines.append(f"lasts {visit.minutes} minutes instead of {max(length.values())}")
    if visit.minutes > premises.max_minutes:
        lines.append(f"lasts {visit.minutes} minutes, at most {premises.max_minutes} allowed")
    if weight.get(visit.lead_body, 0) != max(weight.values()):
        lines.append(f"led by {visit.lead_body}, which does not weigh most")
    return lines + _team(facts, visit, demands)


def _team(facts: _Facts, visit: PlannedVisit, demands: list[Demand]) -> list[str]:
    lines = []
    if len(set(visit.officers)) != len(visit.officers):
        lines.append("names an officer twice")
    team = [facts.officers[o] for o in sorted(set(visit.officers))]
    certified = [o for o in team if o.certified]
    if len(certified) < 2:
        lines.append(f"has {len(certified)} certified officers, at least 2 needed")
    skills = {s for o in certified for s in o.skills}
    lines += [
        f"nobody certified has the skill {d.skill} of demand {d.id}"
        for d in demands
        if d.skill not in skills
    ]
    named = {o.id for o in certified}
    lines += [
        f"officer {o} was drawn for demand {d.id} and is not in the team"
        for d in demands
        for o in d.officers
        if o not in named
    ]
    if visit.lead_body not in {o.body for o in certified}:
        lines.append(f"nobody certified belongs to the lead body {visit.lead_body}")
    lines += [f"officer {o.id} is absent on day {visit.day}" for o in team if visit.day in o.absent]
    return lines


def _limits(facts: _Facts, plan: Plan) -> list[str]:
    by_premises: dict[str, list[PlannedVisit]] = defaultdict(list)
    for visit in plan.visits:
        by_premises[visit.premises].append(visit)
    lines = []
    for name, visits in by_premises.items():
        fresh = [v for v in visits if not facts.is_notified(v)]
        if len(fresh) == 0:
            continue
        for day, count in Counter(v.day for v in visits).items():
            if count > 1 and any(v.day == day for v in fresh):
                lines.append(f"premises {name}: {count} visits on day {day}")
        counted = [v for v in visits if _bodies(facts, v)]
        lines += _caps(facts, facts.premises[name], counted)
        lines += _gaps(facts, facts.premises[name], counted)
    return lines


def _bodies(facts: _Facts, visit: PlannedVisit) -> set[str]:
    """Bodies whose caps a visit uses; none when all its demands are exempt."""
    demands = [facts.demands[d] for d in visit.demands]
    return {d.body for d in demands if not d.exempt}


def _caps(facts: _Facts, premises: Premises, counted: list[PlannedVisit]) -> list[str]:
    lines = []
    fresh = [v for v in counted if not facts.is_notified(v)]
    if fresh and len(counted) > premises.max_visits:
        lines.append(
            f"premises {premises.id}: {len(counted)} visits, at most {premises.max_visits}"
        )
    used = Counter(body for v in counted for body in _bodies(facts, v))
    for body in sorted({body for v in fresh for body in _bodies(facts, v)}):
        if used[body] > premises.max_visits_per_body:
            lines.append(
                f"premises {premises.id}: {used[body]} visits of {body}, "
                f"at most {premises.max_visits_per_body}"
            )
    return lines


def _gaps(facts: _Facts, premises: Premises, counted: list[PlannedVisit]) -> list[str]:
    lines = []
    calendar = facts.instance.days
    ordered = sorted(counted, key=lambda v: v.day)
    for before, after in pairwise(ordered):
        apart = (calendar[after.day] - calendar[before.day]).days
        standing = facts.is_notified(before) and facts.is_notified(after)
        if 0 < apart < premises.min_gap_days and not standing:
            lines.append(
                f"premises {premises.id}: days {before.day} and {after.day} are {apart} days "
                f"apart, at least {premises.min_gap_days} needed"
            )
    return lines


def _travel(facts: _Facts, a: tuple[float, float], b: tuple[float, float]) -> int:
    if a == b:
        return 0
    travel = facts.instance.travel
    north, south = radians(a[0]), radians(b[0])
    half = sin((south - north) / 2) ** 2
    half += cos(north) * cos(south) * sin((radians(b[1]) - radians(a[1])) / 2) ** 2
    km = 2 * _RADIUS_KM * asin(min(1.0, sqrt(half)))
    # A difference in the last bit of a float must not turn into a whole minute.
    return ceil(travel.fixed_minutes + km * travel.detour / travel.kmh * 60 - 1e-9)


def _officer_days(plan: Plan) -> dict[tuple[str, int], list[PlannedVisit]]:
    days: dict[tuple[str, int], list[PlannedVisit]] = defaultdict(list)
    for visit in plan.visits:
        for officer in set(visit.officers):
            days[officer, visit.day].append(visit)
    return days


def _officers(facts: _Facts, plan: Plan) -> list[str]:
    lines = []
    for (officer, day), visits in _officer_days(plan).items():
        if not all(facts.is_notified(v) for v in visits):
            visits.sort(key=lambda v: (v.start, v.premises))
            lines += [
                f"officer {officer} day {day}: {text}" for text in _route(facts, officer, visits)
            ]
    return lines


def _route(facts: _Facts, officer: str, visits: list[PlannedVisit]) -> list[str]:
    """What is wrong with one officer's day, except between two visits that stood already."""
    lines = []
    low, high = facts.instance.shift
    home = facts.bases[facts.officers[officer].base]
    place, clock, stood = home, low, True
    for visit in visits:
        there = facts.premises[visit.premises]
        stands = facts.is_notified(visit)
        arrives = clock + _travel(facts, place, (there.lat, there.lon))
        if arrives > visit.start and not (stands and stood):
            lines.append(f"at {visit.premises} at {arrives}, visit starts {visit.start}")
        place, stood = (there.lat, there.lon), stands
        clock = max(clock, visit.start + visit.minutes)
    if clock + _travel(facts, place, home) > high and not stood:
        lines.append(f"back at base after the shift ends at {high}")
    return lines


def _shape(visit: PlannedVisit) -> tuple[object, ...]:
    return (
        visit.premises,
        visit.day,
        visit.start,
        visit.minutes,
        tuple(sorted(visit.officers)),
        visit.lead_body,
        tuple(sorted(visit.demands)),
    )


def _fixed(facts: _Facts, plan: Plan) -> list[str]:
    planned = {_shape(v) for v in plan.visits}
    return [
        f"notified visit at {v.premises} on day {v.day} was moved or changed"
        for v in facts.instance.fixed
        if _shape(v) not in planned
    ]


def _certificate(facts: _Facts, plan: Plan) -> list[str]:
    claim = plan.certificate
    if claim is None:
        return ["certificate: missing"]
    left = [facts.demands[u.demand] for u in plan.unserved]
    mandatory = [d for d in left if d.mandatory]
    points = {
        "mandatory_unserved": len(mandatory),
        "mandatory_unserved_risk": sum(d.risk for d in mandatory),
        "discretionary_unserved": len(left) - len(mandatory),
        "visits": len(plan.visits),
        "officer_days": len(_officer_days(plan)),
        "travel_minutes": _all_travel(facts, plan),
    }
    lines = [
        f"certificate: {name} is {actual}, not {getattr(claim, name)}"
        for name, actual in points.items()
        if getattr(claim, name) not in (actual, None)
    ]
    for bound, value in (
        (claim.mandatory_unserved_bound, claim.mandatory_unserved),
        (claim.mandatory_unserved_risk_bound, points["mandatory_unserved_risk"]),
        (claim.discretionary_unserved_bound, claim.discretionary_unserved),
        (claim.visits_lower_bound, claim.visits),
    ):
        if bound is not None and bound > value:
            lines.append(f"certificate: a bound of {bound} is above the value {value}")
    least = claim.visits_lower_bound
    if abs(claim.gap - (claim.visits / least - 1 if least else 0.0)) > 1e-5:
        lines.append(f"certificate: gap {claim.gap} does not follow from its figures")
    if facts.instance.sha256 and claim.input_sha256 != facts.instance.sha256:
        lines.append("certificate: belongs to another instance")
    return lines


def _all_travel(facts: _Facts, plan: Plan) -> int:
    total = 0
    for (officer, _), visits in _officer_days(plan).items():
        here = home = facts.bases[facts.officers[officer].base]
        for visit in sorted(visits, key=lambda v: v.start):
            there = facts.premises[visit.premises]
            total += _travel(facts, here, (there.lat, there.lon))
            here = (there.lat, there.lon)
        total += _travel(facts, here, home)
    return total
