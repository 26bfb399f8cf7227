"""Tables of duties."""

from tortoise import fields

from tenants.records import TenantOwned


class DutyItem(TenantOwned):
    """Entry of the duty list of a district, owned by its office, for one body."""

    body_id = fields.UUIDField()
    title = fields.CharField(max_length=300)
    basis = fields.CharField(max_length=200)
    frequency = fields.CharField(max_length=8)
    evidence_kind = fields.CharField(max_length=10)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "duty_items"


class DutyRecord(TenantOwned):
    """One period of one entry, owned by the tenant of the body that fills it."""

    item_id = fields.UUIDField()
    body_id = fields.UUIDField()
    period_first = fields.DateField()
    due_on = fields.DateField()
    done_on = fields.DateField(null=True)
    note = fields.TextField(default="")
    reference = fields.CharField(max_length=200, default="")
    filled_by = fields.CharField(max_length=120, default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "duty_records"


class PrincipalDuty(TenantOwned):
    """One of the seven duties that the principal of an enterprise fulfilled in a year."""

    enterprise_id = fields.UUIDField()
    year = fields.IntField()
    duty = fields.IntField()
    fulfilled_on = fields.DateField()
    note = fields.TextField(default="")
    recorded_by = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()

    class Meta:
        table = "principal_duties"


class StaffPost(TenantOwned):
    """Post of an enterprise that somebody holds."""

    enterprise_id = fields.UUIDField()
    name = fields.CharField(max_length=60)
    opened_on = fields.DateField()
    closed_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "staff_posts"


class ResponsibilityStatement(TenantOwned):
    """Statement of responsibility that the holder of a post signed."""

    enterprise_id = fields.UUIDField()
    post_id = fields.UUIDField()
    holder = fields.CharField(max_length=60)
    content = fields.TextField()
    assessment = fields.TextField()
    signed_on = fields.DateField()
    ended_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "responsibility_statements"
