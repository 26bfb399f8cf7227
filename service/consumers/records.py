"""Tables of the consumers of a district's log, owned by the district office."""

from tortoise import fields

from tenants.records import TenantOwned


class LogConsumer(TenantOwned):
    """Application that the office let read the log, with the newest thing it said of it."""

    app_id = fields.UUIDField()
    name = fields.CharField(max_length=100)
    since = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    size = fields.BigIntField(default=0)
    root = fields.CharField(max_length=64, default="")
    heard_at = fields.DatetimeField(null=True)
    disputed_at = fields.DatetimeField(null=True)
    stale_since = fields.DatetimeField(null=True)
    lag = fields.CharField(max_length=20, default="")

    class Meta:
        table = "log_consumers"


class LogAcknowledgement(TenantOwned):
    """Statement of a consumer about the log, kept for good where it was new."""

    consumer_id = fields.UUIDField()
    size = fields.BigIntField()
    root = fields.CharField(max_length=64)
    outcome = fields.CharField(max_length=12)
    checkpoint = fields.TextField(default="")
    at = fields.DatetimeField()

    class Meta:
        table = "log_acknowledgements"
