"""Jobs: long background work that people watch, with progress, cancel and result."""

from typing import Any
from uuid import UUID

from tortoise import fields

from service import clock
from service.errors import Conflict, NotFound
from tenants.ids import new_id
from tenants.records import TenantOwned, owned
from tenants.scope import Owner
from tenants.wall import current

FINAL = frozenset({"DONE", "FAILED", "CANCELLED"})


class Job(TenantOwned):
    """Long background work started by a mutation."""

    kind = fields.CharField(max_length=60)
    state = fields.CharField(max_length=12, default="QUEUED")
    done = fields.IntField(default=0)
    total = fields.IntField(default=0)
    message = fields.CharField(max_length=400, default="")
    result = fields.JSONField[dict[str, Any]](default=dict)
    cancel_requested = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "jobs"


async def start(owner: Owner, kind: str, *, total: int = 0) -> Job:
    """Open a job in the transaction of the mutation that asks for it."""
    at = clock.now()
    return await Job.create(
        id=new_id(), **owned(owner), kind=kind, total=total, created_at=at, updated_at=at
    )


async def report(
    owner: Owner, job_id: UUID, *, done: int, total: int, message: str = "", state: str = "RUNNING"
) -> bool:
    """Note progress in a transaction of its own; False tells the worker to stop."""
    rows = await current().fetch(
        "update jobs set state = $3, done = $4, total = $5, message = $6, updated_at = $7"
        " where tenant_id = $1 and id = $2 and state not in ('DONE', 'FAILED', 'CANCELLED')"
        " returning cancel_requested",
        owner.tenant_id,
        job_id,
        state,
        done,
        total,
        message[:400],
        clock.now(),
    )
    return bool(rows) and not rows[0]["cancel_requested"]


async def finish(
    owner: Owner, job_id: UUID, state: str, *, message: str = "", result: dict[str, Any]
) -> None:
    """End a job as DONE, FAILED or CANCELLED; ending it twice changes nothing."""
    await (
        Job.filter(tenant_id=owner.tenant_id, id=job_id)
        .exclude(state__in=FINAL)
        .update(state=state, message=message[:400], result=result, updated_at=clock.now())
    )


async def cancel(job_id: UUID) -> Job:
    """Ask a job to stop.

    Raises:
        NotFound: no such job in this scope.
        Conflict: it has ended.
    """
    job = await Job.get_or_none(id=job_id)
    if job is None:
        raise NotFound("no such job", path=("input", "jobId"))
    if job.state in FINAL:
        raise Conflict(f"the job has ended already ({job.state})", path=("input", "jobId"))
    job.cancel_requested = True
    job.updated_at = clock.now()
    await job.save(update_fields=["cancel_requested", "updated_at"])
    return job
