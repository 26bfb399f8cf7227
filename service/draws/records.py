"""Table of random draws."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class RandomDraw(TenantOwned):
    """Draw of objects and officers by one body, committed to before its seed is known."""

    number = fields.IntField()
    body_id = fields.UUIDField()
    title = fields.CharField(max_length=200)
    seed_source = fields.CharField(max_length=300)
    seed_known_after = fields.DatetimeField()
    commitment = fields.CharField(max_length=64)
    document = fields.TextField()
    objects = fields.IntField()
    state = fields.CharField(max_length=10, default="COMMITTED")
    seed = fields.CharField(max_length=400, null=True)
    result = fields.JSONField[dict[str, Any]](default=dict)
    void_reason = fields.CharField(max_length=400, default="")
    committed_at = fields.DatetimeField()
    drawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "random_draws"
