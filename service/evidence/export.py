"""Bundles of sealed evidence, made of what the database and the store hold."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import BinaryIO
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service import audit, clock
from service.errors import NotFound
from service.evidence import verify_bundle as layout
from service.evidence.anchoring import anchor_of
from service.evidence.bundle import BundleWriter, Item, Stamp
from service.evidence.ledger import Act, enter, links
from service.evidence.queries import timestamps_of
from service.evidence.records import Evidence, EvidenceTimestamp
from service.evidence.rules import State
from service.publication import keyring
from service.settings import settings
from service.storage import Bucket, store
from tenants.directory import owners, town_scope
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Bundled:
    """What a bundle holds: pieces of evidence, their bytes, and whether it is signed."""

    pieces: int
    byte_length: int
    signed: bool


async def owner_of_subject(subject_id: UUID, actor: str) -> Owner:
    """The tenant that holds sealed evidence of a visit or case, looked for in every tenant.

    Raises:
        NotFound: none does.
    """
    for owner in await owners(actor):
        scope = await town_scope(owner.tenant_id, actor)
        async with tenant_transaction(scope, read_only=True):
            if await Evidence.filter(subject_id=subject_id, state=State.SEALED).exists():
                return owner
    raise NotFound("no sealed evidence belongs to this visit or case; check its id")


async def total_length(scope: Scope, subject_id: UUID) -> int:
    """Bytes of all sealed evidence of a visit or case."""
    async with tenant_transaction(scope, read_only=True):
        return sum(row.byte_length for row in await _sealed(subject_id))


async def write_bundle(
    scope: Scope, owner: Owner, subject_id: UUID, out: BinaryIO, progress: Progress | None = None
) -> Bundled:
    """Write all sealed evidence of a visit or case, with its custody, to a seekable file.

    The making of the bundle is itself an entry of custody, the last one in it.  `progress`
    hears of the bytes written.

    Raises:
        NotFound: there is none.
        BundleBroken: a sealed object is not what was sealed.
        StoreError: the store fails or has lost an object.
    """
    made_at = clock.now()
    async with tenant_transaction(scope):
        rows = await _sealed(subject_id)
        if not rows:
            raise NotFound("no sealed evidence belongs to this visit or case; check its id")
        for row in rows:
            await enter(owner, Act.BUNDLED, row.id, sha256=row.sha256)
        previous, chain = await links(owner, {row.id for row in rows})
        stamps = await timestamps_of(row.id for row in rows)
        await audit.record(
            "evidence.bundled", owner, rows[0].subject_kind, subject_id, pieces=len(rows)
        )
    bundle = BundleWriter(out)
    for row in rows:
        piece = bundle.begin(_item(row, stamps.get(row.id)))
        async for data in store().open_stream(Bucket.SEALED, row.key):
            piece.write(data)
            if progress is not None:
                progress(len(data))
        piece.finish()
    for row in rows:
        if row.id in stamps:
            bundle.add(_stamp_path(row), stamps[row.id].token)
    anchored = await anchor_of(owner, chain)
    if anchored is not None:
        bundle.add(layout.ANCHOR, orjson.dumps(asdict(anchored), option=orjson.OPT_SORT_KEYS))
    about = {
        "tenant": str(owner.tenant_id),
        "subject": {"kind": rows[0].subject_kind, "id": str(subject_id)},
        "made_at": made_at.isoformat(),
    }
    key = _key()
    bundle.finish(about, chain, previous, key)
    return Bundled(len(rows), sum(row.byte_length for row in rows), key is not None)


async def _sealed(subject_id: UUID) -> list[Evidence]:
    found = Evidence.filter(subject_id=subject_id, state=State.SEALED.value)
    return list(await found.order_by("id"))


def _stamp_path(row: Evidence) -> str:
    return f"timestamps/{row.id}.tsr"


def _item(row: Evidence, stamp: EvidenceTimestamp | None) -> Item:
    assert row.decided_at is not None
    told = None
    if stamp is not None:
        told = Stamp(_stamp_path(row), stamp.authority, stamp.stamped_at.isoformat())
    return Item(
        id=str(row.id),
        filename=row.filename,
        media_type=row.media_type,
        byte_length=row.byte_length,
        sha256=row.sha256,
        captured_at=row.captured_at.isoformat(),
        sealed_at=row.decided_at.isoformat(),
        scan=row.scan,
        latitude=row.latitude,
        longitude=row.longitude,
        timestamp=told,
    )


def _key() -> Ed25519PrivateKey | None:
    """The key that also signs the public log, so that outsiders know its public half."""
    if not settings().publication_key.get_secret_value():
        return None
    return Ed25519PrivateKey.from_private_bytes(keyring.seeds()[-1])
