"""Chain of custody (证据保管链): entries linked by hash, checkable link by link by an outsider.

A link is SHA-256 over the previous link, the sequence number and the SHA-256 of the entry's
text, as hex digits and decimal digits joined by line feeds.  Because only the digest of the text
enters, a bundle can carry the links of other cases without a word of what they say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """One link: `text` is None where only its digest may be told."""

    seq: int
    text_sha256: str
    hash: str
    text: str | None = None


def text_digest(text: str) -> str:
    """SHA-256 of an entry's exact text, in hex."""
    return sha256(text.encode()).hexdigest()


def link_hash(previous: str, seq: int, text_sha256: str) -> str:
    """The hash of a link, in hex."""
    return sha256(f"{previous}\n{seq}\n{text_sha256}".encode()).hexdigest()


def append(previous: str, seq: int, text: str) -> Link:
    """The link that follows the hash `previous`, numbered `seq`."""
    digest = text_digest(text)
    return Link(seq, digest, link_hash(previous, seq, digest), text)


def first_break(links: Sequence[Link], previous: str = GENESIS) -> int | None:
    """Sequence number of the first link that does not hold, None if all do.

    `previous` is the hash before the first link given.
    """
    expected_seq = links[0].seq if links else 0
    for link in links:
        told = link.text is None or text_digest(link.text) == link.text_sha256
        linked = link.hash == link_hash(previous, link.seq, link.text_sha256)
        if link.seq != expected_seq or not told or not linked:
            return expected_seq
        previous, expected_seq = link.hash, expected_seq + 1
    return None
