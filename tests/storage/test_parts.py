"""Uploads in parts by presigned URL: what the signature binds, and resuming."""

import asyncio
from base64 import b64encode
from hashlib import sha256
from tempfile import TemporaryFile

import httpx2
import pytest

from service.storage import (
    Bucket,
    FileSection,
    ObjectMissing,
    PreconditionFailed,
    SignedRequest,
    Store,
)
from service.storage_types import MIN_PART

FULL = b"\xa5" * MIN_PART


async def send(request: SignedRequest, body: bytes, **changed: str) -> int:
    async with httpx2.AsyncClient() as client:
        answer = await client.put(request.url, content=body, headers=request.headers | changed)
        return answer.status_code


async def test_parts_sent_by_url_become_the_object(store: Store, key: str) -> None:
    upload = await store.create_multipart(Bucket.INCOMING, key, "video/mp4")
    for number, body in ((2, b"tail"), (1, FULL)):
        request = await store.presign_part(
            Bucket.INCOMING, key, upload, number, size=len(body), seconds=60
        )
        assert await send(request, body) == 200

    parts = await store.list_parts(Bucket.INCOMING, key, upload)
    etag = await store.complete_multipart(Bucket.INCOMING, key, upload, parts)

    assert [(part.number, part.size) for part in parts] == [(1, MIN_PART), (2, 4)]
    body, head = await store.get(Bucket.INCOMING, key)
    assert body == FULL + b"tail"
    assert (head.etag, head.content_type) == (etag, "video/mp4")


async def test_url_is_bound_to_key_part_length_digest_and_time(store: Store, key: str) -> None:
    upload = await store.create_multipart(Bucket.INCOMING, key, "image/jpeg")
    body, other = b"photo", b"forge"
    request = await store.presign_part(
        Bucket.INCOMING, key, upload, 1, size=5, seconds=60, sha256=sha256(body).digest()
    )
    brief = await store.presign_part(Bucket.INCOMING, key, upload, 1, size=5, seconds=1)
    moved = SignedRequest("PUT", request.url.replace(key, f"{key}2"), request.headers)
    shifted = SignedRequest("PUT", request.url.replace("Number=1", "Number=2"), request.headers)
    digest = b64encode(sha256(other).digest()).decode()
    await asyncio.sleep(2.1)

    assert await send(moved, body) == 403
    assert await send(shifted, body) == 403
    assert await send(request, b"longer than said", **{"Content-Length": "16"}) == 403
    assert await send(request, other, **{"x-amz-checksum-sha256": digest}) == 403
    assert await send(brief, body) == 403
    assert await send(request, other) == 400
    assert await store.list_parts(Bucket.INCOMING, key, upload) == ()
    assert await send(request, body) == 200


async def test_finished_upload_takes_no_more_parts(store: Store, key: str) -> None:
    upload = await store.create_multipart(Bucket.INCOMING, key, "image/jpeg")
    request = await store.presign_part(Bucket.INCOMING, key, upload, 1, size=5, seconds=60)
    assert await send(request, b"photo") == 200
    parts = await store.list_parts(Bucket.INCOMING, key, upload)
    await store.complete_multipart(Bucket.INCOMING, key, upload, parts)

    assert await send(request, b"other") == 404

    assert (await store.get(Bucket.INCOMING, key))[0] == b"photo"


async def test_create_only_completion_leaves_what_is_there(store: Store, key: str) -> None:
    await store.put(Bucket.SEALED, key, b"sealed", "image/jpeg")
    upload = await store.create_multipart(Bucket.SEALED, key, "image/jpeg")
    part = await store.put_part(Bucket.SEALED, key, upload, 1, b"usurper")

    with pytest.raises(PreconditionFailed):
        await store.complete_multipart(Bucket.SEALED, key, upload, [part], if_absent=True)

    assert (await store.get(Bucket.SEALED, key))[0] == b"sealed"


async def test_aborted_upload_is_missing_and_aborting_twice_is_harmless(
    store: Store, key: str
) -> None:
    upload = await store.create_multipart(Bucket.INCOMING, key, "image/jpeg")
    await store.put_part(Bucket.INCOMING, key, upload, 1, b"x")

    await store.abort_multipart(Bucket.INCOMING, key, upload)
    await store.abort_multipart(Bucket.INCOMING, key, upload)

    with pytest.raises(ObjectMissing):
        await store.list_parts(Bucket.INCOMING, key, upload)
    assert not await store.exists(Bucket.INCOMING, key)


async def test_open_uploads_are_listed_until_they_end(store: Store, key: str) -> None:
    first = await store.create_multipart(Bucket.INCOMING, f"{key}/a", "image/jpeg")
    second = await store.create_multipart(Bucket.INCOMING, f"{key}/b", "image/jpeg")
    await store.create_multipart(Bucket.INCOMING, f"other-{key}", "image/jpeg")
    await store.abort_multipart(Bucket.INCOMING, f"{key}/a", first)

    found = await store.list_uploads(Bucket.INCOMING, key)

    assert [(upload.key, upload.id) for upload in found] == [(f"{key}/b", second)]


async def test_section_of_a_file_is_sent_as_it_stands(store: Store, key: str) -> None:
    content = bytes(range(256)) * 40_000
    with TemporaryFile() as file:
        file.write(content)
        file.flush()
        descriptor = file.fileno()
        upload = await store.create_multipart(Bucket.SEALED, key, "video/mp4")
        sections = [FileSection(descriptor, 0, MIN_PART), FileSection(descriptor, MIN_PART, 900)]
        parts = [
            await store.put_part(Bucket.SEALED, key, upload, number, section)
            for number, section in enumerate(sections, 1)
        ]
        await store.complete_multipart(Bucket.SEALED, key, upload, parts)
        short = FileSection(descriptor, 10, 20)
        assert await store.put_if_absent(Bucket.SEALED, f"{key}2", short, "text/plain")

    assert [part.size for part in parts] == [MIN_PART, 900]
    assert (await store.get(Bucket.SEALED, key))[0] == content[: MIN_PART + 900]
    assert (await store.get(Bucket.SEALED, f"{key}2"))[0] == content[10:30]


def test_section_reads_within_its_bounds() -> None:
    with TemporaryFile() as file:
        file.write(b"0123456789")
        file.flush()
        section = FileSection(file.fileno(), 2, 5)

        assert len(section) == 5
        assert section.read() == b"23456"
        assert section.read() == b""
        assert (section.seek(-2, 2), section.read(9)) == (3, b"56")
        assert (section.seek(1), section.seek(1, 1), section.tell(), section.read(1)) == (
            1,
            2,
            2,
            b"4",
        )
        assert (section.seek(99), section.read()) == (99, b"")
