"""The correlation id that follows one act from the request through the outbox to its effects."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tenants.ids import new_id

_correlation: ContextVar[str] = ContextVar("correlation", default="")


def correlation_id() -> str:
    """The id bound to this task, or an empty string."""
    return _correlation.get()


@contextmanager
def correlated(value: str = "") -> Iterator[str]:
    """Bind `value`, or a fresh id, for the block."""
    token = _correlation.set(value or new_id().hex)
    try:
        yield _correlation.get()
    finally:
        _correlation.reset(token)
