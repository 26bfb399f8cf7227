"""The three engines as one: start, the environment to use them, stop.

`Stack` is synchronous and belongs to the main thread of the process that starts it: whatever
happens to that process, the kernel ends the engines with it.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from infra.embedded import buckets, databases
from infra.embedded.addresses import addresses
from infra.embedded.errors import NoSpace, StackError, explain
from infra.embedded.lock import DataLock
from infra.embedded.memory import ENGINES, Memory
from infra.embedded.ports import any_free, is_free
from infra.embedded.postgres import Postgres
from infra.embedded.process import Child
from infra.embedded.store import BUCKET_PREFIX, ObjectStore
from infra.embedded.valkey import Valkey

MINIMUM_FREE = 300 * 1024 * 1024  # bytes; an empty cluster with its log takes some 80 MB
ATTEMPTS = 3  # a port that was free a moment ago may be taken by the time it is bound

Say = Callable[[str], None]
Engine = Postgres | Valkey | ObjectStore


def _silent(_: str) -> None:
    """No progress."""


class Stack:
    """PostgreSQL, Valkey and the object store on one data directory.

    With `durable=False` the database skips its flushes: for tests, whose data may be lost.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = True,
        store_python: Path | None = None,
        minimum_free: int = MINIMUM_FREE,
    ) -> None:
        self.data_dir = Path(data_dir).absolute()
        self._durable = durable
        self._store_python = store_python
        self._minimum_free = minimum_free
        self._lock: DataLock | None = None
        self.memory = Memory()
        self._engines: tuple[Postgres, Valkey, ObjectStore] | None = None

    def start(self, progress: Say = _silent) -> dict[str, str]:
        """Start the engines; returns the `ANSHANG_*` environment.

        Raises:
            StackError: with one line that says what to do; nothing is left running.
        """
        try:
            self._prepare(progress)
            self._start_engines(progress)
        except OSError as error:
            self.stop()
            raise explain(error, self.data_dir) from error
        except BaseException:
            self.stop()
            raise
        return self.environment()

    def _prepare(self, say: Say) -> None:
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = DataLock(self.data_dir)
        lock.take(say)
        self._lock = lock
        free = shutil.disk_usage(self.data_dir).free
        if free < self._minimum_free:
            raise NoSpace(
                f"only {free >> 20} MiB free below {self.data_dir}:"
                f" {self._minimum_free >> 20} MiB are needed to start"
            )
        self.memory = Memory.load(self.data_dir)
        self.memory.save(self.data_dir)

    def _start_engines(self, say: Say) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            self._choose_ports()
            try:
                self._start_once(say)
            except StackError as error:
                self._stop_engines()
                if attempt == ATTEMPTS or all(is_free(self.memory.ports[e]) for e in ENGINES):
                    raise
                say(f"{error}; trying other ports")
            else:
                return

    def _choose_ports(self) -> None:
        ports = self.memory.ports
        for name in ENGINES:
            if name not in ports or not is_free(ports[name]):
                ports[name] = any_free(ports.values())
        self.memory.save(self.data_dir)

    def _start_once(self, say: Say) -> None:
        assert self._lock is not None
        lock = self._lock.engines
        postgres = Postgres(self.data_dir, self.memory, durable=self._durable)
        valkey = Valkey(self.data_dir, self.memory, durable=self._durable)
        store = ObjectStore(self.data_dir, self.memory, self._store_python)
        self._engines = (postgres, valkey, store)
        began = time.monotonic()
        # The slowest first; they start side by side.
        store.spawn(lock)
        valkey.spawn(lock)
        postgres.create()
        postgres.spawn(lock)
        for name, engine in (("PostgreSQL", postgres), ("Valkey", valkey), ("object store", store)):
            engine.wait()
            say(f"{name} on port {engine.port} ({time.monotonic() - began:.1f} s)")
        buckets.configure(store.url, self.memory.store_secret, BUCKET_PREFIX)

    def environment(self) -> dict[str, str]:
        """What a process needs to use these engines, by the names that settings read."""
        assert self._engines is not None, "the stack is not started"
        return addresses(self.data_dir, self.memory)

    @property
    def superuser_url(self) -> str:
        """The database's superuser: for operators and fault tests, never for serving."""
        assert self._engines is not None, "the stack is not started"
        return self._engines[0].superuser_url

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database of the owner's; returns the owner's URL of it."""
        owner = self.environment()["ANSHANG_OWNER_DATABASE_URL"]
        return databases.create_database(owner, name, template)

    @property
    def children(self) -> dict[str, Child]:
        """The running engines: `postgres`, `valkey`, `store`."""
        if self._engines is None:
            return {}
        postgres, valkey, store = self._engines
        running = {"postgres": postgres.child, "valkey": valkey.child, "store": store.child}
        return {name: child for name, child in running.items() if child is not None}

    @property
    def lock_descriptor(self) -> int:
        """What every further child of this run inherits, so that a next run waits for it."""
        assert self._lock is not None, "the stack is not started"
        return self._lock.engines

    def restart(self, name: str, seconds: float = 20) -> Child:
        """Start an engine (`postgres`, `valkey`, `store`) again that has died.

        Raises:
            StackError: it does not come up within `seconds`.
        """
        assert self._engines is not None, "the stack is not started"
        engines: dict[str, Engine] = dict(zip(ENGINES, self._engines, strict=True))
        engine = engines[name]
        deadline = time.monotonic() + seconds
        while True:
            engine.stop()
            engine.spawn(self.lock_descriptor)
            try:
                engine.wait()
            except StackError:
                # Remains of a killed server need a moment to end.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                break
        if isinstance(engine, ObjectStore):
            buckets.configure(engine.url, self.memory.store_secret, BUCKET_PREFIX)
        return self.children[name]

    def _stop_engines(self) -> None:
        for engine in self._engines or ():
            engine.stop()

    def stop(self) -> None:
        """Stop what runs and let go of the directory.  Safe to call twice."""
        self._stop_engines()
        self._engines = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> "Stack":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
