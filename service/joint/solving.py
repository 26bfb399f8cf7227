"""Solving a requested plan: snapshot, child process, checker, one transaction with the result."""

import asyncio
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from service import audit, clock, jobs, outbox
from service.ids import new_id
from service.joint.planning.checker import check
from service.joint.planning.explain import burden, explain_visit
from service.joint.planning.formats import dump_instance, dump_plan, read_plan, write
from service.joint.planning.model import Demand, Instance, Plan, PlannedVisit, Premises
from service.joint.records import JointPlan, JointVisit
from service.joint.rules import PLANNABLE, DemandState, PlanState
from service.joint.snapshot import take
from tenants.directory import department_scope
from tenants.records import owned
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

ROOT = Path(__file__).resolve().parents[2]
CPU_SECONDS = 600
MEMORY_BYTES = 4 << 30
POLL_SECONDS = 0.5
STAGES = ("merge", "construct", "improve", "certify")


class Stopped(Exception):
    """Somebody cancelled the job."""


async def solve_plan(district_id: UUID, plan_id: UUID) -> None:
    """Solve a requested plan and store it; does nothing when it is no longer waiting."""
    scope = await department_scope(district_id, "task:joint.solve")
    async with tenant_transaction(scope, read_only=True):
        plan = await JointPlan.get(id=plan_id)
        instance = await take(plan) if plan.state == PlanState.REQUESTED.value else None
    if instance is None:
        return
    text = dump_instance(instance)
    instance = replace(instance, sha256=sha256(text).hexdigest())
    try:
        solved = await _in_child(plan, text, lambda line: _progress(scope, plan, line))
        broken = await asyncio.to_thread(check, instance, solved)
        if broken:
            raise RuntimeError(f"the plan breaks {len(broken)} rules, first: {broken[0]}")
    except Stopped:
        await _end(scope, plan, PlanState.CANCELLED, "CANCELLED", "stopped on request")
        return
    except (RuntimeError, OSError, ValueError) as error:
        await _end(scope, plan, PlanState.FAILED, "FAILED", str(error))
        return
    async with tenant_transaction(scope):
        await _store(plan, instance, solved)
        await outbox.settle()


async def _progress(scope: Scope, plan: JointPlan, line: str) -> bool:
    stage, _, rest = line.partition(" ")
    done = STAGES.index(stage) + 1 if stage in STAGES else 0
    async with tenant_transaction(scope):
        return await jobs.report(
            plan.owner, plan.job_id, done=done, total=len(STAGES), message=f"{stage} {rest}".strip()
        )


