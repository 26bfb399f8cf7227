"""Rules of the change feed: what it watches, its cursor, and what a change of rights means.

A cursor holds the place in each town's audit chain, a mark of the entry there, and the kinds of
objects that were served.  Comparing it with the towns and kinds of today tells what the client
must drop (`LOST`) and what it must read anew (`RESYNC`), whatever happened to its rights meanwhile.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from uuid import UUID

from service.errors import SafetyError
from tenants.rights import Subject

SCANNED = 20_000
"""Audit entries that one request looks at, all towns together."""
SCANNED_EACH = 200
"""Audit entries of each town at least."""
MOST_TOWNS = 500
VERSION = 1
NO_MARK = b"\0\0\0\0"
MARK_BYTES = 4


class CursorUnknown(SafetyError):
    """Not a cursor of the change feed."""

    code = "CURSOR"


class CursorExpired(SafetyError):
    """Changes after the cursor are older than what the feed keeps."""

    code = "CURSOR_EXPIRED"


class TooManyTowns(SafetyError):
    """More towns than one cursor can hold."""

    code = "TOO_MANY_TENANTS"


class ChangedKind(Enum):
    """Kinds of objects that the feed watches."""

    ENTERPRISE = "ENTERPRISE"
    PREMISES = "PREMISES"
    HAZARD = "HAZARD"
    RISK_POINT = "RISK_POINT"
    INSPECTION = "INSPECTION"
    CASE = "CASE"
    ACCIDENT = "ACCIDENT"
    ASSET = "ASSET"
    SUPERVISION_ORDER = "SUPERVISION_ORDER"
    STANDARDISATION_CERT = "STANDARDISATION_CERT"


class What(Enum):
    """What a change asks of the client."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    REMOVED = "REMOVED"
    RESYNC = "RESYNC"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class Watched:
    """How changes of one kind are known in the audit chain."""

    bit: int
    """Its place in a cursor, never given to another kind."""
    type_name: str
    """Of the type in the schema, which is the subject of its audit entries too."""
    subject: Subject
    area: str
    """Capability whose acts change what the type shows; acts of others are none of its readers'."""
    created: str
    bulk: frozenset[str] = frozenset()
    """Acts that change many at once, with one entry for all."""


IMPORTS = frozenset({"register.import_committed", "register.import_undone"})
WATCHED: Mapping[ChangedKind, Watched] = {
    ChangedKind.ENTERPRISE: Watched(
        0, "Enterprise", Subject.REGISTER, "register", "register.enterprise_enrolled", IMPORTS
    ),
    ChangedKind.PREMISES: Watched(
        1, "Premises", Subject.REGISTER, "register", "register.premises_added", IMPORTS
    ),
    ChangedKind.HAZARD: Watched(2, "Hazard", Subject.HAZARD, "hazards", "hazards.reported"),
    ChangedKind.RISK_POINT: Watched(3, "RiskPoint", Subject.HAZARD, "risks", "risks.identified"),
    ChangedKind.INSPECTION: Watched(
        4, "Inspection", Subject.INSPECTION, "inspections", "inspections.planned"
    ),
    ChangedKind.CASE: Watched(5, "PenaltyCase", Subject.CASE, "cases", "cases.filed"),
    ChangedKind.ACCIDENT: Watched(
        6, "Accident", Subject.ACCIDENT, "accidents", "accidents.reported"
    ),
    ChangedKind.ASSET: Watched(7, "Asset", Subject.ASSET, "assets", "assets.registered"),
    ChangedKind.SUPERVISION_ORDER: Watched(
        8, "SupervisionOrder", Subject.SUPERVISION, "supervision", "supervision.proposed"
    ),
    ChangedKind.STANDARDISATION_CERT: Watched(
        9,
        "StandardisationCert",
        Subject.STANDARDISATION,
        "standardisation",
        "standardisation.applied",
    ),
}
Kinds = frozenset[ChangedKind]
NOTHING: Kinds = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """How far a client has read one town, and which kinds of it."""

    seq: int
    mark: bytes
    kinds: Kinds


Places = dict[UUID, Place]


@dataclass(frozen=True, slots=True)
class Chain:
    """A town's audit chain as one snapshot shows it, from a client's place on."""

    head: int
    head_mark: bytes
    mark: bytes | None
    """Of the entry at the place; None where it is not to be seen."""
    unread: int
    """Entries seen between the place and `upto`."""
    upto: int
    """Last entry that this request looks at."""
    upto_mark: bytes
    oldest: datetime | None
    """Instant of the oldest of them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the feed."""

    what: What
    tenant_id: UUID
    kinds: Kinds
    at: datetime
    object_id: UUID | None = None
    after: Places | None = None
    """Places once the client has taken it in."""


def mark_of(text: str | None) -> bytes:
    """The first bytes of an entry's hash."""
    return bytes.fromhex(text[: 2 * MARK_BYTES]) if text else NO_MARK


