"""How much work a call is, counted instead of timed: a busy machine does not change the count."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import asyncpg
import pytest

# Judging a document makes some 13 million calls in a second of one core, measured alone.
CALLS_OF_50_MS = 650_000


def calls(act: Callable[[], object]) -> int:
    """How many functions, Python's and C's, `act` calls on this thread until it returns."""
    counted = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal counted
        if event in ("call", "c_call"):
            counted += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return counted


def round_trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to the database from now on, a round trip each; it grows while it is sent.

    The first time that a connection runs a statement takes one more, which is not listed.
    """
    sent: list[str] = []
    execute, fetch = asyncpg.Connection.execute, asyncpg.Connection._execute

    async def executed(self: Any, query: str, *args: Any, **named: Any) -> Any:
        if not args:  # with arguments it goes on to the other one
            sent.append(query)
        return await execute(self, query, *args, **named)

    async def fetched(self: Any, query: str, *args: Any, **named: Any) -> Any:
        sent.append(query)
        return await fetch(self, query, *args, **named)

    monkeypatch.setattr(asyncpg.Connection, "execute", executed)
    monkeypatch.setattr(asyncpg.Connection, "_execute", fetched)
    return sent
