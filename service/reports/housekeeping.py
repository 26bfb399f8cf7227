"""What happens to reports by itself; a run that was missed is made up by the next."""

from datetime import date, timedelta
from uuid import UUID

from tortoise.expressions import Q

from service import audit, clock, outbox
from service.law.queries import rule_book
from service.reports.records import Report, ReportReporter
from service.reports.rules import OPEN, RewardState, State, Step
from service.reports.steps import locked, take
from tenants.directory import caretaker_scope, districts
from tenants.wall import tenant_transaction

ACTOR = "task:reports.mark_due"
# No report was done with before it was received, so the younger ones need not be looked at.
_NAMED = """
select n.report_id from report_reporters n
join reports r on r.tenant_id = n.tenant_id and r.id = n.report_id
where n.district_id = $1 and r.state in ('REJECTED', 'ANSWERED')
    and (r.received_at at time zone 'Asia/Shanghai')::date <= $2
order by n.report_id
"""


async def mark_due(district_id: UUID, today: date) -> int:
    """Mark late answers, uncollected rewards and names no longer needed; how many there were.

    Each report is a transaction of its own, and is looked at again once it is locked.
    """
    scope = await caretaker_scope(district_id, ACTOR)
    async with tenant_transaction(scope, read_only=True) as transaction:
        kept = (await rule_book()).rule("REPORTER_IDENTITY", today).number
        last = today - timedelta(days=kept)
        late = await Report.filter(
            Q(district_id=district_id)
            & (
                Q(due_on__lt=today, overdue_since=None, state__in=[one.value for one in OPEN])
                | Q(claim_until__lt=today, reward_state=RewardState.APPROVED.value)
            )
        ).order_by("id")
        named = await transaction.fetch(_NAMED, district_id, last)
    done = 0
    for found in late:
        async with tenant_transaction(scope):
            done += await _mark(found.id, today)
    for row in named:
        async with tenant_transaction(scope):
            done += await _erase(row["report_id"], last)
    return done


async def mark_everywhere() -> None:
    """The same in every district."""
    today = clock.legal_day(clock.now())
    for district_id in await districts(ACTOR):
        await mark_due(district_id, today)


async def _mark(report_id: UUID, today: date) -> bool:
    row = await locked(report_id)
    if (
        row.reward_state == RewardState.APPROVED
        and row.claim_until is not None
        and row.claim_until < today
    ):
        await take(row, Step.FORFEIT)
        return True
    if row.overdue_since is None and State(row.state) in OPEN and row.overdue(today):
        row.overdue_since = today
        await row.save(update_fields=["overdue_since"])
        await audit.record("reports.overdue", row.owner, "Report", row.id)
        await outbox.emit("reports.overdue", row.owner, {"report": str(row.id)})
        return True
    return False


async def _erase(report_id: UUID, last: date) -> bool:
    """Erase the sealed name once the report was done with on `last` or before."""
    row = await locked(report_id)
    if row.state == State.REJECTED:
        ended = clock.legal_day(row.received_at)
    elif row.state == State.ANSWERED and row.reward_state not in (
        RewardState.RECKONED,
        RewardState.APPROVED,
    ):
        ended = max(day for day in (row.answered_on, row.claim_until) if day is not None)
    else:
        return False
    if ended > last:
        return False
    if not await ReportReporter.filter(tenant_id=row.tenant_id, report_id=row.id).delete():
        return False
    await audit.record("reports.reporter_erased", row.owner, "Report", row.id)
    return True
