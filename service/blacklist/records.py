"""Tables of the blacklist."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class BlacklistCase(TenantOwned):
    """Case of one party from the proposal to the end of its publication."""

    entry_id = fields.UUIDField()
    enterprise_id = fields.UUIDField(null=True)
    penalty_body_id = fields.UUIDField()
    publication = fields.CharField(max_length=20)
    classified = fields.BooleanField(default=False)
    severity = fields.CharField(max_length=8, default="GENERAL")
    state = fields.CharField(max_length=20)
    party_kind = fields.CharField(max_length=20)
    party = fields.JSONField[dict[str, str]]()
    persons = fields.JSONField[list[str]]()
    cause = fields.TextField()
    basis = fields.CharField(max_length=300)
    penalty = fields.CharField(max_length=300, default="")
    penalty_number = fields.CharField(max_length=80)
    penalty_decided_on = fields.DateField()
    delivery_consent = fields.BooleanField(default=False)
    notice_served_on = fields.DateField(null=True)
    defence_until = fields.DateField(null=True)
    defence_waived = fields.BooleanField(default=False)
    hearing_asked = fields.BooleanField(default=False)
    heard_on = fields.DateField(null=True)
    defence_answer = fields.TextField(default="")
    decision_number = fields.CharField(max_length=80, default="")
    decided_on = fields.DateField(null=True)
    served_on = fields.DateField(null=True)
    first_published_at = fields.DatetimeField(null=True)
    published_on = fields.DateField(null=True)
    published_until = fields.DateField(null=True)
    repair_requested_on = fields.DateField(null=True)
    repair_accepted_on = fields.DateField(null=True)
    ended_on = fields.DateField(null=True)
    reason = fields.TextField(default="")
    suspended_by = fields.CharField(max_length=120, default="")
    suspension_document = fields.CharField(max_length=120, default="")
    publish_overdue_since = fields.DateField(null=True)
    leaf_index = fields.BigIntField(null=True)
    logged_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "blacklist_cases"


class BlacklistEvent(TenantOwned):
    """Step that was taken in a case."""

    case_id = fields.UUIDField()
    step = fields.CharField(max_length=20)
    state = fields.CharField(max_length=20)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)
    body_id = fields.UUIDField(null=True)
    detail = fields.JSONField[dict[str, Any]](default=dict)

    class Meta:
        table = "blacklist_events"


class BlacklistMeasure(TenantOwned):
    """Joint measure that a body executes until its lifting is confirmed."""

    case_id = fields.UUIDField()
    enterprise_id = fields.UUIDField(null=True)
    executing_body_id = fields.UUIDField()
    round = fields.IntField(default=0)
    number = fields.IntField()
    measure = fields.CharField(max_length=300)
    from_day = fields.DateField()
    executed_on = fields.DateField(null=True)
    execution = fields.CharField(max_length=400, default="")
    lift_step = fields.CharField(max_length=20, default="")
    lift_ordered_on = fields.DateField(null=True)
    lift_due_on = fields.DateField(null=True)
    lift_overdue_since = fields.DateField(null=True)
    lifted_on = fields.DateField(null=True)
    lifting = fields.CharField(max_length=400, default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "blacklist_measures"


class BlacklistObjection(TenantOwned):
    """Objection of a party to what is public about it, with the answer."""

    case_id = fields.UUIDField()
    enterprise_id = fields.UUIDField(null=True)
    penalty_body_id = fields.UUIDField()
    claim = fields.TextField()
    lodged_on = fields.DateField()
    due_on = fields.DateField(null=True)
    overdue_since = fields.DateField(null=True)
    outcome = fields.CharField(max_length=12, default="")
    answer = fields.TextField(default="")
    answered_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "blacklist_objections"
