"""Rate limits, counted in Redis for all processes together: the one door to that counter.

A moving window, so that no moment exists in which twice the amount gets through.  While Redis
cannot be reached each process counts for itself: a limit then holds per process, and nobody is
locked out of the platform because its queue is down.
"""

import time
from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import structlog

from service.identity.rules import RateLimited, RateRule
from service.late import Late
from service.settings import settings

if TYPE_CHECKING:
    import limits
    from limits import errors
    from limits.aio import storage, strategies
    from redis import asyncio as redis
else:
    limits, errors = Late("limits"), Late("limits.errors")
    storage, strategies = Late("limits.aio.storage"), Late("limits.aio.strategies")
    redis = Late("redis.asyncio")

CONNECTIONS = 8  # of one process; a burst waits for them instead of opening more
TIMEOUT_SECONDS = 5.0

log = structlog.get_logger()


class RateLimiter:
    """Limits over one Redis."""

    def __init__(self, url: str, namespace: str) -> None:
        pool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
        )
        self._shared = strategies.MovingWindowRateLimiter(
            storage.RedisStorage(
                f"async+{url}",
                implementation="redispy",
                key_prefix=f"{namespace}:limits",
                wrap_exceptions=True,
                connection_pool=pool,  # type: ignore[arg-type]  # handed through to redis-py
            )
        )
        self._alone = strategies.MovingWindowRateLimiter(storage.MemoryStorage())

    async def hit(self, checks: Iterable[tuple[RateRule, str]]) -> None:
        """Count one attempt under each rule and key, in order.

        Keys are hashed, so that Redis learns no login and no address.

        Raises:
            RateLimited: one of them is used up; later ones are then not counted.
        """
        for rule, key in checks:
            item = limits.RateLimitItemPerSecond(rule.amount, rule.seconds)
            counted = (rule.name, sha256(key.encode()).hexdigest()[:32])
            try:
                limiter, passed = self._shared, await self._shared.hit(item, *counted)
            except errors.StorageError:
                log.warning("rate limits count per process: redis does not answer")
                limiter, passed = self._alone, await self._alone.hit(item, *counted)
            if not passed:
                raise RateLimited(await _wait(limiter, item, counted, rule))

    async def forget(self, rule: RateRule, key: str) -> None:
        """Start the count of one key again, as after a sign-in that succeeded."""
        item = limits.RateLimitItemPerSecond(rule.amount, rule.seconds)
        counted = (rule.name, sha256(key.encode()).hexdigest()[:32])
        await self._alone.clear(item, *counted)
        try:
            await self._shared.clear(item, *counted)
        except errors.StorageError:
            log.warning("rate limits count per process: redis does not answer")


async def _wait(
    limiter: "strategies.MovingWindowRateLimiter",
    item: "limits.RateLimitItemPerSecond",
    counted: tuple[str, str],
    rule: RateRule,
) -> int:
    """Whole seconds until the oldest counted attempt leaves the window."""
    try:
        window = await limiter.get_window_stats(item, *counted)
    except errors.StorageError:
        return rule.seconds
    return max(1, min(rule.seconds, round(window.reset_time - time.time() + 0.5)))


_limiters: "WeakKeyDictionary[AbstractEventLoop, RateLimiter]" = WeakKeyDictionary()


def limiter() -> RateLimiter:
    """The limiter of this process and event loop, by the settings."""
    loop = get_running_loop()
    found = _limiters.get(loop)
    if found is None:
        chosen = settings()
        found = _limiters[loop] = RateLimiter(chosen.redis_url, chosen.queue_namespace)
    return found
