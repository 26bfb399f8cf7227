"""A town keeps its register of enterprises and premises."""

from random import Random
from typing import Any

import pytest

from service import audit
from service.register.credit_code import generate
from tenants.rights import Role
from tenants.wall import tenant_transaction

ENROL = """
mutation Enrol($input: EnrolEnterpriseInput!) {
  enrolEnterprise(input: $input) {
    enterprise { id name creditCode risk premises { name } }
    errors { code message path }
  }
}
"""
LIST = """
query List($first: Int!, $after: String, $where: EnterpriseWhere) {
  enterprises(first: $first, after: $after, where: $where) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { name premises { address } } }
  }
}
"""


def code(seed: int) -> str:
    return generate(rng=Random(seed))


async def enrol(execute: Any, principal: Any, **fields: Any) -> dict[str, Any]:
    answer = await execute(principal, ENROL, {"input": fields})
    assert answer["errors"] == []
    return answer["data"]["enrolEnterprise"]


async def test_a_town_admin_enrols_an_enterprise(world: Any, execute: Any) -> None:
    town = world.towns[0]

    done = await enrol(execute, town.principal(), name=" 试验超市 ", creditCode=code(1), risk="RED")

    assert done["errors"] == []
    assert done["enterprise"]["name"] == "试验超市"
    assert done["enterprise"]["risk"] == "RED"
    async with tenant_transaction(town.scope(), read_only=True):
        report = await audit.verify(town.owner)
    assert (report.entries, report.broken_at) == (1, None)


async def test_a_wrong_credit_code_is_refused_with_a_suggestion_and_nothing_changes(
    world: Any, execute: Any
) -> None:
    principal = world.towns[0].principal()

    done = await enrol(execute, principal, name="试验商行", creditCode="91150425MAOMX52N1X")

    assert done["enterprise"] is None
    (error,) = done["errors"]
    assert error["code"] == "INVALID"
    assert "91150425MA0MX52N1X" in error["message"]
    listed = await execute(principal, LIST, {"first": 10})
    assert listed["data"]["enterprises"]["totalCount"] == 0


async def test_the_same_code_twice_in_one_town_is_a_conflict(world: Any, execute: Any) -> None:
    principal = world.towns[0].principal()
    await enrol(execute, principal, name="甲", creditCode=code(2))

    again = await enrol(execute, principal, name="乙", creditCode=code(2))

    assert [error["code"] for error in again["errors"]] == ["CONFLICT"]


async def test_two_towns_may_hold_the_same_legal_entity_without_knowing_of_each_other(
    world: Any, execute: Any
) -> None:
    first, second = (town.principal() for town in world.towns)

    one = await enrol(execute, first, name="甲", creditCode=code(3))
    two = await enrol(execute, second, name="甲分店", creditCode=code(3))

    assert one["errors"] == two["errors"] == []
    listed = await execute(second, LIST, {"first": 10})
    assert [e["node"]["name"] for e in listed["data"]["enterprises"]["edges"]] == ["甲分店"]


async def test_the_committee_reads_across_towns_but_enrols_nothing(
    world: Any, execute: Any
) -> None:
    for index, town in enumerate(world.towns):
        await enrol(execute, town.principal(), name=f"企业{index}", creditCode=code(10 + index))

    listed = await execute(world.committee(), LIST, {"first": 10})
    refused = await enrol(execute, world.committee(), name="丙", creditCode=code(12))

    assert listed["data"]["enterprises"]["totalCount"] == 2
    assert [error["code"] for error in refused["errors"]] == ["FORBIDDEN"]


async def test_an_idempotency_key_answers_the_repeat_with_the_first_answer(
    world: Any, execute: Any
) -> None:
    principal = world.towns[0].principal()
    fields = {"name": "试验酒店", "creditCode": code(4), "idempotencyKey": "k-1"}

    first = await enrol(execute, principal, **fields)
    second = await enrol(execute, principal, **fields)
    other = await execute(principal, ENROL, {"input": {**fields, "name": "别名"}})

    assert first == second
    assert other["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    listed = await execute(principal, LIST, {"first": 10})
    assert listed["data"]["enterprises"]["totalCount"] == 1


async def test_pages_follow_one_another_without_gap_or_repeat(world: Any, execute: Any) -> None:
    principal = world.towns[0].principal()
    for index in range(7):
        await enrol(execute, principal, name=f"企业{index}", creditCode=code(20 + index))

    seen: list[str] = []
    after = None
    while True:
        answer = await execute(principal, LIST, {"first": 3, "after": after})
        page = answer["data"]["enterprises"]
        seen += [edge["node"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert seen == [f"企业{index}" for index in reversed(range(7))]


async def test_nobody_enrols_without_signing_in(world: Any, execute: Any) -> None:
    from tenants.principal import PUBLIC

    answer = await execute(PUBLIC, ENROL, {"input": {"name": "甲", "creditCode": code(5)}})

    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("role", [Role.ENTERPRISE, Role.APP])
async def test_only_the_towns_own_staff_enrol(world: Any, execute: Any, role: Role) -> None:
    done = await enrol(execute, world.towns[0].principal(role), name="甲", creditCode=code(6))

    assert [error["code"] for error in done["errors"]] == ["FORBIDDEN"]


async def test_an_enterprise_is_found_by_its_credit_code_in_its_own_town_only(
    world: Any, execute: Any
) -> None:
    ours, theirs = world.towns
    await enrol(execute, ours.principal(), name="试验超市", creditCode=code(7))
    ask = "query ($code: String!) { enterprise(creditCode: $code) { name creditCode } }"

    found = await execute(ours.principal(), ask, {"code": code(7)})
    across = await execute(world.committee(), ask, {"code": code(7)})
    beside = await execute(theirs.principal(), ask, {"code": code(7)})
    unknown = await execute(ours.principal(), ask, {"code": "x"})

    shown = {"enterprise": {"name": "试验超市", "creditCode": code(7)}}
    assert (found["data"], across["data"]) == (shown, shown)
    assert (beside["data"], unknown["data"]) == ({"enterprise": None}, {"enterprise": None})
