"""Where the engines of a data directory are, and the secrets to use them."""

from pathlib import Path

from infra.embedded.memory import Memory
from infra.embedded.postgres import APP, OWNER, RELAY, Postgres
from infra.embedded.store import ACCESS_KEY, BUCKET_PREFIX, REGION, ObjectStore
from infra.embedded.valkey import Valkey


def addresses(data_dir: Path, memory: Memory) -> dict[str, str]:
    """The environment that leads to the engines of a data directory, as last started."""
    postgres = Postgres(data_dir, memory, durable=True)
    return {
        "ANSHANG_DATABASE_URL": postgres.url(APP, memory.app_password),
        "ANSHANG_OWNER_DATABASE_URL": postgres.url(OWNER, memory.owner_password),
        "ANSHANG_RELAY_DATABASE_URL": postgres.url(RELAY, memory.relay_password),
        "ANSHANG_SCOPE_KEY": memory.scope_key,
        "ANSHANG_REDIS_URL": Valkey(data_dir, memory, durable=True).url,
        "ANSHANG_S3_ENDPOINT": ObjectStore(data_dir, memory).url,
        "ANSHANG_S3_REGION": REGION,
        "ANSHANG_S3_ACCESS_KEY": ACCESS_KEY,
        "ANSHANG_S3_SECRET_KEY": memory.store_secret,
        "ANSHANG_S3_BUCKET_PREFIX": BUCKET_PREFIX,
        "ANSHANG_PUBLICATION_KEY": memory.publication_key,
        "ANSHANG_TOKEN_PEPPER": memory.token_pepper,
        "ANSHANG_REPORTER_KEY": memory.reporter_key,
    }
