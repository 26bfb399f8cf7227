"""Marks of a second format inside a file (polyglot): a photo that is also a page or an archive."""

import re

from service.evidence.inspection.report import Refused
from service.evidence.rules import Reason

_SNIFFED = 1445  # bytes a browser looks at to guess a type, WHATWG MIME Sniffing §5.2
_TAIL = 22 + 65_535  # bytes within which a zip reader looks for the end record
# Long enough not to occur by chance in megabytes of compressed picture; in lower case.
_ANYWHERE = (
    b"<script",
    b"<!doctype",
    b"<iframe",
    b"<foreignobject",
    b"<?php ",
    b"<?php\n",
    b"rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
)
_AT_HEAD = re.compile(rb"%PDF-|<html|<svg|<body|<head|<\?xml\s|#!/", re.IGNORECASE)


def refuse_foreign(data: bytes) -> None:
    """Pass a file that carries no second format.

    Raises:
        Refused: it does.
    """
    head = _AT_HEAD.search(data[:_SNIFFED])
    small = data.lower()
    found = head.group() if head else next((mark for mark in _ANYWHERE if mark in small), None)
    if found:
        mark = found.decode("latin-1").strip()
        raise Refused(Reason.POLYGLOT, f"the file also contains another format ({mark!r})")
    if _is_archive(data):
        raise Refused(Reason.POLYGLOT, "the file is also a zip archive")


def _is_archive(data: bytes) -> bool:
    start = max(0, len(data) - _TAIL)
    while (start := data.find(b"PK\x05\x06", start)) >= 0:
        size = int.from_bytes(data[start + 12 : start + 16], "little")
        directory = start - size
        if size and directory >= 0 and data[directory : directory + 4] == b"PK\x01\x02":
            return True
        start += 1
    return False
