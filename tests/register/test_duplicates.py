"""Two entries that may be one enterprise: the clerk is asked, and the answer stays."""

import asyncio
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ids import new_id
from service.register import indexing
from service.register.changing import set_status, update_enterprise
from service.register.commands import add_premises, enrol_enterprise
from service.register.duplicates import (
    CROWD,
    FACTS,
    Facts,
    Reason,
    compare,
    facts_of,
    similarity,
)
from service.register.pairing import likely
from service.register.records import DuplicateAnswer, Enterprise, Premises
from service.register.rules import EnterpriseStatus
from tenants.rights import Role
from tenants.wall import current, tenant_transaction
from tests.register.conftest import Ask, code
from tests.register.test_keeping import ADD, ENROL, UPDATE, open_shop, step
from tests.register.whole_town import meetings, pairs

LIKELY = """query Q($first: Int! = 20) { likelyDuplicates(first: $first) { totalCount pairs {
  score reasons first { id name } second { id name } } } }"""
ANSWER = """mutation A($input: AnswerDuplicateInput!) { answerDuplicate(input: $input) {
  enterprise { id status mergedFrom { id } } errors { code path } } }"""
LOOK = """query L($id: ID!) { node(id: $id) { ... on Enterprise { status mergedInto { id }
  mergedFrom { id } identifiers { kind value } history { act reason } premises { address status }
} } }"""
FIND = """query F($search: String!) { enterprises(where: { search: $search, status: OPERATING }) {
  edges { node { id } } } }"""


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("安商百货有限公司", "安商百货有限责任公司", True),
        ("重庆市渝北区安商百货有限公司", "安商百货", True),
        ("安商百货(总店)", "安商百货(分店)", True),
        ("安商百货商行", "安尚百货商行", True),
        ("安商百货有限公司", "长乐餐饮有限公司", False),
        ("甲", "乙", False),
        ("有限公司", "安商百货有限公司", False),
    ],
)
def test_only_near_equal_names_are_near(one: str, other: str, near: bool) -> None:
    assert (similarity(one, other) >= 0.7) is near
    assert similarity(one, other) == similarity(other, one)


def facts(name: str = "安商百货", **more: Any) -> Facts:
    given_ = {
        "coded": False, "numbers": frozenset(), "addresses": frozenset(), "phone": "",
        "principal": "", "sound": "", **more,
    }  # fmt: skip
    return Facts(new_id(), name, **given_)


HERE = frozenset({"某路1号"})


@pytest.mark.parametrize(
    ("one", "other", "score", "reasons"),
    [
        (facts(), facts(), 40, [Reason.NEAR_NAME]),
        (facts(addresses=HERE), facts("长乐", addresses=HERE), 30, [Reason.SAME_ADDRESS]),
        (
            facts(addresses=HERE, phone="13800000000"), facts("长乐", addresses=HERE,
            phone="13800000000"), 50, [Reason.SAME_ADDRESS, Reason.SAME_PHONE],
        ),
        (facts(addresses=HERE), facts(addresses=HERE), 70,
         [Reason.NEAR_NAME, Reason.SAME_ADDRESS]),
        (facts(addresses=HERE, coded=True), facts(addresses=HERE, coded=True), 0, []),
        (facts(sound="an"), facts(sound="an", coded=True), 50,
         [Reason.NEAR_NAME, Reason.SAME_SOUND]),
        (facts(numbers=frozenset({"X"})), facts("长乐", numbers=frozenset({"X"})), 45,
         [Reason.SAME_NUMBER]),
    ],
)  # fmt: skip
def test_a_pair_is_scored_by_reasons_and_two_codes_are_never_one(
    one: Facts, other: Facts, score: int, reasons: list[Reason]
) -> None:
    assert compare(one, other) == compare(other, one) == (score, tuple(reasons))
    assert bool(pairs([one, other])) is (score >= 50)


