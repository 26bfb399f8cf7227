"""The wall between tenants: every statement runs in a transaction that carries a signed scope."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from time import time
from typing import Any, cast

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.connection import get_connections

from tenants.scope import Scope, scope_body, sign

_key: bytes = b""
_current: ContextVar["Transaction | None"] = ContextVar("transaction", default=None)


@dataclass(slots=True)
class Transaction:
    """The open transaction: its scope and the raw client, for SQL that models cannot say."""

    scope: Scope
    client: TransactionWrapper
    refused: bool = False

    def refuse(self) -> None:
        """Roll back at the end although no exception leaves the block."""
        self.refused = True

    async def fetch(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of one statement with positional parameters `$1…`."""
        return cast(
            list[dict[str, Any]], await self.client.execute_query_dict(sql, list(values) or None)
        )


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
    scope: Scope, *, read_only: bool = False, statement_timeout_ms: int = 0
) -> AsyncIterator[Transaction]:
    """One transaction under `scope`; read-only ones see a single snapshot (repeatable read).

    The connection goes back to the pool whatever happens, also when the task is cancelled
    while BEGIN is on its way: the driver's own context managers hold it, not ours.

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
        async with (
            parent._pool.acquire() as raw,
            raw.transaction(isolation=isolation, readonly=read_only),
        ):
            await raw.execute(
                "select set_config('app.scope', $1, true),"
                " set_config('statement_timeout', $2, true)",
                _signed(scope),
                str(statement_timeout_ms),
            )
            client = TransactionWrapper(parent)
            client._connection = raw
            transaction = Transaction(scope, client)
            with _bound(connections, transaction):
                yield transaction
            if transaction.refused:
                raise _Rollback
    except _Rollback:
        pass


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
    await _enter(transaction, Scope.of_platform(transaction.scope.actor))
    try:
        yield transaction
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
