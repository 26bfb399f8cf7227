"""Table of officers."""

from tortoise import fields

from tenants.records import TenantOwned


class Officer(TenantOwned):
    """Enforcement officer of one body."""

    body_id = fields.UUIDField()
    account_id = fields.UUIDField(null=True)
    name = fields.CharField(max_length=60)
    card_no = fields.CharField(max_length=40)
    card_valid_to = fields.DateField()
    skills = fields.JSONField[list[str]](default=list)
    base_latitude = fields.FloatField()
    base_longitude = fields.FloatField()
    active = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    left_on = fields.DateField(null=True)
    reason = fields.CharField(max_length=400, default="")
    came_from = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "officers"
