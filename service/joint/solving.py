"""Solving a requested plan: snapshot, child process, checker, one transaction with the result."""

import asyncio
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from orjson import dumps

from service import audit, clock, jobs, outbox
from service.ids import new_id
from service.joint.drawn_teams import note_plan
from service.joint.planning.checker import check
from service.joint.planning.explain import burden, explain_visit
from service.joint.planning.formats import dump_instance, dump_plan, read_plan, write
from service.joint.planning.model import Demand, Instance, Plan, PlannedVisit, Premises
from service.joint.records import JointPlan
from service.joint.rules import PLANNABLE, DemandState, PlanState
from service.joint.snapshot import take
from tenants.directory import department_scope
from tenants.scope import Owner, Scope
from tenants.wall import current, tenant_transaction

ROOT = Path(__file__).resolve().parents[2]
CPU_SECONDS = 300
"""What reading, merging, constructing and certifying may take beside the search of the row."""
STEPS_SECONDS = 300  # for a search whose row bounds its steps
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
        await _keep(scope, plan, instance, solved)
    except Stopped:
        await _end(scope, plan, PlanState.CANCELLED, "CANCELLED", "stopped on request")
    except (RuntimeError, OSError, ValueError) as error:
        await _end(scope, plan, PlanState.FAILED, "FAILED", str(error))


async def _keep(scope: Scope, plan: JointPlan, instance: Instance, solved: Plan) -> None:
    """Store a plan while it is checked; what breaks a rule is never committed.

    Raises:
        RuntimeError: the plan breaks a rule; nothing of it was stored.
    """
    checking = asyncio.create_task(asyncio.to_thread(check, instance, solved))
    try:
        async with tenant_transaction(scope):
            await _store(plan, instance, solved)
            await outbox.settle()
            _refuse_broken(await checking)
    except Exception:
        # What the plan breaks says more than what it broke on its way into the tables.
        _refuse_broken(await checking)
        raise


def _refuse_broken(broken: Sequence[str]) -> None:
    if broken:
        raise RuntimeError(f"the plan breaks {len(broken)} rules, first: {broken[0]}")


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
            "cpu_seconds": CPU_SECONDS
            + (STEPS_SECONDS if plan.seconds is None else ceil(plan.seconds)),
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
    made = [_draft(plan, instance.days, visit, places, by_id) for visit in fresh]
    left = (by_id[u.demand] for u in solved.unserved)
    towns = {d.id: UUID(places[d.premises].tenant) for d in left}
    judged = asyncio.create_task(
        asyncio.to_thread(lambda: (dump_plan(solved), burden(instance, solved)))
    )
    await _write(plan, made)
    await _match(plan, made, {u.demand: u.reason for u in solved.unserved}, towns)
    await note_plan(plan.id)
    assert solved.certificate is not None
    text, spared = await judged
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


@dataclass(frozen=True, slots=True)
class _Draft:
    """A visit on its way into its table; a plan has too many for models."""

    id: UUID
    owner: Owner
    visit: PlannedVisit
    premises_id: UUID
    enterprise_id: UUID
    day: date
    lead_body_id: UUID
    exempt: bool
    explanation: str


async def _write(plan: JointPlan, drafts: Sequence[_Draft]) -> None:
    """Insert drafts in one statement, whatever their number."""
    await current().fetch(
        "insert into joint_visits (id, tenant_id, district_id, plan_id, origin, premises_id,"
        " enterprise_id, day, start_minute, minutes, lead_body_id, officer_ids, demand_ids, exempt,"
        " explanation, code, state, created_at, sequence, arrived_by, rated)"
        " select n.id, n.tenant, $13, $14, 'PLAN', n.premises, n.enterprise, n.day,"
        " n.start, n.minutes, n.lead, n.officers::jsonb, n.demands::jsonb, n.exempt, n.why, '',"
        " 'PLANNED', $15, 0, '', false"
        " from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::date[], $6::int[],"
        " $7::int[], $8::uuid[], $9::text[], $10::text[], $11::bool[], $12::text[])"
        " as n(id, tenant, premises, enterprise, day, start, minutes, lead, officers, demands,"
        " exempt, why)",
        [draft.id for draft in drafts],
        [draft.owner.tenant_id for draft in drafts],
        [draft.premises_id for draft in drafts],
        [draft.enterprise_id for draft in drafts],
        [draft.day for draft in drafts],
        [draft.visit.start for draft in drafts],
        [draft.visit.minutes for draft in drafts],
        [draft.lead_body_id for draft in drafts],
        [dumps(draft.visit.officers).decode() for draft in drafts],
        [dumps(draft.visit.demands).decode() for draft in drafts],
        [draft.exempt for draft in drafts],
        [draft.explanation for draft in drafts],
        plan.district_id,
        plan.id,
        clock.now(),
    )


def _draft(
    plan: JointPlan,
    days: Sequence[date],
    visit: PlannedVisit,
    places: Mapping[str, Premises],
    by_id: Mapping[str, Demand],
) -> _Draft:
    place = places[visit.premises]
    return _Draft(
        id=new_id(),
        owner=Owner(UUID(place.tenant), plan.district_id),
        visit=visit,
        premises_id=UUID(visit.premises),
        enterprise_id=UUID(place.enterprise),
        day=days[visit.day],
        lead_body_id=UUID(visit.lead_body),
        exempt=all(by_id[d].exempt for d in visit.demands),
        explanation=explain_visit(days, visit, by_id)[:600],
    )


async def _match(
    plan: JointPlan,
    drafts: Sequence[_Draft],
    unserved: Mapping[str, str],
    towns: Mapping[str, UUID],
) -> None:
    """Tie demands to their visits; `towns` are the owners of the demands that were left."""
    pairs = [(draft, UUID(demand)) for draft in drafts for demand in draft.visit.demands]
    open_states = [state.value for state in PLANNABLE]
    await current().fetch(
        "update inspection_demands d set state = $5, plan_id = $4, visit_id = n.visit,"
        " unserved_reason = '' from unnest($1::uuid[], $2::uuid[], $3::uuid[])"
        " as n(tenant, demand, visit)"
        " where d.tenant_id = n.tenant and d.id = n.demand and d.state = any ($6)",
        [draft.owner.tenant_id for draft, _ in pairs],
        [demand for _, demand in pairs],
        [draft.id for draft, _ in pairs],
        plan.id,
        DemandState.MATCHED.value,
        open_states,
    )
    await current().fetch(
        "update inspection_demands d set plan_id = $4, visit_id = null, unserved_reason = n.reason,"
        " state = case when d.state = 'MATCHED' then 'SUBMITTED' else d.state end"
        " from unnest($1::uuid[], $2::uuid[], $3::text[]) as n(tenant, demand, reason)"
        " where d.tenant_id = n.tenant and d.id = n.demand and d.state = any ($5)",
        [towns[demand] for demand in unserved],
        [UUID(demand) for demand in unserved],
        list(unserved.values()),
        plan.id,
        open_states,
    )


async def _tell(plan: JointPlan, drafts: Sequence[_Draft], unserved: int) -> None:
    """Audit in the office and in every town concerned, in the order of their ids."""
    counts = Counter(draft.owner.tenant_id for draft in drafts)
    owners: dict[UUID, Owner] = defaultdict(lambda: plan.owner)
    owners.update({draft.owner.tenant_id: draft.owner for draft in drafts})
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
        message=f"{len(drafts)} visits, {unserved} demands unserved",
        result={"plan": str(plan.id)},
    )
