"""Starts the inspecting child, feeds it one file, and believes nothing but a well-formed report."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from service.evidence.inspection.report import READY, Finding, Refused, decode
from service.evidence.rules import Reason

_ROOT = Path(__file__).resolve().parents[3]
_MAX_REPORT = 4 << 20  # bytes; a thumbnail has some ten thousand
_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    "from service.evidence.inspection.child import main;"
    "main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))"
)


class InspectionFailed(Exception):
    """The child could not be started; the file is not to blame and the task may be tried again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one inspection may use."""

    memory_bytes: int = 3 << 29
    cpu_seconds: int = 30
    wall_seconds: float = 90


async def inspect(file: BinaryIO, media_type: str, limits: Limits | None = None) -> Finding:
    """Look into an open file of the declared media type.

    Raises:
        Refused: the file cannot be evidence; also when its decoding crashed or ran too long.
        InspectionFailed: the child did not start.
    """
    limits = limits or Limits()
    file.flush()
    # The child shares the descriptor's offset, which a buffered `seek` need not move.
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-c", _START, str(_ROOT), media_type),
        *(str(limits.memory_bytes), str(limits.cpu_seconds)),
        stdin=file,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        limit=_MAX_REPORT,
    )
    try:
        async with asyncio.timeout(limits.wall_seconds):
            assert process.stdout is not None
            output = await _read(process.stdout)
            code = await process.wait()
    except TimeoutError:
        raise Refused(Reason.TOO_COMPLEX, "the file takes too long to decode") from None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return _judge(output, code)


async def _read(stream: asyncio.StreamReader) -> bytes:
    output = bytearray()
    while piece := await stream.read(1 << 16):
        output += piece
        if len(output) > _MAX_REPORT:
            raise Refused(Reason.UNREADABLE, "the decoder was overthrown")
    return bytes(output)


def _judge(output: bytes, code: int) -> Finding:
    if not output.startswith(READY):
        raise InspectionFailed(f"the inspecting process did not start (exit code {code})")
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        raise Refused(Reason.TOO_COMPLEX, "the file takes too much time or memory to decode")
    if code != 0:
        raise Refused(Reason.UNREADABLE, "the file crashes its decoder")
    try:
        outcome = decode(output[len(READY) :])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused(Reason.UNREADABLE, "the decoder was overthrown") from error
    if isinstance(outcome, Refused):
        raise outcome
    return outcome
