"""The process that opens one stranger's file: limits itself, reads descriptor 0, reports on 1.

It has an empty environment, no network where the kernel allows that, and holds no secret; before
the first byte is parsed it gives up its privileges and all but a fixed share of the machine.
"""

import ctypes
import os
import resource

from service.child_process import die_with_parent
from service.evidence.inspection.documents import inspect_pdf
from service.evidence.inspection.movies import inspect_movie
from service.evidence.inspection.pictures import inspect_picture
from service.evidence.inspection.posters import find_poster
from service.evidence.inspection.posters import prepare as prepare_poster
from service.evidence.inspection.report import (
    POSTER,
    READY,
    Finding,
    Refused,
    encode,
    read_order,
)
from service.evidence.rules import MEDIA_TYPES, Kind, Reason

PICTURES = tuple(name for name, media in MEDIA_TYPES.items() if media.kind is Kind.PHOTO)
SINGLE = frozenset(PICTURES) - {"image/heic"}
"""Types whose decoders need no threads, which the kernel counts as processes."""
_CLONE_NEWNET = 0x40000000
_NOBODY = 65534
_LIBC = ctypes.CDLL(None)


def leave_network() -> None:
    """Move to a network without a single address, where the kernel lets us; children stay there.

    Once for all: making one for each file costs more than looking into a photo does.
    """
    if os.geteuid() == 0:
        # Not every container may make a network of its own; then the empty one is a bonus lost.
        _LIBC.unshare(_CLONE_NEWNET)


def confine(memory_bytes: int, cpu_seconds: int, *, alone: bool = True) -> None:
    """Give up, for good, what looking at one file does not need; `alone` also other processes."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, memory_bytes),
    ):
        resource.setrlimit(limit, (value, value))
    if alone:
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    # Only now: the kernel forgets this wish when a process changes its user.
    die_with_parent()


def look(media_type: str, order: bytes = b"") -> Finding | Refused:
    """What descriptor 0 holds, or where it is ordered a copy of it with rectangles filled, or a
    still picture of a video."""
    length = os.fstat(0).st_size
    with os.fdopen(0, "rb", closefd=False) as source:
        try:
            kind = MEDIA_TYPES[media_type].kind
            if order == POSTER:
                return find_poster(source)
            if kind in (Kind.VIDEO, Kind.AUDIO):
                return inspect_movie(source, length, media_type)
            if kind is Kind.DOCUMENT:
                return inspect_pdf(source.read())
            return inspect_picture(source.read(), media_type, read_order(order))
        except Refused as refusal:
            return refusal
        except (MemoryError, RecursionError):
            return Refused(Reason.TOO_COMPLEX, "the file needs more memory than is given to one")


def main(media_type: str, memory_bytes: int, cpu_seconds: int, order: bytes = b"") -> None:
    """Inspect descriptor 0 and write the report."""
    if order == POSTER:
        prepare_poster()
    confine(memory_bytes, cpu_seconds, alone=media_type in SINGLE)
    with os.fdopen(1, "wb", closefd=False) as out:
        out.write(READY)
        out.flush()
        out.write(encode(look(media_type, order)))
