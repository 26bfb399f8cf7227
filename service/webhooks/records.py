"""Tables of webhooks."""

from tortoise import fields

from tenants.records import TenantOwned


class WebhookEndpoint(TenantOwned):
    """Address at which one application hears of one town."""

    grant_id = fields.UUIDField()
    app_id = fields.UUIDField()
    name = fields.CharField(max_length=100)
    url = fields.CharField(max_length=500)
    events = fields.JSONField[list[str]](default=list)
    state = fields.CharField(max_length=10, default="ENABLED")
    disabled_reason = fields.CharField(max_length=10, default="")
    disabled_at = fields.DatetimeField(null=True)
    failing_since = fields.DatetimeField(null=True)
    key_version = fields.IntField(default=1)
    previous_until = fields.DatetimeField(null=True)
    last_sequence = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=120)

    class Meta:
        table = "webhook_endpoints"


class WebhookDelivery(TenantOwned):
    """Message about one event to one endpoint."""

    endpoint_id = fields.UUIDField()
    app_id = fields.UUIDField()
    event_id = fields.UUIDField()
    event_type = fields.CharField(max_length=60)
    occurred_at = fields.DatetimeField()
    sequence = fields.BigIntField()
    body = fields.TextField()
    state = fields.CharField(max_length=10, default="PENDING")
    reason = fields.CharField(max_length=200, default="")
    tries = fields.IntField(default=0)
    attempts = fields.IntField(default=0)
    due_at = fields.DatetimeField(null=True)
    claimed_until = fields.DatetimeField(null=True)
    delivered_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "webhook_deliveries"


class WebhookAttempt(TenantOwned):
    """One try to hand a message over, with the beginning of the answer."""

    delivery_id = fields.UUIDField()
    number = fields.IntField()
    at = fields.DatetimeField()
    duration_ms = fields.IntField()
    status = fields.IntField(null=True)
    error = fields.CharField(max_length=200, default="")
    excerpt = fields.TextField(default="")

    class Meta:
        table = "webhook_attempts"
