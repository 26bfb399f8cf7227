"""A video gets a still picture, upright and without metadata, or none; it is sealed either way."""

from io import BytesIO
from tempfile import TemporaryFile

import pytest
from PIL import Image

from service.evidence.inspection import sandbox
from service.evidence.inspection.report import Finding
from service.evidence.sealing import verify_and_seal
from service.storage import Bucket, store
from tests.evidence import samples
from tests.evidence.conftest import Desk

VIDEO = {"media_type": "video/mp4", "filename": "a.mp4"}


async def poster(data: bytes) -> Finding:
    with TemporaryFile() as file:
        file.write(data)
        return await sandbox.poster(file, "video/mp4")


def red_and_not(found: Finding, red: tuple[int, int], other: tuple[int, int]) -> bool:
    with Image.open(BytesIO(found.thumbnail)) as picture:
        (r, g, _), (s, t, _) = picture.getpixel(red), picture.getpixel(other)
    return bool(r > 150 > g and abs(s - t) < 60)


@pytest.mark.parametrize(
    ("codec", "kind"),
    [("libx264", "mp4"), ("libx265", "mp4"), ("libx264", "mov"), ("mjpeg", "mov")],
)
async def test_a_video_has_a_poster(codec: str, kind: str) -> None:
    found = await poster(samples.film(codec, kind=kind))

    assert (found.width, found.height) == (320, 180)
    assert red_and_not(found, (60, 40), (260, 40))


async def test_a_poster_stands_upright() -> None:
    found = await poster(samples.film(turn=True))

    assert (found.width, found.height) == (180, 320)
    # Turned to the right, the red quarter lies at the top on the right.
    assert red_and_not(found, (140, 60), (40, 60))


async def test_a_poster_is_sealed_with_its_video(desk: Desk) -> None:
    body = samples.film(width=1280, height=720)
    evidence_id = await desk.hand_in(body, **VIDEO)

    assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"

    row = await desk.row(evidence_id)
    assert (row.width, row.height, row.duration_seconds) == (1280, 720, 1.0)
    thumbnail, _ = await store().get(Bucket.DERIVED, row.thumbnail_key)
    with Image.open(BytesIO(thumbnail)) as still:
        assert (still.format, still.size, dict(still.getexif())) == ("JPEG", (512, 288), {})
    assert (await store().get(Bucket.SEALED, row.key))[0] == body


async def test_a_video_whose_pictures_cannot_be_decoded_is_sealed_without_one(desk: Desk) -> None:
    film = samples.film()
    at = film.index(b"mdat") + 4
    broken = film[:at] + samples.noise(len(film))[: film.index(b"moov") - 4 - at]
    broken += film[film.index(b"moov") - 4 :]
    evidence_id = await desk.hand_in(broken, **VIDEO)

    assert await verify_and_seal(desk.scope, evidence_id) == "SEALED"

    row = await desk.row(evidence_id)
    assert (row.width, row.thumbnail_length) == (None, 0)


@pytest.mark.parametrize("at", range(40, 4000, 360))
async def test_flipped_videos_end_in_a_poster_or_none(at: int) -> None:
    found = await poster(samples.flipped(samples.film(), at))

    assert found == Finding() or found.thumbnail.startswith(b"\xff\xd8")
