"""Logs and metrics: JSON to standard output, one canonical line per request, no personal data.

Events are names with key-values.  Which keys may appear is decided here, once: a key that
could hold a name, a number of a person or a secret is cut out, whoever logs it (个人信息保护法
art. 6: no more than the purpose needs).
"""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

from service.correlation import correlation_id

PERSONAL = frozenset(
    {
        "address",
        "authorization",
        "body",
        "card_no",
        "client",
        "cookie",
        "email",
        "identity_number",
        "legal_representative",
        "name",
        "password",
        "person",
        "phone",
        "secret",
        "token",
        "variables",
    }
)
"""Keys whose value never reaches a log."""

REMOVED = "[removed]"

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)

REQUESTS = Counter(
    "anshang_http_requests",
    "Requests answered",
    ["method", "route", "status"],
    registry=registry,
)
REQUEST_SECONDS = Histogram(
    "anshang_http_request_seconds",
    "Time from the first byte of a request to the last of its answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=registry,
)
TASK_SECONDS = Histogram(
    "anshang_task_seconds",
    "Time that a background task took, by how it ended",
    ["task", "outcome"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300),
    registry=registry,
)
IN_FLIGHT = Gauge("anshang_http_requests_in_flight", "Requests being answered", registry=registry)

_noted: ContextVar[dict[str, object] | None] = ContextVar("noted", default=None)


@contextmanager
def canonical() -> Iterator[dict[str, object]]:
    """Collect what the block notes of itself, for its one canonical line."""
    noted: dict[str, object] = {}
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def note(**facts: object) -> None:
    """Add facts to the canonical line of the request or task under way, if there is one."""
    noted = _noted.get()
    if noted is not None:
        noted.update(facts)


@contextmanager
def observed_task(name: str) -> Iterator[None]:
    """One canonical line and one observation for a background task, also when it fails."""
    start = time.perf_counter()
    outcome = "failed"
    with canonical() as noted:
        try:
            yield
            outcome = "done"
        finally:
            seconds = time.perf_counter() - start
            TASK_SECONDS.labels(name, outcome).observe(seconds)
            facts = {k: v for k, v in noted.items() if k not in {"task", "outcome", "ms"}}
            structlog.get_logger("task").info(
                "task", task=name, outcome=outcome, ms=round(seconds * 1000, 1), **facts
            )


def correlate(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Put the correlation id on every line that belongs to a request or task."""
    identity = correlation_id()
    if identity:
        event.setdefault("request_id", identity)
    return event


def discreet(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Cut the values of `PERSONAL` keys, also one level down."""
    for key, value in event.items():
        if key in PERSONAL:
            event[key] = REMOVED
        elif isinstance(value, dict):
            event[key] = {k: REMOVED if k in PERSONAL else v for k, v in value.items()}
    return event


def as_json(event: EventDict, **_: object) -> str:
    """One line; what JSON cannot hold is shown as text."""
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def configure_logging(level: str = "INFO") -> None:
    """Send our events and those of every library through one formatter to standard output.

    Safe to call again; the last level wins.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        correlate,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # The values of local variables are left out: they hold what the frames worked on.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            discreet,
            structlog.processors.JSONRenderer(serializer=as_json),
        ],
    )
    # Nothing shows where a line was logged or by which thread, so nothing looks it up: see
    # "Optimization" in the manual of `logging`.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("uvicorn.error").addFilter(blameless)
    # Uvicorn logs a line per request with the raw address and query: ours replaces it.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = name != "uvicorn.access"


def blameless(record: logging.LogRecord) -> bool:
    """Leave out what the server calls an error though a client alone is to blame.

    It answers a frame that is no UTF-8 by closing the socket (RFC 6455 §8.1), and logs a traceback.
    """
    return not str(record.msg).startswith("Invalid UTF-8 sequence received")


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request; `route` is the pattern, never the address itself."""
    known = method if method in {"GET", "POST", "HEAD", "OPTIONS", "WEBSOCKET"} else "OTHER"
    REQUESTS.labels(known, route, str(status)).inc()
    REQUEST_SECONDS.labels(known, route).observe(seconds)


def metrics() -> bytes:
    """All metrics of this process in the Prometheus text format 0.0.4."""
    return generate_latest(registry)
