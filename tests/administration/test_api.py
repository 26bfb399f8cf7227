"""Tenants and settings through the API: who sees what, who may change what."""

from typing import Any

import pytest

from service.administration.setting_schema import SCHEMA
from tenants.rights import Role

TENANTS = """
{ tenants(first: 10) { totalCount edges { node {
    divisionCode name kind status
    bodies { code canPenalise }
    settings { key kind value default expected unit source }
    settingVersions { edges { node { number effectiveFrom changes restores note author } } }
} } } }
"""
CHANGE = """
mutation ($input: ChangeTenantSettingsInput!) { changeTenantSettings(input: $input) {
    tenant { settings { key value } } version { number changes restores }
    errors { code message path } } }
"""
RESTORE = """
mutation ($input: RestoreTenantSettingsInput!) { restoreTenantSettings(input: $input) {
    tenant { settings { key value } } version { number restores }
    errors { code message path } } }
"""
PREVIEW = """
query ($changes: [SettingChangeInput!]!) {
    settingPreview(changes: $changes) { key before after } }
"""
GAP, WARN = "inspection.min_gap_days", "certificate.warning_days"


def value(tenant: dict[str, Any], key: str) -> Any:
    return next(item["value"] for item in tenant["settings"] if item["key"] == key)


async def test_a_town_sees_itself_and_the_committee_all_its_towns(world: Any, execute: Any) -> None:
    own = await execute(world.towns[0].principal(), TENANTS)
    all_ = await execute(world.committee(), TENANTS)

    assert own["errors"] == all_["errors"] == []
    assert [edge["node"]["name"] for edge in own["data"]["tenants"]["edges"]] == [
        world.towns[0].name
    ]
    assert all_["data"]["tenants"]["totalCount"] == 3
    node = own["data"]["tenants"]["edges"][0]["node"]
    assert node["bodies"] == [{"code": "town", "canPenalise": True}]
    assert [item["key"] for item in node["settings"]] == sorted(SCHEMA)
    assert value(node, WARN) == [90, 30]


async def test_the_public_sees_no_tenant(world: Any, execute: Any) -> None:
    from tenants.principal import PUBLIC

    answer = await execute(PUBLIC, TENANTS)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_changing_previewing_and_restoring(world: Any, execute: Any) -> None:
    admin = world.towns[0].principal()
    changes = [{"key": GAP, "value": 30}, {"key": WARN, "value": [60, 10]}]

    shown = await execute(admin, PREVIEW, {"changes": changes})
    assert shown["data"]["settingPreview"] == [
        {"key": WARN, "before": [90, 30], "after": [60, 10]},
        {"key": GAP, "before": 14, "after": 30},
    ]

    changed = (await execute(admin, CHANGE, {"input": {"changes": changes, "note": "试行"}}))[
        "data"
    ]
    payload = changed["changeTenantSettings"]
    assert payload["errors"] == []
    assert payload["version"] == {
        "number": 1,
        "changes": {GAP: 30, WARN: [60, 10]},
        "restores": None,
    }
    assert value(payload["tenant"], GAP) == 30

    restored = (await execute(admin, RESTORE, {"input": {"version": 0}}))["data"]
    payload = restored["restoreTenantSettings"]
    assert payload["version"] == {"number": 2, "restores": 0}
    assert value(payload["tenant"], GAP) == 14

    listed = (await execute(admin, TENANTS))["data"]["tenants"]["edges"][0]["node"]
    numbers = [edge["node"]["number"] for edge in listed["settingVersions"]["edges"]]
    assert numbers == [2, 1]


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ([{"key": GAP, "value": -1}], "INVALID", ["input", "changes", GAP]),
        ([{"key": "colour", "value": 1}], "INVALID", ["input", "changes", "colour"]),
        ([{"key": GAP, "value": 1}, {"key": GAP, "value": 2}], "INVALID", ["input", "changes"]),
        ([], "INVALID", ["input", "changes"]),
    ],
)
async def test_bad_changes_are_refused_whole(
    world: Any, execute: Any, changes: Any, code: str, path: list[str]
) -> None:
    admin = world.towns[0].principal()
    good = {"key": "report.handle_days", "value": 50}
    given = [*changes, good] if changes else []

    answer = await execute(admin, CHANGE, {"input": {"changes": given}})
    payload = answer["data"]["changeTenantSettings"]

    assert payload["version"] is payload["tenant"] is None
    assert [(e["code"], e["path"]) for e in payload["errors"]] == [(code, path)]
    listed = (await execute(admin, TENANTS))["data"]["tenants"]["edges"][0]["node"]
    assert listed["settingVersions"]["edges"] == []


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.ENTERPRISE, Role.DEPARTMENT])
async def test_only_the_towns_administrator_changes_settings(
    world: Any, execute: Any, role: Role
) -> None:
    given = {"input": {"changes": [{"key": GAP, "value": 3}]}}
    for mutation, name, variables in (
        (CHANGE, "changeTenantSettings", given),
        (RESTORE, "restoreTenantSettings", {"input": {"version": 0}}),
    ):
        answer = await execute(world.towns[0].principal(role), mutation, variables)
        assert [e["code"] for e in answer["data"][name]["errors"]] == ["FORBIDDEN"]


