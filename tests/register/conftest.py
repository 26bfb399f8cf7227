"""A town's clerk with a register, and how an operation is asked for its data."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest
from tortoise.backends.asyncpg.client import TransactionWrapper

from service.register.credit_code import generate
from tenants.principal import Principal
from tests.conftest import Execute

Ask = Callable[..., Awaitable[Any]]


def code(seed: int) -> str:
    """A valid code of a place that does not exist."""
    return generate(rng=Random(seed))


@pytest.fixture
def ask(execute: Execute) -> Ask:
    """The one field that an operation asks for; the operation has no errors of its own."""

    async def run(principal: Principal, document: str, **variables: Any) -> Any:
        answer = await execute(principal, document, variables)
        assert answer["errors"] == []
        (data,) = answer["data"].values()
        return data

    return run


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that models and queries run."""
    seen: list[str] = []
    for name in ("execute_query", "execute_query_dict", "execute_insert"):
        original = getattr(TransactionWrapper, name)

        async def run(self: Any, query: str, *args: Any, _run: Any = original, **kw: Any) -> Any:
            seen.append(query)
            return await _run(self, query, *args, **kw)

        monkeypatch.setattr(TransactionWrapper, name, run)
    return seen
