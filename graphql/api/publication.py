"""What is public in the schema: the log, and the list as of any day with its proofs."""

import json
from datetime import date, datetime
from uuid import UUID

import strawberry
from graphql import GraphQLError

from api.context import Info
from api.paging import PAGE_DEFAULT, After, Connection, Edge, First, PageInfo, check_first, decode
from api.paging import encode as cursor_of
from service import clock
from service.blacklist.rules import PublicationClass as PublicationClass
from service.errors import NotFound
from service.publication import past, queries
from service.publication.events import EventKind
from service.publication.keyring import signer_of
from service.publication.queries import PublicLog
from service.publication.redaction import canonical
from service.publication.standing import place_of
from service.settings import settings
from service.storage import ObjectMissing

# Shown here first, since the cases of the blacklist use it as well.
strawberry.enum(
    PublicationClass, description="Kind of publication; each has its own authority, term and end"
)
strawberry.enum(EventKind, name="PublicEventKind", description="What happened to a public entry")


@strawberry.type(description="Field of a public record")
class PublicField:
    """One name and value."""

    name: str = strawberry.field(description="Name of the field")
    value: str = strawberry.field(description="Value of the field")


@strawberry.type(description="Event of a public entry, with its proof")
class PublicEntryEvent:
    """One leaf of the log."""

    log: strawberry.Private[PublicLog]
    index: strawberry.Private[int]
    event: EventKind = strawberry.field(description="What happened")
    at: datetime = strawberry.field(description="Timestamp of the event")

    @strawberry.field(description="Leaf of the public log, exact bytes as text")
    async def leaf(self) -> str:
        """Canonical JSON without anybody's name."""
        return (await self.log.tiles.leaf(self.index)).decode()

    @strawberry.field(description="Place of the leaf in the public log, a decimal string")
    def leaf_index(self) -> str:
        """Counted from 0."""
        return str(self.index)

    @strawberry.field(description="Audit path of the leaf to the root (RFC 6962), in hex")
    async def inclusion_proof(self) -> list[str]:
        """From the leaf upwards."""
        return [one.hex() for one in await self.log.tiles.proof(self.index)]


@strawberry.type(description="Public log as it stood at an instant")
class PublicLogThen:
    """A prefix of the log, proved to be one."""

    size: str = strawberry.field(description="Number of events by then, a decimal string")
    root_hash: str = strawberry.field(description="Root over these events (RFC 6962), in hex")
    consistency_proof: list[str] = strawberry.field(
        description="Proof that these events are a prefix of the log of the checkpoint, in hex"
    )


@strawberry.type(description="Entry that was public on the day asked for, with its proof")
class PublicEntry:
    """One entry; its record is null once it was changed or removed."""

    source: strawberry.Private[queries.PublicEntry]
    log: strawberry.Private[PublicLog]

    @strawberry.field(description="Id of the entry in the public feed")
    def entry_id(self) -> UUID:
        """The same in every event of the entry."""
        return self.source.entry

    @strawberry.field(description="Kind of publication")
    def publication(self) -> PublicationClass:
        """From the log."""
        return PublicationClass(self.source.publication)

    @strawberry.field(description="Event by which the entry stood there")
    def event(self) -> EventKind:
        """The last one up to the day asked for."""
        return self.source.kind

    @strawberry.field(description="Timestamp of that event")
    def at(self) -> datetime:
        """In UTC."""
        return self.source.at

    @strawberry.field(
        description="What happened to the entry after the instant asked for, as known now"
    )
    async def later(self) -> list[PublicEntryEvent]:
        """Oldest first; empty while the entry stands as it stood then."""
        found = []
        for index in self.log.later(self.source):
            one = await self.log.event(index)
            found.append(PublicEntryEvent(log=self.log, index=index, event=one.kind, at=one.at))
        return found

    @strawberry.field(description="Timestamp of the first publication of the entry")
    def since(self) -> datetime:
        """In UTC."""
        return self.source.since

    @strawberry.field(description="Public fields, empty once the entry was changed or removed")
    def fields(self) -> list[PublicField]:
        """By name."""
        item = self.source.item
        shown = item["record"]["shown"] if item else {}
        return [PublicField(name=name, value=shown[name]) for name in sorted(shown)]

    @strawberry.field(
        description="Canonical JSON of the public record, which the leaf commits to with the salt"
    )
    def record(self) -> str | None:
        """Null once the entry was changed or removed."""
        item = self.source.item
        return canonical(item["record"]).decode() if item else None

    @strawberry.field(description="Salt of the leaf's commitment, in hex")
    def salt(self) -> str | None:
        """Null once the entry was changed or removed."""
        return self.source.item["salt"] if self.source.item else None

    @strawberry.field(description="Leaf of the public log, exact bytes as text")
    async def leaf(self) -> str:
        """Canonical JSON without anybody's name."""
        return (await self.log.tiles.leaf(self.source.index)).decode()

    @strawberry.field(description="Place of the leaf in the public log, a decimal string")
    def leaf_index(self) -> str:
        """Counted from 0."""
        return str(self.source.index)

    @strawberry.field(description="Audit path of the leaf to the root (RFC 6962), in hex")
    async def inclusion_proof(self) -> list[str]:
        """From the leaf upwards."""
        return [one.hex() for one in await self.log.tiles.proof(self.source.index)]


