"""Processes that must keep running: started, watched, started again with growing patience."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from infra.embedded.errors import StackError
from infra.embedded.process import Child

CALM_SECONDS = 60.0  # after so long the next failure counts as the first
LONGEST_PAUSE = 30.0


@dataclass
class Unit:
    """One process and the way to start it."""

    name: str
    begin: Callable[[], Child]
    child: Child | None = None
    failures: int = 0
    began: float = 0.0
    due: float = 0.0

    def start(self) -> None:
        """Start it now."""
        self.began = time.monotonic()
        self.child = self.begin()

    def tend(self, say: Callable[[str], None], now: float) -> None:
        """Look after it once: notice its end, and start it again when its pause is over."""
        if self.child is not None and self.child.running:
            return
        if self.child is not None:
            ended = self.child
            self.child = None
            self.failures = 1 if now - self.began > CALM_SECONDS else self.failures + 1
            pause = min(LONGEST_PAUSE, 2.0 ** (self.failures - 1))
            self.due = now + pause
            say(
                f"{self.name} ended ({describe(ended.process.returncode)}):"
                f" {ended.complaint()}; starting it again in {pause:.0f} s"
            )
        elif now >= self.due:
            try:
                self.start()
            except StackError as error:
                self.failures += 1
                self.due = now + min(LONGEST_PAUSE, 2.0**self.failures)
                say(f"{self.name}: {error}")
            else:
                say(f"{self.name} runs again")


def describe(code: int | None) -> str:
    """An exit code in words."""
    if code is None:
        return "still running"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
