"""Files of the register go after their time, and whoever looks for one is told when it went."""

from datetime import timedelta
from typing import Any

import pytest
from strawberry.relay import to_base64

from service import audit, clock
from service.administration.commands import change_settings
from service.register import sweeping
from service.register.records import ImportBatch, RegisterExport
from service.storage import Bucket, store
from tenants.wall import tenant_transaction
from tests.conftest import Work, World
from tests.register.conftest import Ask
from tests.register.tables import line, xlsx
from tests.register.test_imports import EXPORT, Clerk

USAGE = "{ registerFileUsage { imports exports keptDays nextRemovalOn } }"
GONE = """query G($id: ID!) { node(id: $id) { ... on EnterpriseImport { annotatedFile
  fileRemovedOn } ... on EnterpriseExport { file fileRemovedOn } } }"""


@pytest.fixture
def clerk(world: World, ask: Ask, work: Work) -> Clerk:
    return Clerk(world, ask, work)


async def objects(owner: Any) -> int:
    found = 0
    for bucket in (Bucket.INCOMING, Bucket.DERIVED):
        async for _ in store().list(bucket, f"register/{owner.tenant_id}/"):
            found += 1
    return found


async def test_files_go_after_their_time_and_not_before(
    clerk: Clerk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = world.towns[0]
    brought = await clerk.bring_in(xlsx([line(1), line(2)]))
    await clerk.ask(clerk.principal, EXPORT, input={"format": "CSV"})
    await clerk.work()
    async with tenant_transaction(town.scope(), read_only=True):
        row = await RegisterExport.get(tenant_id=town.owner.tenant_id)
    today = clock.legal_day(clock.now())
    assert (await clerk.ask(clerk.principal, USAGE)) == {
        "imports": 1, "exports": 1, "keptDays": 30,
        "nextRemovalOn": str(today + timedelta(days=30)),
    }  # fmt: skip

    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=29))
    assert await sweeping.sweep(town.owner, town.scope()) == 0
    assert await objects(town.owner) == 2
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=31))
    assert await sweeping.sweep(town.owner, town.scope()) == 2
    assert await sweeping.sweep(town.owner, town.scope()) == 0

    assert await objects(town.owner) == 0
    day = str(today + timedelta(days=31))
    for identity in (brought["id"], to_base64("EnterpriseExport", str(row.id))):
        shown = await clerk.ask(clerk.principal, GONE, id=identity)
        assert shown.pop("fileRemovedOn") == day
        assert set(shown.values()) == {None}
    async with tenant_transaction(town.scope(), read_only=True):
        (entry,) = await audit.AuditEntry.filter(act="register.files_removed")
    assert '"exports":1,"imports":1' in entry.entry
    # Taking the import back needs no file.
    assert await clerk.step("Undo", brought["id"]) == []
    await clerk.work()
    assert (await clerk.look(brought["id"]))["state"] == "UNDONE"


async def test_a_town_keeps_its_files_as_long_as_it_says(
    clerk: Clerk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        await change_settings(town.owner, {"register.file_days": 2}, note="尽快清理")
    checked = await clerk.check(xlsx([line(1)]))
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=3))

    assert await sweeping.sweep(town.owner, town.scope()) == 1
    # What was sent again is checked and kept anew.
    assert await clerk.step("Check", checked["id"]) == []
    await clerk.work()
    assert (await clerk.look(checked["id"]))["state"] == "UNREADABLE"
    async with tenant_transaction(town.scope(), read_only=True):
        batch = await ImportBatch.get(tenant_id=town.owner.tenant_id)
    assert batch.removed_on is None
