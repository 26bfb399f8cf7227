"""One process that runs a district on this machine, and takes everything down with it."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType

from infra.embedded import programs
from infra.embedded.errors import StackError
from infra.embedded.ports import LOOPBACK, http_port
from infra.embedded.process import Child, Spawn, launcher, start, wait_ready
from infra.embedded.screen import Screen, complain, welcome
from infra.embedded.stack import Stack
from infra.embedded.units import Unit

STEPS = 4
POLL_SECONDS = 0.2
PATIENCE = 25.0  # s; a worker finishes what it does before it ends


class Stop(BaseException):
    """A signal asked us to end."""


def run_district(data: Path, port: int = 0, size: str = "M") -> int:
    """Run a whole district until a signal ends it; returns the exit code.

    Port 0 means the one of the last time, else a free one from 8000 on.
    """
    district = District(data, port, size)
    with _signals():
        try:
            district.start()
            district.watch()
        except StackError as error:
            complain(str(error))
            return error.exit_code
        except Stop:
            print("\nstopping", flush=True)
            return 0
        finally:
            district.stop()
    return 0


class District:
    """The engines, the product's processes and their order."""

    def __init__(self, data: Path, port: int, size: str) -> None:
        self._stack = Stack(data)
        self._port = port
        self._size = size
        # Steps already taken by `make`, so that the numbers run through.
        before = int(os.environ.get("ANSHANG_STEPS_BEFORE", "0"))
        self._screen = Screen(before + STEPS, before + 1)
        self._environment: dict[str, str] = {}
        self._units: list[Unit] = []
        self._once: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Everything, in order.

        Raises:
            StackError: in one line; what was started is for `stop` to end.
        """
        screen, stack = self._screen, self._stack
        if self._port:
            http_port(self._port, None)
        screen.step("starting PostgreSQL, Valkey and the object store")
        engines = stack.start(screen.detail)
        ports = stack.memory.ports
        ports["http"] = http_port(self._port or None, ports.get("http"))
        stack.memory.save(stack.data_dir)
        self._environment = programs.environment(engines, stack.data_dir, ports["http"])
        screen.done()
        screen.step("bringing the schema up to date")
        self._perform("the schema", programs.MIGRATE)
        screen.done()
        screen.step("preparing the demo district")
        self._perform("the demo district", programs.SEED, size=self._size)
        screen.done()
        screen.step("starting API, relay, worker and clock")
        self._start_programs(ports["http"])
        screen.done()
        welcome(f"http://{LOOPBACK}:{ports['http']}", stack.data_dir, screen.seconds)

    def _perform(self, what: str, words: tuple[str, ...], **values: object) -> None:
        self._once = subprocess.Popen(
            launcher(programs.command(words, **values), signal.SIGKILL, "same"),
            env=self._environment,
            cwd=programs.ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=(self._stack.lock_descriptor,),
            start_new_session=True,
        )
        code = self._once.wait()
        self._once = None
        if code != 0:
            raise StackError(f"{what} failed, see the lines above")

    def _start_programs(self, port: int) -> None:
        for name in self._stack.children:
            unit = Unit(name, partial(self._stack.restart, name), self._stack.children[name])
            unit.began = time.monotonic()
            self._units.append(unit)
        for program in programs.PROGRAMS:
            unit = Unit(program.name, partial(self._begin, program, port))
            self._units.append(unit)
            unit.start()
        for unit in self._units:
            if unit.name == "api" and unit.child is not None:
                wait_ready(unit.child, partial(_answers, port), 120)

    def _begin(self, program: programs.Program, port: int) -> Child:
        return start(
            Spawn(
                program.name,
                programs.command(program.words, port=port),
                self._stack.data_dir / "logs" / f"{program.name}.log",
                self._environment,
                # Without a supervisor nobody would follow up, so no chance to linger.
                death_signal=signal.SIGKILL,
                directory=programs.ROOT,
                keep_open=(self._stack.lock_descriptor,),
            )
        )

    def watch(self) -> None:
        """Keep everything running until a signal arrives."""
        while True:
            now = time.monotonic()
            for unit in self._units:
                unit.tend(complain, now)
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End the product's processes, then the engines.  Safe to call twice."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if self._once is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._once.pid, signal.SIGKILL)
            self._once.wait()
            self._once = None
        engines = set(self._stack.children)
        ours = [u.child for u in self._units if u.child is not None and u.name not in engines]
        for child in ours:
            if child.running:
                child.process.terminate()
        for child in ours:
            child.stop(signal.SIGTERM, PATIENCE)
        self._units = []
        self._stack.stop()


def _answers(port: int) -> bool:
    line = HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        raise Stop

    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, end) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
