"""Verification and seal: every verdict, and a death at every step."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextvars import Context
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from service import clock, outbox
from service.evidence import housekeeping, sealing
from service.evidence.custody import first_break
from service.evidence.ledger import links
from service.evidence.records import Evidence
from service.evidence.scanner import ScannerUnavailable
from service.evidence.sealing import SealConflict, verify_and_seal
from service.outbox import OutboxDelivery, OutboxEvent
from service.storage import Bucket, Store, StoreUnavailable, store
from tasks.actors import HANDLERS
from tenants.wall import tenant_transaction
from tests.conftest import Work
from tests.evidence import samples
from tests.evidence.conftest import Desk


class Killed(BaseException):
    """Stands for the end of the process: no handler of ours catches it."""


async def events(desk: Desk) -> list[str]:
    async with tenant_transaction(desk.scope, read_only=True):
        return [event.event for event in await OutboxEvent.all().order_by("id")]


async def test_photo_is_sealed_as_it_was_taken(desk: Desk) -> None:
    body = samples.jpeg(exif=samples.exif())
    evidence_id = await desk.hand_in(body)

    state = await verify_and_seal(desk.scope, evidence_id)

    row = await desk.row(evidence_id)
    assert (state, row.state, row.scan) == ("SEALED", "SEALED", "UNSCANNED")
    sealed, head = await store().get(Bucket.SEALED, row.key)
    assert (sealed, head.content_type) == (body, "image/jpeg")
    assert not await store().exists(Bucket.INCOMING, row.key)
    assert (row.width, row.height) == (640, 480)
    assert row.recorded_at is not None
    assert row.recorded_at.isoformat() == "2026-03-05T06:30:00+00:00"
    assert (row.recorded_latitude, row.recorded_longitude) == (29.72, 106.63)
    thumbnail, _ = await store().get(Bucket.DERIVED, row.thumbnail_key)
    assert len(thumbnail) == row.thumbnail_length
    with Image.open(BytesIO(thumbnail)) as picture:
        assert (picture.format, dict(picture.getexif())) == ("JPEG", {})
    assert await desk.acts(evidence_id) == ["DECLARED", "UPLOADED", "SEALED"]
    assert await events(desk) == ["evidence.uploaded", "evidence.sealed"]


async def test_recording_of_many_parts_is_sealed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "ONE_WRITE", 1 << 20)
    monkeypatch.setattr(sealing, "SEAL_PART", 5 << 20)
    body = samples.movie(media=samples.noise(12 << 20))
    evidence_id = await desk.hand_in(body, media_type="video/mp4", filename="a.mp4")

    assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"

    row = await desk.row(evidence_id)
    assert (await store().get(Bucket.SEALED, row.key))[0] == body
    assert (row.duration_seconds, row.thumbnail_length) == (15.0, 0)
    assert await store().list_uploads(Bucket.SEALED, f"{row.tenant_id}/") == ()


LATER = {"media_type": "application/pdf", "filename": "a.pdf"}


@pytest.mark.parametrize(
    ("body", "changed", "reason"),
    [
        (samples.png(), {}, "TYPE_DIFFERS"),
        (samples.HTML, {}, "TYPE_DIFFERS"),
        (samples.jpeg() + samples.archive(), {}, "POLYGLOT"),
        (samples.pdf(b"<< /JS (x) >>"), LATER, "ACTIVE_CONTENT"),
    ],
    ids=["another type", "web page", "polyglot", "script"],
)
async def test_what_is_no_evidence_is_quarantined(
    desk: Desk, body: bytes, changed: dict[str, str], reason: str
) -> None:
    evidence_id = await desk.hand_in(body, **changed)

    state = await verify_and_seal(desk.scope, evidence_id)

    row = await desk.row(evidence_id)
    assert (state, row.state, row.reason) == ("QUARANTINED", "QUARANTINED", reason)
    assert row.reason_message
    assert not await store().exists(Bucket.SEALED, row.key)
    assert (await store().get(Bucket.INCOMING, row.key))[0] == body
    assert await desk.acts(evidence_id) == ["DECLARED", "UPLOADED", "QUARANTINED"]


@pytest.mark.parametrize(
    ("forged", "reason"),
    [
        (lambda body: body[:-1] + b"\0", "DIGEST_DIFFERS"),
        (lambda body: body + b"\0", "LENGTH_DIFFERS"),
        (lambda body: body[:-1], "LENGTH_DIFFERS"),
        (lambda body: body * 9, "LENGTH_DIFFERS"),
    ],
    ids=["other bytes", "longer", "shorter", "much longer"],
)
async def test_store_that_takes_other_bytes_is_found_out(
    desk: Desk, forged: Callable[[bytes], bytes], reason: str
) -> None:
    body = samples.jpeg()
    evidence_id = await desk.hand_in(body)
    row = await desk.row(evidence_id)
    # What a store that ignores checksums and signed lengths would hold.
    await store().put(Bucket.INCOMING, row.key, forged(body), "image/jpeg")

    assert await verify_and_seal(desk.scope, evidence_id) == "QUARANTINED"

    assert (await desk.row(evidence_id)).reason == reason
    assert not await store().exists(Bucket.SEALED, row.key)


async def test_file_of_parts_whose_whole_is_not_the_declared_one_is_quarantined(
    desk: Desk,
) -> None:
    body = samples.movie(media=bytes(9 << 20))
    wrong = {"media_type": "video/mp4", "filename": "a.mp4", "sha256": "0" * 64}
    evidence_id = await desk.hand_in(body, **wrong)

    assert await verify_and_seal(desk.scope, evidence_id) == "QUARANTINED"

    assert (await desk.row(evidence_id)).reason == "DIGEST_DIFFERS"


STEPS = [
    "_take", "_spool", "scan", "inspect", "_seal", "_commit", "enter", "audit.record",
    "outbox.emit",
]  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_any_step_a_second_run_seals_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    body = samples.jpeg()
    evidence_id = await desk.hand_in(body)
    module, _, name = step.rpartition(".")
    target = getattr(sealing, module) if module else sealing
    real = getattr(target, name)

    async def die(*args: object, **kwargs: object) -> object:
        if when == "after":
            await real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(target, name, die)
        with pytest.raises(Killed):
            await verify_and_seal(desk.scope, evidence_id)
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    await housekeeping.sweep(desk.owner)

    assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"
    assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"

    row = await desk.row(evidence_id)
    assert (await store().get(Bucket.SEALED, row.key))[0] == body
    assert await desk.acts(evidence_id) == ["DECLARED", "UPLOADED", "SEALED"]
    assert (await events(desk)).count("evidence.sealed") == 1


KILLED_AFTER = """
import asyncio, os, signal, sys
from uuid import UUID
from service.database import database
from service.evidence import sealing
from tenants.directory import town_scope

