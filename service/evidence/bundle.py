"""Bundles: evidence, its chain of custody and a verifier in one archive that needs nobody's word.

An outsider checks it with `sha256sum`, `openssl` or the enclosed script.  The archive has one
possible form for its contents, so even a flipped bit between the files is found.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service.evidence import verify_bundle as layout
from service.evidence.custody import Link
from service.evidence.rules import MEDIA_TYPES

VERIFIER = Path(layout.__file__)


class BundleBroken(Exception):
    """A sealed object is not what it was when it was sealed; the bundle was not finished."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Token of a time-stamping authority as the manifest describes it."""

    path: str
    authority: str
    stamped_at: str


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of evidence as the manifest describes it; instants in ISO 8601, bytes."""

    id: str
    filename: str
    media_type: str
    byte_length: int
    sha256: str
    captured_at: str
    sealed_at: str
    scan: str
    latitude: float | None = None
    longitude: float | None = None
    timestamp: Stamp | None = None

    @property
    def path(self) -> str:
        """Its name in the bundle: the id, with the usual ending of its type."""
        return f"evidence/{self.id}{MEDIA_TYPES[self.media_type].endings[0]}"


@dataclass(slots=True)
class _Entry:
    name: str
    offset: int
    size: int = 0
    crc: int = 0


class BundleWriter:
    """Writes one bundle to a seekable file, each piece of evidence streamed once."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._entries: list[_Entry] = []
        self._sums: list[str] = []
        self._items: list[Item] = []

    def begin(self, item: Item) -> "ItemWriter":
        """Take in one piece; write its bytes to the answer, then call `finish` on it."""
        self._items.append(item)
        return ItemWriter(self, item, self._open(item.path, item.byte_length))

    def finish(
        self,
        about: dict[str, Any],
        custody: Sequence[Link],
        previous: str,
        key: Ed25519PrivateKey | None = None,
    ) -> None:
        """Add manifest, custody, verifier and digests, signed if there is a key.

        `about` are further facts of the manifest (tenant, subject, instant); `previous` is the
        hash before the first of the links in `custody`, which must not be empty.
        """
        span = {
            "previous": previous,
            "first": custody[0].seq,
            "last": custody[-1].seq,
            "head": custody[-1].hash,
        }
        items = [{**asdict(item), "path": item.path} for item in self._items]
        manifest = {"format": layout.FORMAT, **about, "custody": span, "items": items}
        self.add(layout.MANIFEST, _json(manifest, indent=1))
        self.add(layout.CUSTODY, b"".join(_json(_link(link)) for link in custody))
        self.add("verify.py", VERIFIER.read_bytes())
        if key is not None:
            public = key.public_key()
            pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            self.add(layout.KEY, pem)
        sums = "".join(self._sums).encode()
        self.add(layout.SUMS, sums)
        if key is not None:
            self.add(layout.SIGNATURE, key.sign(sums))
        self._end()

    def add(self, name: str, data: bytes) -> None:
        """Add one small file."""
        entry = self._open(name, len(data))
        self._write(entry, data)
        self._close(entry, sha256(data).hexdigest())

    def _open(self, name: str, size: int) -> _Entry:
        entry = _Entry(name, self._out.tell())
        # The checksum stands before the data, so the header is written again at the end.
        self._out.write(layout.local_header(name, size, 0))
        self._entries.append(entry)
        return entry

    def _write(self, entry: _Entry, data: bytes) -> None:
        self._out.write(data)
        entry.size += len(data)
        entry.crc = zlib.crc32(data, entry.crc)

    def _close(self, entry: _Entry, digest: str) -> None:
        end = self._out.tell()
        self._out.seek(entry.offset)
        self._out.write(layout.local_header(entry.name, entry.size, entry.crc))
        self._out.seek(end)
        self._sums.append(f"{digest}  {entry.name}\n")

    def _end(self) -> None:
        offset = self._out.tell()
        directory = b"".join(
            layout.central_header(entry.name, entry.size, entry.crc, entry.offset)
            for entry in self._entries
        )
        self._out.write(directory)
        self._out.write(layout.end_records(len(self._entries), len(directory), offset))


class ItemWriter:
    """Takes the bytes of one piece of evidence and hashes them on their way."""

    def __init__(self, bundle: BundleWriter, item: Item, entry: _Entry) -> None:
        self._bundle, self._item, self._entry = bundle, item, entry
        self._digest = sha256()

    def write(self, piece: bytes) -> None:
        """The next bytes."""
        self._digest.update(piece)
        self._bundle._write(self._entry, piece)

    def finish(self) -> None:
        """Close the file in the archive.

        Raises:
            BundleBroken: length or digest is not that of the sealed item.
        """
        digest = self._digest.hexdigest()
        if (self._entry.size, digest) != (self._item.byte_length, self._item.sha256):
            raise BundleBroken(f"evidence {self._item.id} differs from what was sealed")
        self._bundle._close(self._entry, digest)


def _link(link: Link) -> dict[str, Any]:
    told = {"text": link.text} if link.text is not None else {}
    return {"seq": link.seq, "text_sha256": link.text_sha256, "hash": link.hash, **told}


def _json(value: Any, indent: int | None = None) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=indent) + "\n").encode()
