"""Cosignatures of witnesses (见证人) on checkpoints: C2SP tlog-cosignature v1, ed25519.

A witness states that, at a second of its clock, it knew no later or other state of the log.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from service.publication.notes import DASH, BadNote

KIND = b"\x04"  # signature type of a timestamped ed25519 cosignature
LENGTH = 4 + 8 + 64  # bytes of key hash, instant and signature
LATEST = 253402300799  # last second that Python can tell


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """Public key of a witness and the name it cosigns under."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "WitnessKey":
        """From its text form `name+hash+key`.

        Raises:
            BadNote: malformed, of another kind, or the hash does not belong to the key.
        """
        try:
            name, digest, encoded = text.strip().split("+", 2)
            raw = b64decode(encoded, validate=True)
        except (ValueError, Base64Error) as error:
            raise BadNote("a witness's key looks like name+hash+key") from error
        key = cls(name, raw[1:])
        if raw[:1] != KIND or len(raw) != 33 or key.hash.hex() != digest:
            raise BadNote(f"{name or 'this'} is not an ed25519 key of a witness")
        return key

    @property
    def hash(self) -> bytes:
        """The four bytes that tell this key from others of its name."""
        return sha256(self.name.encode() + b"\n" + KIND + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{b64encode(KIND + self.public).decode()}"

    def cosigned(self, line: str, text: str) -> datetime | None:
        """When this witness cosigned the checkpoint `text`, None if `line` does not say so."""
        prefix = f"{DASH} {self.name} "
        if not line.startswith(prefix):
            return None
        try:
            raw = b64decode(line[len(prefix) :], validate=True)
            second = int.from_bytes(raw[4:12], "big")
            canonical = b64encode(raw).decode() == line[len(prefix) :]
            if len(raw) != LENGTH or raw[:4] != self.hash or not canonical or second > LATEST:
                return None
            public = Ed25519PublicKey.from_public_bytes(self.public)
            public.verify(raw[12:], message(text, second))
        except (Base64Error, ValueError, InvalidSignature):
            return None
        return datetime.fromtimestamp(second, UTC)

    def find(self, lines: Iterable[str], text: str) -> tuple[str, datetime] | None:
        """The newest of these lines by which this witness cosigned `text`."""
        told = [(at, line) for line in lines if (at := self.cosigned(line, text))]
        return max(told)[::-1] if told else None


def message(text: str, second: int) -> bytes:
    """What is signed: the checkpoint's text below a header and the witness's time."""
    return f"cosignature/v1\ntime {second}\n{text}".encode()


def cosign(name: str, seed: bytes, text: str, second: int) -> str:
    """The line, without line feed, by which a witness cosigns the checkpoint `text`."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key = WitnessKey(name, private.public_key().public_bytes_raw())
    raw = key.hash + second.to_bytes(8, "big") + private.sign(message(text, second))
    return f"{DASH} {name} {b64encode(raw).decode()}"
