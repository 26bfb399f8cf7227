"""What can be done in public: announce what happened to an entry."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from uuid import UUID

from service import clock, outbox
from service.ids import new_id
from service.publication.events import SHOWING, EventKind, PublicEvent
from service.publication.records import PublicationEvent
from service.publication.redaction import (
    CURRENT_POLICY,
    SALT,
    FullRecord,
    ending_record,
    public_record,
    record_commitment,
)
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current

QUEUE_LOCK = 0x7075  # first key of the advisory lock that keeps a district's events in order


@dataclass(frozen=True, slots=True)
class News:
    """What happened to an entry, with all that is known of it; `reason` only where it ends.

    `subject_id` is the case behind it; `since` the instant of its first publication, None when
    that is now.
    """

    subject_id: UUID
    entry_id: UUID
    kind: EventKind
    publication: str
    party_kind: str
    fields: dict[str, str]
    persons: tuple[str, ...]
    reason: str = ""
    since: datetime | None = None


async def announce(owner: Owner, news: News) -> PublicationEvent:
    """Redact `news` and put it into the district's queue, in the order of commits.

    Call it before `audit.record` in a command, since it takes the lock of the district and
    keeps it until the transaction ends.
    """
    seq = await next_number(owner)
    at, salt, secret = clock.now(), token_bytes(SALT), token_bytes(SALT)
    full = FullRecord(news.publication, news.party_kind, news.fields, news.persons, secret)
    shows = news.kind in SHOWING
    record = public_record(full) if shows else ending_record(full, news.reason)
    identity = new_id()
    made = PublicEvent(
        identity,
        news.entry_id,
        news.kind,
        news.publication,
        at,
        record_commitment(record, salt),
    )
    row = await PublicationEvent.create(
        id=identity,
        **owned(owner),
        seq=seq,
        entry_id=news.entry_id,
        subject_id=news.subject_id,
        kind=news.kind.value,
        publication=news.publication,
        at=at,
        since=news.since or at,
        policy=CURRENT_POLICY,
        full={
            "party_kind": news.party_kind,
            "fields": news.fields,
            "persons": list(news.persons),
        },
        secret=secret.hex(),
        record=record,
        salt=salt.hex(),
        leaf=made.leaf().decode(),
    )
    await outbox.emit("publication.announced", owner, {"event": str(identity)})
    return row


async def next_number(owner: Owner) -> int:
    """Take the district's lock, and the next number of its queue.

    The number is drawn from the lock's row, so only once the lock is held: numbers follow the
    order in which transactions commit.
    """
    (drawn,) = await current().fetch(
        "with held as materialized (select pg_advisory_xact_lock($1, hashtext($2)))"
        " select nextval('publication_event_seq') as seq from held",
        QUEUE_LOCK,
        str(owner.district_id),
    )
    return int(drawn["seq"])
