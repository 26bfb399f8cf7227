"""The queue: one Dramatiq broker on Redis, configured so that a killed worker's work returns soon.

Actors import this module, so that import order never decides which broker they belong to.
"""

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, Retries
from periodiq import PeriodiqMiddleware

from service.settings import settings

HEARTBEAT_TIMEOUT_MS = 10_000  # a silent worker's messages go back to the queue after this
MAINTENANCE_CHANCE = 100_000  # of a million commands; the default of 1,000 leaves them for minutes
MAX_RETRIES = 7  # the eighth failure parks the delivery, see service.outbox

broker = RedisBroker(  # type: ignore[no-untyped-call]
    url=settings().redis_url,
    namespace=f"{settings().queue_namespace}:queue",
    heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
    maintenance_chance=MAINTENANCE_CHANCE,
    dead_message_ttl=7 * 24 * 3600 * 1000,
    socket_timeout=30,
)
broker.add_middleware(AsyncIO())
broker.add_middleware(PeriodiqMiddleware(skip_delay=3600))
for middleware in broker.middleware:
    if isinstance(middleware, Retries):
        middleware.max_retries = MAX_RETRIES
        middleware.min_backoff = 500
        middleware.max_backoff = 60_000
dramatiq.set_broker(broker)
