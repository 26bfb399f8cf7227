"""Anchoring the chains of a tenant, custody and audit, in the public log of its district."""

from collections.abc import Sequence
from typing import Any

from service.audit import AuditHead
from service.evidence.custody import Link
from service.evidence.records import CustodyHead
from service.publication import anchors
from service.publication.anchors import Anchored
from tenants.directory import town_scope
from tenants.scope import Owner
from tenants.wall import tenant_transaction


async def anchor(owner: Owner) -> bool:
    """Commit to where the tenant's chains stand now; whether they went on since the last time.

    Safe to run twice: chains that did not move are not anchored again.
    """
    scope = await town_scope(owner.tenant_id, "task:evidence.anchor")
    async with tenant_transaction(scope):
        heads = {
            "audit": await AuditHead.get_or_none(tenant_id=owner.tenant_id),
            "custody": await CustodyHead.get_or_none(tenant_id=owner.tenant_id),
        }
        chains = {
            name: {"seq": head.seq, "hash": head.hash} for name, head in heads.items() if head
        }
        before = await anchors.anchors(owner)
        if not chains or (before and before[-1].record["chains"] == chains):
            return False
        await anchors.anchor(owner, chains)
        return True


async def anchor_of(owner: Owner, links: Sequence[Link]) -> Anchored | None:
    """The published anchor that says most of a stretch of custody, with its proof.

    That is the first one over all that was sealed there: it states the earliest time.  Where none
    covers all, the last one that covers something.
    """
    scope = await town_scope(owner.tenant_id, "task:evidence.anchor")
    async with tenant_transaction(scope, read_only=True):
        known = await anchors.anchors(owner)
    span = range(links[0].seq, links[-1].seq + 1) if links else range(0)
    fit = [one for one in known if _custody(one.record) in span]
    sealed = max((one.seq for one in links if '"act":"SEALED"' in (one.text or "")), default=0)
    whole = [one for one in fit if _custody(one.record) >= sealed]
    for event in [*whole, *reversed([one for one in fit if one not in whole])]:
        if found := await anchors.proved(event):
            return found
    return None


def _custody(record: dict[str, Any]) -> int:
    return int(record["chains"].get("custody", {}).get("seq", 0))
