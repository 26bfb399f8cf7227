"""Budgets of applications: points an hour for each application in each town, counted exactly.

A bucket that fills evenly.  One script in Redis looks, takes and answers, so that no two requests
of any processes can spend the same points.  While Redis cannot be reached each process keeps its
own bucket, as rate limits do.
"""

import time
from asyncio import AbstractEventLoop, Semaphore, get_running_loop
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import structlog

from service.errors import SafetyError
from service.identity import usage
from service.late import Late
from service.settings import settings

if TYPE_CHECKING:
    from redis import asyncio as redis
else:
    redis = Late("redis.asyncio")

CONNECTIONS, TIMEOUT_SECONDS = 8, 2.0
AWAY_SECONDS = 0.5  # that a process counts alone after Redis did not answer
KEPT_BUCKETS = 10_000

TAKE = (
    """
local clock = redis.call('time')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local capacity, per_ms, cost = tonumber(ARGV[1]), tonumber(ARGV[2]) / 3600000, tonumber(ARGV[3])
local kept = redis.call('hmget', KEYS[1], 'points', 'at')
local points, at = tonumber(kept[1]) or capacity, tonumber(kept[2]) or now
points = math.min(capacity, points + math.max(0, now - at) * per_ms)
local taken = 0
if cost <= points then points, taken = points - cost, 1 end
if KEYS[2] then
"""
    + usage.COUNT
    + """
end
redis.call('hset', KEYS[1], 'points', string.format('%.6f', points), 'at', now)
redis.call('pexpire', KEYS[1], math.ceil(capacity / per_ms) + 60000)
return {taken, math.floor(points), math.ceil(math.max(0, cost - points) / per_ms)}
"""
)
"""Points taken (1 or 0), points left, and milliseconds until so many points are there."""

log = structlog.get_logger()


class BudgetExhausted(SafetyError):
    """The application has asked for more than its budget in this town."""

    code = "BUDGET_EXHAUSTED"

    def __init__(self, message: str, left: "Left") -> None:
        super().__init__(message)
        self.left = left


@dataclass(frozen=True, slots=True)
class Left:
    """What remains of a budget after a request, in points, and of how many an hour."""

    limit: int
    remaining: int
    retry_seconds: int = 0


class Budgets:
    """Buckets in one Redis."""

    def __init__(self, url: str, namespace: str) -> None:
        pool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
        )
        self._take = redis.Redis(connection_pool=pool).register_script(TAKE)
        # The pool lets whoever comes again overtake those who wait, until their patience ends.
        self._turn = Semaphore(CONNECTIONS)
        self._away_until = 0.0
        self._namespace = namespace
        self._alone: dict[str, tuple[float, float]] = {}

    async def spend(
        self, who: str, where: str, cost: int, per_hour: int, operation: str | None = None
    ) -> Left:
        """Take `cost` points from the bucket of an application in a town.

        A request for an `operation` is counted for the usage of the application too.

        Raises:
            BudgetExhausted: it holds fewer; none was taken.
        """
        key = f"{self._namespace}:budget:{sha256(f'{who}|{where}'.encode()).hexdigest()[:32]}"
        keys = [key]
        values: list[str | int] = [per_hour, per_hour, cost]
        if operation is not None:
            counted = usage.counter(self._namespace, who, where, operation)
            keys += counted.keys
            values += counted.arguments
        found = await self._take_together(keys, values)
        taken, points, wait_ms = found or self._take_alone(key, cost, per_hour)
        left = Left(per_hour, points, -(-wait_ms // 1000))
        if not taken:
            raise BudgetExhausted(
                f"this costs {cost} points and {points} of {per_hour} an hour are left;"
                + (" ask for less" if cost > per_hour else f" wait {left.retry_seconds} s"),
                left,
            )
        return left

    async def _take_together(
        self, keys: list[str], values: list[str | int]
    ) -> tuple[int, ...] | None:
        """What `TAKE` answers, None while Redis cannot be reached."""
        async with self._turn:
            if time.monotonic() < self._away_until:
                return None
            try:
                found: Any = await self._take(keys=keys, args=values)
            except redis.RedisError:
                log.warning("budgets count per process: redis does not answer")
                self._away_until = time.monotonic() + AWAY_SECONDS
                return None
            return tuple(int(one) for one in found)

    def _take_alone(self, key: str, cost: int, per_hour: int) -> tuple[int, int, int]:
        now = time.monotonic() * 1000
        points, at = self._alone.get(key, (float(per_hour), now))
        points = min(per_hour, points + (now - at) * per_hour / 3_600_000)
        taken = cost <= points
        if len(self._alone) >= KEPT_BUCKETS:
            self._alone.clear()
        self._alone[key] = (points - cost if taken else points, now)
        wait = max(0.0, cost - points) * 3_600_000 / per_hour
        return int(taken), int(self._alone[key][0]), int(wait)


_budgets: "WeakKeyDictionary[AbstractEventLoop, Budgets]" = WeakKeyDictionary()


def budgets() -> Budgets:
    """The budgets of this process and event loop, by the settings."""
    loop = get_running_loop()
    found = _budgets.get(loop)
    if found is None:
        chosen = settings()
        found = _budgets[loop] = Budgets(chosen.redis_url, chosen.queue_namespace)
    return found
