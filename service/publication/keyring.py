"""Keys of a district's log, and how one is handed over to the next (密钥轮换).

The seeds are secrets of the deployment, oldest first in `ANSHANG_PUBLICATION_KEY`; which of them
a district has used, and since which entry, stands in its tables and, signed, in its feed.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from service import audit, clock
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.publication.events import instant
from service.publication.notes import Keyring, Signer, VerifierKey, VerifierKeys
from service.publication.records import PublicationHead, PublicationKey
from service.publication.tlog import EMPTY_ROOT, LogCorrupted
from service.settings import settings
from tenants.records import owned
from tenants.scope import Owner

OVERLAP = timedelta(days=90)
HANDOVER = "handover"  # follows the log's name in the first line of a hand-over statement
SEED = 32  # bytes


@dataclass(frozen=True, slots=True)
class Rotation:
    """A key took over from another; `until` is when the old one stops signing beside it."""

    old: str
    new: str
    size: int
    until: datetime | None


def seeds() -> list[bytes]:
    """The configured seeds, oldest first.

    Raises:
        LogCorrupted: there is none, or one is malformed.
    """
    written = settings().publication_key.get_secret_value()
    try:
        found = [bytes.fromhex(part.strip()) for part in written.split(",")]
    except ValueError:
        found = []
    if not found or any(len(seed) != SEED for seed in found):
        raise LogCorrupted(
            "set ANSHANG_PUBLICATION_KEY to 32 bytes in hex before publishing,"
            " or to several such seeds with commas between them, the oldest first"
        )
    return found


def signer_of(origin: str) -> Keyring:
    """Every configured key under the name of a log: whoever only reads accepts any of them.

    Raises:
        LogCorrupted: no signing key is configured.
    """
    signers = tuple(Signer(origin, seed) for seed in reversed(seeds()))
    return Keyring(signers, VerifierKeys(tuple(one.verifier_key for one in signers)))


async def keyring_of(head: PublicationHead) -> Keyring:
    """The keys of a district's log by its own table; its first key is noted on the first use.

    Raises:
        LogCorrupted: the seed of its present key is not configured.
    """
    rows = await _rows(head)
    private = {str(one.verifier_key): one for one in signer_of(head.origin).signers}
    if not rows:
        # A log that was written before keys could change has the oldest one.
        seed = seeds()[0] if head.logged_size else seeds()[-1]
        rows = [await _keep(head, Signer(head.origin, seed), [], "", None)]
    if rows[-1].key not in private:
        raise LogCorrupted(
            f"ANSHANG_PUBLICATION_KEY lacks the seed of {rows[-1].key}, which signs {head.origin};"
            " add it, or see docs/proofs.md for a lost key"
        )
    now = clock.now()
    ended = [before for before, after in pairwise(rows) if _over(after, now)]
    signing = [row.key for row in reversed(rows) if row not in ended and row.key in private]
    keys = VerifierKeys(tuple(VerifierKey.parse(row.key) for row in reversed(rows)))
    return Keyring(tuple(private[key] for key in signing), keys)


async def handovers(head: PublicationHead) -> list[str]:
    """The signed statements by which the keys of a log followed one another, oldest first."""
    return [row.statement for row in await _rows(head) if row.statement]


async def rotate(office: Owner, overlap: timedelta = OVERLAP, *, abandon: bool = False) -> Rotation:
    """Hand a district's log over to the newest configured key, in the open transaction.

    The caller holds the publisher's lock.  `abandon` is for a key that was lost or stolen: it
    neither signs the statement nor anything after it, so readers must be given the new key
    another way.

    Raises:
        NotFound: nothing was ever published here.
        Invalid: the overlap is negative.
        Conflict: there is no newer seed than the one in use, or the old one is missing.
    """
    head = await PublicationHead.get_or_none(tenant_id=office.tenant_id)
    if head is None:
        raise NotFound("the district has no log yet; its first key is the newest seed")
    if overlap < timedelta(0):
        raise Invalid("an overlap cannot be negative")
    rows = await _rows(head) or [await _first(head)]
    signers = signer_of(head.origin).signers
    new, old = signers[0], next((s for s in signers if str(s.verifier_key) == rows[-1].key), None)
    if any(str(new.verifier_key) == row.key for row in rows):
        raise Conflict(
            "the newest seed is in use already; append one made by `openssl rand -hex 32` to"
            " ANSHANG_PUBLICATION_KEY after a comma, restart every process, and repeat"
        )
    if old is None and not abandon:
        raise Conflict(
            "the seed of the present key is not configured, so it cannot hand over; add it in"
            " front, or give --abandon if it is lost"
        )
    until = None if abandon else clock.now() + overlap
    text = _statement(head, rows[-1].key, str(new.verifier_key), until)
    signed = f"{text}\n" + "".join(
        signer.line(text) for signer in (new, old) if signer and not (abandon and signer is old)
    )
    await _keep(head, new, rows, signed, until)
    await audit.record(
        "publication.key_rotated", office, "PublicationHead", head.id, size=head.logged_size
    )
    return Rotation(rows[-1].key, str(new.verifier_key), head.logged_size, until)


async def _first(head: PublicationHead) -> PublicationKey:
    await keyring_of(head)
    return (await _rows(head))[0]


async def _rows(head: PublicationHead) -> list[PublicationKey]:
    return list(await PublicationKey.filter(tenant_id=head.tenant_id).order_by("generation"))


async def _keep(
    head: PublicationHead,
    signer: Signer,
    before: Sequence[PublicationKey],
    statement: str,
    until: datetime | None,
) -> PublicationKey:
    return await PublicationKey.create(
        id=new_id(),
        **owned(Owner(head.tenant_id, head.district_id)),
        generation=len(before) + 1,
        key=str(signer.verifier_key),
        first_size=head.logged_size,
        since=clock.now(),
        until=until,
        statement=statement,
    )


def _over(successor: PublicationKey, now: datetime) -> bool:
    """Whether the key before this one has stopped signing."""
    return successor.until is None or successor.until <= now


def _statement(head: PublicationHead, old: str, new: str, until: datetime | None) -> str:
    root = bytes.fromhex(head.root) if head.root else EMPTY_ROOT
    lines = [
        f"{head.origin}/{HANDOVER}",
        f"old {old}",
        f"new {new}",
        f"size {head.logged_size}",
        f"root {b64encode(root).decode()}",
        f"at {instant(clock.now())}",
        f"until {instant(until) if until else 'now'}",
    ]
    return "\n".join(lines) + "\n"
