"""The store under test: of the test stack, or another one that `make test-storage` names."""

import os
import secrets

import pytest
from pydantic import SecretStr

from infra.embedded import buckets
from service.settings import Settings, settings
from service.storage import Store

PREFIX = "storage-tests"


@pytest.fixture
def s3_settings(environment: None) -> Settings:
    chosen = {"s3_bucket_prefix": PREFIX}
    other = os.environ.get("ANSHANG_STORE_UNDER_TEST")
    if other is None:
        return settings().model_copy(update=chosen)
    return settings().model_copy(
        update={
            **chosen,
            "s3_endpoint": other,
            "s3_access_key": os.environ["ANSHANG_STORE_ACCESS_KEY"],
            "s3_secret_key": SecretStr(os.environ["ANSHANG_STORE_SECRET_KEY"]),
        }
    )


@pytest.fixture
async def store(s3_settings: Settings) -> Store:
    buckets.configure(
        s3_settings.s3_endpoint,
        s3_settings.s3_secret_key.get_secret_value(),
        PREFIX,
        access_key=s3_settings.s3_access_key,
    )
    return Store(s3_settings)


@pytest.fixture
def key() -> str:
    return f"{secrets.token_hex(8)}/object"
