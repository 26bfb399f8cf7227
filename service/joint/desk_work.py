"""What the district's desk books for a town, which sees neither all officers nor all visits."""

from typing import Any
from uuid import UUID

from service import jobs, outbox
from service.errors import SafetyError
from service.joint.intake import join_visit
from service.joint.urgent import fit_urgent
from tenants.directory import department_scope
from tenants.scope import Owner
from tenants.wall import tenant_transaction


async def book(owner: Owner, asked: dict[str, Any]) -> None:
    """Join a visit or fit an urgent demand in, and end the job; a refusal is its outcome."""
    scope = await department_scope(owner.district_id, "task:joint.book")
    job, body, demand = (UUID(asked[key]) for key in ("job", "body", "demand"))
    try:
        async with tenant_transaction(scope):
            if asked["visit"] is not None:
                visit = await join_visit(body, demand, UUID(asked["visit"]))
            else:
                visit = (await fit_urgent(body, demand)).visit
            done = {"visit": str(visit.id)}
            await jobs.finish(owner, job, "DONE", message=f"booked on {visit.day}", result=done)
            await outbox.settle()
    except SafetyError as refusal:
        async with tenant_transaction(scope):
            await jobs.finish(
                owner, job, "FAILED", message=refusal.message, result={"code": refusal.code}
            )
            await outbox.settle()
