"""A command typed beside a running district finds it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.attach import attach
from infra.attach import environment as environment_of
from infra.embedded.errors import StackError
from infra.embedded.memory import Memory
from infra.embedded.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
ENGINES = {"postgres": 1, "valkey": 2, "store": 3, "http": 4}


@pytest.fixture
def district(tmp_path: Path) -> Path:
    """A data directory as a stopped district leaves it, with a blank in its name."""
    directory = tmp_path / "data dir"
    directory.mkdir()
    Memory(ports=dict(ENGINES)).save(directory)
    return directory


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ANSHANG_")]:
        monkeypatch.delenv(name)


def test_it_says_what_the_stack_says(district: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from infra.embedded.postgres import Postgres
    from infra.embedded.store import ObjectStore
    from infra.embedded.valkey import Valkey

    stack = Stack(district)
    stack.memory = memory = Memory.load(district)
    engines = (
        Postgres(district, memory, durable=True),
        Valkey(district, memory, durable=True),
        ObjectStore(district, memory),
    )
    monkeypatch.setattr(stack, "_engines", engines)

    found = environment_of(district)
    assert found.items() >= stack.environment().items()
    assert found["ANSHANG_PUBLIC_URL"] == "http://127.0.0.1:4"


def test_the_directory_is_found_by_name_or_by_environment(
    district: Path, bare: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSHANG_DATA_DIR", str(district))

    assert attach()
    assert os.environ["ANSHANG_DATABASE_URL"].endswith("@127.0.0.1:1/anshang")


def test_what_the_environment_says_stays(
    district: Path, bare: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSHANG_DATABASE_URL", "postgres://mine")

    assert not attach(district)
    assert "ANSHANG_SCOPE_KEY" not in os.environ


def test_without_a_district_nothing_happens(tmp_path: Path, bare: None) -> None:
    assert not attach(tmp_path)
    assert "ANSHANG_DATABASE_URL" not in os.environ


def test_damaged_secrets_are_told(district: Path, bare: None) -> None:
    (district / "stack.json").write_text("{")
    with pytest.raises(StackError, match="is damaged"):
        attach(district)


def test_the_command_line_uses_it(environment: None, tmp_path: Path) -> None:
    """With nothing but the data directory, `anshang tenant list` reaches the database."""
    url = os.environ["ANSHANG_DATABASE_URL"]
    password = url.split(":")[2].split("@")[0]
    port = int(url.split(":")[3].split("/")[0])
    memory = Memory(
        app_password=password,
        scope_key=os.environ["ANSHANG_SCOPE_KEY"],
        ports={"postgres": port, "valkey": 2, "store": 3},
    )
    memory.save(tmp_path)
    plain = {name: value for name, value in os.environ.items() if "ANSHANG_" not in name}

    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", "tenant", "list", "--json"],
        cwd=ROOT,
        env={
            **plain,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}",
            "ANSHANG_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )

    # The stack's own database is not migrated in tests; that it answers is what is shown.
    assert done.returncode == 0 or "does not serve this: relation" in done.stderr, done.stderr
    if done.returncode == 0:
        assert isinstance(json.loads(done.stdout), list)
