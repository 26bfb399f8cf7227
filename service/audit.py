"""Audit (审计): one entry per act, in the act's own transaction, chained by hash per tenant.

An entry's hash is SHA-256 over the previous hash (64 hex digits), the sequence number and the
entry's exact text, joined by line feeds; so removing, changing or reordering one breaks all
that follow.  The chain is appended by the SQL function `app.append_audit`, in one round trip.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from tortoise import fields

from service import clock, closing
from service.correlation import correlation_id
from tenants.records import TenantOwned
from tenants.scope import Owner
from tenants.wall import current

GENESIS = "0" * 64


class AuditHead(TenantOwned):
    """Last link of the audit chain of one tenant."""

    seq = fields.BigIntField()
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "audit_heads"


class AuditEntry(TenantOwned):
    """Act of a person, an application or a worker on the objects of one tenant."""

    seq = fields.BigIntField()
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)
    act = fields.CharField(max_length=80)
    subject = fields.CharField(max_length=120)
    entry = fields.TextField()
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "audit_entries"


async def record(
    act: str, owner: Owner, subject: str, subject_id: UUID | str, **detail: Any
) -> None:
    """Append one entry to the chain of `owner` in the open transaction.

    `act` is past tense with its area (`blacklist.proposed`); `detail` holds ids, states and
    numbers, never names, phones or file contents.  Locks the head of the chain, so commands
    that touch several tenants record in the order of their ids.  An act that holds back what it
    leaves behind (`service.closing`) appends its entries before it commits.
    """
    transaction = current()
    at = clock.now()
    text = orjson.dumps(
        {
            "act": act,
            "actor": transaction.scope.actor,
            "at": at,
            "correlation": correlation_id(),
            "detail": detail,
            "subject": f"{subject}:{subject_id}",
        },
        option=orjson.OPT_SORT_KEYS,
        default=str,
    ).decode()
    noted = closing.Noted(owner, at, transaction.scope.actor, act, f"{subject}:{subject_id}", text)
    if transaction.keep is not None:
        transaction.held.append(noted)
        return
    await transaction.client.execute_query(
        "select app.append_audit($1, $2, $3, $4, $5, $6, $7)", list(noted.columns())
    )


def link(previous: str, seq: int, text: str) -> str:
    """Hash of the entry that follows `previous` in a chain."""
    return sha256(f"{previous}\n{seq}\n{text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Outcome of walking a chain; `broken_at` is the first sequence number that does not fit."""

    entries: int
    head: str
    broken_at: int | None


async def verify(owner: Owner) -> ChainReport:
    """Walk the chain of one tenant inside the open transaction, first entry to head."""
    previous, expected = GENESIS, 1
    entries = await AuditEntry.filter(tenant_id=owner.tenant_id).order_by("seq")
    for entry in entries:
        if entry.seq != expected or link(previous, entry.seq, entry.entry) != entry.hash:
            return ChainReport(len(entries), previous, expected)
        previous, expected = entry.hash, expected + 1
    head = await AuditHead.get_or_none(tenant_id=owner.tenant_id)
    cut = head is not None and (head.seq != len(entries) or head.hash != previous)
    return ChainReport(len(entries), previous, expected if cut else None)
