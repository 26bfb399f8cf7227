"""What can be done with documents: issue, replace, void; the file is `rendering`'s work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import settings_of
from service.documents import templates
from service.documents.kinds import FORMS, DocumentKind
from service.documents.records import Document, DocumentCheck
from service.documents.rules import (
    Standing,
    check_fields,
    check_valid,
    digest,
    new_code,
    number_text,
    short_place,
)
from service.errors import Invalid, NotFound
from service.ids import new_id
from service.settings import settings
from tenants.records import Body, Tenant, owned
from tenants.scope import Owner
from tenants.wall import current


@dataclass(frozen=True, slots=True)
class _Issuer:
    """In whose name a document is issued."""

    id: UUID
    name: str
    line: str


async def issue(
    owner: Owner,
    kind: DocumentKind,
    *,
    subject: str,
    subject_id: UUID,
    fields: Mapping[str, Any],
    body_id: UUID | None = None,
    enterprise_id: UUID | None = None,
) -> Document:
    """Issue a document in the open transaction; its file follows by itself.

    It takes the next number of its tenant, body, kind and year; a rollback gives it back, so no
    number is ever missing.  `subject` is a GraphQL type such as `Hazard`, `subject_id` its plain
    id.  Without `body_id` the tenant's only body issues, or the tenant where it has several.
    `enterprise_id` is whoever may read the document beside the authorities.

    Raises:
        FieldsMissing, Invalid: the fields do not say what the kind must say.
        NotFound: no such body in this district.
    """
    content = check_fields(kind, fields)
    issuer = await _issuer(owner, body_id)
    at = clock.now()
    day = clock.legal_day(at)
    sequence = await _next(owner, issuer.id, kind, day.year)
    row = Document(
        id=new_id(),
        **owned(owner),
        kind=kind.value,
        body_id=issuer.id,
        issuer=issuer.name,
        year=day.year,
        sequence=sequence,
        number=await _number(owner, issuer, kind, day, sequence),
        subject=subject,
        subject_id=subject_id,
        enterprise_id=enterprise_id,
    )
    return await _enter(row, kind, content, day)


async def replace(document_id: UUID, fields: Mapping[str, Any], reason: str) -> Document:
    """Issue a corrected version under the same number; the former stays and is marked.

    Raises:
        NotFound: no such document.
        Conflict: it was superseded or voided before.
        FieldsMissing, Invalid: as `issue`, or no reason.
    """
    former = await _locked(document_id)
    kind = DocumentKind(former.kind)
    content = check_fields(kind, fields)
    why = _reason(reason)
    day = clock.legal_day(clock.now())
    row = Document(
        id=new_id(),
        **owned(former.owner),
        replaces=former.id,
        replace_reason=why,
        version=former.version + 1,
        **{
            name: getattr(former, name)
            for name in ("kind", "body_id", "issuer", "year", "sequence", "number", "subject",
                         "subject_id", "enterprise_id")
        },
    )  # fmt: skip
    await _end(former, Standing.SUPERSEDED)
    return await _enter(row, kind, content, day)


async def void(document_id: UUID, reason: str) -> Document:
    """Declare a document void (作废); its number is never used again.

    Raises:
        NotFound: no such document.
        Conflict: it was superseded or voided before.
        Invalid: no reason.
    """
    row = await _locked(document_id)
    row.void_reason = _reason(reason)
    await _end(row, Standing.VOIDED)
    await audit.record("documents.voided", row.owner, "Document", row.id)
    await outbox.emit("documents.voided", row.owner, {"document": str(row.id)})
    return row


async def _enter(row: Document, kind: DocumentKind, content: dict[str, Any], day: date) -> Document:
    template = await templates.in_force(row.owner, kind, day)
    row.content, row.content_sha256 = content, digest(content)
    row.template_id = template.id if template else None
    row.verify_code = new_code()
    row.verify_url = f"{settings().public_url}/verify/{row.verify_code}"
    row.issued_at, row.issued_on = clock.now(), day
    row.issued_by = current().scope.actor
    await row.save(force_create=True)
    await DocumentCheck.create(
        id=new_id(),
        **owned(row.owner),
        document_id=row.id,
        code=row.verify_code,
        kind=row.kind,
        number=row.number,
        version=row.version,
        issuer=row.issuer,
        issued_on=day,
    )
    detail = {"kind": row.kind, "number": row.number, "version": row.version}
    await audit.record(
        "documents.issued", row.owner, "Document", row.id, sha256=row.content_sha256, **detail
    )
    await outbox.emit(
        "documents.issued",
        row.owner,
        {"document": str(row.id), "kind": row.kind, "subject": f"{row.subject}:{row.subject_id}"},
    )
    return row


async def _end(row: Document, standing: Standing) -> None:
    check_valid(Standing(row.standing))
    at = clock.now()
    row.standing, row.ended_at = standing.value, at
    await row.save(update_fields=["standing", "ended_at", "void_reason"])
    await DocumentCheck.filter(tenant_id=row.tenant_id, document_id=row.id).update(
        standing=standing.value, ended_on=clock.legal_day(at)
    )


async def _locked(document_id: UUID) -> Document:
    row = await Document.filter(id=document_id).select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such document", path=("input", "documentId"))
    return row


async def _issuer(owner: Owner, body_id: UUID | None) -> _Issuer:
    if body_id is not None:
        body = await Body.get_or_none(id=body_id)
        if body is None:
            raise NotFound("no such enforcement body", path=("input", "bodyId"))
        return _Issuer(body.id, body.name, body.line)
    bodies = await Body.filter(tenant_id=owner.tenant_id).limit(2)
    if len(bodies) == 1:
        return _Issuer(bodies[0].id, bodies[0].name, bodies[0].line)
    tenant = await Tenant.get(id=owner.tenant_id)
    return _Issuer(tenant.id, tenant.name, "")


async def _next(owner: Owner, body_id: UUID, kind: DocumentKind, year: int) -> int:
    """The next number; its row stays locked until the transaction ends, so none is skipped."""
    rows = await current().fetch(
        "insert into document_counters"
        " (id, tenant_id, district_id, body_id, kind, year, last_number)"
        " values ($1, $2, $3, $4, $5, $6, 1) on conflict (tenant_id, body_id, kind, year)"
        " do update set last_number = document_counters.last_number + 1 returning last_number",
        new_id(),
        owner.tenant_id,
        owner.district_id,
        body_id,
        kind.value,
        year,
    )
    return int(rows[0]["last_number"])


async def _number(
    owner: Owner, issuer: _Issuer, kind: DocumentKind, day: date, sequence: int
) -> str:
    chosen = await settings_of(owner, day)
    place = str(chosen["documents.place"])
    if not place:
        tenant = await Tenant.get_or_none(id=owner.tenant_id)
        place = short_place(tenant.name) if tenant else ""
    return number_text(
        str(chosen["documents.number_wording"]),
        place=place,
        line=issuer.line,
        kind=kind,
        year=day.year,
        sequence=sequence,
    )


def _reason(reason: str) -> str:
    trimmed = reason.strip()
    if not 2 <= len(trimmed) <= 400:
        raise Invalid("give a reason of 2 to 400 characters", path=("input", "reason"))
    return trimmed


def title_of(row: Document) -> str:
    """The title of a document's form."""
    return FORMS[DocumentKind(row.kind)].title
