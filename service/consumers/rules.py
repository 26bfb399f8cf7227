"""When the copy of a consumer is stale: pure, with every instant as an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from service.errors import Invalid

CONFIRM_HOURS = "publication.confirm_hours"
SILENCE_HOURS = "publication.silence_hours"
ROOT = 64  # hex digits of a root, SHA-256


class Outcome(Enum):
    """What became of a statement about the log."""

    CONFIRMED = "CONFIRMED"
    """Its root is the one that the log had at that size."""
    OTHER_ROOT = "OTHER_ROOT"
    """Another root, without proof: the consumer erred, or saw another log."""
    OTHER_LOG = "OTHER_LOG"
    """Another root under a checkpoint that our own key signed: the log was forked."""


class Lag(Enum):
    """Why a consumer's copy cannot be relied upon."""

    OTHER_LOG = "OTHER_LOG"
    REMOVAL_UNCONFIRMED = "REMOVAL_UNCONFIRMED"
    SILENT = "SILENT"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a consumer may take to confirm a removal, and to say nothing at all."""

    confirm: timedelta
    silence: timedelta


@dataclass(frozen=True, slots=True)
class Pending:
    """Removals that the consumer has not confirmed: how many, and since when the oldest is out."""

    count: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a consumer last said: `heard` is when, or when it was let in while it said nothing."""

    since: datetime
    heard: datetime
    disputed: bool = False
    """It saw another root than ours and has not confirmed ours since."""


def confirm_by(since: datetime, pending: Pending, limits: Limits) -> datetime | None:
    """The last moment to confirm the oldest removal; what left before it joined it never copied."""
    if pending.oldest is None:
        return None
    return max(pending.oldest, since) + limits.confirm


def lag(standing: Standing, pending: Pending, now: datetime, limits: Limits) -> Lag | None:
    """Why the copy is stale at `now`, the gravest reason first; None while it is not."""
    if standing.disputed:
        return Lag.OTHER_LOG
    last = confirm_by(standing.since, pending, limits)
    if last is not None and now > last:
        return Lag.REMOVAL_UNCONFIRMED
    return Lag.SILENT if now > standing.heard + limits.silence else None


def check_statement(size: int, root: str) -> tuple[int, bytes]:
    """A size and a root as they were stated.

    Raises:
        Invalid: no size from 1 on, or not 64 hex digits.
    """
    if not 0 < size < 1 << 62:
        raise Invalid("give the number of events that you processed", path=("input", "size"))
    try:
        stated = bytes.fromhex(root) if len(root) == ROOT else b""
    except ValueError:
        stated = b""
    if len(stated) != ROOT // 2:
        raise Invalid("give the root as 64 hex digits", path=("input", "rootHash"))
    return size, stated
