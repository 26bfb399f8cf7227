"""Whole objects: conditional writes, listing, streaming and typed failures, over real S3."""

import asyncio
import socket
from hashlib import md5

import httpx2
import pytest
from pydantic import SecretStr

from service.settings import Settings
from service.storage import (
    Bucket,
    ObjectMissing,
    PreconditionFailed,
    Store,
    StoreError,
    StoreUnavailable,
)


async def test_created_buckets_are_not_created_again(store: Store) -> None:
    assert await store.create_buckets() == []


async def test_what_was_put_is_read_back_with_its_type(store: Store, key: str) -> None:
    etag = await store.put(Bucket.PUBLIC, key, b"feed", "application/json", "max-age=60")

    body, head = await store.get(Bucket.PUBLIC, key)

    assert body == b"feed"
    assert (head.etag, head.size, head.content_type) == (etag, 4, "application/json")
    assert etag == md5(b"feed", usedforsecurity=False).hexdigest()


async def test_put_if_absent_leaves_the_first_object(store: Store, key: str) -> None:
    assert await store.put_if_absent(Bucket.SEALED, key, b"first", "text/plain") is True

    assert await store.put_if_absent(Bucket.SEALED, key, b"second", "text/plain") is False
    assert (await store.get(Bucket.SEALED, key))[0] == b"first"


async def test_of_many_concurrent_creators_exactly_one_wins(store: Store, key: str) -> None:
    async def create(number: int) -> bool:
        return await store.put_if_absent(Bucket.SEALED, key, b"%d" % number * 9999, "text/plain")

    for attempt in range(5):
        key += str(attempt)
        outcomes = await asyncio.gather(*(create(number) for number in range(16)))
        winner = outcomes.index(True)

        assert sum(outcomes) == 1
        assert (await store.get(Bucket.SEALED, key))[0] == b"%d" % winner * 9999


async def test_put_if_match_replaces_only_the_named_version(store: Store, key: str) -> None:
    first = await store.put(Bucket.PUBLIC, key, b"1", "text/plain")
    second = await store.put_if_match(Bucket.PUBLIC, key, b"2", "text/plain", first)

    with pytest.raises(PreconditionFailed):
        await store.put_if_match(Bucket.PUBLIC, key, b"3", "text/plain", first)
    with pytest.raises(ObjectMissing):
        await store.put_if_match(Bucket.PUBLIC, f"{key}-none", b"3", "text/plain", first)

    body, head = await store.get(Bucket.PUBLIC, key)
    assert (body, head.etag) == (b"2", second)


async def test_of_many_concurrent_replacements_exactly_one_wins(store: Store, key: str) -> None:
    etag = await store.put(Bucket.PUBLIC, key, b"start", "text/plain")

    async def replace(number: int) -> int:
        try:
            await store.put_if_match(Bucket.PUBLIC, key, b"%d" % number, "text/plain", etag)
        except PreconditionFailed:
            return 0
        return 1

    assert sum(await asyncio.gather(*(replace(number) for number in range(16)))) == 1


async def test_stream_comes_in_bounded_pieces(store: Store, key: str) -> None:
    body = bytes(range(256)) * 1000
    await store.put(Bucket.INCOMING, key, body, "application/octet-stream")

    pieces = [piece async for piece in store.open_stream(Bucket.INCOMING, key, chunk=100_000)]

    assert b"".join(pieces) == body
    assert max(len(piece) for piece in pieces) <= 100_000
    assert len(pieces) == 3


async def test_stream_of_another_version_is_refused(store: Store, key: str) -> None:
    etag = await store.put(Bucket.INCOMING, key, b"as verified", "text/plain")
    await store.put(Bucket.INCOMING, key, b"swapped", "text/plain")

    with pytest.raises(PreconditionFailed):
        _ = [piece async for piece in store.open_stream(Bucket.INCOMING, key, etag=etag)]


async def test_copy_is_bound_to_a_version(store: Store, key: str) -> None:
    etag = await store.put(Bucket.INCOMING, key, b"photo", "image/jpeg")

    await store.copy(Bucket.INCOMING, key, Bucket.SEALED, key, etag=etag)
    with pytest.raises(PreconditionFailed):
        await store.copy(Bucket.INCOMING, key, Bucket.DERIVED, key, etag="0" * 32)

    assert (await store.get(Bucket.SEALED, key))[0] == b"photo"
    assert not await store.exists(Bucket.DERIVED, key)


