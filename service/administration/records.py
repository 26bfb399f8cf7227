"""Table of tenant settings."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class SettingVersion(TenantOwned):
    """Change of the settings of one tenant from a day on."""

    number = fields.IntField()
    effective_from = fields.DateField()
    changes = fields.JSONField[dict[str, Any]](default=dict)
    restores = fields.IntField(null=True)
    note = fields.CharField(max_length=400, default="")
    author = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()

    class Meta:
        table = "setting_versions"
