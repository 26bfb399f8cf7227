"""What a process that we start for one piece of work owes whoever started it."""

import ctypes
import os
import signal
import sys

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int | None = None) -> None:
    """Let the kernel end this process when the one that started it ends (Linux).

    `parent` is the id of a starter that may have died before we came this far; then we end
    at once.
    """
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os._exit(1)
