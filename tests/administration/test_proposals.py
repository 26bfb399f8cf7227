"""What works well in one town, proposed to others: compared, chosen, dated, answered once."""

from typing import Any

import pytest

from tests.administration.test_api import CHANGE, GAP, TENANTS, value

MINUTES = "inspection.max_minutes"
PROPOSE = """mutation ($input: ProposeSettingsInput!) { proposeSettings(input: $input) {
    proposals { id sourceName targetName changes note } errors { code message path } } }"""
ACCEPT = """mutation ($input: AcceptSettingsInput!) { acceptSettings(input: $input) {
    proposal { answer { version keys reason } } errors { code message path } } }"""
DECLINE = """mutation ($input: DeclineSettingsInput!) { declineSettings(input: $input) {
    proposal { answer { version keys reason } } errors { code message path } } }"""
LIST = """{ settingProposals { totalCount edges { node {
    id targetName differences { key before after } answer { version keys reason } } } } }"""
IDS = "{ tenants { edges { node { id name } } } }"
AUDIT = "{ auditEntries(first: 5) { edges { node { act } } } }"


@pytest.fixture
async def world(make_world: Any) -> Any:
    """A district of three towns."""
    return await make_world(towns=3)


@pytest.fixture
async def ids(world: Any, execute: Any) -> list[str]:
    """Ids of the towns; the first has changed two settings."""
    answer = await execute(world.committee(), IDS)
    found = {
        edge["node"]["name"]: edge["node"]["id"] for edge in answer["data"]["tenants"]["edges"]
    }
    changes = [{"key": GAP, "value": 21}, {"key": MINUTES, "value": 120}]
    done = await execute(world.towns[0].principal(), CHANGE, {"input": {"changes": changes}})
    assert done["data"]["changeTenantSettings"]["errors"] == []
    return [found[town.name] for town in world.towns]


async def propose(execute: Any, who: Any, ids: list[str], **more: Any) -> dict[str, Any]:
    given = {
        "sourceId": ids[0],
        "targetIds": ids[1:],
        "keys": [GAP, MINUTES],
        "note": "检查频次适中",
    }
    answer = await execute(who, PROPOSE, {"input": {**given, **more}})
    found: dict[str, Any] = answer["data"]["proposeSettings"]
    return found


async def listed(execute: Any, who: Any) -> list[dict[str, Any]]:
    answer = await execute(who, LIST)
    assert answer["errors"] == []
    return [edge["node"] for edge in answer["data"]["settingProposals"]["edges"]]


async def settings(execute: Any, who: Any) -> dict[str, Any]:
    answer = await execute(who, TENANTS)
    found: dict[str, Any] = answer["data"]["tenants"]["edges"][0]["node"]
    return found


async def test_a_town_chooses_from_what_is_proposed_and_nothing_else_changes(
    world: Any, execute: Any, ids: list[str]
) -> None:
    town = world.towns[1].principal()
    made = await propose(execute, world.committee(), ids)
    assert made["errors"] == []
    assert sorted(one["targetName"] for one in made["proposals"]) == [
        world.towns[1].name,
        world.towns[2].name,
    ]

    (seen,) = await listed(execute, town)
    assert seen["differences"] == [
        {"key": MINUTES, "before": 240, "after": 120},
        {"key": GAP, "before": 14, "after": 21},
    ]
    assert value(await settings(execute, town), GAP) == 14
    taken = await execute(town, ACCEPT, {"input": {"proposalId": seen["id"], "keys": [GAP]}})

    assert taken["data"]["acceptSettings"] == {
        "proposal": {"answer": {"version": 1, "keys": [GAP], "reason": ""}},
        "errors": [],
    }
    now = await settings(execute, town)
    assert (value(now, GAP), value(now, MINUTES)) == (21, 240)
    assert now["settingVersions"]["edges"][0]["node"]["note"].startswith("采纳专委办建议")
    entries = await execute(town, AUDIT)
    acts = [edge["node"]["act"] for edge in entries["data"]["auditEntries"]["edges"]]
    assert acts[:2] == ["administration.settings_answered", "administration.settings_changed"]
    again = await execute(town, ACCEPT, {"input": {"proposalId": seen["id"], "keys": [MINUTES]}})
    assert [one["code"] for one in again["data"]["acceptSettings"]["errors"]] == ["CONFLICT"]
    assert value(await settings(execute, town), MINUTES) == 240


async def test_the_committee_sees_who_took_it_over_and_who_said_no(
    world: Any, execute: Any, ids: list[str]
) -> None:
    await propose(execute, world.committee(), ids)
    (first,), (second,) = [await listed(execute, one.principal()) for one in world.towns[1:]]
    given = {"proposalId": first["id"], "reason": "本镇以夜市为主，检查时间不同"}
    await execute(world.towns[1].principal(), DECLINE, {"input": given})
    both = {"proposalId": second["id"], "keys": [GAP, MINUTES], "effectiveFrom": "2099-01-01"}
    await execute(world.towns[2].principal(), ACCEPT, {"input": both})

    seen = {one["targetName"]: one["answer"] for one in await listed(execute, world.committee())}
    assert seen[world.towns[1].name] == {
        "version": None,
        "keys": [],
        "reason": "本镇以夜市为主，检查时间不同",
    }
    assert seen[world.towns[2].name]["keys"] == sorted([GAP, MINUTES])
    assert value(await settings(execute, world.towns[2].principal()), GAP) == 14


async def test_only_the_committee_proposes_and_only_the_town_named_answers(
    world: Any, execute: Any, ids: list[str]
) -> None:
    refused = await propose(execute, world.towns[0].principal(), ids)
    assert [one["code"] for one in refused["errors"]] == ["FORBIDDEN"]
    await propose(execute, world.committee(), ids[:2])
    (seen,) = await listed(execute, world.towns[1].principal())

    for who, code in ((world.towns[2].principal(), "NOT_FOUND"), (world.committee(), "FORBIDDEN")):
        answer = await execute(who, ACCEPT, {"input": {"proposalId": seen["id"], "keys": [GAP]}})
        assert [one["code"] for one in answer["data"]["acceptSettings"]["errors"]] == [code]
    assert await listed(execute, world.towns[2].principal()) == []
    assert value(await settings(execute, world.towns[1].principal()), GAP) == 14


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"keys": ["no.such"]}, "INVALID"),
        ({"keys": []}, "INVALID"),
        ({"note": " "}, "INVALID"),
        ({"effectiveFrom": "2020-01-01"}, "INVALID"),
        ({"keys": ["risk.review_days"]}, "CONFLICT"),
    ],
    ids=["unknown", "none", "no reason", "in the past", "the same already"],
)
async def test_a_proposal_that_says_nothing_is_refused_whole(
    world: Any, execute: Any, ids: list[str], more: dict[str, Any], code: str
) -> None:
    refused = await propose(execute, world.committee(), ids, **more)

    assert [one["code"] for one in refused["errors"]] == [code]
    assert await listed(execute, world.committee()) == []
