"""Good files are understood, bad ones refused, and none of them harms the process that looks."""

import asyncio
import os
import resource
import struct
import textwrap
import time
from collections.abc import Awaitable, Callable, Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest
from PIL import Image

from service.evidence.inspection import sandbox
from service.evidence.inspection.report import Finding, Refused, decode, encode
from service.evidence.inspection.sandbox import InspectionFailed, Limits, Sandbox, inspect
from service.evidence.rules import Reason
from tests.evidence import samples
from tests.evidence.samples import HOSTILE

Look = Callable[..., Awaitable[Finding]]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    async def run(data: bytes, media_type: str, limits: Limits | None = None) -> Finding:
        with TemporaryFile(dir=tmp_path) as file:
            file.write(data)
            return await inspect(file, media_type, limits)

    return run


@pytest.mark.parametrize(("name", "media_type", "make", "reason"), HOSTILE, ids=lambda v: str(v))
async def test_hostile_file_is_refused(
    look: Look, name: str, media_type: str, make: Callable[[], bytes], reason: str
) -> None:
    with pytest.raises(Refused) as refusal:
        await look(make(), media_type)

    assert refusal.value.reason.value in reason.split(), refusal.value.message


def test_corpus_is_large_and_without_repetition() -> None:
    assert len(HOSTILE) >= 50
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


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let the child run other code than ours, as if a file had taken it over."""
    made: list[Sandbox] = []

    def replace(code: str) -> None:
        start = (
            "import os, sys, time\n"
            "from service.evidence.inspection import child, zygote\n"
            "def main(media_type, memory, cpu):\n"
            + textwrap.indent(textwrap.dedent(code), "    ")
            + "\nchild.main = main\nzygote.serve()"
        )
        made.append(Sandbox(start))
        monkeypatch.setattr(sandbox, "_shared", made[-1])

    yield replace
    for one in made:
        one.close()


async def test_child_that_hangs_is_ended_in_time(
    look: Look, stand_in: Callable[[str], None], tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    stand_in(
        f"open({str(note)!r}, 'w').write(str(os.getpid())); os.write(1, b'ready\\n');"
        " time.sleep(60)"
    )
    started = time.monotonic()

    with pytest.raises(Refused) as refusal:
        await look(b"x", "image/png", Limits(wall_seconds=1))

    assert refusal.value.reason is Reason.TOO_COMPLEX
    assert time.monotonic() - started < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("os.write(1, b'ready\\n'); os.abort()", Reason.UNREADABLE),
        ("os.write(1, b'ready\\n'); os.kill(os.getpid(), 9)", Reason.TOO_COMPLEX),
        ("os.write(1, b'ready\\n'); os.write(1, b'not json\\n')", Reason.UNREADABLE),
        ("os.write(1, b'ready\\n'); os.write(1, b'{\"found\": {\"x\": 1}}\\n')", Reason.UNREADABLE),
        ("os.write(1, b'ready\\n')\nwhile 1: os.write(1, bytes(9999))", Reason.UNREADABLE),
    ],
    ids=["crash", "killed", "garbage", "unknown field", "flood"],
)
async def test_overthrown_child_is_not_believed(
    look: Look, stand_in: Callable[[str], None], code: str, reason: Reason
) -> None:
    stand_in(code)

    with pytest.raises(Refused) as refusal:
        await look(b"x", "image/png")

    assert refusal.value.reason is reason


async def test_child_that_does_not_start_blames_no_file(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_shared", Sandbox("sys.exit(3)"))

    for _ in range(2):
        with pytest.raises(InspectionFailed):
            await look(b"x", "image/png")


async def test_forking_process_that_was_killed_is_replaced(look: Look) -> None:
    await look(samples.png(), "image/png")
    process = sandbox._shared._process
    assert process is not None
    process.kill()
    process.wait()

    assert (await look(samples.png(), "image/png")).width == 640


async def test_child_ends_with_the_forking_process(
    look: Look, stand_in: Callable[[str], None]
) -> None:
    stand_in('child.confine(1 << 30, 5); os.write(1, b"%d" % os.getpid()); time.sleep(60)')
    incoming, outgoing = os.pipe()
    with TemporaryFile() as file:
        await asyncio.to_thread(
            sandbox._shared._send, file.fileno(), outgoing, "image/png", Limits()
        )
        pid = int(await asyncio.to_thread(os.read, incoming, 20))
    os.kill(pid, 0)

    sandbox._shared.close()

    assert await asyncio.to_thread(_wait, lambda: not Path(f"/proc/{pid}").exists())
    os.close(incoming)
    os.close(outgoing)


async def test_children_leave_the_forking_process_as_it_was(look: Look) -> None:
    for _ in range(3):
        with pytest.raises(Refused):
            await look(samples.png_lying_about_size(), "image/png")
    process = sandbox._shared._process
    assert process is not None

    found = await asyncio.gather(*(look(samples.png(), "image/png") for _ in range(6)))

    assert {one.width for one in found} == {640}
    assert sandbox._shared._process is process
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    assert await asyncio.to_thread(_wait, lambda: not children.read_text().split())


def _wait(until: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if until():
            return True
        time.sleep(0.05)
    return False


async def test_child_has_no_secret_no_file_and_no_privilege(
    look: Look,
    stand_in: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("ANSHANG_S3_SECRET_KEY", "canary")
    stand_in(
        f"""
        import json
        from service.evidence.inspection.report import Finding, encode
        child.confine(1 << 30, 5)
        seen = [len([k for k in os.environ if k.startswith("ANSHANG")]), os.geteuid()]
        seen.append(os.listdir("/proc/self/fd")[:2])
        try:
            open({str(tmp_path / "written")!r}, "w").write("x" * 100)
        except OSError:
            seen.append("no file")
        os.write(1, b"ready\\n" + encode(Finding(captured_at=json.dumps(seen))))
        """
    )

    found = await look(b"x", "image/png")

    unprivileged = os.geteuid() or 65534
    assert found.captured_at == f'[0, {unprivileged}, ["0", "1"], "no file"]'


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
