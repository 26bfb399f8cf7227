"""What the operator reads while a district starts: numbered steps, addresses, accounts."""

import json
import sys
import time
from pathlib import Path
from typing import Any

ACCOUNTS = "demo-accounts.json"


class Screen:
    """Numbered progress; the first steps may have been taken before this process began."""

    def __init__(self, steps: int, first: int = 1) -> None:
        self._steps = steps
        self._number = first - 1
        self._began = time.monotonic()
        self._step_began = self._began

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._number += 1
        self._step_began = time.monotonic()
        print(f"[{self._number}/{self._steps}] {title}", flush=True)

    def detail(self, text: str) -> None:
        """A line below the step."""
        print(f"      {text}", flush=True)

    def done(self) -> None:
        """How long the step took."""
        self.detail(f"done in {time.monotonic() - self._step_began:.1f} s")

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began


def complain(message: str) -> None:
    """One line for the operator, where errors go."""
    print(f"anshang: {message}", file=sys.stderr, flush=True)


def accounts(data_dir: Path) -> list[dict[str, Any]]:
    """The demo's accounts as the seed left them, none when there is no demo.

    The file is a list of objects with `role`, `account` and `password`, and optionally `note`.
    """
    file = data_dir / ACCOUNTS
    if not file.exists():
        return []
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def welcome(url: str, data_dir: Path, seconds: float) -> None:
    """Where to go and who to be."""
    print(f"\nAnshang 安商 is ready ({seconds:.1f} s)")
    for path, what in (
        ("/console/", "the console, in a browser"),
        ("/console/phone/", "the officers' page, on a phone"),
        ("/graphql", "the API"),
        ("/explorer", "schema explorer"),
        ("/readyz", "health"),
    ):
        print(f"  {url}{path:<16} {what}")
    print(f"  data and logs: {data_dir}")
    people = accounts(data_dir)
    if people:
        print("\n  demo accounts")
        wide = max(len(str(person["account"])) for person in people)
        for person in people:
            note = f"  {person['note']}" if person.get("note") else ""
            print(f"  {person['role']:<14} {person['account']:<{wide}}  {person['password']}{note}")
    print("\nCtrl-C stops everything.", flush=True)
