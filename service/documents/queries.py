"""What can be asked about documents."""

from uuid import UUID

from tortoise.queryset import QuerySet

from service.documents.records import Document, DocumentCheck, DocumentTemplate
from service.documents.rules import State
from service.errors import Conflict
from service.storage import Bucket, store
from tenants.scope import Scope
from tenants.wall import tenant_transaction

URL_SECONDS = 300


def documents(enterprise_id: UUID | None = None) -> QuerySet[Document]:
    """Documents in scope; only those of one enterprise where it is given."""
    return Document.filter(enterprise_id=enterprise_id) if enterprise_id else Document.all()


def template_versions(kind: str) -> QuerySet[DocumentTemplate]:
    """Versions of the forms of a kind in scope."""
    return DocumentTemplate.filter(kind=kind)


async def download_url(row: Document) -> str:
    """A URL that gives the file as an attachment for `URL_SECONDS`.

    Raises:
        Conflict: the file is not there yet, or never will be.
    """
    if row.state != State.RENDERED:
        raise Conflict(f"the file is {row.state}; ask again later", path=("input", "documentId"))
    return await store().presign_get(
        Bucket.SEALED,
        row.key,
        seconds=URL_SECONDS,
        filename=f"{row.number}.pdf",
        content_type="application/pdf",
    )


async def check(code: str) -> DocumentCheck | None:
    """What the public may know of the document with this code; needs no scope of the caller."""
    async with tenant_transaction(Scope.of_platform("public:verify"), read_only=True):
        return await DocumentCheck.filter(code=code).first()
