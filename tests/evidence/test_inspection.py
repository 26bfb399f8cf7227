"""Good files are understood, bad ones refused, and none of them harms the process that looks."""

import resource
import struct
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from service.evidence.inspection.documents import inspect_pdf
from service.evidence.inspection.movies import inspect_movie
from service.evidence.inspection.pictures import inspect_picture, prepare
from service.evidence.inspection.report import Finding, Refused, decode, encode
from service.evidence.inspection.sandbox import Limits, inspect
from service.evidence.rules import Reason
from tests.evidence import samples
from tests.evidence.conftest import Look
from tests.evidence.samples import HOSTILE


def look_here(data: bytes, media_type: str) -> Finding:
    """The same inspectors without the process around them."""
    if media_type.startswith("image/"):
        prepare(media_type)
        return inspect_picture(data, media_type)
    if media_type == "application/pdf":
        return inspect_pdf(data)
    return inspect_movie(BytesIO(data), len(data), media_type)


@pytest.mark.parametrize(
    ("name", "media_type", "make", "reason"), HOSTILE, ids=[case[0] for case in HOSTILE]
)
def test_verdict_is_the_inspectors_not_the_processes(
    name: str, media_type: str, make: Callable[[], bytes], reason: str
) -> None:
    with pytest.raises(Refused) as refusal:
        look_here(make(), media_type)

    assert refusal.value.reason.value in reason.split(), refusal.value.message


@pytest.mark.parametrize(
    ("make", "media_type"),
    [
        (lambda: samples.jpeg(exif=samples.exif(6)), "image/jpeg"),
        (lambda: samples.jpeg() + samples.movie(), "image/jpeg"),
        (samples.png, "image/png"),
        (samples.webp, "image/webp"),
        (samples.heic, "image/heic"),
        (lambda: samples.pdf(samples.packed(b"9 0 << /Type /Page >>")), "application/pdf"),
        (samples.movie, "video/mp4"),
        (lambda: samples.movie(created=0, place=b"nowhere"), "video/mp4"),
    ],
)
async def test_process_reports_what_the_inspector_finds(
    look: Look, make: Callable[[], bytes], media_type: str
) -> None:
    data = make()

    assert await look(data, media_type) == look_here(data, media_type)


def test_corpus_is_large_and_without_repetition() -> None:
    assert len(HOSTILE) >= 75
    assert len({name for name, *_ in HOSTILE}) == len(HOSTILE)
    assert {r for *_, reasons in HOSTILE for r in reasons.split()} == {
        reason.value
        for reason in Reason
        if reason not in (Reason.LENGTH_DIFFERS, Reason.DIGEST_DIFFERS, Reason.INFECTED)
    }


@pytest.mark.parametrize(
    ("make", "media_type"),
    [
        (samples.jpeg, "image/jpeg"),
        (samples.png, "image/png"),
        (samples.webp, "image/webp"),
    ],
)
async def test_photo_is_measured_and_gets_a_thumbnail(
    look: Look, make: Callable[[], bytes], media_type: str
) -> None:
    found = await look(make(), media_type)

    assert (found.width, found.height) == (640, 480)
    with Image.open(BytesIO(found.thumbnail)) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (512, 384))


async def test_heic_photo_is_measured_and_gets_a_thumbnail(look: Look) -> None:
    found = await look(samples.heic(), "image/heic")

    assert (found.width, found.height) == (128, 96)
    with Image.open(BytesIO(found.thumbnail)) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (128, 96))


