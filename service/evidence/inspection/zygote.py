"""A process that has the decoders loaded and does nothing but fork: one child for each file.

Starting an interpreter costs several times what looking into a photo does.  This process reads
no file itself and holds no secret; each child begins from its untouched memory and is confined
before the first byte is parsed.  Between the two stands a guard that ends a child in time.
"""

import gc
import os
import signal
import socket

from service.child_process import die_with_parent
from service.evidence.inspection import child
from service.evidence.inspection.pictures import prepare
from service.evidence.inspection.report import ORDER_MAX, REQUEST, STATUS


def serve() -> None:
    """Fork a guarded child for each request on descriptor 0, until its other end closes.

    A request comes with two descriptors: the file, and the pipe for the report.
    """
    for media_type in child.PICTURES:
        prepare(media_type)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    requests = socket.socket(fileno=0)
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, REQUEST.size + ORDER_MAX, 2)
        if not message:
            return
        if os.fork() == 0:
            requests.close()
            _guard(message, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _guard(message: bytes, file: int, pipe: int) -> None:
    """Run one child, end it when its time is over, and tell how it ended; does not return."""
    try:
        die_with_parent()
        os.write(pipe, STATUS.pack(_run(message, file, pipe)))
    finally:
        # Whatever happens here, this copy of the forking process must not live on as a second one.
        os._exit(0)


def _run(message: bytes, file: int, pipe: int) -> int:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    media_type, memory, cpu, wall = REQUEST.unpack(message[: REQUEST.size])
    order = message[REQUEST.size :]
    pid = os.fork()
    if pid == 0:
        os.dup2(file, 0)
        os.dup2(pipe, 1)
        os.closerange(2, 64)
        _work(media_type.rstrip(b"\0").decode(), memory, cpu, order)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, wall)
    return os.waitpid(pid, 0)[1]


def _work(media_type: str, memory: int, cpu: int, order: bytes) -> None:
    code = 1
    try:
        child.main(media_type, memory, cpu, order)
        code = 0
    finally:
        os._exit(code)