@strawberry.type(description="Leaf of the tree of who stood in the list, with its proof")
class PublicNeighbour:
    """One leaf."""

    position: str = strawberry.field(description="Position in the tree, a decimal string")
    leaf: str = strawberry.field(
        description="Exact bytes in hex: 16 of the entry's id, 8 of the place in the log"
    )
    inclusion_proof: list[str] = strawberry.field(
        description="Audit path of the leaf to the root of the tree (RFC 6962), in hex"
    )


@strawberry.type(description="Whether an entry stood in the list when a day ended, with the proof")
class PublicStanding:
    """Presence or absence."""

    stood: bool = strawberry.field(description="Indicates whether the entry stood there")
    leaf_index: str | None = strawberry.field(
        description="Place in the log of the event by which it stood, a decimal string"
    )
    neighbours: list[PublicNeighbour] = strawberry.field(
        description="Leaf of the entry, or the leaves on both sides of where it would be"
    )


@strawberry.type(description="Day of a public log that is over, as it was signed then")
class PublicLogDay:
    """What the log held when the day ended in China."""

    source: strawberry.Private[past.ClosedDay]
    day: date = strawberry.field(description="Day in China")
    size: str = strawberry.field(description="Number of events by then, a decimal string")
    root_hash: str = strawberry.field(description="Root over these events (RFC 6962), in hex")
    checkpoint: str = strawberry.field(
        description="Signed checkpoint of the day (C2SP tlog-checkpoint), which names the tree too"
    )
    consistency_proof: list[str] = strawberry.field(
        description="Proof that these events are a prefix of the log of the checkpoint, in hex"
    )
    standing_count: str = strawberry.field(
        description="Number of entries that stood in the list, a decimal string"
    )
    standing_root: str = strawberry.field(
        description="Root of the tree of these entries in the order of their ids, in hex"
    )

    @strawberry.field(description="Whether an entry stood in the list when the day ended")
    async def entry(self, entry_id: UUID) -> PublicStanding:
        """With one leaf of the tree, or the two between which it is missing."""
        note, shown = self.source.note, await self.source.neighbours(entry_id)
        place = place_of(entry_id, note.standing, note.root, shown)
        return PublicStanding(
            stood=place is not None,
            leaf_index=None if place is None else str(place),
            neighbours=[
                PublicNeighbour(
                    position=str(one.position),
                    leaf=one.leaf.hex(),
                    inclusion_proof=[step.hex() for step in one.path],
                )
                for one in shown
            ],
        )

    @classmethod
    def of(cls, found: past.ClosedDay) -> "PublicLogDay":
        """The day as the schema shows it."""
        note = found.note
        return cls(
            source=found,
            day=note.day,
            size=str(note.checkpoint.size),
            root_hash=note.checkpoint.root.hex(),
            checkpoint=found.signed,
            consistency_proof=[one.hex() for one in found.consistency],
            standing_count=str(note.standing),
            standing_root=note.root.hex(),
        )


