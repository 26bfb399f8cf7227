"""Tables of risk points."""

from tortoise import fields

from tenants.records import TenantOwned


class RiskPoint(TenantOwned):
    """What may cause harm at one premises, with its latest evaluation."""

    enterprise_id = fields.UUIDField()
    premises_id = fields.UUIDField()
    name = fields.CharField(max_length=200)
    description = fields.TextField(default="")
    category = fields.CharField(max_length=24)
    line = fields.CharField(max_length=40)
    state = fields.CharField(max_length=12, default="IDENTIFIED")
    evaluation_id = fields.UUIDField(null=True)
    colour = fields.CharField(max_length=8, null=True)
    colour_reason = fields.CharField(max_length=400, default="")
    graded_on = fields.DateField(null=True)
    review_due_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "risk_points"


class RiskEvaluation(TenantOwned):
    """Evaluation of a risk point with the method and all its inputs."""

    risk_point_id = fields.UUIDField()
    method_id = fields.CharField(max_length=20)
    method_version = fields.CharField(max_length=20)
    inputs = fields.JSONField[dict[str, str]]()
    score = fields.DecimalField(max_digits=12, decimal_places=4)
    colour = fields.CharField(max_length=8)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "risk_evaluations"


class RiskControl(TenantOwned):
    """Measure against a risk, at one level, until it is replaced."""

    risk_point_id = fields.UUIDField()
    level = fields.CharField(max_length=4)
    measure = fields.TextField()
    responsible = fields.CharField(max_length=100)
    interval_days = fields.IntField()
    set_at = fields.DatetimeField()
    replaced_at = fields.DatetimeField(null=True)

    class Meta:
        table = "risk_controls"


class RiskControlFailure(TenantOwned):
    """Failure of a measure and the hazard that it made."""

    risk_point_id = fields.UUIDField()
    control_id = fields.UUIDField()
    hazard_id = fields.UUIDField()
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "risk_control_failures"
