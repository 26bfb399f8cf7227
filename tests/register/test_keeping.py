"""A clerk keeps the register: every change has its reason and what was before."""

from typing import Any

import pytest

from service.register.records import RegisterChange
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.register.conftest import Ask, code

ENROL = """mutation E($input: EnrolEnterpriseInput!) { enrolEnterprise(input: $input) {
  enterprise { id version } errors { code path message } } }"""
ADD = """mutation A($input: AddPremisesInput!) { addPremises(input: $input) {
  premises { id } errors { code } } }"""
UPDATE = """mutation U($input: UpdateEnterpriseInput!) { updateEnterprise(input: $input) {
  enterprise { name risk scale creditCode principalName contactPhone version }
  errors { code path } } }"""
LOOK = """query L($id: ID!) { node(id: $id) { ... on Enterprise {
  name status version contactPhone identifiers { kind value }
  history { act version fields reason } premises { status } } } }"""
LIST = """query L(
  $where: EnterpriseWhere, $orderBy: EnterpriseOrder!, $first: Int!, $after: String
) {
  enterprises(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { name identifiers { value } history { act } premises { name } } } } }"""


def step(verb: str, what: str = "Enterprise") -> str:
    """The mutation that takes this step."""
    thing = what.lower()
    return (
        f"mutation S($input: {verb}{what}Input!) {{ {verb.lower()}{what}(input: $input) {{"
        f" {thing} {{ status version }} errors {{ code path }} }} }}"
    )


async def open_shop(ask: Ask, clerk: Any, seed: int, **more: Any) -> tuple[str, str]:
    fields = {"name": f"某商行{seed}", "creditCode": code(seed), **more}
    made = await ask(clerk, ENROL, input=fields)
    shop = made["enterprise"]["id"]
    place = {"name": "店", "address": "某路1号", "latitude": 29.6, "longitude": 106.5}
    added = await ask(clerk, ADD, input={**place, "enterpriseId": shop})
    return shop, added["premises"]["id"]


async def test_a_change_keeps_what_was_before(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    shop, _ = await open_shop(ask, clerk, 100)

    done = await ask(
        clerk,
        UPDATE,
        input={
            "enterpriseId": shop,
            "risk": "RED",
            "scale": "SMALL",
            "principalName": "甲某",
            "contactPhone": "13800000000",
            "reason": "年度核对",
            "expectedVersion": 1,
        },
    )

    assert done["errors"] == []
    assert done["enterprise"] == {
        "name": "某商行100",
        "risk": "RED",
        "scale": "SMALL",
        "creditCode": code(100),
        "principalName": "甲某",
        "contactPhone": "13800000000",
        "version": 2,
    }
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        (change,) = await RegisterChange.filter(tenant_id=world.towns[0].owner.tenant_id)
    assert (change.act, change.reason, change.before["risk"], change.after["risk"]) == (
        "UPDATED",
        "年度核对",
        "BLUE",
        "RED",
    )


async def test_a_change_based_on_an_old_version_is_refused(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    shop, _ = await open_shop(ask, clerk, 101)
    await ask(clerk, UPDATE, input={"enterpriseId": shop, "name": "先改"})

    late = await ask(
        clerk, UPDATE, input={"enterpriseId": shop, "name": "后改", "expectedVersion": 1}
    )

    assert late == {
        "enterprise": None,
        "errors": [{"code": "CONFLICT", "path": ["input", "expectedVersion"]}],
    }
    assert (await ask(clerk, LOOK, id=shop))["name"] == "先改"


async def test_a_change_of_nothing_is_no_change(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    shop, _ = await open_shop(ask, clerk, 102)

    done = await ask(clerk, UPDATE, input={"enterpriseId": shop, "name": " 某商行102 "})

    assert done["enterprise"]["version"] == 1
    assert (await ask(clerk, LOOK, id=shop))["history"] == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"creditCode": "91150425MAOMX52N1X"}, "creditCode"),
        ({"creditCode": None}, "creditCode"),
        ({"industryCode": "9999"}, "industryCode"),
        ({"name": " "}, "name"),
        ({"contactPhone": "1" * 41}, "contactPhone"),
    ],
)
async def test_a_wrong_value_changes_nothing(
    world: Any, ask: Ask, changes: dict[str, Any], path: str
) -> None:
    clerk = world.towns[0].principal()
    shop, _ = await open_shop(ask, clerk, 103)

    done = await ask(clerk, UPDATE, input={"enterpriseId": shop, "risk": "RED", **changes})

    assert done["errors"] == [{"code": "INVALID", "path": ["input", path]}]
    assert (await ask(clerk, LOOK, id=shop))["version"] == 1


