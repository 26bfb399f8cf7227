"""Proven bounds: what no lawful plan can beat, whatever the officers."""

import numpy as np

from service.joint.planning.columns import Columns, Flags, Ints
from service.joint.planning.merge import Merged, demand_values, merge
from service.joint.planning.merge_programme import DISCRETIONARY, MANDATORY
from service.joint.planning.model import Instance


def unserved_bound(columns: Columns, merged: Merged, kind: Flags, *, by_risk: bool) -> int:
    """Least number (or risk) of demands of one kind that any lawful plan leaves unserved.

    Only premises where merging itself left such a demand can lose any; they are solved for
    that kind alone.
    """
    lost = np.unique(columns.premises[kind & (merged.visit_of < 0)])
    rows = np.flatnonzero(kind & np.isin(columns.premises, lost))
    if not len(rows):
        return 0
    part = columns.subset(rows)
    weight = part.risk if by_risk else np.ones_like(part.risk)
    solved = merge(part, weight * MANDATORY)
    served = (solved.value_bound + DISCRETIONARY - 1) // MANDATORY
    return int(weight.sum() - served.sum())


def visits_bound(columns: Columns, merged: Merged, served: Flags) -> int:
    """Least number of visits that serve exactly these demands, notified visits not counted."""
    differs = served != (merged.visit_of >= 0)
    again = ~merged.proven
    again[columns.premises[differs]] = True
    kept = int((~again[merged.premises]).sum())
    rows = np.flatnonzero(served & again[columns.premises])
    if not len(rows):
        return kept
    part = columns.subset(rows)
    solved = merge(part, np.full(len(rows), MANDATORY, dtype=np.int64))
    demands = np.bincount(part.premises, minlength=len(columns.gap))
    least = np.where(demands > 0, demands * MANDATORY - solved.value_bound, 0)
    return kept + int(np.clip(least, (demands > 0).astype(np.int64), None).sum())


def busiest_body(instance: Instance) -> float:
    """Largest share of its officers' minutes that a skill asks for, over every span of days.

    A demand counts in the spans that hold its whole window, an officer on each day of duty.  At
    one or less, demands served side by side and in parts, without travel, would all be served;
    so a linear programme of officer minutes leaves nothing out that the law does not.
    """
    days, (low, high) = len(instance.days), instance.shift
    busiest = 0.0
    for skill in sorted({d.skill for d in instance.demands}):
        asked = np.zeros((days, days))
        for d in instance.demands:
            if d.skill == skill and d.release <= d.due < days:
                asked[d.release, d.due] += d.minutes
        inside = np.cumsum(np.cumsum(asked[::-1], axis=0)[::-1], axis=1)
        able = [o for o in instance.officers if o.certified and skill in o.skills]
        duty = np.array([sum(day not in o.absent for o in able) for day in range(days)])
        until = np.concatenate([[0], np.cumsum(duty)]) * (high - low)
        offered = np.maximum(until[None, 1:] - until[:-1, None], 0)
        share = np.divide(inside, offered, out=np.full_like(inside, np.inf), where=offered > 0)
        busiest = max(busiest, float(np.where(np.triu(inside) > 0, share, 0.0).max()))
    return busiest


def separate_visits(columns: Columns) -> tuple[int, int]:
    """Visits if every body planned alone, and pairs of them closer than the gap.

    Each body merges its own demands of one premises as well as it can, on the last day that
    serves them, knows nothing of the others and keeps no common gap or cap.
    """
    bodies = int(columns.body.max(initial=0)) + 1
    key = columns.premises * bodies + columns.body
    order = np.argsort(key, kind="stable")
    pairs, inverse = np.unique(key[order], return_inverse=True)
    place = pairs // bodies
    some = columns.subset(order)
    alone = Columns(
        columns.ordinals,
        np.ones(len(pairs), dtype=np.int64),
        np.full(len(pairs), 1000),
        np.full(len(pairs), 1000),
        columns.minutes_limit[place],
        columns.open_days[place],
        inverse.astype(np.int64),
        some.body,
        some.release,
        some.due,
        some.minutes,
        some.risk,
        some.mandatory,
        some.exempt,
    )
    solved = merge(alone, demand_values(alone))
    return len(solved.day), _broken_gaps(columns, place[solved.premises], solved.day, solved.exempt)


def _broken_gaps(columns: Columns, place: Ints, day: Ints, exempt: Flags) -> int:
    place, day = place[~exempt], day[~exempt]
    order = np.lexsort((day, place))
    place, when = place[order], columns.ordinals[day[order]]
    same = place[1:] == place[:-1]
    return int((same & (when[1:] - when[:-1] < np.maximum(columns.gap[place[1:]], 1))).sum())
