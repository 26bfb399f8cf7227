"""Jobs in the schema: long work that people watch and may stop."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from api.context import Info
from api.errors import MutationError, attempt
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service import jobs as service_jobs
from service.errors import NotFound
from tenants.rights import Right, Role, Subject
from tenants.wall import tenant_transaction

POLL_SECONDS = 0.5


@strawberry.enum(description="State of a job")
class JobState(Enum):
    """States of `service.jobs.Job`."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@strawberry.type(description="Long background work started by a mutation")
class Job(RowNode, relay.Node):
    """One job."""

    model = service_jobs.Job

    id: relay.NodeID[UUID]
    kind: str = strawberry.field(description="Kind of work")
    state: JobState = strawberry.field(description="State of the job")
    done: int = strawberry.field(description="Steps done")
    total: int = strawberry.field(description="Steps in all, 0 while unknown")
    message: str = strawberry.field(description="What the job is doing, or why it failed")
    created_at: datetime = strawberry.field(description="When it was asked for, timestamp")
    updated_at: datetime = strawberry.field(description="Last sign of life, timestamp")

    @classmethod
    def of(cls, row: service_jobs.Job) -> "Job":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            kind=row.kind,
            state=JobState(row.state),
            done=row.done,
            total=row.total,
            message=row.message,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


OUTSIDE = frozenset({Role.ENTERPRISE, Role.APP, Role.PUBLIC})
"""Who is not at the desk of a tenant, and has no work of its own in the background."""


@strawberry.type
class JobQuery:
    """Questions about jobs."""

    @strawberry.field(description="Work in the background of the caller's own desk, newest first")
    async def jobs(
        self,
        info: Info,
        state: Annotated[
            JobState | None, strawberry.argument(description="State of the jobs, null for all")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Job]:
        """One page of the caller's own tenant; a job is watched by `jobProgress`."""
        info.context.require(Subject.TENANT, Right.READ_OWN)
        principal = info.context.principal
        home = principal.scope.home
        owner = home.tenant_id if home and principal.role not in OUTSIDE else NOBODY
        found = service_jobs.Job.filter(tenant_id=owner)
        if state is not None:
            found = found.filter(state=state.value)
        return await page(found, Job.of, first=first, after=after)


RIGHTS = {
    "joint.solve": (Subject.DEMAND, Right.DECIDE),
    "joint.book": (Subject.DEMAND, Right.WRITE),
}
"""The right to stop a kind of work: that of the act that starts it."""

OTHERS = (Subject.SETTINGS, Right.WRITE)
"""The right to stop any other."""


@strawberry.enum(description="Why a job was not cancelled")
class CancelJobErrorCode(Enum):
    """Codes of `cancelJob`."""

    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    INVALID = "INVALID"


@strawberry.input(description="Job to be stopped")
class CancelJobInput:
    """Input of `cancelJob`."""

    job_id: relay.GlobalID = strawberry.field(description="Job to be stopped")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `cancelJob`")
class CancelJobPayload:
    """The job, or why not."""

    job: Job | None = strawberry.field(description="Job that was asked to stop")
    errors: list[MutationError[CancelJobErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class JobMutation:
    """Acts on jobs."""

    @strawberry.mutation(description="Ask a job to stop; it ends as CANCELLED soon after")
    async def cancel_job(self, info: Info, input: CancelJobInput) -> CancelJobPayload:
        """See `service.jobs.cancel`."""

        async def act() -> service_jobs.Job:
            wanted = node_id(input.job_id, Job, "jobId")
            job = await service_jobs.Job.get_or_none(id=wanted)
            info.context.require(*(RIGHTS.get(job.kind, OTHERS) if job else OTHERS))
            return await service_jobs.cancel(wanted)

        row, errors = await attempt(CancelJobErrorCode, act())
        return CancelJobPayload(job=Job.of(row) if row else None, errors=errors)


@strawberry.type
class JobSubscription:
    """Watching jobs."""

    @strawberry.subscription(description="The job now and after every change, until it ends")
    async def job_progress(
        self,
        info: Info,
        job_id: Annotated[relay.GlobalID, strawberry.argument(description="Job to watch")],
    ) -> AsyncIterator[Job]:
        """Ends with the job; each look is a short transaction of its own."""
        wanted = node_id(job_id, Job, "jobId")
        seen: datetime | None = None
        while True:
            principal = await info.context.renewed()
            async with tenant_transaction(principal.scope, read_only=True):
                row = await service_jobs.Job.get_or_none(id=wanted)
            if row is None:
                raise NotFound("no such job")
            if row.updated_at != seen:
                seen = row.updated_at
                yield Job.of(row)
            if row.state in service_jobs.FINAL:
                return
            await asyncio.sleep(POLL_SECONDS)
