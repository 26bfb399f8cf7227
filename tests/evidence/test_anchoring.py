"""The chains of a town are committed to in the public log, and a bundle says since when."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from service import clock
from service.audit import AuditHead
from service.evidence import verify_bundle
from service.evidence.anchoring import anchor
from service.evidence.export import write_bundle
from service.evidence.records import CustodyHead
from service.publication import publisher, queries, verifier
from service.publication.publisher import LOG_NAME, prefix_of, signer_of
from service.storage import Bucket, store
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.evidence.conftest import CASE, Desk
from tests.evidence.test_export import seal


async def feed(world: World) -> dict[str, bytes]:
    prefix = prefix_of(world.code) + "/"
    found = {}
    async for head in store().list(Bucket.PUBLIC, prefix):
        found[head.key.removeprefix(prefix)] = (await store().get(Bucket.PUBLIC, head.key))[0]
    return found


async def bundled(desk: Desk, folder: Path) -> Path:
    path = folder / "case.zip"
    with path.open("wb") as out:
        await write_bundle(desk.scope, desk.owner, CASE, out)
    return path


def unpacked(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder


async def test_an_anchor_stands_in_the_log_names_nobody_and_is_not_in_the_feed(
    world: World, desk: Desk
) -> None:
    await seal(desk)
    assert await anchor(desk.owner)
    assert not await anchor(desk.owner)
    await publisher.flush(world.district_id)
    found = await feed(world)
    key = str(signer_of(f"{LOG_NAME}/{world.code}").verifier_key)
    report = verifier.verify(found.__getitem__, key, clock.now())
    (leaf,) = verifier.read_leaves(found.__getitem__, 1)
    log = await queries.public_log(world.code)

    assert (report.faults, report.size, report.listed, report.gone) == ([], 1, 0, 0)
    assert set(json.loads(leaf)) == {"at", "class", "commitment", "entry", "event", "id", "v"}
    assert json.loads(leaf)["event"] == "ANCHOR"
    assert str(desk.owner.tenant_id) not in "".join(
        body.decode("utf-8", "ignore") for body in found.values()
    )
    assert found["changes.jsonl"] == b""
    assert not [name for name in found if name.startswith("pages/")]
    assert log is not None
    assert (await log.entries()).entries == []


async def test_a_bundle_states_the_anchor_and_verifies_off_line(
    world: World, desk: Desk, tmp_path: Path
) -> None:
    await seal(desk)
    before = verify_bundle.verify(await bundled(desk, tmp_path))
    async with tenant_transaction(desk.scope, read_only=True):
        custody = await CustodyHead.get(tenant_id=desk.owner.tenant_id)
        audited = await AuditHead.get(tenant_id=desk.owner.tenant_id)
    await anchor(desk.owner)
    await publisher.flush(world.district_id)
    path = await bundled(desk, tmp_path)
    faults, remarks = verify_bundle.verify(path)
    told = json.loads((unpacked(path, tmp_path / "open") / "anchor.json").read_text())

    assert before[0] == []
    assert before[1][-1] == "not anchored in a public log"
    assert faults == []
    assert remarks[-1].startswith("anchored at ")
    assert f"as entry 0 of the public log, key {LOG_NAME}/{world.code}+" in remarks[-1]
    assert told["record"]["chains"] == {
        "custody": {"seq": custody.seq, "hash": custody.hash},
        "audit": {"seq": audited.seq, "hash": audited.hash},
    }


def change(told: dict[str, Any], what: str) -> None:
    if what == "head":
        told["record"]["chains"]["custody"]["hash"] = "0" * 64
    elif what == "salt":
        told["salt"] = "00" * 32
    elif what == "index":
        told["index"] += 1
    elif what == "proof":
        told["proof"] = ["00" * 32]
    elif what == "time":
        told["leaf"] = told["leaf"].replace('"at":"20', '"at":"19')
    elif what == "checkpoint":
        told["checkpoint"] = told["checkpoint"].replace("\n1\n", "\n2\n")
    else:
        told["key"] = told["key"][:-8] + "AAAAAAA="


@pytest.mark.parametrize("what", ["head", "salt", "index", "proof", "time", "checkpoint", "key"])
async def test_an_anchor_that_was_changed_in_any_part_is_found_out(
    world: World, desk: Desk, tmp_path: Path, what: str
) -> None:
    await seal(desk)
    await anchor(desk.owner)
    await publisher.flush(world.district_id)
    folder = unpacked(await bundled(desk, tmp_path), tmp_path / "open")
    contents = verify_bundle.read_directory(folder)
    told = json.loads(contents.texts["anchor.json"])
    change(told, what)
    contents.texts["anchor.json"] = json.dumps(told).encode()
    links = [json.loads(line) for line in contents.texts["custody.jsonl"].splitlines()]

    assert verify_bundle.check_anchor(contents, links) + verify_bundle.check_note(contents)[0]


async def test_an_anchor_comes_again_only_when_a_chain_went_on(world: World, desk: Desk) -> None:
    await seal(desk)
    assert [await anchor(desk.owner) for _ in range(2)] == [True, False]
    await seal(desk)
    assert [await anchor(desk.owner) for _ in range(2)] == [True, False]
