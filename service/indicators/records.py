"""Tables of indicators: what the committee decided, what was measured, how it scored."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class IndicatorChoice(TenantOwned):
    """Decision of a committee how one indicator counts in one year."""

    code = fields.CharField(max_length=40)
    year = fields.IntField()
    scored = fields.BooleanField()
    weight = fields.IntField()
    target = fields.IntField(null=True)
    reason = fields.CharField(max_length=400, default="")
    decided_by = fields.CharField(max_length=120)
    decided_at = fields.DatetimeField()

    class Meta:
        table = "indicator_choices"


class IndicatorSnapshot(TenantOwned):
    """Measurement of all indicators of a district over one period, never changed once taken."""

    purpose = fields.CharField(max_length=8)
    since = fields.DateField()
    until = fields.DateField()
    state = fields.CharField(max_length=8, default="ASKED")
    digest = fields.CharField(max_length=64, default="")
    asked_by = fields.CharField(max_length=120)
    asked_at = fields.DatetimeField()
    taken_at = fields.DatetimeField(null=True)

    class Meta:
        table = "indicator_snapshots"


class IndicatorValue(TenantOwned):
    """Value of one indicator of one town in a snapshot, owned by the town."""

    snapshot_id = fields.UUIDField()
    purpose = fields.CharField(max_length=8)
    code = fields.CharField(max_length=40)
    since = fields.DateField()
    until = fields.DateField()
    numerator = fields.BigIntField()
    denominator = fields.BigIntField(null=True)
    query_sha256 = fields.CharField(max_length=64)
    taken_at = fields.DatetimeField()

    class Meta:
        table = "indicator_values"


class ScoreSheet(TenantOwned):
    """Score of one town from one snapshot, owned by the town; a correction is a new version."""

    snapshot_id = fields.UUIDField()
    version = fields.IntField()
    since = fields.DateField()
    until = fields.DateField()
    score = fields.DecimalField(max_digits=7, decimal_places=4, null=True)
    lines = fields.JSONField[list[dict[str, Any]]]()
    issued_at = fields.DatetimeField()
    appeal_until = fields.DateField(null=True)

    class Meta:
        table = "score_sheets"


class ScoreAppeal(TenantOwned):
    """Objection of a town to its score sheet, with the committee's answer."""

    sheet_id = fields.UUIDField()
    text = fields.TextField()
    state = fields.CharField(max_length=8, default="OPEN")
    answer = fields.TextField(default="")
    raised_by = fields.CharField(max_length=120)
    raised_at = fields.DatetimeField()
    answered_by = fields.CharField(max_length=120, default="")
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "score_appeals"
