"""Equipment through the schema: an enterprise keeps its own, the town sees what is due."""

from datetime import date
from pathlib import Path
from typing import Any

from strawberry.relay import to_base64

from tenants.principal import PUBLIC
from tenants.rights import Role
from tests.conftest import Execute
from tests.guidance.conftest import turn as turn
from tests.hazards.conftest import Desk, member, open_shop
from tests.hazards.conftest import desk as desk
from tests.register.conftest import statements as statements

PAGE = Path(__file__).resolve().parents[2] / "graphql" / "operations" / "assets.graphql"
DOCUMENTS = PAGE.read_text(encoding="utf-8")
DAY = date(2026, 3, 2)


def document(name: str) -> str:
    """One of the operations that we ship."""
    at = max(DOCUMENTS.find(f"query {name}"), DOCUMENTS.find(f"mutation {name}"))
    return DOCUMENTS[at : DOCUMENTS.index("\n}\n", at) + 3]


async def test_an_enterprise_keeps_its_equipment_and_the_town_sees_what_is_due(
    desk: Desk, turn: Any, execute: Execute
) -> None:
    turn(DAY)
    world, place = desk.world, to_base64("Premises", str(desk.shop.id))
    party = member(world, Role.ENTERPRISE, "account:p", enterprise_id=desk.shop.enterprise_id)
    other = await open_shop(world, name="别家店")
    stranger = member(world, Role.ENTERPRISE, "account:q", enterprise_id=other.enterprise_id)
    clerk = world.towns[0].principal()
    given = {
        "premisesId": place, "kind": "LIFT", "name": "客梯", "serial": "3010",
        "nextDueOn": "2026-03-05",
    }  # fmt: skip

    for who, code in (
        (stranger, "NOT_FOUND"), (world.committee(), "FORBIDDEN"),
        (world.department("market"), "FORBIDDEN"), (world.towns[1].principal(), "NOT_FOUND"),
    ):  # fmt: skip
        refused = await execute(who, document("RegisterAsset"), {"input": given})
        assert [e["code"] for e in refused["data"]["registerAsset"]["errors"]] == [code]
    made = await execute(party, document("RegisterAsset"), {"input": given})
    asset = made["data"]["registerAsset"]["asset"]
    assert (asset["standing"], asset["nextDueOn"]) == ("IN_DATE", "2026-03-05")
    for who, number in ((clerk, 1), (party, 1), (stranger, 0), (world.department("market"), 1)):
        due = await execute(who, document("DueAssets"), {"until": "2026-03-05"})
        assert due["data"]["assets"]["totalCount"] == number
    assert due["data"]["assets"]["edges"][0]["node"]["daysLeft"] == 3
    early = await execute(clerk, document("DueAssets"), {"until": "2026-03-04"})
    assert early["data"]["assets"]["totalCount"] == 0

    turn(date(2026, 3, 6))
    counts = await execute(world.committee(), document("AssetCounts"))
    assert counts["data"]["assetCounts"][0]["inDate"] == {
        "numerator": 0, "denominator": 1, "value": 0.0,
    }  # fmt: skip
    report = {"assetId": asset["id"], "inspectedOn": "2026-03-06", "passed": True,
              "body": "某特检院", "report": "TJ-1"}  # fmt: skip
    wrong = await execute(stranger, document("RecordAssetInspection"), {"input": report})
    assert [e["code"] for e in wrong["data"]["recordAssetInspection"]["errors"]] == ["NOT_FOUND"]
    done = await execute(party, document("RecordAssetInspection"), {"input": report})
    assert done["data"]["recordAssetInspection"]["asset"] == {
        "id": asset["id"], "standing": "IN_DATE", "nextDueOn": "2027-03-06",
        "inspections": [{
            "inspectedOn": "2026-03-06", "passed": True, "body": "某特检院", "report": "TJ-1",
            "nextDueOn": "2027-03-06",
        }],
    }  # fmt: skip
    gone = {"input": {"assetId": asset["id"], "reason": "拆除"}}
    await execute(clerk, document("RetireAsset"), gone)
    again = await execute(clerk, document("RetireAsset"), gone)
    assert [e["code"] for e in again["data"]["retireAsset"]["errors"]] == ["RETIRED"]
    counts = await execute(world.committee(), document("AssetCounts"))
    assert counts["data"]["assetCounts"][0]["inDate"]["value"] is None


async def test_the_committee_counts_and_reads_no_row_and_the_public_nothing(
    desk: Desk, turn: Any, execute: Execute
) -> None:
    turn(DAY)
    party = member(desk.world, Role.ENTERPRISE, "account:p", enterprise_id=desk.shop.enterprise_id)
    committee = desk.world.committee()

    assert (await execute(committee, document("AssetKinds")))["errors"] == []
    for who, name, values in (
        (committee, "DueAssets", {"until": "2026-03-05"}), (PUBLIC, "AssetKinds", {}),
        (party, "AssetCounts", {}), (PUBLIC, "AssetCounts", {}),
    ):  # fmt: skip
        refused = await execute(who, document(name), values)
        assert [one["extensions"]["code"] for one in refused["errors"]] == ["FORBIDDEN"], name


async def test_a_page_of_premises_costs_as_many_statements_as_one(
    desk: Desk, turn: Any, execute: Execute, statements: list[str]
) -> None:
    turn(DAY)
    from service.assets import commands

    ask = """{ enterprises { edges { node { premises { assets(first: 5) { totalCount edges { node {
      name premises { name } enterprise { name } inspections { report } } } } } } } } }"""
    counted, place = [], desk.shop
    for number in range(3):
        for serial in range(number + 1):
            row = await desk.do(
                commands.register, place.id, "LIFT", name="梯", serial=str(serial), next_due_on=DAY
            )
            report = commands.Report(DAY, True, "某院", f"R{serial}")
            await desk.do(commands.inspect, row.id, report)
        statements.clear()
        answer = await execute(desk.world.towns[0].principal(), ask)
        assert answer["errors"] == []
        counted.append(len(statements))
        place = await open_shop(desk.world, name=f"安商{number}店")

    edges = [edge["node"]["premises"] for edge in answer["data"]["enterprises"]["edges"]]
    assert [places[0]["assets"]["totalCount"] for places in edges] == [3, 2, 1]
    assert len(set(counted)) == 1, counted
