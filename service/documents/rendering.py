"""From an issued document to its sealed file.

Every step can be cut off and run again: a sheet is a pure function of its row, and the write is
create-only, so a second run meets either nothing or the very same bytes.
"""

from hashlib import sha256
from typing import Any
from uuid import UUID

import structlog

from service import audit, clock, outbox
from service.documents.kinds import FORMS, DocumentKind
from service.documents.press import Sheet, TemplateRefused, shipped, typeset
from service.documents.records import Document, DocumentCheck, DocumentTemplate
from service.documents.rules import FieldsMissing, State, check_marks
from service.documents.wording import filled, labels
from service.errors import NotFound
from service.storage import Bucket, store
from tenants.scope import Scope
from tenants.wall import tenant_transaction

log = structlog.get_logger()


def sheet_data(
    kind: DocumentKind, content: dict[str, Any], blocks: dict[str, str], **head: Any
) -> dict[str, Any]:
    """What the template is given."""
    return {
        "title": FORMS[kind].title,
        "fields": content,
        "labels": labels(kind),
        "blocks": filled(kind, blocks, content),
        **head,
    }


async def render(scope: Scope, document_id: UUID) -> State:
    """Typeset and seal the file of a document; returns the state reached.  Idempotent.

    A town's template that fails on this very document gives way to the shipped one, which is
    noted in the row: a document is never held up by a template.

    Raises:
        PressFailed, StoreError: to be tried again.
        NotFound: no such document in scope.
    """
    async with tenant_transaction(scope):
        row = await Document.get_or_none(id=document_id)
        if row is None:
            raise NotFound("no such document")
        if row.state != State.ISSUED:
            await outbox.settle()
            return State(row.state)
        template = (
            await DocumentTemplate.get(tenant_id=row.tenant_id, id=row.template_id)
            if row.template_id
            else None
        )
    try:
        sheet, fell_back = await _typeset(row, template)
    except (TemplateRefused, FieldsMissing) as refusal:
        return await _fail(scope, row, refusal.message)
    pdf = await _seal(row, sheet.pdf)
    return await _commit(scope, row, pdf, fell_back)


async def _typeset(row: Document, template: DocumentTemplate | None) -> tuple[Sheet, str]:
    if template is not None:
        try:
            return await _sheet(row, template.source, template.blocks), ""
        except (TemplateRefused, FieldsMissing) as refusal:
            log.warning("template gave way", document=str(row.id), template=str(template.id))
            return await _sheet(row, "", {}), refusal.message[:1000]
    return await _sheet(row, "", {}), ""


async def _sheet(row: Document, source: str, blocks: dict[str, str]) -> Sheet:
    kind = DocumentKind(row.kind)
    data = sheet_data(
        kind,
        row.content,
        blocks,
        number=row.number,
        version=row.version,
        issuer=row.issuer,
        issued_on=row.issued_on.isoformat(),
        verify_url=row.verify_url,
    )
    sheet = await typeset(
        source or shipped(kind), data, verify_url=row.verify_url, issued_at=row.issued_at
    )
    check_marks(kind, sheet.marks)
    return sheet


async def _seal(row: Document, pdf: bytes) -> bytes:
    """Write once; whoever wrote before us wrote this document, and that file counts."""
    if not await store().put_if_absent(Bucket.SEALED, row.key, pdf, "application/pdf"):
        pdf, _ = await store().get(Bucket.SEALED, row.key)
    return pdf


async def _commit(scope: Scope, row: Document, pdf: bytes, fell_back: str) -> State:
    digest = sha256(pdf).hexdigest()
    async with tenant_transaction(scope):
        changed = await Document.filter(
            tenant_id=row.tenant_id, id=row.id, state=State.ISSUED.value
        ).update(
            state=State.RENDERED.value,
            sha256=digest,
            byte_length=len(pdf),
            rendered_at=clock.now(),
            fell_back=bool(fell_back),
            failure=fell_back,
        )
        if changed:
            await DocumentCheck.filter(tenant_id=row.tenant_id, document_id=row.id).update(
                sha256=digest
            )
            await audit.record(
                "documents.rendered", row.owner, "Document", row.id, sha256=digest,
                fell_back=bool(fell_back),
            )  # fmt: skip
            await outbox.emit("documents.rendered", row.owner, {"document": str(row.id)})
        await outbox.settle()
    return State.RENDERED


async def _fail(scope: Scope, row: Document, why: str) -> State:
    async with tenant_transaction(scope):
        changed = await Document.filter(
            tenant_id=row.tenant_id, id=row.id, state=State.ISSUED.value
        ).update(state=State.FAILED.value, failure=why[:1000])
        if changed:
            await audit.record("documents.failed", row.owner, "Document", row.id)
            await outbox.emit("documents.failed", row.owner, {"document": str(row.id)})
        await outbox.settle()
    log.error("document not typeset", document=str(row.id), why=why)
    return State.FAILED
