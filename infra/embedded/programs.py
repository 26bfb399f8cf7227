"""What runs beside the engines: the product's own commands and processes, in one table."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.ports import LOOPBACK

ROOT = Path(__file__).resolve().parents[2]
EXPLORER = ROOT / "infra" / "explorer" / "node_modules"
CONSOLE = ROOT / "service" / "console" / "dist"


@dataclass(frozen=True)
class Program:
    """One long-running process; `{port}` in its words is the HTTP port."""

    name: str
    words: tuple[str, ...]


PROGRAMS = (
    Program(
        "api",
        (
            "uvicorn",
            "api.app:app",
            f"--host={LOOPBACK}",
            "--port={port}",
            "--no-access-log",
            "--timeout-graceful-shutdown=5",
        ),
    ),
    Program("relay", ("tasks.relay",)),
    Program("worker", ("tasks.worker",)),
    Program("clock", ("tasks.clock",)),
)

MIGRATE = ("infra.cli", "migrate")
SEED = ("infra.cli", "seed", "--if-empty", "--size={size}")


def command(words: tuple[str, ...], **values: object) -> list[str]:
    """The command line of one of these modules under this Python."""
    return [sys.executable, "-m", *(word.format(**values) for word in words)]


def environment(engines: Mapping[str, str], data_dir: Path, http_port: int) -> dict[str, str]:
    """Our own environment, the engines', and where everything is."""
    sources = [str(ROOT), str(ROOT / "graphql")]
    inherited = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    explorer = {"ANSHANG_EXPLORER_DIR": str(EXPLORER)} if EXPLORER.is_dir() else {}
    return {
        **os.environ,
        **engines,
        **explorer,
        "ANSHANG_CONSOLE_DIR": str(CONSOLE),
        "ANSHANG_DATA_DIR": str(data_dir),
        "ANSHANG_PUBLIC_URL": f"http://{LOOPBACK}:{http_port}",
        "PYTHONPATH": os.pathsep.join([*sources, *inherited]),
        "PYTHONUNBUFFERED": "1",
    }
