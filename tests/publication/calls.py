"""Every call to the database and to the store, counted, so that each can be made to fail."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asyncpg import Connection

from service.storage import Store

CALLS = [
    *((Connection, name) for name in ("execute", "executemany", "fetch", "fetchrow", "fetchval")),
    *((Store, name) for name in ("get", "put", "put_if_absent", "put_if_match")),
]
Before = Callable[[int, str], None]


@contextmanager
def counted(before: Before, after: Before | None = None) -> Iterator[list[str]]:
    """Call `before` with number and name of each call, and `after` once it has had its effect."""
    seen: list[str] = []
    originals = [(owner, name, getattr(owner, name)) for owner, name in CALLS]

    def wrap(name: str, original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            number = len(seen)
            seen.append(name)
            before(number, name)
            answer = await original(*args, **kwargs)
            if after is not None:
                after(number, name)
            return answer

        return call

    try:
        for owner, name, original in originals:
            setattr(owner, name, wrap(f"{owner.__name__}.{name}", original))
        yield seen
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)
