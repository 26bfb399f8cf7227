"""The process around the inspectors: what a file that takes it over can and cannot do."""

import asyncio
import os
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from service.evidence.inspection import sandbox
from service.evidence.inspection.report import Refused
from service.evidence.inspection.sandbox import InspectionFailed, Limits, Sandbox
from service.evidence.rules import Reason
from tests.evidence import samples
from tests.evidence.conftest import Look


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let the child run other code than ours, as if a file had taken it over."""
    made: list[Sandbox] = []

    def replace(code: str) -> None:
        start = (
            "import os, sys, time\n"
            "from service.evidence.inspection import child, zygote\n"
            "def main(media_type, memory, cpu, order):\n"
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
            sandbox._shared._send, file.fileno(), outgoing, "image/png", Limits(), b""
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
        try:
            os.fork() or os._exit(0)
        except OSError:
            seen.append("no process")
        os.write(1, b"ready\\n" + encode(Finding(captured_at=json.dumps(seen))))
        """
    )

    found = await look(b"x", "image/png")

    unprivileged = os.geteuid() or 65534
    assert found.captured_at == f'[0, {unprivileged}, ["0", "1"], "no file", "no process"]'
