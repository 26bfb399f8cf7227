"""The demo's past: commands run as if on an earlier day, so that a new district has a history."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta

from service import clock
from service.clock import SHANGHAI

_moment: ContextVar[datetime | None] = ContextVar("demo_moment", default=None)
_present = clock.now


def _now() -> datetime:
    return _moment.get() or _present()


@contextmanager
def turned_back() -> Iterator[None]:
    """Let this process's clock be set by `at_moment` for a block."""
    clock.now = _now
    try:
        yield
    finally:
        clock.now = _present


@contextmanager
def at_moment(moment: datetime) -> Iterator[None]:
    """Run a block, and the tasks it starts, as if at `moment`; works inside `turned_back` only.

    Raises:
        RuntimeError: outside `turned_back`, where nothing would happen.
    """
    if clock.now is not _now:
        raise RuntimeError("the clock is not turned back")
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)


def office_hour(day: date, minute: int = 540) -> datetime:
    """A moment on a legal day in China, `minute` minutes after midnight, in UTC."""
    local = datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minute)
    return local.astimezone(UTC)
