"""A whole district under one process, with small programs in the places of the product's."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]

RUN = """\
import sys
from pathlib import Path
from infra.embedded import programs, supervisor
from infra.embedded.programs import Program

data, seed = Path(sys.argv[1]), sys.argv[2]
site = data.parent / "site"
programs.MIGRATE = ("platform",)
programs.SEED = (seed,)
programs.PROGRAMS = (
    Program("api", ("http.server", "{port}", "--bind=127.0.0.1", f"--directory={site}")),
    Program("worker", ("http.server", "0", "--bind=127.0.0.1")),
)
sys.exit(supervisor.run_district(data))
"""


class District:
    """A district in a process of its own, and what it printed."""

    def __init__(self, data: Path, seed: str = "platform") -> None:
        (data.parent / "site").mkdir(exist_ok=True)
        (data.parent / "site" / "readyz").touch()
        self.printed = data.parent / "printed"
        with self.printed.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, str(data), seed],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "ANSHANG_STEPS_BEFORE": "3"},
            )

    def wait_for(self, words: str, seconds: float = 60) -> str:
        """Wait until these words are printed; returns all that was."""
        deadline = time.monotonic() + seconds
        while words not in (text := self.printed.read_text(encoding="utf-8")):
            assert self.process.poll() is None, text
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
        return text


@pytest.fixture
def district(tidy: None, tmp_path: Path) -> Iterator[Callable[..., District]]:
    started: list[District] = []

    def begin(seed: str = "platform") -> District:
        started.append(District(tmp_path / "data", seed))
        return started[-1]

    yield begin
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


def test_it_counts_its_steps_names_accounts_and_ends_cleanly_on_ctrl_c(
    tmp_path: Path, district: Callable[..., District], gone: Callable[[Path], float]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo-accounts.json").write_text(
        json.dumps([{"role": "INSPECTOR", "account": "li.wei@demo", "password": "pass word"}])
    )

    running = district()
    text = running.wait_for("Ctrl-C stops everything.")

    steps = [line.split("]")[0] + "]" for line in text.splitlines() if line.startswith("[")]
    assert steps == ["[4/7]", "[5/7]", "[6/7]", "[7/7]"]
    assert "INSPECTOR      li.wei@demo  pass word" in text
    url = next(word for word in text.split() if word.endswith("/readyz"))
    with urlopen(url) as answer:
        assert answer.status == 200
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(20) == 0
    assert gone(tmp_path / "data") < 1


def test_what_ends_is_started_again_and_said(
    tmp_path: Path, district: Callable[..., District], children: Callable[[int], dict[str, int]]
) -> None:
    running = district()
    running.wait_for("Ctrl-C stops everything.")

    for name, mark in (("worker", "http.server 0"), ("valkey", "valkey-server")):
        pid = next(pid for words, pid in children(running.process.pid).items() if mark in words)
        os.kill(pid, signal.SIGKILL)
        text = running.wait_for(f"{name} runs again")
        assert f"{name} ended (signal 9)" in text

    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(20) == 0


def test_no_process_outlives_a_killed_supervisor(
    tmp_path: Path, district: Callable[..., District], gone: Callable[[Path], float]
) -> None:
    running = district()
    running.wait_for("Ctrl-C stops everything.")

    running.process.kill()
    running.process.wait(10)

    assert gone(tmp_path / "data") < 5
    again = district()
    again.wait_for("Ctrl-C stops everything.")


def test_a_step_that_fails_ends_the_run_with_a_reason(
    tmp_path: Path, district: Callable[..., District], gone: Callable[[Path], float]
) -> None:
    failing = district(seed="no_such_module")

    assert failing.process.wait(60) == 1
    assert "anshang: the demo district failed" in failing.printed.read_text(encoding="utf-8")
    assert gone(tmp_path / "data") < 1


@pytest.fixture
def children() -> Callable[[int], dict[str, int]]:
    """The command lines of a process's children, with their ids."""

    def find(parent: int) -> dict[str, int]:
        found = {}
        for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            found[words] = int(pid)
        return found

    return find
