"""The worker: Dramatiq threads around one event loop, with the database open before work begins."""

import asyncio
import contextlib
import signal
import threading
from concurrent.futures import Future
from typing import Any

import dramatiq
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import Middleware

from service.database import close_database, open_database
from service.telemetry import configure_logging
from tasks import registry
from tasks.broker import broker
from tasks.sender import Sender

FINISH_SECONDS = 5.0  # what has not arrived by then is sent again by the next sender


class OpenDatabase(Middleware):
    """Opens the pool on the event loop that runs the actors, after AsyncIO has started it."""

    def after_worker_boot(self, broker: dramatiq.Broker, worker: Any) -> None:
        """Nothing is consumed before this returns."""

    def before_worker_boot(self, broker: dramatiq.Broker, worker: Any) -> None:
        """Open the database on the loop's own thread."""
        loop = get_event_loop_thread()
        assert loop is not None
        loop.run_coroutine(open_database())

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: Any) -> None:
        """Close it while the loop still runs."""
        loop = get_event_loop_thread()
        if loop is not None:
            loop.run_coroutine(close_database())


class SendWebhooks(Middleware):
    """Runs the sender on the same loop, between the opening of the database and its closing."""

    _sender: Sender
    _running: Future[None]

    def after_worker_boot(self, broker: dramatiq.Broker, worker: Any) -> None:
        """Begin to send."""
        loop = get_event_loop_thread()
        assert loop is not None
        self._sender = Sender()
        self._running = asyncio.run_coroutine_threadsafe(self._sender.run(), loop.loop)

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: Any) -> None:
        """Let what is on its way arrive; what does not is sent again by the next sender."""
        loop = get_event_loop_thread()
        if loop is not None:
            loop.loop.call_soon_threadsafe(self._sender.stop)
            with contextlib.suppress(TimeoutError):
                self._running.result(FINISH_SECONDS)


def main(threads: int = 8) -> None:
    """Work until SIGTERM or SIGINT, then finish what is under way."""
    configure_logging()
    registry.load()
    broker.add_middleware(OpenDatabase())
    broker.add_middleware(SendWebhooks(), before=OpenDatabase)
    worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=200)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.start()
    stop.wait()
    worker.stop(timeout=20_000)


if __name__ == "__main__":
    main()
