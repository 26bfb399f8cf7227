"""From a served decision to the public log, on the real database and store."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.blacklist import listing
from service.ids import new_id
from service.outbox import OutboxEvent
from service.publication import publisher, verifier
from service.publication.commands import News, announce
from service.publication.events import EventKind
from service.publication.log_writer import Log
from service.publication.publisher import prefix_of, signer_of
from service.publication.records import PublicationEvent, PublicationHead, PublicationLeaf
from service.publication.tlog import LogCorrupted
from service.storage import Bucket, ObjectMissing, Store, store
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import NAME, PERSON, Desk
from tests.conftest import Work, World


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    await store().create_buckets()
    yield Desk(world)
    # Some tests leave a log that cannot be written; nobody else should try to.
    async with tenant_transaction(world.department_scope()):
        await OutboxEvent.filter(district_id=world.district_id).delete()


async def files(world: World) -> dict[str, bytes]:
    """Every object of the district's feed."""
    prefix = prefix_of(world.code) + "/"
    found = {}
    async for head in store().list(Bucket.PUBLIC, prefix):
        found[head.key.removeprefix(prefix)] = (await store().get(Bucket.PUBLIC, head.key))[0]
    return found


def key(world: World) -> str:
    return str(signer_of(f"{publisher.LOG_NAME}/{world.code}").verifier_key)


async def check(world: World, **options: Any) -> verifier.Report:
    found = await files(world)
    return verifier.verify(found.__getitem__, key(world), clock.now(), **options)


async def leaves(world: World) -> list[dict[str, Any]]:
    found = await files(world)
    size = int(found["checkpoint"].split(b"\n")[1])
    return [json.loads(leaf) for leaf in verifier.read_leaves(found.__getitem__, size)]


async def head(world: World) -> PublicationHead:
    async with tenant_transaction(world.department_scope(), read_only=True):
        return await PublicationHead.get(tenant_id=world.office.tenant_id)


async def test_a_served_decision_becomes_public_and_a_withdrawal_takes_the_name_away(
    desk: Desk, work: Work
) -> None:
    case = await desk.served()
    done = await work()
    listed = await check(desk.world)
    shown = await files(desk.world)

    assert [task for task in done if task.startswith("blacklist")] == [
        "blacklist.publish",
        "blacklist.note_logged",
    ]
    assert (listed.faults, listed.size, listed.listed, listed.gone) == ([], 1, 1, 0)
    assert NAME in shown["pages/000.json"].decode()
    assert not any(PERSON in body.decode("utf-8", "ignore") for body in shown.values())
    assert not any("13800138000" in body.decode("utf-8", "ignore") for body in shown.values())
    published = await desk.reload(case)
    assert (published.state, published.leaf_index) == ("PUBLISHED", 0)

    await desk.do(listing.withdraw, case, f"{NAME}的处罚决定被撤销")
    await work()
    ended = await check(desk.world)
    left = await files(desk.world)

    assert (ended.faults, ended.size, ended.listed, ended.gone) == ([], 2, 0, 1)
    assert not any(NAME in body.decode("utf-8", "ignore") for body in left.values())
    assert "的处罚决定被撤销" in left["pages/000.html"].decode()
    assert [leaf["event"] for leaf in await leaves(desk.world)] == ["PUBLISH", "WITHDRAW"]
    assert (await desk.reload(case)).leaf_index == 1


async def test_publishing_twice_makes_one_entry(desk: Desk, work: Work) -> None:
    case = await desk.served()
    await listing.publish(case_scope(desk, case), case.id)
    await listing.publish(case_scope(desk, case), case.id)
    await publisher.flush(desk.world.district_id)
    await work()

    assert len(await leaves(desk.world)) == 1
    assert await publisher.flush(desk.world.district_id) == 0


def case_scope(desk: Desk, case: Any) -> Any:
    return next(t.scope() for t in desk.world.towns if t.owner.tenant_id == case.tenant_id)


