"""Tables of standardisation."""

from tortoise import fields

from tenants.records import TenantOwned


class Certificate(TenantOwned):
    """Certificate of standardisation of one enterprise, from its application on."""

    enterprise_id = fields.UUIDField()
    grade = fields.IntField()
    state = fields.CharField(max_length=16, default="APPLIED")
    applied_on = fields.DateField()
    applied_by = fields.CharField(max_length=120)
    self_score = fields.IntField(null=True)
    self_assessed_on = fields.DateField(null=True)
    score = fields.IntField(null=True)
    reviewed_on = fields.DateField(null=True)
    reviewed_by = fields.CharField(max_length=120, default="")
    published_on = fields.DateField(null=True)
    objections_until = fields.DateField(null=True)
    number = fields.CharField(max_length=60, default="")
    issued_on = fields.DateField(null=True)
    valid_to = fields.DateField(null=True)
    revoked_on = fields.DateField(null=True)
    reason = fields.CharField(max_length=400, default="")
    warned_step = fields.IntField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "standardisation_certs"


class ConformityItem(TenantOwned):
    """Discipline or post of an enterprise, or the enterprise as a whole, that must conform."""

    enterprise_id = fields.UUIDField()
    level = fields.CharField(max_length=10)
    name = fields.CharField(max_length=100)
    required = fields.BooleanField(default=True)
    added_on = fields.DateField()
    ended_on = fields.DateField(null=True)
    passed = fields.BooleanField(null=True)
    assessed_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "conformity_items"


class ConformityAssessment(TenantOwned):
    """One assessment of one item, none of which is ever changed."""

    item_id = fields.UUIDField()
    number = fields.IntField()
    passed = fields.BooleanField()
    assessed_on = fields.DateField()
    note = fields.CharField(max_length=400, default="")
    actor = fields.CharField(max_length=120)
    at = fields.DatetimeField()

    class Meta:
        table = "conformity_assessments"
