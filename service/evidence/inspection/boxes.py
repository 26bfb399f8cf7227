"""Boxes of the ISO base media file format (ISO/IEC 14496-12), in memory or in a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from service.evidence.inspection.report import Refused
from service.evidence.rules import Reason

_MAX_BOXES = 200_000


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its type, and where its payload begins and ends in the file."""

    kind: bytes
    start: int
    end: int
    source: BinaryIO

    @property
    def payload(self) -> bytes:
        """The bytes of the box without its header; for boxes known to be small."""
        self.source.seek(self.start)
        return self.source.read(self.end - self.start)

    def children(self, skip: int = 0) -> Iterator["Box"]:
        """The boxes inside, after `skip` bytes of fields."""
        return read_boxes(self.source, self.start + skip, self.end)


def walk(data: bytes) -> list[Box]:
    """The outermost boxes of a whole file in memory, which must fill it exactly.

    Raises:
        Refused: they do not, or the first one is no `ftyp`.
    """
    return outermost(BytesIO(data), len(data))


def outermost(source: BinaryIO, length: int) -> list[Box]:
    """The outermost boxes of a file of `length` bytes.

    Raises:
        Refused: they do not fill it exactly, or the first one is no `ftyp`.
    """
    found = list(read_boxes(source, 0, length))
    if not found or found[0].kind != b"ftyp":
        raise Refused(Reason.TYPE_DIFFERS, "the file does not begin as an MP4, MOV, M4A or HEIC")
    return found


def read_boxes(source: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes that fill the bytes from `start` to `end`.

    Raises:
        Refused: a box has no printable type, runs over the end or is one too many.
    """
    count = 0
    while start < end:
        source.seek(start)
        header = source.read(16)
        size, kind = int.from_bytes(header[:4], "big"), header[4:8]
        begin = start + 8
        if size == 1:
            size, begin = int.from_bytes(header[8:16], "big"), start + 16
        elif size == 0:
            size = end - start
        count += 1
        printable = all(32 <= byte < 127 or byte == 0xA9 for byte in kind)
        if len(kind) < 4 or not printable or start + size > end or size < begin - start:
            raise Refused(Reason.UNREADABLE, f"the file is damaged or cut off at byte {start}")
        if count > _MAX_BOXES:
            raise Refused(Reason.TOO_COMPLEX, f"more than {_MAX_BOXES} boxes side by side")
        yield Box(kind, begin, start + size, source)
        start += size
