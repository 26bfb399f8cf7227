"""A real S3 server for the storage tests, started once per session on a free port."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from service.settings import Settings
from service.storage import Store


def _server() -> str:
    found = os.environ.get("ANSHANG_MINISTACK") or shutil.which("ministack")
    assert found, "put the ministack program on the PATH or name it in ANSHANG_MINISTACK"
    return found


@pytest.fixture(scope="session")
def s3_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("s3")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    secret = secrets.token_hex(16)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(home),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "AUTH": "true",
        "SERVICES": "s3",
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "data"),
        "STATE_DIR": str(home / "state"),
        "AWS_ACCESS_KEY_ID": "anshang",
        "AWS_SECRET_ACCESS_KEY": secret,
        "LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen(
        [_server()], env=environment, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port, process)
        yield Settings(
            s3_endpoint=f"http://127.0.0.1:{port}",
            s3_access_key="anshang",
            s3_secret_key=SecretStr(secret),
            s3_bucket_prefix="probe",
        )
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the S3 server ended at once"
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the S3 server did not open its port within 30 s")


@pytest.fixture
async def store(s3_settings: Settings) -> Store:
    store = Store(s3_settings)
    await store.create_buckets()
    return store


@pytest.fixture
def key(tmp_path: Path) -> str:
    return f"{secrets.token_hex(8)}/object"
