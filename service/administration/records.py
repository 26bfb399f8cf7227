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


class SettingProposal(TenantOwned):
    """Settings of one town that the committee proposes to another town."""

    target_id = fields.UUIDField()
    source_id = fields.UUIDField()
    source_name = fields.CharField(max_length=100)
    target_name = fields.CharField(max_length=100)
    changes = fields.JSONField[dict[str, Any]]()
    effective_from = fields.DateField()
    note = fields.CharField(max_length=400)
    author = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()

    class Meta:
        table = "setting_proposals"


class SettingAnswer(TenantOwned):
    """What a town did with settings that were proposed to it."""

    proposal_id = fields.UUIDField()
    version = fields.IntField(null=True)
    keys = fields.JSONField[list[str]]()
    reason = fields.CharField(max_length=400, default="")
    author = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()

    class Meta:
        table = "setting_answers"
