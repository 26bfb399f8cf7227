"""What is drawn as a map: every kind of fault is named with its place, and a good file is kept."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import Invalid
from service.town_maps.rules import LONGEST_FILE, MapRefused, check_review, read

TOWNS = {"990112001": "甲镇", "990112002": "乙街道"}


def square(east: float, north: float, size: float = 0.1) -> list[list[float]]:
    """A closed ring around a corner."""
    a, b, c, d = east, north, east + size, north + size
    return [[a, b], [c, b], [c, d], [a, d], [a, b]]


def feature(code: str, *rings: Any, **more: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry, **more}


def collection(*features: Any, **more: Any) -> str:
    return orjson.dumps({"type": "FeatureCollection", "features": features, **more}).decode()


FIRST, SECOND = feature("990112001", square(106.5, 29.6)), feature("990112002", square(106.7, 29.6))
FAR = feature("500112999", square(106, 29))
OPEN_RING = feature("990112002", square(106.7, 29.6)[:-1])
POINT = feature("990112002", geometry={"type": "Point", "coordinates": [106.7, 29.6]})
NUMBER = feature("990112002", geometry={"type": "Polygon", "coordinates": 7})
RING = "feature 2, polygon 1, ring 1: the ring"
POLYGONS = "only Polygon and MultiPolygon"
BOW = [[106.5, 29.6], [106.6, 29.7], [106.6, 29.6], [106.5, 29.7], [106.5, 29.6]]


def test_a_polygon_for_each_town_is_a_map() -> None:
    islands = {
        "type": "Feature",
        "properties": {"adcode": "990112002000"},
        "geometry": {
            "type": "MultiPolygon",
            "coordinates": [
                [square(106.7, 29.6), square(106.72, 29.62, 0.02)],
                [square(107, 29.9)],
            ],
        },
    }
    shapes = read(
        collection(FIRST, islands, crs={"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}),
        TOWNS,
    )

    assert [one.code for one in shapes] == ["990112001", "990112002"]
    assert [len(polygon) for polygon in shapes[1].polygons] == [2, 1]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "line 1, column 2: no JSON"),
        ("[]", "FeatureCollection"),
        (collection(), "no feature"),
        (collection(FIRST), r"missing: 乙街道 \(990112002\)"),
        (collection(FIRST, SECOND, FIRST), r"feature 3: 甲镇 \(990112001\) is drawn twice"),
        (collection(FIRST, SECOND, FAR), "feature 3: no town .* 500112999"),
        (collection(FIRST, OPEN_RING), f"{RING} is not closed"),
        (collection(FIRST, feature("990112002", BOW)), f"{RING} crosses itself near"),
        (collection(FIRST, feature("990112002", square(29.6, 106.5))), "longitude comes first"),
        (collection(FIRST, feature("990112002", square(600000, 3200000, 1000))), "outside China"),
        (collection(FIRST, feature("990112002", [["a", "b"]] * 4)), "a pair of numbers"),
        (collection(FIRST, feature("990112002", [[106.5, 29.6]] * 3)), "at least 4 positions"),
        (collection(FIRST, POINT), POLYGONS),
        (collection(FIRST, NUMBER), POLYGONS),
        (collection(FIRST, SECOND, crs={"properties": {"name": "EPSG:3857"}}), "not EPSG:3857"),
        (collection(FIRST, SECOND) + " " * LONGEST_FILE, "must not exceed"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(text: str, fault: str) -> None:
    with pytest.raises(MapRefused, match=fault):
        read(text, TOWNS)


def test_at_most_ten_faults_are_told_and_the_rest_counted() -> None:
    with pytest.raises(MapRefused, match="and 15 more") as refusal:
        read(collection(*[feature(str(code), square(106, 29)) for code in range(24)]), TOWNS)

    assert refusal.value.message.count("feature") == 10


@given(turn=st.integers(0, 11), corners=st.integers(3, 12))
@settings(max_examples=30, deadline=None)
def test_a_ring_that_goes_once_around_never_crosses_itself(turn: int, corners: int) -> None:
    from math import cos, pi, sin

    ring = [
        [106.8 + 0.05 * cos(2 * pi * k / corners), 29.8 + 0.05 * sin(2 * pi * k / corners)]
        for k in range(corners)
    ]
    ring = ring[turn % corners :] + ring[: turn % corners]

    assert len(read(collection(FIRST, feature("990112002", [*ring, ring[0]])), TOWNS)) == 2


@pytest.mark.parametrize(
    "number", ["渝S(2023)045号", "GS（2019）1822号", "GS京(2022)1061号", " 渝S (2023) 045 号 "]
)
def test_a_review_number_as_printed_is_taken(number: str) -> None:
    assert " " not in check_review(number)


@pytest.mark.parametrize("number", ["", "无", "2023", "渝S2023045", "GS(23)1号"])
def test_what_is_no_review_number_is_not(number: str) -> None:
    with pytest.raises(Invalid):
        check_review(number)
