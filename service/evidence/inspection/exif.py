"""Time and place that a camera wrote into a photo (EXIF 2.32)."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from PIL.Image import Exif

_CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Facts:
    """Time as ISO 8601 with offset, place in WGS 84 degrees; None where the camera wrote none."""

    captured_at: str | None
    latitude: float | None
    longitude: float | None


def read_exif(exif: Exif) -> Facts:
    """The facts of a photo; whatever is malformed counts as absent."""
    camera, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    latitude = _degrees(place.get(2), place.get(1), "N", "S", 90)
    longitude = _degrees(place.get(4), place.get(3), "E", "W", 180)
    if latitude is None or longitude is None:
        latitude = longitude = None
    return Facts(_instant(camera.get(36867), camera.get(36881)), latitude, longitude)


def _instant(written: Any, offset: Any) -> str | None:
    # Cameras without OffsetTimeOriginal write local time, which here is China's.
    try:
        day, clock = str(written).strip("\0 ").split(" ")
        text = f"{day.replace(':', '-')}T{clock}"
        if offset is not None:
            return datetime.fromisoformat(text + str(offset).strip("\0 ")).isoformat()
        return datetime.fromisoformat(text).replace(tzinfo=_CHINA).isoformat()
    except ValueError:
        return None


def _degrees(value: Any, sign: Any, positive: str, negative: str, limit: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    angle = degrees + minutes / 60 + seconds / 3600
    letter = str(sign).strip("\0 ").upper()
    if letter not in (positive, negative) or not math.isfinite(angle) or not 0 <= angle <= limit:
        return None
    return round(-angle if letter == negative else angle, 7)
