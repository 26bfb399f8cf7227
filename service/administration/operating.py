"""Acts of the platform's operator on tenants that exist; each opens its own transactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service import audit, outbox
from service.administration import commands, queries
from service.administration.provisioning import OPERATOR
from service.administration.rules import TenantStatus, check_status
from service.errors import Invalid, NotFound
from tenants.records import District, Tenant
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction


@dataclass(frozen=True, slots=True)
class TenantLine:
    """A tenant as the operator's list shows it."""

    id: UUID
    code: str
    name: str
    kind: str
    status: str
    district_code: str
    district_name: str


async def list_tenants(*, district: str = "", actor: str = OPERATOR) -> list[TenantLine]:
    """All tenants, or those of one district by its code, ordered by district and code."""
    async with tenant_transaction(Scope.of_platform(actor), read_only=True):
        districts = {row.id: row for row in await District.all()}
        rows = await Tenant.all().order_by("division_code")
    lines = [
        TenantLine(
            row.id,
            row.division_code,
            row.name,
            row.kind,
            row.status,
            districts[row.district_id].code,
            districts[row.district_id].name,
        )
        for row in rows
        if not district or districts[row.district_id].code == district
    ]
    return sorted(lines, key=lambda line: (line.district_code, line.code))


async def suspend(code: str, *, reason: str, actor: str = OPERATOR) -> Tenant:
    """Keep a tenant's members and applications out; its rows stay, and so do its duties.

    Raises:
        NotFound: no such tenant.
        Invalid: no reason.
        Conflict: it is suspended already.
    """
    if not reason.strip():
        raise Invalid("give the reason; it is kept in the audit chain", path=("reason",))
    return await _set_status(code, TenantStatus.SUSPENDED, reason.strip(), actor)


async def resume(code: str, *, reason: str = "", actor: str = OPERATOR) -> Tenant:
    """Let a suspended tenant's members in again.

    Raises:
        NotFound: no such tenant.
        Conflict: it is active already.
    """
    return await _set_status(code, TenantStatus.ACTIVE, reason.strip(), actor)


async def _set_status(code: str, wanted: TenantStatus, reason: str, actor: str) -> Tenant:
    owner = await owner_of(code, actor)
    async with tenant_transaction(operator_scope([owner], actor)):
        row = await Tenant.filter(id=owner.tenant_id).select_for_update().get()
        check_status(TenantStatus(row.status), wanted)
        await Tenant.filter(id=row.id).update(status=wanted.value)
        row.status = wanted.value
        act = "suspended" if wanted is TenantStatus.SUSPENDED else "resumed"
        await audit.record(
            f"administration.tenant_{act}", row.owner, "Tenant", row.id, reason=reason
        )
        await outbox.emit(f"administration.tenant_{act}", row.owner, {"tenant": str(row.id)})
    return row


async def copy_settings(
    source: str,
    targets: Sequence[str],
    *,
    effective_from: date | None = None,
    actor: str = OPERATOR,
) -> dict[str, int]:
    """Give towns the settings that another has on a day; how many settings changed, by code.

    Each town is one transaction, so a break leaves whole towns done.

    Raises:
        NotFound: one of them is no tenant.
        Invalid: a day in the past.
    """
    origin = await owner_of(source, actor)
    owners = [(code, await owner_of(code, actor)) for code in targets]
    async with tenant_transaction(Scope.of_tenant(origin, actor), read_only=True):
        wanted = await queries.settings_of(origin, effective_from)
    changed = {}
    for code, owner in owners:
        async with tenant_transaction(Scope.of_tenant(owner, actor)):
            version = await commands.adopt_settings(
                owner, wanted, effective_from=effective_from, note=f"as in {source}"
            )
        changed[code] = len(version.changes) if version else 0
    return changed


async def owner_of(code: str, actor: str = OPERATOR) -> Owner:
    """The tenant of a division code.

    Raises:
        NotFound: none.
    """
    async with tenant_transaction(Scope.of_platform(actor), read_only=True):
        row = await Tenant.get_or_none(division_code=code)
    if row is None:
        raise NotFound(f"{code} is no tenant; provision it first", path=("code",))
    return row.owner


def operator_scope(owners: Sequence[Owner], actor: str = OPERATOR) -> Scope:
    """The platform's tables and these tenants, for one act of the operator."""
    tenants = frozenset(owner.tenant_id for owner in owners)
    districts = frozenset(owner.district_id for owner in owners)
    return Scope(actor, owners[0], districts, tenants, tenants, platform=True)
