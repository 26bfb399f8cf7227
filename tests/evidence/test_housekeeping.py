"""Rows and objects: each has the other, and what is left over is cleared."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.evidence import housekeeping, sealing
from service.evidence.custody import first_break
from service.evidence.housekeeping import Report, reconcile
from service.evidence.ledger import links
from service.evidence.records import Evidence
from service.evidence.sealing import verify_and_seal
from service.ids import new_id
from service.outbox import Event
from service.storage import Bucket, Store, StoreUnavailable, store
from tasks.evidence import reconcile as nightly
from tasks.evidence import sweep, verify
from tenants.directory import town_scope
from tenants.records import Tenant, TenantDistrict
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction
from tests.evidence import samples
from tests.evidence.conftest import Desk


@pytest.fixture
def much_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the grace that objects have to get their rows."""
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)


async def test_every_state_is_sound(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed, refused = await desk.hand_in(), await desk.hand_in(samples.png())
    for evidence_id in (sealed, refused):
        await verify_and_seal(desk.scope, evidence_id)
    await desk.hand_in()
    await desk.begin(samples.jpeg())
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert await reconcile(desk.owner) == Report()


async def test_lost_objects_are_reported(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed, refused, waiting = (
        await desk.hand_in(),
        await desk.hand_in(samples.png()),
        await desk.hand_in(),
    )
    await verify_and_seal(desk.scope, sealed)
    await verify_and_seal(desk.scope, refused)
    rows = [await desk.row(one) for one in (sealed, refused, waiting)]
    await store().delete(Bucket.SEALED, rows[0].key)
    await store().put(Bucket.DERIVED, rows[0].thumbnail_key, b"other", "image/jpeg")
    await store().delete(Bucket.INCOMING, rows[1].key)
    await store().delete(Bucket.INCOMING, rows[2].key)
    assert (await reconcile(desk.owner)).missing == []
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)

    report = await reconcile(desk.owner)

    assert sorted(report.missing) == sorted(
        [
            f"sealed/{rows[0].key}",
            f"derived/{rows[0].thumbnail_key}",
            f"incoming/{rows[1].key}",
            f"incoming/{rows[2].key}",
        ]
    )
    assert (report.sound, report.orphans) == (False, [])


async def test_objects_without_a_row_are_reported_and_kept(desk: Desk, much_later: None) -> None:
    keys = {
        bucket: f"{desk.owner.tenant_id}/{new_id()}/original"
        for bucket in (Bucket.INCOMING, Bucket.SEALED, Bucket.DERIVED)
    }
    for bucket, key in keys.items():
        await store().put(bucket, key, b"?", "image/jpeg")
    await store().put(Bucket.SEALED, f"{desk.owner.tenant_id}/stray", b"?", "image/jpeg")

    report = await reconcile(desk.owner)

    wanted = {f"{bucket}/{key}" for bucket, key in keys.items()}
    assert set(report.orphans) == wanted | {f"sealed/{desk.owner.tenant_id}/stray"}
    assert (report.missing, report.cleaned) == ([], [])
    for bucket, key in keys.items():
        assert await store().exists(bucket, key)


async def test_object_may_be_ahead_of_its_row_for_a_while(desk: Desk) -> None:
    key = f"{desk.owner.tenant_id}/{new_id()}/original"
    await store().put(Bucket.SEALED, key, b"?", "image/jpeg")

    assert (await reconcile(desk.owner)).sound


async def test_incoming_copy_left_by_a_dead_run_is_cleared(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence_id = await desk.hand_in()

    async def away(*args: object) -> None:
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "delete", away)
        assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"
    row = await desk.row(evidence_id)
    assert await store().exists(Bucket.INCOMING, row.key)
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)

    report = await reconcile(desk.owner)

    assert (report.cleaned, report.sound) == ([f"incoming/{row.key}"], True)
    assert not await store().exists(Bucket.INCOMING, row.key)
    assert await store().exists(Bucket.SEALED, row.key)


async def test_uploads_that_nobody_waits_for_are_aborted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = f"{desk.owner.tenant_id}/"
    kept = (await desk.begin(samples.jpeg())).evidence
    await store().create_multipart(Bucket.INCOMING, f"{prefix}{new_id()}/original", "image/jpeg")
    await store().create_multipart(Bucket.INCOMING, kept.key, "image/jpeg")
    await store().create_multipart(Bucket.SEALED, kept.key, "image/jpeg")
    assert (await reconcile(desk.owner)).cleaned == []
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)

    report = await reconcile(desk.owner)

    assert len(report.cleaned) == 3
    remaining = await store().list_uploads(Bucket.INCOMING, prefix)
    assert [(upload.key, upload.id) for upload in remaining] == [(kept.key, kept.upload_id)]
    assert await store().list_uploads(Bucket.SEALED, prefix) == ()


