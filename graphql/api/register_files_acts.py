"""Acts of imports and exports: announce, check, commit, undo, export."""

from enum import Enum

import strawberry

from api.context import Info
from api.errors import MutationError, attempt
from api.jobs import Job
from api.nodes import node_id, typed_id
from api.register import OUTSIDE, EnterpriseWhere
from api.register_acts import KeyedAct
from api.register_files import (
    EXPORTERS,
    EnterpriseExport,
    EnterpriseImport,
    FileUpload,
    ImportAct,
    TableFormat,
)
from service import jobs as service_jobs
from service.errors import Forbidden
from service.register import exports, imports, records
from service.register.search import ways
from tenants.rights import Right, Subject


@strawberry.enum(description="Why an import was not begun")
class BeginEnterpriseImportErrorCode(Enum):
    """Codes of `beginEnterpriseImport`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    TOO_LARGE = "TOO_LARGE"
    STORE_AWAY = "STORE_AWAY"


@strawberry.input(description="File that is going to be sent")
class BeginEnterpriseImportInput(KeyedAct):
    """Input of `beginEnterpriseImport`."""

    filename: str = strawberry.field(description="Name of the file, at most 200 characters")
    byte_length: int = strawberry.field(description="Length of the file in bytes, at most 20 MiB")


@strawberry.type(description="Answer to `beginEnterpriseImport`")
class BeginEnterpriseImportPayload:
    """What came of it, or why not."""

    enterprise_import: EnterpriseImport | None = strawberry.field(
        description="Import that was begun"
    )
    upload: FileUpload | None = strawberry.field(description="Permission to send the file")
    errors: list[MutationError[BeginEnterpriseImportErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an import was not checked")
class CheckEnterpriseImportErrorCode(Enum):
    """Codes of `checkEnterpriseImport`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Import to be checked")
class CheckEnterpriseImportInput(ImportAct):
    """Input of `checkEnterpriseImport`."""