@given(st.lists(st.tuples(st.sampled_from("甲乙丙丁"), st.sampled_from("123")), max_size=CROWD))
def test_every_pair_that_scores_is_found_where_groups_are_small(rows: list[Any]) -> None:
    entries = [
        facts(f"安商{name}号百货", addresses=frozenset({place}), phone="1380000000" + place)
        for name, place in rows
    ]
    wanted = {
        frozenset((a.id, b.id))
        for at, a in enumerate(entries)
        for b in entries[at + 1 :]
        if compare(a, b)[0] >= 50
    }
    assert {frozenset((pair.first, pair.second)) for pair in pairs(entries)} == wanted


def test_a_market_hall_of_thousands_of_shops_is_no_square_of_them() -> None:
    rng = Random(4)
    names = ["".join(rng.choices("安商百货长乐餐饮福源", k=5)) for _ in range(3000)]
    hall = [facts(name, addresses=HERE) for name in names]
    twin = facts(names[0], addresses=HERE)

    assert len(list(meetings([*hall, twin]))) <= len(hall) * CROWD
    assert any(twin.id in (pair.first, pair.second) for pair in pairs([*hall, twin]))


async def pair(ask: Ask, clerk: Any, seed: int = 400) -> tuple[str, str]:
    """An entry with a code, and one from before the code with the same telephone."""
    first, _ = await open_shop(
        ask, clerk, seed, name="安商百货有限公司", contactPhone="138-0000-0000"
    )
    second, _ = await open_shop(
        ask, clerk, seed + 1, name="安商百货商行", creditCode=None, alternateId=f"旧照{seed}",
        contactPhone="13800000000",
    )  # fmt: skip
    place = {"name": "仓库", "address": "别路2号", "latitude": 29.6, "longitude": 106.5}
    await ask(clerk, ADD, input={**place, "enterpriseId": second})
    await open_shop(ask, clerk, seed + 2, name="长乐餐饮店")
    return first, second


async def test_the_same_enterprise_is_merged_once_and_each_entry_leads_to_the_other(
    world: Any, ask: Ask
) -> None:
    clerk = world.towns[0].principal()
    first, second = await pair(ask, clerk)

    asked = await ask(clerk, LIKELY)
    (question,) = asked["pairs"]
    said = {"firstId": second, "secondId": first, "verdict": "SAME", "reason": "重复录入"}
    done = await ask(clerk, ANSWER, input={**said, "keptId": first})
    again = await ask(clerk, ANSWER, input={**said, "keptId": first})

    assert (asked["totalCount"], question["score"], question["reasons"]) == (
        1, 90, ["NEAR_NAME", "SAME_ADDRESS", "SAME_PHONE"],
    )  # fmt: skip
    assert [question["first"]["id"], question["second"]["id"]] == [first, second]
    assert done == {
        "enterprise": {"id": first, "status": "OPERATING", "mergedFrom": [{"id": second}]},
        "errors": [],
    }
    assert [one["code"] for one in again["errors"]] == ["CONFLICT"]
    kept, gone = await ask(clerk, LOOK, id=first), await ask(clerk, LOOK, id=second)
    assert {one["address"]: one["status"] for one in kept["premises"]} == {
        "某路1号": "OPERATING", "别路2号": "OPERATING",
    }  # fmt: skip
    assert {one["status"] for one in gone["premises"]} == {"CLOSED"}
    assert (gone["status"], gone["mergedInto"], kept["mergedInto"]) == (
        "CLOSED", {"id": first}, None,
    )  # fmt: skip
    assert kept["identifiers"] == [{"kind": "OTHER", "value": "旧照400"}]
    assert [one["act"] for one in gone["history"]][-4:] == [
        "CLOSED", "PREMISES_CLOSED", "PREMISES_CLOSED", "MERGED",
    ]  # fmt: skip
    assert [one["act"] for one in kept["history"]][-1] == "MERGED"
    assert [e["node"]["id"] for e in (await ask(clerk, FIND, search="旧照400"))["edges"]] == [first]
    assert (await ask(clerk, LIKELY))["pairs"] == []
    # What was merged is not reopened by accident.
    reopened = await ask(clerk, step("Reopen"), input={"enterpriseId": second, "reason": "误关"})
    assert [one["code"] for one in reopened["errors"]] == ["CONFLICT"]


