"""What can be done with an import: announce a file, have it checked, commit it, undo it.

The clerk's acts only start the work; `importing` does it in the background.
"""

from dataclasses import dataclass
from uuid import UUID

from service import audit, clock, jobs, outbox
from service.errors import Conflict, Invalid, NotFound, SafetyError
from service.ids import new_id
from service.register import workbook
from service.register.import_plan import ImportState
from service.register.records import ImportBatch
from service.register.sheet import MAX_BYTES
from service.storage import Bucket, SignedRequest, StoreUnavailable, store
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current

UPLOAD_SECONDS = 3600
DOWNLOAD_SECONDS = 600


class TooLarge(SafetyError):
    """The file is larger than an import may be."""

    code = "TOO_LARGE"


class StoreAway(SafetyError):
    """The object store does not answer; nothing was changed."""

    code = "STORE_AWAY"


class HasRefusedRows(SafetyError):
    """Some rows have faults, and nobody said that they are to be left out."""

    code = "HAS_REFUSED_ROWS"


@dataclass(frozen=True, slots=True)
class Begun:
    """A new import and the permission to send its file."""

    batch: ImportBatch
    request: SignedRequest


def upload_key(batch: ImportBatch) -> str:
    """Where the file of an import lies in the bucket of incoming objects."""
    return f"register/{batch.tenant_id}/imports/{batch.id}"


def annotated_key(batch: ImportBatch) -> str:
    """Where the marked file of an import lies in the bucket of derived objects."""
    return f"register/{batch.tenant_id}/imports/{batch.id}.xlsx"


async def begin(owner: Owner, filename: str, byte_length: int) -> Begun:
    """Announce a file; the permission to send it holds for an hour and for exactly its length.

    Raises:
        Invalid: no name, or no length.
        TooLarge: more than 20 MiB.
        StoreAway: the object store does not answer.
    """
    name = filename.strip()
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise Invalid("give the file's name, at most 200 characters", path=("input", "filename"))
    if byte_length < 1:
        raise Invalid("the file is empty", path=("input", "byteLength"))
    if byte_length > MAX_BYTES:
        raise TooLarge(
            f"an import has at most {MAX_BYTES >> 20} MiB; split the table",
            path=("input", "byteLength"),
        )
    at = clock.now()
    batch = ImportBatch(
        id=new_id(),
        **owned(owner),
        filename=name,
        byte_length=byte_length,
        created_by=current().scope.actor,
        created_at=at,
        updated_at=at,
    )
    try:
        request = await store().presign_put(
            Bucket.INCOMING, upload_key(batch), size=byte_length, seconds=UPLOAD_SECONDS
        )
    except StoreUnavailable as error:
        raise StoreAway("the object store does not answer; try again in a minute") from error
    await batch.save(force_create=True)
    await audit.record("register.import_begun", owner, "ImportBatch", batch.id)
    return Begun(batch, request)


async def check(batch_id: UUID) -> tuple[ImportBatch, jobs.Job]:
    """Have the file read and compared with the register; changes nothing in it.

    A file that was sent again is checked again.

    Raises:
        NotFound: no such import in this scope.
        Conflict: it is being worked on, or was committed.
    """
    can = (ImportState.AWAITING, ImportState.CHECKED, ImportState.UNREADABLE)
    return await _start(batch_id, can, ImportState.CHECKING, "check")


async def commit(batch_id: UUID, *, skip_refused: bool = False) -> tuple[ImportBatch, jobs.Job]:
    """Have the checked rows entered, all of them or none.

    Raises:
        NotFound: no such import in this scope.
        HasRefusedRows: rows have faults and `skip_refused` is not set.
        Conflict: it has not been checked, was committed, or has nothing to enter.
    """
    batch = await _locked(batch_id)
    if batch.state == ImportState.CHECKED.value:
        if batch.refused and not skip_refused:
            raise HasRefusedRows(
                f"{batch.refused} rows have faults: mend and send the file again, or skip them",
                path=("input", "skipRefused"),
            )
        if batch.refused == batch.total:
            raise Conflict("no row of the file can be entered", path=("input", "importId"))
    return await _start(batch_id, (ImportState.CHECKED,), ImportState.COMMITTING, "commit")


async def undo(batch_id: UUID) -> tuple[ImportBatch, jobs.Job]:
    """Have everything an import did taken back; what was changed since stays and is named.

    Raises:
        NotFound: no such import in this scope.
        Conflict: it was not committed, or was undone.
    """
    return await _start(batch_id, (ImportState.COMMITTED,), ImportState.UNDOING, "undo")


async def _locked(batch_id: UUID) -> ImportBatch:
    batch = await ImportBatch.filter(id=batch_id).select_for_update().get_or_none()
    if batch is None:
        raise NotFound("no such import", path=("input", "importId"))
    return batch


async def _start(
    batch_id: UUID, can: tuple[ImportState, ...], working: ImportState, step: str
) -> tuple[ImportBatch, jobs.Job]:
    batch = await _locked(batch_id)
    if batch.state not in {state.value for state in can}:
        raise Conflict(f"the import is {batch.state}", path=("input", "importId"))
    job = await jobs.start(batch.owner, f"register.import_{step}", total=batch.total)
    batch.state, batch.job_id, batch.updated_at = working.value, job.id, clock.now()
    if working is ImportState.CHECKING:  # a file that was sent again is kept anew
        batch.removed_on = None
    await batch.save(update_fields=["state", "job_id", "updated_at", "removed_on"])
    await audit.record(f"register.import_{step}_asked", batch.owner, "ImportBatch", batch.id)
    await outbox.emit(
        f"register.import_{step}_asked", batch.owner, {"import": str(batch.id), "job": str(job.id)}
    )
    return batch, job


async def annotated_link(batch: ImportBatch) -> str | None:
    """A link of ten minutes to the file with its faults marked; None where it has none."""
    if not batch.annotated or batch.removed_on is not None:
        return None
    stem = batch.filename.rsplit(".", 1)[0]
    return await store().presign_get(
        Bucket.DERIVED,
        annotated_key(batch),
        seconds=DOWNLOAD_SECONDS,
        filename=f"{stem}-标注.xlsx",
        content_type=workbook.XLSX,
    )


async def template_link() -> str:
    """A link of ten minutes to the template, which is the same for every town.

    Raises:
        StoreAway: the object store does not answer.
    """
    key = "register/template.xlsx"
    try:
        await store().put(Bucket.DERIVED, key, workbook.template(), workbook.XLSX)
        return await store().presign_get(
            Bucket.DERIVED,
            key,
            seconds=DOWNLOAD_SECONDS,
            filename="企业导入模板.xlsx",
            content_type=workbook.XLSX,
        )
    except StoreUnavailable as error:
        raise StoreAway("the object store does not answer; try again in a minute") from error
