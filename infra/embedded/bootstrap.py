"""Install the product into `.venv`, from pinned and hashed packages only, once per change.

Runs under any Python from 3.11 on before anything is installed, so it uses the standard library
alone.  uv installs quickly and is itself pinned; pip takes over where uv cannot run.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STORE = VENV / "store"
STAMP = VENV / "installed.json"
LOCK = ROOT / "requirements.lock"
TOOLS_LOCK = ROOT / "infra" / "embedded" / "tools.lock"
STORE_LOCK = ROOT / "infra" / "embedded" / "store.lock"
EXPLORER = ROOT / "infra" / "explorer"
INPUTS = (LOCK, TOOLS_LOCK, STORE_LOCK, ROOT / "pyproject.toml", EXPLORER / "package-lock.json")
FIRST, BEYOND = (3, 11), (3, 15)


class SetupError(Exception):
    """The installation cannot go on; the message says what to do."""


def main() -> int:
    """Install what is missing; returns the exit code."""
    steps = sys.argv[1] if len(sys.argv) > 1 else "3"
    if not FIRST <= sys.version_info[:2] < BEYOND:
        return _fail(f"Python 3.11 to 3.14 is needed, {sys.executable} is {sys.version.split()[0]}")
    here = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(here, fcntl.LOCK_EX)  # two runs in one checkout install one after the other
    began = time.monotonic()
    if _stamp() == _wanted():
        print(f"[3/{steps}] everything is installed", flush=True)
        return 0
    try:
        print(f"[1/{steps}] creating the Python environment in .venv", flush=True)
        make_environment()
        print(f"[2/{steps}] installing packages", flush=True)
        settings = install_product()
        print(f"[3/{steps}] installing the object store and the schema explorer", flush=True)
        install_store(settings)
        install_explorer()
    except SetupError as error:
        return _fail(str(error))
    STAMP.write_text(json.dumps(_wanted()))
    print(f"      installed in {time.monotonic() - began:.1f} s", flush=True)
    return 0


def _fail(message: str) -> int:
    print(f"anshang: {message}", file=sys.stderr)
    return 1


def _wanted() -> dict[str, str]:
    digest = hashlib.sha256()
    for file in INPUTS:
        digest.update(file.read_bytes())
    return {
        # Scripts name their interpreter by its whole path, so a moved checkout starts anew.
        "root": str(ROOT),
        "python": sys.version,
        "inputs": digest.hexdigest(),
        "npm": "yes" if shutil.which("npm") else "no",
    }


def _stamp() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if PYTHON.exists() else {}


def make_environment() -> None:
    """Create `.venv`, unless a good one is there.

    Raises:
        SetupError: nothing on this machine can create one.
    """
    same_place = _stamp().get("root", str(ROOT)) == str(ROOT)
    if same_place and PYTHON.exists() and _quiet([PYTHON, "-c", _same_python()]):
        return
    if VENV.exists():
        if any(VENV.iterdir()) and not (VENV / "pyvenv.cfg").exists():
            raise SetupError(f"{VENV} is no virtual environment: move it away and start again")
        shutil.rmtree(VENV)
    uv = shutil.which("uv")
    if importlib.util.find_spec("ensurepip"):
        _run([sys.executable, "-m", "venv", VENV])
    elif uv:
        _run([uv, "venv", "--quiet", "--python", sys.executable, VENV])
    elif importlib.util.find_spec("virtualenv"):
        _run([sys.executable, "-m", "virtualenv", "--quiet", VENV])
    else:
        raise SetupError(
            "Python cannot create virtual environments here: run"
            " `sudo apt install python3-venv` (or install uv) and start again"
        )


def _same_python() -> str:
    return f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"


def install_product() -> dict[str, str]:
    """uv first, then the locked packages, then our own sources where they lie.

    Returns the settings uv needs on this machine, known only while pip is still there.
    """
    own = VENV / "bin" / "uv"
    hashed = ["--require-hashes", "--only-binary", ":all:"]
    if _quiet([PYTHON, "-m", "pip", "--version"]):
        quiet = ["-qq", "--disable-pip-version-check", "--no-deps"]
        _run([PYTHON, "-m", "pip", "install", *quiet, *hashed, "-r", TOOLS_LOCK])
    elif not own.exists():
        uv = shutil.which("uv") or "uv"
        _run([uv, "pip", "install", "--quiet", "--python", PYTHON, *hashed, "-r", TOOLS_LOCK])
    settings = pip_settings()
    try:
        _uv("sync", *hashed, LOCK, TOOLS_LOCK, more=settings)
        _uv("install", "--no-deps", "--no-build-isolation", "--editable", ROOT, more=settings)
    except SetupError:
        print("      uv could not, trying pip", flush=True)
        pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "-qq", "--no-deps"]
        _run([*pip, *hashed, "-r", LOCK, "-r", TOOLS_LOCK])
        _run([*pip, "--no-build-isolation", "--editable", ROOT])
    return settings


def install_store(settings: dict[str, str]) -> None:
    """The object store has requirements of its own, so it has an environment of its own."""
    hashed = ["--require-hashes", "--only-binary", ":all:"]
    python = STORE / "bin" / "python"
    if not python.exists():
        shutil.rmtree(STORE, ignore_errors=True)
        _run([VENV / "bin" / "uv", "venv", "--quiet", "--python", PYTHON, STORE])
    _uv("sync", *hashed, STORE_LOCK, python=python, more=settings)


def install_explorer() -> None:
    """The explorer's scripts; everything else works without them, so a failure only warns."""
    npm = shutil.which("npm")
    if npm is None:
        print("      Node is not installed: the schema explorer stays off", flush=True)
        return
    command = [npm, "ci", "--loglevel=error", "--prefix", str(EXPLORER)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        print(f"      the schema explorer stays off, npm says: {reason}", flush=True)
        print("      `npm ci --prefix infra/explorer` installs it later", flush=True)


def pip_settings() -> dict[str, str]:
    """The mirror this machine told pip to use, in the words of uv, unless uv was told itself."""
    if any(name in os.environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        return {}
    done = subprocess.run(
        [PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    for line in done.stdout.splitlines():
        key, _, value = line.partition("=")
        if key.endswith(".index-url"):
            return {"UV_DEFAULT_INDEX": value.strip("'\"")}
    return {}


def _uv(
    verb: str, *words: str | Path, python: Path = PYTHON, more: dict[str, str] | None = None
) -> None:
    show = [] if sys.stderr.isatty() else ["--quiet"]
    command = [VENV / "bin" / "uv", "pip", verb, *show, "--python", python, *words]
    _run(command, {**os.environ, **(more or {})})


def _run(command: Sequence[str | Path], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=environment, cwd=ROOT, check=False)
    if done.returncode != 0:
        words = " ".join(str(word) for word in command[:4])
        raise SetupError(f"`{words} …` failed, see the lines above")


def _quiet(command: Sequence[str | Path]) -> bool:
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
