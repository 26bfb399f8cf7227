"""Table of legal deadlines."""

from tortoise import fields

from tenants.records import TenantOwned


class LegalDeadline(TenantOwned):
    """Limit that the law sets to one act in one inspection or case."""

    subject_kind = fields.CharField(max_length=12)
    subject_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    body_id = fields.UUIDField()
    rule = fields.CharField(max_length=40)
    topic = fields.CharField(max_length=60, default="")
    reference = fields.CharField(max_length=40, default="")
    article = fields.CharField(max_length=120)
    source = fields.CharField(max_length=300)
    confirmed = fields.BooleanField()
    on_party = fields.BooleanField(default=False)
    of_person = fields.BooleanField(default=False)
    started_on = fields.DateField()
    due_on = fields.DateField(null=True)
    missing_year = fields.IntField(null=True)
    added_days = fields.IntField(default=0)
    met_on = fields.DateField(null=True)
    dropped = fields.BooleanField(default=False)

    class Meta:
        table = "legal_deadlines"
