"""Tables of equipment."""

from tortoise import fields

from tenants.records import TenantOwned


class Asset(TenantOwned):
    """Piece of equipment at one place, with the day by which it must be inspected again."""

    enterprise_id = fields.UUIDField()
    premises_id = fields.UUIDField()
    kind = fields.CharField(max_length=40)
    name = fields.CharField(max_length=100)
    serial = fields.CharField(max_length=60)
    registered_on = fields.DateField()
    first_due_on = fields.DateField()
    next_due_on = fields.DateField()
    last_checked_on = fields.DateField(null=True)
    fit = fields.BooleanField(default=True)
    checks = fields.IntField(default=0)
    alarmed_step = fields.IntField(null=True)
    retired_on = fields.DateField(null=True)
    retirement = fields.CharField(max_length=200, default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "assets"


class AssetCheck(TenantOwned):
    """Inspection of one piece of equipment by a testing body, as its report says."""

    asset_id = fields.UUIDField()
    number = fields.IntField()
    checked_on = fields.DateField()
    passed = fields.BooleanField()
    next_due_on = fields.DateField()
    body = fields.CharField(max_length=100)
    report = fields.CharField(max_length=60)
    evidence_id = fields.UUIDField(null=True)
    note = fields.CharField(max_length=400, default="")
    actor = fields.CharField(max_length=120)
    at = fields.DatetimeField()

    class Meta:
        table = "asset_checks"
