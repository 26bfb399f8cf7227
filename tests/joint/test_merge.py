"""Merging is exact: compared with trying everything on thousands of small cases."""

from functools import cache
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from service.joint.planning.columns import Columns
from service.joint.planning.merge import Merged, demand_values, merge

CASES_PER_SEED = 500


def small_case(random: Random, *, tight: bool) -> Columns:
    """Up to four premises of up to five demands; `tight` also limits bodies and minutes."""
    premises, days = random.randint(1, 4), random.randint(2, 8)
    ordinals = np.cumsum([random.choice((1, 1, 1, 3)) for _ in range(days)])
    rows = sorted(random.randrange(premises) for _ in range(random.randint(1, 5 * premises)))
    rows = [p for i, p in enumerate(rows) if rows[:i].count(p) < 5]
    release = [random.randrange(days) for _ in rows]
    due = [random.randint(r, days - 1) for r in release]
    return Columns(
        ordinals.astype(np.int64),
        np.array([random.randint(0, 6) for _ in range(premises)]),
        np.array([random.randint(0, 3) for _ in range(premises)]),
        np.array([random.randint(1, 2) if tight else 9 for _ in range(premises)]),
        np.array([random.choice((60, 90, 400)) if tight else 400 for _ in range(premises)]),
        np.array([[random.random() > 0.15 for _ in range(days)] for _ in range(premises)]),
        np.array(rows),
        np.array([random.randrange(3) for _ in rows]),
        np.array(release),
        np.array(due),
        np.array([random.choice((20, 30, 45, 60)) for _ in rows]),
        np.array([random.randint(1, 4) for _ in rows]),
        np.array([random.random() < 0.5 for _ in rows], dtype=bool),
        np.array([random.random() < 0.2 for _ in rows], dtype=bool),
    )


def brute_force(columns: Columns, place: int) -> int:
    """Best value of one premises: on each day, every subset of the demands still unserved."""
    rows = np.flatnonzero(columns.premises == place).tolist()
    values = demand_values(columns)
    days = len(columns.ordinals)
    gap, cap = int(columns.gap[place]), int(columns.cap[place])

    @cache
    def best(day: int, left: tuple[int, ...], last: int, used: int, named: tuple[int, ...]) -> int:
        if day == days or not left:
            return 0
        result = best(day + 1, left, last, used, named)
        if not columns.open_days[place, day]:
            return result
        today = int(columns.ordinals[day])
        able = [r for r in left if columns.release[r] <= day <= columns.due[r]]
        for subset in range(1, 1 << len(able)):
            chosen = [r for i, r in enumerate(able) if subset >> i & 1]
            for body in {int(columns.body[r]) for r in chosen}:
                length = sum(int(columns.minutes[r]) for r in chosen if columns.body[r] == body)
                if length > columns.minutes_limit[place]:
                    break
            else:
                bodies = {int(columns.body[r]) for r in chosen if not columns.exempt[r]}
                counts = list(named)
                for body in bodies:
                    counts[body] += 1
                if bodies and (used >= cap or (last > 0 and today - last < gap)):
                    continue
                if max(counts) > columns.body_cap[place]:
                    continue
                rest = tuple(r for r in left if r not in chosen)
                gain = sum(int(values[r]) for r in chosen) - 1
                after = (today, used + 1) if bodies else (last, used)
                result = max(result, gain + best(day + 1, rest, *after, tuple(counts)))
        return result

    return best(0, tuple(rows), 0, 0, (0, 0, 0))


def value_of(columns: Columns, merged: Merged, place: int) -> int:
    """Value of the visits found for one premises, counted from the demands they serve."""
    mine = columns.premises == place
    served = mine & (merged.visit_of >= 0)
    visits = len(np.unique(merged.visit_of[served]))
    return int(demand_values(columns)[served].sum()) - visits


def assert_lawful(columns: Columns, merged: Merged) -> None:
    """Every limit of the law holds for the visits found."""
    for place in range(len(columns.gap)):
        visits = np.flatnonzero(merged.premises == place)
        counted = []
        for v in visits:
            rows = np.flatnonzero(merged.visit_of == v)
            day = merged.day[v]
            assert columns.open_days[place, day]
            assert ((columns.release[rows] <= day) & (day <= columns.due[rows])).all()
            for body in set(columns.body[rows].tolist()):
                length = columns.minutes[rows][columns.body[rows] == body].sum()
                assert length <= columns.minutes_limit[place]
            if not columns.exempt[rows].all():
                counted.append((int(columns.ordinals[day]), rows))
        assert len(counted) <= columns.cap[place]
        assert len(set(merged.day[visits].tolist())) == len(visits)
        counted.sort(key=lambda visit: visit[0])
        for (a, _), (b, _) in pairwise(counted):
            assert b - a >= columns.gap[place]
        for body in range(3):
            naming = [
                1
                for _, rows in counted
                if ((columns.body[rows] == body) & ~columns.exempt[rows]).any()
            ]
            assert len(naming) <= columns.body_cap[place]


@pytest.mark.parametrize("tight", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_merging_equals_brute_force(seed: int, tight: bool) -> None:
    random = Random(f"{seed}-{tight}")
    for _ in range(CASES_PER_SEED):
        columns = small_case(random, tight=tight)

        merged = merge(columns)

        assert_lawful(columns, merged)
        for place in range(len(columns.gap)):
            exact = brute_force(columns, place)
            assert value_of(columns, merged, place) == exact
            assert merged.value_bound[place] == exact
            assert merged.proven[place]


def test_no_premises_give_no_visits() -> None:
    empty = small_case(Random(1), tight=False)
    columns = empty.subset(np.zeros(len(empty.premises), dtype=bool))

    merged = merge(columns)

    assert len(merged.day) == 0
    assert merged.value_bound.tolist() == [0] * len(columns.gap)
