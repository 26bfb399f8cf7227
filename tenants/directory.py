"""Directory of tenants: which scope a town, a department or a committee acts in today."""

from dataclasses import replace
from uuid import UUID

from tenants.records import District, Tenant, TenantDistrict
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction


class UnknownTenant(LookupError):
    """No tenant or district has this id or code."""


async def town_scope(tenant_id: UUID, actor: str) -> Scope:
    """What a town may touch: its own rows, in every district it ever belonged to.

    Raises:
        UnknownTenant: no such tenant.
    """
    async with tenant_transaction(Scope.of_platform(actor), read_only=True):
        tenant = await Tenant.get_or_none(id=tenant_id)
        if tenant is None:
            raise UnknownTenant(f"no tenant {tenant_id}")
        stays = await TenantDistrict.filter(tenant_id=tenant_id)
    return Scope.of_tenant(tenant.owner, actor, history=(stay.district_id for stay in stays))


async def department_scope(district_id: UUID, actor: str) -> Scope:
    """What a district's department may touch: every town now in the district, and its office.

    The database confines it to the district; rights confine it to its own line of business.
    """
    office, towns, _ = await _district(district_id, actor)
    tenants = frozenset({office.tenant_id, *towns})
    return Scope(actor, office, frozenset({district_id}), tenants, tenants)


async def committee_scope(district_id: UUID, actor: str) -> Scope:
    """What the committee (商贸专委) may touch: it reads all its towns and writes its office only.

    A town that left stays readable for the rows written while it belonged to the district.
    """
    office, towns, former = await _district(district_id, actor)
    readable = frozenset({office.tenant_id, *towns, *former})
    return Scope(actor, office, frozenset({district_id}), readable, frozenset({office.tenant_id}))


async def caretaker_scope(district_id: UUID, actor: str) -> Scope:
    """What a task of the platform may touch in a district: all that its committee reads.

    What falls due by itself falls due in towns that left, too, where it is the district's history.
    """
    scope = await committee_scope(district_id, actor)
    return replace(scope, writable=scope.readable)


async def districts(actor: str) -> list[UUID]:
    """Every district that has tenants, for a task that runs in each."""
    async with tenant_transaction(Scope.of_platform(actor), read_only=True):
        return [row.id for row in await District.all().order_by("id") if row.office_id]


async def owners(actor: str) -> list[Owner]:
    """Every tenant of the platform, for a task that runs in each."""
    async with tenant_transaction(Scope.of_platform(actor), read_only=True):
        return [row.owner for row in await Tenant.all().order_by("id")]


async def owner_of(division_code: str) -> Owner:
    """The tenant provisioned for a division.

    Raises:
        UnknownTenant: none is.
    """
    async with tenant_transaction(Scope.of_platform("directory"), read_only=True):
        tenant = await Tenant.get_or_none(division_code=division_code)
    if tenant is None:
        raise UnknownTenant(f"no tenant for division {division_code}")
    return tenant.owner


async def district_of(code: str) -> UUID:
    """The district with this code that has tenants.

    Raises:
        UnknownTenant: none has.
    """
    async with tenant_transaction(Scope.of_platform("directory"), read_only=True):
        district = await District.get_or_none(code=code)
    if district is None or district.office_id is None:
        raise UnknownTenant(f"no district {code}")
    return district.id


async def _district(
    district_id: UUID, actor: str
) -> tuple[Owner, frozenset[UUID], frozenset[UUID]]:
    """The office, the towns of today, and those that left."""
    async with tenant_transaction(Scope.of_platform(actor), read_only=True):
        district = await District.get_or_none(id=district_id)
        if district is None or district.office_id is None:
            raise UnknownTenant(f"no district {district_id}")
        stays = await TenantDistrict.filter(district_id=district_id)
    present = frozenset(stay.tenant_id for stay in stays if stay.valid_to is None)
    past = frozenset(stay.tenant_id for stay in stays) - present
    return Owner(district.office_id, district_id), present, past