async def test_verification_that_died_after_its_seal_owns_what_it_wrote(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence_id = await desk.hand_in()

    async def die(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "_commit", die)
        with pytest.raises(KeyboardInterrupt):
            await verify_and_seal(desk.scope, evidence_id)
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert await reconcile(desk.owner) == Report()


async def test_periodic_tasks_reach_every_town(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    late = (await desk.begin(samples.jpeg())).evidence
    stray = f"{desk.owner.tenant_id}/{late.id}/original"
    await store().put(Bucket.INCOMING, stray, b"late", "image/jpeg")
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)

    async def ours(task: str) -> list[Owner]:
        assert desk.owner in await owners(task)
        return [desk.owner]

    async def due() -> list[Owner]:
        assert desk.owner in await waiting()
        return [desk.owner]

    owners, waiting = housekeeping.owners, housekeeping.due
    monkeypatch.setattr(housekeeping, "owners", ours)
    monkeypatch.setattr(housekeeping, "due", due)
    await sweep()
    await nightly()

    assert (await desk.row(late.id)).state == "ABANDONED"
    assert not await store().exists(Bucket.INCOMING, stray)


async def test_the_sweep_asks_a_district_once_and_only_for_towns_that_have_work(
    desk: Desk, neighbour: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = (await desk.begin(samples.jpeg())).evidence
    before = await housekeeping.due()
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)

    found = await housekeeping.due()
    await housekeeping.sweep(desk.owner)

    assert desk.owner not in before
    assert desk.owner in found
    assert neighbour.owner not in found
    assert len({owner.tenant_id for owner in found}) == len(found)
    assert desk.owner not in await housekeeping.due()
    assert (await desk.row(late.id)).state == "ABANDONED"


async def test_neighbours_objects_are_none_of_ours(desk: Desk, neighbour: Desk) -> None:
    await verify_and_seal(neighbour.scope, await neighbour.hand_in())

    assert await reconcile(desk.owner) == Report()
    tenants = {owner.tenant_id for owner in await housekeeping.owners("test")}
    assert {desk.owner.tenant_id, neighbour.owner.tenant_id} <= tenants


async def test_evidence_of_a_town_that_moved_is_cared_for_where_it_was_taken(
    desk: Desk, make_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = await desk.hand_in()
    await verify_and_seal(desk.scope, sealed)
    waiting = await desk.hand_in()
    other = await make_world(towns=1)
    await _move(desk, other.district_id)
    event = Event(
        new_id(), "evidence.uploaded", desk.owner, {"evidence": str(waiting)}, clock.now()
    )

    await verify(event)
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    report = await reconcile(Owner(desk.owner.tenant_id, other.district_id))

    assert report == Report()
    both = await town_scope(desk.owner.tenant_id, "test")
    async with tenant_transaction(both, read_only=True):
        rows = {row.id: row.district_id for row in await Evidence.all()}
        previous, chain = await links(desk.owner, {sealed, waiting})
    assert rows == dict.fromkeys((sealed, waiting), desk.owner.district_id)
    assert (await desk.row(waiting)).state == "SEALED"
    assert (len(chain), first_break(chain, previous)) == (6, None)


async def _move(desk: Desk, district_id: UUID) -> None:
    """What moving a town does to its rows, without the catalogue."""
    today = clock.legal_day(clock.now())
    tenant_id = desk.owner.tenant_id
    async with tenant_transaction(Scope.of_platform("test")):
        await TenantDistrict.filter(tenant_id=tenant_id).update(valid_to=today)
        await TenantDistrict.create(
            id=new_id(), tenant_id=tenant_id, district_id=district_id, valid_from=today
        )
        await Tenant.filter(id=tenant_id).update(district_id=district_id)
    both = Scope.of_tenant(Owner(tenant_id, district_id), "test", history=[desk.owner.district_id])
    async with tenant_transaction(both) as transaction:
        for table in ("audit_heads", "custody_heads"):
            await transaction.fetch(
                f"update {table} set district_id = $1 where tenant_id = $2 returning id",
                district_id,
                tenant_id,
            )
