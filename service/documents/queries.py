"""What can be asked about documents."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from tortoise.queryset import QuerySet

from service.documents.kinds import DocumentKind
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


async def valid(subject_id: UUID, kind: DocumentKind) -> Document | None:
    """The latest document of a kind about an object that holds."""
    found = Document.filter(subject_id=subject_id, kind=kind.value, standing="VALID")
    return await found.order_by("-issued_at", "-id").first()


async def number_of(subject_id: UUID, kind: DocumentKind) -> str | None:
    """The number of that document, None where there is none."""
    found = await valid(subject_id, kind)
    return found.number if found else None


async def kinds_of(subject_ids: Iterable[UUID]) -> dict[UUID, Counter[DocumentKind]]:
    """How many documents of each kind hold about each object, in one statement."""
    wanted = list(subject_ids)
    counted: dict[UUID, Counter[DocumentKind]] = {one: Counter() for one in wanted}
    rows = Document.filter(subject_id__in=wanted, standing="VALID")
    for subject_id, kind in await rows.values_list("subject_id", "kind"):
        counted[subject_id][DocumentKind(kind)] += 1
    return counted


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
