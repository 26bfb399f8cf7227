"""Passwords as argon2id hashes (RFC 9106): 19 MiB, two passes, one lane, off the event loop."""

import asyncio
from functools import lru_cache
from secrets import token_hex

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from service.identity.rules import PASSWORD_MAXIMUM, normal_password

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1

_hasher = PasswordHasher(
    time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, hash_len=32, type=Type.ID
)


async def hash_password(password: str) -> str:
    """The encoded hash, with its salt and parameters inside."""
    return await asyncio.to_thread(_hasher.hash, normal_password(password))


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits; without a stored hash the work is the same and the answer no."""
    if len(password) > PASSWORD_MAXIMUM * 2:
        stored, password = None, ""
    return await asyncio.to_thread(_verify, stored, normal_password(password))


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash(token_hex())


def _verify(stored: str | None, password: str) -> bool:
    try:
        fits = _hasher.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return fits and bool(stored)
