"""How much room the evidence of a tenant takes, and how much it may (配额)."""

from dataclasses import dataclass

from service import clock
from service.administration.queries import setting
from service.evidence.records import EvidenceUsage
from service.evidence.rules import GIB, QuotaExceeded
from tenants.scope import Owner
from tenants.wall import current


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes and pieces that a tenant's evidence occupies or has announced, and its quota."""

    byte_length: int
    pieces: int
    quota_bytes: int


async def usage(owner: Owner) -> Usage:
    """What the tenant takes now."""
    row = await EvidenceUsage.get_or_none(tenant_id=owner.tenant_id)
    quota = await _quota(owner)
    return Usage(row.byte_length, row.pieces, quota) if row else Usage(0, 0, quota)


async def check_room(owner: Owner, byte_length: int) -> None:
    """Refuse a file that would not fit now, before anything is begun for it.

    Raises:
        QuotaExceeded: as said.
    """
    taken = await usage(owner)
    _check(taken.byte_length + byte_length, taken.quota_bytes)


async def reserve(owner: Owner, byte_length: int) -> None:
    """Count an announced file in the open transaction; the counter's row is locked until its end.

    Raises:
        QuotaExceeded: it would not fit; nothing is counted.
    """
    rows = await current().fetch(
        "insert into evidence_usage as u (id, tenant_id, district_id, byte_length, pieces)"
        " values ($1, $1, $2, $3, 1) on conflict (tenant_id) do update"
        " set byte_length = u.byte_length + excluded.byte_length, pieces = u.pieces + 1"
        " returning byte_length",
        owner.tenant_id,
        owner.district_id,
        byte_length,
    )
    _check(rows[0]["byte_length"], await _quota(owner))


def _check(wanted: int, quota: int) -> None:
    if wanted > quota:
        raise QuotaExceeded(
            f"the town's evidence may take {quota // GIB} GiB and would take more with this file;"
            " raise evidence.quota_gib or let finished cases run out",
            path=("input", "byteLength"),
        )


async def release(owner: Owner, byte_length: int) -> None:
    """Take a file out of the count that was abandoned or destroyed."""
    await current().fetch(
        "update evidence_usage set byte_length = byte_length - $2, pieces = pieces - 1"
        " where tenant_id = $1 returning pieces",
        owner.tenant_id,
        byte_length,
    )


async def _quota(owner: Owner) -> int:
    gib = await setting(owner, "evidence.quota_gib", clock.legal_day(clock.now()))
    assert isinstance(gib, int)
    return gib * GIB
