"""What a data directory remembers between starts: its secrets and the ports it used."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from infra.embedded.errors import StackError

FILE = "stack.json"
ENGINES = ("postgres", "valkey", "store")


def _password() -> str:
    return secrets.token_hex(16)


def _key() -> str:
    return secrets.token_hex(32)


@dataclass
class Memory:
    """Secrets made once per data directory, and the ports of the last start."""

    superuser_password: str = field(default_factory=_password)
    owner_password: str = field(default_factory=_password)
    app_password: str = field(default_factory=_password)
    relay_password: str = field(default_factory=_password)
    valkey_password: str = field(default_factory=_password)
    store_secret: str = field(default_factory=_password)
    scope_key: str = field(default_factory=_key)
    publication_key: str = field(default_factory=_key)
    token_pepper: str = field(default_factory=_key)
    reporter_key: str = field(default_factory=_key)
    ports: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, directory: Path) -> "Memory":
        """Read it, or begin a new one.

        Raises:
            StackError: the file is there but damaged; its secrets cannot be guessed.
        """
        file = directory / FILE
        if not file.exists():
            return cls()
        try:
            return cls(**json.loads(file.read_text()))
        except (ValueError, TypeError) as error:
            raise StackError(
                f"{file} is damaged: restore it, or remove {directory} to begin anew"
            ) from error

    def save(self, directory: Path) -> None:
        """Write it whole or not at all, readable by its owner only."""
        draft = directory / f"{FILE}.new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(self), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(directory / FILE)
