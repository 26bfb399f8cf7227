"""Sealing: what the database must hold but not show is kept encrypted under a key of its purpose.

Keys are derived from the installation's secret, so that a copy of the database alone opens none.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.settings import settings


def box(purpose: bytes) -> Fernet:
    """What seals and opens for one purpose; no purpose opens what another sealed."""
    root = bytes.fromhex(settings().token_pepper.get_secret_value())
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose)
    return Fernet(urlsafe_b64encode(derived.derive(root)))
