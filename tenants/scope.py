"""Scope: whose rows a transaction may see and write, signed so that no query can forge it."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from hmac import new as hmac
from uuid import UUID

LIFETIME_SECONDS = 3600
_BLOCK = 64  # bytes of a SHA-256 block, RFC 2104


@dataclass(frozen=True, slots=True)
class Owner:
    """The tenant a row belongs to and the district that tenant stood in when it was written."""

    tenant_id: UUID
    district_id: UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """What one transaction may touch.

    A row is readable when its tenant is in `readable` and its district in `districts`, and
    writable when its tenant is in `writable`.  A town reads its own history in every district
    it ever belonged to; a committee reads many towns, each only for the time in its district.
    `actor` names who acts, for the audit chain, and grants nothing.
    """

    actor: str
    home: Owner | None = None
    districts: frozenset[UUID] = frozenset()
    readable: frozenset[UUID] = frozenset()
    writable: frozenset[UUID] = frozenset()
    platform: bool = False

    @classmethod
    def of_tenant(cls, owner: Owner, actor: str, *, history: Iterable[UUID] = ()) -> "Scope":
        """One tenant; `history` are the districts it belonged to before."""
        only = frozenset({owner.tenant_id})
        return cls(actor, owner, frozenset({owner.district_id, *history}), only, only)

    @classmethod
    def of_platform(cls, actor: str) -> "Scope":
        """Platform tables only (sign-in, provisioning); not one row of any tenant."""
        return cls(actor, platform=True)


def scope_body(scope: Scope, now_seconds: int) -> str:
    """The text that is signed: version, expiry (Unix seconds), platform flag and three id lists."""
    lists = "|".join(
        ",".join(sorted(str(item) for item in ids))
        for ids in (scope.districts, scope.readable, scope.writable)
    )
    return f"v1|{now_seconds + LIFETIME_SECONDS}|{int(scope.platform)}|{lists}"


def sign(body: str, key: bytes) -> str:
    """`body` with its HMAC-SHA-256 (RFC 2104) appended after a bar, in lower-case hex."""
    return f"{body}|{hmac(key, body.encode(), sha256).hexdigest()}"


def pads(key: bytes) -> tuple[bytes, bytes]:
    """Inner and outer key pads of RFC 2104, so that SQL needs nothing but its core `sha256`."""
    if len(key) > _BLOCK:
        raise ValueError("the scope key must not be longer than 64 bytes")
    block = key.ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)
