"""What can be done to a tenant's settings and bodies, in the transaction of the caller."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.administration.queries import versions_of
from service.administration.records import SettingVersion
from service.administration.rules import (
    BodyKind,
    check_changes,
    check_effective,
    check_note,
    check_restorable,
    effective,
)
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from tenants.records import Body, owned
from tenants.scope import Owner
from tenants.wall import current


async def change_settings(
    owner: Owner,
    changes: Mapping[str, object],
    *,
    effective_from: date | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> SettingVersion:
    """Set a tenant's settings from a day on, today by default; None sets one to its default.

    Changes scheduled for later days stay scheduled.

    Raises:
        Invalid: an unknown setting, a bad value, a day in the past, or a long note.
        Conflict: somebody changed the settings since `expected_version` was read.
    """
    return await _add(owner, check_changes(changes), None, effective_from, note, expected_version)


async def restore_settings(
    owner: Owner,
    number: int,
    *,
    effective_from: date | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> SettingVersion:
    """Return to the state of an earlier version, 0 for the defaults, undoing all that followed.

    Raises:
        Invalid: no such version, a day in the past, or a long note.
        Conflict: nothing followed it, or somebody changed the settings meanwhile.
    """
    check_restorable(await versions_of(owner), number)
    return await _add(owner, {}, number, effective_from, note, expected_version)


async def adopt_settings(
    owner: Owner, wanted: Mapping[str, Any], *, effective_from: date | None = None, note: str = ""
) -> SettingVersion | None:
    """Take over all values of another tenant from a day on; None when nothing differs.

    Raises:
        Invalid: a bad value, a day in the past, or a long note.
    """
    day = effective_from or clock.legal_day(clock.now())
    present = effective(await versions_of(owner), day)
    changes = {key: value for key, value in wanted.items() if present.get(key) != value}
    if not changes:
        return None
    return await change_settings(owner, changes, effective_from=day, note=note)


async def _add(
    owner: Owner,
    changes: Mapping[str, Any],
    restores: int | None,
    effective_from: date | None,
    note: str,
    expected_version: int | None,
) -> SettingVersion:
    at = clock.now()
    today = clock.legal_day(at)
    day = effective_from or today
    check_effective(day, today)
    versions = await versions_of(owner)
    last = max((version.number for version in versions), default=0)
    if expected_version is not None and expected_version != last:
        raise Conflict(
            f"the settings are at version {last} now; look at them and change them again",
            path=("input", "expectedVersion"),
        )
    try:
        row = await SettingVersion.create(
            id=new_id(),
            **owned(owner),
            number=last + 1,
            effective_from=day,
            changes=dict(changes),
            restores=restores,
            note=check_note(note),
            author=current().scope.actor,
            created_at=at,
        )
    except IntegrityError as error:
        raise Conflict("the settings were changed at the same moment; look again") from error
    await audit.record(
        "administration.settings_changed",
        owner,
        "SettingVersion",
        row.id,
        number=row.number,
        effective_from=day,
        keys=sorted(changes),
        restores=restores,
    )
    await outbox.emit(
        "administration.settings_changed",
        owner,
        {"version": row.number, "effectiveFrom": day.isoformat()},
    )
    return row


async def add_body(
    owner: Owner, *, code: str, name: str, line: str, kind: BodyKind = BodyKind.DEPARTMENT
) -> Body:
    """Enter an enforcement body of a district's office or a town; it may not yet penalise.

    Raises:
        Invalid: an empty code, name or line.
        Conflict: the tenant has a body with this code.
    """
    for field, value in (("code", code), ("name", name), ("line", line)):
        if not value.strip():
            raise Invalid(f"{field} must not be empty", path=("input", field))
    try:
        row = await Body.create(
            id=new_id(), **owned(owner), code=code, name=name.strip(), kind=kind.value, line=line
        )
    except IntegrityError as error:
        raise Conflict(f"there is a body {code} already", path=("input", "code")) from error
    await audit.record("administration.body_added", owner, "Body", row.id, code=code, line=line)
    return row


async def set_penalty_power(owner: Owner, *, body_code: str, granted: bool, basis: str) -> Body:
    """Note that a body may penalise, or no longer; `basis` names the published decision.

    A town holds the power only where its province handed it down (行政处罚法 art. 24).

    Raises:
        NotFound: no such body.
        Invalid: no basis.
        Conflict: it is so already.
    """
    if not basis.strip():
        raise Invalid("name the decision that gives or takes the power", path=("input", "basis"))
    row = await Body.get_or_none(tenant_id=owner.tenant_id, code=body_code)
    if row is None:
        raise NotFound(f"no enforcement body {body_code}", path=("input", "bodyCode"))
    if row.can_penalise is granted:
        raise Conflict("nothing to change: the body has that power as asked")
    await Body.filter(tenant_id=owner.tenant_id, id=row.id).update(can_penalise=granted)
    row.can_penalise = granted
    await audit.record(
        "administration.penalty_power_set", owner, "Body", row.id, granted=granted, basis=basis
    )
    return row
