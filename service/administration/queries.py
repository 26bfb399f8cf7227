"""What can be asked about tenants, their bodies and their settings."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from service import clock
from service.administration.records import SettingVersion
from service.administration.rules import (
    Difference,
    Version,
    check_changes,
    check_effective,
    chosen,
    difference,
    effective,
)
from service.administration.setting_schema import SCHEMA, Value
from tenants.records import Body, Tenant
from tenants.scope import Owner


def tenants() -> QuerySet[Tenant]:
    """Tenants in scope."""
    return Tenant.all()


def bodies(line: str | None = None) -> QuerySet[Body]:
    """Enforcement bodies of the district, of one line of business where it is given."""
    return Body.filter(line=line) if line else Body.all()


async def bodies_of(owner: Owner) -> list[Body]:
    """Enforcement bodies of one tenant, by code."""
    return await Body.filter(tenant_id=owner.tenant_id).order_by("code")


def setting_versions(owner: Owner) -> QuerySet[SettingVersion]:
    """Versions of a tenant's settings."""
    return SettingVersion.filter(tenant_id=owner.tenant_id)


async def versions_of(owner: Owner) -> list[Version]:
    """Versions of a tenant's settings as the rules know them, oldest first."""
    return (await versions_of_all([owner.tenant_id]))[owner.tenant_id]


async def versions_of_all(tenant_ids: Iterable[UUID]) -> dict[UUID, list[Version]]:
    """The same for many tenants, in one statement."""
    found: dict[UUID, list[Version]] = {one: [] for one in tenant_ids}
    for row in await SettingVersion.filter(tenant_id__in=list(found)).order_by("number"):
        found[row.tenant_id].append(
            Version(row.number, row.effective_from, _as_values(row.changes), row.restores)
        )
    return found


def _as_values(changes: dict[str, Any]) -> dict[str, Value | None]:
    """JSON knows lists only; values are tuples."""
    return {key: tuple(v) if isinstance(v, list) else v for key, v in changes.items()}


async def settings_of(owner: Owner, on: date | None = None) -> dict[str, Value]:
    """Every setting of a tenant on a day, today by default."""
    day = on or clock.legal_day(clock.now())
    return effective(await versions_of(owner), day)


async def chosen_by(owner: Owner, on: date) -> dict[str, Value]:
    """The settings that a tenant chose itself, in force on a day, without any default."""
    return chosen(await versions_of(owner), on)


async def setting(owner: Owner, key: str, on: date | None = None) -> Value:
    """One setting of a tenant on a day, today by default.

    Raises:
        KeyError: no such setting, a defect of the caller.
    """
    return (await settings_of(owner, on))[SCHEMA[key].key]


async def preview(
    owner: Owner, changes: dict[str, object], effective_from: date | None = None
) -> tuple[Difference, ...]:
    """What the changes would make different on their day, without making them.

    Raises:
        Invalid: an unknown setting, a bad value, or a day in the past.
    """
    today = clock.legal_day(clock.now())
    day = effective_from or today
    check_effective(day, today)
    versions = await versions_of(owner)
    number = max((version.number for version in versions), default=0) + 1
    changed = [*versions, Version(number, day, check_changes(changes))]
    return difference(effective(versions, day), effective(changed, day))
