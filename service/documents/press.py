"""Typesets documents in a confined child, and believes nothing but a well-formed answer."""

import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson
from anyio import to_thread

from service.documents.kinds import DocumentKind
from service.errors import SafetyError
from service.late import Late

if TYPE_CHECKING:
    import segno
else:
    segno = Late("segno")

_ROOT = Path(__file__).resolve().parents[2]
_SHIPPED = Path(__file__).resolve().parent / "forms"
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from service.documents.press_child import main;"
    " main(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))"
)
_PAGES = '#context [#metadata("pages:" + str(counter(page).final().first())) <said>]'
"""Tells how many pages there are, to be held against how many feet."""
LONGEST_FILE = 8 << 20  # bytes of one document
LONGEST_SOURCE = 64 << 10  # characters of a template


class TemplateRefused(SafetyError):
    """The template does not typeset within its limits; mend it as the message says."""

    code = "TEMPLATE_REFUSED"


class PressFailed(Exception):
    """The child was ended from outside or did not start; trying again may help."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What typesetting one document may use."""

    memory_bytes: int = 1 << 30
    cpu_seconds: int = 10
    wall_seconds: float = 30


@dataclass(frozen=True, slots=True)
class Sheet:
    """A typeset document; `marks` says which fields and parts of the frame are on it."""

    pdf: bytes
    marks: frozenset[str]
    pictures: tuple[bytes, ...] = ()
    """Its first pages as PNG, where they were asked for."""


@lru_cache(maxsize=32)
def shipped(kind: DocumentKind) -> str:
    """The template that the product ships for a kind."""
    return (_SHIPPED / f"{kind.value.lower()}.typ").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def frame() -> str:
    """What every document shares: page, head, foot, QR code, tables, signatures."""
    return (_SHIPPED / "frame.typ").read_text(encoding="utf-8")


def qr(text: str) -> str:
    """The QR code of `text` as SVG; the same for the same text."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", border=0, xmldecl=False, nl=False, svgclass=None, lineclass=None
    )
    return out.getvalue().decode()


async def typeset(
    source: str,
    data: dict[str, Any],
    *,
    verify_url: str,
    issued_at: datetime,
    limits: Limits | None = None,
    pictures: bool = False,
) -> Sheet:
    """Typeset `data` by a template; the same arguments give the same bytes.

    Raises:
        TemplateRefused: the template is wrong, or needs more time or memory than it is given.
        PressFailed: nothing was decided.
    """
    job = {
        "source": f"{frame()}\n{source}\n{_PAGES}",
        "data": orjson.dumps(data).decode(),
        "qr": qr(verify_url),
        "timestamp": str(int(issued_at.timestamp())),
        "pictures": "yes" if pictures else "",
    }
    return await to_thread.run_sync(partial(_run, orjson.dumps(job), limits or Limits()))


_PLACE = re.compile(r":(\d+):(\d+)$", re.MULTILINE)


def position(diagnostic: str) -> str:
    """Where in the town's own source the compiler stopped: `line 3, column 7: `, empty if unknown.

    The compiler counts from the first line of the frame that goes before it; a fault inside the
    frame is that of the call which led there, further down in the report.
    """
    before = frame().count("\n") + 1
    for line, column in _PLACE.findall(diagnostic):
        if int(line) > before:
            return f"line {int(line) - before}, column {int(column) + 1}: "
    return ""


def _run(job: bytes, limits: Limits) -> Sheet:
    with TemporaryDirectory(prefix="anshang-press-") as world:
        Path(world).chmod(0o755)
        arguments = [str(_ROOT), world, str(limits.memory_bytes), str(limits.cpu_seconds)]
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", _START, *arguments],
                input=job,
                capture_output=True,
                timeout=limits.wall_seconds,
                # A proxy that nobody serves keeps a package import off the network where the
                # kernel did not; one thread keeps the share of memory small and even.
                env={
                    "LC_ALL": "C.UTF-8",
                    "RAYON_NUM_THREADS": "1",
                    "HTTPS_PROXY": "http://127.0.0.1:9",
                },
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TemplateRefused(
                f"typesetting takes longer than {limits.wall_seconds:g} s"
            ) from None
        except OSError as error:
            raise PressFailed("the press does not start") from error
    return _judge(done, limits)


def _judge(done: "subprocess.CompletedProcess[bytes]", limits: Limits) -> Sheet:
    if done.returncode != 0:
        return _dead(done, limits)
    try:
        answer = orjson.loads(done.stdout)
        if "refused" in answer:
            hints = "".join(f"; {hint}" for hint in answer["hints"])
            where = position(str(answer.get("diagnostic", "")))
            raise TemplateRefused(f"{where}{answer['refused']}{hints}", path=("input", "source"))
        sheet = Sheet(
            bytes.fromhex(answer["pdf"]),
            frozenset(map(str, answer["marks"])),
            tuple(bytes.fromhex(page) for page in answer.get("pictures", ())),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise TemplateRefused("the template overthrew the press") from error
    if not sheet.pdf.startswith(b"%PDF-") or len(sheet.pdf) > LONGEST_FILE:
        raise TemplateRefused(f"a document must not exceed {LONGEST_FILE >> 20} MiB")
    return sheet


def _dead(done: "subprocess.CompletedProcess[bytes]", limits: Limits) -> Sheet:
    said = done.stderr.decode(errors="replace")
    if -done.returncode == signal.SIGKILL and "memory" not in said:
        # Also the kernel's answer at the hard limit of processor time, one second after the soft.
        raise PressFailed("the press was killed")
    if -done.returncode == signal.SIGXCPU:
        raise TemplateRefused(f"typesetting needs more than {limits.cpu_seconds} s of computing")
    if "memory allocation" in said or "MemoryError" in said or -done.returncode in (6, 11):
        raise TemplateRefused(
            f"typesetting needs more than {limits.memory_bytes >> 20} MiB of memory"
        )
    raise PressFailed(said.strip().splitlines()[-1][:400] if said.strip() else "no answer")
