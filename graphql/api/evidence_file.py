"""What belongs to a piece of evidence beside its bytes: holds, copies, time stamps, readers."""

from base64 import b64encode
from datetime import date, datetime
from uuid import UUID

import strawberry

from service.evidence import keeping, queries, records


@strawberry.type(description="Order that evidence is kept whatever its term (保全)")
class EvidenceHold:
    """One hold."""

    reason: str = strawberry.field(description="Why it is kept")
    placed_at: datetime = strawberry.field(description="When it was placed, timestamp")
    lifted_at: datetime | None = strawberry.field(description="When it was lifted, timestamp")
    lift_reason: str = strawberry.field(description="Why it was lifted, empty before")

    @classmethod
    def of(cls, row: records.EvidenceHold) -> "EvidenceHold":
        """The row as the schema shows it."""
        return cls(
            reason=row.reason,
            placed_at=row.placed_at,
            lifted_at=row.lifted_at,
            lift_reason=row.lift_reason,
        )


@strawberry.type(description="Part of an upright picture, in thousandths of its sides")
class PictureRectangle:
    """One rectangle."""

    left: int = strawberry.field(description="Left edge")
    top: int = strawberry.field(description="Upper edge")
    width: int = strawberry.field(description="Width")
    height: int = strawberry.field(description="Height")


@strawberry.type(description="Copy of a photo for the public, with rectangles filled in")
class PublicCopy:
    """One version."""

    version: int = strawberry.field(description="Version, from 1; links lead to the latest")
    rectangles: list[PictureRectangle] = strawberry.field(description="What was filled in")
    sha256: str = strawberry.field(description="SHA-256 of the copy, 64 hex digits")
    byte_length: int = strawberry.field(description="Length of the copy in bytes")
    made_at: datetime = strawberry.field(description="When it was made, timestamp")

    @classmethod
    def of(cls, row: records.BlurredCopy) -> "PublicCopy":
        """The row as the schema shows it."""
        return cls(
            version=row.version,
            rectangles=[PictureRectangle(**one) for one in row.rectangles],
            sha256=row.sha256,
            byte_length=row.byte_length,
            made_at=row.made_at,
        )


@strawberry.type(description="Token of a time-stamping authority (RFC 3161)")
class EvidenceTimestamp:
    """One token, over the line `<sha256>  <plain id>` and a line feed."""

    authority: str = strawberry.field(description="Address of the authority")
    stamped_at: datetime = strawberry.field(description="Time that the token states, timestamp")
    token: str = strawberry.field(description="Answer of the authority, DER in base64")

    @classmethod
    def of(cls, row: records.EvidenceTimestamp) -> "EvidenceTimestamp":
        """The row as the schema shows it."""
        return cls(
            authority=row.authority,
            stamped_at=row.stamped_at,
            token=b64encode(row.token).decode(),
        )


@strawberry.type(description="Link to evidence that somebody was given")
class EvidenceAccess:
    """One access."""

    actor: str = strawberry.field(description="Who asked: account or app")
    role: str = strawberry.field(description="In which role")
    variant: str = strawberry.field(description="Which variant the link led to")
    purpose: str = strawberry.field(description="What for, in the reader's words")
    at: datetime = strawberry.field(description="When, timestamp")

    @classmethod
    def of(cls, row: records.EvidenceAccess) -> "EvidenceAccess":
        """The row as the schema shows it."""
        return cls(
            actor=row.actor, role=row.role, variant=row.variant, purpose=row.purpose, at=row.at
        )


async def load_holds(ids: list[UUID]) -> list[list[EvidenceHold]]:
    """Holds of each, in one statement."""
    found = await queries.holds_of(ids)
    return [[EvidenceHold.of(row) for row in found[one]] for one in ids]


async def load_copies(ids: list[UUID]) -> list[list[PublicCopy]]:
    """Copies of each, in one statement."""
    found = await queries.copies_of(ids)
    return [[PublicCopy.of(row) for row in found[one]] for one in ids]


async def load_stamps(ids: list[UUID]) -> list[EvidenceTimestamp | None]:
    """The time stamp of each, in one statement."""
    found = await queries.timestamps_of(ids)
    return [EvidenceTimestamp.of(found[one]) if one in found else None for one in ids]


async def load_terms(ids: list[UUID]) -> list[date | None]:
    """The last day on which each is kept."""
    found = await keeping.terms_of(ids)
    return [found.get(one) for one in ids]
