"""Reservations and the ledger of yearly caps: all of a plan or nothing, whoever else is at it.

What two reservers could fight over is locked in one order first, so they queue up instead of
deadlocking.  The constraints of the database are the judge; their texts are never passed on,
since they show rows of others.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service.clock import SHANGHAI
from service.errors import Conflict
from service.ids import new_id
from service.joint.batches import items_of, rows_by_id
from service.joint.fitness import unfit
from service.joint.ledger import Entry, Line, enter, set_aside
from service.joint.records import InspectionDemand, JointVisit
from service.joint.rules import EXEMPT, VISIT_ITEM, WHOLE_BUDGET, reserved_days
from service.joint.snapshot import Limits, limits_of
from service.officers.records import Officer
from tenants.wall import current

MOST_REASONS = 20
MOST_LOCKS = 1000  # of one transaction
_REASONS = {
    "premises_reservations_apart": "another inspection of the same items is too close in time",
    "officer_reservations_apart": "an officer of the team is at another visit at that time",
    "frequency_budgets_conserved": "the yearly cap of the enterprise is reached",
}


class ReservationRefused(Conflict):
    """Some visits cannot be reserved; nothing was."""

    def __init__(self, reasons: Sequence[tuple[JointVisit, str]]) -> None:
        shown = "; ".join(f"{v.day} visit {v.id}: {why}" for v, why in reasons[:5])
        more = f" and {len(reasons) - 5} more" if len(reasons) > 5 else ""
        super().__init__(
            f"{shown}{more}; request a new plan, it will keep clear of them",
            path=("input", "planId"),
        )
        self.reasons = list(reasons)


async def reserve(visits: Sequence[JointVisit]) -> None:
    """Reserve premises, officers and caps for visits; those already reserved stay so.

    Raises:
        ReservationRefused: with the reason of each visit that does not fit.
    """
    held = await current().fetch(
        "select distinct visit_id from premises_reservations where visit_id = any ($1)",
        [v.id for v in visits],
    )
    done = {row["visit_id"] for row in held}
    waiting = sorted((v for v in visits if v.id not in done), key=lambda v: v.id)
    if not waiting:
        return
    claims = await _Claims.of(waiting)
    await lock_all(waiting)
    spoilt = await unfit(waiting, claims.officers)
    if spoilt:
        raise ReservationRefused(spoilt)
    if await _attempt(claims, waiting) is None:
        return
    reasons = []
    for visit in waiting:
        why = await _attempt(claims, [visit])
        if why is not None:
            reasons.append((visit, why))
            if len(reasons) == MOST_REASONS:
                break
    raise ReservationRefused(reasons or [(waiting[0], "the visits disturb one another")])


async def lock_all(visits: Sequence[JointVisit]) -> None:
    """Queue up behind whoever reserves any of the same; the table of locks has a limited size.

    A few visits share their district with others and lock what they touch; a whole plan locks
    its districts instead.
    """
    names = {f"premises {v.premises_id}" for v in visits}
    names |= {f"enterprise {v.enterprise_id}" for v in visits}
    names |= {f"officer {o}" for v in visits for o in v.officer_ids}
    districts = {f"joint {v.district_id}" for v in visits}
    whole = len(names) > MOST_LOCKS
    await _take("pg_advisory_xact_lock" if whole else "pg_advisory_xact_lock_shared", districts)
    if not whole:
        await _take("pg_advisory_xact_lock", names)


async def rebook(visits: Sequence[JointVisit]) -> None:
    """Take premises and officers anew for reserved visits that moved; the ledger stays as it is.

    The caller holds the locks of `lock_all`.

    Raises:
        ReservationRefused: a visit does not fit where it moved to.
    """
    if not visits:
        return
    claims = await _Claims.of(visits)
    ids = [visit.id for visit in visits]
    for table in ("premises_reservations", "officer_reservations"):
        await current().fetch(f"delete from {table} where visit_id = any ($1) returning id", ids)
    why = await _within_savepoint(lambda: claims.take(visits))
    if why is not None:
        raise ReservationRefused([(visits[0], why)])


async def reseat(visit: JointVisit) -> None:
    """Take the time of another team for a reserved visit and free that of the one before.

    The caller holds the locks of `lock_all`.

    Raises:
        ReservationRefused: one of the team is at another visit at that time.
    """
    claims = await _Claims.of([visit])

    async def seat() -> None:
        await current().fetch("delete from officer_reservations where visit_id = $1", visit.id)
        await claims.take_officers([visit])

    why = await _within_savepoint(seat)
    if why is not None:
        raise ReservationRefused([(visit, why)])


async def extend(visit: JointVisit, demand: InspectionDemand) -> None:
    """Reserve what one more demand of a reserved visit needs; the visit already has its length.

    The caller holds the locks of `lock_all`; the demand is not yet among the visit's rows.

    Raises:
        ReservationRefused: the cap of the body, an item or an officer does not allow it.
    """
    claims = await _Claims.of([visit])

    async def grow() -> None:
        served = await InspectionDemand.filter(tenant_id=visit.tenant_id, visit_id=visit.id)
        known = {str(row.body_id) for row in served if row.kind not in EXEMPT}
        await claims.spend([visit], known={*known, WHOLE_BUDGET} if known else set())
        await claims.widen_premises(visit, demand)
        start = _instant(visit)
        await current().fetch(
            "update officer_reservations set ends_at = $2 where visit_id = $1 returning id",
            visit.id,
            start + timedelta(minutes=visit.minutes),
        )

    why = await _within_savepoint(grow)
    if why is not None:
        raise ReservationRefused([(visit, why)])


async def _take(function: str, names: set[str]) -> None:
    """Take advisory locks in the order of their keys, held until the transaction ends."""
    await current().fetch(
        f"select {function}(k) from (select distinct hashtextextended(n, 7) as k"
        " from unnest($1::text[]) n order by 1) keys",
        sorted(names),
    )


async def _attempt(claims: "_Claims", visits: Sequence[JointVisit]) -> str | None:
    """Reserve inside a savepoint; the reason when a constraint refuses, and nothing changed."""

    async def spend_and_take() -> None:
        await claims.spend(visits)
        await claims.take(visits)

    return await _within_savepoint(spend_and_take)


async def _within_savepoint(act: Callable[[], Awaitable[None]]) -> str | None:
    client = current().client
    await client.execute_script("savepoint reserving")
    try:
        await act()
    except IntegrityError as error:
        await client.execute_script("rollback to savepoint reserving")
        name = getattr(error.args[0] if error.args else None, "constraint_name", None)
        return _REASONS.get(str(name), "a rule of the calendar refuses it")
    await client.execute_script("release savepoint reserving")
    return None


@dataclass(frozen=True, slots=True)
class _Ask:
    """What the claims of a demand depend on."""

    id: str
    body: str
    kind: str
    items: Sequence[str]
    interval_days: int


async def _asks(ids: Collection[UUID]) -> dict[str, _Ask]:
    """Read in one statement and without models: a plan of a district has 60,000 of them."""
    rows = await current().fetch(
        "select id, body_id, kind, items::text as items, interval_days from inspection_demands"
        " where id = any ($1)",
        list(ids),
    )
    asks = (
        _Ask(
            str(row["id"]),
            str(row["body_id"]),
            row["kind"],
            items_of(row["items"]),
            row["interval_days"],
        )
        for row in rows
    )
    return {ask.id: ask for ask in asks}


class _Claims:
    """What a set of visits needs, read once."""

    def __init__(
        self,
        demands: dict[str, _Ask],
        officers: dict[UUID, Officer],
        limits: dict[UUID, Limits],
    ) -> None:
        self.demands = demands
        self.officers = officers
        self.limits = limits

    @classmethod
    async def of(cls, visits: Sequence[JointVisit]) -> "_Claims":
        """Read demands, officers and the limits of the towns."""
        wanted = {UUID(d) for v in visits for d in v.demand_ids}
        team = {UUID(o) for v in visits for o in v.officer_ids}
        limits: dict[UUID, Limits] = {}
        for visit in visits:
            if visit.tenant_id not in limits:
                limits[visit.tenant_id] = await limits_of(visit.owner, visit.day)
        return cls(
            await _asks(wanted),
            await rows_by_id(Officer, team),
            limits,
        )

    def _counted(self, visit: JointVisit) -> list[_Ask]:
        rows = [self.demands[d] for d in visit.demand_ids]
        return [row for row in rows if row.kind not in EXEMPT]

    async def spend(
        self, visits: Sequence[JointVisit], known: Collection[str] = frozenset()
    ) -> None:
        """Set the visits aside in the ledger, opening its lines at the caps of today.

        Lines of the bodies in `known` hold the visit already.
        """
        lines: Counter[Line] = Counter()
        entries: list[Entry] = []
        for visit in visits:
            counted, caps = self._counted(visit), self.limits[visit.tenant_id]
            for body in sorted({d.body for d in counted}.difference(known)):
                lines[_line(visit, body, caps.per_body)] += 1
                entries.append(Entry(visit, body, "RESERVED"))
            if counted and WHOLE_BUDGET not in known:
                lines[_line(visit, WHOLE_BUDGET, caps.visits)] += 1
                entries.append(Entry(visit, WHOLE_BUDGET, "RESERVED"))
            if not counted:
                entries += self._exempted(visit)
        await set_aside(lines)
        await enter(entries)

    def _exempted(self, visit: JointVisit) -> list[Entry]:
        """Typed entries for a visit that no cap counts: one per body, with its kind."""
        rows = [self.demands[d] for d in visit.demand_ids]
        kinds = {row.body: row.kind for row in sorted(rows, key=lambda row: row.id)}
        return [Entry(visit, body, "EXEMPT", kind) for body, kind in sorted(kinds.items())]

    async def take(self, visits: Sequence[JointVisit]) -> None:
        """Take premises and officers."""
        await self.take_premises(visits)
        await self.take_officers(visits)

    async def take_premises(self, visits: Sequence[JointVisit]) -> None:
        """Take the items of each visit, and the visit itself for the gap of the town."""
        rows: list[tuple[object, ...]] = []
        for visit in visits:
            counted = self._counted(visit)
            days: dict[str, int] = {}
            for demand in counted:
                for item in demand.items:
                    days[item] = max(days.get(item, 0), demand.interval_days)
            days[VISIT_ITEM] = self.limits[visit.tenant_id].gap
            for item, length in sorted(days.items()):
                first, last = reserved_days(visit.day, length)
                rows.append(
                    (*_head(visit), visit.premises_id, visit.id, item, first, last, not counted)
                )
        # Neighbours go into the same pages of the indexes.
        rows.sort(key=lambda row: row[3:7])
        await current().fetch(
            "insert into premises_reservations (id, tenant_id, district_id, premises_id, visit_id,"
            " item, first_day, last_day, exempt) select * from unnest($1::uuid[], $2::uuid[],"
            " $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::date[], $8::date[], $9::bool[])",
            *(list(column) for column in zip(*rows, strict=True)),
        )

    async def widen_premises(self, visit: JointVisit, demand: InspectionDemand) -> None:
        """Take the items of one more demand, for the longer interval where they are held."""
        if demand.kind in EXEMPT:
            return
        await current().fetch(
            "insert into premises_reservations (id, tenant_id, district_id, premises_id, visit_id,"
            " item, first_day, last_day, exempt) select n.id, $2, $3, $4, $5, n.item, $7, $8, false"
            " from unnest($1::uuid[], $6::text[]) as n(id, item)"
            " on conflict on constraint premises_reservations_once"
            " do update set last_day = greatest(premises_reservations.last_day, excluded.last_day)"
            " returning id",
            [new_id() for _ in demand.items],
            visit.tenant_id,
            visit.district_id,
            visit.premises_id,
            visit.id,
            list(demand.items),
            *reserved_days(visit.day, demand.interval_days),
        )

    async def take_officers(self, visits: Sequence[JointVisit]) -> None:
        """Take the time of every officer."""
        rows: list[tuple[object, ...]] = []
        for visit in visits:
            start = _instant(visit)
            end = start + timedelta(minutes=visit.minutes)
            for name in visit.officer_ids:
                officer = self.officers[UUID(name)]
                rows.append(
                    (
                        new_id(),
                        officer.tenant_id,
                        officer.district_id,
                        officer.id,
                        visit.id,
                        start,
                        end,
                    )
                )
        rows.sort(key=lambda row: (row[3], row[5]))
        await current().fetch(
            "insert into officer_reservations (id, tenant_id, district_id, officer_id, visit_id,"
            " starts_at, ends_at) select * from unnest($1::uuid[], $2::uuid[], $3::uuid[],"
            " $4::uuid[], $5::uuid[], $6::timestamptz[], $7::timestamptz[])",
            *(list(column) for column in zip(*rows, strict=True)),
        )


def _head(visit: JointVisit) -> tuple[UUID, UUID, UUID]:
    return new_id(), visit.tenant_id, visit.district_id


def _line(visit: JointVisit, body: str, cap: int) -> Line:
    return visit.tenant_id, visit.district_id, visit.enterprise_id, body, visit.day.year, cap


def _instant(visit: JointVisit) -> datetime:
    midnight = datetime.combine(visit.day, time(), SHANGHAI)
    return (midnight + timedelta(minutes=visit.start_minute)).astimezone(UTC)
