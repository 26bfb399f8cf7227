"""Anchors (存证锚定): the heads of a tenant's own hash chains, committed to in the public log.

The log says only that something was committed to at that instant: whose chains, how long they
were and what they ended in is in a record that stays with the tenant, which can open it in court.
"""

from dataclasses import dataclass
from secrets import token_bytes
from typing import Any

from service import clock, outbox
from service.ids import new_id
from service.publication import queries
from service.publication.commands import next_number
from service.publication.events import EventKind, PublicEvent
from service.publication.keyring import signer_of
from service.publication.publisher import publisher_scope
from service.publication.records import PublicationEvent, PublicationLeaf
from service.publication.redaction import CURRENT_POLICY, SALT, record_commitment
from tenants.records import District, owned
from tenants.scope import Owner
from tenants.wall import tenant_transaction

CLASS = "EVIDENCE_CHAINS"  # stands in the leaf where publications have their class


@dataclass(frozen=True, slots=True)
class Anchored:
    """An anchor with all that an outsider needs to check it without the network."""

    leaf: str
    salt: str
    record: dict[str, Any]
    index: int
    proof: list[str]
    checkpoint: str
    key: str


async def anchor(owner: Owner, chains: dict[str, dict[str, Any]]) -> PublicationEvent:
    """Commit to the heads of chains by name, in the open transaction.

    Takes the lock of the district and keeps it until the transaction ends, like `announce`.
    """
    seq = await next_number(owner)
    at, salt, identity = clock.now(), token_bytes(SALT), new_id()
    record = {"chains": chains, "tenant": str(owner.tenant_id)}
    made = PublicEvent(
        identity, identity, EventKind.ANCHOR, CLASS, at, record_commitment(record, salt)
    )
    row = await PublicationEvent.create(
        id=identity,
        **owned(owner),
        seq=seq,
        entry_id=identity,
        subject_id=owner.tenant_id,
        kind=EventKind.ANCHOR.value,
        publication=CLASS,
        at=at,
        since=at,
        policy=CURRENT_POLICY,
        full={},
        secret="",
        record=record,
        salt=salt.hex(),
        leaf=made.leaf().decode(),
    )
    await outbox.emit("publication.announced", owner, {"event": str(identity)})
    return row


async def anchors(owner: Owner) -> list[PublicationEvent]:
    """The anchors of a tenant, oldest first, in the open transaction."""
    found = PublicationEvent.filter(tenant_id=owner.tenant_id, kind=EventKind.ANCHOR.value)
    return list(await found.order_by("seq"))


async def proved(event: PublicationEvent) -> Anchored | None:
    """The anchor with its proof, None while it is not in the published log."""
    scope = await publisher_scope(event.district_id, "anchors")
    assert scope.home is not None
    async with tenant_transaction(scope, read_only=True):
        code = (await District.get(id=event.district_id)).code
        row = await PublicationLeaf.get_or_none(tenant_id=scope.home.tenant_id, event_id=event.id)
    log = await queries.public_log(code)
    if log is None or row is None or row.leaf_index >= log.checkpoint.size:
        return None
    place = row.leaf_index
    key = signer_of(log.checkpoint.origin).verifier_key.signing(log.note)
    proof = [one.hex() for one in await log.tiles.proof(place)]
    return Anchored(event.leaf, event.salt, event.record, place, proof, log.note, str(key))
