"""A process that has the decoders loaded and does nothing but fork: one child for each file.

Starting an interpreter costs several times what looking into a photo does.  This process reads
no file itself, holds no secret and has left the network; each child begins from its untouched
memory and is confined before the first byte is parsed.  It ends a child whose time is over.
"""

import gc
import os
import selectors
import signal
import socket
import time
from dataclasses import dataclass

from service.child_process import die_with_parent
from service.evidence.inspection import child
from service.evidence.inspection.pictures import prepare
from service.evidence.inspection.report import ORDER_MAX, REQUEST, STATUS

_DESCRIPTORS = 4096  # above any that this process holds


def serve() -> None:
    """Fork a child for each request on descriptor 0, until its other end closes.

    A request comes with two descriptors: the file, and the pipe for the report.
    """
    for media_type in child.PICTURES:
        prepare(media_type)
    child.leave_network()
    gc.freeze()
    Keeper(socket.socket(fileno=0)).run()


@dataclass(slots=True)
class _Running:
    """A child: the pipe on which its end is told, and when its time is over (monotonic seconds)."""

    pipe: int
    deadline: float


class Keeper:
    """Starts children, ends those whose time is over, and tells each pipe how its child ended."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._running: dict[int, _Running] = {}
        self._ended: dict[int, bytes] = {}
        """What is not told yet, by pipe."""
        self._watch = selectors.DefaultSelector()
        self._woken, wake = os.pipe()
        for descriptor in (self._woken, wake):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._watch.register(self._woken, selectors.EVENT_READ)
        self._watch.register(requests, selectors.EVENT_READ)

    def run(self) -> None:
        """Until the other end of the requests closes; children end with this process."""
        while True:
            for key, _ in self._watch.select(self._patience()):
                if key.fileobj is self._requests:
                    if not self._begin():
                        return
                elif key.fd == self._woken:
                    os.read(self._woken, 4096)
                else:
                    self._tell(key.fd)
            self._reap()
            for pid, one in self._running.items():
                if one.deadline <= time.monotonic():
                    os.kill(pid, signal.SIGKILL)

    def _patience(self) -> float | None:
        if not self._running:
            return None
        # A child that was told to end may need a moment, in which nothing is gained by asking.
        first = min(one.deadline for one in self._running.values())
        return max(0.05, first - time.monotonic())

    def _begin(self) -> bool:
        """Start a child for the next request; false when there is none and never will be."""
        message, descriptors, _, _ = socket.recv_fds(self._requests, REQUEST.size + ORDER_MAX, 2)
        if not message:
            return False
        media_type, memory, cpu, wall = REQUEST.unpack(message[: REQUEST.size])
        file, pipe = descriptors
        keeper, pid = os.getpid(), os.fork()
        if pid == 0:
            _become(keeper, file, pipe)
            order = message[REQUEST.size :]
            _work(media_type.rstrip(b"\0").decode(), memory, cpu, order)
        os.close(file)
        self._running[pid] = _Running(pipe, time.monotonic() + wall)
        return True

    def _reap(self) -> None:
        while self._running:
            pid, status, used = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            pipe = self._running.pop(pid).pipe
            self._ended[pipe] = STATUS.pack(status, used.ru_maxrss << 10)
            # Written when there is room, so that nobody's full pipe holds the others up.
            self._watch.register(pipe, selectors.EVENT_WRITE)

    def _tell(self, pipe: int) -> None:
        self._watch.unregister(pipe)
        try:
            os.write(pipe, self._ended.pop(pipe))
        except BrokenPipeError:
            pass  # nobody waits for it any more
        finally:
            os.close(pipe)


def _become(keeper: int, file: int, pipe: int) -> None:
    """Keep the file and the pipe, and nothing else of the forking process."""
    die_with_parent(keeper)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(file, 0)
    os.dup2(pipe, 1)
    os.closerange(2, _DESCRIPTORS)


def _work(media_type: str, memory: int, cpu: int, order: bytes) -> None:
    code = 1
    try:
        child.main(media_type, memory, cpu, order)
        code = 0
    finally:
        # Whatever happens here, this copy of the forking process must not live on as a second one.
        os._exit(code)
