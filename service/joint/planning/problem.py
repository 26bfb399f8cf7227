"""The planning problem in numbers: places, officers and the visits to be given day and team."""

from dataclasses import dataclass, fields

import numpy as np

from service.joint.planning.columns import Columns, Flags, Ints, body_names, columns_of
from service.joint.planning.model import MOST_NAMES, CannotPlan, Instance
from service.joint.planning.travel import TravelTable


class Problem:
    """Instance as arrays; premises are places 0…, bases are the places after them."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.columns: Columns
        self.columns, self.demand_of_row = columns_of(instance)
        self.bodies = body_names(instance)
        if len(self.bodies) > MOST_NAMES:
            raise CannotPlan(f"{len(self.bodies)} bodies; at most {MOST_NAMES} can be planned for")
        self.days = len(instance.days)
        self.shift_from, self.shift_to = instance.shift
        self._skills(instance)
        self._places(instance)
        self._officers(instance)
        self.fixed_demands = {d for v in instance.fixed for d in v.demands}

    def _skills(self, instance: Instance) -> None:
        wanted = sorted({d.skill for d in instance.demands})
        if len(wanted) > MOST_NAMES:
            raise CannotPlan(f"{len(wanted)} skills; at most {MOST_NAMES} can be planned for")
        self.skill_bit = {s: 1 << i for i, s in enumerate(wanted)}
        # An officer who was drawn is a skill that nobody else has.
        drawn = sorted({o for d in instance.demands for o in d.officers})
        if len(wanted) + len(drawn) > MOST_NAMES:
            raise CannotPlan(
                f"{len(wanted)} skills and {len(drawn)} officers who were drawn; at most "
                f"{MOST_NAMES} together can be planned for"
            )
        self.drawn_bit = {o: 1 << i for i, o in enumerate(drawn, len(wanted))}
        rows = self.demand_of_row.tolist()
        self.row_drawn = np.array(
            [sum({self.drawn_bit[o] for o in instance.demands[i].officers}) for i in rows],
            dtype=np.int64,
        )
        self.row_skill = self.row_drawn | np.array(
            [self.skill_bit[instance.demands[i].skill] for i in rows], dtype=np.int64
        )

    def _places(self, instance: Instance) -> None:
        lat = [p.lat for p in instance.premises] + [b.lat for b in instance.bases]
        lon = [p.lon for p in instance.premises] + [b.lon for b in instance.bases]
        self.table = TravelTable(instance.travel, np.array(lat), np.array(lon))
        self.base_place = {b.id: len(instance.premises) + i for i, b in enumerate(instance.bases)}
        low = [
            max(self.shift_from, p.open[0]) if p.open else self.shift_from
            for p in instance.premises
        ]
        high = [
            min(self.shift_to, p.open[1]) if p.open else self.shift_to for p in instance.premises
        ]
        self.open_from = np.array(low, dtype=np.int64)
        self.open_to = np.array(high, dtype=np.int64)
        self.open_days: Flags = self.columns.open_days.copy()
        for place, use in self.columns.fixed.items():
            self.open_days[place, list(use.days)] = False
        self.counted_days = self._away_from_fixed()

    def _away_from_fixed(self) -> Flags:
        """Days on which a counted visit keeps its gap to the notified ones."""
        allowed = self.open_days.copy()
        calendar = self.columns.ordinals
        for place, use in self.columns.fixed.items():
            for day in use.counted_days:
                near = np.abs(calendar - calendar[day]) < max(1, int(self.columns.gap[place]))
                allowed[place, near] = False
        return allowed

    def _officers(self, instance: Instance) -> None:
        number = {b: i for i, b in enumerate(self.bodies)}
        officers = instance.officers
        self.officer_mask = np.array(
            [
                sum({self.skill_bit.get(s, 0) for s in o.skills}) | self.drawn_bit.get(o.id, 0)
                for o in officers
            ],
            dtype=np.int64,
        )
        self.officer_body = np.array([number[o.body] for o in officers], dtype=np.int64)
        self.officer_base = np.array([self.base_place[o.base] for o in officers], dtype=np.int64)
        self.on_duty: Flags = np.zeros((len(officers), self.days), dtype=bool)
        for i, officer in enumerate(officers):
            if officer.certified:
                self.on_duty[i] = True
                self.on_duty[i, list(officer.absent)] = False
        certified = [i for i, o in enumerate(officers) if o.certified]
        self.known_skills = (
            int(np.bitwise_or.reduce(self.officer_mask[certified])) if certified else 0
        )
        if len(certified) < 2:
            self.known_skills = 0

    def next_after_gap(self, place: int, day: int) -> int:
        """First day number at least the gap of the premises after `day`, maybe past the end."""
        calendar = self.columns.ordinals
        gap = max(1, int(self.columns.gap[place]))
        return int(np.searchsorted(calendar, calendar[day] + gap))

    def last_before_gap(self, place: int, day: int) -> int:
        """Last day number at least the gap of the premises before `day`, or -1."""
        calendar = self.columns.ordinals
        gap = max(1, int(self.columns.gap[place]))
        return int(np.searchsorted(calendar, calendar[day] - gap, side="right")) - 1


@dataclass(slots=True)
class Jobs:
    """Visits to be given a day and a team; rows of demands in `rows`."""

    rows: list[list[int]]
    place: Ints
    minutes: Ints
    need: Ints
    lead: Ints
    mandatory: Ints
    discretionary: Ints
    counted: Flags
    first: Ints
    last: Ints
    tentative: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def copy(self) -> "Jobs":
        """The same visits, to be changed apart from these."""
        columns = [getattr(self, f.name).copy() for f in fields(self) if f.name != "rows"]
        return Jobs([list(rows) for rows in self.rows], *columns)


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What follows from the demands of one visit."""

    minutes: int
    need: int
    lead: int
    mandatory: int
    discretionary: int
    counted: bool
    first: int
    last: int


def facts_of(problem: Problem, rows: list[int]) -> JobFacts:
    """Length, skills, lead body, risk and window of a visit that serves these demand rows."""
    columns = problem.columns
    length: dict[int, int] = {}
    weight: dict[int, int] = {}
    need = mandatory = discretionary = 0
    for row in rows:
        body, minutes, risk = (
            int(columns.body[row]),
            int(columns.minutes[row]),
            int(columns.risk[row]),
        )
        length[body] = length.get(body, 0) + minutes
        weight[body] = weight.get(body, 0) + risk * minutes
        need |= int(problem.row_skill[row])
        if columns.mandatory[row]:
            mandatory += risk
        else:
            discretionary += risk
    return JobFacts(
        max(length.values()),
        need,
        max(sorted(weight), key=lambda b: weight[b]),
        mandatory,
        discretionary,
        not all(bool(columns.exempt[row]) for row in rows),
        max(int(columns.release[row]) for row in rows),
        min(int(columns.due[row]) for row in rows),
    )


def jobs_of(problem: Problem, rows: list[list[int]], tentative: list[int]) -> Jobs:
    """Visits with the given demand rows and the days that merging gave them."""
    facts = [facts_of(problem, group) for group in rows]

    def ints(values: list[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    return Jobs(
        rows,
        ints([int(problem.columns.premises[group[0]]) for group in rows]),
        ints([f.minutes for f in facts]),
        ints([f.need for f in facts]),
        ints([f.lead for f in facts]),
        ints([f.mandatory for f in facts]),
        ints([f.discretionary for f in facts]),
        np.array([f.counted for f in facts], dtype=bool),
        ints([f.first for f in facts]),
        ints([f.last for f in facts]),
        ints(tentative),
    )
