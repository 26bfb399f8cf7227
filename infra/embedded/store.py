"""The object store on this machine: an S3 emulator in a virtual environment of its own.

It keeps objects over a restart, but not every bucket setting and no object-lock retention:
those are applied again at each start, and who needs a retention proved must use a real store.
"""

import json
import os
import signal
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from infra.embedded.errors import StackError
from infra.embedded.memory import Memory
from infra.embedded.ports import LOOPBACK
from infra.embedded.process import Child, Spawn, start, wait_ready

ACCESS_KEY = "anshang"
REGION = "us-east-1"
BUCKET_PREFIX = "anshang"


class ObjectStore:
    """One server and its data."""

    def __init__(self, directory: Path, memory: Memory, python: Path | None = None) -> None:
        self._directory = directory
        self._data = directory / "store"
        self._memory = memory
        self._python = python or Path(sys.prefix) / "store" / "bin" / "python"
        self._child: Child | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._memory.ports["store"]

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://{LOOPBACK}:{self.port}"

    def spawn(self, lock: int) -> None:
        """Start the server.

        Raises:
            StackError: its virtual environment is missing.
        """
        if not self._python.exists():
            raise StackError(f"the object store is not installed at {self._python}: `make setup`")
        scratch = self._data / "scratch"
        scratch.mkdir(parents=True, mode=0o700, exist_ok=True)
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.port),
            "AUTH": "true",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": self._memory.store_secret,
            "MINISTACK_REGION": REGION,
            "SERVICES": "s3",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._data / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._data / "objects"),
            "LOG_LEVEL": "WARNING",
            # A path that does not exist: it must not talk to a container daemon.
            "DOCKER_HOST": f"unix://{scratch / 'none'}",
        }
        self._child = start(
            Spawn(
                "the object store",
                [str(self._python), "-P", str(Path(__file__).with_name("store_app.py"))],
                self._directory / "logs" / "store.log",
                environment,
                directory=scratch,
                keep_open=(lock,),
            )
        )

    def wait(self) -> None:
        """Wait until it serves S3, with signatures required."""
        assert self._child is not None
        wait_ready(self._child, self._answers, 120)

    def _answers(self) -> bool:
        line = HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            line.request("GET", "/_ministack/health")
            health = json.loads(line.getresponse().read())
        except (OSError, HTTPException, ValueError):
            return False
        else:
            return (health["services"].get("s3"), health["auth"]) == ("available", "enabled")
        finally:
            line.close()

    def stop(self) -> None:
        """End it after it has written its state."""
        if self._child is not None:
            self._child.stop(signal.SIGTERM, 10)
            self._child = None

    @property
    def child(self) -> Child | None:
        """The running server."""
        return self._child
