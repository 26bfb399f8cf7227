"""Measurements of the joint planner: `anshang bench plan`, one object per case.

P1 size of a district, P2 scarce officers, P3 scale, P4 what the search saves, P5 urgent
demands, P6 rival schedulers (a test of the database, see `tests/joint/test_concurrency.py`),
P7 exactness and checker, P8 burden spared.  The instances come from
`service.joint.planning.generator` with the seed given, so anybody can repeat them.
"""

import resource
from collections.abc import Callable
from dataclasses import replace
from statistics import mean, quantiles
from time import perf_counter, process_time
from typing import Any

import numpy as np

from service.joint.planning.bounds import busiest_body, separate_visits, unserved_bound
from service.joint.planning.checker import check
from service.joint.planning.columns import Columns, columns_of
from service.joint.planning.explain import burden
from service.joint.planning.formats import dump_instance, dump_plan, load_instance
from service.joint.planning.generator import Size, generate
from service.joint.planning.merge import merge
from service.joint.planning.model import Certificate, Demand, Instance, Plan
from service.joint.planning.solver import solve
from service.joint.planning.urgent import Desk

SEED = 1
SEARCH_SECONDS = 57  # of CPU; writing and certifying take the rest of the minute
DISTRICT = Size()


def _certificate(plan: Plan) -> Certificate:
    assert plan.certificate is not None
    return plan.certificate


def _figures(instance: Instance, plan: Plan) -> dict[str, Any]:
    c = _certificate(plan)
    mandatory = sum(d.mandatory for d in instance.demands)
    total = sum(d.risk for d in instance.demands if not d.mandatory)
    by_id = {d.id: d for d in instance.demands}
    lost = sum(by_id[u.demand].risk for u in plan.unserved if not by_id[u.demand].mandatory)
    columns, _ = columns_of(instance)
    lawful = total - unserved_bound(columns, merge(columns), ~columns.mandatory, by_risk=True)
    return {
        "visits": c.visits,
        "visits_to_bound": round(c.visits / max(1, c.visits_lower_bound), 6),
        "mandatory": mandatory,
        "mandatory_unserved": c.mandatory_unserved,
        "mandatory_unserved_bound": c.mandatory_unserved_bound,
        "mandatory_over_bound": round(
            (c.mandatory_unserved - c.mandatory_unserved_bound) / max(1, mandatory), 6
        ),
        "discretionary_risk_served": round(1 - lost / max(1, total), 6),
        "discretionary_risk_to_bound": round((total - lost) / max(1, lawful), 6),
        "busiest_body": round(busiest_body(instance), 4),
        "officer_days": c.officer_days,
        "travel_minutes": c.travel_minutes,
    }


def _district() -> dict[str, Any]:
    """P1: document to verified and certified plan, and its document."""
    text = dump_instance(generate(SEED, DISTRICT))
    began, cpu = perf_counter(), process_time()
    instance = load_instance(text)
    read = perf_counter()
    plan = solve(instance, seed=SEED, iterations=0)
    solved = perf_counter()
    broken = check(instance, plan)
    written = len(dump_plan(plan))
    ended = perf_counter()
    return {
        "demands": len(instance.demands),
        "seconds": round(ended - began, 2),
        "cpu_seconds": round(process_time() - cpu, 2),
        "read_seconds": round(read - began, 2),
        "solve_seconds": round(solved - read, 2),
        "check_seconds": round(ended - solved, 2),
        "violations": len(broken),
        "plan_bytes": written,
        **_figures(instance, plan),
    }


def _scarcity() -> dict[str, Any]:
    """P2: fewer and fewer officers, a minute of CPU for each plan.

    The bound of the discretionary risk is that of the law.  `busiest_body` says what share of the
    minutes of its skilled officers a body asks for at most, over every span of days: below one,
    a linear programme of officer minutes serves everything and is no tighter than the law.
    """
    answer: dict[str, Any] = {}
    for officers in (240, 220, 200, 180):
        instance = generate(SEED, replace(DISTRICT, officers=officers))
        cpu = process_time()
        plan = solve(instance, seed=SEED, seconds=SEARCH_SECONDS)
        answer[str(officers)] = {
            "cpu_seconds": round(process_time() - cpu, 2),
            "violations": len(check(instance, plan)),
            **_figures(instance, plan),
        }
    return answer


