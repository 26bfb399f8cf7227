"""Signing keys and signatures (Standard Webhooks 1.0.0): HMAC-SHA-256 `v1` and ed25519 `v1a`.

Keys are derived from the platform's own and the endpoint's id and version, so that the database
holds none and a copy of it signs nothing.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from standardwebhooks import Webhook

from service.settings import settings

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """Both keys of one version of one endpoint."""

    shared: bytes = field(repr=False)
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def secret(self) -> str:
        """The shared secret as receivers enter it, `whsec_…`."""
        return f"whsec_{b64encode(self.shared).decode()}"

    @property
    def public_key(self) -> str:
        """The public key as receivers enter it, `whpk_…`."""
        return f"whpk_{b64encode(self.private.public_key().public_bytes_raw()).decode()}"


def keys_of(endpoint_id: UUID, version: int) -> Keys:
    """The keys of an endpoint's version (HKDF, RFC 5869, one label for each use)."""
    return Keys(
        _derived("hmac", endpoint_id, version),
        Ed25519PrivateKey.from_private_bytes(_derived("ed25519", endpoint_id, version)),
    )


def _derived(use: str, endpoint_id: UUID, version: int) -> bytes:
    root = bytes.fromhex(settings().token_pepper.get_secret_value())
    label = f"anshang webhooks 1|{use}|{endpoint_id}|{version}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label).derive(root)


def headers(message_id: str, at: datetime, body: str, keys: list[Keys]) -> dict[str, str]:
    """The three headers of one attempt, signed by every key that is in force."""
    stamp = int(at.timestamp())
    signed = f"{message_id}.{stamp}.{body}".encode()
    signatures = [
        *(Webhook(one.shared).sign(message_id, at, body) for one in keys),
        *(f"v1a,{b64encode(one.private.sign(signed)).decode()}" for one in keys),
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(signatures),
    }
