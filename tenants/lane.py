"""The fast lane: a whole read in one round trip, behind the same wall.

Its connections can only read: every statement is a transaction of its own, repeatable read, with
the time limit of the session.  The statement itself sets the signed scope before anything of it
looks at a row; were that order ever broken, the wall would find no scope and show nothing.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from time import time
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from asyncpg import InterfaceError, PostgresError, QueryCanceledError

from tenants import wall
from tenants.scope import Scope, scope_body, sign

SIGNED_FOR_SECONDS = 60
TIMEOUT_MS = 10_000
SESSION = {
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "repeatable read",
    "statement_timeout": str(TIMEOUT_MS),
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}

ENTERED = (
    "select case when e.entered then {answer} end from (select set_config('app.scope', $1, true)"
    " is not null as entered offset 0) e"
)
"""One statement that first enters the scope `$1`: a `case` looks at its branch only then."""


__all__ = ["NotAnswered", "QueryCanceledError", "TooSlow", "answer", "claim", "entering"]


class TooSlow(Exception):
    """The statement was cancelled at its time limit."""


class NotAnswered(Exception):
    """The statement, one of its values or its connection failed; the cause says how."""


class _Reader(asyncpg.Connection):  # type: ignore[misc]
    """Keeps nothing between statements that were answered, so that there is nothing to reset.

    A statement that was prepared and then not sent, for it was cancelled or has a value of another
    type, leaves its transaction open and with it the snapshot that the next one would read.
    """

    __slots__ = ("_answered",)

    async def ask(self, statement: str, *values: Any) -> Any:
        """The one value of a statement."""
        self._answered = False
        found = await self.fetchval(statement, *values)
        self._answered = True
        return found

    def get_reset_query(self) -> str:
        return "" if getattr(self, "_answered", False) else "rollback"


class Lane:
    """Connections of one kind of question; short ones and long ones do not wait for another.

    A connection that answered goes straight to who waits longest, or to the next who asks.  One
    whose statement failed or was cancelled goes back to the pool, which resets or replaces it.
    """

    def __init__(self, credentials: Mapping[str, Any], size: int) -> None:
        self._credentials = dict(credentials)
        self._size = size
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._taken = 0
        self._idle: list[Any] = []
        self._waiting: deque[asyncio.Future[Any]] = deque()

    async def answer(self, scope: Scope, statement: str, values: list[Any]) -> Any:
        """The one value of a statement made by `entering`; `values` begin at `$2`.

        Raises:
            TooSlow: it took longer than `TIMEOUT_MS`.
            NotAnswered: something failed.
        """
        try:
            connection = await self._take()
            try:
                found = await connection.ask(statement, claim(scope), *values)
            except BaseException:
                await self._drop(connection)
                raise
            self._give(connection)
            return found
        except QueryCanceledError as error:
            raise TooSlow from error
        except (PostgresError, InterfaceError, OSError, ValueError, TypeError) as error:
            raise NotAnswered from error

    async def _take(self) -> Any:
        while True:
            while self._idle:
                connection = self._idle.pop()
                if _alive(connection):
                    return connection
                await self._drop(connection)
            if self._taken < self._size:
                self._taken += 1
                try:
                    return await (self._pool or await self._open()).acquire()
                except BaseException:
                    self._free()
                    raise
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                given = await waiter
            except BaseException:
                # It was given something at the very moment that it left.
                if waiter.done() and not waiter.cancelled():
                    self._hand_on(waiter.result())
                raise
            if given is not None:
                return given

    def _give(self, connection: Any) -> None:
        if not self._pass(connection):
            self._idle.append(connection)

    def _hand_on(self, given: Any) -> None:
        if given is None:
            self._pass(None)
        else:
            self._give(given)

    def _pass(self, connection: Any) -> bool:
        """Whether somebody waited for the connection, or for the place of one where it is None."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    async def _drop(self, connection: Any) -> None:
        assert self._pool is not None
        try:
            await self._pool.release(connection)
        finally:
            self._free()

    def _free(self) -> None:
        self._taken -= 1
        self._pass(None)

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    **self._credentials,
                    min_size=1,
                    max_size=self._size,
                    connection_class=_Reader,
                    statement_cache_size=128,
                    max_cacheable_statement_size=0,
                    server_settings=SESSION,
                )
        return self._pool

    async def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            await self._drop(self._idle.pop())
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()


def _alive(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except InterfaceError:  # the pool took it back when it broke
        return False


def entering(answer: str) -> str:
    """The statement that answers the expression `answer` inside a scope."""
    return ENTERED.format(answer=answer)


def claim(scope: Scope) -> str:
    """The signed scope; signed anew each minute, long before it expires."""
    return _signed(scope, int(time()) // SIGNED_FOR_SECONDS, wall.key())


@lru_cache(maxsize=4096)
def _signed(scope: Scope, minute: int, key: bytes) -> str:
    return sign(scope_body(scope, minute * SIGNED_FOR_SECONDS), key)


_open_lanes: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[bool, Lane]]" = WeakKeyDictionary()


def open_lanes(credentials: Mapping[str, Any], size: int) -> None:
    """Let this event loop's fast lanes connect when they are first used."""
    wide = max(2, size * 2 // 3)  # with a third, cores waited for us between two answers
    _open_lanes[asyncio.get_running_loop()] = {
        False: Lane(credentials, size),
        True: Lane(credentials, wide),
    }


async def close_lanes() -> None:
    """Give all their connections back."""
    for lane in _open_lanes.pop(asyncio.get_running_loop(), {}).values():
        await lane.close()


async def answer(scope: Scope, statement: str, values: list[Any]) -> Any:
    """The one value of a statement made by `entering`; see `Lane.answer`.

    A question over many tenants takes another lane than one of a single town.
    """
    lanes = _open_lanes[asyncio.get_running_loop()]
    return await lanes[len(scope.readable) > 1].answer(scope, statement, values)
