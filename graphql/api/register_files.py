"""Imports and exports of the register: files in, files out, each a job to watch."""

from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.context import Info
from api.nodes import NOBODY, RowNode
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register_acts import KeyedAct
from service.errors import Forbidden
from service.register import exports, imports, records, sweeping
from service.register.import_plan import ImportState, Outcome
from service.storage import SignedRequest
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject

strawberry.enum(ImportState, name="EnterpriseImportState", description="Where an import stands")
strawberry.enum(Outcome, name="EnterpriseImportOutcome", description="What a row comes to")
FAULTS_SHOWN = 200
EXPORTERS = frozenset({Role.TENANT_ADMIN, Role.INSPECTOR, Role.COMMITTEE, Role.DEPARTMENT})
"""Roles whose desk may take the list away as a file."""


@strawberry.enum(description="Format of a file")
class TableFormat(Enum):
    """Formats that are written."""

    XLSX = "XLSX"
    CSV = "CSV"


@strawberry.type(description="Permission to PUT one whole file straight into the object store")
class FileUpload:
    """Bound to its key and length, for an hour."""

    method: str = strawberry.field(description="HTTP method")
    url: str = strawberry.field(description="URL to send the file to")
    content_length: int = strawberry.field(description="Length in bytes that must be sent")

    @classmethod
    def of(cls, request: SignedRequest) -> "FileUpload":
        """The permission as the schema shows it."""
        return cls(
            method=request.method,
            url=request.url,
            content_length=int(request.headers["Content-Length"]),
        )


@strawberry.type(description="What is wrong with one cell of an imported file")
class ImportFault:
    """One fault."""

    row: int = strawberry.field(description="Number of the row, as a spreadsheet shows it")
    column: str = strawberry.field(description="Heading of the column, empty where it has none")
    message: str = strawberry.field(description="What is wrong and what to do, in Chinese")


@strawberry.type(description="Row that an undoing left as it is")
class ImportKeptRow:
    """One row."""

    row: int = strawberry.field(description="Number of the row")
    name: str = strawberry.field(description="Name of the enterprise in the row")
    reason: str = strawberry.field(description="Why it was left, in Chinese")


