"""One child process: started through the launcher, logged to a file, stopped for certain."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.embedded.errors import StackError

LAUNCHER = Path(__file__).with_name("launch.py")
LOG_LIMIT = 8 * 1024 * 1024  # bytes; a longer log moves to `.old` at the next start


@dataclass
class Spawn:
    """How to start one child."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    death_signal: int = signal.SIGTERM
    """What the kernel sends the child when this process dies, however it dies."""
    mode: str = "same"
    """`same` user, or for root: `namespace` or `user`, see `launch.py`."""
    directory: Path | None = None
    keep_open: tuple[int, ...] = ()
    """Descriptors the child inherits: the lock that outlives us."""


@dataclass
class Child:
    """A running child."""

    spawn: Spawn
    process: "subprocess.Popen[bytes]"
    log_start: int = field(default=0)

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def complaint(self) -> str:
        """What it wrote to its log since this start that tells why it ended."""
        with self.spawn.log.open("rb") as log:
            log.seek(self.log_start)
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines()]
        lines = [line for line in lines if line]
        for mark in ("FATAL:", "PANIC:", "could not", "ERROR", "Fatal", "Error"):
            for line in lines:
                if mark in line:
                    return line
        return lines[-1] if lines else f"exit code {self.process.returncode}"

    def stop(self, first: int, seconds: float, second: int = signal.SIGKILL) -> None:
        """Signal it, wait, and if it does not end kill its whole group."""
        if not self.running:
            return
        for number, patience in ((first, seconds), (second, 5.0)):
            os.kill(self.process.pid, number)
            if self._ended(patience):
                break
        # Until it is reaped its number, which is its group's too, cannot be anybody else's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _ended(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while os.waitid(os.P_PID, self.process.pid, look) is None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def start(spawn: Spawn) -> Child:
    """Start a child in a session of its own, so that Ctrl-C reaches us alone.

    Raises:
        RuntimeError: not called from the main thread; the kernel sends the death signal when
            the starting *thread* ends.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children are started from the main thread only")
    spawn.log.parent.mkdir(parents=True, exist_ok=True)
    if spawn.log.exists() and spawn.log.stat().st_size > LOG_LIMIT:
        spawn.log.replace(spawn.log.with_suffix(".old"))
    with spawn.log.open("ab") as log:
        process = subprocess.Popen(
            launcher(spawn.command, spawn.death_signal, spawn.mode),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(spawn.environment),
            cwd=spawn.directory,
            pass_fds=spawn.keep_open,
            start_new_session=True,
        )
        return Child(spawn, process, log.tell())


def launcher(command: Sequence[str], death_signal: int, mode: str) -> list[str]:
    """The command, wrapped in the launcher."""
    return [
        sys.executable,
        "-I",
        "-S",
        str(LAUNCHER),
        f"--parent={os.getpid()}",
        f"--death-signal={int(death_signal)}",
        f"--as={mode}",
        "--",
        *command,
    ]


def wait_ready(child: Child, ready: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until `ready` holds.

    Raises:
        StackError: the child ended, or was not ready in time.
    """
    deadline = time.monotonic() + seconds
    name, log = child.spawn.name, child.spawn.log
    while not ready():
        if not child.running:
            raise StackError(f"{name} did not start: {child.complaint()} (log: {log})")
        if time.monotonic() > deadline:
            raise StackError(f"{name} was not ready within {seconds:.0f} s (log: {log})")
        time.sleep(0.02)
