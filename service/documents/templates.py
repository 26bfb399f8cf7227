"""A tenant's wording of its forms: versions with their days, none of which can be broken."""

from datetime import date

from service.documents.kinds import DocumentKind
from service.documents.records import DocumentTemplate
from tenants.scope import Owner


async def in_force(owner: Owner, kind: DocumentKind, day: date) -> DocumentTemplate | None:
    """The tenant's version that governs a document of that day; None is the shipped form."""
    return (
        await DocumentTemplate.filter(
            tenant_id=owner.tenant_id, kind=kind.value, effective_from__lte=day
        )
        .order_by("-effective_from", "-number")
        .first()
    )
