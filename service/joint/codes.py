"""Codes at the door: the officers' (执法码), which rotates, and the premises' own (企业码).

Order 375 of Chongqing art. 18: officers show the code of their task, and scan that of the
enterprise.  Neither is stored.  An enforcement code is base64url of tenant, district, visit
(16 bytes each), a step of half a minute (5 bytes) and the first 12 bytes of an HMAC-SHA-256; a
premises code the same of tenant, district, premises and the number of the print that hangs there.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from uuid import UUID

from service.settings import settings
from tenants.scope import Owner

STEP_SECONDS = 30
STEPS_ACCEPTED = 3  # the step shown and two before it, for a slow hand on a bad network
_MAC = 12
_LENGTH = 3 * 16 + 5 + _MAC
_VISIT, _PREMISES = b"joint visit code", b"premises code"


@dataclass(frozen=True, slots=True)
class Named:
    """What an authentic code names; `number` is its step or the number of the print."""

    owner: Owner
    subject: UUID
    number: int


def step_of(at: datetime) -> int:
    """Number of the half minute of an instant."""
    return int(at.timestamp()) // STEP_SECONDS


def valid_until(step: int) -> datetime:
    """Last moment at which a code of a step is accepted."""
    return datetime.fromtimestamp(step * STEP_SECONDS, UTC) + timedelta(
        seconds=STEP_SECONDS * STEPS_ACCEPTED
    )


def visit_code(owner: Owner, visit_id: UUID, step: int) -> str:
    """The enforcement code of a visit in one step."""
    return _sealed(_VISIT, owner, visit_id, step)


def premises_code(owner: Owner, premises_id: UUID, number: int) -> str:
    """The code that hangs at premises, in its so-many-eth print."""
    return _sealed(_PREMISES, owner, premises_id, number)


def read_visit_code(code: str, now: datetime) -> tuple[Named | None, bool]:
    """What an enforcement code names, and whether it is of this moment; None when forged."""
    named = _opened(_VISIT, code)
    if named is None:
        return None, False
    return named, 0 <= step_of(now) - named.number < STEPS_ACCEPTED


def read_premises_code(code: str) -> Named | None:
    """What a premises code names; None when forged."""
    return _opened(_PREMISES, code)


def _sealed(purpose: bytes, owner: Owner, subject: UUID, number: int) -> str:
    body = owner.tenant_id.bytes + owner.district_id.bytes + subject.bytes
    body += number.to_bytes(5, "big")
    return urlsafe_b64encode(body + _mac(purpose, body)).decode().rstrip("=")


def _opened(purpose: bytes, code: str) -> Named | None:
    text = code.strip()
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    if len(raw) != _LENGTH or not compare_digest(raw[-_MAC:], _mac(purpose, raw[:-_MAC])):
        return None
    ids = [UUID(bytes=raw[i : i + 16]) for i in (0, 16, 32)]
    return Named(Owner(ids[0], ids[1]), ids[2], int.from_bytes(raw[48:53], "big"))


def _mac(purpose: bytes, body: bytes) -> bytes:
    key = bytes.fromhex(settings().scope_key.get_secret_value())
    return hmac(key, purpose + body, sha256).digest()[:_MAC]
