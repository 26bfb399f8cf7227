"""The documents of an inspection, of a case and of a transfer, as fields of theirs."""

from typing import Any
from uuid import UUID

import strawberry

from api.cases import PenaltyCase
from api.cases_transfers import CaseTransfer
from api.context import Info
from api.enforcement_documents import Document
from api.inspections import Inspection
from api.paging import PAGE_DEFAULT, After, Connection, First
from api.reverse import adds_to, page_of
from service.documents import access, records

DESCRIPTION = "Documents about it that the caller may read, newest first"


async def documents_about(info: Info, subject: UUID, first: int, after: str | None) -> Any:
    """The page for all subjects of a list in one statement.

    Who sees an inspection or a case sees its documents, save the kinds that its role never reads.
    """
    principal = info.context.principal
    kinds = sorted(kind.value for kind in access.readable(principal))
    return await page_of(
        info,
        records.Document,
        Document.of,
        by="subject_id",
        parent=subject,
        first=first,
        after=after,
        key="issued_at",
        among={"kind": kinds},
    )


@adds_to(Inspection)
class DocumentsOfInspection:
    """See `api.reverse`."""

    @strawberry.field(description=DESCRIPTION)
    async def documents(
        root: Inspection, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[Document]:
        """Record, order, opinion."""
        found: Connection[Document] = await documents_about(info, root.id, first, after)
        return found


@adds_to(PenaltyCase)
class DocumentsOfCase:
    """See `api.reverse`."""

    @strawberry.field(description=DESCRIPTION)
    async def documents(
        root: PenaltyCase, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[Document]:
        """From the filing to the closing."""
        found: Connection[Document] = await documents_about(info, root.id, first, after)
        return found


@adds_to(CaseTransfer)
class DocumentsOfTransfer:
    """See `api.reverse`."""

    @strawberry.field(description=DESCRIPTION)
    async def documents(
        root: CaseTransfer, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[Document]:
        """The letters of an act that was handed over without a case; others are the case's."""
        found: Connection[Document] = await documents_about(info, root.id, first, after)
        return found