step = sys.argv[3]
real = getattr(sealing, step)

async def last(*args):
    await real(*args)
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with database():
        scope = await town_scope(UUID(sys.argv[1]), "test")
        await sealing.verify_and_seal(scope, UUID(sys.argv[2]))

setattr(sealing, step, last)
asyncio.run(main())
"""


@pytest.mark.parametrize("step", ["_take", "_seal", "_commit"])
async def test_worker_process_killed_outright_leaves_one_seal(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    body = samples.jpeg()
    evidence_id = await desk.hand_in(body)
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", KILLED_AFTER, str(desk.owner.tenant_id), str(evidence_id), step),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert await worker.wait() == -signal.SIGKILL
    before = (await desk.row(evidence_id)).state
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"

    assert before == ("SEALED" if step == "_commit" else "VERIFYING")
    row = await desk.row(evidence_id)
    assert (await store().get(Bucket.SEALED, row.key))[0] == body
    assert await desk.acts(evidence_id) == ["DECLARED", "UPLOADED", "SEALED"]
    assert (await events(desk)).count("evidence.sealed") == 1


async def test_run_that_died_is_announced_again_when_its_lease_is_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence_id = await desk.hand_in()

    async def die(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "_seal", die)
        with pytest.raises(Killed):
            await verify_and_seal(desk.scope, evidence_id)
    assert await verify_and_seal(desk.scope, evidence_id) == "VERIFYING"
    await housekeeping.sweep(desk.owner)
    assert (await events(desk)).count("evidence.uploaded") == 1

    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    await housekeeping.sweep(desk.owner)
    await housekeeping.sweep(desk.owner)

    assert (await events(desk)).count("evidence.uploaded") == 2


async def test_store_that_fails_decides_nothing_and_gives_the_lease_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence_id = await desk.hand_in()

    async def away(*args: object, **kwargs: object) -> bool:
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "put_if_absent", away)
        with pytest.raises(StoreUnavailable):
            await verify_and_seal(desk.scope, evidence_id)

    row = await desk.row(evidence_id)
    assert (row.state, row.lease_until) == ("VERIFYING", None)
    assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"


async def test_failure_of_a_run_whose_delivery_another_one_settled_is_not_the_end(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes longer than the relay's patience is delivered twice while it runs."""
    evidence_id = await desk.hand_in()
    inspect, deliveries = sealing.inspect, []

    async def deliver(delivery_id: UUID) -> None:
        await outbox.perform(desk.owner, delivery_id, HANDLERS["evidence.verify"])

    async def disk_full(*args: object) -> None:
        monkeypatch.setattr(sealing, "inspect", inspect)
        async with tenant_transaction(desk.scope, read_only=True):
            (delivery,) = await OutboxDelivery.filter(task="evidence.verify")
        deliveries.append(delivery.id)
        await asyncio.create_task(deliver(delivery.id), context=Context())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sealing, "inspect", disk_full)
    with pytest.raises(OSError, match="No space"):
        await work()

    async with tenant_transaction(desk.scope, read_only=True):
        assert (await OutboxDelivery.get(id=deliveries[0])).state == "DONE"
    assert (await desk.row(evidence_id)).state == "VERIFYING"
    await work()
    assert (await desk.row(evidence_id)).state == "SEALED"
    assert await desk.acts(evidence_id) == ["DECLARED", "UPLOADED", "SEALED"]


