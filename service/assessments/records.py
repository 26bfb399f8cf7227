"""Tables of sessions and of paired work."""

from tortoise import fields

from tenants.records import TenantOwned


class RiskOccasion(TenantOwned):
    """Key period, major event or inducing factor for which a session is held."""

    trigger = fields.CharField(max_length=16)
    title = fields.CharField(max_length=200)
    first_day = fields.DateField()
    last_day = fields.DateField(null=True)
    due_on = fields.DateField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "risk_occasions"


class RiskSession(TenantOwned):
    """Risk assessment session from its plan to its closure."""

    trigger = fields.CharField(max_length=16)
    source = fields.CharField(max_length=40)
    occasion_id = fields.UUIDField(null=True)
    title = fields.CharField(max_length=200)
    scope = fields.TextField(default="")
    state = fields.CharField(max_length=12, default="PLANNED")
    due_on = fields.DateField()
    held_on = fields.DateField(null=True)
    closed_on = fields.DateField(null=True)
    conclusions = fields.JSONField[list[str]](default=list)
    created_at = fields.DatetimeField()

    class Meta:
        table = "risk_sessions"


class SessionAction(TenantOwned):
    """Action that a session decided, with its owner and last day."""

    session_id = fields.UUIDField()
    action = fields.TextField()
    responsible = fields.CharField(max_length=100)
    due_on = fields.DateField()
    done_on = fields.DateField(null=True)
    result = fields.TextField(default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "session_actions"


class SafetyItem(TenantOwned):
    """Safety side of a piece of work."""

    title = fields.CharField(max_length=200)
    stage = fields.CharField(max_length=10, default="PLANNED")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "safety_items"


class WorkItem(TenantOwned):
    """Piece of business work, which always has its safety item."""

    title = fields.CharField(max_length=200)
    stage = fields.CharField(max_length=10, default="PLANNED")
    safety_item_id = fields.UUIDField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "work_items"
