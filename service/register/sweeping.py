"""Files of the register are not kept for ever: what was sent in or taken out goes after its time.

An uploaded list and an exported one hold names and telephone numbers; they are kept as long as the
purpose needs (个人信息保护法 art. 19), by default 30 days.  Rows, history and the undoing of an
import do not need the file.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from tortoise.queryset import QuerySet

from service import audit, clock
from service.administration.queries import setting
from service.register import exports, imports
from service.register.records import ImportBatch, RegisterExport
from service.storage import Bucket, store
from tenants.directory import owners, town_scope
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

SETTING = "register.file_days"
ACTOR = "task:register.sweep_files"
AT_ONCE = 500  # files of one town and run; the rest goes with the next
_WORKING = ("CHECKING", "COMMITTING", "UNDOING")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Usage:
    """Files of one desk that are kept, their bytes, and the day from which the oldest goes."""

    imports: int
    exports: int
    bytes: int
    days: int
    next_on: date | None


async def sweep(owner: Owner, scope: Scope) -> int:
    """Remove the files of one tenant whose time is over; returns of how many entries.

    Objects go first and the entry says so afterwards, so that a run that dies is made up.
    """
    async with tenant_transaction(scope, read_only=True):
        before = await _cutoff(owner)
        batches = await _batches(owner, before).order_by("id").limit(AT_ONCE)
        lists = await _exports(owner, before).order_by("id").limit(AT_ONCE)
    for batch in batches:
        await store().delete(Bucket.INCOMING, imports.upload_key(batch))
        await store().delete(Bucket.DERIVED, imports.annotated_key(batch))
    for row in lists:
        await store().delete(Bucket.DERIVED, exports.key_of(row))
    if not batches and not lists:
        return 0
    async with tenant_transaction(scope):
        today = clock.legal_day(clock.now())
        # What somebody sent again meanwhile is younger and keeps its file.
        await _batches(owner, before).filter(id__in=_ids(batches)).update(removed_on=today)
        await _exports(owner, before).filter(id__in=_ids(lists)).update(removed_on=today)
        await audit.record(
            "register.files_removed", owner, "Tenant", owner.tenant_id,
            imports=len(batches), exports=len(lists),
        )  # fmt: skip
    log.info("register files removed", tenant=str(owner.tenant_id), imports=len(batches),
             exports=len(lists))  # fmt: skip
    return len(batches) + len(lists)


async def sweep_everywhere() -> None:
    """The same for every tenant of the platform."""
    for owner in await owners(ACTOR):
        await sweep(owner, await town_scope(owner.tenant_id, ACTOR))


async def usage(owner: Owner) -> Usage:
    """What a desk keeps in files, in three statements."""
    days = await _days(owner)
    ever = clock.now() + timedelta(days=1)
    batches = await _batches(owner, ever)
    lists = await _exports(owner, ever)
    oldest = min(
        [row.updated_at for row in batches] + [row.created_at for row in lists], default=None
    )
    return Usage(
        len(batches),
        len(lists),
        sum(row.byte_length for row in batches) + sum(row.byte_length for row in lists),
        days,
        clock.legal_day(oldest) + timedelta(days=days) if oldest else None,
    )


async def _days(owner: Owner) -> int:
    days = await setting(owner, SETTING)
    assert isinstance(days, int)
    return days


async def _cutoff(owner: Owner) -> datetime:
    return clock.now() - timedelta(days=await _days(owner))


def _batches(owner: Owner, before: datetime) -> QuerySet[ImportBatch]:
    found = ImportBatch.filter(tenant_id=owner.tenant_id, removed_on=None, updated_at__lt=before)
    return found.exclude(state__in=_WORKING)


def _exports(owner: Owner, before: datetime) -> QuerySet[RegisterExport]:
    return RegisterExport.filter(
        tenant_id=owner.tenant_id, removed_on=None, state="READY", created_at__lt=before
    )


def _ids(rows: list[ImportBatch] | list[RegisterExport]) -> list[UUID]:
    return [row.id for row in rows]
