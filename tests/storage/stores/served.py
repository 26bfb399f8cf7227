"""A store that the conformance suite runs against: how it is reached, started and started again."""

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Protocol

PATIENCE = 120.0  # seconds a server may take to answer


class Unavailable(Exception):
    """This machine cannot run the store; the message says why."""


class Server(Protocol):
    """One kind of store on this machine."""

    name: str
    access_key: str
    secret_key: str

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        ...

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            Unavailable: it cannot be run here.
        """
        ...

    def restart(self) -> None:
        """End it as an operator would, and start it again on the same data."""
        ...

    def stop(self) -> None:
        """End what was started."""
        ...


@dataclass
class Process:
    """One process of a store, ended by its own number."""

    command: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str]
    directory: Path
    running: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [str(part) for part in self.command],
                env=dict(self.environment),
                cwd=self.directory,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Ask it to end, then make it."""
        if self.running is None:
            return
        self.running.send_signal(signal.SIGTERM)
        try:
            self.running.wait(15)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()
        self.running = None


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


def wait_until_it_answers(port: int, process: Process) -> None:
    """Return once HTTP is answered.

    Raises:
        Unavailable: the process ended, or did not answer in time.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.running is not None
        if process.running.poll() is not None:
            break
        line = HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError):
            line.request("GET", "/")
            line.getresponse().read()
            return
        line.close()
        time.sleep(0.3)
    raise Unavailable(f"it does not answer; see {process.log}")
