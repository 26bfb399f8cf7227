"""Tables of supervised listing."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class SupervisionOrder(TenantOwned):
    """Order that puts one hazard under supervision at one level."""

    hazard_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    premises_id = fields.UUIDField()
    line = fields.CharField(max_length=40)
    level = fields.CharField(max_length=4)
    state = fields.CharField(max_length=20, default="PROPOSED")
    reason = fields.CharField(max_length=1000)
    escalated_from = fields.UUIDField(null=True)
    proposed_by = fields.CharField(max_length=120)
    approved_by = fields.CharField(max_length=120, default="")
    body_id = fields.UUIDField(null=True)
    publish_workdays = fields.IntField(null=True)
    ask_workdays = fields.IntField(null=True)
    answer_workdays = fields.IntField(null=True)
    term_months = fields.IntField(null=True)
    plate_number = fields.CharField(max_length=60, null=True)
    basis = fields.CharField(max_length=200, default="")
    summary = fields.CharField(max_length=300, default="")
    official = fields.CharField(max_length=100, default="")
    listed_on = fields.DateField(null=True)
    deadline = fields.DateField(null=True)
    extensions = fields.IntField(default=0)
    extension_until = fields.DateField(null=True)
    extension_reason = fields.CharField(max_length=400, default="")
    extension_asked_on = fields.DateField(null=True)
    overdue_since = fields.DateField(null=True)
    delisted_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "supervision_orders"


class SupervisionEvent(TenantOwned):
    """Step that was taken with an order."""

    order_id = fields.UUIDField()
    step = fields.CharField(max_length=16)
    state = fields.CharField(max_length=20)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)
    detail = fields.JSONField[dict[str, Any]](default=dict)

    class Meta:
        table = "supervision_events"
