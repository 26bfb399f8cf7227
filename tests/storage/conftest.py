"""The store of the test stack, under buckets that only the storage tests use."""

import secrets

import pytest

from service.settings import Settings, settings
from service.storage import Store


@pytest.fixture
def s3_settings(environment: None) -> Settings:
    return settings().model_copy(update={"s3_bucket_prefix": "storage-tests"})


@pytest.fixture
async def store(s3_settings: Settings) -> Store:
    store = Store(s3_settings)
    await store.create_buckets()
    return store


@pytest.fixture
def key() -> str:
    return f"{secrets.token_hex(8)}/object"
