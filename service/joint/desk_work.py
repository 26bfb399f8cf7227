"""What the district's desk does for a town, which sees neither all officers nor all visits."""

from typing import Any
from uuid import UUID

from service import jobs, outbox
from service.errors import SafetyError
from service.joint.intake import join_visit
from service.joint.urgent import fit_urgent
from service.joint.withdrawing import withdraw_demand
from tenants.directory import department_scope
from tenants.scope import Owner
from tenants.wall import current, tenant_transaction


async def _done(asked: dict[str, Any], body: UUID, demand: UUID) -> tuple[str, dict[str, str]]:
    # Events of before withdrawals were known say nothing of them.
    if asked.get("withdraw"):
        await withdraw_demand(body, demand, asked["withdraw"])
        return "withdrawn", {"demand": str(demand)}
    if asked["visit"] is not None:
        visit = await join_visit(body, demand, UUID(asked["visit"]))
    else:
        visit = (await fit_urgent(body, demand)).visit
    return f"booked on {visit.day}", {"visit": str(visit.id)}


async def free_officers(owner: Owner, visit_id: UUID) -> None:
    """Free the time of officers who do not go to a visit any more, also of those unseen by a town.

    The visit was released, or another team goes.
    """
    async with tenant_transaction(await department_scope(owner.district_id, "task:joint.free")):
        await current().fetch(
            "delete from officer_reservations r using joint_visits v where v.id = $1"
            " and r.visit_id = v.id and (v.state = 'RELEASED'"
            " or not v.officer_ids::jsonb ? r.officer_id::text)",
            visit_id,
        )
        await outbox.settle()


async def book(owner: Owner, asked: dict[str, Any]) -> None:
    """Join a visit or fit an urgent demand in, and end the job; a refusal is its outcome."""
    scope = await department_scope(owner.district_id, "task:joint.book")
    job, body, demand = (UUID(asked[key]) for key in ("job", "body", "demand"))
    try:
        async with tenant_transaction(scope):
            said, done = await _done(asked, body, demand)
            await jobs.finish(owner, job, "DONE", message=said, result=done)
            await outbox.settle()
    except SafetyError as refusal:
        async with tenant_transaction(scope):
            await jobs.finish(
                owner, job, "FAILED", message=refusal.message, result={"code": refusal.code}
            )
            await outbox.settle()
