"""Has files looked into by confined children, and believes nothing but a well-formed report."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread

from service.evidence.inspection.report import (
    POSTER,
    READY,
    REQUEST,
    STATUS,
    Finding,
    Refused,
    decode,
    write_order,
)
from service.evidence.rules import Reason, Rectangle

_ROOT = Path(__file__).resolve().parents[3]
_MAX_REPORT = 8 << 20  # bytes; a thumbnail has some ten thousand, a copy a million
_PATIENCE = 30  # seconds beyond the wall time, for the guard to do its work
_START = "from service.evidence.inspection.zygote import serve; serve()"


class InspectionFailed(Exception):
    """No child could be started; the file is not to blame and the task may be tried again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one inspection may use."""

    memory_bytes: int = 3 << 29
    cpu_seconds: int = 30
    wall_seconds: float = 90


class Sandbox:
    """One forking process, started when first needed and again should it be gone."""

    def __init__(self, start: str = _START) -> None:
        self._code = f"import sys; sys.path.insert(0, sys.argv[1]); {start}"
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        self._lock = threading.Lock()
        self.peak_bytes = 0
        """The most memory that a child has held so far."""

    async def inspect(
        self,
        file: BinaryIO,
        media_type: str,
        limits: Limits | None = None,
        fill: Sequence[Rectangle] | None = None,
    ) -> Finding:
        """Look into an open file of the declared media type; with `fill`, copy it for the public.

        Raises:
            Refused: the file cannot be evidence; also when its decoding crashed or ran too long.
            InspectionFailed: no child was started.
        """
        return await self._ordered(file, media_type, limits or Limits(), write_order(fill))

    async def poster(self, file: BinaryIO, media_type: str) -> Finding:
        """A still picture of an open video and its size; an empty finding where there is none.

        Raises:
            InspectionFailed: no child was started.
        """
        try:
            return await self._ordered(file, media_type, Limits(), POSTER)
        except Refused:
            return Finding()

    async def _ordered(
        self, file: BinaryIO, media_type: str, limits: Limits, order: bytes
    ) -> Finding:
        file.flush()
        # The child shares the descriptor's offset, which a buffered `seek` need not move.
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        incoming, outgoing = os.pipe()
        try:
            await to_thread.run_sync(self._send, file.fileno(), outgoing, media_type, limits, order)
        except OSError as error:
            os.close(incoming)
            raise InspectionFailed("the inspecting process does not start") from error
        finally:
            os.close(outgoing)
        output = await _read(incoming, limits.wall_seconds + _PATIENCE)
        if len(output) >= STATUS.size:
            self.peak_bytes = max(self.peak_bytes, STATUS.unpack(output[-STATUS.size :])[1])
        return _judge(output)

    def close(self) -> None:
        """End the forking process; children end with their files."""
        with self._lock:
            if self._requests is not None:
                self._requests.close()
            if self._process is not None:
                self._process.kill()
                self._process.wait()
            self._process = self._requests = None

    def _send(self, file: int, pipe: int, media_type: str, limits: Limits, order: bytes) -> None:
        kind = media_type.encode()
        message = REQUEST.pack(kind, limits.memory_bytes, limits.cpu_seconds, limits.wall_seconds)
        message += order
        with self._lock:
            for attempt in (1, 2):
                try:
                    socket.send_fds(self._channel(), [message], [file, pipe])
                    return
                except OSError:
                    self._requests = None
                    if attempt == 2:
                        raise

    def _channel(self) -> socket.socket:
        if self._requests is not None and self._process and self._process.poll() is None:
            return self._requests
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", self._code, str(_ROOT)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"LC_ALL": "C.UTF-8"},
            )
        self._requests = ours
        return ours


_shared = Sandbox()


async def inspect(
    file: BinaryIO,
    media_type: str,
    limits: Limits | None = None,
    fill: Sequence[Rectangle] | None = None,
) -> Finding:
    """Look into an open file with this process's sandbox; see `Sandbox.inspect`."""
    return await _shared.inspect(file, media_type, limits, fill)


async def poster(file: BinaryIO, media_type: str) -> Finding:
    """A still picture of a video with this process's sandbox; see `Sandbox.poster`."""
    return await _shared.poster(file, media_type)


async def _read(descriptor: int, seconds: float) -> bytes:
    """Everything that comes through a pipe, within bounds of time and length."""
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    output = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while piece := await reader.read(1 << 16):
                output += piece
                if len(output) > _MAX_REPORT:
                    raise Refused(Reason.UNREADABLE, "the decoder was overthrown")
    except TimeoutError:
        raise Refused(Reason.TOO_COMPLEX, "the file takes too long to decode") from None
    finally:
        transport.close()
    return bytes(output)


def _judge(output: bytes) -> Finding:
    report, told = output[: -STATUS.size], output[-STATUS.size :]
    if not report.startswith(READY) or len(told) < STATUS.size:
        raise InspectionFailed("the inspecting process did not start")
    status = STATUS.unpack(told)[0]
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
            raise Refused(Reason.TOO_COMPLEX, "the file takes too much time or memory to decode")
        raise Refused(Reason.UNREADABLE, "the file crashes its decoder")
    if os.WEXITSTATUS(status) != 0:
        raise Refused(Reason.UNREADABLE, "the file crashes its decoder")
    try:
        outcome = decode(report[len(READY) :])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused(Reason.UNREADABLE, "the decoder was overthrown") from error
    if isinstance(outcome, Refused):
        raise outcome
    return outcome
