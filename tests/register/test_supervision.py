"""A town divides its register: grids without gap or overlap, tiers, the quota by revenue."""

from math import cos, sin
from typing import Any

from tests.register.conftest import Ask
from tests.register.test_keeping import LOOK, open_shop

DEFINE = """mutation D($input: DefineGridInput!) { defineGrid(input: $input) {
  grid { id name cells premisesCount } errors { code } } }"""
ASSIGN = """mutation A($input: AssignGridCellsInput!) { assignGridCells(input: $input) {
  moved errors { code path } } }"""
COVERAGE = """{ gridCoverage { town { name } premises orphanPremises doubleAssigned } }"""
REVENUE = """mutation R($input: StateRevenueInput!) { stateRevenue(input: $input) {
  enterprise { aboveQuota quotaBasisYear revenueStatements { year revenue threshold aboveQuota } }
  errors { code path } } }"""
TIER = """mutation T($input: DecideSupervisionTierInput!) { decideSupervisionTier(input: $input) {
  enterprise { tier tierDecisions { number tier tableTier reason } } errors { code path } } }"""
MOVE = """mutation M($input: MovePremisesInput!) { movePremises(input: $input) {
  premises { id } errors { code } } }"""


def square(latitude: float, longitude: float, side: float = 0.01) -> list[dict[str, float]]:
    """An outline around a place."""
    return [
        {"latitude": latitude + a * side, "longitude": longitude + b * side}
        for a, b in ((-1, -1), (-1, 1), (1, 1), (1, -1))
    ]


async def test_premises_fall_to_the_grid_of_their_cell_and_none_is_left(
    world: Any, ask: Ask
) -> None:
    clerk = world.towns[0].principal()
    _, place = await open_shop(ask, clerk, 200)
    await open_shop(ask, clerk, 201)

    holes = await ask(world.committee(), COVERAGE)
    grid = await ask(clerk, DEFINE, input={"code": "G1", "name": "一格", "keeperName": "甲某"})
    identity = grid["grid"]["id"]
    done = await ask(clerk, ASSIGN, input={"gridId": identity, "outline": square(29.6, 106.5)})

    assert holes[0] == {
        "town": {"name": "测试镇0"},
        "premises": 2,
        "orphanPremises": 2,
        "doubleAssigned": 0,
    }
    assert done == {"moved": 2, "errors": []}
    assert (await ask(world.committee(), COVERAGE))[0]["orphanPremises"] == 0
    other = await ask(clerk, DEFINE, input={"code": "G2", "name": "二格", "keeperName": "乙某"})
    moved = await ask(
        clerk, MOVE, input={"premisesId": place, "gridId": other["grid"]["id"], "reason": "交界"}
    )
    assert moved["errors"] == []
    again = await ask(clerk, DEFINE, input={"code": "G2", "name": "二格", "keeperName": "丙某"})
    assert again["grid"]["premisesCount"] == 1


