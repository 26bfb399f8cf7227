"""The demands of many premises as columns, the shape in which merging is fast."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from service.joint.planning.model import Instance

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FixedUse:
    """What notified visits already take of one premises; days are day numbers."""

    days: tuple[int, ...]
    counted_days: tuple[int, ...]
    by_body: dict[int, int]


@dataclass(frozen=True, slots=True)
class Columns:
    """Merging problem: demands sorted by premises, limits per premises, open days as a table.

    `minutes_limit` is the longest visit: `max_minutes` or the opening hours, if shorter.
    """

    ordinals: Ints
    gap: Ints
    cap: Ints
    body_cap: Ints
    minutes_limit: Ints
    open_days: Flags
    premises: Ints
    body: Ints
    release: Ints
    due: Ints
    minutes: Ints
    risk: Ints
    mandatory: Flags
    exempt: Flags
    fixed: dict[int, FixedUse] = field(default_factory=dict)

    def risk_by_kind(self, chosen: Flags) -> tuple[int, int]:
        """Risk of the mandatory and of the other demands among those chosen."""
        mandatory = self.mandatory[chosen]
        risk = self.risk[chosen]
        return int(risk[mandatory].sum()), int(risk[~mandatory].sum())

    def subset(self, keep: Flags | Ints) -> "Columns":
        """The same premises with some of the demands, in order."""
        return Columns(
            self.ordinals,
            self.gap,
            self.cap,
            self.body_cap,
            self.minutes_limit,
            self.open_days,
            self.premises[keep],
            self.body[keep],
            self.release[keep],
            self.due[keep],
            self.minutes[keep],
            self.risk[keep],
            self.mandatory[keep],
            self.exempt[keep],
            self.fixed,
        )


def columns_of(instance: Instance) -> tuple[Columns, Ints]:
    """Columns of an instance and, for each of their rows, the index of its demand.

    Demands of fixed visits are left out; they are served already.
    """
    place = {p.id: i for i, p in enumerate(instance.premises)}
    bodies = {b: i for i, b in enumerate(body_names(instance))}
    served = {d for visit in instance.fixed for d in visit.demands}
    rows = [i for i, d in enumerate(instance.demands) if d.id not in served]
    rows.sort(key=lambda i: place[instance.demands[i].premises])
    demands = [instance.demands[i] for i in rows]
    open_days = np.ones((len(instance.premises), len(instance.days)), dtype=bool)
    for i, p in enumerate(instance.premises):
        if p.closed:
            open_days[i, list(p.closed)] = False
    columns = Columns(
        _ints([day.toordinal() for day in instance.days]),
        _ints([p.min_gap_days for p in instance.premises]),
        _ints([p.max_visits for p in instance.premises]),
        _ints([p.max_visits_per_body for p in instance.premises]),
        _ints([_longest(instance, p.open, p.max_minutes) for p in instance.premises]),
        open_days,
        _ints([place[d.premises] for d in demands]),
        _ints([bodies[d.body] for d in demands]),
        _ints([d.release for d in demands]),
        _ints([d.due for d in demands]),
        _ints([d.minutes for d in demands]),
        _ints([d.risk for d in demands]),
        np.array([d.mandatory for d in demands], dtype=bool),
        np.array([d.exempt for d in demands], dtype=bool),
        _fixed_use(instance, place, bodies),
    )
    return columns, _ints(rows)


def body_names(instance: Instance) -> list[str]:
    """Every body that demands something or employs an officer, in alphabetical order."""
    return sorted({d.body for d in instance.demands} | {o.body for o in instance.officers})


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _longest(instance: Instance, opened: tuple[int, int] | None, max_minutes: int) -> int:
    low, high = instance.shift
    if opened is not None:
        low, high = max(low, opened[0]), min(high, opened[1])
    return max(0, min(max_minutes, high - low))


def _fixed_use(
    instance: Instance, place: dict[str, int], bodies: dict[str, int]
) -> dict[int, FixedUse]:
    demand = {d.id: d for d in instance.demands}
    days: dict[int, list[int]] = {}
    counted: dict[int, list[int]] = {}
    by_body: dict[int, dict[int, int]] = {}
    for visit in instance.fixed:
        p = place[visit.premises]
        days.setdefault(p, []).append(visit.day)
        named = {bodies[demand[d].body] for d in visit.demands if not demand[d].exempt}
        if named:
            counted.setdefault(p, []).append(visit.day)
        for body in named:
            use = by_body.setdefault(p, {})
            use[body] = use.get(body, 0) + 1
    return {
        p: FixedUse(tuple(sorted(on)), tuple(sorted(counted.get(p, []))), by_body.get(p, {}))
        for p, on in days.items()
    }
