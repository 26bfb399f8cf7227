"""Tables of evidence."""

from typing import Any
from uuid import UUID

from tortoise import fields

from service.evidence.rules import Scan, State
from tenants.records import TenantOwned


class Evidence(TenantOwned):
    """Piece of evidence from its declaration to its seal."""

    subject_kind = fields.CharField(max_length=16)
    subject_id = fields.UUIDField()
    enterprise_id = fields.UUIDField(null=True)
    filename = fields.CharField(max_length=200)
    media_type = fields.CharField(max_length=40)
    byte_length = fields.BigIntField()
    sha256 = fields.CharField(max_length=64)
    captured_at = fields.DatetimeField()
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    state = fields.CharField(max_length=12, default=State.PENDING.value)
    reason = fields.CharField(max_length=20, default="")
    reason_message = fields.CharField(max_length=400, default="")
    upload_id = fields.CharField(max_length=1024)
    part_length = fields.BigIntField()
    expires_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()
    uploaded_at = fields.DatetimeField(null=True)
    lease_until = fields.DatetimeField(null=True)
    scan = fields.CharField(max_length=10, default=Scan.UNSCANNED.value)
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    pages = fields.IntField(null=True)
    duration_seconds = fields.FloatField(null=True)
    recorded_at = fields.DatetimeField(null=True)
    recorded_latitude = fields.FloatField(null=True)
    recorded_longitude = fields.FloatField(null=True)
    thumbnail_length = fields.IntField(default=0)
    decided_at = fields.DatetimeField(null=True)
    legal_hold = fields.BooleanField(default=False)

    class Meta:
        table = "evidence_items"

    @property
    def key(self) -> str:
        """The object's key in every bucket, bound to the tenant."""
        return f"{self.tenant_id}/{self.id}/original"

    @property
    def thumbnail_key(self) -> str:
        """The key of its thumbnail among the derived objects."""
        return f"{self.tenant_id}/{self.id}/thumbnail.jpg"

    def blurred_key(self, copy_id: UUID) -> str:
        """The key of a copy for the public among the derived objects."""
        return f"{self.tenant_id}/{self.id}/blurred-{copy_id}.jpg"


class CustodyHead(TenantOwned):
    """Last link of the chain of custody of one tenant."""

    seq = fields.BigIntField()
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "custody_heads"


class CustodyEntry(TenantOwned):
    """Link of the chain of custody of one tenant."""

    seq = fields.BigIntField()
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)
    act = fields.CharField(max_length=20)
    evidence_id = fields.UUIDField()
    entry = fields.TextField()
    entry_sha256 = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "custody_entries"


class EvidenceAccess(TenantOwned):
    """Link to sealed evidence that somebody was given, and what for."""

    evidence_id = fields.UUIDField()
    actor = fields.CharField(max_length=120)
    role = fields.CharField(max_length=20)
    variant = fields.CharField(max_length=12)
    purpose = fields.CharField(max_length=400)
    at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "evidence_accesses"


class EvidenceHold(TenantOwned):
    """Order that a piece of evidence is kept whatever its term, until it is lifted."""

    evidence_id = fields.UUIDField()
    reason = fields.CharField(max_length=400)
    placed_by = fields.CharField(max_length=120)
    placed_at = fields.DatetimeField()
    lift_reason = fields.CharField(max_length=400, default="")
    lifted_by = fields.CharField(max_length=120, default="")
    lifted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "evidence_holds"


class EvidenceClosure(TenantOwned):
    """Day on which the case that evidence belongs to ended, from which its term runs."""

    subject_kind = fields.CharField(max_length=16)
    subject_id = fields.UUIDField()
    closed_on = fields.DateField()

    class Meta:
        table = "evidence_closures"


class EvidenceUsage(TenantOwned):
    """Bytes that the evidence of one tenant occupies or has announced."""

    byte_length = fields.BigIntField(default=0)
    pieces = fields.BigIntField(default=0)

    class Meta:
        table = "evidence_usage"


class EvidenceTimestamp(TenantOwned):
    """Token of a time-stamping authority over the digest of a piece of evidence."""

    evidence_id = fields.UUIDField()
    authority = fields.CharField(max_length=300)
    stamped_at = fields.DatetimeField()
    token = fields.BinaryField()

    class Meta:
        table = "evidence_timestamps"


class BlurredCopy(TenantOwned):
    """Copy of a photo for the public, with rectangles that a person drew filled in."""

    evidence_id = fields.UUIDField()
    version = fields.IntField()
    rectangles = fields.JSONField[list[Any]]()
    byte_length = fields.IntField()
    sha256 = fields.CharField(max_length=64)
    made_by = fields.CharField(max_length=120)
    made_at = fields.DatetimeField()

    class Meta:
        table = "evidence_blurred_copies"
