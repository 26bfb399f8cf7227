"""A tenant's wording of its forms: versions with their days, none of which can be broken.

A version is typeset with invented fields before it is kept, so what is in force has compiled.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.documents.kinds import FORMS, DocumentKind
from service.documents.press import LONGEST_SOURCE, Limits, Sheet, shipped, typeset
from service.documents.records import DocumentTemplate
from service.documents.rules import check_fields, check_marks, mandatory
from service.documents.wording import check_blocks, filled, labels, sample
from service.errors import Conflict, Invalid
from service.ids import new_id
from service.settings import settings
from tenants.records import Tenant, owned
from tenants.scope import Owner
from tenants.wall import current

TRIAL = Limits(cpu_seconds=5, wall_seconds=12)
SAMPLE_NUMBER = "样张〔0000〕0号"


async def in_force(owner: Owner, kind: DocumentKind, day: date) -> DocumentTemplate | None:
    """The tenant's version that governs a document of that day; None is the shipped form."""
    return (
        await DocumentTemplate.filter(
            tenant_id=owner.tenant_id, kind=kind.value, effective_from__lte=day
        )
        .order_by("-effective_from", "-number")
        .first()
    )


async def preview(
    owner: Owner,
    kind: DocumentKind,
    *,
    blocks: Mapping[str, str] | None = None,
    source: str = "",
    content: Mapping[str, Any] | None = None,
) -> Sheet:
    """A form with invented fields, or given ones, marked as a sample; nothing is kept.

    Raises:
        Invalid, FieldsMissing: a bad block, field or length.
        TemplateRefused: the source does not typeset within its limits.
    """
    kept = check_blocks(kind, blocks or {})
    said = check_fields(kind, content if content is not None else sample(kind))
    tenant = await Tenant.get_or_none(id=owner.tenant_id)
    issuer = tenant.name if tenant else ""
    return await _trial(kind, kept, _source(source), said, issuer, pictures=True)


async def save(
    owner: Owner,
    kind: DocumentKind,
    *,
    blocks: Mapping[str, str] | None = None,
    source: str = "",
    effective_from: date | None = None,
    note: str = "",
    restores: int | None = None,
) -> DocumentTemplate:
    """Keep a version of a form from a day on, today by default.

    It is typeset twice, with every field and with the mandatory ones alone, and must set each
    mandatory field and the foot with the QR code on the page.

    Raises:
        Invalid: a bad block, a day in the past, or a text too long.
        TemplateRefused, FieldsMissing: it does not typeset, or leaves out what must be said.
        Conflict: somebody saved another version at the same moment.
    """
    today = clock.legal_day(clock.now())
    day = effective_from or today
    if day < today:
        raise Invalid(f"a form cannot change before today ({today})", path=("input",
                      "effectiveFrom"))  # fmt: skip
    if len(note.strip()) > 400:
        raise Invalid("the note must not exceed 400 characters", path=("input", "note"))
    kept, own = check_blocks(kind, blocks or {}), _source(source)
    for content in (sample(kind), _least(kind)):
        sheet = await _trial(kind, kept, own, check_fields(kind, content), "样张机关")
        check_marks(kind, sheet.marks)
    last = await DocumentTemplate.filter(
        tenant_id=owner.tenant_id, kind=kind.value
    ).order_by("-number").first()  # fmt: skip
    try:
        row = await DocumentTemplate.create(
            id=new_id(),
            **owned(owner),
            kind=kind.value,
            number=last.number + 1 if last else 1,
            effective_from=day,
            blocks=kept,
            source=own,
            restores=restores,
            note=note.strip(),
            created_at=clock.now(),
            created_by=current().scope.actor,
        )
    except IntegrityError as error:
        raise Conflict("somebody has just saved another version; look again") from error
    await audit.record(
        "documents.template_saved", owner, "DocumentTemplate", row.id, kind=kind.value,
        number=row.number, effective_from=day.isoformat(),
    )  # fmt: skip
    await outbox.emit(
        "documents.template_saved", owner, {"template": str(row.id), "kind": kind.value}
    )
    return row


async def restore(
    owner: Owner, kind: DocumentKind, number: int, *, effective_from: date | None = None
) -> DocumentTemplate:
    """Return to an earlier version, 0 for the shipped form, as a new version.

    Raises:
        Invalid: no such version, or a day in the past.
    """
    if number == 0:
        return await save(owner, kind, effective_from=effective_from, restores=0)
    former = await DocumentTemplate.get_or_none(
        tenant_id=owner.tenant_id, kind=kind.value, number=number
    )
    if former is None:
        raise Invalid(f"there is no version {number} of this form", path=("input", "number"))
    return await save(
        owner, kind, blocks=former.blocks, source=former.source,
        effective_from=effective_from, restores=number,
    )  # fmt: skip


def _least(kind: DocumentKind) -> dict[str, Any]:
    """The mandatory fields alone, each list as short as it may be, each question denied."""
    said = {name: value for name, value in sample(kind).items() if name in mandatory(kind)}
    return {name: False if value is True else value for name, value in said.items()}


def _source(source: str) -> str:
    if len(source) > LONGEST_SOURCE:
        raise Invalid(
            f"a template must not exceed {LONGEST_SOURCE} characters", path=("input", "source")
        )
    return source.rstrip()  # what stands before keeps its lines and columns


async def _trial(
    kind: DocumentKind,
    blocks: dict[str, str],
    source: str,
    content: dict[str, Any],
    issuer: str,
    *,
    pictures: bool = False,
) -> Sheet:
    at = clock.now()
    url = f"{settings().public_url}/verify/{'SAMPLE'.ljust(26, 'X')}"
    data = {
        "title": FORMS[kind].title,
        "fields": content,
        "labels": labels(kind),
        "blocks": filled(kind, blocks, content),
        "number": SAMPLE_NUMBER,
        "version": 1,
        "issuer": issuer,
        "issued_on": clock.legal_day(at).isoformat(),
        "verify_url": url,
        "sample": True,
    }
    return await typeset(
        source or shipped(kind), data, verify_url=url, issued_at=at, limits=TRIAL, pictures=pictures
    )