async def test_no_hexagon_belongs_to_two_grids(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    ids = []
    for code in ("G1", "G2"):
        made = await ask(clerk, DEFINE, input={"code": code, "name": code, "keeperName": "甲某"})
        ids.append(made["grid"]["id"])
    await ask(clerk, ASSIGN, input={"gridId": ids[0], "outline": square(29.6, 106.5)})

    taken = await ask(clerk, ASSIGN, input={"gridId": ids[1], "outline": square(29.6, 106.5)})
    beside = await ask(clerk, ASSIGN, input={"gridId": ids[1], "outline": square(29.7, 106.5)})
    huge = await ask(clerk, ASSIGN, input={"gridId": ids[1], "outline": square(29.7, 106.5, 3)})
    stranger = await ask(
        world.towns[1].principal(), ASSIGN, input={"gridId": ids[1], "outline": square(29.7, 106.5)}
    )

    ring = [
        {"latitude": 29.8 + sin(n / 80) / 100, "longitude": 106.5 + cos(n / 80) / 100}
        for n in range(501)
    ]
    fine = await ask(clerk, ASSIGN, input={"gridId": ids[1], "outline": ring})
    assert fine == {
        "moved": None,
        "errors": [{"code": "INVALID", "path": ["input", "outline"]}],
    }
    assert [one["code"] for one in taken["errors"]] == ["CONFLICT"]
    assert beside["errors"] == []
    assert huge["errors"] == [{"code": "INVALID", "path": ["input", "outline"]}]
    assert [one["code"] for one in stranger["errors"]] == ["NOT_FOUND"]


MAP = """{ grids(first: 10) {
  edges { node { code cells hexagons { cell corners { latitude longitude } } } }
} }"""


async def test_a_town_sees_the_hexagons_of_its_grids_and_no_other_town_does(
    world: Any, ask: Ask
) -> None:
    clerk = world.towns[0].principal()
    for code, latitude in (("G1", 29.6), ("G2", 29.7)):
        made = await ask(clerk, DEFINE, input={"code": code, "name": code, "keeperName": "甲某"})
        outline = square(latitude, 106.5)
        done = await ask(clerk, ASSIGN, input={"gridId": made["grid"]["id"], "outline": outline})
        assert done["errors"] == []

    seen = {edge["node"]["code"]: edge["node"] for edge in (await ask(clerk, MAP))["edges"]}

    cells = {code: {one["cell"] for one in grid["hexagons"]} for code, grid in seen.items()}
    assert {code: len(found) for code, found in cells.items()} == {
        code: grid["cells"] for code, grid in seen.items()
    }
    assert all(cells.values())
    assert not cells["G1"] & cells["G2"]
    for code, latitude in (("G1", 29.6), ("G2", 29.7)):
        corners = [corner for one in seen[code]["hexagons"] for corner in one["corners"]]
        assert len(corners) == 6 * seen[code]["cells"]
        assert all(abs(corner["latitude"] - latitude) < 0.05 for corner in corners)
        assert all(abs(corner["longitude"] - 106.5) < 0.05 for corner in corners)
    assert (await ask(world.towns[1].principal(), MAP))["edges"] == []


async def test_the_latest_revenue_decides_on_the_quota(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    shop, _ = await open_shop(ask, clerk, 210, industryCode="5212")
    stated = []
    for year, revenue in ((2024, "500000000"), (2023, "0"), (2025, "499999999")):
        done = await ask(
            clerk, REVENUE, input={"enterpriseId": shop, "year": year, "revenue": revenue}
        )
        assert done["errors"] == []
        stated.append((done["enterprise"]["aboveQuota"], done["enterprise"]["quotaBasisYear"]))

    assert stated == [(True, 2024), (True, 2024), (False, 2025)]
    assert done["enterprise"]["revenueStatements"][1] == {
        "year": 2024,
        "revenue": "500000000",
        "threshold": "500000000",
        "aboveQuota": True,
    }
    early = await ask(clerk, REVENUE, input={"enterpriseId": shop, "year": 2099, "revenue": "1"})
    assert early["errors"] == [{"code": "INVALID", "path": ["input", "year"]}]


async def test_each_change_of_tier_is_a_decision_with_its_reason(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    shop, _ = await open_shop(ask, clerk, 220, risk="RED", scale="SMALL")

    first = await ask(clerk, TIER, input={"enterpriseId": shop, "reason": "按分级表"})
    same = await ask(clerk, TIER, input={"enterpriseId": shop, "reason": "按分级表"})
    second = await ask(
        clerk, TIER, input={"enterpriseId": shop, "tier": "SECOND", "reason": "整改到位"}
    )

    assert first["enterprise"]["tier"] == "FIRST"
    assert [one["code"] for one in same["errors"]] == ["CONFLICT"]
    assert second["enterprise"]["tierDecisions"] == [
        {"number": 1, "tier": "FIRST", "tableTier": "FIRST", "reason": "按分级表"},
        {"number": 2, "tier": "SECOND", "tableTier": "FIRST", "reason": "整改到位"},
    ]
    assert [one["act"] for one in (await ask(clerk, LOOK, id=shop))["history"]] == [
        "TIER_DECIDED",
        "TIER_DECIDED",
    ]
