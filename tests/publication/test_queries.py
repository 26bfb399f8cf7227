"""What anybody reads of the log, also in the middle of its being written."""

from collections.abc import AsyncIterator
from hashlib import sha256

import pytest

from service.blacklist import listing
from service.errors import Unavailable
from service.ids import new_id
from service.outbox import OutboxEvent
from service.publication import feed_writer, publisher, queries
from service.publication.events import EventKind
from service.publication.feed import MANIFEST, page_path
from service.publication.publisher import prefix_of
from service.publication.queries import PublicLog, public_log
from service.storage import Bucket, Head, Store, store
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import NAME, Desk
from tests.conftest import Work, World
from tests.publication.test_publisher import announced


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    await store().create_buckets()
    yield Desk(world)
    async with tenant_transaction(world.department_scope()):
        await OutboxEvent.filter(district_id=world.district_id).delete()


async def get(world: World, path: str) -> bytes:
    return (await store().get(Bucket.PUBLIC, f"{prefix_of(world.code)}/{path}"))[0]


async def put(world: World, path: str, body: bytes) -> None:
    await store().put(Bucket.PUBLIC, f"{prefix_of(world.code)}/{path}", body, "text/plain")


async def names(world: World) -> list[str | None]:
    log = await public_log(world.code)
    assert log is not None
    return [
        one.item["record"]["shown"]["party_name"] if one.item else None
        for one in (await log.entries()).entries
    ]


async def test_a_page_older_than_the_manifest_is_never_shown(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_PAUSE", 0)
    world, page = desk.world, page_path(0, "json")
    case = await desk.served()
    await work()
    before = await get(world, page)
    await desk.do(listing.withdraw, case, "处罚决定被撤销")
    await work()
    after = await get(world, page)
    assert NAME in before.decode()

    await put(world, page, before)
    with pytest.raises(Unavailable, match="being written"):
        await (await head(world)).items(0, sha256(after).hexdigest())
    await put(world, page, after)
    assert await names(world) == []


async def test_a_page_newer_than_the_manifest_is_taken_since_it_shows_less(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await desk.served()
    await desk.served()
    await work()
    await desk.do(listing.withdraw, case, "处罚决定被撤销")

    async def die(*_: object) -> None:
        raise ConnectionError("the worker died here")

    with monkeypatch.context() as patched:
        patched.setattr(feed_writer, "_write_parts", die)
        with pytest.raises(ConnectionError):
            await publisher.flush(desk.world.district_id)

    assert await names(desk.world) == [None, NAME]
    await publisher.flush(desk.world.district_id)
    assert await names(desk.world) == [NAME]


async def test_lists_that_do_not_fit_their_signature_are_not_shown(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_PAUSE", 0)
    await desk.served()
    await work()
    manifest = await get(desk.world, MANIFEST)
    await put(desk.world, MANIFEST, manifest.replace(b'"listed":1', b'"listed":0'))

    with pytest.raises(Unavailable, match="being written"):
        await public_log(desk.world.code)
    await put(desk.world, MANIFEST, manifest)
    assert await names(desk.world) == [NAME]


async def test_a_question_reads_what_its_answer_needs_however_long_the_log_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, entries = [], [new_id() for _ in range(1500)]
    await announced(desk, EventKind.PUBLISH, entries)
    await announced(desk, EventKind.EXPIRE, entries[700:702])
    await publisher.flush(desk.world.district_id)
    log = await head(desk.world)
    get_object = Store.get

    async def counting(self: Store, bucket: Bucket, key: str) -> tuple[bytes, Head]:
        read.append(key.split("/", 2)[2])
        return await get_object(self, bucket, key)

    monkeypatch.setattr(Store, "get", counting)
    await log.tiles.proof(1501)
    assert len(read) <= 1 + 2 + 1  # one bundle, the tiles of its two levels, and their neighbour
    read.clear()

    found = await log.entries(start=700, limit=10)
    assert [one.places[0] for one in found.entries] == list(range(702, 712))
    assert found.more
    assert read == ["parts/000.json", "pages/002.json"]
    read.clear()

    when = found.entries[0].at
    assert await log.tiles.size_at(when) in range(703, 1503)
    assert len(read) <= 11


async def head(world: World) -> PublicLog:
    log = await public_log(world.code)
    assert log is not None
    return log


async def test_a_store_that_cannot_be_reached_is_told_as_such(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.settings import settings

    await desk.served()
    await work()
    nowhere = settings().model_copy(update={"s3_endpoint": "http://127.0.0.1:1"})
    monkeypatch.setattr(publisher, "store", lambda: Store(nowhere))

    with pytest.raises(Unavailable, match="ask again"):
        await public_log(desk.world.code)
