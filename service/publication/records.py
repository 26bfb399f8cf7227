"""Tables of publication: events as they committed, and the log that they became."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class PublicationEvent(TenantOwned):
    """Event to be made public, with all that was known, owned by the tenant of the case."""

    seq = fields.BigIntField()
    entry_id = fields.UUIDField()
    subject_id = fields.UUIDField()
    kind = fields.CharField(max_length=10)
    publication = fields.CharField(max_length=20)
    at = fields.DatetimeField()
    since = fields.DatetimeField()
    policy = fields.CharField(max_length=20)
    full = fields.JSONField[dict[str, Any]]()
    secret = fields.CharField(max_length=64)
    record = fields.JSONField[dict[str, Any]]()
    salt = fields.CharField(max_length=64)
    leaf = fields.TextField()

    class Meta:
        table = "publication_events"


class PublicationLeaf(TenantOwned):
    """Event at its place in the log of a district, with all that is public of it."""

    leaf_index = fields.BigIntField()
    page = fields.BigIntField()
    event_id = fields.UUIDField()
    event_tenant_id = fields.UUIDField()
    subject_id = fields.UUIDField()
    entry_id = fields.UUIDField()
    kind = fields.CharField(max_length=10)
    since = fields.DatetimeField()
    leaf = fields.TextField()
    record = fields.JSONField[dict[str, Any]]()
    salt = fields.CharField(max_length=64)
    assigned_at = fields.DatetimeField()

    class Meta:
        table = "publication_leaves"


class PublicationHead(TenantOwned):
    """Head of the log of a district, owned by the district office."""

    origin = fields.CharField(max_length=120)
    last_seq = fields.BigIntField(default=0)
    size = fields.BigIntField(default=0)
    logged_size = fields.BigIntField(default=0)
    root = fields.CharField(max_length=64, default="")
    snapshot_at = fields.DatetimeField(null=True)

    class Meta:
        table = "publication_heads"


class PublicationPage(TenantOwned):
    """Digests of one page of a district's feed, owned by the district office."""

    page = fields.BigIntField()
    listed = fields.IntField()
    gone = fields.IntField()
    json = fields.CharField(max_length=64)
    csv = fields.CharField(max_length=64)
    html = fields.CharField(max_length=64)

    class Meta:
        table = "publication_pages"


class PublicationPart(TenantOwned):
    """Digests of one part of the manifest of a district's feed, owned by the district office."""

    part = fields.BigIntField()
    listed = fields.IntField()
    gone = fields.IntField()
    json = fields.CharField(max_length=64)
    html = fields.CharField(max_length=64)

    class Meta:
        table = "publication_parts"


class PublicationDay(TenantOwned):
    """Day of a district's log that is over: what the log held then, and who stood in the list."""

    day = fields.DateField()
    size = fields.BigIntField()
    root = fields.CharField(max_length=64)
    standing = fields.BigIntField()
    standing_root = fields.CharField(max_length=64)
    note = fields.TextField()

    class Meta:
        table = "publication_days"


class PublicationWitness(TenantOwned):
    """How far a witness has followed the log of a district, and its last cosignature."""

    key = fields.CharField(max_length=300)
    size = fields.BigIntField(default=0)
    line = fields.CharField(max_length=500, default="")
    cosigned_at = fields.DatetimeField(null=True)
    asked_at = fields.DatetimeField()
    problem = fields.CharField(max_length=20, default="")

    class Meta:
        table = "publication_witnesses"


class PublicationKey(TenantOwned):
    """Key that signs the log of a district, and the statement by which it took over."""

    generation = fields.IntField()
    key = fields.CharField(max_length=200)
    first_size = fields.BigIntField()
    since = fields.DatetimeField()
    until = fields.DatetimeField(null=True)
    statement = fields.TextField()

    class Meta:
        table = "publication_keys"
