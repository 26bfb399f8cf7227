"""Evidence in the schema: what was handed in, what became of it, and who touched it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.context import Info
from api.evidence_file import (
    EvidenceAccess,
    EvidenceHold,
    EvidenceTimestamp,
    PublicCopy,
    load_copies,
    load_holds,
    load_stamps,
    load_terms,
)
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service.evidence import queries, records
from service.evidence.ledger import Act
from service.evidence.rules import (
    MEDIA_TYPES,
    Kind,
    Reason,
    Scan,
    State,
    SubjectKind,
    clock_gap_seconds,
)
from tenants.rights import Right, Role, Subject, allows

strawberry.enum(State, name="EvidenceState", description="Where a piece of evidence stands")
strawberry.enum(SubjectKind, name="EvidenceSubjectKind", description="What evidence belongs to")
strawberry.enum(Kind, name="EvidenceKind", description="What a person sees in the evidence")
strawberry.enum(Reason, name="EvidenceReason", description="Why evidence was quarantined")
strawberry.enum(
    Scan, name="EvidenceScan", description="What a virus scanner said; UNSCANNED is never CLEAN"
)
strawberry.enum(Act, name="CustodyAct", description="What happened to the evidence")


def may(info: Info, right: Right) -> bool:
    """Whether the caller's role carries a right to evidence."""
    principal = info.context.principal
    return allows(principal.role, Subject.EVIDENCE, right, capabilities=principal.grants)


def own_enterprise(info: Info) -> UUID | None:
    """The enterprise whose submissions the caller is confined to; None for officers."""
    principal = info.context.principal
    if principal.role is not Role.ENTERPRISE:
        return None
    # An enterprise account that speaks for none reaches nothing.
    return principal.enterprise_id or UUID(int=0)


@strawberry.type(description="Place in degrees, WGS 84")
class GeoPoint:
    """Where something was."""

    latitude: float = strawberry.field(description="Latitude in degrees")
    longitude: float = strawberry.field(description="Longitude in degrees")


def plain_id(given: strawberry.ID) -> UUID:
    """The UUID of a global or plain id; one that no row has when it is neither."""
    try:
        return UUID(given)
    except ValueError:
        pass
    try:
        return UUID(relay.GlobalID.from_id(given).node_id)
    except (relay.GlobalIDValueError, ValueError):
        return UUID(int=0)


def _point(latitude: float | None, longitude: float | None) -> GeoPoint | None:
    if latitude is None or longitude is None:
        return None
    return GeoPoint(latitude=latitude, longitude=longitude)


@strawberry.type(description="What the file itself says, read by the service")
class EvidenceContent:
    """Facts of the file, beside what the device declared."""

    width: int | None = strawberry.field(description="Width in pixels, upright")
    height: int | None = strawberry.field(description="Height in pixels, upright")
    pages: int | None = strawberry.field(description="Number of pages")
    duration_seconds: float | None = strawberry.field(description="Duration in seconds")
    recorded_at: datetime | None = strawberry.field(description="Timestamp written by the camera")
    clock_gap_seconds: int | None = strawberry.field(
        description="Seconds by which the camera's timestamp lies after the declared one"
    )
    location: GeoPoint | None = strawberry.field(description="Place written by the camera")
    has_thumbnail: bool = strawberry.field(
        description="Indicates that a thumbnail can be shown, of a video its poster"
    )


@strawberry.type(description="Link of the chain of custody")
class CustodyEntry:
    """One act on one piece of evidence; `hash` covers the text and all entries before it."""

    seq: int = strawberry.field(description="Number in the chain of the tenant")
    at: datetime = strawberry.field(description="Timestamp of the act")
    act: Act = strawberry.field(description="What happened")
    actor: str = strawberry.field(description="Who acted")
    entry: str = strawberry.field(description="Exact text that the hash covers, JSON")
    hash: str = strawberry.field(description="Hash of the link, 64 hex digits")

    @classmethod
    def of(cls, row: records.CustodyEntry) -> "CustodyEntry":
        """The row as the schema shows it."""
        return cls(
            seq=row.seq,
            at=row.at,
            act=Act(row.act),
            actor=row.actor,
            entry=row.entry,
            hash=row.hash,
        )


