"""The public page about one document: whether it was issued, by whom, and whether it holds.

It knows no more than `document_checks` does: no party, no content, no name of a person.
"""

import re
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO

from service.documents import queries
from service.documents.kinds import FORMS, DocumentKind
from service.documents.records import DocumentCheck
from service.documents.rules import Standing
from service.late import Pages

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
CODE = re.compile(r"[A-Z2-7]{26}")
DIGEST = re.compile(r"[0-9a-f]{64}")
SHOWN = 16  # hex digits of the file's SHA-256 on the page
_STANDINGS = {
    Standing.VALID: "有效",
    Standing.SUPERSEDED: "已被新版本替代",
    Standing.VOIDED: "已作废",
}
_pages = Pages("service.documents", "pages")


async def find(code: str) -> DocumentCheck | None:
    """The document with this code, however it was typed; None for any other text."""
    tidy = code.strip().upper()
    return await queries.check(tidy) if CODE.fullmatch(tidy) else None


def page(check: DocumentCheck, compared: str | None = None) -> str:
    """The page; `compared` is the SHA-256 of a file in hand, or what was typed for one."""
    kind = DocumentKind(check.kind)
    standing = Standing(check.standing)
    return _pages.get_template("verify.html").render(
        check=check,
        title=FORMS[kind].title,
        standing=_STANDINGS[standing],
        valid=standing is Standing.VALID,
        prefix=check.sha256[:SHOWN],
        outcome=_outcome(check, compared),
    )


def _outcome(check: DocumentCheck, compared: str | None) -> str:
    if compared is None:
        return ""
    if not check.sha256:
        return "文件尚未生成，请稍后再比对。"
    tidy = compared.strip().lower()
    if not DIGEST.fullmatch(tidy):
        return "请选择文件，或输入 64 位十六进制的 SHA-256。"
    if tidy != check.sha256:
        return "不一致：所持文件不是本机关制发的文件，或者已被改动。"
    return "一致：所持文件就是本机关制发的文件。"


def absent() -> str:
    """The page for a code that no document has."""
    return _pages.get_template("absent.html").render()


def digest_of(file: "IO[bytes] | SpooledTemporaryFile[bytes]") -> str:
    """SHA-256 of an open file, 64 hex digits."""
    found = sha256()
    while piece := file.read(1 << 16):
        found.update(piece)
    return found.hexdigest()
