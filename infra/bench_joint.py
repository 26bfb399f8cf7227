"""What joint planning costs in the database: a district from its rows to a published plan.

P1 fills a scratch database with the rows of the planner's reference district and plans, checks,
stores and publishes it.  P5 lets sixteen schedulers fit urgent demands into that plan at once.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from statistics import quantiles
from types import ModuleType
from typing import Any
from uuid import UUID

from infra.bench_isolation import bench_database
from service import clock, database, jobs
from service.errors import Conflict
from service.ids import new_id
from service.joint import commands, solving
from service.joint.planning.generator import BODIES, Size, generate
from service.joint.planning.model import Instance
from service.joint.records import (
    InspectionDemand,
    JointPlan,
    OfficerAbsence,
    PlanApproval,
    PremisesClosure,
)
from service.joint.snapshot import working_days
from service.joint.urgent import fit_urgent
from service.officers.records import Officer
from service.register.records import Enterprise, Premises
from tenants.directory import department_scope
from tenants.records import Body, District, Tenant, TenantDistrict, owned
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

SEED = 1
BATCH = 1000
SCHEDULERS = 16
URGENT = 64
PHASES = {"take": "rows_s", "_in_child": "solver_s", "_keep": "check_and_store_s"}


def run(scale: str = "1") -> dict[str, Any]:
    """Figures of a district of `scale` times the reference one."""
    return asyncio.run(_run(float(scale)))


async def _run(scale: float) -> dict[str, Any]:
    reference = Size()
    size = replace(
        reference,
        premises=int(reference.premises * scale),
        demands=int(reference.demands * scale),
        officers=int(reference.officers * scale),
    )
    async with bench_database("joint"), database.database():
        began = time.perf_counter()
        filled = await _Filled.of(generate(SEED, size))
        figures: dict[str, Any] = {"fill_s": round(time.perf_counter() - began, 1)}
        figures |= await _plan(filled)
        figures |= await _urgent(filled)
        figures["load"] = round(os.getloadavg()[0], 1)
    return figures


class _Filled:
    """A district with the rows of an instance."""

    def __init__(self, office: Owner, towns: dict[str, Owner], bodies: dict[str, UUID]) -> None:
        self.office = office
        self.towns = towns
        self.bodies = bodies
        self.days: list[date] = []
        self.places: dict[str, Premises] = {}

    @classmethod
    async def of(cls, instance: Instance) -> "_Filled":
        """Write the rows; the horizon begins on the first Monday a week ahead."""
        towns = sorted({p.tenant for p in instance.premises})
        filled = await _district(towns)
        today = clock.legal_day(clock.now())
        first = today + timedelta(days=14 - today.weekday())
        horizon = len(instance.days) * 2
        scope = await department_scope(filled.office.district_id, "bench")
        async with tenant_transaction(scope):
            every = await working_days(first, first + timedelta(days=horizon))
            filled.days = every[: len(instance.days)]
            await filled.officers(instance)
            await filled.premises(instance)
            await filled.demands(instance)
        return filled

    async def officers(self, instance: Instance) -> None:
        """Officers with their cards and absences."""
        base = {b.id: b for b in instance.bases}
        rows, away = [], []
        for one in instance.officers:
            valid = self.days[-1] if one.certified else self.days[0] - timedelta(days=1)
            row = Officer(
                id=new_id(),
                **owned(self.office),
                body_id=self.bodies[one.body],
                name=one.id,
                card_no=one.id,
                card_valid_to=valid,
                skills=list(one.skills),
                base_latitude=base[one.base].lat,
                base_longitude=base[one.base].lon,
                created_at=clock.now(),
            )
            rows.append(row)
            away += [
                OfficerAbsence(
                    id=new_id(),
                    **owned(self.office),
                    officer_id=row.id,
                    kind="LEAVE",
                    first_day=self.days[day],
                    last_day=self.days[day],
                    entered_at=clock.now(),
                )
                for day in one.absent
            ]
        await Officer.bulk_create(rows, batch_size=BATCH)
        await OfficerAbsence.bulk_create(away, batch_size=BATCH)

    async def premises(self, instance: Instance) -> None:
        """Enterprises, premises and the days on which these are shut."""
        now = clock.now()
        enterprises: dict[str, Enterprise] = {}
        shut = []
        for one in instance.premises:
            owner = self.towns[one.tenant]
            # Premises of one enterprise may lie in several towns; each town keeps its own entry.
            firm = enterprises.setdefault(
                f"{one.tenant} {one.enterprise}",
                _firm(owner, one.enterprise, len(enterprises)),
            )
            place = Premises(
                id=new_id(),
                **owned(owner),
                enterprise_id=firm.id,
                name=one.id,
                address=one.id,
                latitude=one.lat,
                longitude=one.lon,
                open_from=one.open[0] if one.open else None,
                open_to=one.open[1] if one.open else None,
                created_at=now,
            )
            self.places[one.id] = place
            shut += [
                PremisesClosure(
                    id=new_id(),
                    **owned(owner),
                    premises_id=place.id,
                    first_day=self.days[day],
                    last_day=self.days[day],
                    reason="-",
                    entered_at=now,
                )
                for day in one.closed
            ]
        await Enterprise.bulk_create(enterprises.values(), batch_size=BATCH)
        await Premises.bulk_create(self.places.values(), batch_size=BATCH)
        await PremisesClosure.bulk_create(shut, batch_size=BATCH)

    async def demands(self, instance: Instance) -> None:
        """One demand row for each of the instance."""
        now = clock.now()
        rows = []
        for one in instance.demands:
            place = self.places[one.premises]
            rows.append(
                InspectionDemand(
                    id=new_id(),
                    **owned(place.owner),
                    premises_id=place.id,
                    enterprise_id=place.enterprise_id,
                    body_id=self.bodies[one.body],
                    kind="CLUE" if one.exempt else "ROUTINE",
                    items=[f"{one.body}.exits"],
                    skill=one.skill,
                    release_on=self.days[one.release],
                    due_on=self.days[one.due],
                    minutes=one.minutes,
                    risk=one.risk,
                    mandatory=one.mandatory,
                    basis="-",
                    exemption_reason="-" if one.exempt else "",
                    interval_days=14,
                    submitted_by="bench",
                    created_at=now,
                )
            )
        await InspectionDemand.bulk_create(rows, batch_size=BATCH)


async def _district(towns: list[str]) -> _Filled:
    district_id = new_id()
    async with tenant_transaction(Scope.of_platform("bench")):
        await District.create(id=district_id, code="D1", name="基准区")
        office = await _tenant(district_id, "D1-office", "DISTRICT")
        await District.filter(id=district_id).update(office_id=office.tenant_id)
        owners = {name: await _tenant(district_id, name[-12:], "TOWN") for name in towns}
        bodies = {}
        for line in BODIES:
            body = await Body.create(
                id=new_id(), **owned(office), code=line, name=line, kind="DEPARTMENT", line=line
            )
            bodies[line] = body.id
    return _Filled(office, owners, bodies)


def _firm(owner: Owner, name: str, number: int) -> Enterprise:
    return Enterprise(
        id=new_id(),
        **owned(owner),
        name=name,
        alternate_id=f"B{number}",
        created_at=clock.now(),
    )


async def _tenant(district_id: UUID, code: str, kind: str) -> Owner:
    row = await Tenant.create(
        id=new_id(), district_id=district_id, division_code=code, name=code, kind=kind
    )
    await TenantDistrict.create(
        id=new_id(), tenant_id=row.id, district_id=district_id, valid_from=date(2020, 1, 1)
    )
    return row.owner


async def _plan(filled: _Filled) -> dict[str, Any]:
    scope = await department_scope(filled.office.district_id, "bench")
    async with tenant_transaction(scope):
        plan, _ = await commands.request_plan(
            filled.office, filled.days[0], filled.days[-1], commands.Budget(iterations=0)
        )
    phases: dict[str, float] = {}
    marks = [time.perf_counter()]
    with _clocked(solving, PHASES, phases):
        await solving.solve_plan(filled.office.district_id, plan.id)
    marks.append(time.perf_counter())
    async with tenant_transaction(scope):
        plan = await JointPlan.get(id=plan.id)
        job = await jobs.Job.get(id=plan.job_id)
        if plan.state != "SOLVED":
            raise RuntimeError(f"{plan.state}: {plan.failure}")
        for body in plan.lead_bodies:
            await PlanApproval.create(
                id=new_id(),
                **owned(filled.office),
                plan_id=plan.id,
                body_id=UUID(body),
                approved_by="bench",
                approved_at=clock.now(),
            )
    published = time.perf_counter()
    with _clocked(commands, {"reserve": "reserve_s"}, phases):
        async with tenant_transaction(scope):
            await commands.publish_plan(plan.id)
    ended = time.perf_counter()
    return {
        "message": job.message,
        **phases,
        "solve_and_store_s": round(marks[1] - marks[0], 2),
        "publish_s": round(ended - published, 2),
        "rows_to_published_s": round(marks[1] - marks[0] + ended - published, 2),
    }


@contextmanager
def _clocked(
    module: ModuleType, names: Mapping[str, str], into: dict[str, float]
) -> Iterator[None]:
    """Note in `into` how long the module's own functions took, by the names given for them."""
    kept = {name: getattr(module, name) for name in names}

    def clocked(name: str) -> Callable[..., Awaitable[Any]]:
        async def run(*args: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return await kept[name](*args, **named)
            finally:
                into[names[name]] = round(time.perf_counter() - began, 2)

        return run

    for name in names:
        setattr(module, name, clocked(name))
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(module, name, function)


async def _urgent(filled: _Filled) -> dict[str, Any]:
    """Sixteen schedulers fit exempt demands in at the same time; times of whole commits."""
    scope = await department_scope(filled.office.district_id, "bench")
    places = list(filled.places.values())
    waiting = []
    now = clock.now()
    async with tenant_transaction(scope):
        for number in range(URGENT):
            place = places[number * 37 % len(places)]
            line = BODIES[number % len(BODIES)]
            day = filled.days[number % (len(filled.days) - 6)]
            waiting.append(
                InspectionDemand(
                    id=new_id(),
                    **owned(place.owner),
                    premises_id=place.id,
                    enterprise_id=place.enterprise_id,
                    body_id=filled.bodies[line],
                    kind="CLUE",
                    items=[f"{line}.exits"],
                    skill=line,
                    release_on=day,
                    due_on=day + timedelta(days=5),
                    minutes=45,
                    risk=4,
                    mandatory=True,
                    basis="-",
                    exemption_reason="举报",
                    submitted_by="bench",
                    created_at=now,
                )
            )
        await InspectionDemand.bulk_create(waiting, batch_size=BATCH)
    queue = list(waiting)
    times: list[float] = []
    moves: list[int] = []
    refused = 0

    async def scheduler() -> None:
        nonlocal refused
        while queue:
            demand = queue.pop()
            began = time.perf_counter()
            try:
                async with tenant_transaction(scope):
                    done = await fit_urgent(demand.body_id, demand.id)
            except Conflict:
                refused += 1
            else:
                moves.append(len(done.moves))
            times.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(scheduler() for _ in range(SCHEDULERS)))
    cuts = quantiles(times, n=100)
    return {
        "urgent": len(times),
        "urgent_refused": refused,
        "urgent_p50_ms": round(cuts[49], 1),
        "urgent_p99_ms": round(cuts[98], 1),
        "urgent_moves_mean": round(sum(moves) / max(1, len(moves)), 3),
        "urgent_moves_most": max(moves, default=0),
    }
