"""Versions of entries: whoever changes one may say which version it read."""

from service.errors import Conflict


def check_version(version: int, expected: int | None) -> None:
    """Refuse a change that is based on another version of an entry than the present one.

    Raises:
        Conflict: `expected` is given and the entry has another version by now.
    """
    if expected is not None and version != expected:
        raise Conflict(
            f"somebody changed the entry meanwhile (version {version}); look again",
            path=("input", "expectedVersion"),
        )
