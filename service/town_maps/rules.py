"""Rules of maps: what a file of boundaries must be before it is drawn; the formats stand beside.

GeoJSON is RFC 7946.  A file is refused whole, with the place of each fault, at most
`MOST_FAULTS` of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import orjson

from service.errors import Invalid
from service.late import Late

if TYPE_CHECKING:
    import numpy as np
else:
    np = Late("numpy")

LONGEST_FILE = 900_000  # bytes of a file
MOST_POINTS = 60_000  # positions of a file
MOST_RING = 6_000  # positions of one ring, each tried against each other
MOST_FAULTS = 10
EAST, NORTH = (73.0, 136.0), (3.0, 54.0)  # degrees in which China lies
CODES = ("code", "adcode", "division_code", "区划代码")
"""Properties that may name the town: its statistical division code of 9 or 12 digits."""
_KNOWN_CRS = re.compile(r"(CRS84|EPSG:{1,2}(?:[\d.]*:)?(?:4326|4490))$", re.IGNORECASE)
_REVIEW = re.compile(r"[A-Z\u4e00-\u9fff]{1,8}[(（]\d{4}[)）]\d{1,6}号")


class Datum(Enum):
    """Coordinates that the file says it is in; the map is drawn as it is, over nothing else."""

    WGS84 = "WGS84"
    CGCS2000 = "CGCS2000"
    GCJ02 = "GCJ02"


class MapRefused(Invalid):
    """The file is no map of the district's towns; mend what is named and send it again."""

    code = "MAP_REFUSED"


@dataclass(frozen=True, slots=True)
class Shape:
    """The outline of one town: polygons, each an outer ring and its holes, as in RFC 7946."""

    code: str
    polygons: list[list[list[list[float]]]]


def check_review(number: str) -> str:
    """The number of the review as printed on the map, such as 渝S(2023)045号.

    Raises:
        Invalid: it does not look like one.
    """
    trimmed = number.strip().replace(" ", "")
    if not _REVIEW.fullmatch(trimmed):
        raise Invalid(
            "give the map's review number (审图号) as printed, such as 渝S(2023)045号",
            path=("input", "reviewNumber"),
        )
    return trimmed


def read(text: str, towns: Mapping[str, str]) -> list[Shape]:
    """The outlines of all towns, by code; `towns` maps each code to its name.

    Raises:
        MapRefused: too large, no GeoJSON, other geometries than polygons, open or crossing rings,
            coordinates outside China or of another system, a town missing, twice or unknown.
    """
    if len(text.encode()) > LONGEST_FILE:
        raise _refused([f"the file must not exceed {LONGEST_FILE} bytes"])
    features = _features(text)
    faults: list[str] = []
    shapes: dict[str, Shape] = {}
    points = 0
    for number, feature in enumerate(features, 1):
        where = f"feature {number}"
        code = _code(feature)
        if code not in towns:
            faults.append(f"{where}: no town of the district has the code {code or '(none)'}")
        elif code in shapes:
            faults.append(f"{where}: {towns[code]} ({code}) is drawn twice")
        polygons = _polygons(feature)
        if polygons is None:
            faults.append(f"{where}: only Polygon and MultiPolygon are drawn")
            continue
        points += sum(len(ring) for polygon in polygons for ring in polygon)
        faults.extend(f"{where}, {fault}" for fault in _faults(polygons))
        shapes.setdefault(code, Shape(code, polygons))
    if points > MOST_POINTS:
        faults.append(f"the file holds {points} points; simplify it to at most {MOST_POINTS}")
    missing = [f"{name} ({code})" for code, name in towns.items() if code not in shapes]
    if missing:
        faults.append(f"missing: {', '.join(missing)}")
    if faults:
        raise _refused(faults)
    return [shapes[code] for code in sorted(shapes)]


