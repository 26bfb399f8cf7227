"""What the buckets of a deployment promise beside objects: versions, locks, origins, ranges."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx2
import pytest
from botocore.client import Config
from botocore.exceptions import ClientError

from service.settings import Settings
from service.storage import Bucket, Store


@pytest.fixture
def plain(s3_settings: Settings) -> Any:
    """The store as an intruder with its keys would reach it, past our door."""
    return boto3.client(
        "s3",
        endpoint_url=s3_settings.s3_endpoint,
        region_name=s3_settings.s3_region,
        aws_access_key_id=s3_settings.s3_access_key,
        aws_secret_access_key=s3_settings.s3_secret_key.get_secret_value(),
        config=Config(
            s3={"addressing_style": "path"}, request_checksum_calculation="when_required"
        ),
    )


async def test_an_overwritten_sealed_object_keeps_its_first_version(
    store: Store, key: str, plain: Any
) -> None:
    await store.put(Bucket.SEALED, key, b"as sealed", "image/jpeg")
    await store.put(Bucket.SEALED, key, b"as forged", "image/jpeg")

    where = {"Bucket": store.bucket_name(Bucket.SEALED)}
    versions = plain.list_object_versions(**where, Prefix=key)["Versions"]
    bodies = {
        plain.get_object(**where, Key=key, VersionId=one["VersionId"])["Body"].read()
        for one in versions
    }
    assert bodies == {b"as sealed", b"as forged"}


async def test_a_locked_version_cannot_be_deleted_before_its_day(
    store: Store, key: str, plain: Any
) -> None:
    where = {"Bucket": store.bucket_name(Bucket.SEALED), "Key": key}
    until = datetime.now(UTC) + timedelta(hours=1)
    made = plain.put_object(
        **where,
        Body=b"sealed",
        ContentMD5="C+rYhIA/6MVkPdoNy5SxvA==",
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=until,
    )

    with pytest.raises(ClientError):
        plain.delete_object(**where, VersionId=made["VersionId"])

    assert (await store.get(Bucket.SEALED, key))[0] == b"sealed"


async def test_a_browser_of_another_origin_may_send_parts_and_read_their_tags(
    store: Store, key: str
) -> None:
    request = await store.presign_put(Bucket.INCOMING, key, size=5, seconds=60)
    origin = {"Origin": "https://console.example"}
    async with httpx2.AsyncClient() as client:
        asked = await client.options(
            request.url, headers={**origin, "Access-Control-Request-Method": "PUT"}
        )
        sent = await client.put(request.url, content=b"photo", headers=request.headers | origin)

    assert asked.status_code in (200, 204)
    assert "PUT" in asked.headers["access-control-allow-methods"]
    assert sent.status_code == 200
    assert "etag" in sent.headers["access-control-expose-headers"].lower()


async def test_a_part_of_an_object_is_read_by_its_range(store: Store, key: str) -> None:
    await store.put(Bucket.SEALED, key, b"0123456789", "text/plain")
    url = await store.presign_get(Bucket.SEALED, key, seconds=60, filename="a")

    async with httpx2.AsyncClient() as client:
        middle = await client.get(url, headers={"Range": "bytes=3-6"})
        beyond = await client.get(url, headers={"Range": "bytes=50-60"})

    assert (middle.status_code, middle.content) == (206, b"3456")
    assert middle.headers["content-range"] == "bytes 3-6/10"
    assert beyond.status_code == 416
