"""What evidence may be, the states it passes, and what a device must declare beforehand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from service.errors import Conflict, Invalid

EvidenceId = NewType("EvidenceId", UUID)

MIB = 1 << 20
GIB = 1 << 30
CLOCK_TOLERANCE = timedelta(minutes=10)  # by which a device's clock may run ahead of ours
FILENAME_LENGTH = 200  # characters
_SHA256 = re.compile(r"[0-9a-f]{64}")


class State(StrEnum):
    """Where a piece of evidence stands."""

    PENDING = "PENDING"
    UPLOADED = "UPLOADED"
    VERIFYING = "VERIFYING"
    SEALED = "SEALED"
    QUARANTINED = "QUARANTINED"
    ABANDONED = "ABANDONED"
    DESTROYED = "DESTROYED"
    """Its term was over; the record and its custody stay."""


class SubjectKind(StrEnum):
    """What evidence is attached to."""

    VISIT = "VISIT"
    CASE = "CASE"
    BLACKLIST_CASE = "BLACKLIST_CASE"


class Kind(StrEnum):
    """What a person sees in a piece of evidence."""

    PHOTO = "PHOTO"
    DOCUMENT = "DOCUMENT"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"


class Reason(StrEnum):
    """Why a piece of evidence was quarantined instead of sealed."""

    LENGTH_DIFFERS = "LENGTH_DIFFERS"
    DIGEST_DIFFERS = "DIGEST_DIFFERS"
    TYPE_DIFFERS = "TYPE_DIFFERS"
    UNREADABLE = "UNREADABLE"
    TOO_COMPLEX = "TOO_COMPLEX"
    POLYGLOT = "POLYGLOT"
    ACTIVE_CONTENT = "ACTIVE_CONTENT"
    ENCRYPTED = "ENCRYPTED"
    INFECTED = "INFECTED"


class Scan(StrEnum):
    """What a virus scanner said; without one the answer is UNSCANNED, never CLEAN."""

    UNSCANNED = "UNSCANNED"
    CLEAN = "CLEAN"
    INFECTED = "INFECTED"


@dataclass(frozen=True, slots=True)
class MediaType:
    """One accepted type with its limit in bytes and its usual file name endings."""

    name: str
    kind: Kind
    max_bytes: int
    endings: tuple[str, ...]


MEDIA_TYPES = {
    media.name: media
    for media in (
        MediaType("image/jpeg", Kind.PHOTO, 50 * MIB, (".jpg", ".jpeg")),
        MediaType("image/png", Kind.PHOTO, 50 * MIB, (".png",)),
        MediaType("image/webp", Kind.PHOTO, 50 * MIB, (".webp",)),
        MediaType("image/heic", Kind.PHOTO, 50 * MIB, (".heic", ".heif")),
        MediaType("application/pdf", Kind.DOCUMENT, 100 * MIB, (".pdf",)),
        MediaType("video/mp4", Kind.VIDEO, 8 * GIB, (".mp4", ".m4v")),
        MediaType("video/quicktime", Kind.VIDEO, 8 * GIB, (".mov",)),
        MediaType("audio/mp4", Kind.AUDIO, 1 * GIB, (".m4a",)),
    )
}

STEPS: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.UPLOADED, State.ABANDONED}),
    State.UPLOADED: frozenset({State.VERIFYING}),
    State.VERIFYING: frozenset({State.SEALED, State.QUARANTINED}),
    State.SEALED: frozenset({State.DESTROYED}),
    State.QUARANTINED: frozenset(),
    State.ABANDONED: frozenset(),
    State.DESTROYED: frozenset(),
}


class WrongState(Conflict):
    """The step does not follow the present state of the evidence."""

    code = "EVIDENCE_STATE"


class TypeNotAccepted(Invalid):
    """Files of this media type are not taken as evidence."""

    code = "MEDIA_TYPE_NOT_ACCEPTED"


class TooLarge(Invalid):
    """The file is longer than its type may be."""

    code = "FILE_TOO_LARGE"


class QuotaExceeded(Conflict):
    """The tenant's evidence would take more room than it may."""

    code = "QUOTA_EXCEEDED"


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Part of an upright picture, in thousandths of its width and height."""

    left: int
    top: int
    width: int
    height: int


RECTANGLES = 50  # at most in one copy


def check_rectangles(rectangles: Sequence[Rectangle]) -> None:
    """Refuse rectangles that are empty or leave the picture.

    Raises:
        Invalid: as said, or more than `RECTANGLES`.
    """
    if len(rectangles) > RECTANGLES:
        raise Invalid(f"draw at most {RECTANGLES} rectangles", path=("input", "rectangles"))
    for number, one in enumerate(rectangles):
        inside = one.left >= 0 and one.top >= 0 and one.width > 0 and one.height > 0
        if not (inside and one.left + one.width <= 1000 and one.top + one.height <= 1000):
            raise Invalid(
                "a rectangle lies within 0 to 1000 thousandths of the picture",
                path=("input", "rectangles", str(number)),
            )


@dataclass(frozen=True, slots=True)
class Location:
    """Where evidence was taken, WGS 84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the device states of a file before it sends the first byte; length in bytes."""

    filename: str
    media_type: str
    byte_length: int
    sha256: str
    captured_at: datetime
    location: Location | None = None


def advance(present: State, wanted: State) -> State:
    """The next state.

    Raises:
        WrongState: the step is not allowed from the present state.
    """
    if wanted not in STEPS[present]:
        raise WrongState(f"evidence in state {present} cannot become {wanted}; reload it")
    return wanted


def check_declaration(declared: Declaration, now: datetime) -> MediaType:
    """The accepted type of a declaration that keeps every rule.

    Raises:
        Invalid: a value is malformed; the message says how to mend it.
        TypeNotAccepted: the media type is not on the list.
        TooLarge: the length exceeds the limit of its type.
    """
    media = MEDIA_TYPES.get(declared.media_type)
    if media is None:
        accepted = ", ".join(MEDIA_TYPES)
        raise TypeNotAccepted(
            f"{declared.media_type!r} is not accepted; send one of: {accepted}",
            path=("input", "mediaType"),
        )
    _check_filename(declared.filename, media)
    _check_length(declared.byte_length, media)
    if not _SHA256.fullmatch(declared.sha256):
        raise Invalid("give the SHA-256 as 64 lower-case hex digits", path=("input", "sha256"))
    if declared.captured_at.tzinfo is None:
        raise Invalid(
            "give the time of capture with its offset from UTC", path=("input", "capturedAt")
        )
    if declared.captured_at > now + CLOCK_TOLERANCE:
        raise Invalid(
            "the time of capture lies in the future; set the device's clock",
            path=("input", "capturedAt"),
        )
    if declared.location is not None:
        _check_location(declared.location)
    return media


def clock_gap_seconds(declared: datetime, recorded: datetime | None) -> int | None:
    """Seconds by which the time inside the file lies after the declared one; None if it has none.

    A gap is shown beside the evidence, not punished: cameras are often set wrongly.
    """
    return None if recorded is None else round((recorded - declared).total_seconds())


def _check_filename(filename: str, media: MediaType) -> None:
    if not filename.strip() or len(filename) > FILENAME_LENGTH:
        raise Invalid(
            f"give the file a name of 1 to {FILENAME_LENGTH} characters", path=("input", "filename")
        )
    if any(ord(char) < 32 or char in "/\\\x7f" for char in filename):
        raise Invalid(
            "a file name holds no slash and no control character", path=("input", "filename")
        )
    if not filename.lower().endswith(media.endings):
        raise Invalid(
            f"a file of type {media.name} is called *{' or *'.join(media.endings)}",
            path=("input", "filename"),
        )


def _check_length(byte_length: int, media: MediaType) -> None:
    if byte_length < 1:
        raise Invalid("an empty file is no evidence", path=("input", "byteLength"))
    if byte_length > media.max_bytes:
        raise TooLarge(
            f"{media.name} may have at most {media.max_bytes // MIB} MiB, this file has"
            f" {-(-byte_length // MIB)} MiB; shorten or compress it before sending",
            path=("input", "byteLength"),
        )


def _check_location(place: Location) -> None:
    # NaN fails both comparisons, so it is refused as well.
    if not (-90 <= place.latitude <= 90 and -180 <= place.longitude <= 180):
        raise Invalid(
            "latitude lies within -90 to 90 and longitude within -180 to 180 degrees",
            path=("input", "location"),
        )
