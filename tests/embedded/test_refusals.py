"""What cannot start says why in one line, and leaves nothing behind."""

import errno
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.errors import NoSpace, NotWritable, PortTaken, StackError, explain
from infra.embedded.memory import FILE, Memory
from infra.embedded.ports import any_free, http_port
from infra.embedded.stack import Stack
from infra.embedded.supervisor import run_district


def test_too_little_disk_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(NoSpace, match=r"MiB free below .* are needed to start"):
        Stack(tmp_path, minimum_free=1 << 60).start()

    assert sorted(p.name for p in tmp_path.iterdir()) == ["engines.lock", "run.lock"]


def test_a_disk_that_fills_up_at_the_start_leaves_a_directory_that_starts_later(
    tmp_path: Path, hold: Callable[..., Any], gone: Callable[[Path], float]
) -> None:
    # A limit on the size of files answers like a full disk while the cluster is being created.
    starved = hold(tmp_path, ["prlimit", f"--fsize={1 << 20}"])
    refused = starved.answer()

    assert refused["refused"] == "NoSpace"
    assert f"no space left below {tmp_path}" in str(refused["message"])
    assert starved.process.wait(10) == NoSpace.exit_code
    gone(tmp_path)
    assert not (tmp_path / "postgres").exists()
    with Stack(tmp_path, durable=False) as stack:
        assert stack.create_database("later").endswith("/later")


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ENOSPC, NoSpace, "no space left"),
        (errno.EDQUOT, NoSpace, "no space left"),
        (errno.EACCES, NotWritable, "cannot write"),
        (errno.EROFS, NotWritable, "cannot write"),
        (errno.ENOTDIR, StackError, "cannot use"),
    ],
)
def test_the_system_s_refusals_become_one_line(
    number: int, kind: type[StackError], words: str
) -> None:
    error = explain(OSError(number, os.strerror(number)), Path("/data"))

    assert type(error) is kind
    assert words in str(error)
    assert "\n" not in str(error)


def test_a_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    # Root may write anywhere, so a child gives that up first.
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            Stack(closed / "data").start()
        except NotWritable:
            os._exit(7)
        finally:
            os._exit(1)
    _, result = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(result) == 7


def test_a_file_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(StackError, match="cannot use"):
        Stack(file / "data").start()


def test_a_taken_port_is_refused_before_anything_starts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        code = run_district(data, port)

    assert code == PortTaken.exit_code
    assert f"anshang: port {port} is taken" in capfd.readouterr().err
    assert not data.exists()


def test_the_port_of_the_last_time_is_kept_while_it_is_free() -> None:
    port = any_free()
    assert http_port(None, port) == port

    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()

        assert http_port(None, port) != port


def test_secrets_are_made_once_and_are_nobody_else_s(tmp_path: Path) -> None:
    memory = Memory()
    memory.save(tmp_path)

    assert Memory.load(tmp_path) == memory
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    written = json.loads((tmp_path / FILE).read_text())
    assert written.pop("ports") == {}
    assert len(set(written.values())) == len(written) == 10


def test_a_damaged_memory_is_named_and_kept(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"owner_password": ')

    with pytest.raises(StackError, match=r"stack\.json is damaged"):
        Stack(tmp_path).start()

    assert (tmp_path / FILE).read_text() == '{"owner_password": '
