"""Marks of a second format inside a file (polyglot): a photo that is also a page or an archive."""

import re

from service.evidence.inspection.report import Refused
from service.evidence.rules import Reason

_SNIFFED = 1445  # bytes a browser looks at to guess a type, WHATWG MIME Sniffing §5.2
_TAIL = 22 + 65_535  # bytes within which a zip reader looks for the end record
# Long enough not to occur by chance in megabytes of compressed picture.
_WORDS = (b"script", b"!doctype", b"iframe", b"foreignobject", b"?php ", b"?php\n")
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")


def _either_case(word: bytes) -> bytes:
    # Spelled out, because the flag for it makes the search ten times slower.
    letters = word.decode()
    return "".join(f"[{c}{c.upper()}]" if c.isalpha() else re.escape(c) for c in letters).encode()


_TAG = re.compile(b"<(?:" + b"|".join(_either_case(word) for word in _WORDS) + b")")
_AT_HEAD = re.compile(rb"%PDF-|<html|<svg|<body|<head|<\?xml\s|#!/", re.IGNORECASE)


def refuse_foreign(data: bytes) -> None:
    """Pass a file that carries no second format.

    Raises:
        Refused: it does.
    """
    head = _AT_HEAD.search(data[:_SNIFFED])
    found = head or _TAG.search(data)
    mark = found.group() if found else next((one for one in _ARCHIVES if one in data), b"")
    if mark:
        shown = mark.decode("latin-1").strip()
        raise Refused(Reason.POLYGLOT, f"the file also contains another format ({shown!r})")
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