async def test_runs_side_by_side_without_a_lease_seal_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_BASE_LEASE", timedelta(seconds=-60))
    evidence_id = await desk.hand_in()

    states = await asyncio.gather(*(verify_and_seal(desk.scope, evidence_id) for _ in range(4)))

    assert set(states) == {"SEALED"}
    assert await desk.acts(evidence_id) == ["DECLARED", "UPLOADED", "SEALED"]


async def test_foreign_object_under_the_key_is_never_taken_for_the_seal(desk: Desk) -> None:
    evidence_id = await desk.hand_in()
    row = await desk.row(evidence_id)
    await store().put(Bucket.SEALED, row.key, b"planted", "image/jpeg")

    with pytest.raises(SealConflict):
        await verify_and_seal(desk.scope, evidence_id)

    assert (await desk.row(evidence_id)).state == "VERIFYING"
    assert (await store().get(Bucket.SEALED, row.key))[0] == b"planted"


async def test_sealed_row_does_not_change_in_the_database(desk: Desk) -> None:
    evidence_id = await desk.hand_in()
    await verify_and_seal(desk.scope, evidence_id)

    for change in ("sha256 = repeat('0', 64)", "state = 'PENDING', decided_at = null"):
        with pytest.raises(Exception, match="sealed evidence does not change"):
            async with tenant_transaction(desk.scope) as transaction:
                await transaction.fetch(
                    f"update evidence_items set {change} where id = $1 returning id", evidence_id
                )
    async with tenant_transaction(desk.scope):
        await Evidence.filter(id=evidence_id).update(legal_hold=True)
    assert (await desk.row(evidence_id)).legal_hold is True


async def test_chain_of_custody_holds_and_cannot_be_rewritten(desk: Desk) -> None:
    mine, other = await desk.hand_in(), await desk.hand_in()
    await verify_and_seal(desk.scope, mine)
    await verify_and_seal(desk.scope, other)

    async with tenant_transaction(desk.scope, read_only=True):
        previous, chain = await links(desk.owner, {mine})

    assert first_break(chain, previous) is None
    assert [link.text is not None for link in chain] == [True, True, False, False, True]
    for verb in ("update custody_entries set act = 'X'", "delete from custody_entries"):
        with pytest.raises(Exception, match="permission denied"):
            async with tenant_transaction(desk.scope) as transaction:
                await transaction.fetch(f"{verb} returning id")


async def test_virus_scanner_is_asked_when_there_is_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = bytearray()

    async def clamd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        received.clear()
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            received.extend(await reader.readexactly(size))
        infected = b"VIRUS" in received
        writer.write(b"stream: Test.Virus FOUND\0" if infected else b"stream: OK\0")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(clamd, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    chosen = sealing.settings().model_copy(update={"clamd_url": f"tcp://127.0.0.1:{port}"})
    monkeypatch.setattr(sealing, "settings", lambda: chosen)
    clean, infected = samples.jpeg(), samples.jpeg(comment=b"VIRUS")
    clean_id, infected_id = await desk.hand_in(clean), await desk.hand_in(infected)

    async with server:
        assert await verify_and_seal(desk.scope, clean_id) == "SEALED"
        assert bytes(received) == clean
        assert await verify_and_seal(desk.scope, infected_id) == "QUARANTINED"

    assert (await desk.row(clean_id)).scan == "CLEAN"
    row = await desk.row(infected_id)
    assert (row.reason, row.scan) == ("INFECTED", "INFECTED")


async def test_scanner_that_is_away_decides_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = sealing.settings().model_copy(update={"clamd_url": "tcp://127.0.0.1:1"})
    evidence_id = await desk.hand_in()

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "settings", lambda: chosen)
        with pytest.raises(ScannerUnavailable):
            await verify_and_seal(desk.scope, evidence_id)

    assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"