async def test_a_merging_by_mistake_is_taken_back_and_the_entry_reopened(
    world: Any, ask: Ask
) -> None:
    clerk = world.towns[0].principal()
    first, second = await pair(ask, clerk)
    said = {"firstId": first, "secondId": second, "reason": "核对"}
    await ask(clerk, ANSWER, input={**said, "verdict": "SAME", "keptId": first})

    parted = await ask(clerk, ANSWER, input={**said, "verdict": "DIFFERENT"})
    reopened = await ask(
        clerk, step("Reopen"), input={"enterpriseId": second, "reason": "实为两家"}
    )

    assert parted["errors"] == [] == reopened["errors"]
    gone = await ask(clerk, LOOK, id=second)
    assert (gone["status"], gone["mergedInto"]) == ("OPERATING", None)
    assert [one["act"] for one in gone["history"]][-2:] == ["PARTED", "REOPENED"]
    assert (await ask(clerk, LIKELY))["totalCount"] == 0


async def test_that_they_differ_is_remembered_and_changes_no_entry(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    first, second = await pair(ask, clerk)
    said = {"firstId": first, "secondId": second, "verdict": "DIFFERENT", "reason": "两家店"}

    assert (await ask(clerk, ANSWER, input=said))["errors"] == []

    assert (await ask(clerk, LIKELY))["totalCount"] == 0
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        assert await Enterprise.filter(status="CLOSED").count() == 0
        assert await Premises.filter(status="CLOSED").count() == 0
        assert (await DuplicateAnswer.get()).reason == "两家店"


async def test_an_answer_without_sense_keeps_nothing(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    first, second = await pair(ask, clerk)
    third, _ = await open_shop(ask, clerk, 410, name="安商百货")
    said = {"firstId": first, "secondId": second, "verdict": "SAME", "reason": "重复"}

    for wrong, code_ in (
        ({}, "INVALID"),
        ({"verdict": "DIFFERENT", "keptId": first}, "INVALID"),
        ({"secondId": first, "keptId": first}, "INVALID"),
        ({"reason": " ", "keptId": first}, "INVALID"),
        ({"keptId": third}, "INVALID"),
        ({"keptId": second}, "CONFLICT"),  # the entry with the code would go
        ({"secondId": third, "keptId": first}, "CONFLICT"),  # two legal entities
    ):
        done = await ask(clerk, ANSWER, input={**said, **wrong})
        assert [one["code"] for one in done["errors"]] == [code_], wrong
    for stranger, code_ in (
        (world.towns[1].principal(), "NOT_FOUND"),
        (world.committee(), "FORBIDDEN"),
        (world.department("commerce"), "FORBIDDEN"),
        (world.towns[0].principal(Role.ENTERPRISE), "FORBIDDEN"),
    ):
        done = await ask(stranger, ANSWER, input={**said, "keptId": first})
        assert [one["code"] for one in done["errors"]] == [code_]
    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        assert await DuplicateAnswer.all().count() == 0
        assert await Enterprise.filter(status="CLOSED").count() == 0


async def test_an_old_number_inside_a_code_gives_a_duplicate_away(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    whole = code(420)
    await open_shop(ask, clerk, 420, name="安商百货有限公司", principalName="甲某")
    made = await ask(clerk, ENROL, input={"name": "福源商行", "alternateId": whole[8:17]})
    assert (await ask(clerk, LIKELY))["totalCount"] == 0
    shop = made["enterprise"]["id"]
    await ask(clerk, UPDATE, input={"enterpriseId": shop, "principalName": "甲 某"})

    (question,) = (await ask(clerk, LIKELY))["pairs"]
    assert (question["score"], question["reasons"]) == (60, ["SAME_NUMBER", "SAME_PRINCIPAL"])


async def test_the_database_knows_no_entry_that_is_merged_and_open(world: Any, ask: Ask) -> None:
    first, second = await pair(ask, world.towns[0].principal())
    with pytest.raises(Exception, match="enterprises_merged_are_closed"):
        async with tenant_transaction(world.towns[0].scope()):
            await current().fetch(
                "update enterprises set merged_into = (select min(id::text)::uuid"
                " from enterprises) where alternate_id = '旧照400'"
            )
    assert first != second


async def test_pairs_cost_as_many_statements_whatever_their_number(
    world: Any, ask: Ask, statements: list[str]
) -> None:
    clerk, counted = world.towns[0].principal(), []
    for round_ in range(2):
        await pair(ask, clerk, 430 + 5 * round_)
        statements.clear()
        await ask(clerk, LIKELY)
        counted.append(len(statements))
    assert len(set(counted)) == 1


async def computed(owner: Any) -> dict[tuple[Any, Any], int]:
    """Pairs of a whole town, compared anew from its entries."""
    ids = [row.id for row in await Enterprise.filter(tenant_id=owner.tenant_id)]
    rows = await current().fetch(FACTS, owner.tenant_id, ids)
    return {(one.first, one.second): one.score for one in pairs(facts_of(row) for row in rows)}


async def test_what_is_kept_is_what_the_whole_town_compared_anew_says(world: Any) -> None:
    town, rng = world.towns[0], Random(11)
    shops: list[Any] = []
    for number in range(24):
        async with tenant_transaction(town.scope()):
            name = "安商" + rng.choice("甲乙丙") + rng.choice(["百货商行", "百货店"])
            phone = rng.choice(["13800000001", "13800000002", ""])
            act = rng.random()
            if act < 0.5 or len(shops) < 3:
                row = await enrol_enterprise(
                    town.owner, name=name, alternate_id=f"旧{number}", contact_phone=phone
                )
                await add_premises(
                    row.id, name=name, address=f"某路{rng.randint(1, 3)}号", latitude=29.6,
                    longitude=106.5,
                )  # fmt: skip
                shops.append(row.id)
            elif act < 0.8:
                await update_enterprise(
                    rng.choice(shops),
                    {"name": name, "contact_phone": phone, "principal_name": "甲"},
                )
            else:
                row = await Enterprise.get(id=rng.choice(shops))
                wanted = "OPERATING" if row.status == "CLOSED" else "CLOSED"
                await set_status(row.id, EnterpriseStatus(wanted), "试验")

        async with tenant_transaction(town.scope(), read_only=True):
            kept, total = await likely(town.owner, 100)
            anew = await computed(town.owner)
        assert {(one.first, one.second): one.score for one in kept} == anew
        assert total == len(anew)
    assert anew


async def test_two_clerks_at_once_are_asked_about_what_they_entered(world: Any) -> None:
    town = world.towns[0]

    async def enter(number: int) -> None:
        async with tenant_transaction(town.scope(f"account:{number}")):
            await enrol_enterprise(
                town.owner, name="安商百货", alternate_id=f"旧{number}", contact_phone="13800000001"
            )

    await enter(0)  # the town's books are opened
    await asyncio.gather(*(enter(number) for number in range(1, 8)))

    async with tenant_transaction(town.scope(), read_only=True):
        assert (await likely(town.owner, 1))[1] == 8 * 7 // 2


async def test_an_entry_from_before_pairs_were_kept_is_paired_by_the_clock(world: Any) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope()):
        for number in range(2):
            await enrol_enterprise(
                town.owner, name="安商百货", alternate_id=f"旧{number}", contact_phone="13800000001"
            )
        await current().fetch("delete from likely_pairs where tenant_id = $1", town.owner.tenant_id)
        await Enterprise.filter(tenant_id=town.owner.tenant_id).update(paired=False)

    assert await indexing.complete(town.scope(), town.owner) == 2
    assert await indexing.complete(town.scope(), town.owner) == 0
    async with tenant_transaction(town.scope(), read_only=True):
        assert (await likely(town.owner, 9))[1] == 1
        setting = await current().fetch("select current_setting('enable_nestloop') as it")
    assert setting == [{"it": "on"}]
