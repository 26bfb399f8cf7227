"""PDF documents: whole, unencrypted, and without anything that runs (ISO 32000-1)."""

import re
import zlib
from collections.abc import Iterator

from service.evidence.inspection.report import Finding, Refused
from service.evidence.rules import Reason

_INFLATED = 64 << 20  # bytes of object streams looked through
_STREAM = re.compile(rb"stream\r?\n")
_NAME = re.compile(rb"/([^\s/<>\[\](){}%]+)")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_ACTIVE = {b"JavaScript", b"JS", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"RichMedia", b"XFA"}


def inspect_pdf(data: bytes) -> Finding:
    """The finding of a PDF.

    Raises:
        Refused: no PDF, cut off, encrypted, active, or with something before or after it.
    """
    if not re.match(rb"%PDF-(1\.[0-7]|2\.0)", data):
        raise Refused(Reason.TYPE_DIFFERS, "the file does not begin as a PDF")
    _check_end(data)
    pages = 0
    budget = _INFLATED
    for text in _texts(data, budget):
        names = {_unescape(name) for name in _NAME.findall(text)}
        if b"Encrypt" in names:
            raise Refused(Reason.ENCRYPTED, "the PDF is encrypted; send it without a password")
        if active := names & _ACTIVE:
            listed = ", ".join(sorted(name.decode() for name in active))
            raise Refused(Reason.ACTIVE_CONTENT, f"the PDF holds active content ({listed})")
        pages += len(_PAGE.findall(text))
    if not pages:
        raise Refused(Reason.UNREADABLE, "the PDF has no page")
    return Finding(pages=pages)


def _check_end(data: bytes) -> None:
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Refused(Reason.UNREADABLE, "the PDF ends before its end mark")
    if data[end + 5 :].strip(b"\0\t\n\f\r "):
        raise Refused(Reason.POLYGLOT, f"{len(data) - end - 5} bytes follow the PDF")
    start = re.search(rb"startxref\s+(\d{1,12})\s*$", data[max(0, end - 64) : end])
    at = int(start[1]) if start else len(data)
    if not re.match(rb"\s*(xref\b|\d+\s+\d+\s+obj\b)", data[at : at + 64]):
        raise Refused(Reason.UNREADABLE, "the PDF's table of objects is not where it should be")


def _texts(data: bytes, budget: int) -> Iterator[bytes]:
    """The file without its streams, then each stream that holds objects, inflated."""
    at, plain, streams = 0, [], []
    while found := _STREAM.search(data, at):
        plain.append(data[at : found.start()])
        end = data.find(b"endstream", found.end())
        if end < 0:
            raise Refused(Reason.UNREADABLE, "a stream of the PDF has no end")
        dictionary = data[max(at, found.start() - 2000) : found.start()]
        if b"/ObjStm" in _ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), dictionary):
            streams.append(data[found.end() : end])
        at = end + len(b"endstream")
    plain.append(data[at:])
    yield b"\n".join(plain)
    for stream in streams:
        text = _inflate(stream, budget)
        budget -= len(text)
        yield text


def _inflate(stream: bytes, budget: int) -> bytes:
    engine = zlib.decompressobj()
    try:
        text = engine.decompress(stream, budget + 1)
    except zlib.error as error:
        raise Refused(Reason.UNREADABLE, "objects of the PDF cannot be unpacked") from error
    if len(text) > budget:
        raise Refused(Reason.TOO_COMPLEX, "the PDF unpacks to more than can be looked through")
    return text


def _unescape(name: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), name)
