"""Two versions of a plan side by side: what moved, what came, what went, and why."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from service.joint.batches import rows_by_id
from service.joint.records import InspectionDemand, JointVisit
from service.joint.rules import PLANNABLE, DemandState

MOST_SHOWN = 100
_OPEN = {state.value for state in PLANNABLE}


class Change(Enum):
    """What happened to a visit between two versions."""

    ADDED = "ADDED"
    DROPPED = "DROPPED"
    MOVED = "MOVED"
    TEAM_CHANGED = "TEAM_CHANGED"
    DEMANDS_CHANGED = "DEMANDS_CHANGED"


class Cause(Enum):
    """Why, as far as the demands tell."""

    NEW_DEMAND = "NEW_DEMAND"
    DEMAND_SETTLED = "DEMAND_SETTLED"
    DEMAND_LEFT_OUT = "DEMAND_LEFT_OUT"
    OTHER_VISITS = "OTHER_VISITS"


WORDS = {
    Cause.NEW_DEMAND: "it serves a demand that the other version did not know",
    Cause.DEMAND_SETTLED: "a demand it served is booked, done, recognised or over by now",
    Cause.DEMAND_LEFT_OUT: "a demand it served is left out by the later version",
    Cause.OTHER_VISITS: "its demands are the same; day and team follow the other visits",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One visit in both versions; None where it does not exist."""

    change: Change
    cause: Cause
    before: JointVisit | None
    after: JointVisit | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Counts of all changes, and the first of them by premises."""

    counts: Mapping[Change, int]
    unchanged: int
    shown: Sequence[Difference]


def pair_up(
    before: Iterable[JointVisit], after: Iterable[JointVisit]
) -> list[tuple[JointVisit | None, JointVisit | None]]:
    """Visits of two versions side by side, those that have most demands in common first."""
    old = sorted(before, key=lambda v: (str(v.premises_id), v.day, v.id))
    new = sorted(after, key=lambda v: (str(v.premises_id), v.day, v.id))
    serving = {demand: n for n, visit in enumerate(new) for demand in visit.demand_ids}
    common: Counter[tuple[int, int]] = Counter(
        (o, serving[d]) for o, visit in enumerate(old) for d in visit.demand_ids if d in serving
    )
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for (o, n), _ in sorted(common.items(), key=lambda entry: (-entry[1], entry[0])):
        if o not in partner and n not in taken:
            partner[o] = n
            taken.add(n)
    pairs: list[tuple[JointVisit | None, JointVisit | None]] = [
        (visit, new[partner[o]] if o in partner else None) for o, visit in enumerate(old)
    ]
    return pairs + [(None, visit) for n, visit in enumerate(new) if n not in taken]


def difference(
    before: JointVisit | None, after: JointVisit | None, known: Collection[str], open_: set[str]
) -> Difference | None:
    """How a pair differs, None when it does not; `known` are the demands of the first version
    and `open_` those that still wait to be planned."""
    if before is None or after is None:
        change = Change.ADDED if before is None else Change.DROPPED
    elif (before.day, before.start_minute) != (after.day, after.start_minute):
        change = Change.MOVED
    elif set(before.officer_ids) != set(after.officer_ids):
        change = Change.TEAM_CHANGED
    elif set(before.demand_ids) != set(after.demand_ids):
        change = Change.DEMANDS_CHANGED
    else:
        return None
    return Difference(change, _cause(before, after, known, open_), before, after)


def _cause(
    before: JointVisit | None, after: JointVisit | None, known: Collection[str], open_: set[str]
) -> Cause:
    gained = set(after.demand_ids if after else ()) - set(before.demand_ids if before else ())
    lost = set(before.demand_ids if before else ()) - set(after.demand_ids if after else ())
    if gained - set(known):
        return Cause.NEW_DEMAND
    if lost - open_:
        return Cause.DEMAND_SETTLED
    if lost and after is None:
        return Cause.DEMAND_LEFT_OUT
    return Cause.OTHER_VISITS


async def compare(first_id: UUID, second_id: UUID) -> Comparison:
    """Compare two plan versions as far as their visits are in scope."""
    before = await JointVisit.filter(plan_id=first_id)
    after = await JointVisit.filter(plan_id=second_id)
    known = {d for visit in before for d in visit.demand_ids}
    rows = await rows_by_id(InspectionDemand, (UUID(d) for d in known))
    booked = {d for visit in after for d in visit.demand_ids}
    open_ = {
        str(row.id)
        for row in rows.values()
        if row.state in _OPEN or str(row.id) in booked or row.state == DemandState.MATCHED.value
    }
    found = [difference(a, b, known, open_) for a, b in pair_up(before, after)]
    real = [one for one in found if one is not None]
    counts = {change: sum(d.change is change for d in real) for change in Change}
    return Comparison(counts, len(found) - len(real), real[:MOST_SHOWN])
