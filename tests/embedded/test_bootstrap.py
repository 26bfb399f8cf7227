"""What a fresh machine is told, and what the locks may hold."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.embedded import bootstrap

ROOT = Path(__file__).resolve().parents[2]
LOCKS = (
    "requirements.lock",
    "infra/deploy/requirements.lock",
    "infra/embedded/tools.lock",
    "infra/embedded/store.lock",
    "infra/embedded/clients.lock",
)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pinned_package_has_a_hash_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    packages = [line for line in text.splitlines() if line[:1].isalnum()]

    assert packages
    assert "://" not in text
    for package in packages:
        assert "==" in package
        assert package.endswith("\\")  # hashes follow


def test_a_machine_that_cannot_make_environments_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VENV", "PYTHON", "STAMP"):
        monkeypatch.setattr(bootstrap, name, tmp_path / "venv" / name)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(bootstrap.SetupError, match="sudo apt install python3-venv"):
        bootstrap.make_environment()


def test_a_directory_that_is_no_environment_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    precious = tmp_path / "venv" / "precious"
    precious.parent.mkdir()
    precious.touch()
    monkeypatch.setattr(bootstrap, "VENV", precious.parent)
    monkeypatch.setattr(bootstrap, "PYTHON", precious.parent / "bin" / "python")
    monkeypatch.setattr(bootstrap, "STAMP", precious.parent / "installed.json")

    with pytest.raises(bootstrap.SetupError, match="no virtual environment"):
        bootstrap.make_environment()

    assert precious.exists()


def test_it_needs_nothing_installed() -> None:
    script = ROOT / "infra" / "embedded" / "bootstrap.py"
    code = f"import runpy; runpy.run_path({str(script)!r}, run_name='probe')"

    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], check=False)

    assert done.returncode == 0


def test_make_help_lists_every_target() -> None:
    done = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    for target in ("run", "test", "check", "lock", "clean"):
        assert f"make {target} " in done.stdout


def test_the_image_holds_the_versions_that_are_tested() -> None:
    tested = set((ROOT / "requirements.lock").read_text().splitlines())
    image = (ROOT / "infra" / "deploy" / "requirements.lock").read_text().splitlines()
    pins = {line for line in image if "==" in line}

    assert pins
    assert pins <= tested
