"""Exact search of one premises under every limit: body caps, visit length, notified visits.

States are sets of demands served, kept when no other state serves the same with fewer visits,
less of the caps and an earlier last visit.  Where states are too many the best are kept and
the answer is no longer called exact.
"""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from service.joint.planning.columns import Columns, FixedUse, Ints
from service.joint.planning.merge_programme import VISIT

MAX_STATES = 1500
MAX_CHOICES = 96
MAX_PACKED = 10  # demands of one body in one visit that are packed by trying every subset
_NO_USE = FixedUse((), (), {})
_LONG_AGO = -(1 << 40)


@dataclass(frozen=True, slots=True)
class Found:
    """Visits as (day, exempt, rows of the demands) and their value."""

    visits: list[tuple[int, bool, list[int]]]
    value: int
    exact: bool


@dataclass(frozen=True, slots=True)
class _State:
    """Served demands as bits, counted visits, day of the last one, uses per body, and visits."""

    mask: int
    counted: int
    last: int
    uses: tuple[int, ...]
    visits: tuple[tuple[int, bool, int], ...]


class _Search:
    def __init__(self, columns: Columns, values: Ints, place: int, rows: Ints) -> None:
        self.rows: list[int] = rows.tolist()
        self.values: list[int] = values[rows].tolist()
        self.body: list[int] = columns.body[rows].tolist()
        self.release: list[int] = columns.release[rows].tolist()
        self.due: list[int] = columns.due[rows].tolist()
        self.minutes: list[int] = columns.minutes[rows].tolist()
        self.exempt: list[bool] = columns.exempt[rows].tolist()
        self.ordinals: list[int] = columns.ordinals.tolist()
        self.gap = max(1, int(columns.gap[place]))
        self.limit = int(columns.minutes_limit[place])
        use = columns.fixed.get(place, _NO_USE)
        self.cap = int(columns.cap[place]) - len(use.counted_days)
        self.bodies = sorted({b for b, e in zip(self.body, self.exempt, strict=True) if not e})
        self.slot = {b: i for i, b in enumerate(self.bodies)}
        body_cap = int(columns.body_cap[place])
        self.body_caps = [body_cap - use.by_body.get(b, 0) for b in self.bodies]
        is_open = columns.open_days[place].copy()
        is_open[list(use.days)] = False
        self.any_days: list[int] = np.flatnonzero(is_open).tolist()
        counted = [self.ordinals[d] for d in use.counted_days]
        self.counted_days = {
            d
            for d in self.any_days
            if all(abs(self.ordinals[d] - other) >= self.gap for other in counted)
        }
        self.exact = True

    def days(self) -> list[int]:
        """Days worth a visit, by moving every visit as late as it can go."""
        if len(self.any_days) <= 12 or (any(self.exempt) and len(self.any_days) <= 24):
            return self.any_days
        if any(self.exempt) and self._may_overflow():
            self.exact = False  # an exempt visit may have to stand just before a full one
        marked: set[int] = set()
        allowed = self.counted_days
        for i in range(len(self.rows)):
            days = self.any_days if self.exempt[i] else [d for d in self.any_days if d in allowed]
            fits = [d for d in days if self.release[i] <= d <= self.due[i]]
            marked.update(fits[-1:] if not any(self.exempt) else fits[-3:])
        earliest = min(self.release, default=0)
        front = set(marked)
        for _ in range(min(self.cap, len(self.rows)) - 1):
            front = {self._before(d) for d in front} - marked - {-1}
            front = {d for d in front if d >= earliest}
            marked |= front
        return sorted(marked)

    def _may_overflow(self) -> bool:
        length: dict[int, int] = {}
        for body, minutes in zip(self.body, self.minutes, strict=True):
            length[body] = length.get(body, 0) + minutes
        return max(length.values(), default=0) > self.limit

    def _before(self, day: int) -> int:
        limit = self.ordinals[day] - self.gap
        fits = [d for d in self.any_days if self.ordinals[d] <= limit and d in self.counted_days]
        return fits[-1] if fits else -1

    def _packings(self, rows: list[int]) -> list[int]:
        """Largest sets of one body's demands that fit into one visit, as bits."""
        rows = [i for i in rows if self.minutes[i] <= self.limit]
        if sum(self.minutes[i] for i in rows) <= self.limit:
            return [sum(1 << i for i in rows)] if rows else []
        if len(rows) > MAX_PACKED:
            self.exact = False
            rows = sorted(rows, key=lambda i: (-self.values[i], self.minutes[i]))[:MAX_PACKED]
        maximal: list[int] = []
        for size in range(len(rows), 0, -1):
            for chosen in combinations(rows, size):
                bits = sum(1 << i for i in chosen)
                if sum(self.minutes[i] for i in chosen) <= self.limit and not any(
                    bits & other == bits for other in maximal
                ):
                    maximal.append(bits)
        return maximal

    def choices(self, state: _State, day: int, *, counted: bool) -> list[int]:
        """Sets of demands that one more visit on `day` might serve, as bits."""
        by_body: dict[int, list[int]] = {}
        for i in range(len(self.rows)):
            if (
                not state.mask >> i & 1
                and self.release[i] <= day <= self.due[i]
                and (counted or self.exempt[i])
            ):
                by_body.setdefault(self.body[i], []).append(i)
        options: list[list[int]] = []
        for body, rows in sorted(by_body.items()):
            riders = [i for i in rows if self.exempt[i]]
            limited = counted and len(riders) < len(rows)
            if limited and state.uses[self.slot[body]] >= self.body_caps[self.slot[body]]:
                options.append(self._packings(riders) or [0])
                continue
            packs = self._packings(rows) or [0]
            waiting = sum(1 for i, b in enumerate(self.body) if b == body and not self.exempt[i])
            if limited and waiting > self.body_caps[self.slot[body]]:
                packs = packs + (self._packings(riders) or [0])
            options.append(packs)
        total = 1
        for packs in options:
            total *= len(packs)
        if total > MAX_CHOICES:
            self.exact = False
            options = [sorted(packs, key=self.worth, reverse=True)[:2] for packs in options]
        bits = sorted({sum(pick) for pick in product(*options)}, key=self.worth, reverse=True)
        return [b for b in bits[:MAX_CHOICES] if b]

    def worth(self, bits: int) -> int:
        """Total value of a set of demands."""
        return sum(v for i, v in enumerate(self.values) if bits >> i & 1)

    def value(self, state: _State) -> int:
        """Value of a state: what it serves less its visits."""
        return self.worth(state.mask) - VISIT * len(state.visits)

    def _step(self, state: _State, day: int, bits: int) -> _State | None:
        named = {
            self.body[i] for i in range(len(self.rows)) if bits >> i & 1 and not self.exempt[i]
        }
        visit = (day, not named, bits)
        if not named:
            return _State(
                state.mask | bits, state.counted, state.last, state.uses, (*state.visits, visit)
            )
        uses = list(state.uses)
        for body in named:
            uses[self.slot[body]] += 1
            if uses[self.slot[body]] > self.body_caps[self.slot[body]]:
                return None
        return _State(
            state.mask | bits,
            state.counted + 1,
            self.ordinals[day],
            tuple(uses),
            (*state.visits, visit),
        )

    def _successors(self, state: _State, day: int) -> list[_State]:
        made: list[_State] = []
        for counted in (True, False):
            if counted and (
                day not in self.counted_days
                or state.counted >= self.cap
                or self.ordinals[day] - state.last < self.gap
            ):
                continue
            if not counted and not any(self.exempt):
                continue
            for bits in self.choices(state, day, counted=counted):
                successor = self._step(state, day, bits)
                if successor is not None:
                    made.append(successor)
        return made

    def _pruned(self, states: list[_State]) -> list[_State]:
        kept: dict[int, list[_State]] = {}
        states.sort(key=lambda s: (len(s.visits), s.counted, s.last, s.uses))
        for state in states:
            rivals = kept.setdefault(state.mask, [])
            if not any(
                r.counted <= state.counted
                and r.last <= state.last
                and len(r.visits) <= len(state.visits)
                and all(x <= y for x, y in zip(r.uses, state.uses, strict=True))
                for r in rivals
            ):
                rivals.append(state)
        flat = [state for rivals in kept.values() for state in rivals]
        if len(flat) > MAX_STATES:
            self.exact = False
            flat = sorted(flat, key=self.value, reverse=True)[:MAX_STATES]
        return flat

    def run(self) -> Found:
        """Walk the days once; the best state at the end is the answer."""
        states = [_State(0, 0, _LONG_AGO, (0,) * len(self.bodies), ())]
        for day in self.days():
            added = [s for state in states for s in self._successors(state, day)]
            if added:
                states = self._pruned(states + added)
        best = max(states, key=lambda s: (self.value(s), -s.counted))
        visits = [
            (day, exempt, [row for i, row in enumerate(self.rows) if bits >> i & 1])
            for day, exempt, bits in best.visits
        ]
        return Found(visits, self.value(best), self.exact)


def search(columns: Columns, values: Ints, place: int, rows: Ints) -> Found:
    """Best lawful visits of one premises; `rows` are its demands in `columns`."""
    return _Search(columns, values, place, rows).run()
