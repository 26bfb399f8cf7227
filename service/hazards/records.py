"""Tables of hazards."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class Hazard(TenantOwned):
    """Hazard of one premises from its finding to its closure."""

    enterprise_id = fields.UUIDField()
    premises_id = fields.UUIDField()
    state = fields.CharField(max_length=12, default="FOUND")
    grade = fields.CharField(max_length=8, null=True)
    category = fields.CharField(max_length=24)
    line = fields.CharField(max_length=40)
    source = fields.CharField(max_length=16)
    description = fields.TextField()
    found_on = fields.DateField()
    criterion = fields.CharField(max_length=40, default="")
    criterion_version = fields.CharField(max_length=20, default="")
    grade_reason = fields.CharField(max_length=400, default="")
    assigned_to = fields.CharField(max_length=100, default="")
    due_on = fields.DateField(null=True)
    plan_responsible = fields.CharField(max_length=100, default="")
    plan_measures = fields.TextField(default="")
    plan_funds_fen = fields.BigIntField(null=True)
    plan_finish_on = fields.DateField(null=True)
    plan_contingency = fields.TextField(default="")
    result = fields.TextField(default="")
    verification = fields.TextField(default="")
    reported_to_authority_on = fields.DateField(null=True)
    reported_to_congress_on = fields.DateField(null=True)
    overdue_since = fields.DateField(null=True)
    supervised_on = fields.DateField(null=True)
    supervision_reference = fields.CharField(max_length=120, default="")
    closed_on = fields.DateField(null=True)
    recurrence_of = fields.UUIDField(null=True)
    reported_by = fields.CharField(max_length=120, default="")
    extensions = fields.IntField(default=0)
    dismissal_reason = fields.CharField(max_length=400, default="")
    dismissal_by = fields.CharField(max_length=120, default="")
    merged_into = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "hazards"


class HazardEvent(TenantOwned):
    """Step that was taken with a hazard."""

    hazard_id = fields.UUIDField()
    step = fields.CharField(max_length=16)
    state = fields.CharField(max_length=12)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)
    detail = fields.JSONField[dict[str, Any]](default=dict)

    class Meta:
        table = "hazard_events"


class HazardEvidence(TenantOwned):
    """Piece of evidence that shows something about a hazard."""

    hazard_id = fields.UUIDField()
    evidence_id = fields.UUIDField()
    purpose = fields.CharField(max_length=12)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "hazard_evidence"


class HazardExtension(TenantOwned):
    """Request for a later deadline and its answer."""

    hazard_id = fields.UUIDField()
    due_on = fields.DateField()
    until = fields.DateField()
    reason = fields.CharField(max_length=400)
    asked_at = fields.DatetimeField()
    asked_by = fields.CharField(max_length=120)
    granted = fields.BooleanField(null=True)
    answer = fields.CharField(max_length=400, default="")
    answered_at = fields.DatetimeField(null=True)
    answered_by = fields.CharField(max_length=120, default="")

    class Meta:
        table = "hazard_extensions"


class HazardRanking(TenantOwned):
    """Rank of one category of hazards in one town as it was counted on a day."""

    day = fields.DateField()
    window_days = fields.IntField()
    recurrence_days = fields.IntField()
    category = fields.CharField(max_length=24)
    place = fields.IntField()
    found = fields.IntField()
    inspected_premises = fields.IntField()
    closed = fields.IntField()
    recurred = fields.IntField()

    class Meta:
        table = "hazard_rankings"
