"""Settings in the schema: values with their definitions, versions, differences, changes."""

from datetime import date, datetime

import strawberry
from strawberry.scalars import JSON

from service.administration import records, setting_schema
from service.administration.setting_schema import SettingKind
from service.errors import Invalid

strawberry.enum(SettingKind, description="What the value of a setting looks like")


@strawberry.type(description="Setting of a tenant with its value on a day")
class TenantSetting:
    """One setting."""

    key: str = strawberry.field(description="Name of the setting")
    kind: SettingKind = strawberry.field(description="What its value looks like")
    value: JSON = strawberry.field(description="Value on the day asked for")
    default: JSON = strawberry.field(description="Value where nobody set another")
    description: str = strawberry.field(description="What the setting governs")
    unit: str = strawberry.field(description="Unit of numbers, empty for others")
    expected: str = strawberry.field(description="What a value must be, in words")
    source: str = strawberry.field(description="Law or practice behind it, empty if none")


@strawberry.type(description="Change of a tenant's settings from a day on")
class SettingVersion:
    """One version."""

    number: int = strawberry.field(description="Number of the version, from 1")
    effective_from: date = strawberry.field(description="First day on which it counts")
    changes: JSON = strawberry.field(description="Values by setting; null is the default")
    restores: int | None = strawberry.field(description="Version returned to, 0 for the defaults")
    note: str = strawberry.field(description="Why")
    author: str = strawberry.field(description="Who")
    created_at: datetime = strawberry.field(description="When it was entered")


@strawberry.type(description="Setting that a change would make different")
class SettingDifference:
    """Before and after."""

    key: str = strawberry.field(description="Name of the setting")
    before: JSON = strawberry.field(description="Value without the change")
    after: JSON = strawberry.field(description="Value with the change")


def as_json(value: setting_schema.Value) -> JSON:
    """The value as JSON has it."""
    return JSON(list(value) if isinstance(value, tuple) else value)


def as_version(row: records.SettingVersion) -> SettingVersion:
    """The row as the schema shows it."""
    return SettingVersion(
        number=row.number,
        effective_from=row.effective_from,
        changes=JSON({key: as_json(value) for key, value in row.changes.items()}),
        restores=row.restores,
        note=row.note,
        author=row.author,
        created_at=row.created_at,
    )


def as_setting(key: str, value: setting_schema.Value) -> TenantSetting:
    """A value with its definition."""
    setting = setting_schema.SCHEMA[key]
    return TenantSetting(
        key=key,
        kind=setting.kind,
        value=as_json(value),
        default=as_json(setting.default),
        description=setting.description,
        unit=setting.unit,
        expected=setting_schema.expected(setting),
        source=setting.source,
    )


@strawberry.input(description="New value of one setting")
class SettingChangeInput:
    """One change."""

    key: str = strawberry.field(description="Name of the setting")
    value: JSON | None = strawberry.field(
        default=None, description="Its new value; null returns it to the default"
    )


def changes_of(given: list[SettingChangeInput]) -> dict[str, object]:
    """The changes by key.

    Raises:
        Invalid: the same setting twice.
    """
    changes: dict[str, object] = {item.key: item.value for item in given}
    if len(changes) != len(given):
        raise Invalid("name each setting once", path=("input", "changes"))
    return changes
