"""Tables of reports; who reported is kept apart from what was reported."""

from datetime import date
from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class Report(TenantOwned):
    """Report of a hazard or violation in one town."""

    channel = fields.CharField(max_length=8)
    category = fields.CharField(max_length=24)
    place = fields.CharField(max_length=200)
    description = fields.TextField()
    insider = fields.BooleanField(default=False)
    anonymous = fields.BooleanField(default=True)
    state = fields.CharField(max_length=12, default="RECEIVED")
    received_at = fields.DatetimeField()
    accepted_on = fields.DateField(null=True)
    due_on = fields.DateField(null=True)
    extended = fields.BooleanField(default=False)
    overdue_since = fields.DateField(null=True)
    reason = fields.CharField(max_length=400, default="")
    premises_id = fields.UUIDField(null=True)
    demand_id = fields.UUIDField(null=True)
    finding = fields.CharField(max_length=10, null=True)
    hazard_id = fields.UUIDField(null=True)
    duplicate_of = fields.UUIDField(null=True)
    verification = fields.TextField(default="")
    answer = fields.TextField(default="")
    answered_on = fields.DateField(null=True)
    reward_state = fields.CharField(max_length=10, null=True)
    reward_fen = fields.BigIntField(null=True)
    reward_rules = fields.JSONField[list[dict[str, Any]]](default=list)
    reward_by = fields.CharField(max_length=120, default="")
    claim_until = fields.DateField(null=True)

    class Meta:
        table = "reports"

    def overdue(self, today: date) -> bool:
        """Whether the last day to answer has passed without an answer."""
        return self.due_on is not None and (self.answered_on or today) > self.due_on


class ReportReporter(TenantOwned):
    """Who reported, readable with a key that the database does not have."""

    report_id = fields.UUIDField()
    sealed = fields.TextField()

    class Meta:
        table = "report_reporters"


class ReportReceipt(TenantOwned):
    """What a reporter learns by the tracking code, and no more."""

    report_id = fields.UUIDField()
    token_sha256 = fields.CharField(max_length=64)
    state = fields.CharField(max_length=12, default="RECEIVED")
    received_on = fields.DateField()
    due_on = fields.DateField(null=True)
    answer = fields.TextField(default="")
    reward_state = fields.CharField(max_length=10, null=True)
    reward_fen = fields.BigIntField(null=True)
    claim_until = fields.DateField(null=True)

    class Meta:
        table = "report_receipts"


class ReportEvent(TenantOwned):
    """Step that was taken with a report."""

    report_id = fields.UUIDField()
    step = fields.CharField(max_length=16)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "report_events"


class ReportPhoto(TenantOwned):
    """Photo that came with a report, copied without its metadata."""

    report_id = fields.UUIDField()
    number = fields.IntField()
    byte_length = fields.IntField()
    sha256 = fields.CharField(max_length=64)
    sent_sha256 = fields.CharField(max_length=64)
    scan = fields.CharField(max_length=10)

    class Meta:
        table = "report_photos"

    @property
    def key(self) -> str:
        """The object's key among the derived objects."""
        return f"reports/{self.tenant_id}/{self.id}.jpg"


class AwarenessSurvey(TenantOwned):
    """Survey of how many people know that they can report (知晓率)."""

    held_on = fields.DateField()
    asked = fields.IntField()
    aware = fields.IntField()
    method = fields.CharField(max_length=200)

    class Meta:
        table = "awareness_surveys"
