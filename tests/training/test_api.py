"""Training through the schema: the town enters, the committee reads, an enterprise sees nothing."""

from datetime import date, timedelta
from typing import Any

from strawberry.relay import to_base64

from service import clock
from tenants.principal import PUBLIC
from tenants.rights import Role
from tests.conftest import Execute, World
from tests.hazards.conftest import member
from tests.training.test_commands import officer

HOLD = """mutation($input: HoldTrainingInput!) { holdTraining(input: $input) {
  session { id title attendances { attendee minutes officerId } } errors { code path } } }"""
WITHDRAW = """mutation($input: WithdrawTrainingInput!) { withdrawTraining(input: $input) {
  session { withdrawal } errors { code } } }"""
LIST = "{ trainingSessions { totalCount edges { node { title } } } }"
COUNTS = """{ trainingCounts { town { name } requiredHours
  trained { numerator denominator value } } }"""
CARDS = "{ expiringCards(withinDays: 30) { edges { node { name } } } }"


async def test_the_town_enters_training_and_the_committee_sees_who_is_trained(
    world: World, execute: Execute
) -> None:
    today = clock.legal_day(clock.now())
    one = await officer(world, 1, today + timedelta(days=30))
    await officer(world, 2, today + timedelta(days=31))
    admin = member(world, Role.TENANT_ADMIN, "account:a")
    party = member(world, Role.ENTERPRISE, "account:p")
    given: dict[str, Any] = {
        "audience": "ENFORCER",
        "title": "执法培训",
        "heldOn": date(today.year, 1, 1).isoformat(),
        "minutes": 1440,
        "attendees": [{"officerId": to_base64("Officer", str(one.id))}],
    }

    refused = [await execute(who, HOLD, {"input": given}) for who in (party, world.committee())]
    twice = await execute(admin, HOLD, {"input": {**given, "attendees": given["attendees"] * 2}})
    made = [
        (await execute(admin, HOLD, {"input": given}))["data"]["holdTraining"] for _ in range(2)
    ]
    counts = (await execute(world.committee(), COUNTS))["data"]["trainingCounts"]
    cards = (await execute(admin, CARDS))["data"]["expiringCards"]["edges"]
    back = {"sessionId": made[1]["session"]["id"], "reason": "重复录入"}
    withdrawn = await execute(admin, WITHDRAW, {"input": back})
    after = (await execute(world.committee(), COUNTS))["data"]["trainingCounts"]

    assert [one["data"]["holdTraining"]["errors"][0]["code"] for one in refused] == [
        "FORBIDDEN", "FORBIDDEN",
    ]  # fmt: skip
    assert twice["data"]["holdTraining"]["errors"] == [
        {"code": "INVALID", "path": ["input", "attendees"]}
    ]
    assert made[0]["session"]["attendances"] == [
        {"attendee": "执法1", "minutes": 1440, "officerId": to_base64("Officer", str(one.id))}
    ]
    assert counts == [
        {
            "town": {"name": "测试镇0"},
            "requiredHours": 40,
            "trained": {"numerator": 1, "denominator": 2, "value": 0.5},
        }
    ]
    assert [edge["node"]["name"] for edge in cards] == ["执法1"]
    assert withdrawn["data"]["withdrawTraining"]["session"] == {"withdrawal": "重复录入"}
    assert after[0]["trained"] == {"numerator": 0, "denominator": 2, "value": 0.0}
    assert (await execute(admin, LIST))["data"]["trainingSessions"]["totalCount"] == 2
    for who in (party, PUBLIC):
        assert len((await execute(who, LIST))["errors"]) == 1
