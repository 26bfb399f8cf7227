"""Who reported, sealed: neither the database nor the API can say it, the operator alone can.

应急〔2020〕69号: an insider gives name and contact, and is protected.
"""

from base64 import urlsafe_b64encode

import orjson
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.settings import settings


def _derived(purpose: bytes) -> bytes:
    key = bytes.fromhex(settings().reporter_key.get_secret_value())
    if len(key) != 32:
        raise ValueError("set ANSHANG_REPORTER_KEY to 32 bytes in hex before receiving reports")
    return HKDF(SHA256(), 32, salt=None, info=b"anshang reports: " + purpose).derive(key)


def _box() -> Fernet:
    return Fernet(urlsafe_b64encode(_derived(b"identity of reporters, version 1")))


def code_key() -> bytes:
    """The key that tracking codes follow from.

    Raises:
        ValueError: no key is configured.
    """
    return _derived(b"tracking codes, version 1")


def seal(reporter: dict[str, str]) -> str:
    """The reporter, encrypted and authenticated (AES-128-CBC with HMAC, Fernet)."""
    return _box().encrypt(orjson.dumps(reporter)).decode()


def unseal(sealed: str) -> dict[str, str]:
    """The reporter again.

    Raises:
        cryptography.fernet.InvalidToken: another key, or changed bytes.
    """
    said: dict[str, str] = orjson.loads(_box().decrypt(sealed.encode()))
    return said
