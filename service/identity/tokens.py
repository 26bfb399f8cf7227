"""Opaque tokens: random, recognisable by prefix, and stored only as a keyed hash."""

import re
import secrets
from enum import Enum
from hmac import compare_digest, digest

from service.identity.rules import TokenMalformed

ENTROPY_BYTES = 32
SHAPE = re.compile(r"ans_([sak])_[A-Za-z0-9_-]{43}")
PEPPER_BYTES = 32


class TokenKind(Enum):
    """What a token opens; the letter stands in its prefix, so that a leaked one is recognised."""

    SESSION = "s"
    APP = "a"
    SECRET = "k"  # noqa: S105  the letter of an application's secret, not a secret


def mint(kind: TokenKind) -> str:
    """A fresh token with 256 random bits: `ans_`, the kind's letter, and base64url."""
    return f"ans_{kind.value}_{secrets.token_urlsafe(ENTROPY_BYTES)}"


def kind_of(token: str) -> TokenKind:
    """The kind of a token, looked at from outside only.

    Raises:
        TokenMalformed: not in the form of our tokens.
    """
    shape = SHAPE.fullmatch(token) if len(token) == 49 else None
    if shape is None:
        raise TokenMalformed("this is not a token of ours; sign in, or ask /oauth/token for one")
    return TokenKind(shape.group(1))


def fingerprint(token: str, pepper: bytes) -> str:
    """What is stored of a token: HMAC-SHA-256 (RFC 2104) under the pepper, in hex.

    Raises:
        ValueError: the pepper is not 32 bytes long.
    """
    if len(pepper) != PEPPER_BYTES:
        raise ValueError("ANSHANG_TOKEN_PEPPER must be 64 hex digits")
    return digest(pepper, token.encode(), "sha256").hex()


def same(left: str, right: str) -> bool:
    """Whether two fingerprints are equal, in time that does not depend on where they differ."""
    return compare_digest(left.encode(), right.encode())
