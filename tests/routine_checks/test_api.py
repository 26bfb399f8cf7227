"""Routine checks through the schema: who sets up, who fills, who counts."""

from dataclasses import replace
from typing import Any

from strawberry.relay import to_base64

from tenants.principal import PUBLIC
from tenants.rights import Role
from tests.conftest import Execute
from tests.hazards.conftest import member, open_shop
from tests.routine_checks.conftest import MONDAY, Desk, day

CREATE = """mutation($input: CreateCheckRoutineInput!) { createCheckRoutine(input: $input) {
  routine { id kind unit versions { items dueOn } premises { name } }
  errors { code message path } } }"""
FILL = """mutation($input: FillRoutineCheckInput!) { fillRoutineCheck(input: $input) {
  check { id state answers { item passed hazardId } } errors { code path } } }"""
LIST = """query($where: RoutineCheckWhere) { routineChecks(where: $where) { totalCount
  edges { node { id state dueOn items routine { unit closures { reason } } } } } }"""
COUNTS = """{ routineCompletion(since: "2026-03-02", until: "2026-03-03") { town { name } kind
  onTime { numerator denominator value } late missed } }"""
GOOD = [{"item": 1, "passed": True}, {"item": 2, "passed": True}]


def setup(desk: Desk, **more: Any) -> dict[str, Any]:
    return {
        "premisesId": to_base64("Premises", str(desk.shop.id)),
        "kind": "DAILY_TEAM",
        "unit": "收银组",
        "version": {"items": ["通道", "灭火器"]},
        **more,
    }


async def test_an_enterprise_sets_up_and_fills_and_the_others_look(
    desk: Desk, execute: Execute
) -> None:
    world = desk.world
    party = member(world, Role.ENTERPRISE, "account:p", enterprise_id=desk.shop.enterprise_id)
    other = await open_shop(world, 0, "安商乙店")
    stranger = replace(party, enterprise_id=other.enterprise_id)
    sensor = member(world, Role.APP, "app:s", grants=frozenset({"routine_check:write"}))
    bare = replace(sensor, grants=frozenset())
    admin = member(world, Role.TENANT_ADMIN, "account:a")

    made = await execute(party, CREATE, {"input": setup(desk)})
    await desk.run(MONDAY)
    listed = await execute(sensor, LIST)
    (edge,) = listed["data"]["routineChecks"]["edges"]
    given = {"checkId": edge["node"]["id"], "answers": GOOD}
    refused = [await execute(who, FILL, {"input": given}) for who in (admin, stranger, bare)]
    broken = await execute(party, FILL, {"input": {**given, "answers": GOOD[:1]}})
    done = await execute(sensor, FILL, {"input": given})
    again = await execute(party, FILL, {"input": given})
    seen = [
        (await execute(who, LIST))["data"] for who in (party, admin, stranger, world.department())
    ]

    assert made["data"]["createCheckRoutine"]["errors"] == []
    assert made["data"]["createCheckRoutine"]["routine"]["premises"] == {"name": "安商甲店"}
    assert edge["node"]["items"] == ["通道", "灭火器"]
    assert [one["data"]["fillRoutineCheck"]["errors"][0]["code"] for one in refused] == [
        "FORBIDDEN", "NOT_FOUND", "FORBIDDEN",
    ]  # fmt: skip
    assert broken["data"]["fillRoutineCheck"]["errors"] == [
        {"code": "INVALID", "path": ["input", "answers"]}
    ]
    assert done["data"]["fillRoutineCheck"]["check"]["state"] == "DONE"
    assert again["data"]["fillRoutineCheck"]["errors"][0]["code"] == "ALREADY_FILLED"
    assert [one["routineChecks"]["totalCount"] for one in seen] == [1, 1, 0, 1]
    for who in (world.committee(), PUBLIC, bare):
        assert len((await execute(who, LIST))["errors"]) == 1


async def test_the_committee_gets_rates_and_no_check(desk: Desk, execute: Execute) -> None:
    await desk.routine()
    desk.at(day(3))

    counts = await execute(desk.world.committee(), COUNTS)
    admin = await execute(member(desk.world, Role.TENANT_ADMIN, "account:a"), COUNTS)
    party = member(desk.world, Role.ENTERPRISE, "p", enterprise_id=desk.shop.enterprise_id)

    assert counts["data"] == admin["data"]
    assert counts["data"]["routineCompletion"] == [
        {
            "town": {"name": "测试镇0"},
            "kind": "DAILY_TEAM",
            "onTime": {"numerator": 0, "denominator": 2, "value": 0.0},
            "late": 0,
            "missed": 2,
        }
    ]
    assert len((await execute(party, COUNTS))["errors"]) == 1
