"""What can be asked of the register."""

from collections.abc import Iterable
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from service.register.records import Enterprise, Premises
from service.register.rules import RiskColour


def enterprises(
    *,
    search: str | None = None,
    risk: RiskColour | None = None,
    above_quota: bool | None = None,
    tenant_id: UUID | None = None,
    credit_code: str | None = None,
) -> QuerySet[Enterprise]:
    """Enterprises in scope that fit every filter given; `search` looks into name and code."""
    found = Enterprise.all()
    if search:
        found = found.filter(Q(name__icontains=search) | Q(credit_code__startswith=search.upper()))
    if risk is not None:
        found = found.filter(risk=risk.value)
    if above_quota is not None:
        found = found.filter(above_quota=above_quota)
    if tenant_id is not None:
        found = found.filter(tenant_id=tenant_id)
    if credit_code is not None:
        found = found.filter(credit_code=credit_code)
    return found


async def premises_of(enterprise_ids: Iterable[UUID]) -> dict[UUID, list[Premises]]:
    """Premises by enterprise, oldest first, in one statement."""
    wanted = list(enterprise_ids)
    found: dict[UUID, list[Premises]] = {one: [] for one in wanted}
    for row in await Premises.filter(enterprise_id__in=wanted).order_by("id"):
        found[row.enterprise_id].append(row)
    return found