async def test_time_and_place_are_read_and_kept_out_of_the_thumbnail(look: Look) -> None:
    found = await look(samples.jpeg(exif=samples.exif(), comment=b"secret"), "image/jpeg")

    assert found.captured_at == "2026-03-05T14:30:00+08:00"
    assert (found.latitude, found.longitude) == (29.72, 106.63)
    with Image.open(BytesIO(found.thumbnail)) as thumbnail:
        assert not thumbnail.getexif()
        assert set(thumbnail.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"secret" not in found.thumbnail
    assert b"Maker" not in found.thumbnail


async def test_camera_without_offset_is_taken_to_show_the_time_of_china(look: Look) -> None:
    found = await look(samples.jpeg(exif=samples.exif(offset=None)), "image/jpeg")

    assert found.captured_at == "2026-03-05T14:30:00+08:00"


async def test_malformed_exif_counts_as_absent(look: Look) -> None:
    tags = Image.Exif()
    tags.get_ifd(0x8769)[36867] = "yesterday"
    tags.get_ifd(0x8825)[2] = (900.0, 0.0, 0.0)

    found = await look(samples.jpeg(exif=tags.tobytes()), "image/jpeg")

    assert (found.captured_at, found.latitude, found.longitude) == (None, None, None)


async def test_turned_photo_is_shown_upright(look: Look) -> None:
    found = await look(samples.jpeg(exif=samples.exif(orientation=6)), "image/jpeg")

    assert (found.width, found.height) == (480, 640)
    with Image.open(BytesIO(found.thumbnail)) as thumbnail:
        assert thumbnail.size == (384, 512)
        # Turned to the right, the red quarter lies at the top on the right.
        red, green, _ = thumbnail.getpixel((300, 60))
        assert red > 150 > green


async def test_transparent_picture_gets_a_white_ground(look: Look) -> None:
    clear = samples.saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG")

    found = await look(clear, "image/png")

    with Image.open(BytesIO(found.thumbnail)) as thumbnail:
        assert thumbnail.getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize(
    "trailer",
    [b"", bytes(4096), samples.jpeg(), bytes(12) + samples.jpeg(), samples.movie(), b"x0SEFT"],
    ids=["none", "padding", "second lens", "padded second lens", "moving photo", "maker's"],
)
async def test_what_telephones_append_to_photos_is_accepted(look: Look, trailer: bytes) -> None:
    found = await look(samples.jpeg() + trailer, "image/jpeg")

    assert (found.width, found.height) == (640, 480)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (samples.movie(), "video/mp4"),
        (samples.movie(b"qt  "), "video/quicktime"),
        (samples.movie(b"M4A ", b"soun"), "audio/mp4"),
    ],
)
async def test_recording_is_timed_and_placed(look: Look, data: bytes, media_type: str) -> None:
    found = await look(data, media_type)

    assert found.duration_seconds == 15.0
    assert found.captured_at == "2026-03-10T15:06:40+00:00"
    assert (found.latitude, found.longitude) == (29.72, 106.63)
    assert found.thumbnail == b""


async def test_recording_beyond_4_gib_is_read_without_reading_its_media(
    look: Look, tmp_path: Path
) -> None:
    head = samples.box(b"ftyp", b"isom\0\0\2\0isom")
    size = 5 << 30
    whole = samples.movie(offset=len(head) + 16)
    index = whole[whole.index(b"moov") - 4 :]
    path = tmp_path / "large"
    with path.open("wb+") as file:
        file.write(head + struct.pack(">I4sQ", 1, b"mdat", size))
        file.seek(len(head) + size)
        file.write(index)

        started = time.monotonic()
        found = await inspect(file, "video/mp4")

    assert found.duration_seconds == 15.0
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("extra", [b"", samples.packed(b"9 0 << /Type /Page /Parent 2 0 R >>")])
async def test_pdf_pages_are_counted_also_when_packed(look: Look, extra: bytes) -> None:
    found = await look(samples.pdf(extra), "application/pdf")

    assert found.pages == (2 if extra else 1)


async def test_small_file_that_decodes_to_64_megapixels_stays_within_limits(look: Look) -> None:
    bomb = samples.png_of_size(8000, 8000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    found = await look(bomb, "image/png")

    assert len(bomb) < 80_000
    assert found.width == 8000
    # The memory is the child's; this process stays as it was (kilobytes).
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


async def test_file_that_needs_more_memory_than_given_is_refused(look: Look) -> None:
    with pytest.raises(Refused) as refusal:
        await look(samples.png_of_size(10_900, 10_900), "image/png", Limits(memory_bytes=100 << 20))

    assert refusal.value.reason in (Reason.TOO_COMPLEX, Reason.UNREADABLE)


@pytest.mark.parametrize(
    "outcome",
    [
        Finding(width=3, height=4, captured_at="2026-01-01T00:00:00+08:00", thumbnail=b"\xff\n\0"),
        Finding(pages=2),
        Finding(duration_seconds=1.5, latitude=-1.0, longitude=2.0),
    ],
)
def test_report_survives_the_pipe(outcome: Finding) -> None:
    assert decode(encode(outcome)) == outcome


def test_refusal_survives_the_pipe() -> None:
    returned: Any = decode(encode(Refused(Reason.POLYGLOT, "两种格式")))

    assert (returned.reason, returned.message) == (Reason.POLYGLOT, "两种格式")


def test_report_cut_off_is_an_error() -> None:
    with pytest.raises(ValueError):
        decode(b'{"found": {}}')