def encode(places: Places) -> str:
    """The cursor of these places."""
    parts = [bytes([VERSION])]
    for tenant, place in sorted(places.items()):
        mask = sum(1 << WATCHED[kind].bit for kind in place.kinds)
        parts += [tenant.bytes, _varint(place.seq), place.mark, _varint(mask)]
    return base64.urlsafe_b64encode(b"".join(parts)).decode().rstrip("=")


def decode(cursor: str) -> Places:
    """The places of a cursor; kinds that are no longer watched are left out.

    Raises:
        CursorUnknown: not one of the feed's.
    """
    try:
        if not cursor.isascii():
            raise ValueError("not base64")
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return _places(raw)
    except (ValueError, IndexError, binascii.Error) as error:
        raise CursorUnknown("this is not a cursor of the change feed") from error


def _places(raw: bytes) -> Places:
    if raw[0] != VERSION:
        raise ValueError("another version")
    found: Places = {}
    at = 1
    while at < len(raw):
        tenant = UUID(bytes=raw[at : at + 16])
        seq, at = _read_varint(raw, at + 16)
        mark = raw[at : at + MARK_BYTES]
        mask, at = _read_varint(raw, at + MARK_BYTES)
        kinds = frozenset(k for k, watched in WATCHED.items() if mask >> watched.bit & 1)
        if tenant in found or seq >= 1 << 63 or len(found) == MOST_TOWNS:
            raise ValueError("not ours")
        found[tenant] = Place(seq, mark, kinds)
    return found


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _read_varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
        if shift > 63:
            raise ValueError("too long a number")


def broken(place: Place, chain: Chain) -> bool:
    """Whether the client's place no longer leads to the head without a hole.

    So it is when the town came from another district, whose entries stay behind, and when the
    database was set back to an earlier day.
    """
    here = NO_MARK if place.seq == 0 else chain.mark
    return here != place.mark or chain.unread != chain.upto - place.seq


def marker_lines(
    known: Places, chains: Mapping[UUID, Chain], kinds: Kinds, now: datetime
) -> Iterator[Change]:
    """What a change of rights, of what is asked, or of the chain itself tells the client.

    `chains` are those of the towns served now, `kinds` what is served of them.
    """
    places = dict(known)

    def line(what: What, tenant: UUID, told: Kinds) -> Change:
        return Change(what, tenant, told, now, after=dict(places))

    for tenant in sorted(known.keys() - chains.keys()):
        gone = places.pop(tenant)
        yield line(What.LOST, tenant, gone.kinds)
    for tenant, chain in sorted(chains.items()):
        place = places.get(tenant)
        at_head = Place(chain.head, chain.head_mark, kinds)
        lost = place.kinds - kinds if place else NOTHING
        if place and lost:
            place = places[tenant] = replace(place, kinds=place.kinds & kinds)
            yield line(What.LOST, tenant, lost)
        if place is None or broken(place, chain):
            places[tenant] = at_head
            yield line(What.RESYNC, tenant, kinds)
        elif gained := kinds - place.kinds:
            places[tenant] = replace(place, kinds=kinds)
            yield line(What.RESYNC, tenant, gained)


def check_age(known: Places, chains: Mapping[UUID, Chain], first_kept: datetime, days: int) -> None:
    """Refuse a cursor whose next change is older than what the feed keeps.

    Raises:
        CursorExpired: it is.
    """
    for tenant, chain in chains.items():
        place = known.get(tenant)
        if place is None or broken(place, chain) or chain.oldest is None:
            continue
        if chain.oldest < first_kept:
            raise CursorExpired(
                f"the feed keeps {days} days and this cursor stands before them: drop what you"
                " have, begin again without `after`, and read the lists that it tells you to"
            )


def share(towns: int) -> int:
    """How many audit entries of each town one request looks at."""
    return max(SCANNED_EACH, SCANNED // max(1, towns))


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an audit chain that the feed shows."""

    tenant_id: UUID
    seq: int
    mark: bytes
    at: datetime
    act: str
    type_name: str
    object_id: UUID | None


def entry_lines(places: Places, entries: Iterable[Entry]) -> Iterator[Change]:
    """The entries as changes, in their order, each with the places after it."""
    current = dict(places)
    by_type = {watched.type_name: kind for kind, watched in WATCHED.items()}
    for entry in entries:
        place = current[entry.tenant_id]
        current[entry.tenant_id] = replace(place, seq=entry.seq, mark=entry.mark)
        after, tenant = dict(current), entry.tenant_id
        bulk = frozenset(k for k in place.kinds if entry.act in WATCHED[k].bulk)
        if bulk:
            yield Change(What.RESYNC, tenant, bulk, entry.at, after=after)
            continue
        kind = by_type[entry.type_name]
        created = entry.act == WATCHED[kind].created
        what = What.CREATED if created else What.UPDATED
        yield Change(what, tenant, frozenset({kind}), entry.at, entry.object_id, after)


def removed(changes: Iterable[Change], seen: Callable[[Change], bool]) -> Iterator[Change]:
    """The changes, with `REMOVED` for objects that are gone or no longer the caller's to see."""
    for change in changes:
        gone = change.object_id is not None and not seen(change)
        yield replace(change, what=What.REMOVED) if gone else change
