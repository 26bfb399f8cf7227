"""History of the register: each change with what was before and after, in the same transaction."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.ids import new_id
from service.register.records import Enterprise, Premises, RegisterChange
from service.register.rules import Act
from tenants.records import owned
from tenants.wall import current

ENTERPRISE_FIELDS = (
    "credit_code",
    "alternate_id",
    "name",
    "industry_code",
    "above_quota",
    "risk",
    "scale",
    "tier",
    "status",
    "principal_name",
    "contact_name",
    "contact_phone",
)
PREMISES_FIELDS = (
    "name",
    "address",
    "latitude",
    "longitude",
    "open_from",
    "open_to",
    "status",
    "grid_id",
)


def snapshot(row: Enterprise | Premises) -> dict[str, Any]:
    """What a person can change of the row, as JSON can hold it."""
    names = ENTERPRISE_FIELDS if isinstance(row, Enterprise) else PREMISES_FIELDS
    return {name: as_json(getattr(row, name)) for name in names}


def as_json(value: Any) -> Any:
    """The value as JSON can hold it."""
    return str(value) if isinstance(value, UUID | date | datetime) else value


def difference(
    before: dict[str, Any], after: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, as it was and as it is."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


async def note(
    row: Enterprise | Premises,
    act: Act,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str = "",
) -> None:
    """Keep the change in the history, the audit chain and the outbox."""
    is_enterprise = isinstance(row, Enterprise)
    enterprise = row.id if isinstance(row, Enterprise) else row.enterprise_id
    await RegisterChange.create(
        id=new_id(),
        **owned(row.owner),
        enterprise_id=enterprise,
        premises_id=None if is_enterprise else row.id,
        act=act.value,
        version=row.version,
        reason=reason,
        before=before,
        after=after,
        actor=current().scope.actor,
        at=clock.now(),
    )
    event = f"register.{'enterprise' if is_enterprise else 'premises'}_changed"
    kind = "Enterprise" if is_enterprise else "Premises"
    # The audit entry names the fields; their values may be names and telephone numbers.
    await audit.record(event, row.owner, kind, row.id, step=act.value, fields=sorted(after))
    await outbox.emit(event, row.owner, {kind.lower(): str(row.id), "act": act.value})


async def of(enterprise_ids: Iterable[UUID]) -> dict[UUID, list[RegisterChange]]:
    """Changes by enterprise, oldest first, in one statement."""
    wanted = list(enterprise_ids)
    found: dict[UUID, list[RegisterChange]] = {one: [] for one in wanted}
    for row in await RegisterChange.filter(enterprise_id__in=wanted).order_by("at", "id"):
        found[row.enterprise_id].append(row)
    return found
