"""Plates through the schema: who may do and see what, in how many statements."""

from typing import Any

import pytest
from strawberry import relay

from tenants.principal import Principal
from tenants.rights import Role
from tests.responsibility.conftest import Hall

ASSIGN = """mutation A($input: AssignPlatesInput!) { assignPlates(input: $input) {
  changes { new changed unchanged incomplete items { outcome missing premises { name } } }
  errors { code path } } }"""
PLATES = """query P($where: PlateWhere) { responsibilityPlates(where: $where) { totalCount
  edges { node { version state publicUrl premises { name } enterprise { name }
    adminHead { name inOffice } industryHead { name } enterpriseHead { name official } } } } }"""
HOLES = """query H($first: Int! = 20, $after: String) {
  responsibilityHoles(first: $first, after: $after) { totalCount
    edges { node { kind vacant premises { name } } } pageInfo { hasNextPage endCursor } } }"""
COUNTS = """{ plateCounts { town { name } premises plates holes
  platesCurrent { numerator denominator value } plated { value } } }"""


def gid(kind: str, identity: Any) -> str:
    return relay.to_base64(kind, str(identity))


def speaks_for(hall: Hall, enterprise_id: Any) -> Principal:
    return Principal(
        "account:shop",
        Role.ENTERPRISE,
        hall.world.towns[0].scope(),
        "店主",
        enterprise_id=enterprise_id,
    )


async def test_a_clerk_previews_then_assigns(hall: Hall, execute: Any) -> None:
    shops = [await hall.shop() for _ in range(2)]
    mayor, clerk = await hall.official(), await hall.official()
    given = {
        "where": {"all": True},
        "heads": {
            "adminHeadId": gid("ResponsiblePerson", mayor.id),
            "industryHeadId": gid("ResponsiblePerson", clerk.id),
        },
    }
    principal = hall.world.towns[0].principal()

    seen = await execute(principal, ASSIGN, {"input": {**given, "preview": True}})
    assert seen["data"]["assignPlates"]["changes"]["new"] == 2
    assert await hall.versions(shops[0]) == []


async def test_what_was_previewed_is_done(hall: Hall, execute: Any) -> None:
    await hall.shop(head=False)
    shop = await hall.shop()
    mayor = await hall.official()
    head = gid("ResponsiblePerson", mayor.id)
    given = {"where": {"industry": "62"}, "heads": {"adminHeadId": head, "industryHeadId": head}}

    principal = hall.world.towns[0].principal()
    done = (await execute(principal, ASSIGN, {"input": given}))["data"]["assignPlates"]

    assert done["errors"] == []
    assert {k: done["changes"][k] for k in ("new", "changed", "unchanged", "incomplete")} == {
        "new": 1, "changed": 0, "unchanged": 0, "incomplete": 1,
    }  # fmt: skip
    assert done["changes"]["items"][0]["missing"] == ["ENTERPRISE_HEAD"]
    listed = (await execute(principal, PLATES))["data"]["responsibilityPlates"]
    assert listed["totalCount"] == 1
    (edge,) = listed["edges"]
    assert edge["node"]["adminHead"] == {"name": mayor.name, "inOffice": True}
    assert edge["node"]["premises"]["name"] == shop.name
    assert "/plates/" in edge["node"]["publicUrl"]


async def test_rights_are_those_of_the_table(hall: Hall, execute: Any) -> None:
    (own, other), (mayor, _) = await hall.plated(shops=2)
    head = {"adminHeadId": gid("ResponsiblePerson", mayor.id)}
    given = {"input": {"where": {"all": True}, "heads": head}}
    town = hall.world.towns[0]

    for principal in (
        town.principal(Role.INSPECTOR),
        hall.world.committee(),
        hall.world.department("fire"),
        speaks_for(hall, own.enterprise_id),
    ):
        answer = await execute(principal, ASSIGN, given)
        assert answer["data"]["assignPlates"]["errors"] == [{"code": "FORBIDDEN", "path": []}]
    mine = await execute(speaks_for(hall, own.enterprise_id), PLATES)
    assert [
        edge["node"]["premises"]["name"] for edge in mine["data"]["responsibilityPlates"]["edges"]
    ] == [own.name]
    for document in (HOLES, COUNTS):
        answer = await execute(speaks_for(hall, own.enterprise_id), document)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    across = await execute(hall.world.committee(), COUNTS)
    assert [one["plates"] for one in across["data"]["plateCounts"]] == [2, 0]
    assert across["data"]["plateCounts"][1]["platesCurrent"] == {
        "numerator": 0, "denominator": 0, "value": None,
    }  # fmt: skip
    assert other.name


async def test_holes_are_paged_by_key(hall: Hall, execute: Any) -> None:
    shops = [await hall.shop() for _ in range(5)]
    names: list[str] = []
    after = None
    while True:
        answer = await execute(hall.world.committee(), HOLES, {"first": 2, "after": after})
        found = answer["data"]["responsibilityHoles"]
        names += [edge["node"]["premises"]["name"] for edge in found["edges"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break

    assert names == [shop.name for shop in shops]
    assert found["totalCount"] == 5
    assert found["edges"][0]["node"]["kind"] == "NO_PLATE"
    assert len(found["edges"][0]["node"]["vacant"]) == 3
    broken = await execute(hall.world.committee(), HOLES, {"after": "bm9uc2Vuc2U"})
    assert broken["errors"][0]["extensions"]["code"] == "CURSOR"


@pytest.mark.parametrize("given", [{}, {"industry": "6%"}, {"premisesIds": []}])
async def test_a_selection_that_selects_nothing_is_refused(
    hall: Hall, execute: Any, given: dict[str, Any]
) -> None:
    mayor = await hall.official()
    head = {"adminHeadId": gid("ResponsiblePerson", mayor.id)}

    answer = await execute(
        hall.world.towns[0].principal(), ASSIGN, {"input": {"where": given, "heads": head}}
    )

    assert [e["code"] for e in answer["data"]["assignPlates"]["errors"]] == ["INVALID"]


async def test_a_page_of_plates_costs_the_same_whatever_its_length(
    hall: Hall, execute: Any, statements: list[str]
) -> None:
    principal, costs = hall.world.towns[0].principal(), []
    for more in (1, 6):
        await hall.plated(shops=more)
        statements.clear()
        answer = await execute(principal, PLATES)
        assert answer["errors"] == []
        costs.append(len(statements))

    assert costs[0] == costs[1] == 6