@strawberry.type(description="Public log of one district")
class PublicLogHead:
    """Its signed head, and where the feed lies."""

    log: strawberry.Private[PublicLog]
    district: strawberry.Private[str]

    @strawberry.field(description="Name of the log, as the checkpoint states it")
    def origin(self) -> str:
        """With the district's code."""
        return self.log.checkpoint.origin

    @strawberry.field(description="Number of events in the log, a decimal string")
    def size(self) -> str:
        """At this checkpoint."""
        return str(self.log.checkpoint.size)

    @strawberry.field(description="Root over all events (RFC 6962), in hex")
    def root_hash(self) -> str:
        """At this checkpoint."""
        return self.log.checkpoint.root.hex()

    @strawberry.field(description="Signed checkpoint (C2SP tlog-checkpoint)")
    def checkpoint(self) -> str:
        """The note as it is stored."""
        return self.log.note

    @strawberry.field(
        description="Newest key that signed the checkpoint (C2SP signed-note), without line feed"
    )
    def verifier_key(self) -> str:
        """To be compared with a copy obtained another way."""
        keys = signer_of(self.log.checkpoint.origin).verifier_key
        return str(keys.signing(self.log.note))

    @strawberry.field(
        description="Signed statements by which the keys of the log followed one another,"
        " oldest first"
    )
    async def key_handovers(self) -> list[str]:
        """Each a note of the old key and the new one."""
        try:
            body, _ = await queries.feed_object(self.district, "handovers.json")
        except ObjectMissing:
            return []
        return [str(note) for note in json.loads(body)]

    @strawberry.field(description="Address of the feed, which verifiers take")
    def feed_url(self) -> str:
        """Without a slash at its end."""
        base = settings().feed_url or settings().public_url
        return f"{base}/feed/{self.district}"

    @strawberry.field(
        description="Log as it stood at an instant, null before its first event; whoever reads "
        "these events knows which entries stood then, and that no other did"
    )
    async def as_of(self, at: datetime) -> PublicLogThen | None:
        """By the instants that the events state."""
        moment = at if at.tzinfo else at.replace(tzinfo=clock.SHANGHAI)
        tiles = self.log.tiles
        size = await tiles.size_at(moment)
        if not size:
            return None
        return PublicLogThen(
            size=str(size),
            root_hash=(await tiles.root_at(size)).hex(),
            consistency_proof=[one.hex() for one in await tiles.consistency(size)],
        )

    @strawberry.field(
        description="Day that is over with its own signed checkpoint, null while it is not closed "
        "and before the log began"
    )
    async def day(self, day: date) -> PublicLogDay | None:
        """By the instants at which events entered the log."""
        found = await past.closed_day(self.log, day)
        return PublicLogDay.of(found) if found else None

    @strawberry.field(
        description="Proof that the log of so many events is a prefix of this one, in hex"
    )
    async def consistency_proof(self, old_size: int) -> list[str]:
        """Empty for the present size."""
        try:
            return [one.hex() for one in await self.log.tiles.consistency(old_size)]
        except ValueError as error:
            raise NotFound("the log never had, or does not have yet, so many events") from error


@strawberry.type
class PublicationQuery:
    """Questions that anybody may ask."""

    @strawberry.field(description="Public log of a district, null before its first publication")
    async def public_log(self, info: Info, district: str) -> PublicLogHead | None:
        """By the code of the district."""
        found = await queries.public_log(district)
        return PublicLogHead(log=found, district=district) if found else None

    @strawberry.field(
        description="Entries that were public in a district at an instant, oldest first"
    )
    async def public_blacklist(
        self,
        info: Info,
        district: str,
        as_of: datetime | None = None,
        publication: PublicationClass | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[PublicEntry]:
        """One page; now by default."""
        size, start = check_first(first), decode(after)[0] if after else 0
        if not isinstance(start, int):
            raise GraphQLError("this is not a cursor of this list", extensions={"code": "CURSOR"})
        at = as_of.replace(tzinfo=clock.SHANGHAI) if as_of and as_of.tzinfo is None else as_of
        log, kind = await queries.public_log(district), publication.value if publication else None
        found = queries.Slice([], more=False)
        if log is not None:
            found = await log.entries(at, publication=kind, start=start, limit=size)

        async def count() -> int:
            return await log.count(at, kind) if log else 0

        edges = [
            Edge(
                node=PublicEntry(source=one, log=log),
                cursor=cursor_of(one.places[0] + 1, one.entry),
            )
            for one in found.entries
            if log is not None
        ]
        where = PageInfo(
            has_next_page=found.more,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return Connection(edges=edges, page_info=where, count=count)
