"""What anybody reads of the log, also in the middle of its being written."""

import json
from collections.abc import AsyncIterator

import pytest

from service import clock
from service.errors import Unavailable
from service.outbox import OutboxEvent
from service.publication import queries
from service.publication.feed import MANIFEST, page_path
from service.publication.publisher import prefix_of
from service.publication.queries import public_log
from service.storage import Bucket, Store, store
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import NAME, Desk
from tests.conftest import Work, World


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
        for one in log.entries(clock.now())
    ]


async def test_a_page_older_than_the_manifest_is_read_again_when_it_has_come(
    desk: Desk, work: Work
) -> None:
    world, page = desk.world, page_path(0, "json")
    await desk.served()
    await work()
    before, first_snapshot = await get(world, page), await get(world, "snapshot")
    await desk.served()
    await work()
    after, snapshot = await get(world, page), await get(world, "snapshot")
    assert before != after

    await put(world, page, before)
    assert await names(world) == [NAME, None]

    await put(world, page, after)
    # The reader asks anew once the snapshot is another version.
    await put(world, "snapshot", first_snapshot)
    await names(world)
    await put(world, "snapshot", snapshot)
    assert await names(world) == [NAME, NAME]


async def test_a_page_that_is_not_written_yet_hides_nothing_else(desk: Desk, work: Work) -> None:
    world = desk.world
    await desk.served()
    await work()
    manifest = json.loads(await get(world, MANIFEST))
    coming = {**manifest["pages"][0], "page": 1, "json": "0" * 64}

    await put(world, MANIFEST, json.dumps({"pages": [*manifest["pages"], coming]}).encode())

    assert await names(world) == [NAME]


async def test_a_store_that_cannot_be_reached_is_told_as_such(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.settings import settings

    await desk.served()
    await work()
    nowhere = settings().model_copy(update={"s3_endpoint": "http://127.0.0.1:1"})
    monkeypatch.setattr(queries, "store", lambda: Store(nowhere))

    with pytest.raises(Unavailable, match="ask again"):
        await public_log(desk.world.code)
