"""Bundles of a case made from the database and the store, and the command line around them."""

import json
import zipfile
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest

from infra import evidence as cli
from infra.cli import app
from service.errors import Conflict, Invalid, NotFound
from service.evidence import verify_bundle
from service.evidence.bundle import BundleBroken
from service.evidence.export import Bundled, owner_of_subject, write_bundle
from service.evidence.sealing import verify_and_seal
from service.storage import Bucket, ObjectMissing, store
from tests.evidence import samples
from tests.evidence.conftest import CASE, Desk


async def seal(desk: Desk, body: bytes | None = None, **changed: object) -> UUID:
    evidence_id = await desk.hand_in(body, **changed)
    assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"
    return evidence_id


async def test_bundle_of_a_case_verifies(desk: Desk, tmp_path: Path) -> None:
    photo, movie = samples.jpeg(), samples.movie()
    first = await seal(desk, photo)
    second = await seal(desk, movie, media_type="video/mp4", filename="过程.mp4")
    await verify_and_seal(desk.scope, await desk.hand_in(samples.png()))
    path, steps = tmp_path / "case.zip", []

    with path.open("wb") as out:
        made = await write_bundle(desk.scope, desk.owner, CASE, out, steps.append)

    faults, remarks = verify_bundle.verify(path)
    assert faults == []
    assert remarks[1].startswith("signed by the key ")
    assert made == Bundled(2, len(photo) + len(movie), signed=True)
    assert sum(steps) == made.byte_length
    with zipfile.ZipFile(path) as archive:
        assert archive.read(f"evidence/{first}.jpg") == photo
        assert archive.read(f"evidence/{second}.mp4") == movie
        manifest = json.loads(archive.read("manifest.json"))
        told = [json.loads(line) for line in archive.read("custody.jsonl").splitlines()]
    assert manifest["tenant"] == str(desk.owner.tenant_id)
    assert manifest["subject"] == {"kind": "CASE", "id": str(CASE)}
    assert [item["filename"] for item in manifest["items"]] == ["现场.jpg", "过程.mp4"]
    acts = [json.loads(link["text"])["act"] for link in told if "text" in link]
    assert acts == ["DECLARED", "UPLOADED", "SEALED"] * 2 + ["BUNDLED"] * 2
    assert await desk.acts(first) == ["DECLARED", "UPLOADED", "SEALED", "BUNDLED"]


async def test_refused_file_stays_out_of_the_bundle_with_its_text(
    desk: Desk, tmp_path: Path
) -> None:
    await seal(desk)
    refused = await desk.hand_in(samples.png())
    await verify_and_seal(desk.scope, refused)
    path = tmp_path / "case.zip"

    with path.open("wb") as out:
        await write_bundle(desk.scope, desk.owner, CASE, out)

    assert str(refused).encode() not in path.read_bytes()


async def test_sealed_object_that_was_changed_in_the_store_stops_the_bundle(desk: Desk) -> None:
    row = await desk.row(await seal(desk))
    body, _ = await store().get(Bucket.SEALED, row.key)
    await store().put(Bucket.SEALED, row.key, samples.flipped(body, 300), "image/jpeg")

    with pytest.raises(BundleBroken):
        await write_bundle(desk.scope, desk.owner, CASE, BytesIO())


async def test_case_without_sealed_evidence_makes_no_bundle(desk: Desk) -> None:
    await desk.hand_in()

    with pytest.raises(NotFound):
        await write_bundle(desk.scope, desk.owner, CASE, BytesIO())


async def test_other_town_cannot_bundle_it(desk: Desk, neighbour: Desk) -> None:
    await seal(desk)

    with pytest.raises(NotFound):
        await write_bundle(neighbour.scope, neighbour.owner, CASE, BytesIO())


async def test_tenant_of_a_case_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    case = (await desk.row(await seal(desk))).id
    monkeypatch.setattr("tests.evidence.conftest.CASE", case)
    evidence_id = await desk.hand_in(samples.jpeg())
    await verify_and_seal(desk.scope, evidence_id)

    assert await owner_of_subject(case, "test") == desk.owner
    with pytest.raises(NotFound):
        await owner_of_subject(evidence_id, "test")


async def test_command_writes_all_or_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await desk.row(await seal(desk))
    out = tmp_path / "case.zip"
    monkeypatch.setattr(cli, "database", _open)

    with pytest.raises(Invalid, match="division code nowhere"):
        await cli._bundle(CASE, out, "nowhere")
    body, _ = await store().get(Bucket.SEALED, row.key)
    await store().delete(Bucket.SEALED, row.key)
    with pytest.raises(ObjectMissing):
        await _bundle_of(desk, out, monkeypatch)
    assert _files(tmp_path) == []
    await store().put(Bucket.SEALED, row.key, body, "image/jpeg")
    await _bundle_of(desk, out, monkeypatch)

    assert _files(tmp_path) == [out]
    with pytest.raises(SystemExit) as done:
        app(["evidence", "verify", str(out)])
    assert done.value.code == 0
    with pytest.raises(Conflict, match="exists"):
        cli.bundle(CASE, out=out)


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def _bundle_of(desk: Desk, out: Path, monkeypatch: pytest.MonkeyPatch) -> Bundled:
    async def owner(town: str) -> object:
        return desk.owner

    with monkeypatch.context() as patch:
        patch.setattr(cli, "_owner", owner)
        return await cli._bundle(CASE, out, "500112001")


class _open:
    """The database is open already."""

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *args: object) -> None: ...


def test_command_finds_a_broken_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(b"PK\x03\x04 nothing")

    assert cli.verify(path) == 1
    assert "FAULT" in capsys.readouterr().out
