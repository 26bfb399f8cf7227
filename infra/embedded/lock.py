"""One run per data directory, and never two generations of engines on the same files.

Two advisory locks.  `run.lock` belongs to the supervising process and goes with it.
`engines.lock` is inherited by every engine: the kernel keeps it until the last of them has
ended, so a new run can wait for the engines of one that was killed.
"""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from infra.embedded.errors import AlreadyRunning, StackError


class DataLock:
    """The hold of one process on a data directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._run = -1
        self.engines = -1
        """Descriptor that engines must inherit."""

    def take(self, say: Callable[[str], None], seconds: float = 60) -> None:
        """Take both locks.

        Raises:
            AlreadyRunning: another process holds the directory.
            StackError: engines of a killed run are still there after `seconds`.
        """
        run = self._directory / "run.lock"
        self._run = _open(run)
        if not _try(self._run):
            owner = run.read_text().strip() or "unknown"
            self.release()
            raise AlreadyRunning(
                f"{self._directory} is in use by process {owner}: stop that one first,"
                " or choose another directory with --data"
            )
        os.ftruncate(self._run, 0)
        os.pwrite(self._run, f"{os.getpid()}\n".encode(), 0)
        self.engines = _open(self._directory / "engines.lock")
        if _try(self.engines):
            return
        say("waiting for the engines of the last run to end")
        deadline = time.monotonic() + seconds
        while not _try(self.engines):
            if time.monotonic() > deadline:
                self.release()
                raise StackError(
                    f"engines of an earlier run still hold {self._directory}:"
                    f" end them (fuser {self._directory / 'engines.lock'}) and start again"
                )
            time.sleep(0.05)

    def release(self) -> None:
        """Let go of both locks."""
        for descriptor in (self.engines, self._run):
            if descriptor >= 0:
                os.close(descriptor)
        self._run = self.engines = -1


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
