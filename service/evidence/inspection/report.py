"""What looking into a file yields: a finding or a refusal, and both as bytes on a pipe."""

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, replace

from service.evidence.rules import Reason, Rectangle

READY = b"ready\n"
STATUS = struct.Struct(">iQ")  # how a child ended, as `wait4` tells, and the most bytes it held
REQUEST = struct.Struct(">40sQId")  # media type, memory in bytes, CPU and wall time in seconds
POSTER = b"poster"  # the order for a still picture of a video
ORDER_MAX = 4096  # bytes of the order that may follow a request


def write_order(rectangles: Sequence[Rectangle] | None) -> bytes:
    """What to do beside looking: nothing, or fill rectangles in a copy for the public."""
    if rectangles is None:
        return b""
    return json.dumps([astuple(one) for one in rectangles]).encode()


def read_order(order: bytes) -> list[Rectangle] | None:
    """The inverse of `write_order`."""
    return [Rectangle(*one) for one in json.loads(order)] if order else None


class Refused(Exception):
    """The file is not what it claims, or is nothing that can be evidence."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Finding:
    """What a file shows; lengths in pixels and seconds, place in WGS 84 degrees.

    `captured_at` is the file's own time as ISO 8601 with offset; `thumbnail` is a fresh JPEG
    without metadata, empty where there is nothing to picture, and in place of a thumbnail the
    copy for the public where that was ordered.
    """

    width: int | None = None
    height: int | None = None
    pages: int | None = None
    duration_seconds: float | None = None
    captured_at: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    thumbnail: bytes = b""


def encode(outcome: Finding | Refused) -> bytes:
    """One JSON line, then the thumbnail."""
    if isinstance(outcome, Refused):
        line = {"refused": outcome.reason.value, "message": outcome.message}
        return json.dumps(line).encode() + b"\n"
    facts = asdict(outcome)
    thumbnail: bytes = facts.pop("thumbnail")
    return json.dumps({"found": facts}).encode() + b"\n" + thumbnail


def decode(data: bytes) -> Finding | Refused:
    """The inverse of `encode`.

    Raises:
        ValueError: the bytes are no report.
    """
    line, separator, thumbnail = data.partition(b"\n")
    if not separator:
        raise ValueError("the report is cut off")
    message = json.loads(line)
    if "refused" in message:
        return Refused(Reason(message["refused"]), message["message"])
    return replace(Finding(**message["found"]), thumbnail=thumbnail)
