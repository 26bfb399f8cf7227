"""Signed notes and checkpoints (C2SP signed-note and tlog-checkpoint), signed with ed25519."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"  # signature type of signed-note
DASH = "\u2014"


class BadNote(ValueError):
    """The note is malformed, or no signature of the expected key verifies."""


def key_hash(name: str, public: bytes) -> bytes:
    """The four bytes that tell keys of one name apart (signed-note, "Signatures")."""
    return sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def split(note: str) -> tuple[str, list[str]]:
    """Text of a note, line feed at its end included, and its signature lines without theirs.

    Raises:
        BadNote: malformed.
    """
    text, blank, block = note.rpartition("\n\n")
    if not blank or not block.endswith("\n"):
        raise BadNote("a note is text, an empty line and signatures")
    return text + "\n", block[:-1].split("\n")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Public key of a log and the name it signs under."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """From its text form `name+hash+key`.

        Raises:
            BadNote: malformed, or the hash does not belong to the key.
        """
        try:
            name, digest, encoded = text.strip().split("+", 2)
            raw = b64decode(encoded, validate=True)
        except (ValueError, Base64Error) as error:
            raise BadNote("a verifier key looks like name+hash+key") from error
        key = cls(name, raw[1:])
        if raw[:1] != ED25519 or len(raw) != 33 or key_hash(name, raw[1:]).hex() != digest:
            raise BadNote("the hash in the verifier key does not belong to it")
        return key

    def __str__(self) -> str:
        encoded = b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{key_hash(self.name, self.public).hex()}+{encoded}"

    def open(self, note: str) -> str:
        """The signed text of `note`, line feed at its end included.

        Raises:
            BadNote: this key did not sign it.
        """
        text, lines = split(note)
        for line in lines:
            if self._signed(line, text):
                return text
        raise BadNote(f"no valid signature of {self.name}")

    def _signed(self, line: str, text: str) -> bool:
        prefix = f"{DASH} {self.name} "
        if not line.startswith(prefix):
            return False
        try:
            raw = b64decode(line[len(prefix) :], validate=True)
            # Base64 has several spellings of the same bytes; only the one we write counts.
            canonical = b64encode(raw).decode() == line[len(prefix) :]
            if raw[:4] != key_hash(self.name, self.public) or not canonical:
                return False
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw[4:], text.encode())
        except (Base64Error, InvalidSignature):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """Private key of a log, a 32-byte seed, and the name it signs under."""

    name: str
    seed: bytes

    @property
    def verifier_key(self) -> VerifierKey:
        """The public half."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return VerifierKey(self.name, key.public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note of `text`, which ends with a line feed; the same text gives the same bytes."""
        return f"{text}\n{self.line(text)}"

    def line(self, text: str) -> str:
        """The signature of `text` as a line of a note, line feed included."""
        if not text.endswith("\n") or "\r" in text:
            raise BadNote("a note's text ends with a line feed")
        raw = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        digest = key_hash(self.name, self.verifier_key.public)
        return f"{DASH} {self.name} {b64encode(digest + raw).decode()}\n"


@dataclass(frozen=True, slots=True)
class VerifierKeys:
    """Keys of one log, newest first: a note of any of them is the log's."""

    keys: tuple[VerifierKey, ...]

    def __str__(self) -> str:
        return str(self.keys[0])

    def open(self, note: str) -> str:
        """The signed text of `note`, line feed at its end included.

        Raises:
            BadNote: none of these keys signed it.
        """
        for key in self.keys[1:]:
            with suppress(BadNote):
                return key.open(note)
        return self.keys[0].open(note)

    def signing(self, note: str) -> VerifierKey:
        """The newest key that signed `note`.

        Raises:
            BadNote: none of these keys did.
        """
        for key in self.keys[:-1]:
            with suppress(BadNote):
                key.open(note)
                return key
        self.keys[-1].open(note)
        return self.keys[-1]


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys of one log: those that sign now, newest first, and all whose notes count as its own."""

    signers: tuple[Signer, ...]
    verifier_key: VerifierKeys

    @property
    def name(self) -> str:
        """Name that the log signs under."""
        return self.signers[0].name

    def sign(self, text: str) -> str:
        """The note of `text`, signed by every key that signs now."""
        return f"{text}\n" + "".join(signer.line(text) for signer in self.signers)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log commits to: its origin, its number of entries and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The body that is signed (tlog-checkpoint)."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """From a signed body; extension lines are ignored.

        Raises:
            BadNote: malformed.
        """
        lines = text.split("\n")
        if len(lines) < 4 or not lines[1].isascii() or not lines[1].isdigit():
            raise BadNote("a checkpoint is origin, size and root")
        try:
            root = b64decode(lines[2], validate=True)
        except Base64Error as error:
            raise BadNote("the checkpoint's root is not base64") from error
        if len(root) != 32 or str(int(lines[1])) != lines[1]:
            raise BadNote("the checkpoint's size or root is malformed")
        return cls(lines[0], int(lines[1]), root)
