"""Access receipts: a town sees who from above read its files, when and for what purpose."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.queryset import QuerySet

from service import audit, clock
from service.errors import Invalid
from service.ids import new_id
from tenants.records import TenantOwned, owned
from tenants.scope import Owner
from tenants.wall import current

PURPOSE_MINIMUM = 6  # characters; "查看" is no purpose


class AccessReceipt(TenantOwned):
    """Reading of one file of a town by somebody outside it."""

    reader = fields.CharField(max_length=120)
    reader_name = fields.CharField(max_length=100)
    subject = fields.CharField(max_length=120)
    purpose = fields.CharField(max_length=400)
    at = fields.DatetimeField()

    class Meta:
        table = "access_receipts"


def check_purpose(purpose: str) -> str:
    """The purpose without outer blanks.

    Raises:
        Invalid: too short to mean anything, or longer than 400 characters.
    """
    trimmed = purpose.strip()
    if not PURPOSE_MINIMUM <= len(trimmed) <= 400:
        raise Invalid(
            f"state the purpose of reading in {PURPOSE_MINIMUM} to 400 characters",
            path=("input", "purpose"),
        )
    return trimmed


async def leave(
    town: Owner, reader_name: str, subject: str, subject_id: UUID, purpose: str
) -> UUID:
    """Leave a receipt with the town whose file is about to be shown; returns its id.

    The only write that row security allows into a tenant that one may read but not write.  It
    commits with the answer that shows the file, and the reader's own chain records it too.

    Raises:
        Invalid: the purpose says nothing.
    """
    reader = current().scope
    row = await AccessReceipt.create(
        id=new_id(),
        **owned(town),
        reader=reader.actor,
        reader_name=reader_name[:100],
        subject=f"{subject}:{subject_id}",
        purpose=check_purpose(purpose),
        at=clock.now(),
    )
    if reader.home is not None:
        await audit.record(
            "receipts.file_read", reader.home, subject, subject_id, town=str(town.tenant_id)
        )
    return row.id


async def has_read(town: Owner, subject: str, subject_id: UUID, *, since: datetime) -> bool:
    """Whether whoever acts here has read this file of a town for a purpose since then."""
    return await AccessReceipt.exists(
        tenant_id=town.tenant_id,
        reader=current().scope.actor,
        subject=f"{subject}:{subject_id}",
        at__gte=since,
    )


def receipts() -> QuerySet[AccessReceipt]:
    """Receipts in scope."""
    return AccessReceipt.all()
