"""The reward of a report: reckoned by the law, approved by another person, collected or given up.

安监总财〔2018〕19号; who collects shows the tracking code, so that an anonymous reporter can.
"""

import hmac
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from service import audit, clock
from service.errors import Conflict, Invalid, NotFound
from service.law.queries import rule_book
from service.reports.identity import unseal
from service.reports.records import Report, ReportReceipt, ReportReporter
from service.reports.rules import REWARDED, Finding, Merit, Step, check_text, reward, token_digest
from service.reports.steps import locked, take
from tenants.wall import current


async def reckon(report_id: UUID, merit: Merit) -> Report:
    """Reckon the reward by the law of the day the report was received; again until approved.

    Whether the reporter works there is what the report says.

    Raises:
        Conflict: the report was not true, or not the first.
        NoRule: no rule was in force that day.
    """
    row = await locked(report_id)
    if row.finding is None or Finding(row.finding) not in REWARDED:
        raise Conflict("only the first true report is rewarded", path=("input", "reportId"))
    merit = replace(merit, insider=row.insider)
    found = reward(merit, clock.legal_day(row.received_at), await rule_book())
    rules = [
        {
            "rule": one.id,
            "topic": one.topic,
            "amount": one.number,
            "unit": one.unit.value,
            "citation": one.citation,
            "confirmed": one.confirmed,
        }
        for one in found.rules
    ]
    return await take(
        row,
        Step.RECKON,
        reward_fen=found.amount_fen,
        reward_rules=rules,
        reward_by=current().scope.actor,
    )


async def approve(report_id: UUID) -> Report:
    """Approve the reward; from today on it can be collected, within the law's limit.

    Raises:
        Conflict: the same person reckoned it.
    """
    row = await locked(report_id)
    if row.reward_by == current().scope.actor:
        raise Conflict("somebody else approves what you have reckoned", path=("input", "reportId"))
    today = clock.legal_day(clock.now())
    limit = (await rule_book()).rule("REWARD_CLAIM", today)
    return await take(row, Step.APPROVE, claim_until=today + timedelta(days=limit.number))


async def pay(report_id: UUID, token: str) -> Report:
    """Note that the reward was paid to whoever showed the tracking code.

    Raises:
        Invalid: another code.
        Conflict: the reward is not approved, or was collected or given up.
    """
    row = await locked(report_id)
    kept = await ReportReceipt.get(tenant_id=row.tenant_id, report_id=row.id)
    if not hmac.compare_digest(kept.token_sha256, token_digest(token)):
        raise Invalid("this is not the code of the report", path=("input", "trackingCode"))
    return await take(row, Step.PAY)


async def reveal(report_id: UUID, reason: str) -> dict[str, str]:
    """Who reported, for the operator who must reach them; the town's audit chain knows of it.

    Raises:
        NotFound: no such report, or an anonymous one, or one whose name was erased.
        Invalid: no reason.
    """
    why = check_text(reason, "reason", 400)
    kept = await ReportReporter.get_or_none(report_id=report_id)
    if kept is None:
        raise NotFound("no such report with a named reporter")
    await audit.record("reports.reporter_revealed", kept.owner, "Report", report_id, reason=why)
    return unseal(kept.sealed)
