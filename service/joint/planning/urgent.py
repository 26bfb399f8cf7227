"""Urgent demands (12350 report, accident): fitted in at once, moving as little as possible."""

from dataclasses import dataclass, replace

from service.joint.planning.minutes import travel_minutes
from service.joint.planning.model import Demand, Instance, Plan, PlannedVisit

MOVES_ALLOWED = 2


@dataclass(frozen=True, slots=True)
class Fitted:
    """The visit that serves the demand and the visits that had to move, old beside new."""

    visit: PlannedVisit
    moved: tuple[tuple[PlannedVisit, PlannedVisit], ...]


class Desk:
    """A plan laid out by officer and day, ready to take urgent demands one after another."""

    def __init__(self, instance: Instance, plan: Plan) -> None:
        self.instance = instance
        self.visits: set[PlannedVisit] = set(plan.visits)
        self.where = {p.id: (p.lat, p.lon) for p in instance.premises}
        self.premises = {p.id: p for p in instance.premises}
        self.officers = {o.id: o for o in instance.officers}
        base = {b.id: (b.lat, b.lon) for b in instance.bases}
        self.home = {o.id: base[o.base] for o in instance.officers}
        self.demands = {d.id: d for d in instance.demands}
        self.fixed = set(instance.fixed)
        self.diary: dict[tuple[str, int], list[PlannedVisit]] = {}
        self.at: dict[str, list[PlannedVisit]] = {}
        for visit in plan.visits:
            self.enter(visit)

    def fit(self, demand: Demand) -> Fitted | None:
        """Serve one more exempt demand, moving no visit if possible and at most two.

        Visits in `instance.fixed` never move.  None, and nothing changed, when no arrangement
        with two moves was found.
        """
        moves: list[tuple[PlannedVisit, PlannedVisit]] = []
        visit = self.place(demand) or _after_moves(self, demand, moves)
        if visit is None:
            return None
        self.enter(visit)
        return Fitted(visit, tuple(moves))

    def result(self) -> tuple[PlannedVisit, ...]:
        """All visits as they stand now, in order of time."""
        return tuple(sorted(self.visits, key=lambda v: (v.day, v.start, v.premises)))

    def enter(self, visit: PlannedVisit) -> None:
        """Write a visit into the diaries of its officers."""
        self.visits.add(visit)
        self.at.setdefault(visit.premises, []).append(visit)
        for officer in visit.officers:
            day = self.diary.setdefault((officer, visit.day), [])
            day.append(visit)
            day.sort(key=lambda v: v.start)

    def strike(self, visit: PlannedVisit) -> None:
        """Take a visit out of all diaries."""
        self.visits.discard(visit)
        self.at[visit.premises].remove(visit)
        for officer in visit.officers:
            self.diary[officer, visit.day].remove(visit)

    def hours(self, premises: str) -> tuple[int, int]:
        """Opening of the premises inside the shift."""
        low, high = self.instance.shift
        opened = self.premises[premises].open
        return (max(low, opened[0]), min(high, opened[1])) if opened else (low, high)

    def gaps(self, officer: str, premises: str, day: int, minutes: int) -> list[tuple[int, int]]:
        """Spans of possible starts at the premises between an officer's visits of a day."""
        here, spans = self.where[premises], []
        low, high = self.instance.shift
        place, clock = self.home[officer], low
        travel = self.instance.travel
        for visit in [*self.diary.get((officer, day), []), None]:
            first = clock + travel_minutes(travel, place, here)
            if visit is None:
                last = high - travel_minutes(travel, here, self.home[officer]) - minutes
            else:
                there = self.where[visit.premises]
                last = visit.start - travel_minutes(travel, here, there) - minutes
                place, clock = there, visit.start + visit.minutes
            if first <= last:
                spans.append((first, last))
        return spans

    def lawful_day(self, visit: PlannedVisit, day: int) -> bool:
        """Whether the premises and the windows of a visit's demands allow the day."""
        premises = self.premises[visit.premises]
        demands = [self.demands[d] for d in visit.demands]
        if day in premises.closed or not all(d.release <= day <= d.due for d in demands):
            return False
        others = [v for v in self.at.get(visit.premises, []) if v != visit]
        if any(v.day == day for v in others):
            return False
        if all(d.exempt for d in demands):
            return True
        days = self.instance.days
        return all(
            abs((days[v.day] - days[day]).days) >= premises.min_gap_days
            for v in others
            if not all(self.demands[d].exempt for d in v.demands)
        )

    def team(
        self, demand: Demand, day: int, among: frozenset[str] | None = None
    ) -> tuple[tuple[str, ...], int] | None:
        """Two free officers, one of the body with the skill, and the earliest common start.

        Officers without any visit that day come first, so that routes stay whole.  With `among`
        one of the two is of these, for a caller who knows that no others are free.
        """
        on_duty = [
            o.id
            for o in sorted(self.instance.officers, key=lambda o: self._busy(o.id, day))
            if o.certified and day not in o.absent
        ]
        leads = [
            o
            for o in on_duty
            if self.officers[o].body == demand.body and demand.skill in self.officers[o].skills
        ]
        spans: dict[str, list[tuple[int, int]]] = {}
        changed = None if among is None else [o for o in on_duty if o in among]
        if changed is not None and not any(self._spans(spans, o, demand, day) for o in changed):
            return None
        for lead in leads:
            own = self._spans(spans, lead, demand, day)
            mates = on_duty if changed is None or lead in changed else changed
            for mate in mates if own else ():
                if mate == lead or not self._spans(spans, mate, demand, day):
                    continue
                start = _common(own, spans[mate])
                if start is not None:
                    return tuple(sorted((lead, mate))), start
        return None

    def _busy(self, officer: str, day: int) -> int:
        return len(self.diary.get((officer, day), ()))

    def _spans(
        self, known: dict[str, list[tuple[int, int]]], officer: str, demand: Demand, day: int
    ) -> list[tuple[int, int]]:
        """Possible starts of an officer within the opening hours, worked out once."""
        if officer not in known:
            low, high = self.hours(demand.premises)
            spans = (
                (max(a, low), min(b, high - demand.minutes))
                for a, b in self.gaps(officer, demand.premises, day, demand.minutes)
            )
            known[officer] = [span for span in spans if span[0] <= span[1]]
        return known[officer]

    def place(self, demand: Demand) -> PlannedVisit | None:
        """A visit for the demand alone that moves nothing, on the first day possible."""
        self.demands[demand.id] = demand
        days = range(demand.release, demand.due + 1)
        return next((v for v in (self.place_on(demand, day) for day in days) if v), None)

    def place_on(
        self, demand: Demand, day: int, among: frozenset[str] | None = None
    ) -> PlannedVisit | None:
        """The same on one day; `among` as for `team`."""
        draft = PlannedVisit(demand.premises, day, 0, demand.minutes, (), demand.body, (demand.id,))
        if not self.lawful_day(draft, day):
            return None
        found = self.team(demand, day, among)
        return replace(draft, officers=found[0], start=found[1]) if found else None

    def shifted(self, visit: PlannedVisit, *, same_day: bool) -> PlannedVisit | None:
        """The same visit by the same team at another time of its day, or on the first other day."""
        low, high = self.hours(visit.premises)
        demands = [self.demands[d] for d in visit.demands]
        first, last = max(d.release for d in demands), min(d.due for d in demands)
        days = [visit.day] if same_day else [d for d in range(first, last + 1) if d != visit.day]
        for day in days:
            if any(day in self.officers[o].absent for o in visit.officers):
                continue
            if not self.lawful_day(visit, day):
                continue
            common = [(low, high - visit.minutes)]
            for officer in visit.officers:
                own = self.gaps(officer, visit.premises, day, visit.minutes)
                common = [
                    (max(a, c), min(b, d))
                    for a, b in common
                    for c, d in own
                    if max(a, c) <= min(b, d)
                ]
            if common and (day, common[0][0]) != (visit.day, visit.start):
                return replace(visit, day=day, start=common[0][0])
        return None


