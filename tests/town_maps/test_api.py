"""The map through the schema: only the committee brings it, versions stay, and it is taken down."""

from typing import Any

import pytest

from tests.town_maps.test_rules import collection, feature, square

SHOWN = "map { number reviewNumber towns } errors { code message path }"
UPLOAD = f"mutation ($input: UploadTownMapInput!) {{ uploadTownMap(input: $input) {{ {SHOWN} }} }}"
RESTORE = (
    f"mutation ($input: RestoreTownMapInput!) {{ restoreTownMap(input: $input) {{ {SHOWN} }} }}"
)
REMOVE = f"mutation ($input: RemoveTownMapInput!) {{ removeTownMap(input: $input) {{ {SHOWN} }} }}"
LOOK = "{ townMap { number reviewNumber datum towns shapes } townMaps { totalCount } }"
TENANTS = "{ tenants { edges { node { divisionCode kind } } } }"
REVIEW = "渝S(2023)045号"


@pytest.fixture
async def file(world: Any, execute: Any) -> str:
    """A map of the towns of the world."""
    answer = await execute(world.committee(), TENANTS)
    codes = [
        edge["node"]["divisionCode"]
        for edge in answer["data"]["tenants"]["edges"]
        if edge["node"]["kind"] != "DISTRICT"
    ]
    assert len(codes) == len(world.towns)
    return collection(*[feature(code, square(106 + at, 29)) for at, code in enumerate(codes)])


async def do(execute: Any, who: Any, document: str, **given: Any) -> dict[str, Any]:
    answer = await execute(who, document, {"input": given})
    (found,) = answer["data"].values()
    return dict(found)


async def test_the_committee_brings_its_map_returns_to_one_and_takes_it_down(
    world: Any, execute: Any, file: str
) -> None:
    committee = world.committee()
    first = await do(execute, committee, UPLOAD, reviewNumber=REVIEW, datum="WGS84", geojson=file)
    assert first == {
        "map": {"number": 1, "reviewNumber": REVIEW, "towns": len(world.towns)},
        "errors": [],
    }
    shown = (await execute(committee, LOOK))["data"]["townMap"]
    assert shown["datum"] == "WGS84"
    assert next(iter(shown["shapes"].values())) == [[square(106, 29)]]

    removed = await do(execute, committee, REMOVE)
    assert removed["map"] == {"number": 2, "reviewNumber": "", "towns": 0}
    assert (await execute(committee, LOOK))["data"]["townMap"] is None
    again = await do(execute, committee, REMOVE)
    assert [one["code"] for one in again["errors"]] == ["CONFLICT"]
    back = await do(execute, committee, RESTORE, number=1)
    assert back["map"] == {"number": 3, "reviewNumber": REVIEW, "towns": len(world.towns)}
    assert (await execute(committee, LOOK))["data"]["townMaps"]["totalCount"] == 3


async def test_a_bad_map_is_refused_whole_and_nobody_else_brings_one(
    world: Any, execute: Any, file: str
) -> None:
    given = {"reviewNumber": REVIEW, "datum": "GCJ02"}
    bad = await do(execute, world.committee(), UPLOAD, geojson=collection(), **given)
    unreviewed = await do(
        execute, world.committee(), UPLOAD, geojson=file, **{**given, "reviewNumber": "无"}
    )
    town = await do(execute, world.towns[0].principal(), UPLOAD, geojson=file, **given)

    assert [(one["code"], one["path"]) for one in bad["errors"]] == [
        ("MAP_REFUSED", ["input", "geojson"])
    ]
    assert [(one["code"], one["path"]) for one in unreviewed["errors"]] == [
        ("INVALID", ["input", "reviewNumber"])
    ]
    assert [one["code"] for one in town["errors"]] == ["FORBIDDEN"]
    seen = await execute(world.committee(), LOOK)
    assert seen["data"] == {"townMap": None, "townMaps": {"totalCount": 0}}
