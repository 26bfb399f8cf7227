"""Tables of documents."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class DocumentCounter(TenantOwned):
    """Last number that a body gave to a kind of document in a year."""

    body_id = fields.UUIDField()
    kind = fields.CharField(max_length=24)
    year = fields.IntField()
    last_number = fields.IntField()

    class Meta:
        table = "document_counters"


class Document(TenantOwned):
    """Version of one document, with what it says and the file that says it."""

    kind = fields.CharField(max_length=24)
    body_id = fields.UUIDField()
    issuer = fields.CharField(max_length=100)
    year = fields.IntField()
    sequence = fields.IntField()
    version = fields.IntField(default=1)
    number = fields.CharField(max_length=80)
    subject = fields.CharField(max_length=40)
    subject_id = fields.UUIDField()
    enterprise_id = fields.UUIDField(null=True)
    content = fields.JSONField[dict[str, Any]]()
    content_sha256 = fields.CharField(max_length=64)
    template_id = fields.UUIDField(null=True)
    verify_code = fields.CharField(max_length=26)
    verify_url = fields.CharField(max_length=200)
    issued_at = fields.DatetimeField()
    issued_on = fields.DateField()
    issued_by = fields.CharField(max_length=120)
    replaces = fields.UUIDField(null=True)
    replace_reason = fields.CharField(max_length=400, default="")
    standing = fields.CharField(max_length=10, default="VALID")
    ended_at = fields.DatetimeField(null=True)
    void_reason = fields.CharField(max_length=400, default="")
    state = fields.CharField(max_length=10, default="ISSUED")
    sha256 = fields.CharField(max_length=64, default="")
    byte_length = fields.IntField(default=0)
    rendered_at = fields.DatetimeField(null=True)
    fell_back = fields.BooleanField(default=False)
    failure = fields.CharField(max_length=1000, default="")

    class Meta:
        table = "documents"

    @property
    def key(self) -> str:
        """Key of the file in the sealed bucket."""
        return f"documents/{self.tenant_id}/{self.id}.pdf"


class DocumentCheck(TenantOwned):
    """What the public may learn of a document by its code, and no more."""

    document_id = fields.UUIDField()
    code = fields.CharField(max_length=26)
    kind = fields.CharField(max_length=24)
    number = fields.CharField(max_length=80)
    version = fields.IntField()
    issuer = fields.CharField(max_length=100)
    issued_on = fields.DateField()
    standing = fields.CharField(max_length=10, default="VALID")
    ended_on = fields.DateField(null=True)
    sha256 = fields.CharField(max_length=64, default="")

    class Meta:
        table = "document_checks"


class DocumentTemplate(TenantOwned):
    """Version of a tenant's wording of one kind of document, in force from a day."""

    kind = fields.CharField(max_length=24)
    number = fields.IntField()
    effective_from = fields.DateField()
    blocks = fields.JSONField[dict[str, str]](default=dict)
    source = fields.TextField(default="")
    restores = fields.IntField(null=True)
    note = fields.CharField(max_length=400, default="")
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=120)

    class Meta:
        table = "document_templates"
