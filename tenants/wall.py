"""The wall between tenants: every statement runs in a transaction that carries a signed scope."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import time
from typing import Any, cast

import asyncpg
from asyncpg import PostgresError
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.connection import get_connections

from tenants.scope import Scope, scope_body, sign

COMMIT = "COMMIT;"  # as the driver writes it

_key: bytes = b""
_current: ContextVar["Transaction | None"] = ContextVar("transaction", default=None)


Keep = Callable[[list[Any]], str]


class Serving(asyncpg.Connection):  # type: ignore[misc]
    """Begins a transaction and enters its scope in one round trip; nothing is left to reset.

    What the transactions here set ends with them.  A connection whose transaction did not end in
    order is reset as the driver does it.
    """

    __slots__ = ("_ended", "_entering", "_leaving", "entered")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._entering = self._leaving = self.entered = ""
        self._ended = False

    def enter(self, statement: str) -> None:
        """The statement that follows the next BEGIN; its tag is then in `entered`."""
        self._entering, self._leaving, self.entered, self._ended = statement, "", "", False

    def leave(self, statement: str) -> None:
        """The statement before the next COMMIT, which what it locks then waits for no longer."""
        self._leaving = statement

    def end(self) -> None:
        """The transaction was committed or rolled back in order."""
        self._ended = True

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        """As the driver does it, with the entrance behind BEGIN and the leaving before COMMIT."""
        entering, self._entering = self._entering, ""
        if entering:
            self.entered = str(await super().execute(query + entering, *args, timeout=timeout))
            return self.entered
        leaving = self._leaving if query == COMMIT else ""
        if not leaving:
            return str(await super().execute(query, *args, timeout=timeout))
        self._leaving = ""
        try:
            return str(await super().execute(f"{leaving};{query}", timeout=timeout))
        except PostgresError:
            await super().execute("ROLLBACK")  # what failed before COMMIT left it open
            raise

    def get_reset_query(self) -> str:
        """Nothing after an orderly end."""
        ended, self._ended = self._ended, False
        return "" if ended else str(super().get_reset_query())


@dataclass(slots=True)
class Transaction:
    """The open transaction: its scope and the raw client, for SQL that models cannot say."""

    scope: Scope
    client: TransactionWrapper
    refused: bool = False
    first: str = ""
    """What the first statement did, as PostgreSQL says it: `INSERT 0 1`, say."""
    keep: Keep | None = None
    """Words what the act holds back until its end; None where everything is written at once."""
    held: list[Any] = field(default_factory=list)

    def refuse(self) -> None:
        """Roll back at the end although no exception leaves the block."""
        self.refused = True

    async def fetch(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of one statement with positional parameters `$1…`."""
        return cast(
            list[dict[str, Any]], await self.client.execute_query_dict(sql, list(values) or None)
        )

    def rest(self) -> str:
        """The statement that writes what was held back, which is then no longer; empty for none."""
        held, self.held = self.held, []
        return self.keep(held) if held and self.keep is not None else ""

    async def settle(self) -> None:
        """Write what was held back, in the scope that it was held back in."""
        if rest := self.rest():
            await self.client.execute_script(rest)


class NoTransaction(RuntimeError):
    """A query was about to run outside `tenant_transaction`."""


def install_key(key: bytes) -> None:
    """Give this process the key that signs scopes; the database holds its twin."""
    global _key
    _key = key


def key() -> bytes:
    """The key that signs scopes in this process."""
    return _key


def current() -> Transaction:
    """The open transaction.

    Raises:
        NoTransaction: none is open in this task.
    """
    transaction = _current.get()
    if transaction is None:
        raise NoTransaction("open a tenant_transaction first")
    return transaction


def in_transaction() -> bool:
    """Whether this task has a transaction open."""
    return _current.get() is not None


class _Rollback(Exception):
    """Leaves the driver's block so that it rolls back; never seen outside."""


@asynccontextmanager
async def tenant_transaction(
    scope: Scope,
    *,
    read_only: bool = False,
    statement_timeout_ms: int = 0,
    first: str = "",
    keep: Keep | None = None,
) -> AsyncIterator[Transaction]:
    """One transaction under `scope`; read-only ones see a single snapshot (repeatable read).

    The connection goes back to the pool whatever happens, also when the task is cancelled
    while BEGIN is on its way: the driver's own context managers hold it, not ours.

    `first` is a statement without parameters that goes along with BEGIN, and with `keep` an act
    holds back what it leaves behind, whose statement goes along with COMMIT: neither costs a
    round trip, and what the last one locks is held for none.  Texts in them are written by `text`.

    Raises:
        RuntimeError: another transaction is already open in this task.
    """
    if _current.get() is not None:
        raise RuntimeError("transactions do not nest; pass the open one's scope to the command")
    connections = get_connections()
    parent = cast(AsyncpgDBClient, connections.get("default"))
    if parent._pool is None:
        await parent.create_connection(with_db=True)
    assert parent._pool is not None
    isolation = "repeatable_read" if read_only else "read_committed"
    try:
        async with parent._pool.acquire() as raw:
            raw.enter(_entrance(scope, statement_timeout_ms) + (first and f";{first}"))
            try:
                async with raw.transaction(isolation=isolation, readonly=read_only):
                    client = TransactionWrapper(parent)
                    client._connection = raw
                    transaction = Transaction(scope, client, first=raw.entered, keep=keep)
                    with _bound(connections, transaction):
                        yield transaction
                        if not transaction.refused:
                            raw.leave(transaction.rest())
                    if transaction.refused:
                        raise _Rollback
            except _Rollback:
                raw.end()
                raise
            raw.end()
    except _Rollback:
        pass


def text(given: str) -> str:
    """A text as SQL: in digits alone, so that nothing in it can be read as anything else."""
    return f"convert_from(decode('{given.encode().hex()}','hex'),'UTF8')"


def _entrance(scope: Scope, statement_timeout_ms: int) -> str:
    """Behind BEGIN; a signed scope is made of ids and digits, so it can be written out."""
    limit = f", set_config('statement_timeout', '{statement_timeout_ms:d}', true)"
    signed = _signed(scope).replace("'", "''")
    return (
        f"select set_config('app.scope', '{signed}', true){limit if statement_timeout_ms else ''}"
    )


def _signed(scope: Scope) -> str:
    return sign(scope_body(scope, int(time())), _key)


@asynccontextmanager
async def platform_desk() -> AsyncIterator[Transaction]:
    """The open transaction at the platform's tables for a block, then in its own scope again.

    For what must commit together with a tenant's rows and belongs to no tenant.  Inside the block
    not one row of any tenant is seen, and outside it not one of the platform; whoever opens it
    answers for what leaves it.
    """
    transaction = current()
    await transaction.settle()
    await _enter(transaction, Scope.of_platform(transaction.scope.actor))
    try:
        yield transaction
        await transaction.settle()
    except BaseException:
        with suppress(Exception):  # a broken transaction enters no scope, and ends anyway
            await _enter(transaction, transaction.scope)
        raise
    await _enter(transaction, transaction.scope)


async def _enter(transaction: Transaction, scope: Scope) -> None:
    await transaction.fetch("select set_config('app.scope', $1, true)", _signed(scope))


@contextmanager
def _bound(connections: Any, transaction: Transaction) -> Iterator[None]:
    """Point the models of this task at the transaction, and back."""
    storage = connections.set("default", transaction.client)
    token = _current.set(transaction)
    try:
        yield
    finally:
        _current.reset(token)
        connections.reset(storage)
