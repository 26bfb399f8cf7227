"""From the declaration to the hand-in, over real S3 and the real database."""

from datetime import timedelta
from hashlib import sha256

import httpx2
import pytest

from service import clock
from service.errors import NotFound
from service.evidence import commands, housekeeping, parts
from service.evidence.commands import PartsMissing, StoreAway, Upload
from service.evidence.records import Evidence
from service.evidence.rules import SubjectKind, TooLarge, WrongState
from service.settings import settings
from service.storage import Bucket, ObjectMissing, Store, store
from tenants.wall import tenant_transaction
from tests.evidence import samples
from tests.evidence.conftest import CASE, Desk, declare, send

LONG = b"\xa5" * (parts.PART + 1000)


async def test_photo_goes_straight_to_the_store(desk: Desk) -> None:
    body = samples.jpeg()

    upload = await desk.begin(body)
    statuses = await send(upload, body)
    row = await desk.complete(upload.evidence.id)

    assert statuses == [200]
    assert row.state == "UPLOADED"
    assert row.key == f"{desk.owner.tenant_id}/{row.id}/original"
    assert (await store().get(Bucket.INCOMING, row.key))[0] == body
    assert await desk.acts(row.id) == ["DECLARED", "UPLOADED"]


async def test_only_the_declared_bytes_are_let_in(desk: Desk) -> None:
    body = samples.jpeg()
    upload = await desk.begin(body)
    request = upload.requests[1]

    async with httpx2.AsyncClient() as client:
        forged = await client.put(request.url, content=body[:-1] + b"\0", headers=request.headers)
        longer = await client.put(
            request.url,
            content=body + b"\0",
            headers=request.headers | {"Content-Length": str(len(body) + 1)},
        )

    assert (forged.status_code, longer.status_code) == (400, 403)
    with pytest.raises(PartsMissing):
        await desk.complete(upload.evidence.id)


async def test_interrupted_upload_is_taken_up_where_it_broke(desk: Desk) -> None:
    upload = await desk.begin(LONG, media_type="video/mp4", filename="a.mp4")
    only_second = Upload(
        upload.evidence, upload.plan, [], {2: upload.requests[2]}, upload.expires_at
    )
    assert await send(only_second, LONG) == [200]

    with pytest.raises(PartsMissing, match="1 of 2 parts are missing"):
        await desk.complete(upload.evidence.id)
    renewed = await desk.renew(upload.evidence.id)

    assert (renewed.held, list(renewed.requests)) == ([2], [1])
    assert await send(renewed, LONG) == [200]
    row = await desk.complete(upload.evidence.id)
    assert (await store().get(Bucket.INCOMING, row.key))[0] == LONG


async def test_parts_may_be_bound_to_digests_of_their_own(desk: Desk) -> None:
    first = sha256(LONG[: parts.PART]).digest()
    async with tenant_transaction(desk.scope):
        upload = await commands.begin_upload(
            desk.owner,
            SubjectKind.CASE,
            CASE,
            declare(LONG, media_type="video/mp4", filename="a.mp4"),
            part_sha256={1: first},
        )

    assert await send(upload, b"\0" * len(LONG)) == [400, 200]


async def test_oversized_file_is_refused_before_anything_exists(desk: Desk) -> None:
    with pytest.raises(TooLarge, match="at most 50 MiB, this file has 51 MiB"):
        await desk.begin(b"x", byte_length=(50 << 20) + 1)

    async with tenant_transaction(desk.scope, read_only=True):
        assert await Evidence.all().count() == 0
    prefix = f"{desk.owner.tenant_id}/"
    assert await store().list_uploads(Bucket.INCOMING, prefix) == ()


async def test_other_town_neither_sees_nor_touches_it(desk: Desk, neighbour: Desk) -> None:
    body = samples.jpeg()
    upload = await desk.begin(body)
    evidence_id = upload.evidence.id

    for act in (neighbour.renew, neighbour.complete):
        with pytest.raises(NotFound):
            await act(evidence_id)
    async with tenant_transaction(neighbour.scope, read_only=True):
        assert await Evidence.filter(id=evidence_id).count() == 0
    assert await desk.acts(evidence_id) == ["DECLARED"]


async def test_enterprise_reaches_its_own_submissions_only(desk: Desk) -> None:
    body = samples.jpeg()
    upload = await desk.begin(body)

    async with tenant_transaction(desk.scope):
        with pytest.raises(NotFound):
            await commands.complete_upload(upload.evidence.id, enterprise_id=CASE)


async def test_handing_in_twice_answers_the_same(desk: Desk) -> None:
    evidence_id = await desk.hand_in()

    again = await desk.complete(evidence_id)

    assert again.state == "UPLOADED"
    assert await desk.acts(evidence_id) == ["DECLARED", "UPLOADED"]
    with pytest.raises(WrongState):
        await desk.renew(evidence_id)


async def test_death_between_joining_the_parts_and_the_commit_is_mended(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = samples.jpeg()
    upload = await desk.begin(body)
    await send(upload, body)

    async def die(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("service.evidence.commands.enter", die)
        with pytest.raises(KeyboardInterrupt):
            await desk.complete(upload.evidence.id)
    assert (await desk.row(upload.evidence.id)).state == "PENDING"

    renewed = await desk.renew(upload.evidence.id)
    assert (renewed.held, renewed.requests) == ([1], {})
    assert (await desk.complete(upload.evidence.id)).state == "UPLOADED"


async def test_upload_lost_in_the_store_begins_again(desk: Desk) -> None:
    body = samples.jpeg()
    upload = await desk.begin(body)
    row = upload.evidence
    await store().abort_multipart(Bucket.INCOMING, row.key, row.upload_id)

    with pytest.raises(PartsMissing, match="no part has arrived"):
        await desk.complete(row.id)
    renewed = await desk.renew(row.id)

    assert await send(renewed, body) == [200]
    assert (await desk.complete(row.id)).state == "UPLOADED"


async def test_store_that_is_away_is_a_refusal_and_leaves_no_row(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Store(settings().model_copy(update={"s3_endpoint": "http://127.0.0.1:1"}))
    monkeypatch.setattr("service.evidence.commands.store", lambda: away)

    with pytest.raises(StoreAway, match="try again"):
        await desk.begin(samples.jpeg())

    async with tenant_transaction(desk.scope, read_only=True):
        assert await Evidence.all().count() == 0


async def test_upload_that_never_comes_is_abandoned(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = await desk.begin(LONG, media_type="video/mp4", filename="a.mp4")
    await send(upload, LONG)
    row = upload.evidence
    await housekeeping.sweep(desk.owner)
    assert (await desk.row(row.id)).state == "PENDING"

    later = clock.now() + timedelta(hours=24, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    await housekeeping.sweep(desk.owner)
    await housekeeping.sweep(desk.owner)

    assert (await desk.row(row.id)).state == "ABANDONED"
    assert await desk.acts(row.id) == ["DECLARED", "ABANDONED"]
    for _ in range(2):
        await commands.free_parts(desk.scope, row.id)
    with pytest.raises(ObjectMissing):
        await store().list_parts(Bucket.INCOMING, row.key, row.upload_id)
    with pytest.raises(WrongState):
        await desk.complete(row.id)
