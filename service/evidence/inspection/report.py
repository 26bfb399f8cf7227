"""What looking into a file yields: a finding or a refusal, and both as bytes on a pipe."""

import json
import struct
from dataclasses import asdict, dataclass, replace

from service.evidence.rules import Reason

READY = b"ready\n"
STATUS = struct.Struct(">i")  # how a child ended, as `waitpid` tells; last on the pipe
REQUEST = struct.Struct(">40sQId")  # media type, memory in bytes, CPU and wall time in seconds


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
    without metadata, empty where there is nothing to picture.
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