def _refused(faults: list[str]) -> MapRefused:
    more = len(faults) - MOST_FAULTS
    told = "; ".join(faults[:MOST_FAULTS]) + (f"; and {more} more" if more > 0 else "")
    return MapRefused(told, path=("input", "geojson"))


def _features(text: str) -> list[Any]:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _refused([f"line {error.lineno}, column {error.colno}: no JSON"]) from error
    if not isinstance(given, dict) or given.get("type") != "FeatureCollection":
        raise _refused(["the file must be a GeoJSON FeatureCollection (RFC 7946)"])
    crs = given.get("crs")
    named = crs.get("properties", {}).get("name", "") if isinstance(crs, dict) else ""
    if crs is not None and not _KNOWN_CRS.search(str(named)):
        raise _refused(
            [f"coordinates must be longitude and latitude, not {named or 'another CRS'}"]
        )
    features = given.get("features")
    if not isinstance(features, list) or not features:
        raise _refused(["the collection holds no feature"])
    return features


def _code(feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return ""
    for name in CODES:
        text = str(properties.get(name) or "").strip()
        if text:
            return text[:9] if re.fullmatch(r"\d{9}000", text) else text[:40]
    return ""


def _polygons(feature: Any) -> list[Any] | None:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict):
        return None
    held = geometry.get("coordinates")
    if geometry.get("type") == "Polygon":
        held = [held]
    elif geometry.get("type") != "MultiPolygon":
        return None
    if not isinstance(held, list) or not all(isinstance(p, list) and p for p in held):
        return None
    if not all(isinstance(ring, list) for polygon in held for ring in polygon):
        return None
    return held


def _faults(polygons: list[Any]) -> Iterator[str]:
    for p, polygon in enumerate(polygons, 1):
        for r, ring in enumerate(polygon, 1):
            fault = _fault(ring)
            if fault:
                yield f"polygon {p}, ring {r}: {fault}"


def _fault(ring: list[Any]) -> str:
    if len(ring) < 4:
        return "a ring has at least 4 positions"
    if len(ring) > MOST_RING:
        return f"a ring has at most {MOST_RING} positions; simplify it"
    try:
        at = np.array([position[:2] for position in ring], dtype=np.float64)
    except (TypeError, ValueError):
        return "a position is a pair of numbers"
    if at.shape != (len(ring), 2) or not np.isfinite(at).all():
        return "a position is a pair of numbers"
    if _inside(at[:, 1], at[:, 0]):
        return "longitude comes first; the positions are the other way round"
    if not _inside(at[:, 0], at[:, 1]):
        return "lies outside China; are these degrees of longitude and latitude?"
    if not (at[0] == at[-1]).all():
        return "the ring is not closed: its last position is not its first"
    crossing = _crossing(at)
    return f"the ring crosses itself near {crossing[0]:.5f},{crossing[1]:.5f}" if crossing else ""


def _inside(east: Any, north: Any) -> bool:
    return bool(
        (east > EAST[0]).all()
        and (east < EAST[1]).all()
        and (north > NORTH[0]).all()
        and (north < NORTH[1]).all()
    )


def _crossing(at: Any) -> tuple[float, float] | None:
    """Where two sides of a ring cross that do not follow each other; None where none do."""
    starts, ends = at[:-1], at[1:]
    count = len(starts)
    for i in range(count - 2):
        # The last side meets the first in the corner where the ring closes.
        upto = count - 1 if i == 0 else count
        a, b, c, d = starts[i], ends[i], starts[i + 2 : upto], ends[i + 2 : upto]
        if not len(c):
            continue
        met = (_side(a, b, c) * _side(a, b, d) < 0) & (_side(c, d, a) * _side(c, d, b) < 0)
        if met.any():
            return float(a[0]), float(a[1])
    return None


def _side(a: Any, b: Any, c: Any) -> Any:
    """On which side of a line from a to b a point lies: the sign of the cross product."""
    ab, ac = b - a, c - a
    return ab[..., 0] * ac[..., 1] - ab[..., 1] * ac[..., 0]
