"""What can be asked about indicators."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from service.errors import Invalid
from service.indicators.definitions import BY_CODE, INDICATORS
from service.indicators.records import IndicatorChoice, IndicatorValue
from service.indicators.rules import (
    Choice,
    Indicator,
    Measured,
    Purpose,
    UnknownIndicator,
    default_choice,
)
from service.workdays.rules import add_months
from tenants.wall import current

Values = Mapping[str, Mapping[UUID, Measured]]
"""Measured values by code and tenant."""

_MEASURE = " union all ".join(
    f"select '{one.code}' as code, tenant_id, numerator::bigint, denominator::bigint"
    f" from indicator.{one.code}"
    for one in INDICATORS
)


def indicator(code: str) -> Indicator:
    """The definition.

    Raises:
        UnknownIndicator: there is none of this code.
    """
    if code not in BY_CODE:
        raise UnknownIndicator(f"no indicator {code}", path=("input", "code"))
    return BY_CODE[code]


def check_period(since: date, until: date) -> None:
    """Refuse a period that ends before it begins, or is longer than three years.

    Raises:
        Invalid: as said.
    """
    if until < since:
        raise Invalid("the period ends before it begins", path=("input", "until"))
    if (until - since).days > 1096:
        raise Invalid("a period has three years at most", path=("input", "until"))


async def measure(since: date, until: date) -> Values:
    """All indicators of all tenants in scope over `since` to `until`, both included.

    Two statements however many indicators and towns; the second sees a single snapshot.
    Tenants without anything to count are left out.

    Raises:
        Invalid: see `check_period`.
    """
    check_period(since, until)
    transaction = current()
    await transaction.fetch(
        "select set_config('app.since', $1, true), set_config('app.until', $2, true)",
        since.isoformat(),
        until.isoformat(),
    )
    found: dict[str, dict[UUID, Measured]] = {one.code: {} for one in INDICATORS}
    for row in await transaction.fetch(_MEASURE):
        found[row["code"]][row["tenant_id"]] = Measured(row["numerator"], row["denominator"])
    return found


async def choices(year: int, district_id: UUID | None) -> dict[str, Choice]:
    """How each indicator counts in a district in a year: as its committee decided, or defined."""
    decided = IndicatorChoice.filter(year=year, district_id=district_id)
    rows = {row.code: Choice(row.scored, row.weight, row.target) for row in await decided}
    return {one.code: rows.get(one.code) or default_choice(one) for one in INDICATORS}


async def trend(code: str, *, months: int, tenant_id: UUID | None = None) -> list[IndicatorValue]:
    """Values of the monthly snapshots in scope, oldest first.

    Raises:
        UnknownIndicator: no such code.
        Invalid: more than 60 months.
    """
    indicator(code)
    if not 1 <= months <= 60:
        raise Invalid("ask for 1 to 60 months", path=("input", "months"))
    found = IndicatorValue.filter(code=code, purpose=Purpose.MONTHLY.value)
    if tenant_id is not None:
        found = found.filter(tenant_id=tenant_id)
    latest = await found.order_by("-until").first()
    if latest is None:
        return []
    first = add_months(latest.since, 1 - months)
    return await found.filter(since__gte=first).order_by("until", "tenant_id")
