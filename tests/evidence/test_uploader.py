"""The uploader gets a file through a network that keeps breaking, and wastes little."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from infra import evidence_upload
from infra.bad_network import bad_network
from infra.evidence_upload import Refused, Subject, Uploader, UploadStopped, media_type_of
from service import storage
from service.evidence.records import Evidence
from service.evidence.sealing import verify_and_seal
from service.ids import new_id
from service.settings import settings
from service.storage import Bucket
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import Execute, World
from tests.evidence import samples

Ask = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
MIB = 1 << 20


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_upload, "PAUSE", 0.01)


@pytest.fixture
def inspector(world: World, execute: Execute) -> Ask:
    async def ask(document: str, variables: dict[str, Any]) -> dict[str, Any]:
        answer = await execute(world.towns[0].principal(Role.INSPECTOR), document, variables)
        if answer["errors"]:
            raise AssertionError(answer["errors"])
        return dict(answer["data"])

    return ask


@contextmanager
def reached_at(url: str) -> Iterator[None]:
    """Devices reach the object store under that address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANSHANG_S3_PUBLIC_ENDPOINT", url)
        settings.cache_clear()
        storage.store.cache_clear()
        yield
    settings.cache_clear()
    storage.store.cache_clear()


def film(folder: Path, length: int) -> Path:
    """A movie of so many bytes: a short one with padding that players skip."""
    movie = samples.movie()
    padding = length - len(movie) - 8
    path = folder / "过程.mp4"
    path.write_bytes(movie + (padding + 8).to_bytes(4, "big") + b"free" + bytes(padding))
    return path


async def test_a_film_arrives_whole_through_a_network_that_keeps_breaking(
    world: World, inspector: Ask, tmp_path: Path
) -> None:
    path = film(tmp_path, 42 * MIB)
    subject = Subject("CASE", str(new_id()))
    cuts = 12
    async with (
        bad_network(
            settings().s3_endpoint, seed=7, cuts=cuts, survives=(64 << 10, 7 * MIB)
        ) as network,
        httpx2.AsyncClient(timeout=20) as http,
    ):
        uploader = Uploader(inspector, http)
        with reached_at(network.url):
            evidence_id = await uploader.send(path, subject)

    assert network.cuts == cuts
    assert 0 < uploader.sent_again <= cuts
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        row = await Evidence.get(subject_id=subject.id)
    assert await verify_and_seal(world.towns[0].scope(), row.id) == "SEALED"
    digest = sha256()
    async for piece in storage.store().open_stream(Bucket.SEALED, row.key):
        digest.update(piece)
    assert digest.hexdigest() == sha256(path.read_bytes()).hexdigest()
    assert (await uploader.verdict(evidence_id))["state"] == "SEALED"


async def test_who_starts_again_goes_on_where_it_stopped(
    world: World, inspector: Ask, tmp_path: Path
) -> None:
    path = film(tmp_path, 42 * MIB)
    subject = Subject("CASE", str(new_id()))
    sent: list[int] = []

    class Killed(Exception):
        pass

    def progress(length: int) -> None:
        sent.append(length)
        if len(sent) == 3:
            raise Killed

    async with httpx2.AsyncClient(timeout=20) as http:
        with pytest.raises(BaseExceptionGroup):
            await Uploader(inspector, http, progress).send(path, subject)
        first = len(sent)
        rest: list[int] = []
        await Uploader(inspector, http, rest.append).send(path, subject)
        again: list[int] = []
        await Uploader(inspector, http, again.append).send(path, subject)

    assert first == 3
    assert len(rest) <= 3
    assert again == []
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        assert await Evidence.filter(subject_id=subject.id).count() == 1


async def test_a_dead_store_is_told_in_words(
    inspector: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(tmp_path, 1 * MIB)
    monkeypatch.setattr(evidence_upload, "TRIES", 3)
    async with httpx2.AsyncClient(timeout=5) as http:
        with reached_at("http://127.0.0.1:9"), pytest.raises(BaseExceptionGroup) as stopped:
            await Uploader(inspector, http).send(path, Subject("CASE", str(new_id())))

    assert stopped.group_contains(UploadStopped, match="start again")


async def test_a_store_that_refuses_every_permission_is_not_asked_for_ever(
    inspector: Ask, tmp_path: Path
) -> None:
    """As one does whose clock is a day off."""
    refusing = httpx2.MockTransport(lambda request: httpx2.Response(403))
    async with httpx2.AsyncClient(transport=refusing) as http:
        with pytest.raises(UploadStopped, match="clock"):
            await Uploader(inspector, http).send(
                film(tmp_path, 1 * MIB), Subject("CASE", str(new_id()))
            )


async def test_what_the_service_refuses_is_not_tried_again(inspector: Ask, tmp_path: Path) -> None:
    empty = tmp_path / "a.mp4"
    empty.touch()
    async with httpx2.AsyncClient() as http:
        with pytest.raises(Refused, match="empty"):
            await Uploader(inspector, http).send(empty, Subject("CASE", str(new_id())))


def test_an_ending_that_is_not_taken_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    assert media_type_of(tmp_path / "A.JPG") == "image/jpeg"
    with pytest.raises(Refused, match=r"\.svg"):
        media_type_of(tmp_path / "a.svg")
