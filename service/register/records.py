"""Tables of the register."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from tenants.ids import new_id
from tenants.records import TenantOwned


class Enterprise(TenantOwned):
    """Enterprise supervised by one town."""

    credit_code = fields.CharField(max_length=18, null=True)
    alternate_id = fields.CharField(max_length=60, null=True)
    name = fields.CharField(max_length=200)
    industry_code = fields.CharField(max_length=8, default="")
    above_quota = fields.BooleanField(default=False)
    quota_basis_year = fields.IntField(null=True)
    risk = fields.CharField(max_length=8, default="BLUE")
    scale = fields.CharField(max_length=8, null=True)
    tier = fields.CharField(max_length=8, null=True)
    status = fields.CharField(max_length=12, default="OPERATING")
    principal_name = fields.CharField(max_length=100, default="")
    contact_name = fields.CharField(max_length=100, default="")
    contact_phone = fields.CharField(max_length=40, default="")
    readings = fields.TextField(default="")
    sort_key = fields.CharField(max_length=80, default="")
    merged_into = fields.UUIDField(null=True)
    paired = fields.BooleanField(default=False)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField(null=True)

    class Meta:
        table = "enterprises"


class Premises(TenantOwned):
    """Place where an enterprise trades."""

    enterprise_id = fields.UUIDField()
    name = fields.CharField(max_length=200)
    address = fields.CharField(max_length=300)
    latitude = fields.FloatField()
    longitude = fields.FloatField()
    open_from = fields.IntField(null=True)
    open_to = fields.IntField(null=True)
    status = fields.CharField(max_length=12, default="OPERATING")
    cell = fields.CharField(max_length=16, default="")
    grid_id = fields.UUIDField(null=True)
    grid_decided = fields.BooleanField(default=False)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()

    class Meta:
        table = "premises"


class Identifier(TenantOwned):
    """Number under which an enterprise was known before."""

    enterprise_id = fields.UUIDField()
    kind = fields.CharField(max_length=20)
    value = fields.CharField(max_length=60)
    created_at = fields.DatetimeField()

    class Meta:
        table = "enterprise_identifiers"


class RegisterChange(TenantOwned):
    """Change of an enterprise or its premises, kept even where the entry itself goes."""

    enterprise_id = fields.UUIDField()
    premises_id = fields.UUIDField(null=True)
    act = fields.CharField(max_length=30)
    version = fields.IntField()
    reason = fields.CharField(max_length=400, default="")
    before = fields.JSONField[dict[str, Any]](default=dict)
    after = fields.JSONField[dict[str, Any]](default=dict)
    actor = fields.CharField(max_length=120)
    at = fields.DatetimeField()
    batch_id = fields.UUIDField(null=True)

    class Meta:
        table = "register_changes"


class SearchTerm(Model):
    """Beginning under which an enterprise is found."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    tenant_id = fields.UUIDField()
    district_id = fields.UUIDField()
    term = fields.CharField(max_length=24)
    enterprise_id = fields.UUIDField()

    class Meta:
        table = "search_terms"


class LikenessKey(Model):
    """Something that an enterprise has in common with those that may be the same."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    tenant_id = fields.UUIDField()
    district_id = fields.UUIDField()
    kind = fields.CharField(max_length=10)
    key = fields.CharField(max_length=32)
    core = fields.CharField(max_length=80)
    enterprise_id = fields.UUIDField()

    class Meta:
        table = "likeness_keys"


class LikelyPair(Model):
    """Two enterprises of a town that may be one."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    tenant_id = fields.UUIDField()
    district_id = fields.UUIDField()
    first_id = fields.UUIDField()
    second_id = fields.UUIDField()
    score = fields.IntField()
    reasons = fields.JSONField[list[str]](default=list)

    class Meta:
        table = "likely_pairs"


