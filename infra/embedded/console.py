"""Build the console into `service/console/dist`, once per change of what it is made of.

Uses the standard library alone, as `bootstrap` does.  Everything else works without the
console, so a machine without Node, or a build that fails, is told and goes on.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONSOLE = ROOT / "service" / "console"
BUILT = CONSOLE / "dist"
PACKAGES = CONSOLE / "node_modules"
SCHEMA = ROOT / "graphql" / "schema.graphql"
CLIENT = ROOT / "clients" / "browser" / "evidence-upload.js"
MADE = {"dist", "node_modules", "gql"}
"""Folders that are made from the others."""


def main() -> int:
    """Build where needed; returns 0 even without a build, for it is no reason to stop."""
    npm = shutil.which("npm")
    if npm is None:
        print("      Node is not installed: the console stays off", flush=True)
        return 0
    lock = os.open(CONSOLE, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)  # two runs in one checkout build one after the other
    wanted, stamp = digest(sources()), BUILT / "built.txt"
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0
    print("      building the console", flush=True)
    began = time.monotonic()
    if not _packages(npm) or not _ran([npm, "run", "--silent", "build"]):
        return 0
    stamp.write_text(wanted)
    print(f"      the console was built in {time.monotonic() - began:.1f} s", flush=True)
    return 0


def sources() -> list[Path]:
    """Every file that a build is made of, in order."""
    own = [
        path
        for path in CONSOLE.rglob("*")
        if path.is_file() and not MADE & set(path.relative_to(CONSOLE).parts)
    ]
    return [*sorted(own), SCHEMA, CLIENT]


def digest(files: list[Path]) -> str:
    """One digest over names and contents."""
    whole = hashlib.sha256()
    for file in files:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        whole.update(f"{file.relative_to(ROOT)} {content}\n".encode())
    return whole.hexdigest()


def _packages(npm: str) -> bool:
    wanted = digest([CONSOLE / "package-lock.json"])
    stamp = PACKAGES / "installed.txt"
    if stamp.is_file() and stamp.read_text() == wanted:
        return True
    if not _ran([npm, "ci", "--loglevel=error"]):
        return False
    stamp.write_text(wanted)
    return True


def _ran(command: list[str]) -> bool:
    done = subprocess.run(command, cwd=CONSOLE, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return True
    said = (done.stderr.strip() or done.stdout.strip()).splitlines() or ["no reason given"]
    print(f"      the console stays as it was, `{' '.join(command[1:3])}` says:", flush=True)
    for line in said[:12]:
        print(f"        {line}", flush=True)
    print("      `make console` tries again", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main())