def _common(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> int | None:
    starts = [max(x[0], y[0]) for x in a for y in b if max(x[0], y[0]) <= min(x[1], y[1])]
    return min(starts, default=None)


def _after_moves(
    desk: Desk, demand: Demand, moves: list[tuple[PlannedVisit, PlannedVisit]]
) -> PlannedVisit | None:
    """Move up to two visits of officers who could lead, until the demand fits."""
    able = [
        o.id
        for o in desk.instance.officers
        if o.certified and o.body == demand.body and demand.skill in o.skills
    ]
    for day in range(demand.release, demand.due + 1):
        for officer in able:
            undo: list[tuple[PlannedVisit, PlannedVisit]] = []
            for old in list(desk.diary.get((officer, day), [])):
                if old in desk.fixed or len(undo) == MOVES_ALLOWED:
                    continue
                visit = _make_room(desk, demand, day, old, undo)
                if visit is not None:
                    moves.extend(undo)
                    return visit
            for old, new in reversed(undo):
                desk.strike(new)
                desk.enter(old)
    return None


def _make_room(
    desk: Desk,
    demand: Demand,
    day: int,
    old: PlannedVisit,
    undo: list[tuple[PlannedVisit, PlannedVisit]],
) -> PlannedVisit | None:
    """Move one visit within its day, else to another day, and try the demand again.

    A move to another day that was not enough stays, for the next visit to add to it.  Nobody
    was free before, so one of the officers whose visits moved has to come, unless it was the day
    at the premises that was taken.
    """
    movers = {o for visit in (old, *(before for before, _ in undo)) for o in visit.officers}
    taken = any(v.premises == demand.premises for v in (old, *(before for before, _ in undo)))
    among = None if taken else frozenset(movers)
    desk.strike(old)
    for same_day in (True, False):
        new = desk.shifted(old, same_day=same_day)
        if new is None:
            continue
        desk.enter(new)
        visit = desk.place_on(demand, day, among)
        if visit is not None or not same_day:
            undo.append((old, new))
            return visit
        desk.strike(new)
    desk.enter(old)
    return None
