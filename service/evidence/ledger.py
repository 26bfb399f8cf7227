"""The chain of custody in the database: one head per tenant, locked while a link is added."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from service import clock
from service.evidence.custody import GENESIS, Link, append
from service.evidence.records import CustodyEntry, CustodyHead
from service.ids import new_id
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current


class Act(StrEnum):
    """What happened to a piece of evidence."""

    DECLARED = "DECLARED"
    UPLOADED = "UPLOADED"
    SEALED = "SEALED"
    QUARANTINED = "QUARANTINED"
    ABANDONED = "ABANDONED"
    ACCESSED = "ACCESSED"
    BUNDLED = "BUNDLED"
    HELD = "HELD"
    RELEASED = "RELEASED"
    STAMPED = "STAMPED"
    BLURRED = "BLURRED"
    DESTROYED = "DESTROYED"


async def enter(owner: Owner, act: Act, evidence_id: UUID, **detail: Any) -> CustodyEntry:
    """Add one link to the chain of `owner` in the open transaction.

    `detail` holds digests, lengths, ids and instants, never names: bundles carry the text.
    Commands enter custody before they record in the audit chain, so that locks keep one order.
    """
    transaction = current()
    at = clock.now()
    # The first entry makes the head; every other one locks it, which the empty change does.
    (head,) = await transaction.fetch(
        "insert into custody_heads as h (id, tenant_id, district_id, seq, hash)"
        " values ($1, $1, $2, 0, $3)"
        " on conflict (tenant_id) do update set seq = h.seq returning h.seq, h.hash",
        owner.tenant_id,
        owner.district_id,
        GENESIS,
    )
    facts = {
        **detail,
        "act": act.value,
        "actor": transaction.scope.actor,
        "at": at,
        "evidence": str(evidence_id),
    }
    text = orjson.dumps(facts, option=orjson.OPT_SORT_KEYS, default=str).decode()
    link = append(head["hash"], head["seq"] + 1, text)
    await CustodyHead.filter(tenant_id=owner.tenant_id).update(seq=link.seq, hash=link.hash)
    return await CustodyEntry.create(
        id=new_id(),
        **owned(owner),
        seq=link.seq,
        at=at,
        actor=transaction.scope.actor,
        act=act.value,
        evidence_id=evidence_id,
        entry=text,
        entry_sha256=link.text_sha256,
        hash=link.hash,
    )


async def links(owner: Owner, tell: set[UUID]) -> tuple[str, list[Link]]:
    """The chain from the first to the last link about the evidence in `tell`.

    Links about other evidence come without their text.  Returns the hash before the first
    link, and the links in order, none if nothing is known of that evidence.
    """
    about = CustodyEntry.filter(tenant_id=owner.tenant_id, evidence_id__in=list(tell))
    first, last = await about.order_by("seq").first(), await about.order_by("-seq").first()
    if first is None or last is None:
        return GENESIS, []
    span = CustodyEntry.filter(tenant_id=owner.tenant_id, seq__lte=last.seq)
    before = await span.get_or_none(seq=first.seq - 1)
    rows = await span.filter(seq__gte=first.seq).order_by("seq")
    return before.hash if before else GENESIS, [
        Link(row.seq, row.entry_sha256, row.hash, row.entry if row.evidence_id in tell else None)
        for row in rows
    ]
