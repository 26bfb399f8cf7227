"""Stopping one child: patience first, then force, and nothing of its group stays."""

import os
import signal
import time
from pathlib import Path

import pytest

from infra.embedded.errors import StackError
from infra.embedded.process import Child, Spawn, launcher, start, wait_ready

STUBBORN = "trap '' TERM; sleep 60 & echo ready; wait; wait"


def shell(tmp_path: Path, script: str) -> Child:
    spawn = Spawn("shell", ["sh", "-c", script], tmp_path / "log", dict(os.environ))
    return start(spawn)


def printed(child: Child, words: str) -> bool:
    return words in child.spawn.log.read_text()


def group(child: Child) -> list[int]:
    """The processes of its group that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, number = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(number) == child.process.pid and state != "Z":
            found.append(int(stat.parts[2]))
    return found


def empties(child: Child) -> bool:
    """Whether the group is empty soon; the kernel takes a moment to end what it killed."""
    deadline = time.monotonic() + 5
    while group(child):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_one_that_ignores_the_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    child = shell(tmp_path, STUBBORN)
    wait_ready(child, lambda: printed(child, "ready"))
    assert len(group(child)) == 2

    began = time.monotonic()
    child.stop(signal.SIGTERM, 0.3)

    assert 0.3 <= time.monotonic() - began < 5
    assert child.process.returncode == -signal.SIGKILL
    assert empties(child)


def test_one_that_listens_is_given_its_time(tmp_path: Path) -> None:
    child = shell(tmp_path, "trap 'echo tidied; exit 3' TERM; echo ready; sleep 60 & wait")
    wait_ready(child, lambda: printed(child, "ready"))

    child.stop(signal.SIGTERM, 10)

    assert child.process.returncode == 3
    assert printed(child, "tidied")
    assert empties(child)


def test_stopping_what_has_ended_harms_nobody(tmp_path: Path) -> None:
    child = shell(tmp_path, "true")
    child.process.wait(10)

    child.stop(signal.SIGTERM, 1)

    assert child.process.returncode == 0


def test_one_that_ends_before_it_is_ready_says_why(tmp_path: Path) -> None:
    child = shell(tmp_path, "echo chatter; echo 'FATAL: no such thing' >&2; echo after; exit 1")

    with pytest.raises(StackError, match="shell did not start: FATAL: no such thing"):
        wait_ready(child, lambda: False, 10)


def test_a_launcher_whose_parent_is_gone_starts_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    command = launcher(["touch", str(mark)], signal.SIGKILL, "same")
    command = [w if not w.startswith("--parent=") else "--parent=1" for w in command]

    assert os.spawnv(os.P_WAIT, command[0], command) == 1
    assert not mark.exists()