async def _in_child(
    plan: JointPlan, instance: bytes, progress: Callable[[str], Awaitable[bool]]
) -> Plan:
    """Run the planner apart from this process.

    Raises:
        Stopped: `progress` answered False; the child was killed.
        RuntimeError: the child died, with the last line it wrote.
    """
    with TemporaryDirectory(prefix="anshang-plan-") as folder:
        home = Path(folder)
        write(home / "instance.json", instance)
        job = {
            "instance": str(home / "instance.json"),
            "out": str(home / "plan.json"),
            "seed": plan.seed,
            "iterations": plan.iterations,
            "seconds": plan.seconds,
            "cpu_seconds": CPU_SECONDS,
            "memory_bytes": MEMORY_BYTES,
            "parent": os.getpid(),
        }
        write(home / "job.json", json.dumps(job).encode())
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "service.joint.child",
            str(home / "job.json"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        errors = asyncio.create_task(process.stderr.read())
        try:
            await _watch(process.stdout, progress)
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if code != 0:
            last = (await errors).decode(errors="replace").strip().splitlines()[-1:]
            raise RuntimeError(f"the planner ended with code {code}: {' '.join(last)}"[:400])
        return await asyncio.to_thread(read_plan, home / "plan.json")


async def _watch(lines: asyncio.StreamReader, progress: Callable[[str], Awaitable[bool]]) -> None:
    """Pass the latest line on, at most every `POLL_SECONDS`, until the child closes its output."""
    latest = "start"
    reading: asyncio.Task[bytes] | None = None
    while True:
        if not await progress(latest):
            raise Stopped
        deadline = asyncio.get_running_loop().time() + POLL_SECONDS
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            reading = reading or asyncio.create_task(lines.readline())
            done, _ = await asyncio.wait({reading}, timeout=left)
            if not done:
                break
            line, reading = reading.result(), None
            if not line:
                return
            latest = line.decode().strip()


async def _end(scope: Scope, plan: JointPlan, state: PlanState, job_state: str, why: str) -> None:
    async with tenant_transaction(scope):
        await JointPlan.filter(id=plan.id, state=PlanState.REQUESTED.value).update(
            state=state.value, failure=why[:400]
        )
        await jobs.finish(plan.owner, plan.job_id, job_state, message=why, result={})
        await audit.record(f"joint.plan_{state.value.lower()}", plan.owner, "JointPlan", plan.id)
        await outbox.settle()


async def _store(plan: JointPlan, instance: Instance, solved: Plan) -> None:
    """Write the visits, tie the demands to them, and make the version known."""
    rows = await current().fetch(
        "select id from joint_plans where tenant_id = $1 and id = $2 and state = 'REQUESTED'"
        " for update",
        plan.tenant_id,
        plan.id,
    )
    if not rows:
        return
    standing = set(instance.fixed)
    fresh = [visit for visit in solved.visits if visit not in standing]
    places = {p.id: p for p in instance.premises}
    by_id = {d.id: d for d in instance.demands}
    made = [_visit(plan, instance.days, visit, places, by_id) for visit in fresh]
    await _write(made)
    await _match(plan, made, {u.demand: u.reason for u in solved.unserved})
    assert solved.certificate is not None
    text = dump_plan(solved)
    spared = burden(instance, solved)
    await JointPlan.filter(tenant_id=plan.tenant_id, id=plan.id).update(
        state=PlanState.SOLVED.value,
        certificate=asdict(solved.certificate),
        burden={
            "joint_visits": spared.joint_visits,
            "separate_visits": spared.separate_visits,
            "separate_broken_gaps": spared.separate_broken_gaps,
            "spared": spared.spared,
        },
        lead_bodies=sorted({str(v.lead_body_id) for v in made}),
        plan_sha256=sha256(text).hexdigest(),
        solved_at=clock.now(),
    )
    await _tell(plan, made, len(solved.unserved))


async def _write(visits: Sequence[JointVisit]) -> None:
    """Insert drafts in one statement, whatever their number."""
    await current().fetch(
        "insert into joint_visits (id, tenant_id, district_id, plan_id, origin, premises_id,"
        " enterprise_id, day, start_minute, minutes, lead_body_id, officer_ids, demand_ids, exempt,"
        " explanation, code, state, created_at, sequence, arrived_by, rated)"
        " select n.id, n.tenant, n.district, n.plan, 'PLAN', n.premises, n.enterprise, n.day,"
        " n.start, n.minutes, n.lead, n.officers::jsonb, n.demands::jsonb, n.exempt, n.why, '',"
        " 'PLANNED', $14, 0, '', false"
        " from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[],"
        " $7::date[], $8::int[], $9::int[], $10::uuid[], $11::text[], $12::text[], $13::bool[],"
        " $15::text[]) as n(id, tenant, district, plan, premises, enterprise, day, start, minutes,"
        " lead, officers, demands, exempt, why) returning id",
        [v.id for v in visits],
        [v.tenant_id for v in visits],
        [v.district_id for v in visits],
        [v.plan_id for v in visits],
        [v.premises_id for v in visits],
        [v.enterprise_id for v in visits],
        [v.day for v in visits],
        [v.start_minute for v in visits],
        [v.minutes for v in visits],
        [v.lead_body_id for v in visits],
        [json.dumps(v.officer_ids) for v in visits],
        [json.dumps(v.demand_ids) for v in visits],
        [v.exempt for v in visits],
        clock.now(),
        [v.explanation for v in visits],
    )


def _visit(
    plan: JointPlan,
    days: Sequence[date],
    visit: PlannedVisit,
    places: Mapping[str, Premises],
    by_id: Mapping[str, Demand],
) -> JointVisit:
    place = places[visit.premises]
    return JointVisit(
        id=new_id(),
        **owned(Owner(UUID(place.tenant), plan.district_id)),
        plan_id=plan.id,
        premises_id=UUID(visit.premises),
        enterprise_id=UUID(place.enterprise),
        day=days[visit.day],
        start_minute=visit.start,
        minutes=visit.minutes,
        lead_body_id=UUID(visit.lead_body),
        officer_ids=list(visit.officers),
        demand_ids=list(visit.demands),
        exempt=all(by_id[d].exempt for d in visit.demands),
        explanation=explain_visit(days, visit, by_id)[:600],
        created_at=clock.now(),
    )


async def _match(plan: JointPlan, visits: list[JointVisit], unserved: dict[str, str]) -> None:
    pairs = [(UUID(demand), visit.id) for visit in visits for demand in visit.demand_ids]
    open_states = [state.value for state in PLANNABLE]
    await current().fetch(
        "update inspection_demands d set state = $4, plan_id = $3, visit_id = n.visit,"
        " unserved_reason = '' from unnest($1::uuid[], $2::uuid[]) as n(demand, visit)"
        " where d.id = n.demand and d.state = any ($5) returning d.id",
        [demand for demand, _ in pairs],
        [visit for _, visit in pairs],
        plan.id,
        DemandState.MATCHED.value,
        open_states,
    )
    await current().fetch(
        "update inspection_demands d set plan_id = $3, visit_id = null, unserved_reason = n.reason,"
        " state = case when d.state = 'MATCHED' then 'SUBMITTED' else d.state end"
        " from unnest($1::uuid[], $2::text[]) as n(demand, reason)"
        " where d.id = n.demand and d.state = any ($4) returning d.id",
        [UUID(demand) for demand in unserved],
        list(unserved.values()),
        plan.id,
        open_states,
    )


async def _tell(plan: JointPlan, visits: list[JointVisit], unserved: int) -> None:
    """Audit in the office and in every town concerned, in the order of their ids."""
    counts = Counter(visit.tenant_id for visit in visits)
    owners: dict[UUID, Owner] = defaultdict(lambda: plan.owner)
    owners.update({v.tenant_id: v.owner for v in visits})
    for tenant_id in sorted({*counts, plan.tenant_id}):
        await audit.record(
            "joint.plan_solved",
            owners[tenant_id],
            "JointPlan",
            plan.id,
            visits=counts.get(tenant_id, 0),
        )
    await outbox.emit("joint.plan_solved", plan.owner, {"plan": str(plan.id)})
    await jobs.finish(
        plan.owner,
        plan.job_id,
        "DONE",
        message=f"{len(visits)} visits, {unserved} demands unserved",
        result={"plan": str(plan.id)},
    )
