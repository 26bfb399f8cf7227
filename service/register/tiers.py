"""Above-quota status by revenue and year, and supervision tiers by risk colour and scale.

The thresholds are rules of law with their years (`ABOVE_QUOTA`); the table of tiers is the town's
(`tier.<colour>_<scale>`).  Each change of tier is a numbered decision with its reason.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from service import clock
from service.administration.queries import settings_of
from service.errors import Conflict, Invalid
from service.ids import new_id
from service.law.queries import rule_book
from service.law.rules import NoRule
from service.register.commands import locked_enterprise, save
from service.register.history import note, snapshot
from service.register.industry import industry, latest_basis_year
from service.register.records import Enterprise, RevenueStatement, TierDecision
from service.register.rules import Act, RiskColour, Scale, Tier, check_optional, check_reason
from tenants.records import owned
from tenants.wall import current

REVENUE_MAX = 10**15  # fen; no enterprise has more


async def threshold_fen(industry_code: str, year: int) -> int | None:
    """Main revenue in fen from which a unit counts as above quota; None where there is none."""
    if not industry_code:
        return None
    sector = industry(industry_code).sector
    try:
        return (await rule_book()).rule("ABOVE_QUOTA", date(year, 12, 31), sector.name).number
    except NoRule:
        return None


async def state_revenue(
    enterprise_id: UUID, year: int, revenue_fen: int, source: str = ""
) -> Enterprise:
    """Keep the main revenue of a year; the latest year that is stated decides on the quota.

    Stating a year anew replaces what was stated, and the history keeps both.

    Raises:
        NotFound: no such enterprise in this scope.
        Invalid: a year that is not over, or a revenue that none has.
        Conflict: the class of the enterprise is not known.
    """
    row = await locked_enterprise(enterprise_id)
    if not 2000 <= year <= latest_basis_year(clock.legal_day(clock.now())):
        raise Invalid("give a year that is over, from 2000", path=("input", "year"))
    if not 0 <= revenue_fen <= REVENUE_MAX:
        raise Invalid("give a revenue from 0", path=("input", "revenue"))
    if not row.industry_code:
        raise Conflict("enter the industry of the enterprise first")
    limit = await threshold_fen(row.industry_code, year)
    above = limit is not None and revenue_fen >= limit
    known = await RevenueStatement.get_or_none(
        tenant_id=row.tenant_id, enterprise_id=row.id, year=year
    )
    before: dict[str, object] = {"year": year, "revenue_fen": known.revenue_fen} if known else {}
    statement = known or RevenueStatement(
        id=new_id(), **owned(row.owner), enterprise_id=row.id, year=year
    )
    statement.revenue_fen, statement.threshold_fen = revenue_fen, limit
    statement.above_quota, statement.at = above, clock.now()
    statement.source = check_optional(source, "source", 200)
    statement.actor = current().scope.actor
    await statement.save(force_create=known is None)
    was = row.above_quota
    if row.quota_basis_year is None or year >= row.quota_basis_year:
        row.above_quota, row.quota_basis_year = above, year
    if row.above_quota != was:  # so that the status of a former day can be told
        before["above_quota"] = was
    row.version += 1
    row.updated_at = clock.now()
    await row.save(update_fields=["above_quota", "quota_basis_year", "version", "updated_at"])
    after = {"year": year, "revenue_fen": revenue_fen, "above_quota": above}
    await note(row, Act.REVENUE_STATED, before=before, after=after)
    return row


def tier_by_table(table: Mapping[str, object], risk: RiskColour, scale: Scale | None) -> Tier:
    """The tier that the town's table gives; an unknown scale gets the closest of its colour."""
    scales = [scale] if scale else list(Scale)
    found = [int(str(table[key_of(risk, one)])) for one in scales]
    return list(Tier)[min(found) - 1]


def key_of(risk: RiskColour, scale: Scale) -> str:
    """The setting that holds the tier of a colour and a scale."""
    return f"tier.{risk.value.lower()}_{scale.value.lower()}"


async def decide_tier(enterprise_id: UUID, reason: str, tier: Tier | None = None) -> Enterprise:
    """Decide on the supervision tier, by the town's table unless another is given.

    Raises:
        NotFound: no such enterprise in this scope.
        Invalid: no reason.
        Conflict: the enterprise is in that tier already.
    """
    why = check_reason(reason)
    row = await locked_enterprise(enterprise_id)
    table = await settings_of(row.owner)
    risk, scale = RiskColour(row.risk), Scale(row.scale) if row.scale else None
    proposed = tier_by_table(table, risk, scale)
    chosen = tier or proposed
    if row.tier == chosen.value:
        raise Conflict(f"the enterprise is in tier {chosen.value} already")
    decided = TierDecision.filter(tenant_id=row.tenant_id, enterprise_id=row.id)
    await TierDecision.create(
        id=new_id(),
        **owned(row.owner),
        enterprise_id=row.id,
        number=await decided.count() + 1,
        tier=chosen.value,
        table_tier=proposed.value,
        risk=row.risk,
        scale=row.scale,
        reason=why,
        actor=current().scope.actor,
        at=clock.now(),
    )
    before = snapshot(row)
    row.tier = chosen.value
    await save(row, Act.TIER_DECIDED, before, why)
    return row


async def counts() -> dict[tuple[UUID, Tier | None], int]:
    """Enterprises in scope that have not closed, by tenant and tier, in one statement."""
    rows = await current().fetch(
        "select tenant_id, tier, count(*)::int as n from enterprises where status <> 'CLOSED'"
        " group by tenant_id, tier"
    )
    return {(r["tenant_id"], Tier(r["tier"]) if r["tier"] else None): r["n"] for r in rows}


async def decisions_of(enterprise_ids: list[UUID]) -> dict[UUID, list[TierDecision]]:
    """Decisions by enterprise, oldest first, in one statement."""
    found: dict[UUID, list[TierDecision]] = {one: [] for one in enterprise_ids}
    for row in await TierDecision.filter(enterprise_id__in=enterprise_ids).order_by("number"):
        found[row.enterprise_id].append(row)
    return found


async def statements_of(enterprise_ids: list[UUID]) -> dict[UUID, list[RevenueStatement]]:
    """Revenue statements by enterprise, oldest year first, in one statement."""
    found: dict[UUID, list[RevenueStatement]] = {one: [] for one in enterprise_ids}
    for row in await RevenueStatement.filter(enterprise_id__in=enterprise_ids).order_by("year"):
        found[row.enterprise_id].append(row)
    return found
