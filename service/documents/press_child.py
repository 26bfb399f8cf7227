"""The process that typesets one document: limits itself, reads a job on 0, answers on 1.

A town may bring a template of its own, so whatever runs here is a stranger's program.  It has
an empty environment and holds no secret; before it reads the job it gives up its privileges,
the network where the kernel lets it, and all but a fixed share of the machine.  The compiler
sees one empty folder as the whole world of files.
"""

import ctypes
import os
import resource
import sys
from pathlib import Path
from typing import Final

import noto_cjk_sans_otc
import orjson
import typst

from service.child_process import die_with_parent

FONTS = Path(noto_cjk_sans_otc.__file__).parent
STANDARD: Final = "a-2b"  # PDF/A-2b: ISO 19005-2, basic conformance
PICTURE_PPI: Final = 110  # pixels per inch: read on a screen, not printed
MOST_PICTURES: Final = 4  # pages of a preview that are shown as pictures
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_NOBODY = 65534
_LIBC = ctypes.CDLL(None)


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Give up, for good, what typesetting one document does not need."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, memory_bytes),
    ):
        resource.setrlimit(limit, (value, value))
    if os.geteuid() == 0:
        # Not every container may make a network of its own; then the empty one is a bonus lost.
        _LIBC.unshare(_CLONE_NEWNET)
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    else:
        _LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    die_with_parent()


def typeset(job: dict[str, str], root: str) -> dict[str, object]:
    """The file in hex and the marks that it carries, or what the compiler says against it.

    A mark is metadata labelled `said` or `foot`: which fields and which parts of the frame the
    template really set on the page.  With `pictures` the pages come as PNG as well.
    """
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )

    def compiler() -> typst.Compiler:
        # One each time, since a compiler forgets a source that is no file after its first use.
        return typst.Compiler(
            input=job["source"].encode(),
            root=root,
            font_paths=fonts,
            sys_inputs={"data": job["data"], "qr": job["qr"]},
            package_path=root,
            package_cache_path=root,
        )

    try:
        pdf = compiler().compile(
            format="pdf", pdf_standards=[STANDARD], timestamp=int(job["timestamp"])
        )
        marks = compiler().query("<said>", field="value", format="json")
        pages = compiler().compile(format="png", ppi=PICTURE_PPI) if job.get("pictures") else []
    except typst.TypstError as error:
        return {
            "refused": str(error.message)[:800],
            "hints": [str(hint) for hint in error.hints][:5],
            "diagnostic": error.diagnostic[:4000],
        }
    assert isinstance(pdf, bytes)
    shown = pages if isinstance(pages, list) else [pages or b""]
    return {
        "pdf": pdf.hex(),
        "marks": sorted(_kept(orjson.loads(marks))),
        "pictures": [page.hex() for page in shown[:MOST_PICTURES]],
    }


def _kept(marks: list[str]) -> set[str]:
    """The marks, without the foot unless every page has one."""
    pages = [int(one.removeprefix("pages:")) for one in marks if one.startswith("pages:")]
    footed = bool(pages) and marks.count("foot") >= pages[0]
    return {one for one in marks if not one.startswith("pages:")} - (set() if footed else {"foot"})


def main(root: str, memory_bytes: int, cpu_seconds: int) -> None:
    """Typeset the job on descriptor 0 and write the answer as JSON."""
    confine(memory_bytes, cpu_seconds)
    job = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(typeset(job, root)))
    sys.stdout.buffer.flush()
