"""Uploads of evidence in the schema: what a device declares, and how it is told to send."""

from datetime import datetime
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry import relay

from api.context import Info
from service.errors import Invalid, NotFound
from service.evidence.commands import Upload
from service.evidence.rules import Declaration, Location, SubjectKind


@strawberry.type(description="HTTP header to be sent with an upload")
class UploadHeader:
    """Part of what the permission's signature covers."""

    name: str = strawberry.field(description="Name of the header")
    value: str = strawberry.field(description="Value of the header")


@strawberry.type(description="Permission to PUT one part straight into the object store")
class UploadRequest:
    """Bound to key, part, length and, where known, digest."""

    number: int = strawberry.field(description="Number of the part, from 1")
    byte_length: float = strawberry.field(description="Length of the part in bytes, an integer")
    method: str = strawberry.field(description="HTTP method")
    url: str = strawberry.field(description="URL to send the part to")
    headers: list[UploadHeader] = strawberry.field(description="Headers to send, as they are")


@strawberry.type(description="Where an upload stands")
class EvidenceUpload:
    """Parts that have arrived, and permissions for at most 100 of the missing ones."""

    part_length: float = strawberry.field(
        description="Length of every part but the last in bytes, an integer"
    )
    part_count: int = strawberry.field(description="Number of parts")
    held_parts: list[int] = strawberry.field(description="Numbers of the parts that have arrived")
    requests: list[UploadRequest] = strawberry.field(
        description="Permissions for the first missing parts"
    )
    requests_expire_at: datetime = strawberry.field(
        description="Timestamp until which the permissions are good; renew afterwards"
    )
    expires_at: datetime = strawberry.field(
        description="Timestamp at which an upload not renewed is abandoned"
    )

    @classmethod
    def of(cls, upload: Upload) -> "EvidenceUpload":
        """The upload as the schema shows it."""
        return cls(
            part_length=upload.plan.part_length,
            part_count=upload.plan.count,
            held_parts=upload.held,
            requests=[
                UploadRequest(
                    number=number,
                    byte_length=upload.plan.length(number),
                    method=request.method,
                    url=request.url,
                    headers=[UploadHeader(name=n, value=v) for n, v in request.headers.items()],
                )
                for number, request in upload.requests.items()
            ],
            requests_expire_at=upload.expires_at,
            expires_at=upload.evidence.expires_at,
        )


@strawberry.input(description="Place of a capture in degrees, WGS 84")
class GeoPointInput:
    """Where the device was."""

    latitude: float = strawberry.field(description="Latitude in degrees")
    longitude: float = strawberry.field(description="Longitude in degrees")


@strawberry.input(description="SHA-256 of one part, so that its permission is bound to it")
class PartDigestInput:
    """Optional: the digest of the whole is checked in any case."""

    number: int = strawberry.field(description="Number of the part, from 1")
    sha256: str = strawberry.field(description="SHA-256 of the part, 64 hex digits")


@strawberry.input(description="File that a device is about to send")
class BeginEvidenceUploadInput:
    """Input of `beginEvidenceUpload`."""

    subject_kind: SubjectKind = strawberry.field(description="What the evidence belongs to")
    subject_id: strawberry.ID = strawberry.field(
        description="Visit or case: a global id, or the plain UUID of a file kept elsewhere"
    )
    filename: str = strawberry.field(description="Name of the file, at most 200 characters")
    media_type: str = strawberry.field(
        description="JPEG, PNG, WebP, HEIC, PDF, MP4, QuickTime or M4A, as a media type"
    )
    byte_length: float = strawberry.field(description="Length in bytes, an integer")
    sha256: str = strawberry.field(description="SHA-256 of the file, 64 lower-case hex digits")
    captured_at: datetime = strawberry.field(description="Timestamp of the capture, with offset")
    location: GeoPointInput | None = strawberry.field(
        default=None, description="Place of the capture"
    )
    part_digests: list[PartDigestInput] | None = strawberry.field(
        default=None, description="Digests of parts, at most 100"
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


def declaration(given: BeginEvidenceUploadInput) -> Declaration:
    """What the device states, in the words of the rules.

    Raises:
        Invalid: the length is no integer.
    """
    if not given.byte_length.is_integer():
        raise Invalid("give the length in whole bytes", path=("input", "byteLength"))
    place = given.location
    return Declaration(
        filename=given.filename,
        media_type=given.media_type,
        byte_length=int(given.byte_length),
        sha256=given.sha256,
        captured_at=given.captured_at,
        location=Location(place.latitude, place.longitude) if place else None,
    )


def digests(given: list[PartDigestInput] | None) -> dict[int, bytes]:
    """Digests by part.

    Raises:
        Invalid: more than 100, or one is no SHA-256.
    """
    path = ("input", "partDigests")
    if len(given or []) > 100:
        raise Invalid("give at most 100 digests at a time", path=path)
    try:
        found = {one.number: bytes.fromhex(one.sha256) for one in given or []}
    except ValueError as error:
        raise Invalid("give digests as 64 hex digits", path=path) from error
    if any(len(digest) != 32 for digest in found.values()):
        raise Invalid("give digests as 64 hex digits", path=path)
    return found


async def subject(info: Info, given: strawberry.ID) -> UUID:
    """The plain id of what evidence is for; an object of ours must be visible to the caller.

    Raises:
        NotFound: the caller sees no such object.
        Invalid: neither a global id nor a UUID.
    """
    path = ("input", "subjectId")
    try:
        return UUID(given)
    except ValueError:
        pass
    try:
        global_id = relay.GlobalID.from_id(given)
        wanted = UUID(global_id.node_id)
        found = await global_id.resolve_node(info)
    except (relay.GlobalIDValueError, ValueError, AssertionError, GraphQLError) as error:
        raise Invalid("subjectId is neither an id of ours nor a UUID", path=path) from error
    if found is None:
        raise NotFound("no such visit or case", path=path)
    return wanted
