"""Tables of inspections."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class Inspection(TenantOwned):
    """Inspection of one premises by one body, owned by the town of the premises."""

    premises_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    body_id = fields.UUIDField()
    joint_visit_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=8)
    state = fields.CharField(max_length=16, default="PLANNED")
    items = fields.JSONField[list[str]]()
    basis = fields.CharField(max_length=400)
    planned_on = fields.DateField()
    planned_by = fields.CharField(max_length=120)
    urgent = fields.BooleanField(default=False)
    urgent_reason = fields.CharField(max_length=400, default="")
    approved_by = fields.CharField(max_length=120, default="")
    approved_at = fields.DatetimeField(null=True)
    approved_afterwards = fields.BooleanField(default=False)
    code_issued_at = fields.DatetimeField(null=True)
    no_code_reason = fields.CharField(max_length=400, default="")
    no_code_filed_on = fields.DateField(null=True)
    no_code_filing = fields.CharField(max_length=120, default="")
    refused_reason = fields.CharField(max_length=400, default="")
    on_site_at = fields.DatetimeField(null=True)
    on_site_day = fields.DateField(null=True)
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    distance_m = fields.IntField(null=True)
    place = fields.CharField(max_length=300, default="")
    device = fields.CharField(max_length=120, default="")
    findings = fields.TextField(default="")
    handling = fields.TextField(default="")
    signature = fields.CharField(max_length=8, default="")
    signed_by = fields.CharField(max_length=60, default="")
    refusal_reason = fields.CharField(max_length=400, default="")
    refusal_witness = fields.CharField(max_length=60, default="")
    recorded_at = fields.DatetimeField(null=True)
    measures = fields.TextField(default="")
    rectify_until = fields.DateField(null=True)
    rectify_reason = fields.CharField(max_length=400, default="")
    reinspected_on = fields.DateField(null=True)
    reinspection = fields.TextField(default="")
    case_id = fields.UUIDField(null=True)
    ended_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "inspections"


class InspectionOfficer(TenantOwned):
    """Officer who was on site, with the enforcement card as it was that day."""

    inspection_id = fields.UUIDField()
    round = fields.IntField(default=0)
    officer_id = fields.UUIDField()
    name = fields.CharField(max_length=60)
    card_no = fields.CharField(max_length=40)
    card_valid_to = fields.DateField()
    day = fields.DateField()

    class Meta:
        table = "inspection_officers"


class InspectionCheck(TenantOwned):
    """Result of one item of the checklist of one inspection."""

    inspection_id = fields.UUIDField()
    item = fields.CharField(max_length=80)
    result = fields.CharField(max_length=16, default="NOT_CHECKED")
    note = fields.TextField(default="")
    hazard_id = fields.UUIDField(null=True)
    captured_at = fields.DatetimeField(null=True)
    received_at = fields.DatetimeField(null=True)

    class Meta:
        table = "inspection_checks"


class InspectionEvent(TenantOwned):
    """Step that was taken with an inspection, by the device's clock and by ours."""

    inspection_id = fields.UUIDField()
    step = fields.CharField(max_length=24)
    state = fields.CharField(max_length=16)
    at = fields.DatetimeField()
    captured_at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)
    detail = fields.JSONField[dict[str, Any]](default=dict)

    class Meta:
        table = "inspection_events"


class LowYieldAlarm(TenantOwned):
    """Alarm that one officer has found nothing at one enterprise again and again."""

    officer_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    body_id = fields.UUIDField()
    visits = fields.IntField()
    raised_on = fields.DateField()
    explanation = fields.TextField(default="")
    explained_by = fields.CharField(max_length=120, default="")
    explained_on = fields.DateField(null=True)

    class Meta:
        table = "low_yield_alarms"
