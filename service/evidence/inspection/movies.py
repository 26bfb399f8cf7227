"""Videos and sound recordings: boxes complete, tracks present, samples inside the file.

The pictures themselves are not decoded here, one for the poster apart (`posters`): a recording is
evidence of what its bytes are, sealed, rather than of what a player shows.
"""

import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from service.evidence.inspection.boxes import Box, outermost
from service.evidence.inspection.report import Finding, Refused
from service.evidence.rules import Reason

_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_MAX_INDEX = 256 << 20  # bytes of `moov`, far above that of an eight-hour recording
_PLACE = re.compile(rb"([+-]\d{1,3}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)(?:[+-]\d+(?:\.\d+)?)?/")
_TRACK = {"video/mp4": b"vide", "video/quicktime": b"vide", "audio/mp4": b"soun"}


def inspect_movie(source: BinaryIO, length: int, media_type: str) -> Finding:
    """The finding of a recording of the declared type.

    Raises:
        Refused: another type, cut off, without its index, or with samples outside the file.
    """
    boxes = outermost(source, length)
    _check_brand(boxes[0], media_type)
    index = [box for box in boxes if box.kind == b"moov"]
    media = [(box.start, box.end) for box in boxes if box.kind == b"mdat"]
    if len(index) != 1 or not media:
        raise Refused(Reason.UNREADABLE, "the recording has no index or no media; it was cut off")
    if index[0].end - index[0].start > _MAX_INDEX:
        raise Refused(Reason.TOO_COMPLEX, "the index of the recording is too long")
    tracks = list(_tracks(index[0]))
    if _TRACK[media_type] not in {kind for kind, _ in tracks}:
        raise Refused(Reason.TYPE_DIFFERS, "the recording lacks the track its type promises")
    for _, table in tracks:
        _check_samples(table, media)
    seconds, created = _header(index[0])
    latitude, longitude = _place(index[0])
    return Finding(
        duration_seconds=seconds, captured_at=created, latitude=latitude, longitude=longitude
    )


def _check_brand(first: Box, media_type: str) -> None:
    brand = first.payload[:4]
    if brand in (b"heic", b"heix", b"mif1", b"avif"):
        raise Refused(Reason.TYPE_DIFFERS, "the file is a picture, not a recording")
    if (brand == b"qt  ") != (media_type == "video/quicktime"):
        wanted = "QuickTime" if media_type == "video/quicktime" else "MP4"
        raise Refused(Reason.TYPE_DIFFERS, f"the file is no {wanted} recording")


def _find(box: Box, *path: bytes) -> Box | None:
    for kind in path:
        inner = next((child for child in box.children() if child.kind == kind), None)
        if inner is None:
            return None
        box = inner
    return box


def _tracks(index: Box) -> Iterator[tuple[bytes, Box | None]]:
    for track in index.children():
        if track.kind != b"trak":
            continue
        handler = _find(track, b"mdia", b"hdlr")
        kind = handler.payload[8:12] if handler else b""
        yield kind, _find(track, b"mdia", b"minf", b"stbl")


def _check_samples(table: Box | None, media: list[tuple[int, int]]) -> None:
    if table is None:
        return
    for box in table.children():
        if box.kind not in (b"stco", b"co64"):
            continue
        data, letter = box.payload, "I" if box.kind == b"stco" else "Q"
        count = int.from_bytes(data[4:8], "big")
        width = struct.calcsize(f">{letter}")
        if 8 + count * width > len(data):
            raise Refused(Reason.UNREADABLE, "the index of the recording is damaged")
        for (offset,) in struct.iter_unpack(f">{letter}", data[8 : 8 + count * width]):
            if not any(start <= offset < end for start, end in media):
                raise Refused(Reason.UNREADABLE, "samples lie outside the file; it was cut off")


def _header(index: Box) -> tuple[float | None, str | None]:
    box = _find(index, b"mvhd")
    data = box.payload if box else b""
    try:
        created, _, scale, length = struct.unpack_from(
            ">QQIQ" if data[:1] == b"\x01" else ">IIII", data, 4
        )
    except struct.error as error:
        raise Refused(Reason.UNREADABLE, "the header of the recording is damaged") from error
    seconds = length / scale if scale else None
    try:
        instant = _EPOCH + timedelta(seconds=created) if created else None
    except OverflowError:
        instant = None
    return seconds, instant.isoformat() if instant else None


def _place(index: Box) -> tuple[float | None, float | None]:
    # Android writes ©xyz, Apple a metadata item; both hold the ISO 6709 text as it stands.
    for path in ((b"udta", b"\xa9xyz"), (b"meta",), (b"udta", b"meta")):
        box = _find(index, *path)
        if box is None or box.end - box.start > 1 << 20:
            continue
        for found in _PLACE.finditer(box.payload):
            latitude, longitude = float(found[1]), float(found[2])
            if abs(latitude) <= 90 and abs(longitude) <= 180:
                return latitude, longitude
    return None, None