@strawberry.type(description="Answer to `checkEnterpriseImport`")
class CheckEnterpriseImportPayload:
    """What came of it, or why not."""

    enterprise_import: EnterpriseImport | None = strawberry.field(
        description="Import after the act"
    )
    job: Job | None = strawberry.field(description="Work that was started, to be watched")
    errors: list[MutationError[CheckEnterpriseImportErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an import was not committed")
class CommitEnterpriseImportErrorCode(Enum):
    """Codes of `commitEnterpriseImport`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    HAS_REFUSED_ROWS = "HAS_REFUSED_ROWS"


@strawberry.input(description="Import to be committed")
class CommitEnterpriseImportInput(ImportAct):
    """Input of `commitEnterpriseImport`."""

    skip_refused: bool = strawberry.field(
        default=False, description="Leave out rows with faults instead of refusing"
    )


@strawberry.type(description="Answer to `commitEnterpriseImport`")
class CommitEnterpriseImportPayload:
    """What came of it, or why not."""

    enterprise_import: EnterpriseImport | None = strawberry.field(
        description="Import after the act"
    )
    job: Job | None = strawberry.field(description="Work that was started, to be watched")
    errors: list[MutationError[CommitEnterpriseImportErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why an import was not undone")
class UndoEnterpriseImportErrorCode(Enum):
    """Codes of `undoEnterpriseImport`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Import to be undone")
class UndoEnterpriseImportInput(ImportAct):
    """Input of `undoEnterpriseImport`."""


@strawberry.type(description="Answer to `undoEnterpriseImport`")
class UndoEnterpriseImportPayload:
    """What came of it, or why not."""

    enterprise_import: EnterpriseImport | None = strawberry.field(
        description="Import after the act"
    )
    job: Job | None = strawberry.field(description="Work that was started, to be watched")
    errors: list[MutationError[UndoEnterpriseImportErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why the template was not prepared")
class PrepareImportTemplateErrorCode(Enum):
    """Codes of `prepareImportTemplate`."""

    FORBIDDEN = "FORBIDDEN"
    STORE_AWAY = "STORE_AWAY"


@strawberry.input(description="Nothing but the key of the act")
class PrepareImportTemplateInput(KeyedAct):
    """Input of `prepareImportTemplate`."""


@strawberry.type(description="Answer to `prepareImportTemplate`")
class PrepareImportTemplatePayload:
    """What came of it, or why not."""

    url: str | None = strawberry.field(description="Link of ten minutes to the workbook")
    errors: list[MutationError[PrepareImportTemplateErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why enterprises were not exported")
class ExportEnterprisesErrorCode(Enum):
    """Codes of `exportEnterprises`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"


@strawberry.input(description="List to be written into a file")
class ExportEnterprisesInput(KeyedAct):
    """Input of `exportEnterprises`."""

    where: EnterpriseWhere | None = strawberry.field(
        default=None, description="Filters, as of the list"
    )
    format: TableFormat = strawberry.field(
        default=TableFormat.XLSX, description="Format of the file"
    )


@strawberry.type(description="Answer to `exportEnterprises`")
class ExportEnterprisesPayload:
    """What came of it, or why not."""

    export: EnterpriseExport | None = strawberry.field(description="Export that was started")
    job: Job | None = strawberry.field(description="Work that was started, to be watched")
    errors: list[MutationError[ExportEnterprisesErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


def filters_of(where: EnterpriseWhere) -> dict[str, object]:
    """The filters as JSON can hold them, those that were given.

    Raises:
        Invalid: an id that is no grid's, or too long a search.
    """
    grid, town = where.grid_id, where.town_id
    ways(where.search or "")
    given: dict[str, object] = {
        "search": where.search,
        "risk": where.risk and where.risk.value,
        "above_quota": where.above_quota,
        "status": where.status and where.status.value,
        "scale": where.scale and where.scale.value,
        "tier": where.tier and where.tier.value,
        "industry_prefix": where.industry_prefix,
        "credit_code": where.credit_code,
        "grid_id": str(typed_id(grid, "Grid", "gridId")) if grid else None,
        "without_grid": where.without_grid,
        "tenant_id": str(typed_id(town, "Tenant", "townId")) if town else None,
    }
    return {name: value for name, value in given.items() if value is not None}


@strawberry.type
class ImportMutation:
    """Acts of imports and exports."""

    @strawberry.mutation(description="Announce a file of enterprises and get leave to send it")
    async def begin_enterprise_import(
        self, info: Info, input: BeginEnterpriseImportInput
    ) -> BeginEnterpriseImportPayload:
        """See `service.register.imports.begin`."""

        async def act() -> imports.Begun:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await imports.begin(info.context.home, input.filename, input.byte_length)

        made, errors = await attempt(BeginEnterpriseImportErrorCode, act())
        return BeginEnterpriseImportPayload(
            enterprise_import=EnterpriseImport.of(made.batch) if made else None,
            upload=FileUpload.of(made.request) if made else None,
            errors=errors,
        )

    @strawberry.mutation(
        description="Have a sent file read and compared with the register; changes nothing there"
    )
    async def check_enterprise_import(
        self, info: Info, input: CheckEnterpriseImportInput
    ) -> CheckEnterpriseImportPayload:
        """See `service.register.imports.check`."""

        async def act() -> tuple[records.ImportBatch, service_jobs.Job]:
            info.context.require(Subject.REGISTER, Right.WRITE)
            wanted = node_id(input.import_id, EnterpriseImport, "importId")
            return await imports.check(wanted)

        started, errors = await attempt(CheckEnterpriseImportErrorCode, act())
        return CheckEnterpriseImportPayload(
            enterprise_import=EnterpriseImport.of(started[0]) if started else None,
            job=Job.of(started[1]) if started else None,
            errors=errors,
        )

    @strawberry.mutation(description="Have the rows of a checked file entered, all of them or none")
    async def commit_enterprise_import(
        self, info: Info, input: CommitEnterpriseImportInput
    ) -> CommitEnterpriseImportPayload:
        """See `service.register.imports.commit`."""

        async def act() -> tuple[records.ImportBatch, service_jobs.Job]:
            info.context.require(Subject.REGISTER, Right.WRITE)
            wanted = node_id(input.import_id, EnterpriseImport, "importId")
            return await imports.commit(wanted, skip_refused=input.skip_refused)

        started, errors = await attempt(CommitEnterpriseImportErrorCode, act())
        return CommitEnterpriseImportPayload(
            enterprise_import=EnterpriseImport.of(started[0]) if started else None,
            job=Job.of(started[1]) if started else None,
            errors=errors,
        )

    @strawberry.mutation(
        description="Have everything that an import did taken back; what changed since stays"
    )
    async def undo_enterprise_import(
        self, info: Info, input: UndoEnterpriseImportInput
    ) -> UndoEnterpriseImportPayload:
        """See `service.register.imports.undo`."""

        async def act() -> tuple[records.ImportBatch, service_jobs.Job]:
            info.context.require(Subject.REGISTER, Right.WRITE)
            wanted = node_id(input.import_id, EnterpriseImport, "importId")
            return await imports.undo(wanted)

        started, errors = await attempt(UndoEnterpriseImportErrorCode, act())
        return UndoEnterpriseImportPayload(
            enterprise_import=EnterpriseImport.of(started[0]) if started else None,
            job=Job.of(started[1]) if started else None,
            errors=errors,
        )

    @strawberry.mutation(description="Get the table to fill in, with choices and an example")
    async def prepare_import_template(
        self, info: Info, input: PrepareImportTemplateInput
    ) -> PrepareImportTemplatePayload:
        """See `service.register.imports.template_link`."""

        async def act() -> str:
            info.context.require(Subject.REGISTER, Right.WRITE)
            return await imports.template_link()

        url, errors = await attempt(PrepareImportTemplateErrorCode, act())
        return PrepareImportTemplatePayload(url=url, errors=errors)

    @strawberry.mutation(description="Have a filtered list of enterprises written into a file")
    async def export_enterprises(
        self, info: Info, input: ExportEnterprisesInput
    ) -> ExportEnterprisesPayload:
        """See `service.register.exports.ask`."""

        async def act() -> tuple[records.RegisterExport, service_jobs.Job]:
            info.context.require(Subject.REGISTER, Right.READ_OWN)
            role = info.context.principal.role
            if role not in EXPORTERS:
                raise Forbidden("only the staff of a town, a department or a committee may export")
            filters = filters_of(input.where or EnterpriseWhere())
            masked = role in OUTSIDE
            home = info.context.home
            return await exports.ask(home, filters, input.format.value, masked=masked)

        started, errors = await attempt(ExportEnterprisesErrorCode, act())
        return ExportEnterprisesPayload(
            export=EnterpriseExport.of(started[0]) if started else None,
            job=Job.of(started[1]) if started else None,
            errors=errors,
        )
