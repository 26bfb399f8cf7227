"""Change of a log's key: nobody who knew the old one is left behind, nobody follows a false one."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service import clock
from service.audit import AuditEntry
from service.database import credentials
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.outbox import OutboxEvent
from service.publication import publisher, verifier
from service.publication.commands import News, announce
from service.publication.events import EventKind
from service.publication.notes import Checkpoint, Signer
from service.publication.publisher import LOG_NAME, prefix_of
from service.publication.records import PublicationKey
from service.publication.tlog import LogCorrupted
from service.settings import settings
from service.storage import Bucket, store
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.publication.test_publisher import files

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW, THIRD = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32
SCRIPT = [sys.executable, "-I", verifier.__file__]


@pytest.fixture
async def district(world: World) -> AsyncIterator[World]:
    """A district whose deployment has one seed, with two events out."""
    configure(OLD)
    await store().create_buckets()
    await publish(world, 2)
    yield world
    async with tenant_transaction(world.department_scope()):
        await OutboxEvent.filter(district_id=world.district_id).delete()


def configure(*seeds: bytes) -> None:
    os.environ["ANSHANG_PUBLICATION_KEY"] = ",".join(seed.hex() for seed in seeds)
    settings.cache_clear()


def key(world: World, seed: bytes) -> str:
    return str(Signer(f"{LOG_NAME}/{world.code}", seed).verifier_key)


async def publish(world: World, count: int) -> None:
    owner = world.towns[0].owner
    async with tenant_transaction(world.towns[0].scope()):
        for _ in range(count):
            entry = new_id()
            await announce(
                owner, News(entry, entry, EventKind.PUBLISH, "MEDIA_EXPOSURE", "UNKNOWN", {}, ())
            )
    await publisher.flush(world.district_id)


async def faults(world: World, seed: bytes, **options: Any) -> list[str]:
    found = await files(world)
    report = verifier.verify(found.__getitem__, key(world, seed), clock.now(), **options)
    return report.faults


async def signatures(world: World) -> list[str]:
    note = (await files(world))["checkpoint"].decode()
    return [line for line in note.split("\n\n")[1].split("\n") if line]


async def generations(world: World) -> list[tuple[int, str]]:
    async with tenant_transaction(world.department_scope(), read_only=True):
        rows = await PublicationKey.filter(tenant_id=world.office.tenant_id).order_by("generation")
    return [(row.generation, row.key) for row in rows]


async def test_both_keys_sign_during_the_overlap_and_every_reader_goes_on(district: World) -> None:
    before = await files(district)
    configure(OLD, NEW)
    done = await publisher.rotate_key(district.district_id, timedelta(days=30))

    assert (done.old, done.new, done.size) == (key(district, OLD), key(district, NEW), 2)
    assert len(await signatures(district)) == 2
    assert (await files(district))["key"].decode().strip() == key(district, NEW)
    assert await faults(district, OLD) == [] == await faults(district, NEW)
    # A reader that knows nothing of hand-overs finds the signature of the key it has.
    await publish(district, 1)
    after = await files(district)
    text = Signer(f"{LOG_NAME}/{district.code}", OLD).verifier_key.open(
        after["checkpoint"].decode()
    )
    assert Checkpoint.parse(text).size == 3
    # What was signed before stays verifiable, and the log goes on from it.
    size, root = before["checkpoint"].decode().split("\n")[1:3]
    seen = (f"{LOG_NAME}/{district.code}", int(size), verifier.b64decode(root))
    assert await faults(district, NEW, known=seen) == []


async def test_after_the_overlap_only_the_new_key_signs_and_the_old_one_leads_to_it(
    district: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(OLD, NEW)
    await publisher.rotate_key(district.district_id, timedelta(days=30))
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    configure(NEW)  # the old seed may be destroyed now
    await publish(district, 1)

    assert len(await signatures(district)) == 1
    assert await faults(district, OLD) == [] == await faults(district, NEW)


async def test_the_old_key_alone_counts_for_nothing_once_it_was_handed_over(
    district: World,
) -> None:
    configure(OLD, NEW)
    await publisher.rotate_key(district.district_id, timedelta(0))
    found = await files(district)
    forged = Checkpoint.parse(found["checkpoint"].decode())
    thief = Signer(f"{LOG_NAME}/{district.code}", OLD)
    found["checkpoint"] = thief.sign(forged.text()).encode()
    report = verifier.verify(found.__getitem__, key(district, OLD), clock.now())

    assert report.faults == [f"no valid signature of {LOG_NAME}/{district.code}"]


async def test_a_hand_over_that_the_old_key_did_not_sign_is_not_followed(district: World) -> None:
    configure(OLD, NEW)
    await publisher.rotate_key(district.district_id)
    found = await files(district)
    (statement,) = json.loads(found["handovers.json"])
    text = statement.rpartition("\n\n")[0] + "\n"
    stolen = text.replace(key(district, NEW), key(district, THIRD))
    thief = Signer(f"{LOG_NAME}/{district.code}", THIRD)
    found["handovers.json"] = json.dumps([thief.sign(stolen)]).encode()
    report = verifier.verify(found.__getitem__, key(district, OLD), clock.now())

    assert report.faults == [f"no valid signature of {LOG_NAME}/{district.code}"]


async def test_a_hand_over_of_another_history_is_noticed(district: World) -> None:
    configure(OLD, NEW)
    await publisher.rotate_key(district.district_id)
    found = await files(district)
    (statement,) = json.loads(found["handovers.json"])
    text = statement.rpartition("\n\n")[0].replace("size 2", "size 1") + "\n"
    pair = [Signer(f"{LOG_NAME}/{district.code}", seed) for seed in (NEW, OLD)]
    note = f"{text}\n" + "".join(signer.line(text) for signer in pair)
    found["handovers.json"] = json.dumps([note]).encode()
    report = verifier.verify(found.__getitem__, key(district, OLD), clock.now())

    assert report.faults == ["the log is a fork of the one seen before"]


async def test_keys_follow_one_another_more_than_once(district: World) -> None:
    configure(OLD, NEW)
    await publisher.rotate_key(district.district_id, timedelta(days=1))
    configure(OLD, NEW, THIRD)
    await publisher.rotate_key(district.district_id, timedelta(days=1))
    await publish(district, 1)

    assert len(await signatures(district)) == 3
    for seed in (OLD, NEW, THIRD):
        assert await faults(district, seed) == []
    assert [number for number, _ in await generations(district)] == [1, 2, 3]


async def test_a_lost_key_is_abandoned_and_readers_need_the_new_one(district: World) -> None:
    configure(NEW)
    with pytest.raises(LogCorrupted, match="lacks the seed"):
        await publisher.refresh(district.district_id)
    with pytest.raises(Conflict, match="--abandon"):
        await publisher.rotate_key(district.district_id)
    before = await files(district)
    assert await generations(district) == [(1, key(district, OLD))]

    done = await publisher.rotate_key(district.district_id, abandon=True)
    await publish(district, 1)

    assert done.until is None
    assert await faults(district, NEW) == []
    assert await faults(district, OLD) == [f"no valid signature of {LOG_NAME}/{district.code}"]
    # The history that the lost key signed is still the beginning of the log.
    size, root = before["checkpoint"].decode().split("\n")[1:3]
    seen = (f"{LOG_NAME}/{district.code}", int(size), verifier.b64decode(root))
    assert await faults(district, NEW, known=seen) == []


async def test_what_a_stolen_key_forged_in_the_bucket_is_not_continued(district: World) -> None:
    """The thief has the key and the bucket; the database remembers what was written."""
    forged = await files(district)
    thief = Signer(f"{LOG_NAME}/{district.code}", OLD)
    prefix = prefix_of(district.code)
    leaves = [b'{"forged":1}', b'{"forged":2}']
    hashes = [verifier.leaf_hash(leaf) for leaf in leaves]
    note = thief.sign(Checkpoint(thief.name, 2, verifier.tree_hash(hashes)).text())
    for name, body in (("checkpoint", note.encode()), ("tile/0/000.p/2", b"".join(hashes))):
        await store().put(Bucket.PUBLIC, f"{prefix}/{name}", body, "text/plain")

    with pytest.raises(LogCorrupted):
        await publish(district, 1)
    assert (await files(district))["snapshot"] == forged["snapshot"]


@pytest.mark.parametrize(
    ("seeds", "overlap", "refusal"),
    [
        ((OLD,), timedelta(1), "in use already"),
        ((OLD, NEW), timedelta(-1), "negative"),
    ],
)
async def test_a_rotation_that_makes_no_sense_changes_nothing(
    district: World, seeds: tuple[bytes, ...], overlap: timedelta, refusal: str
) -> None:
    configure(*seeds)
    before = await files(district)

    with pytest.raises((Conflict, Invalid), match=refusal):
        await publisher.rotate_key(district.district_id, overlap)
    assert await files(district) == before
    assert await generations(district) == [(1, key(district, OLD))]


async def test_a_district_without_a_log_begins_with_the_newest_seed(world: World) -> None:
    configure(OLD, NEW)
    await store().create_buckets()
    with pytest.raises(NotFound):
        await publisher.rotate_key(world.district_id)
    await publish(world, 1)

    assert await faults(world, NEW) == []
    assert await generations(world) == [(1, key(world, NEW))]


async def test_a_process_that_dies_after_the_rotation_is_made_up_by_the_next_refresh(
    district: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(OLD, NEW)

    async def die(*_: Any) -> None:
        raise ConnectionError("the process died here")

    with monkeypatch.context() as patched:
        patched.setattr(publisher, "refresh", die)
        with pytest.raises(ConnectionError):
            await publisher.rotate_key(district.district_id)
    assert await faults(district, OLD) == []
    await publisher.refresh(district.district_id)

    assert len(await signatures(district)) == 2
    assert await faults(district, OLD) == [] == await faults(district, NEW)
    async with tenant_transaction(district.department_scope(), read_only=True):
        assert await AuditEntry.filter(act="publication.key_rotated").count() == 1


async def test_a_log_from_before_keys_were_kept_goes_on_with_the_oldest_seed(
    district: World,
) -> None:
    owner = await asyncpg.connect(**credentials(settings().owner_database_url))
    try:
        await owner.execute("set row_security = off")
        await owner.execute("alter table publication_keys no force row level security")
        await owner.execute(
            "delete from publication_keys where tenant_id = $1", district.office.tenant_id
        )
        await owner.execute("alter table publication_keys force row level security")
    finally:
        await owner.close()
    configure(OLD, NEW)
    await publish(district, 1)

    assert await faults(district, OLD) == []
    assert await generations(district) == [(1, key(district, OLD))]


async def test_the_command_line_rotates_and_the_script_remembers_where_it_led(
    district: World, tmp_path: Path
) -> None:
    state, folder = tmp_path / "state", tmp_path / "feed"

    async def verify() -> tuple[int, str]:
        for name, body in (await files(district)).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        return await run(*SCRIPT, folder, "--key", key(district, OLD), "--state", state)

    first = await verify()
    configure(OLD, NEW)
    anshang = (sys.executable, "-m", "infra.cli", "log", "rotate-key", district.code)
    rotated = await run(*anshang, "--overlap-days", "0")
    again = await run(*anshang)
    second = await verify()
    (folder / "handovers.json").write_text("[]")
    hidden = await run(*SCRIPT, folder, "--key", key(district, OLD), "--state", state)

    assert (first[0], second[0]) == (0, 0)
    assert rotated[0] == 0
    assert f"new key  {key(district, NEW)}" in rotated[1]
    assert again[0] != 0
    assert "openssl rand" in again[1]
    assert state.read_text().split("\n")[3:5] == [key(district, OLD), key(district, NEW)]
    # Whoever was led to the new key once does not go back to the old one.
    assert hidden[0] == 0
    fresh = await run(*SCRIPT, folder, "--key", key(district, OLD))
    assert fresh == (1, f"FAULT no valid signature of {LOG_NAME}/{district.code}\n")


async def run(*command: Any) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}"},
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()