@pytest.mark.parametrize("where", ["write_feed", "_note"])
async def test_a_crash_between_the_log_and_the_mark_is_repeated_without_a_second_entry(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    case = await desk.served()
    await listing.publish(case_scope(desk, case), case.id)

    async def die(*_: Any) -> None:
        raise ConnectionError("the worker died here")

    with monkeypatch.context() as patched:
        patched.setattr(publisher, where, die)
        with pytest.raises(ConnectionError):
            await publisher.flush(desk.world.district_id)
    between = await head(desk.world)
    in_log = await leaves(desk.world)
    again = await publisher.flush(desk.world.district_id)

    assert (between.size, between.logged_size, len(in_log)) == (1, 0, 1)
    assert again == 1
    assert await leaves(desk.world) == in_log
    assert (await check(desk.world)).faults == []
    assert (await head(desk.world)).logged_size == 1


async def test_a_crash_before_the_checkpoint_leaves_the_old_log_whole(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.served()
    await work()
    case = await desk.served(town=1)
    await listing.publish(case_scope(desk, case), case.id)

    async def die(*_: Any) -> bool:
        raise ConnectionError("the worker died here")

    with monkeypatch.context() as patched:
        patched.setattr(Log, "_swap", die)
        with pytest.raises(ConnectionError):
            await publisher.flush(desk.world.district_id)

    assert (await check(desk.world)).faults == []
    assert len(await leaves(desk.world)) == 1
    await publisher.flush(desk.world.district_id)
    assert (await check(desk.world)).size == 2


async def test_writers_that_race_make_one_log(desk: Desk) -> None:
    cases = [await desk.served(town=n % 2) for n in range(6)]

    async def one(case: Any) -> None:
        await listing.publish(case_scope(desk, case), case.id)
        await publisher.flush(desk.world.district_id)

    await asyncio.gather(*(one(case) for case in cases))
    report = await check(desk.world)

    assert (report.faults, report.size, report.listed) == ([], 6, 6)
    assert len({leaf["id"] for leaf in await leaves(desk.world)}) == 6


async def test_two_bare_writers_without_the_database_lock_cannot_fork(
    desk: Desk, work: Work
) -> None:
    for n in range(3):
        await desk.served(town=n % 2)
    await work()
    found = await files(desk.world)
    written = verifier.read_leaves(found.__getitem__, 3)
    more = [*written, b'{"a":1}', b'{"b":2}']
    log = Log(
        store(), prefix_of(desk.world.code), signer_of(f"{publisher.LOG_NAME}/{desk.world.code}")
    )

    made = await asyncio.gather(
        log.extend(0, more[:4]), log.extend(0, more), return_exceptions=True
    )
    final, _ = await log.checkpoint()
    after = await files(desk.world)

    assert final.size == 5
    assert made[1] == final
    assert isinstance(made[0], LogCorrupted) or made[0].size == 4
    assert verifier.read_leaves(after.__getitem__, 5) == more
    assert (
        list(verifier.check_tiles(after.__getitem__, [verifier.leaf_hash(x) for x in more])) == []
    )


async def test_entries_stand_in_the_order_of_commits(desk: Desk) -> None:
    cases = [await desk.served(town=n % 2) for n in range(8)]
    await asyncio.gather(*(listing.publish(case_scope(desk, case), case.id) for case in cases))
    await publisher.flush(desk.world.district_id)
    async with tenant_transaction(desk.scope, read_only=True):
        events = await PublicationEvent.filter(district_id=desk.world.district_id).order_by("seq")

    assert [leaf["id"] for leaf in await leaves(desk.world)] == [str(one.id) for one in events]
    assert [one.at for one in events] == sorted(one.at for one in events)


async def test_a_batch_smaller_than_the_queue_is_followed_by_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "BATCH", 2)
    for n in range(5):
        case = await desk.served(town=n % 2)
        await listing.publish(case_scope(desk, case), case.id)

    assert await publisher.flush(desk.world.district_id) == 5
    assert (await check(desk.world)).size == 5


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000.p/2"])
async def test_a_log_that_was_tampered_with_is_not_extended(
    desk: Desk, work: Work, path: str
) -> None:
    for n in range(2):
        await desk.served(town=n)
    await work()
    name = f"{prefix_of(desk.world.code)}/{path}"
    body = bytearray((await store().get(Bucket.PUBLIC, name))[0])
    body[-5] ^= 1
    await store().put(Bucket.PUBLIC, name, bytes(body), "application/octet-stream")
    case = await desk.served()
    await listing.publish(case_scope(desk, case), case.id)

    with pytest.raises(LogCorrupted):
        await publisher.flush(desk.world.district_id)
    assert (await check(desk.world)).faults != []
    assert (await head(desk.world)).logged_size == 2


async def test_a_database_set_back_behind_its_log_publishes_nothing(desk: Desk, work: Work) -> None:
    await desk.served()
    await work()
    prefix = prefix_of(desk.world.code)
    log = Log(store(), prefix, signer_of(f"{publisher.LOG_NAME}/{desk.world.code}"))
    known = verifier.read_leaves((await files(desk.world)).__getitem__, 1)
    await log.extend(0, [*known, b"lost", b"lost too"])
    case = await desk.served()
    await listing.publish(case_scope(desk, case), case.id)

    with pytest.raises(LogCorrupted, match="has 3 entries, we know of 2"):
        await publisher.flush(desk.world.district_id)


async def test_a_lost_log_is_not_begun_anew(desk: Desk, work: Work) -> None:
    await desk.served()
    await work()
    name = f"{prefix_of(desk.world.code)}/tile/0/000.p/1"
    await store().delete(Bucket.PUBLIC, name)
    case = await desk.served()
    await listing.publish(case_scope(desk, case), case.id)

    with pytest.raises(LogCorrupted, match="is missing"):
        await publisher.flush(desk.world.district_id)
    with pytest.raises(ObjectMissing):
        await store().get(Bucket.PUBLIC, f"{prefix_of(desk.world.code)}/tile/0/000.p/2")


async def test_a_fresh_snapshot_is_signed_without_new_events(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.served()
    await work()
    later = clock.now() + timedelta(hours=30)

    assert (
        verifier.verify((await files(desk.world)).__getitem__, key(desk.world), later)
        .faults[0]
        .startswith("the snapshot is stale")
    )
    monkeypatch.setattr(clock, "now", lambda: later)
    await publisher.refresh(desk.world.district_id)
    assert (await check(desk.world)).faults == []


async def announced(desk: Desk, kind: EventKind, entries: list[UUID]) -> None:
    """Events of many entries of one town, in one transaction."""
    async with tenant_transaction(desk.world.towns[0].scope()):
        for entry in entries:
            fields = {"party_name": NAME, "credit_code": "91990112MA0000016D", "cause": "未整改"}
            await announce(
                desk.world.towns[0].owner,
                News(
                    subject_id=entry,
                    entry_id=entry,
                    kind=kind,
                    publication="SERIOUS_DISHONESTY",
                    party_kind="ORGANISATION",
                    fields=fields,
                    persons=(),
                    reason="期满",
                ),
            )


async def test_an_event_rewrites_only_the_page_of_its_entry(desk: Desk) -> None:
    entries = [new_id() for _ in range(300)]
    await announced(desk, EventKind.PUBLISH, entries)
    await publisher.flush(desk.world.district_id)
    before = await files(desk.world)
    await announced(desk, EventKind.EXPIRE, entries[290:292])
    await publisher.flush(desk.world.district_id)
    after, report = await files(desk.world), await check(desk.world)

    assert (report.faults, report.size, report.listed, report.gone) == ([], 302, 298, 2)
    assert before["pages/000.json"] == after["pages/000.json"]
    assert before["pages/001.json"] != after["pages/001.json"]
    assert [page["gone"] for page in json.loads(after["parts/000.json"])["pages"]] == [0, 2]
    assert json.loads(after["manifest.json"])["parts"][0]["gone"] == 2


async def test_an_entry_that_ends_in_the_batch_it_began_in_keeps_its_page(desk: Desk) -> None:
    entries = [new_id() for _ in range(256)]
    await announced(desk, EventKind.PUBLISH, entries)
    await announced(desk, EventKind.WITHDRAW, entries[:3])
    await publisher.flush(desk.world.district_id)
    report = await check(desk.world)

    assert (report.faults, report.size, report.listed, report.gone) == ([], 259, 253, 3)
    assert "pages/001.json" not in await files(desk.world)


async def test_a_page_that_was_tampered_with_is_noticed_and_rebuilt(desk: Desk, work: Work) -> None:
    await desk.served()
    await work()
    name = f"{prefix_of(desk.world.code)}/pages/000.html"
    await store().put(Bucket.PUBLIC, name, b"<p>nobody here</p>", "text/html")

    assert (await check(desk.world)).faults == ["pages/000.html is not the file that was signed"]
    await publisher.refresh(desk.world.district_id)
    assert (await check(desk.world)).faults != []
    await publisher.refresh(desk.world.district_id, rebuild=True)
    assert (await check(desk.world)).faults == []


async def test_what_committed_cannot_be_changed_by_the_application(desk: Desk, work: Work) -> None:
    await desk.served()
    await work()

    for table in (PublicationEvent, PublicationLeaf):
        with pytest.raises(Exception, match="permission denied"):
            async with tenant_transaction(desk.scope):
                await table.all().delete()
    with pytest.raises(Exception, match="permission denied"):
        async with tenant_transaction(desk.scope):
            await PublicationEvent.all().update(kind="EXPIRE")


def test_the_store_is_the_one_of_this_process() -> None:
    assert isinstance(store(), Store)
