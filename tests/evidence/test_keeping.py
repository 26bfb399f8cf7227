"""Evidence is kept as long as it must be, and the room it takes is counted."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from service import clock
from service.administration.commands import change_settings
from service.errors import Conflict, Invalid
from service.evidence import housekeeping, keeping, usage
from service.evidence.commands import abandon_upload
from service.evidence.records import Evidence, EvidenceClosure
from service.evidence.rules import QuotaExceeded, SubjectKind, WrongState
from service.evidence.sealing import verify_and_seal
from service.storage import Bucket, store
from tenants.wall import tenant_transaction
from tests.evidence import samples
from tests.evidence.conftest import CASE, Desk

TODAY = clock.legal_day(clock.now())
REASON = "法院调取证据，暂缓销毁"


async def seal(desk: Desk) -> UUID:
    evidence_id = await desk.hand_in()
    assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"
    return evidence_id


async def close_case(desk: Desk, on: date) -> None:
    async with tenant_transaction(desk.scope):
        await keeping.note_closed(desk.owner, SubjectKind.CASE, CASE, on)


def years_later(monkeypatch: pytest.MonkeyPatch, years: int, days: int = 0) -> None:
    later = clock.now() + timedelta(days=366 * years + days)
    monkeypatch.setattr(clock, "now", lambda: later)


async def last_day(desk: Desk, evidence_id: UUID) -> date | None:
    async with tenant_transaction(desk.scope, read_only=True):
        return (await keeping.terms_of([evidence_id]))[evidence_id]


async def test_the_term_runs_from_the_end_of_the_case(desk: Desk) -> None:
    evidence_id = await seal(desk)
    assert await last_day(desk, evidence_id) is None

    await close_case(desk, date(2024, 2, 29))
    assert await last_day(desk, evidence_id) == date(2034, 3, 1)
    await close_case(desk, date(2025, 6, 30))
    assert await last_day(desk, evidence_id) == date(2035, 6, 30)


async def test_what_was_kept_long_enough_is_destroyed_and_its_record_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence_id = await seal(desk)
    row = await desk.row(evidence_id)
    await close_case(desk, TODAY)
    years_later(monkeypatch, 9)
    assert await keeping.destroy_expired(desk.owner) == []

    years_later(monkeypatch, 1, days=30)
    assert await keeping.destroy_expired(desk.owner) == [evidence_id]
    assert await keeping.destroy_expired(desk.owner) == []

    after = await desk.row(evidence_id)
    assert (after.state, after.sha256, after.decided_at) == (
        "DESTROYED",
        row.sha256,
        row.decided_at,
    )
    assert (await desk.acts(evidence_id))[-1] == "DESTROYED"
    assert not await store().exists(Bucket.SEALED, row.key)
    assert not await store().exists(Bucket.DERIVED, row.thumbnail_key)
    report = await housekeeping.reconcile(desk.owner)
    assert report.sound
    async with tenant_transaction(desk.scope, read_only=True):
        assert (await usage.usage(desk.owner)).byte_length == 0


async def test_a_destruction_that_was_cut_off_is_ended_by_reconciliation(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence_id = await seal(desk)
    row = await desk.row(evidence_id)
    await close_case(desk, TODAY)
    years_later(monkeypatch, 10, days=30)
    monkeypatch.setattr(type(store()), "delete", _fails)
    with pytest.raises(ConnectionError):
        await keeping.destroy_expired(desk.owner)
    monkeypatch.undo()
    later = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)

    report = await housekeeping.reconcile(desk.owner)

    assert report.sound
    assert f"sealed/{row.key}" in report.cleaned
    assert not await store().exists(Bucket.SEALED, row.key)


async def _fails(*_: object) -> None:
    raise ConnectionError


async def test_a_hold_keeps_it_whatever_its_term(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence_id = await seal(desk)
    await close_case(desk, TODAY)
    async with tenant_transaction(desk.scope):
        await keeping.hold(evidence_id, REASON)
    with pytest.raises(Conflict):
        async with tenant_transaction(desk.scope):
            await keeping.hold(evidence_id, REASON)
    years_later(monkeypatch, 30)
    assert await last_day(desk, evidence_id) is None
    assert await keeping.destroy_expired(desk.owner) == []

    async with tenant_transaction(desk.scope):
        await keeping.lift(evidence_id, "案件终审，解除保全")
    with pytest.raises(Conflict):
        async with tenant_transaction(desk.scope):
            await keeping.lift(evidence_id, "案件终审，解除保全")

    assert await keeping.destroy_expired(desk.owner) == [evidence_id]
    assert [act for act in await desk.acts(evidence_id) if act in ("HELD", "RELEASED")] == [
        "HELD",
        "RELEASED",
    ]


async def test_not_even_the_database_destroys_what_is_held(desk: Desk) -> None:
    evidence_id = await seal(desk)
    async with tenant_transaction(desk.scope):
        await keeping.hold(evidence_id, REASON)

    with pytest.raises((OperationalError, IntegrityError), match="does not change"):
        async with tenant_transaction(desk.scope):
            await Evidence.filter(id=evidence_id).update(state="DESTROYED")


@pytest.mark.parametrize("reason", ["", "  ", "查看", "长" * 401])
async def test_a_hold_without_a_reason_is_refused(desk: Desk, reason: str) -> None:
    evidence_id = await seal(desk)

    with pytest.raises(Invalid):
        async with tenant_transaction(desk.scope):
            await keeping.hold(evidence_id, reason)

    assert not (await desk.row(evidence_id)).legal_hold


async def test_only_sealed_evidence_is_held(desk: Desk) -> None:
    evidence_id = await desk.hand_in()
    with pytest.raises(WrongState):
        async with tenant_transaction(desk.scope):
            await keeping.hold(evidence_id, REASON)


async def test_the_room_is_counted_and_bounded(desk: Desk) -> None:
    async with tenant_transaction(desk.scope):
        await change_settings(desk.owner, {"evidence.quota_gib": 1})
    film = {"media_type": "video/mp4", "filename": "a.mp4"}
    first = await desk.begin(samples.movie(), **film, byte_length=(1 << 30) - 10)

    with pytest.raises(QuotaExceeded):
        await desk.begin(samples.movie(), **film, byte_length=11)
    async with tenant_transaction(desk.scope, read_only=True):
        taken = await usage.usage(desk.owner)
        assert await Evidence.all().count() == 1
    assert (taken.byte_length, taken.pieces) == ((1 << 30) - 10, 1)

    async with tenant_transaction(desk.scope):
        await abandon_upload(first.evidence.id)
    async with tenant_transaction(desk.scope, read_only=True):
        assert (await usage.usage(desk.owner)).byte_length == 0
        assert await EvidenceClosure.all().count() == 0
    await desk.begin(samples.movie(), **film, byte_length=11)


async def test_reconciliation_tells_of_a_counter_that_is_wrong(desk: Desk) -> None:
    await seal(desk)
    async with tenant_transaction(desk.scope):
        await usage.release(desk.owner, 7)

    report = await housekeeping.reconcile(desk.owner)

    assert not report.sound
    assert report.miscounted == -7