async def test_list_walks_every_page_of_one_prefix(store: Store, key: str) -> None:
    names = [f"{key}/{number:04}" for number in range(1005)]
    for start in range(0, len(names), 32):
        await asyncio.gather(
            *(store.put(Bucket.DERIVED, n, b"", "text/plain") for n in names[start : start + 32])
        )
    await store.put(Bucket.DERIVED, f"other-{key}", b"", "text/plain")

    assert [head.key async for head in store.list(Bucket.DERIVED, key)] == names


async def test_deleted_object_is_missing_and_deleting_twice_is_harmless(
    store: Store, key: str
) -> None:
    await store.put(Bucket.DERIVED, key, b"x", "text/plain")

    await store.delete(Bucket.DERIVED, key)
    await store.delete(Bucket.DERIVED, key)

    for reading in (store.get(Bucket.DERIVED, key), store.head(Bucket.DERIVED, key)):
        with pytest.raises(ObjectMissing):
            await reading


async def test_download_link_serves_a_neutral_attachment(store: Store, key: str) -> None:
    await store.put(Bucket.SEALED, key, b"<script>", "text/html")
    url = await store.presign_get(Bucket.SEALED, key, seconds=60, filename="现场 照片.jpg")

    async with httpx2.AsyncClient() as client:
        answer = await client.get(url)

    assert answer.content == b"<script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"_____.jpg\"; filename*=UTF-8''"
        "%E7%8E%B0%E5%9C%BA%20%E7%85%A7%E7%89%87.jpg"
    )


async def test_filename_cannot_break_out_of_the_header(store: Store, key: str) -> None:
    await store.put(Bucket.SEALED, key, b"x", "text/plain")
    hostile = 'a"\r\nSet-Cookie: x=1; filename=b.html'
    url = await store.presign_get(Bucket.SEALED, key, seconds=60, filename=hostile)

    async with httpx2.AsyncClient() as client:
        answer = await client.get(url)

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"].count('"') == 2


async def test_download_link_serves_one_object_for_a_while(store: Store, key: str) -> None:
    await store.put(Bucket.SEALED, key, b"mine", "text/plain")
    await store.put(Bucket.SEALED, f"{key}-2", b"theirs", "text/plain")
    url = await store.presign_get(Bucket.SEALED, key, seconds=60, filename="a")
    brief = await store.presign_get(Bucket.SEALED, key, seconds=1, filename="a")
    await asyncio.sleep(2.1)

    async with httpx2.AsyncClient() as client:
        statuses = [
            (await client.get(url.replace(f"{key}?", f"{key}-2?"))).status_code,
            (await client.get(brief)).status_code,
            (await client.get(url.split("?")[0])).status_code,
            (await client.get(url)).status_code,
        ]

    assert statuses == [403, 403, 403, 200]


async def test_store_that_does_not_answer_is_unavailable(s3_settings: Settings) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = s3_settings.model_copy(
            update={"s3_endpoint": f"http://127.0.0.1:{closed.getsockname()[1]}"}
        )
        with pytest.raises(StoreUnavailable):
            await Store(away).get(Bucket.PUBLIC, "x")


async def test_wrong_secret_is_an_error_of_ours(s3_settings: Settings, key: str) -> None:
    stranger = s3_settings.model_copy(
        update={"s3_access_key": "stranger", "s3_secret_key": SecretStr("wrong")}
    )

    with pytest.raises(StoreError) as refusal:
        await Store(stranger).put(Bucket.PUBLIC, key, b"x", "text/plain")

    assert type(refusal.value) is StoreError


async def test_stream_that_breaks_off_is_unavailable_not_short(s3_settings: Settings) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: "e"\r\n'
            b"Last-Modified: Mon, 05 Jan 2026 00:00:00 GMT\r\n\r\n" + b"x" * 400
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(half, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    store = Store(s3_settings.model_copy(update={"s3_endpoint": f"http://127.0.0.1:{port}"}))

    async with server:
        with pytest.raises(StoreUnavailable):
            _ = [piece async for piece in store.open_stream(Bucket.SEALED, "x")]
