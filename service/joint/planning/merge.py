"""Merging (拼团): the fewest visits that serve the most, exactly, premises by premises.

Objectives in strict order: risk of mandatory demands served, risk of discretionary demands
served, number of visits.  For one premises with a gap and a cap this is a dynamic programme
over (visit number, day): a visit moved as late as its demands and its successor allow serves
the same, so days can be confined to due days and the chains of gaps that end in them.

The programme leaves two limits out, the cap per body and the length of a visit.  Premises
where its answer breaks one of them, or where notified visits stand, are solved again by
`merge_search`; the answer of the programme remains a bound for them.
"""

from dataclasses import dataclass

import numpy as np

from service.joint.planning.columns import Columns, Flags, Ints
from service.joint.planning.merge_programme import DISCRETIONARY, MANDATORY, Batch, solve_batch
from service.joint.planning.merge_search import search

CHUNK = 8192  # premises handled at once, which bounds the memory


@dataclass(frozen=True, slots=True)
class Merged:
    """Visits by premises and day; `visit_of` gives each demand row its visit or -1.

    `value_bound` is, per premises, at least the value of any lawful choice; `proven` says
    that the choice here reaches it.
    """

    premises: Ints
    day: Ints
    exempt: Flags
    visit_of: Ints
    value_bound: Ints
    proven: Flags


def demand_values(columns: Columns, *, by_risk: bool = True) -> Ints:
    """Value of serving each demand; lexicographic by powers of two."""
    weight = columns.risk if by_risk else np.ones_like(columns.risk)
    return np.where(columns.mandatory, weight * MANDATORY, weight * DISCRETIONARY)


def merge(columns: Columns, values: Ints | None = None) -> Merged:
    """Solve every premises; deterministic."""
    values = demand_values(columns) if values is None else values
    count = len(columns.gap)
    edges = np.searchsorted(columns.premises, np.arange(0, count + CHUNK, CHUNK))
    parts = [
        _chunk(columns, values, first, min(first + CHUNK, count), int(edges[i]), int(edges[i + 1]))
        for i, first in enumerate(range(0, count, CHUNK))
    ]
    offset = 0
    visit_of = []
    for part in parts:
        visit_of.append(np.where(part.visit_of >= 0, part.visit_of + offset, -1))
        offset += len(part.day)
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Merged(none, none, none.astype(bool), none, none, none.astype(bool))
    return Merged(
        np.concatenate([p.premises for p in parts]),
        np.concatenate([p.day for p in parts]),
        np.concatenate([p.exempt for p in parts]),
        np.concatenate(visit_of),
        np.concatenate([p.value_bound for p in parts]),
        np.concatenate([p.proven for p in parts]),
    )


def _chunk(columns: Columns, values: Ints, first: int, last: int, low: int, high: int) -> Merged:
    rows = slice(low, high)
    batch = Batch(
        columns.ordinals,
        columns.gap[first:last],
        columns.cap[first:last],
        columns.open_days[first:last],
        columns.premises[rows] - first,
        columns.release[rows],
        columns.due[rows],
        values[rows],
        columns.exempt[rows],
    )
    visit_premises, visit_day, visit_exempt, bound = solve_batch(batch)
    visit_of = _serve(batch, visit_premises, visit_day, visit_exempt)
    proven = np.ones(last - first, dtype=bool)
    part = Merged(visit_premises + first, visit_day, visit_exempt, visit_of, bound, proven)
    hard = _broken(columns, part, first, last, rows)
    return _search_hard(columns, values, part, hard, first, rows) if len(hard) else part


def _serve(batch: Batch, visit_premises: Ints, visit_day: Ints, visit_exempt: Flags) -> Ints:
    """Give each demand the first visit of its premises that may serve it."""
    count = len(batch.gap)
    starts = np.searchsorted(visit_premises, np.arange(count + 1))
    visit_of = np.full(len(batch.premises), -1, dtype=np.int64)
    most = int(np.max(starts[1:] - starts[:-1], initial=0))
    for k in range(most):
        candidate = starts[batch.premises] + k
        there = candidate < starts[batch.premises + 1]
        candidate = np.where(there, candidate, 0)
        day = visit_day[candidate] if len(visit_day) else candidate
        fits = there & (batch.release <= day) & (day <= batch.due) & (visit_of < 0)
        fits &= batch.exempt | ~visit_exempt[candidate]
        visit_of[fits] = candidate[fits]
    return visit_of


def _broken(columns: Columns, part: Merged, first: int, last: int, rows: slice) -> Ints:
    """Premises whose answer breaks the body cap or the length, or that hold fixed visits."""
    bodies = int(columns.body.max(initial=0)) + 1
    visit_of = part.visit_of
    served = visit_of >= 0
    key = visit_of[served] * bodies + columns.body[rows][served]
    unique, inverse = np.unique(key, return_inverse=True)
    load = np.bincount(inverse, weights=columns.minutes[rows][served], minlength=len(unique))
    place = part.premises[unique // bodies] if len(unique) else unique
    long = place[load > columns.minutes_limit[place]]
    counted = np.bincount(
        inverse, weights=~columns.exempt[rows][served], minlength=len(unique)
    ).astype(bool)
    pair, named = np.unique((place * bodies + unique % bodies)[counted], return_counts=True)
    capped = pair[named > columns.body_cap[pair // bodies]] // bodies
    fixed = [p for p in columns.fixed if first <= p < last]
    # A single demand may be too long or its body's cap nought: then it was chosen in error.
    return np.unique(np.concatenate([long, capped, np.array(fixed, dtype=np.int64)]))


def _search_hard(
    columns: Columns, values: Ints, part: Merged, hard: Ints, first: int, rows: slice
) -> Merged:
    """Solve the hard premises one by one and splice their visits into the part."""
    is_hard = np.zeros(len(part.value_bound), dtype=bool)
    is_hard[hard - first] = True
    keep = ~is_hard[part.premises - first]
    renumber = np.cumsum(keep) - 1
    visit_of = part.visit_of.copy()
    visit_of[visit_of >= 0] = renumber[visit_of[visit_of >= 0]]
    local = columns.premises[rows] - first
    visit_of[is_hard[local]] = -1
    edges = np.searchsorted(local, np.arange(len(is_hard) + 1))
    places, days, exempt = [part.premises[keep]], [part.day[keep]], [part.exempt[keep]]
    bound, proven = part.value_bound.copy(), part.proven.copy()
    total = int(keep.sum())
    for p in hard.tolist():
        low, high = int(edges[p - first]), int(edges[p - first + 1])
        span = np.arange(rows.start + low, rows.start + high)
        found = search(columns, values, p, span)
        for day, is_exempt, demands in found.visits:
            visit_of[[d - rows.start for d in demands]] = total
            places.append(np.array([p]))
            days.append(np.array([day]))
            exempt.append(np.array([is_exempt]))
            total += 1
        proven[p - first] = found.exact
        if found.exact:
            bound[p - first] = found.value
    place = np.concatenate(places)
    order = np.argsort(place, kind="stable")
    position = np.empty(total, dtype=np.int64)
    position[order] = np.arange(total)
    served = visit_of >= 0
    visit_of[served] = position[visit_of[served]]
    return Merged(
        place[order],
        np.concatenate(days)[order],
        np.concatenate(exempt)[order],
        visit_of,
        bound,
        proven,
    )
