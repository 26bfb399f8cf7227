"""What can be asked of the register."""

from collections.abc import Collection, Iterable
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from service.register import search as searching
from service.register.records import Enterprise, Identifier, Premises, SearchTerm
from service.register.rules import EnterpriseStatus, RiskColour, Scale, Tier
from tenants.wall import current


def enterprises(
    *,
    search: str | None = None,
    risk: RiskColour | None = None,
    above_quota: bool | None = None,
    tenant_id: UUID | None = None,
    status: EnterpriseStatus | None = None,
    scale: Scale | None = None,
    tier: Tier | None = None,
    industry_prefix: str | None = None,
    credit_code: str | None = None,
    grid_id: UUID | None = None,
    without_grid: bool | None = None,
) -> QuerySet[Enterprise]:
    """Enterprises in scope that fit every filter given.

    `search` finds by adjacent characters, pinyin or initials of the name, by the beginning of a
    code, present or former, and by the beginning of a part of an address.

    Raises:
        Invalid: a search longer than `search.QUERY_LENGTH`.
    """
    found = Enterprise.all()
    if search and searching.plain(search):
        found = found.filter(matching(search))
    wanted = {"risk": risk, "status": status, "scale": scale, "tier": tier}
    found = found.filter(**{name: one.value for name, one in wanted.items() if one is not None})
    if above_quota is not None:
        found = found.filter(above_quota=above_quota)
    if tenant_id is not None:
        found = found.filter(tenant_id=tenant_id)
    if industry_prefix:
        found = found.filter(
            industry_code__gte=industry_prefix, industry_code__lt=industry_prefix + ":"
        )
    if credit_code:
        found = found.filter(credit_code=credit_code.strip().upper())
    if grid_id is not None:
        found = found.filter(id__in=_holding(Premises.filter(grid_id=grid_id)))
    if without_grid is not None:
        lost = _holding(Premises.filter(grid_id__isnull=True).exclude(status="CLOSED"))
        found = found.filter(id__in=lost) if without_grid else found.exclude(id__in=lost)
    return found


def matching(typed: str) -> Q:
    """What an enterprise fulfils that meets what was typed in any of the ways."""
    return Q(*(_way(one) for one in searching.ways(typed)), join_type="OR")


def _way(way: searching.Found) -> Q:
    met = Q(readings__posix_regex=way.readings) if way.readings else Q()
    for prefix in way.prefixes:
        if len(prefix) == searching.CODE_LENGTH:  # no term goes on beyond it
            terms = SearchTerm.filter(term=prefix)
        else:
            terms = SearchTerm.filter(term__gte=prefix, term__lt=prefix + searching.HIGHEST)
        met &= Q(id__in=_holding(terms))
    return met


def _holding(rows: QuerySet[SearchTerm] | QuerySet[Premises]) -> Subquery:
    """The enterprises of these rows, asked for by name where the scope reads one tenant only."""
    readable = current().scope.readable
    if len(readable) == 1:
        rows = rows.filter(tenant_id=next(iter(readable)))
    return Subquery(rows.values("enterprise_id"))


async def premises_of(enterprise_ids: Iterable[UUID]) -> dict[UUID, list[Premises]]:
    """Premises by enterprise, oldest first, in one statement."""
    wanted = list(enterprise_ids)
    found: dict[UUID, list[Premises]] = {one: [] for one in wanted}
    for row in await Premises.filter(enterprise_id__in=wanted).order_by("id"):
        found[row.enterprise_id].append(row)
    return found


async def identifiers_of(enterprise_ids: Collection[UUID]) -> dict[UUID, list[Identifier]]:
    """Old numbers by enterprise, oldest first, in one statement."""
    found: dict[UUID, list[Identifier]] = {one: [] for one in enterprise_ids}
    for row in await Identifier.filter(enterprise_id__in=list(found)).order_by("created_at", "id"):
        found[row.enterprise_id].append(row)
    return found


def legal_entity(credit_code: str) -> QuerySet[Enterprise]:
    """Every entry of one legal entity in scope, one for each town that keeps one."""
    return Enterprise.filter(credit_code=credit_code.strip().upper())
