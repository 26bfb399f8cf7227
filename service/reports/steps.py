"""How every step with a report is taken: the row locked, the rule asked, the step kept."""

from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.errors import NotFound
from service.ids import new_id
from service.reports.records import Report, ReportEvent, ReportReceipt
from service.reports.rules import RewardState, State, Step, reward_step, step
from tenants.records import owned
from tenants.wall import current

EVENTS = {
    Step.REJECT: "reports.rejected",
    Step.ACCEPT: "reports.accepted",
    Step.TRANSFER: "reports.transferred",
    Step.EXTEND: "reports.extended",
    Step.REQUEST_VISIT: "reports.visit_requested",
    Step.VERIFY: "reports.verified",
    Step.ANSWER: "reports.answered",
    Step.RECKON: "reports.reward_reckoned",
    Step.APPROVE: "reports.reward_approved",
    Step.PAY: "reports.reward_paid",
    Step.FORFEIT: "reports.reward_forfeited",
}
"""Outbox event and audit act of each step."""
OF_REWARD = frozenset({Step.RECKON, Step.APPROVE, Step.PAY, Step.FORFEIT})


async def locked(report_id: UUID) -> Report:
    """The report, held until the transaction ends.

    Raises:
        NotFound: no such report that may be written in this scope.
    """
    row = await Report.filter(id=report_id).select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such report", path=("input", "reportId"))
    return row


async def take(row: Report, taken: Step, **changes: Any) -> Report:
    """Take one step with a locked report: state, receipt, history, audit and outbox.

    Raises:
        Conflict: the step does not follow.
    """
    state = State(row.state)
    if taken in OF_REWARD:
        stands = RewardState(row.reward_state) if row.reward_state else None
        changes["reward_state"] = reward_step(state, stands, taken).value
    else:
        changes["state"] = step(state, taken).value
    await row.update_from_dict(changes).save(update_fields=list(changes))
    shown = row.reward_state in (RewardState.APPROVED, RewardState.PAID, RewardState.FORFEITED)
    await ReportReceipt.filter(tenant_id=row.tenant_id, report_id=row.id).update(
        state=row.state,
        due_on=row.due_on,
        answer=row.answer or (row.reason if row.state == State.REJECTED else ""),
        reward_state=row.reward_state if shown else None,
        reward_fen=row.reward_fen if shown else None,
        claim_until=row.claim_until,
    )
    await ReportEvent.create(
        id=new_id(),
        **owned(row.owner),
        report_id=row.id,
        step=taken.value,
        at=clock.now(),
        actor=current().scope.actor,
    )
    await audit.record(EVENTS[taken], row.owner, "Report", row.id)
    await outbox.emit(EVENTS[taken], row.owner, {"report": str(row.id)})
    return row
