"""Documents in the schema: what was issued, whether it holds, and its file."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from strawberry.scalars import JSON
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from api.context import Info
from api.evidence import plain_id
from api.nodes import NOBODY, RowNode
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service.documents import access, queries, records
from service.documents.kinds import CASE_KINDS, FORMS, DocumentKind
from service.documents.rules import Standing, State
from service.documents.wording import labels
from service.errors import Forbidden
from tenants.principal import Principal
from tenants.rights import Role

strawberry.enum(DocumentKind, description="What a document is for")
strawberry.enum(State, name="DocumentState", description="How far the file of a document is")
strawberry.enum(Standing, name="DocumentStanding", description="Whether a document holds")


@strawberry.type(description="Field of a document: its wording on the form and what it says")
class DocumentField:
    """One field, in the order of the form."""

    name: str = strawberry.field(description="Name of the field")
    label: str = strawberry.field(description="Wording on the form")
    value: JSON | None = strawberry.field(description="What it says; null where it says nothing")


@strawberry.type(description="Version of a numbered document, with its sealed file")
class Document(RowNode, relay.Node):
    """One version."""

    model = records.Document

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.Document]
    kind: DocumentKind = strawberry.field(description="What it is for")
    title: str = strawberry.field(description="Title of the form")
    number: str = strawberry.field(description="Number as printed")
    version: int = strawberry.field(description="Version under this number, from 1")
    issuer: str = strawberry.field(description="Body in whose name it was issued")
    subject: str = strawberry.field(description="Type of the object that it is about")
    subject_id: UUID = strawberry.field(description="Plain id of that object")
    issued_at: datetime = strawberry.field(description="Timestamp of the issue")
    issued_on: date = strawberry.field(description="Day of the issue in China")
    standing: Standing = strawberry.field(description="Whether it holds")
    ended_at: datetime | None = strawberry.field(description="Timestamp since when it does not")
    void_reason: str = strawberry.field(description="Reason of the voiding, empty for others")
    replace_reason: str = strawberry.field(description="Reason of a new version, else empty")
    state: State = strawberry.field(description="How far its file is")
    content_sha256: str = strawberry.field(description="SHA-256 of what it says, 64 hex digits")
    sha256: str | None = strawberry.field(description="SHA-256 of the file, null until made")
    byte_length: int | None = strawberry.field(description="Length of the file in bytes")
    verify_url: str = strawberry.field(
        description="Public page that confirms it, also in the QR code"
    )
    fell_back: bool = strawberry.field(
        description="Indicates that the town's template failed and the shipped one was used"
    )

    @strawberry.field(description="What it says, in the order of the form")
    def fields(self) -> list[DocumentField]:
        """Instants in ISO 8601."""
        said = self.row.content
        return [
            DocumentField(name=name, label=label, value=said.get(name))
            for name, label in labels(self.kind).items()
        ]

    @strawberry.field(description="URL that downloads the file for five minutes, null until made")
    async def download_url(self) -> str | None:
        """An attachment from the object store."""
        return await queries.download_url(self.row) if self.state is State.RENDERED else None

    @strawberry.field(description="Former version that it replaces")
    async def replaces(self, info: Info) -> "Document | None":
        """Loaded for all documents of the page in one statement."""
        if self.row.replaces is None:
            return None

        async def load(keys: list[UUID]) -> list[records.Document | None]:
            seen = Document.seen(info.context.principal, records.Document.filter(id__in=keys))
            rows = {row.id: row for row in await seen}
            return [rows.get(key) for key in keys]

        found = await info.context.loader("document", load).load(self.row.replaces)
        return Document.of(found) if found else None

    @classmethod
    def of(cls, row: records.Document) -> "Document":
        """The row as the schema shows it."""
        kind = DocumentKind(row.kind)
        rendered = row.state == State.RENDERED
        return cls(
            id=row.id,
            row=row,
            kind=kind,
            title=FORMS[kind].title,
            number=row.number,
            version=row.version,
            issuer=row.issuer,
            subject=row.subject,
            subject_id=row.subject_id,
            issued_at=row.issued_at,
            issued_on=row.issued_on,
            standing=Standing(row.standing),
            ended_at=row.ended_at,
            void_reason=row.void_reason,
            replace_reason=row.replace_reason,
            state=State(row.state),
            content_sha256=row.content_sha256,
            sha256=row.sha256 if rendered else None,
            byte_length=row.byte_length if rendered else None,
            verify_url=row.verify_url,
            fell_back=row.fell_back,
        )

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Kinds that the caller reads; an enterprise its own, a department its own cases."""
        kinds = access.readable(principal)
        found = found.filter(kind__in=[kind.value for kind in kinds])
        if principal.role is Role.ENTERPRISE:
            return found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        if principal.role is Role.DEPARTMENT:
            cases = [kind.value for kind in CASE_KINDS]
            return found.filter(Q(body_id=principal.body_id or NOBODY) | ~Q(kind__in=cases))
        return found

    @classmethod
    async def resolve_nodes(
        cls, *, info: Any, node_ids: Iterable[str], required: bool = False
    ) -> Any:
        """Null for every kind that the caller does not read: `seen` knows a right for each."""
        return await super().resolve_nodes(info=info, node_ids=node_ids, required=required)


@strawberry.input(description="Filters of the list of documents; all given must hold")
class DocumentWhere:
    """Every filter is optional."""

    kind: DocumentKind | None = strawberry.field(default=None, description="What they are for")
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="Object they are about, as a global id or a plain one"
    )
    number: str | None = strawberry.field(default=None, description="Number as printed")
    standing: Standing | None = strawberry.field(default=None, description="Whether they hold")
    issued_from: date | None = strawberry.field(default=None, description="First day of issue")
    issued_to: date | None = strawberry.field(default=None, description="Last day of issue")


@strawberry.type
class DocumentQuery:
    """Questions about documents."""

    @strawberry.field(description="Documents that the caller may read, newest first")
    async def documents(
        self,
        info: Info,
        where: Annotated[
            DocumentWhere | None, strawberry.argument(description="Filters, none by default")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Document]:
        """One page.

        Raises:
            Forbidden: the caller reads no kind of document.
        """
        principal = info.context.principal
        if not access.readable(principal):
            raise Forbidden(f"a {principal.role.value} may not read documents")
        found = Document.seen(principal, _chosen(where or DocumentWhere()))
        return await page(found, Document.of, first=first, after=after, key="issued_at")


def _chosen(where: DocumentWhere) -> QuerySet[records.Document]:
    found = queries.documents()
    given: dict[str, Any] = {
        "kind": where.kind.value if where.kind else None,
        "subject_id": plain_id(where.subject_id) if where.subject_id else None,
        "number": where.number,
        "standing": where.standing.value if where.standing else None,
        "issued_on__gte": where.issued_from,
        "issued_on__lte": where.issued_to,
    }
    return found.filter(**{name: value for name, value in given.items() if value is not None})
