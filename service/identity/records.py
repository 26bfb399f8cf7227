"""Tables of identity.

Accounts, sessions, applications and tokens belong to the platform and are seen by its scope
alone; memberships and grants belong to the town that gave them.
"""

from tortoise import fields
from tortoise.models import Model

from tenants.ids import new_id
from tenants.records import TenantOwned


class Account(Model):
    """Person who may sign in."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    login = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=60)
    password_hash = fields.CharField(max_length=200, null=True)
    oidc_subject = fields.CharField(max_length=255, null=True)
    status = fields.CharField(max_length=12, default="ACTIVE")
    created_at = fields.DatetimeField()

    class Meta:
        table = "accounts"


class Membership(TenantOwned):
    """Capacity in which an account acts for one tenant during a time."""

    account_id = fields.UUIDField()
    name = fields.CharField(max_length=60)
    role = fields.CharField(max_length=16)
    body_id = fields.UUIDField(null=True)
    enterprise_id = fields.UUIDField(null=True)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "memberships"


class Session(Model):
    """Signed-in browser or device of an account."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    token_hash = fields.CharField(max_length=64, unique=True)
    account_id = fields.UUIDField()
    membership_id = fields.UUIDField()
    method = fields.CharField(max_length=10)
    created_at = fields.DatetimeField()
    last_seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sessions"


class Application(Model):
    """Third-party application."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    client_id = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=100)
    scopes = fields.JSONField[list[str]](default=list)
    secret_hash = fields.CharField(max_length=64)
    previous_secret_hash = fields.CharField(max_length=64, null=True)
    previous_secret_until = fields.DatetimeField(null=True)
    status = fields.CharField(max_length=12, default="ACTIVE")
    created_at = fields.DatetimeField()

    class Meta:
        table = "apps"


class AppGrant(TenantOwned):
    """What one town lets one application see or do."""

    app_id = fields.UUIDField()
    app_name = fields.CharField(max_length=100)
    client_id = fields.CharField(max_length=40)
    scopes = fields.JSONField[list[str]](default=list)
    state = fields.CharField(max_length=12, default="REQUESTED")
    requested_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    decided_by = fields.CharField(max_length=120, default="")

    class Meta:
        table = "app_grants"


class AppUsage(TenantOwned):
    """What an application asked of one town on one day under one name of an operation."""

    app_id = fields.UUIDField()
    day = fields.DateField()
    operation = fields.CharField(max_length=80)
    several = fields.BooleanField()
    epoch = fields.CharField(max_length=16)
    requests = fields.BigIntField()
    points = fields.BigIntField()
    refused = fields.BigIntField()

    class Meta:
        table = "app_usage"


class AppToken(Model):
    """Access token of an application."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    token_hash = fields.CharField(max_length=64, unique=True)
    app_id = fields.UUIDField()
    scopes = fields.JSONField[list[str]](default=list)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "app_tokens"


class OidcFlow(Model):
    """Sign-in that was sent to the identity provider and has not come back."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    state_hash = fields.CharField(max_length=64, unique=True)
    browser_hash = fields.CharField(max_length=64)
    nonce = fields.CharField(max_length=64)
    verifier = fields.CharField(max_length=128)
    next_path = fields.CharField(max_length=500, default="/")
    expires_at = fields.DatetimeField()

    class Meta:
        table = "oidc_flows"
