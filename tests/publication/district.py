"""A district's log and feed in memory, written as the publisher writes them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from service.publication import feed, standing, tlog
from service.publication.events import EventKind, PublicEvent
from service.publication.feed import Entry, Site
from service.publication.notes import Checkpoint, Signer
from service.publication.redaction import FullRecord, public_record, record_commitment
from service.publication.standing import DayNote

ORIGIN = "anshang.example/990112"
SIGNER = Signer(ORIGIN, bytes(range(32)))
KEY = str(SIGNER.verifier_key)
SITE = Site(ORIGIN, "https://feed.example/feed/990112", "示例区安全生产信用公示")
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CODE = "91990112MA0000016D"


def event(number: int, entry: int, kind: EventKind) -> Entry:
    """Event `number` of entry `entry`, with the record it shows or the reason it ended."""
    salt = bytes([number % 256]) * 32
    fields = {"party_name": f"示例商贸{entry}", "cause": "未建立事故隐患排查治理制度"}
    record = public_record(
        FullRecord("SERIOUS_DISHONESTY", "ORGANISATION", {**fields, "credit_code": CODE}, (), salt)
    )
    if kind not in (EventKind.PUBLISH, EventKind.CORRECT, EventKind.RESUME):
        record = {"shown": {"reason": "处罚决定被撤销"}}
    at = START + timedelta(minutes=number)
    made = PublicEvent(
        UUID(int=number + 1),
        UUID(int=1000 + entry),
        kind,
        "SERIOUS_DISHONESTY",
        at,
        record_commitment(record, salt),
    )
    return Entry(number, made, record, salt, at, (number,))


def publish(
    events: Sequence[Entry],
    *,
    now: datetime = NOW,
    signer: Signer = SIGNER,
    days: Sequence[tuple[date, int]] = (),
) -> dict[str, bytes]:
    """Every file of a feed with these events; `days` are closed at these sizes of the log."""
    leaves = [one.event.leaf() for one in events]
    edge, tiles = tlog.append(0, [], [tlog.leaf_hash(leaf) for leaf in leaves])
    checkpoint = Checkpoint(ORIGIN, len(leaves), tlog.edge_root(edge))
    files = {tile.path: data for tile, data in tiles.items()}
    for start in range(0, len(leaves), tlog.TILE_WIDTH):
        part = leaves[start : start + tlog.TILE_WIDTH]
        files[tlog.bundle_path(start // tlog.TILE_WIDTH, len(part))] = tlog.bundle(part)
    files["checkpoint"] = signer.sign(checkpoint.text()).encode()
    last = latest(events)
    first = {one.id: one.index for one in reversed(events)}
    lists: dict[str, feed.File] = {}
    digests = []
    for page in range(-(-len(events) // feed.PAGE)):
        there = [one for one in last if first[one.id] // feed.PAGE == page]
        if there:
            made, digest = feed.page_files(SITE, page, there)
            lists |= made
            digests.append(digest)
    recent = [(e.index, e.event.leaf()) for e in events]
    parts, part = feed.part_files(SITE, 0, digests)
    lists |= parts
    lists |= feed.list_files(SITE, [part], last[-300:], recent, now)
    valid = now + timedelta(days=1)
    files["handovers.json"] = b"[]\n"
    span = (days[0][0], days[-1][0]) if days else None
    files["snapshot"] = feed.snapshot(signer, checkpoint, lists, now, valid, span).encode()
    for day, size in days:
        files |= closed(events, day, size, signer)
    return files | {name: file.body for name, file in lists.items()}


def closed(
    events: Sequence[Entry], day: date, size: int, signer: Signer = SIGNER
) -> dict[str, bytes]:
    """The note and the tree of a day that ended with `size` events."""
    edge, _ = tlog.append(0, [], [tlog.leaf_hash(one.event.leaf()) for one in events[:size]])
    stood = sorted((one.id, one.index) for one in latest(events[:size]) if one.visible)
    root, files = standing.tree([standing.leaf(*one) for one in stood])
    note = DayNote(Checkpoint(ORIGIN, size, tlog.edge_root(edge)), day, len(stood), root)
    tree = {f"{standing.tree_path(root)}/{name}": body for name, body in files.items()}
    return {**tree, standing.path_of(day): signer.sign(note.text()).encode()}


def latest(events: Sequence[Entry]) -> list[Entry]:
    """The last event of each entry, with the places of all of them."""
    places: dict[UUID, tuple[int, ...]] = {}
    for one in events:
        places[one.id] = (*places.get(one.id, ()), one.index)
    last = {one.id: one for one in events}
    return [replace(one, places=places[one.id]) for one in last.values()]


def ordinary(count: int = 300) -> list[Entry]:
    """`count` listings, of which every tenth was then withdrawn."""
    events = [event(n, n, EventKind.PUBLISH) for n in range(count)]
    for n in range(0, count, 10):
        events.append(event(len(events), n, EventKind.WITHDRAW))
    return events