@strawberry.type(description="File of enterprises that a town imports as a whole")
class EnterpriseImport(RowNode, relay.Node):
    """One import."""

    model = records.ImportBatch
    object_kind = Subject.REGISTER

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.ImportBatch]
    state: ImportState = strawberry.field(description="Where the import stands")
    filename: str = strawberry.field(description="Name of the file")
    problem: str = strawberry.field(
        description="Why the whole file cannot be read, in Chinese; empty if it can"
    )
    total: int = strawberry.field(description="Rows of the file")
    created: int = strawberry.field(description="Rows that enter an enterprise or a place")
    changed: int = strawberry.field(description="Rows that change one")
    unchanged: int = strawberry.field(description="Rows that say what the register has")
    refused: int = strawberry.field(description="Rows with faults, which are left out")
    kept: int = strawberry.field(description="Entries that the undoing left as they are")
    created_at: datetime = strawberry.field(description="When it was begun, timestamp")
    file_removed_on: date | None = strawberry.field(
        description="Day on which the file was removed, its keeping time being over"
    )

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Only the town's own staff and its readers; to an enterprise they are others' files."""
        if principal.role in (Role.ENTERPRISE, Role.APP):
            return found.filter(id=NOBODY)
        return found

    @strawberry.field(description="Faults by row, the first 200")
    async def faults(self, info: Info) -> list[ImportFault]:
        """Read from the rows that were refused."""
        found = records.ImportRow.filter(
            tenant_id=self.row.tenant_id, batch_id=self.row.id, outcome="REFUSED"
        )
        rows = await found.order_by("number").limit(FAULTS_SHOWN)
        return [
            ImportFault(row=row.number, column=header, message=message)
            for row in rows
            for _, header, message in row.faults
        ][:FAULTS_SHOWN]

    @strawberry.field(description="Rows that the undoing left as they are, the first 200")
    async def kept_rows(self, info: Info) -> list[ImportKeptRow]:
        """Those with a reason."""
        found = records.ImportRow.filter(tenant_id=self.row.tenant_id, batch_id=self.row.id)
        rows = await found.exclude(kept="").order_by("number").limit(FAULTS_SHOWN)
        return [
            ImportKeptRow(row=row.number, name=row.values.get("name", ""), reason=row.kept)
            for row in rows
        ]

    @strawberry.field(description="Link of ten minutes to the file with its faults marked")
    async def annotated_file(self, info: Info) -> str | None:
        """Null where no cell is at fault."""
        return await imports.annotated_link(self.row)

    @classmethod
    def of(cls, row: records.ImportBatch) -> "EnterpriseImport":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            state=ImportState(row.state),
            filename=row.filename,
            problem=row.problem,
            total=row.total,
            created=row.created,
            changed=row.changed,
            unchanged=row.unchanged,
            refused=row.refused,
            kept=row.kept,
            created_at=row.created_at,
            file_removed_on=row.removed_on,
        )


@strawberry.type(description="List of enterprises as a file")
class EnterpriseExport(RowNode, relay.Node):
    """One export."""

    model = records.RegisterExport
    object_kind = Subject.REGISTER

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.RegisterExport]
    format: TableFormat = strawberry.field(description="Format of the file")
    ready: bool = strawberry.field(description="Indicates that the file can be fetched")
    rows: int = strawberry.field(description="Lines of the file below its heading")
    file_removed_on: date | None = strawberry.field(
        description="Day on which the file was removed, its keeping time being over"
    )

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the own desk."""
        home = principal.scope.home
        mine = home.tenant_id if home and principal.role in EXPORTERS else NOBODY
        return found.filter(tenant_id=mine)

    @strawberry.field(description="Link of ten minutes to the file, null while it is written")
    async def file(self, info: Info) -> str | None:
        """Presigned for the store."""
        return await exports.link(self.row)

    @classmethod
    def of(cls, row: records.RegisterExport) -> "EnterpriseExport":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            format=TableFormat(row.format),
            ready=row.state == "READY",
            rows=row.rows,
            file_removed_on=row.removed_on,
        )


@strawberry.type(description="Files that a desk keeps of its register, and when they go")
class RegisterFileUsage:
    """Lists sent in and taken out."""

    imports: int = strawberry.field(description="Uploaded lists that are kept")
    exports: int = strawberry.field(description="Exported lists that are kept")
    megabytes: float = strawberry.field(description="Size of all of them in MB")
    kept_days: int = strawberry.field(description="Days for which a file is kept")
    next_removal_on: date | None = strawberry.field(
        description="Day on which the oldest one is due to go, null where there is none"
    )


@strawberry.type
class ImportQuery:
    """Questions about imports."""

    @strawberry.field(description="Files that the caller's desk keeps of its register")
    async def register_file_usage(self, info: Info) -> RegisterFileUsage:
        """Of the own desk alone, whoever reads more."""
        info.context.require(Subject.REGISTER, Right.READ_OWN)
        if info.context.principal.role not in EXPORTERS:
            raise Forbidden("files of the register are those of its desk")
        found = await sweeping.usage(info.context.home)
        return RegisterFileUsage(
            imports=found.imports,
            exports=found.exports,
            megabytes=found.bytes / 1_000_000,
            kept_days=found.days,
            next_removal_on=found.next_on,
        )

    @strawberry.field(description="Imports that the caller may see, newest first")
    async def enterprise_imports(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[EnterpriseImport]:
        """One page."""
        info.context.require(Subject.REGISTER, Right.READ_OWN)
        found = EnterpriseImport.seen(info.context.principal, records.ImportBatch.all())
        return await page(found, EnterpriseImport.of, first=first, after=after)


@strawberry.input
class ImportAct(KeyedAct):
    """The import an act is about."""

    import_id: relay.GlobalID = strawberry.field(description="Import of the act")