class RevenueStatement(TenantOwned):
    """Main revenue of an enterprise in one year."""

    enterprise_id = fields.UUIDField()
    year = fields.IntField()
    revenue_fen = fields.BigIntField()
    threshold_fen = fields.BigIntField(null=True)
    above_quota = fields.BooleanField(default=False)
    source = fields.CharField(max_length=200, default="")
    actor = fields.CharField(max_length=120)
    at = fields.DatetimeField()

    class Meta:
        table = "revenue_statements"


class Grid(TenantOwned):
    """Part of a town with one keeper."""

    code = fields.CharField(max_length=40)
    name = fields.CharField(max_length=100)
    keeper_name = fields.CharField(max_length=100)
    keeper_phone = fields.CharField(max_length=40, default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "grids"


class GridCell(TenantOwned):
    """Hexagon that belongs to one grid of the town and to no other."""

    grid_id = fields.UUIDField()
    cell = fields.CharField(max_length=16)

    class Meta:
        table = "grid_cells"


class TierDecision(TenantOwned):
    """Decision on the supervision tier of an enterprise."""

    enterprise_id = fields.UUIDField()
    number = fields.IntField()
    tier = fields.CharField(max_length=8)
    table_tier = fields.CharField(max_length=8)
    risk = fields.CharField(max_length=8)
    scale = fields.CharField(max_length=8, null=True)
    reason = fields.CharField(max_length=400)
    actor = fields.CharField(max_length=120)
    at = fields.DatetimeField()

    class Meta:
        table = "tier_decisions"


class DuplicateAnswer(TenantOwned):
    """Answer to the question whether two enterprises are one."""

    first_id = fields.UUIDField()
    second_id = fields.UUIDField()
    same = fields.BooleanField()
    kept_id = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=400, default="")
    actor = fields.CharField(max_length=120)
    at = fields.DatetimeField()

    class Meta:
        table = "duplicate_answers"


class ImportBatch(TenantOwned):
    """File of enterprises that a town imports as a whole."""

    state = fields.CharField(max_length=12, default="AWAITING")
    filename = fields.CharField(max_length=200)
    byte_length = fields.IntField()
    format = fields.CharField(max_length=8, default="")
    problem = fields.CharField(max_length=400, default="")
    job_id = fields.UUIDField(null=True)
    total = fields.IntField(default=0)
    created = fields.IntField(default=0)
    changed = fields.IntField(default=0)
    unchanged = fields.IntField(default=0)
    refused = fields.IntField(default=0)
    kept = fields.IntField(default=0)
    annotated = fields.BooleanField(default=False)
    removed_on = fields.DateField(null=True)
    created_by = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "import_batches"


class ImportRow(TenantOwned):
    """Row of an imported file: what it said, what was wrong, what it changed."""

    batch_id = fields.UUIDField()
    number = fields.IntField()
    outcome = fields.CharField(max_length=10)
    values = fields.JSONField[dict[str, Any]](default=dict)
    faults = fields.JSONField[list[Any]](default=list)
    kept = fields.CharField(max_length=200, default="")

    class Meta:
        table = "import_rows"


class ImportChange(TenantOwned):
    """Enterprise or place that an import changed, as it was before and is after."""

    batch_id = fields.UUIDField()
    subject = fields.CharField(max_length=10)
    subject_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    number = fields.IntField()
    before = fields.JSONField[dict[str, Any]](default=dict)
    after = fields.JSONField[dict[str, Any]](default=dict)
    version = fields.IntField()
    is_new = fields.BooleanField()

    class Meta:
        table = "import_changes"


class RegisterExport(TenantOwned):
    """List of enterprises that was asked for as a file."""

    state = fields.CharField(max_length=8, default="ASKED")
    format = fields.CharField(max_length=8)
    filters = fields.JSONField[dict[str, Any]](default=dict)
    job_id = fields.UUIDField()
    rows = fields.IntField(default=0)
    byte_length = fields.IntField(default=0)
    removed_on = fields.DateField(null=True)
    created_by = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()

    class Meta:
        table = "register_exports"
