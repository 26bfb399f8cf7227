"""LocalStack's S3 in a virtual environment of its own, with signatures checked."""

import os
import subprocess
import sys
from pathlib import Path

from tests.storage.stores.served import Process, Unavailable, free_port, wait_until_it_answers

LOCK = Path(__file__).with_name("localstack.lock")


class LocalStack:
    """One server; it keeps nothing over a restart."""

    name = "localstack"
    # It knows no other secret for the signatures that it checks.
    access_key = secret_key = "test"

    def __init__(self, home: Path) -> None:
        self._home = home
        self._port = free_port()
        self._server: Process | None = None

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Install it from its lock, start it.

        Raises:
            Unavailable: it could not be installed, or does not answer.
        """
        python = self._home / "environment" / "bin" / "python"
        uv = Path(sys.executable).with_name("uv")
        _run(uv, "venv", "--quiet", "--python", sys.executable, python.parents[1])
        _run(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", LOCK)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._home),
            "FILESYSTEM_ROOT": str(self._home / "data"),
            "SERVICES": "s3",
            "GATEWAY_LISTEN": f"127.0.0.1:{self._port}",
            "S3_SKIP_SIGNATURE_VALIDATION": "0",
            "DNS_ADDRESS": "0",
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
        }
        command = [python, "-m", "localstack.runtime.main"]
        self._server = Process(command, self._home / "server.out", environment, self._home)
        self._server.start()
        wait_until_it_answers(self._port, self._server)

    def restart(self) -> None:
        """End it and start it again."""
        assert self._server is not None
        self._server.stop()
        self._server.start()
        wait_until_it_answers(self._port, self._server)

    def stop(self) -> None:
        """End it."""
        if self._server is not None:
            self._server.stop()


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unavailable(f"it could not be installed: {done.stderr.strip()[-300:]}")