def _scale() -> dict[str, Any]:
    """P3: merging with its proof, from a tenth of a district to a million demands."""
    answer: dict[str, Any] = {}
    for factor in (1, 4, 17):
        columns = _repeated(factor)
        cpu, began = process_time(), perf_counter()
        merged = merge(columns)
        answer[str(len(columns.premises))] = {
            "seconds": round(perf_counter() - began, 2),
            "cpu_seconds": round(process_time() - cpu, 2),
            "visits": len(merged.day),
            "proven_share": round(float(merged.proven.mean()), 6),
            "mandatory_unserved": int((columns.mandatory & (merged.visit_of < 0)).sum()),
        }
    answer["peak_rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return answer


def _repeated(factor: int) -> Columns:
    """Columns of several districts side by side, each of another seed."""
    parts = [columns_of(generate(SEED + i, DISTRICT))[0] for i in range(factor)]
    count = len(parts[0].gap)

    def joined(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    return Columns(
        parts[0].ordinals,
        joined("gap"),
        joined("cap"),
        joined("body_cap"),
        joined("minutes_limit"),
        joined("open_days"),
        np.concatenate([part.premises + i * count for i, part in enumerate(parts)]),
        joined("body"),
        joined("release"),
        joined("due"),
        joined("minutes"),
        joined("risk"),
        joined("mandatory"),
        joined("exempt"),
    )


def _search() -> dict[str, Any]:
    """P4: officer-days and travel after 60 CPU seconds in all, against the construction."""
    instance = generate(SEED, DISTRICT)
    before = _certificate(solve(instance, seed=SEED, iterations=0))
    cpu = process_time()
    plan = solve(instance, seed=SEED, seconds=SEARCH_SECONDS)
    cpu = process_time() - cpu
    after = _certificate(plan)
    return {
        "cpu_seconds": round(cpu, 2),
        "violations": len(check(instance, plan)),
        "officer_days": [before.officer_days, after.officer_days],
        "officer_days_saved": round(1 - after.officer_days / before.officer_days, 4),
        "travel_saved": round(1 - after.travel_minutes / before.travel_minutes, 4),
        "visits_added": after.visits - before.visits,
        "unserved": [[c.mandatory_unserved, c.discretionary_unserved] for c in (before, after)],
    }


def _urgent() -> dict[str, Any]:
    """P5: urgent demands, one after another, into the plan of a district; engine time only."""
    instance = generate(SEED, DISTRICT)
    plan = solve(instance, seed=SEED, iterations=0)
    desk, moved, failed = Desk(instance, plan), [], 0
    times: list[float] = []
    used: list[float] = []
    for number in range(500):
        place = instance.premises[number * 37 % len(instance.premises)]
        day = number % (DISTRICT.days - 5)
        body = instance.officers[number % 6].body
        demand = Demand(f"urgent-{number}", body, body, place.id, day, day + 3, 45, 4, True, True)
        began, cpu = perf_counter(), process_time()
        fitted = desk.fit(demand)
        used.append((process_time() - cpu) * 1000)
        times.append((perf_counter() - began) * 1000)
        failed += fitted is None
        moved.append(len(fitted.moved) if fitted else 0)
    return {
        "tried": len(times),
        "failed": failed,
        "p50_ms": round(quantiles(times, n=100)[49], 1),
        "p99_ms": round(quantiles(times, n=100)[98], 1),
        "cpu_p99_ms": round(quantiles(used, n=100)[98], 1),
        "moved_mean": round(mean(moved), 3),
        "moved_most": max(moved),
    }


def _exactness() -> dict[str, Any]:
    """P7: a plan spoilt in ten ways; merging against brute force is `tests/joint/test_merge.py`."""
    instance = load_instance(dump_instance(generate(SEED, Size(2000, 6000, 40, 64, 4))))
    plan = solve(instance, seed=SEED, iterations=0)
    spoilt = _spoilt(plan)
    caught = sum(bool(check(instance, bad)) for bad in spoilt)
    return {
        "violations": len(check(instance, plan)),
        "planted": len(spoilt),
        "caught": caught,
    }


def _spoilt(plan: Plan) -> list[Plan]:
    """Each with one violation."""
    bad: list[Plan] = []
    for number in range(0, len(plan.visits), max(1, len(plan.visits) // 50)):
        visit = plan.visits[number]
        for changed in (
            replace(visit, officers=visit.officers[:1]),
            replace(visit, minutes=visit.minutes + 1),
            replace(visit, start=visit.start - 600),
            replace(visit, demands=visit.demands[:-1]),
            replace(visit, lead_body="nobody"),
            replace(visit, officers=(visit.officers[0], visit.officers[0])),
        ):
            visits = (*plan.visits[:number], changed, *plan.visits[number + 1 :])
            bad.append(replace(plan, visits=visits))
        bad.append(replace(plan, visits=(*plan.visits, visit)))
        bad.append(replace(plan, visits=(*plan.visits[:number], *plan.visits[number + 1 :])))
    return bad


def _burden() -> dict[str, Any]:
    """P8: the joint plan against every body's own best plan."""
    instance = generate(SEED, DISTRICT)
    plan = solve(instance, seed=SEED, iterations=0)
    spared = burden(instance, plan)
    columns, _ = columns_of(instance)
    separate, broken = separate_visits(columns)
    return {
        "joint_visits": spared.joint_visits,
        "separate_visits": separate,
        "separate_broken_gaps": broken,
        "joint_broken_rules": len(check(instance, plan)),
        "spared": spared.spared,
    }


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "P1": _district,
    "P2": _scarcity,
    "P3": _scale,
    "P4": _search,
    "P5": _urgent,
    "P7": _exactness,
    "P8": _burden,
}


def run(case: str) -> dict[str, Any]:
    """Measure one case.

    Raises:
        KeyError: no such case.
    """
    return CASES[case]()