@strawberry.type(
    description="Piece of evidence; a committee sees the receipt (digest, state, times) only"
)
class Evidence(RowNode, relay.Node):
    """One piece of evidence.  What the receipt does not hold is null for who may not read it."""

    model = records.Evidence

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.Evidence]
    state: State = strawberry.field(description="Where the evidence stands")
    subject_kind: SubjectKind = strawberry.field(description="What the evidence belongs to")
    kind: Kind = strawberry.field(description="What a person sees in it")
    media_type: str = strawberry.field(description="Media type of the file")
    byte_length: float = strawberry.field(description="Length of the file in bytes, an integer")
    sha256: str = strawberry.field(
        description="SHA-256 declared on the device before sending, 64 hex digits"
    )
    created_at: datetime = strawberry.field(description="Timestamp of the declaration")
    uploaded_at: datetime | None = strawberry.field(description="Timestamp of the hand-in")
    decided_at: datetime | None = strawberry.field(
        description="Timestamp of seal, quarantine or abandonment"
    )
    scan: Scan = strawberry.field(description="What a virus scanner said")
    legal_hold: bool = strawberry.field(description="Indicates that it is kept whatever its term")

    @strawberry.field(description="Reason of the quarantine")
    def reason(self) -> Reason | None:
        """Null unless quarantined."""
        return Reason(self.row.reason) if self.row.reason else None

    @strawberry.field(description="Reason of the quarantine in words")
    def reason_message(self, info: Info) -> str | None:
        """Null unless quarantined."""
        return self.row.reason_message or None if _reads(info) else None

    @strawberry.field(description="Id of the visit or case that the evidence belongs to")
    def subject_id(self, info: Info) -> UUID | None:
        """The plain id."""
        return self.row.subject_id if _reads(info) else None

    @strawberry.field(description="Name of the file on the device")
    def filename(self, info: Info) -> str | None:
        """As it was declared."""
        return self.row.filename if _reads(info) else None

    @strawberry.field(description="Timestamp of the capture as declared by the device")
    def captured_at(self, info: Info) -> datetime | None:
        """As it was declared."""
        return self.row.captured_at if _reads(info) else None

    @strawberry.field(description="Place of the capture as declared by the device")
    def location(self, info: Info) -> GeoPoint | None:
        """As it was declared."""
        return _point(self.row.latitude, self.row.longitude) if _reads(info) else None

    @strawberry.field(description="What the sealed file itself says")
    def content(self, info: Info) -> EvidenceContent | None:
        """Null unless sealed."""
        row = self.row
        if row.state != State.SEALED or not _reads(info):
            return None
        return EvidenceContent(
            width=row.width,
            height=row.height,
            pages=row.pages,
            duration_seconds=row.duration_seconds,
            recorded_at=row.recorded_at,
            clock_gap_seconds=clock_gap_seconds(row.captured_at, row.recorded_at),
            location=_point(row.recorded_latitude, row.recorded_longitude),
            has_thumbnail=row.thumbnail_length > 0,
        )

    @strawberry.field(description="Chain of custody of the evidence, oldest first")
    async def custody(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[CustodyEntry]:
        """One page of its links."""
        found = queries.custody_of(self.row.tenant_id, self.row.id)
        return await page(found, CustodyEntry.of, first=first, after=after, key="seq",
                          descending=False)  # fmt: skip

    @strawberry.field(description="Last day it is kept, null while it is kept without an end")
    async def kept_until(self, info: Info) -> date | None:
        """Batched over the page."""
        last: date | None = await info.context.loader("kept", load_terms).load(self.row.id)
        return last if _reads(info) else None

    @strawberry.field(description="Holds, oldest first; empty for who may not read the file")
    async def holds(self, info: Info) -> list[EvidenceHold]:
        """Batched over the page."""
        found: list[EvidenceHold] = await info.context.loader("holds", load_holds).load(self.row.id)
        return found if _reads(info) else []

    @strawberry.field(description="Copies for the public, oldest first")
    async def public_copies(self, info: Info) -> list[PublicCopy]:
        """Batched over the page."""
        found: list[PublicCopy] = await info.context.loader("copies", load_copies).load(self.row.id)
        return found

    @strawberry.field(description="Trusted time stamp, null where there is none")
    async def trusted_timestamp(self, info: Info) -> EvidenceTimestamp | None:
        """Batched over the page."""
        found: EvidenceTimestamp | None = await info.context.loader("stamps", load_stamps).load(
            self.row.id
        )
        return found

    @strawberry.field(description="Who was given a link and what for; the own tenant sees it")
    async def accesses(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[EvidenceAccess]:
        """One page, newest first."""
        home = info.context.principal.scope.home
        own = home is not None and home.tenant_id == self.row.tenant_id and may(info, Right.WRITE)
        owner = self.row.tenant_id if own and own_enterprise(info) is None else NOBODY
        found = queries.accesses_of(owner, self.row.id)
        return await page(found, EvidenceAccess.of, first=first, after=after, key="at")

    @classmethod
    def of(cls, row: records.Evidence) -> "Evidence":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            state=State(row.state),
            subject_kind=SubjectKind(row.subject_kind),
            kind=MEDIA_TYPES[row.media_type].kind,
            media_type=row.media_type,
            byte_length=row.byte_length,
            sha256=row.sha256,
            created_at=row.created_at,
            uploaded_at=row.uploaded_at,
            decided_at=row.decided_at,
            scan=Scan(row.scan),
            legal_hold=row.legal_hold,
        )

    @classmethod
    async def resolve_nodes(cls, *, info: Any, node_ids: Any, required: bool = False) -> Any:
        """Null for whoever carries no right, or is another enterprise."""
        found = await super().resolve_nodes(info=info, node_ids=node_ids, required=required)
        enterprise = own_enterprise(info)
        receipt = may(info, Right.READ_OWN) or may(info, Right.READ_RECEIPT)
        return [
            one
            if one and receipt and (enterprise is None or one.row.enterprise_id == enterprise)
            else None
            for one in found
        ]


def _reads(info: Info) -> bool:
    return may(info, Right.READ_OWN)


@strawberry.input(description="Filters of the list of evidence; all given must hold")
class EvidenceWhere:
    """Every filter is optional."""

    subject_kind: SubjectKind | None = strawberry.field(
        default=None, description="What the evidence belongs to"
    )
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="Visit or case, as a global id or a plain one"
    )
    state: State | None = strawberry.field(default=None, description="Where it stands")


@strawberry.type
class EvidenceQuery:
    """Questions about evidence."""

    @strawberry.field(description="Piece of evidence of that id, null when unseen")
    async def evidence(self, info: Info, id: relay.GlobalID) -> Evidence | None:
        """The same as `node`, for who knows what to expect."""
        wanted = node_id(id, Evidence, "id")
        found = await Evidence.resolve_nodes(info=info, node_ids=[str(wanted)])
        one: Evidence | None = found[0]
        return one

    @strawberry.field(description="Evidence that the caller may see, newest first")
    async def evidence_list(
        self,
        info: Info,
        where: EvidenceWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Evidence]:
        """One page."""
        if not may(info, Right.READ_RECEIPT):
            info.context.require(Subject.EVIDENCE, Right.READ_OWN)
        chosen = where or EvidenceWhere()
        found = queries.evidence(
            subject_kind=chosen.subject_kind,
            subject_id=plain_id(chosen.subject_id) if chosen.subject_id else None,
            state=chosen.state,
            enterprise_id=own_enterprise(info),
        )
        return await page(found, Evidence.of, first=first, after=after)
