"""PostgreSQL on this machine: created once, on the loopback only, passwords for everyone."""

import os
import shutil
import signal
import subprocess
from functools import lru_cache
from pathlib import Path

from infra.embedded.databases import programs, run_sql
from infra.embedded.errors import NoSpace, StackError
from infra.embedded.launch import ordinary_user
from infra.embedded.memory import Memory
from infra.embedded.ports import LOOPBACK
from infra.embedded.process import Child, Spawn, launcher, start, wait_ready

DATABASE = "anshang"
OWNER, APP, RELAY = "anshang_owner", "anshang_app", "anshang_relay"
CONNECTIONS = 200
ROLES = Path(__file__).parents[1] / "deploy" / "roles.sql"

_VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One server and its data."""

    def __init__(self, directory: Path, memory: Memory, *, durable: bool) -> None:
        self._directory = directory
        self._data = directory / "postgres"
        self._memory = memory
        self._durable = durable
        self._child: Child | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._memory.ports["postgres"]

    def url(self, user: str, password: str, database: str = DATABASE) -> str:
        """The URL of one role."""
        return f"postgres://{user}:{password}@{LOOPBACK}:{self.port}/{database}"

    @property
    def superuser_url(self) -> str:
        """For the stack itself: roles, extensions, readiness."""
        return self.url("postgres", self._memory.superuser_password, "postgres")

    def create(self) -> None:
        """Create the data directory, whole or not at all."""
        self._own()
        if self._data.exists():
            return
        draft = self._directory / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        secret = self._directory / "postgres.password"
        secret.touch(mode=0o600)
        secret.write_text(self._memory.superuser_password)
        try:
            self._initdb(draft, secret)
        finally:
            secret.unlink()
        draft.rename(self._data)

    def _initdb(self, draft: Path, secret: Path) -> None:
        mode = user_mode()
        draft.mkdir(mode=0o700)
        if mode == "user":
            _give(draft)
        command = [
            str(programs() / "initdb"),
            f"--pgdata={draft}",
            "--username=postgres",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # The builtin provider sorts alike on every machine and needs no locale package.
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--no-instructions",
            *([] if self._durable else ["--no-sync"]),
        ]
        done = subprocess.run(
            launcher(command, signal.SIGKILL, mode),
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return
        shutil.rmtree(draft, ignore_errors=True)
        words = [line for line in done.stderr.splitlines() if "could not" in line] or [
            done.stderr.strip()
        ]
        if any(full in done.stderr for full in ("No space left", "File too large", "quota")):
            raise NoSpace(f"no space left below {self._directory}: {words[0]}")
        raise StackError(f"PostgreSQL could not be created: {words[0]}")

    def _own(self) -> None:
        # The way root steps down can change between starts, say in another container.
        if os.geteuid() != 0 or not self._data.exists():
            return
        wanted = ordinary_user().pw_uid if user_mode() == "user" else 0
        if self._data.stat().st_uid != wanted:
            _give(self._data, wanted)

    def spawn(self, lock: int) -> None:
        """Start the server."""
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            # No socket file, so no limit on the length of the path.
            "unix_socket_directories": "",
            "max_connections": str(CONNECTIONS),
            "shared_buffers": "256MB",
            "max_wal_size": "2GB",
            "log_min_messages": "warning",
            # Without details: they quote the rows that were refused, names and all.
            "log_error_verbosity": "terse",
            "log_timezone": "UTC",
            "timezone": "UTC",
            **({} if self._durable else _VOLATILE),
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        self._child = start(
            Spawn(
                "PostgreSQL",
                [str(programs() / "postgres"), "-D", str(self._data), *options],
                self._directory / "logs" / "postgres.log",
                _environment(),
                death_signal=signal.SIGINT,  # a fast shutdown
                mode=user_mode(),
                keep_open=(lock,),
            )
        )

    def wait(self) -> None:
        """Wait until it answers, then make sure of roles, database and extensions."""
        assert self._child is not None
        wait_ready(self._child, self._answers, 120)
        self._provision()

    def _answers(self) -> bool:
        # The server's own note, as pg_ctl reads it: asking by connection fills its log.
        assert self._child is not None
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        mine = lines[:1] == [str(self._child.process.pid)]
        return mine and len(lines) > 7 and lines[7].strip() == "ready"

    def _provision(self) -> None:
        memory = self._memory
        secrets = {
            "ANSHANG_OWNER_PASSWORD": memory.owner_password,
            "ANSHANG_APP_PASSWORD": memory.app_password,
            "ANSHANG_RELAY_PASSWORD": memory.relay_password,
        }
        run_sql(self.superuser_url, ROLES.read_text(), secrets)

    def stop(self) -> None:
        """A fast shutdown, an immediate one when that takes too long."""
        if self._child is not None:
            self._child.stop(signal.SIGINT, 30, signal.SIGQUIT)
            self._child = None

    @property
    def child(self) -> Child | None:
        """The running server."""
        return self._child


@lru_cache(maxsize=1)
def user_mode() -> str:
    """How to keep PostgreSQL from running as root, which it refuses."""
    if os.geteuid() != 0:
        return "same"
    trial = subprocess.run(
        launcher(["true"], signal.SIGKILL, "namespace"), check=False, capture_output=True
    )
    return "namespace" if trial.returncode == 0 else "user"


def _give(path: Path, uid: int | None = None) -> None:
    owner = ordinary_user().pw_uid if uid is None else uid
    for found in [path, *path.rglob("*")]:
        os.chown(found, owner, -1, follow_symlinks=False)


def _environment() -> dict[str, str]:
    # Nothing inherited: a stray PGDATA or LC_ALL must not reach the server.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