async def test_the_committee_changes_nobodys_settings(world: Any, execute: Any) -> None:
    given = {"input": {"changes": [{"key": GAP, "value": 3}]}}
    answer = await execute(world.committee(), CHANGE, given)
    assert [e["code"] for e in answer["data"]["changeTenantSettings"]["errors"]] == ["FORBIDDEN"]


async def test_a_repeat_under_one_key_makes_one_version(world: Any, execute: Any) -> None:
    admin = world.towns[0].principal()
    given = {"input": {"changes": [{"key": GAP, "value": 3}], "idempotencyKey": "k1"}}

    first, second = [await execute(admin, CHANGE, given) for _ in range(2)]

    assert first == second
    listed = (await execute(admin, TENANTS))["data"]["tenants"]["edges"][0]["node"]
    assert len(listed["settingVersions"]["edges"]) == 1


async def test_the_catalogue_is_searched_by_name_and_day(world: Any, execute: Any) -> None:
    document = """
    query ($search: String!, $on: Date!) { divisions(search: $search, on: $on, first: 3) {
        code name kind path validFrom validTo } }
    """
    admin = world.towns[0].principal()
    before = await execute(admin, document, {"search": "渝北 统景", "on": "2025-11-05"})
    after = await execute(admin, document, {"search": "北碚 统景", "on": "2025-11-06"})

    assert before["data"]["divisions"] == [
        {
            "code": "500112133",
            "name": "统景镇",
            "kind": "TOWN",
            "path": ["重庆市", "市辖区", "渝北区", "统景镇"],
            "validFrom": None,
            "validTo": "2025-11-06",
        }
    ]
    assert after["data"]["divisions"][0]["path"][2] == "北碚区"
    assert after["data"]["divisions"][0]["validFrom"] == "2025-11-06"


async def test_a_page_of_tenants_costs_few_statements(
    make_world: Any, execute: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bodies and settings are loaded for the page, not for each tenant."""
    from tortoise.backends.asyncpg.client import TransactionWrapper

    world = await make_world(8)
    document = "{ tenants(first: 20) { edges { node { bodies { code } settings { key } } } } }"
    statements: list[str] = []
    plain = TransactionWrapper.execute_query

    async def counted(self: Any, query: str, values: Any = None) -> Any:
        statements.append(query)
        return await plain(self, query, values)

    monkeypatch.setattr(TransactionWrapper, "execute_query", counted)
    answer = await execute(world.committee(), document)

    assert len(answer["data"]["tenants"]["edges"]) == 9
    assert len(statements) == 3


async def test_a_town_looks_up_the_departments_of_its_own_district_only(
    make_world: Any, execute: Any
) -> None:
    world, elsewhere = await make_world(1), await make_world(1)
    question = '{ bodies(line: "fire") { edges { node { id line kind } } } }'

    answer = await execute(world.towns[0].principal(), question)
    other = await execute(elsewhere.towns[0].principal(), question)

    (edge,) = answer["data"]["bodies"]["edges"]
    assert (edge["node"]["line"], edge["node"]["kind"]) == ("fire", "DEPARTMENT")
    assert other["data"]["bodies"]["edges"][0]["node"]["id"] != edge["node"]["id"]
