"""Stacks in processes of their own, so that a test can kill one."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HOLD = """\
import json, sys
from pathlib import Path
from infra.embedded.errors import StackError
from infra.embedded.stack import Stack

stack = Stack(Path(sys.argv[1]), durable=False)
try:
    environment = stack.start()
except StackError as error:
    print(json.dumps({"refused": type(error).__name__, "message": str(error)}), flush=True)
    sys.exit(error.exit_code)
pids = [child.process.pid for child in stack.children.values()]
print(json.dumps({"environment": environment, "pids": pids}), flush=True)
sys.stdin.read()
stack.stop()
"""


@dataclass
class Holder:
    """A process that holds a stack until its standard input closes."""

    process: "subprocess.Popen[str]"

    def answer(self, seconds: float = 60) -> dict[str, object]:
        """What it said: the environment, or why it was refused."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        assert ready, "no answer in time"
        found: dict[str, object] = json.loads(self.process.stdout.readline())
        return found

    def kill(self) -> None:
        """The worst that can happen to it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def finish(self) -> int:
        """Let it stop by itself; returns its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(30)


Hold = Callable[..., Holder]


@pytest.fixture(autouse=True)
def tidy(tmp_path: Path) -> Iterator[None]:
    """A data directory takes some 80 MB: none is kept."""
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def hold(tidy: None) -> Iterator[Hold]:
    """Start a stack in another process, behind the words of `before` if given."""
    started: list[Holder] = []

    def begin(data: Path, before: Sequence[str] = ()) -> Holder:
        process = subprocess.Popen(
            [*before, sys.executable, "-c", HOLD, str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        started.append(Holder(process))
        return started[-1]

    yield begin
    for holder in started:
        if holder.process.poll() is None:
            holder.kill()


def users_of(data: Path) -> set[int]:
    """The processes that have the engines' lock of this directory open."""
    lock = str(data / "engines.lock")
    found = set()
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(descriptor.readlink()) == lock:
                found.add(int(descriptor.parts[2]))
        except OSError:
            continue
    return found - {os.getpid()}


@pytest.fixture
def gone() -> Callable[[Path], float]:
    """Wait until no process of a data directory is left; returns the seconds it took."""

    def wait(data: Path) -> float:
        began = time.monotonic()
        while left := users_of(data):
            assert time.monotonic() - began < 10, f"still there: {left}"
            time.sleep(0.05)
        return time.monotonic() - began

    return wait
