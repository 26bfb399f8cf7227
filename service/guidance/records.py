"""Tables of guidance."""

from tortoise import fields

from tenants.records import TenantOwned


class GuidanceVisit(TenantOwned):
    """Visit of one head to one premises."""

    person_id = fields.UUIDField()
    premises_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    kind = fields.CharField(max_length=20)
    inspection_id = fields.UUIDField(null=True)
    day = fields.DateField()
    happened_at = fields.DatetimeField()
    captured_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    distance_m = fields.IntField(null=True)
    flags = fields.JSONField[list[str]](default=list)
    counts = fields.BooleanField()
    note = fields.TextField(default="")
    recorded_by = fields.CharField(max_length=120)
    rating = fields.CharField(max_length=20, null=True)
    rating_note = fields.CharField(max_length=400, default="")
    rated_at = fields.DatetimeField(null=True)

    class Meta:
        table = "guidance_visits"


class GuidanceFinding(TenantOwned):
    """Hazard that a guidance visit found."""

    visit_id = fields.UUIDField()
    hazard_id = fields.UUIDField()

    class Meta:
        table = "guidance_findings"


class GuidanceEvidence(TenantOwned):
    """Piece of evidence attached to a visit."""

    visit_id = fields.UUIDField()
    evidence_id = fields.UUIDField()
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "guidance_evidence"


class KeyEvent(TenantOwned):
    """Event at which the heads must be on site, at one premises or anywhere in the town."""

    kind = fields.CharField(max_length=12)
    title = fields.CharField(max_length=200)
    premises_id = fields.UUIDField(null=True)
    at = fields.DatetimeField()
    day = fields.DateField()
    window_from = fields.DatetimeField()
    window_to = fields.DatetimeField()
    created_at = fields.DatetimeField()
    cancelled_at = fields.DatetimeField(null=True)
    cancel_reason = fields.CharField(max_length=200, default="")

    class Meta:
        table = "key_events"


class DutyWarning(TenantOwned):
    """Warning to one head that was given, once for each step."""

    person_id = fields.UUIDField()
    duty = fields.CharField(max_length=8)
    subject = fields.CharField(max_length=36)
    step = fields.IntField()
    due_on = fields.DateField()
    units = fields.IntField()
    at = fields.DatetimeField()

    class Meta:
        table = "duty_warnings"