async def test_an_enterprise_is_suspended_reopened_and_closed_with_its_premises(
    world: Any, ask: Ask
) -> None:
    clerk = world.towns[0].principal()
    shop, _ = await open_shop(ask, clerk, 104)

    for verb in ("Suspend", "Reopen", "Close"):
        done = await ask(clerk, step(verb), input={"enterpriseId": shop, "reason": verb})
        assert done["errors"] == []

    seen = await ask(clerk, LOOK, id=shop)
    assert (seen["status"], seen["premises"]) == ("CLOSED", [{"status": "CLOSED"}])
    assert [(one["act"], one["reason"]) for one in seen["history"]] == [
        ("SUSPENDED", "Suspend"),
        ("REOPENED", "Reopen"),
        ("CLOSED", "Close"),
        ("PREMISES_CLOSED", "Close"),
    ]


async def test_a_step_that_does_not_follow_is_refused(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    shop, place = await open_shop(ask, clerk, 105)

    again = await ask(clerk, step("Reopen"), input={"enterpriseId": shop, "reason": "x"})
    mute = await ask(clerk, step("Close"), input={"enterpriseId": shop, "reason": " "})
    await ask(clerk, step("Close"), input={"enterpriseId": shop, "reason": "歇业"})
    orphan = await ask(
        clerk, step("Reopen", "Premises"), input={"premisesId": place, "reason": "x"}
    )

    assert [one["errors"][0]["code"] for one in (again, mute, orphan)] == [
        "CONFLICT",
        "INVALID",
        "CONFLICT",
    ]


async def test_an_old_number_finds_the_enterprise_and_belongs_to_one(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    shop, _ = await open_shop(ask, clerk, 106)
    other, _ = await open_shop(ask, clerk, 107)
    add = """mutation I($input: AddEnterpriseIdentifierInput!) {
      addEnterpriseIdentifier(input: $input) { enterprise { name } errors { code path } } }"""
    old = {"kind": "REGISTRATION_NUMBER", "value": "110108000000016"}

    wrong = await ask(clerk, add, input={"enterpriseId": shop, **old, "value": "110108000000017"})
    kept = await ask(clerk, add, input={"enterpriseId": shop, **old})
    twice = await ask(clerk, add, input={"enterpriseId": other, **old})

    assert wrong["errors"] == [{"code": "INVALID", "path": ["input", "value"]}]
    assert kept["errors"] == []
    assert twice["errors"] == [{"code": "CONFLICT", "path": ["input", "value"]}]
    found = await ask(
        clerk, LIST, where={"search": old["value"]}, orderBy="NEWEST", first=5, after=None
    )
    assert [edge["node"]["name"] for edge in found["edges"]] == ["某商行106"]


async def test_telephone_numbers_are_masked_outside_the_town(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    shop, _ = await open_shop(ask, clerk, 108, contactPhone="13812345678")

    assert (await ask(clerk, LOOK, id=shop))["contactPhone"] == "13812345678"
    for outsider in (world.committee(), world.department("fire")):
        assert (await ask(outsider, LOOK, id=shop))["contactPhone"] == "138****5678"


async def test_another_town_and_an_inspector_of_the_committee_change_nothing(
    world: Any, ask: Ask
) -> None:
    shop, _ = await open_shop(ask, world.towns[0].principal(), 109)

    for stranger, refusal in (
        (world.towns[1].principal(), "NOT_FOUND"),
        (world.committee(), "FORBIDDEN"),
        (world.towns[0].principal(Role.ENTERPRISE), "FORBIDDEN"),
    ):
        done = await ask(stranger, UPDATE, input={"enterpriseId": shop, "name": "他人"})
        assert [one["code"] for one in done["errors"]] == [refusal]


async def test_a_list_is_filtered_ordered_and_costs_the_same_for_many(
    world: Any, ask: Ask, statements: list[str]
) -> None:
    clerk = world.towns[0].principal()
    names = ["渝北酒店", "安商酒店", "长乐酒店", "百味餐厅"]
    costs = []
    for number, name in enumerate(names):
        await open_shop(
            ask, clerk, 120 + number, name=name, industryCode="6110" if number else "5212"
        )
        statements.clear()
        await ask(clerk, LIST, where={"search": "jiudian"}, orderBy="NAME", first=9, after=None)
        costs.append(len(statements))

    assert len(set(costs)) == 1
    seen: list[str] = []
    after = None
    for _ in names:
        page = await ask(clerk, LIST, where={}, orderBy="NAME", first=1, after=after)
        seen += [edge["node"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == ["安商酒店", "百味餐厅", "渝北酒店", "长乐酒店"]
    for where, count in (
        ({"industryPrefix": "61"}, 3),
        ({"industryPrefix": "5212"}, 1),
        ({"status": "CLOSED"}, 0),
        ({"risk": "BLUE", "search": "酒店"}, 3),
        ({"withoutGrid": True}, 4),
        ({"withoutGrid": False}, 0),
        ({"creditCode": code(121)}, 1),
    ):
        page = await ask(clerk, LIST, where=where, orderBy="NEWEST", first=9, after=None)
        assert page["totalCount"] == count, where
