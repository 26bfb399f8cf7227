"""The dynamic programme of merging, for a batch of premises at a time."""

from dataclasses import dataclass

import numpy as np

from service.joint.planning.columns import Flags, Ints

VISIT = 1
DISCRETIONARY = 1 << 12  # more than the visits of one premises
MANDATORY = 1 << 32  # more than the discretionary risk of one premises
_NEVER = -(1 << 60)


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of some premises, numbered from 0; demands sorted by premises."""

    ordinals: Ints
    gap: Ints
    cap: Ints
    open_days: Flags
    premises: Ints
    release: Ints
    due: Ints
    value: Ints
    exempt: Flags


def solve_batch(batch: Batch) -> tuple[Ints, Ints, Flags, Ints]:
    """Premises, day and kind of each visit, sorted by premises and day, and value per premises."""
    candidates = _candidates(batch)
    width = candidates.sum(axis=1)
    rank = np.arange(len(batch.premises)) - np.searchsorted(batch.premises, batch.premises)
    has_exempt = np.zeros(len(batch.gap), dtype=bool)
    has_exempt[batch.premises[batch.exempt]] = True
    value = np.zeros(len(batch.gap), dtype=np.int64)
    found: list[tuple[Ints, Ints, Flags]] = []
    for size in np.unique(width[width > 0]).tolist():
        for mixed in (False, True):
            group = np.flatnonzero((width == size) & (has_exempt == mixed))
            if len(group) == 0:
                continue
            days = np.nonzero(candidates[group])[1].reshape(len(group), size)
            solve = _mixed if mixed else _plain
            found.append(solve(batch, group, days, rank, value))
    if not found:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty.astype(bool), value
    place = np.concatenate([f[0] for f in found])
    day = np.concatenate([f[1] for f in found])
    kind = np.concatenate([f[2] for f in found])
    order = np.lexsort((day, place))
    return place[order], day[order], kind[order], value


def _candidates(batch: Batch) -> Flags:
    """Days worth a visit: last open day of each window, and one gap before each, repeatedly."""
    horizon = len(batch.ordinals)
    index = np.where(batch.open_days, np.arange(horizon), -1)
    last_open = np.maximum.accumulate(index, axis=1)
    day = last_open[batch.premises, batch.due]
    usable = day >= batch.release
    marked = np.zeros(batch.open_days.shape, dtype=bool)
    marked[batch.premises[usable], day[usable]] = True
    demands = np.bincount(batch.premises, minlength=len(batch.gap))
    levels = np.minimum(batch.cap, demands) - 1
    gaps, which = np.unique(batch.gap, return_inverse=True)
    before = (
        np.searchsorted(
            batch.ordinals, batch.ordinals[None, :] - np.maximum(gaps, 1)[:, None], "right"
        )
        - 1
    )
    earliest = np.full(len(batch.gap), horizon)
    np.minimum.at(earliest, batch.premises, batch.release)
    rows, days = np.nonzero(marked)
    level = 0
    while len(rows):
        alive = levels[rows] > level
        rows, days = rows[alive], days[alive]
        days = before[which[rows], days]
        alive = days >= 0
        rows, days = rows[alive], days[alive]
        days = last_open[rows, days]
        alive = (days >= 0) & (days >= earliest[rows])
        rows, days = rows[alive], days[alive]
        fresh = ~marked[rows, days]
        marked[rows, days] = True
        rows, days = rows[fresh], days[fresh]
        level += 1
    return marked


def _gains(batch: Batch, group: Ints, days: Ints, rank: Ints, kind: Flags) -> Ints:
    """Value a visit on day t adds when the one before was on day s; s = 0 means none before."""
    count, size = days.shape
    gains = np.zeros((count, size + 1, size), dtype=np.int64)
    position = np.full(len(batch.gap), -1)
    position[group] = np.arange(count)
    chosen = np.flatnonzero(kind & (position[batch.premises] >= 0))
    for r in np.unique(rank[chosen]).tolist():
        rows = chosen[rank[chosen] == r]
        at = position[batch.premises[rows]]
        covers = (days[at] >= batch.release[rows, None]) & (days[at] <= batch.due[rows, None])
        later = np.ones((len(rows), size + 1), dtype=bool)
        later[:, 1:] = days[at] < batch.release[rows, None]
        gains[at] += (later[:, :, None] & covers[:, None, :]) * batch.value[rows, None, None]
    return gains


def _allowed(batch: Batch, group: Ints, days: Ints) -> Flags:
    """Whether a counted visit on day t may follow one on day s; s = 0 means none before."""
    count, size = days.shape
    calendar = batch.ordinals[days]
    apart = calendar[:, None, :] - calendar[:, :, None]
    allowed = np.ones((count, size + 1, size), dtype=bool)
    allowed[:, 1:, :] = apart >= np.maximum(batch.gap[group], 1)[:, None, None]
    return allowed


def _plain(
    batch: Batch, group: Ints, days: Ints, rank: Ints, value: Ints
) -> tuple[Ints, Ints, Flags]:
    """Premises without exempt demands: f[k][t] = best value of k visits, the last on day t."""
    count, size = days.shape
    gains = _gains(batch, group, days, rank, ~batch.exempt)
    gains = np.where(_allowed(batch, group, days), gains - VISIT, _NEVER)
    demands = np.bincount(batch.premises, minlength=len(batch.gap))[group]
    limit = np.minimum(np.minimum(batch.cap[group], demands), size)
    best = np.zeros(count, dtype=np.int64)
    best_k, best_t = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    row = gains[:, 0, :]
    back = []
    for k in range(1, int(limit.max(initial=0)) + 1):
        if k > 1:
            sums = row[:, :, None] + gains[:, 1:, :]
            source = sums.argmax(axis=1)
            back.append(source)
            row = np.take_along_axis(sums, source[:, None, :], axis=1)[:, 0, :]
        t = row.argmax(axis=1)
        reached = np.where(limit >= k, row[np.arange(count), t], _NEVER)
        better = reached > best
        best[better], best_k[better], best_t[better] = reached[better], k, t[better]
    value[group] = best
    places, when = [], []
    for k in range(int(best_k.max(initial=0)), 0, -1):
        active = np.flatnonzero(best_k >= k)
        places.append(group[active])
        when.append(days[active, best_t[active]])
        if k > 1:
            best_t[active] = back[k - 2][active, best_t[active]]
    place = np.concatenate(places) if places else np.zeros(0, dtype=np.int64)
    day = np.concatenate(when) if when else np.zeros(0, dtype=np.int64)
    return place, day, np.zeros(len(place), dtype=bool)


def _mixed(
    batch: Batch, group: Ints, days: Ints, rank: Ints, value: Ints
) -> tuple[Ints, Ints, Flags]:
    """Premises with exempt demands: g[k][a][c], `a` the last counted and `c` the last visit.

    An exempt visit takes no part in gap and cap; exempt demands ride on counted visits freely.
    """
    count, size = days.shape
    counted = _gains(batch, group, days, rank, ~batch.exempt)
    exempt = _gains(batch, group, days, rank, batch.exempt)
    allowed = _allowed(batch, group, days)
    limit = np.minimum(batch.cap[group], size)
    most = int(limit.max(initial=0))
    state = np.full((count, most + 1, size + 1, size + 1), _NEVER, dtype=np.int64)
    state[:, 0, 0, 0] = 0
    from_exempt = np.zeros(state.shape, dtype=np.int16)
    from_counted = np.zeros((count, most + 1, size + 1), dtype=np.int32)
    everyone = np.arange(count)
    for t in range(size):
        ride = exempt[:, : t + 1, t]
        before = state[:, :, : t + 1, : t + 1] + ride[:, None, None, :] - VISIT
        source = before.argmax(axis=3)
        alone = np.take_along_axis(before, source[..., None], axis=3)[..., 0]
        state[:, :, : t + 1, t + 1] = alone
        from_exempt[:, :, : t + 1, t + 1] = source
        gain = np.where(allowed[:, : t + 1, t], counted[:, : t + 1, t], _NEVER)
        joint = before + gain[:, None, :, None]
        flat = joint.reshape(count, most + 1, (t + 1) * (t + 1))
        source = flat.argmax(axis=2)
        reached = np.take_along_axis(flat, source[..., None], axis=2)[..., 0]
        reached[np.arange(most + 1)[None, :] >= limit[:, None]] = _NEVER
        state[:, 1:, t + 1, t + 1] = np.maximum(reached[:, :-1], _NEVER)
        from_counted[:, 1:, t + 1] = source[:, :-1]
    every = state.reshape(count, -1)
    last = every.argmax(axis=1)
    value[group] = every[everyone, last]
    return _walk_back(group, days, last, state.shape, from_exempt, from_counted)


def _walk_back(
    group: Ints,
    days: Ints,
    last: Ints,
    shape: tuple[int, ...],
    from_exempt: "np.ndarray[tuple[int, ...], np.dtype[np.int16]]",
    from_counted: "np.ndarray[tuple[int, ...], np.dtype[np.int32]]",
) -> tuple[Ints, Ints, Flags]:
    _, _, side, _ = shape
    place: list[int] = []
    when: list[int] = []
    kind: list[bool] = []
    for row, code in enumerate(last.tolist()):
        k, rest = divmod(code, side * side)
        a, c = divmod(rest, side)
        while c > 0:
            is_exempt = a != c
            place.append(int(group[row]))
            when.append(int(days[row, c - 1]))
            kind.append(is_exempt)
            if is_exempt:
                c = int(from_exempt[row, k, a, c])
            else:
                a, c = divmod(int(from_counted[row, k, c]), c)
                k -= 1
    return (
        np.array(place, dtype=np.int64),
        np.array(when, dtype=np.int64),
        np.array(kind, dtype=bool),
    )
