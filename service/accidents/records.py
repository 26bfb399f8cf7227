"""Tables of accidents."""

from tortoise import fields

from tenants.records import TenantOwned


class Accident(TenantOwned):
    """Accident at one premises, with its numbers as they were last reported."""

    enterprise_id = fields.UUIDField()
    premises_id = fields.UUIDField()
    occurred_at = fields.DatetimeField()
    known_at = fields.DatetimeField()
    reported_at = fields.DatetimeField()
    summary = fields.TextField()
    deaths = fields.IntField()
    serious_injuries = fields.IntField()
    direct_loss_fen = fields.BigIntField()
    version = fields.IntField(default=1)
    concealed_at = fields.DatetimeField(null=True)
    concealment = fields.CharField(max_length=400, default="")
    reported_by = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()

    class Meta:
        table = "accidents"


class AccidentReport(TenantOwned):
    """One report on an accident: the first, a supplement or a correction; never changed."""

    accident_id = fields.UUIDField()
    number = fields.IntField()
    kind = fields.CharField(max_length=10)
    deaths = fields.IntField()
    serious_injuries = fields.IntField()
    direct_loss_fen = fields.BigIntField()
    text = fields.TextField()
    reported_at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "accident_reports"
