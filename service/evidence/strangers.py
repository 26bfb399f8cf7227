"""Photos that somebody sends whom nobody knows: scanned, decoded in the sandbox, copied clean.

What is kept is the copy: a JPEG of the pixels alone.  The time, place and device that a camera
wrote beside them could say who took the photo, so they never leave this module.
"""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from tempfile import TemporaryFile

from service.evidence.inspection.report import Refused
from service.evidence.inspection.sandbox import Limits, inspect
from service.evidence.rules import MIB, Reason, Scan
from service.evidence.scanner import scan
from service.settings import settings

MAX_BYTES = 10 * MIB  # of one photo
LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=15, wall_seconds=30)
# Anybody may send photos, so that two at a time are decoded, whatever else asks.
_turn = asyncio.Semaphore(2)
_STARTS = {
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/png": (0, b"\x89PNG\r\n\x1a\n"),
    "image/webp": (8, b"WEBP"),
    "image/heic": (4, b"ftyp"),
}


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """The copy without metadata, what the scanner said, and the digest of what was sent."""

    body: bytes
    scan: Scan
    sent_sha256: str


async def cleaned(sent: bytes) -> CleanPhoto:
    """The copy of a photo that may be shown to whoever handles it; at most 2048 pixels long.

    Raises:
        Refused: infected, or no photo of an accepted type that can be decoded within its limits.
        ScannerUnavailable, InspectionFailed: to be tried again; nothing is said of the photo.
    """
    media_type = _type_of(sent)
    with TemporaryFile() as file:
        file.write(sent)
        file.flush()
        async with _turn:
            verdict = await scan(file, settings().clamd_url)
            if verdict is Scan.INFECTED:
                raise Refused(Reason.INFECTED, "the virus scanner found something in the file")
            found = await inspect(file, media_type, LIMITS, fill=())
    return CleanPhoto(found.thumbnail, verdict, sha256(sent).hexdigest())


def _type_of(sent: bytes) -> str:
    # Which decoder is asked; whether the file is of that type, the decoder says.
    if len(sent) > MAX_BYTES:
        raise Refused(Reason.TOO_COMPLEX, f"a photo has at most {MAX_BYTES // MIB} MiB")
    for media_type, (at, start) in _STARTS.items():
        if sent.startswith(start, at):
            return media_type
    raise Refused(Reason.TYPE_DIFFERS, "the file is no JPEG, PNG, WebP or HEIC")
