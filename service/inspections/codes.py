"""The enforcement code (执法码): signed, short-lived, shown on site and checked by the enterprise.

A code is base32 of the inspection's id (16 bytes), its last second (5 bytes, Unix time) and the
first 10 bytes of an HMAC-SHA-256.  It cannot be guessed, prolonged or moved to another visit, and
nothing of it is stored; Order 375 of Chongqing art. 18.
"""

from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from uuid import UUID

from service.errors import Conflict
from service.inspections.records import Inspection
from service.inspections.rules import State
from service.settings import settings

LIFETIME = timedelta(minutes=10)
"""Long enough to be typed on a bad network, too short to be passed on."""
SHOWN_IN = frozenset({State.CODED, State.ON_SITE, State.RECTIFY_ORDERED, State.DUE})
"""States in which officers stand before the door or inside."""
_MAC = 10


class Verdict(Enum):
    """Outcome of checking a code."""

    VALID = "VALID"
    EXPIRED = "EXPIRED"
    NOT_OURS = "NOT_OURS"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class Shown:
    """A code and its last moment."""

    code: str
    valid_until: datetime


def show(row: Inspection, now: datetime) -> Shown:
    """A fresh code for a visit.

    Raises:
        Conflict: the visit has no code, or has ended.
    """
    if State(row.state) not in SHOWN_IN or row.code_issued_at is None:
        raise Conflict("this inspection has no code to show: issue one first")
    until = now + LIFETIME
    body = row.id.bytes + int(until.timestamp()).to_bytes(5, "big")
    code = b32encode(body + _seal(body)).decode().rstrip("=")
    return Shown(code, until)


def read(code: str, now: datetime) -> tuple[Verdict, UUID | None]:
    """What a code is worth by itself, and the inspection that it names where it is ours."""
    raw = _decoded(code)
    if raw is None or not compare_digest(raw[-_MAC:], _seal(raw[:-_MAC])):
        return Verdict.NOT_OURS, None
    named = UUID(bytes=raw[:16])
    if int.from_bytes(raw[16:21], "big") < int(now.timestamp()):
        return Verdict.EXPIRED, named
    return Verdict.VALID, named


def _decoded(code: str) -> bytes | None:
    text = code.strip().upper().replace("-", "").replace(" ", "")
    try:
        raw = b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        return None
    return raw if len(raw) == 16 + 5 + _MAC else None


def _seal(body: bytes) -> bytes:
    key = bytes.fromhex(settings().scope_key.get_secret_value())
    return hmac(key, b"enforcement code" + body, sha256).digest()[:_MAC]
