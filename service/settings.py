"""Settings of one process, read from the environment (`ANSHANG_*`)."""

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class WitnessAddress(BaseModel):
    """Where a witness of the public log is asked, and the key it cosigns with."""

    key: str
    url: str


class Settings(BaseSettings):
    """Every engine is a URL, so that an embedded one and a managed one look alike."""

    model_config = SettingsConfigDict(env_prefix="ANSHANG_", extra="ignore")

    database_url: str = "postgres://anshang_app@127.0.0.1:5432/anshang"
    owner_database_url: str = "postgres://anshang_owner@127.0.0.1:5432/anshang"
    relay_database_url: str = "postgres://anshang_relay@127.0.0.1:5432/anshang"
    database_pool_size: int = Field(default=10, ge=1, le=200)
    scope_key: SecretStr = SecretStr("")
    """Hex key of the scope's HMAC, 32 bytes; the database keeps its twin out of reach."""

    app_points_per_hour: int = Field(default=200_000, ge=1)
    """Budget of an application in one town: points of cost an hour (docs/api/limits.md)."""

    changes_kept_days: int = Field(default=90, ge=1)
    """How far back the change feed goes, days; an older cursor is refused."""

    redis_url: str = "redis://127.0.0.1:6379/0"
    queue_namespace: str = "anshang"

    s3_endpoint: str = "http://127.0.0.1:4566"
    s3_public_endpoint: str = ""
    """The store as phones and browsers reach it, when it differs from `s3_endpoint`."""
    s3_region: str = "us-east-1"
    s3_access_key: str = "anshang"
    s3_secret_key: SecretStr = SecretStr("")
    s3_bucket_prefix: str = "anshang"
    """Buckets are `<prefix>-incoming`, `<prefix>-sealed`, `<prefix>-derived`, `<prefix>-public`."""

    clamd_url: str = ""
    """`tcp://host:port` or `unix:///path`; empty means evidence is marked unscanned."""
    tsa_url: str = ""
    """RFC 3161 time-stamping authority; empty means none."""

    public_url: str = "http://127.0.0.1:8000"
    """Origin under which the API is reached, without a slash at its end."""
    feed_url: str = ""
    """Origin of the public bucket; empty means the API serves the feed itself."""
    explorer_dir: Path | None = None
    """Where the schema explorer's scripts were installed; None switches the explorer off."""
    console_dir: Path | None = None
    """Where the console was built; None switches the console off."""
    publication_key: SecretStr = SecretStr("")
    """Hex seed, 32 bytes, of the ed25519 key that signs checkpoints and snapshots.

    Several with commas between them, oldest first, while keys change (docs/proofs.md).
    """
    publication_witnesses: list[WitnessAddress] = []
    """JSON: `[{"key": "name+hash+key", "url": "https://…"}]`, asked to cosign checkpoints."""
    publication_witness_quorum: int = Field(default=0, ge=0)
    """How many of them must have cosigned for a checkpoint to count as witnessed."""
    token_pepper: SecretStr = SecretStr("")
    """Hex key, 32 bytes, mixed into the hashes of stored tokens."""
    reporter_key: SecretStr = SecretStr("")
    """Hex key, 32 bytes, that seals who reported to 12350; the database never has it."""

    webhook_intranet_hosts: str = ""
    """Hosts, or host:port, separated by commas, that webhooks may reach although they are private,
    also by plain http (docs/api/webhooks.md)."""
    webhook_ca_file: str = ""
    """File of the certificates to trust at webhooks' addresses; empty means the usual ones."""

    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
