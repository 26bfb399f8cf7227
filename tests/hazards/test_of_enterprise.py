"""An enterprise's own hazards, asked below it: pages, rights, and what many of them cost."""

from datetime import timedelta
from typing import Any

import pytest

from service.hazards.records import Hazard
from service.hazards.rules import Category
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import Execute
from tests.hazards.conftest import Desk, member, open_shop
from tests.hazards.test_load import statements

__all__ = ["statements"]

PAGE = """query ($first: Int! = 2, $after: String) { enterprises(first: 50) { edges { node {
  name hazards(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
  edges { cursor node { description history { step } } } } } } } }"""


async def three_hazards(desk: Desk) -> None:
    for number in range(3):
        row = await desk.report(description=f"隐患{number}", category=Category.FIRE)
        async with tenant_transaction(desk.world.towns[0].scope()):
            at = row.created_at + timedelta(seconds=number)
            await Hazard.filter(id=row.id).update(created_at=at)


async def test_each_enterprise_has_its_own_page_newest_first(desk: Desk, execute: Execute) -> None:
    await three_hazards(desk)
    await open_shop(desk.world, name="空店")
    admin = member(desk.world, Role.TENANT_ADMIN, "account:admin")

    answer = await execute(admin, PAGE)

    assert answer["errors"] == []
    empty, full = (edge["node"] for edge in answer["data"]["enterprises"]["edges"])
    assert empty["hazards"]["edges"] == []
    assert empty["hazards"]["totalCount"] == 0
    shown = [edge["node"]["description"] for edge in full["hazards"]["edges"]]
    assert (shown, full["hazards"]["totalCount"]) == (["隐患2", "隐患1"], 3)
    after = full["hazards"]["pageInfo"]["endCursor"]
    rest = await execute(admin, PAGE, {"after": after})
    last = rest["data"]["enterprises"]["edges"][1]["node"]["hazards"]
    assert [edge["node"]["description"] for edge in last["edges"]] == ["隐患0"]
    assert last["pageInfo"]["hasNextPage"] is False


async def test_a_department_sees_those_of_its_line(desk: Desk, execute: Execute) -> None:
    await three_hazards(desk)
    await desk.report(description="燃气软管老化", category=Category.GAS)

    seen = {}
    for line in ("fire", "gas", "emergency"):
        answer = await execute(desk.world.department(line), PAGE, {"first": 9})
        (edge,) = answer["data"]["enterprises"]["edges"]
        seen[line] = [one["node"]["description"] for one in edge["node"]["hazards"]["edges"]]

    assert seen["gas"] == ["燃气软管老化"]
    assert sorted(seen["fire"]) == ["隐患0", "隐患1", "隐患2"]
    assert len(seen["emergency"]) == 4


async def test_a_committee_reads_the_register_but_no_hazard_below_it(
    desk: Desk, execute: Execute
) -> None:
    await three_hazards(desk)

    answer = await execute(desk.world.committee(), PAGE)

    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("role", ["admin", "gas"])
async def test_many_enterprises_cost_what_one_does(
    desk: Desk, execute: Execute, statements: list[str], role: str
) -> None:
    asker: Any = member(desk.world, Role.TENANT_ADMIN, "account:admin")
    if role == "gas":
        asker = desk.world.department("gas")
    costs = []
    for more in (1, 5):
        for number in range(more):
            await open_shop(desk.world, name=f"{more}号店{number}")
        await desk.report(category=Category.GAS)
        statements.clear()
        assert (await execute(asker, PAGE))["errors"] == []
        costs.append(len(statements))

    assert costs[0] == costs[1]
