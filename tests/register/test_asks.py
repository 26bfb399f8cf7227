"""What no single entry answers: a code, one legal entity in all towns, tiers town by town."""

from typing import Any

import pytest

from tenants.rights import Role
from tests.conftest import Execute
from tests.register.conftest import Ask, code
from tests.register.test_keeping import open_shop
from tests.register.test_supervision import TIER

CHECK = "query C($code: String!) { checkCreditCode(code: $code) { valid problem suggestion } }"
ENTITY = """query E($code: String!) { legalEntity(creditCode: $code) {
  totalCount edges { node { name premises { name } } } } }"""
TIERS = """{ supervisionTierCounts { town { name } first second third fourth undecided } }"""


async def test_a_code_is_checked_without_changing_anything(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    good = "91990112MA0123450C"
    valid = code(300)

    right = await ask(clerk, CHECK, code=valid)
    small = await ask(clerk, CHECK, code=valid.lower())
    wrong = await ask(clerk, CHECK, code=good[:-1])

    assert right == {"valid": True, "problem": None, "suggestion": None}
    assert (small["valid"], small["suggestion"]) == (False, valid)
    assert wrong == {
        "valid": False,
        "problem": "a credit code has 18 characters, this one 17",
        "suggestion": None,
    }


async def test_branches_of_one_legal_entity_are_seen_over_all_towns_in_scope(
    make_world: Any, ask: Ask
) -> None:
    world = await make_world(towns=2)
    for town in world.towns:
        await open_shop(ask, town.principal(), 301)
    await open_shop(ask, world.towns[0].principal(), 302)

    for reader, count in (
        (world.committee(), 2),
        (world.department("commerce"), 2),
        (world.towns[1].principal(), 1),
    ):
        found = await ask(reader, ENTITY, code=code(301))
        assert found["totalCount"] == count
        assert [one["node"]["premises"] for one in found["edges"]] == [[{"name": "店"}]] * count


async def test_the_committee_counts_the_tiers_of_each_town(
    make_world: Any, ask: Ask, statements: list[str]
) -> None:
    world = await make_world(towns=2)
    clerk = world.towns[0].principal()
    red, _ = await open_shop(ask, clerk, 303, risk="RED", scale="LARGE")
    await open_shop(ask, clerk, 304)
    await ask(clerk, TIER, input={"enterpriseId": red, "reason": "按分级表"})

    first, second = await ask(world.committee(), TIERS)

    zero = dict.fromkeys(("first", "second", "third", "fourth", "undecided"), 0)
    assert first == {"town": {"name": "测试镇0"}, **zero, "first": 1, "undecided": 1}
    assert second == {"town": {"name": "测试镇1"}, **zero}


@pytest.mark.parametrize("document", [TIERS])
async def test_an_enterprise_counts_nobody(world: Any, execute: Execute, document: str) -> None:
    done = await execute(world.towns[0].principal(Role.ENTERPRISE), document)

    assert done["data"] is None
    assert done["errors"][0]["extensions"]["code"] == "FORBIDDEN"
