"""A store that ignores conditions is found out by trying, and nothing is sealed in it."""

from typing import Any

import pytest

from infra.evidence import check_store
from service import storage_promises
from service.evidence.sealing import verify_and_seal
from service.storage import Bucket, Store, store
from service.storage_promises import CREATE, JOIN, SWAP, unkept
from service.storage_types import StoreUnfit
from tests.evidence.conftest import Desk


@pytest.fixture
def heedless(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store takes conditions as if they were not there, like Ceph's gateway 16.2."""
    put, complete = Store._put, Store.complete_multipart

    async def heedless_put(self: Store, *args: Any, **condition: str) -> str:
        return await put(self, *args)

    async def heedless_complete(self: Store, *args: Any, if_absent: bool = False) -> str:
        return await complete(self, *args)

    monkeypatch.setattr(Store, "_put", heedless_put)
    monkeypatch.setattr(Store, "complete_multipart", heedless_complete)
    monkeypatch.setattr(storage_promises, "_tried", type(storage_promises._tried)())


async def test_the_store_of_this_machine_keeps_its_promises() -> None:
    assert await unkept(store()) == ()
    assert [one async for one in store().list(Bucket.INCOMING, "promises/")] == []


async def test_a_store_without_conditions_is_found_out(heedless: None) -> None:
    assert await unkept(store()) == (CREATE, JOIN, SWAP)
    assert [one async for one in store().list(Bucket.INCOMING, "promises/")] == []


async def test_nothing_is_sealed_in_it_and_nothing_is_lost(
    desk: Desk, heedless: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence_id = await desk.hand_in()

    with pytest.raises(StoreUnfit, match="use one with conditional writes"):
        await verify_and_seal(desk.scope, evidence_id)

    row = await desk.row(evidence_id)
    assert (row.state, row.lease_until) == ("VERIFYING", None)
    assert await store().exists(Bucket.INCOMING, row.key)
    assert not await store().exists(Bucket.SEALED, row.key)
    monkeypatch.undo()
    assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"


def test_an_operator_can_ask(capsys: pytest.CaptureFixture[str], heedless: None) -> None:
    assert check_store() == 1
    assert capsys.readouterr().out.count("NO ") == 3
