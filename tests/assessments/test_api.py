"""Sessions and paired work through the schema."""

from typing import Any

from tenants.rights import Role
from tests.responsibility.conftest import TODAY, Hall

DECLARE = """mutation D($input: DeclareRiskOccasionInput!) { declareRiskOccasion(input: $input) {
  session { id state dueOn } errors { code } } }"""
HOLD = """mutation H($input: HoldRiskSessionInput!) { holdRiskSession(input: $input) {
  session { state conclusions actions { id responsible } } errors { code } } }"""
FINISH = """mutation F($input: FinishSessionActionInput!) { finishSessionAction(input: $input) {
  action { doneOn } errors { code } } }"""
CLOSE = """mutation C($input: CloseRiskSessionInput!) { closeRiskSession(input: $input) {
  session { state } errors { code } } }"""
PLAN = """mutation P($input: PlanWorkInput!) { planWork(input: $input) {
  work { id title safetyTitle stage safetyStage paired } errors { code } } }"""
ADVANCE = """mutation A($input: AdvanceWorkInput!) { advanceWork(input: $input) {
  work { stage safetyStage paired } errors { code } } }"""
READ = """query R($since: Date!, $until: Date!) { riskSessions { edges { node { title
  actions { action } } } } workItems { edges { node { title safetyTitle paired } } }
  assessmentCounts(since: $since, until: $until) { tenant { name } pairedRate { value } } }"""


async def test_a_town_holds_a_session_and_closes_it(hall: Hall, execute: Any) -> None:
    town = hall.world.towns[0].principal()

    async def act(document: str, who: Any = town, **given: Any) -> Any:
        answer = await execute(who, document, {"input": given})
        (payload,) = answer["data"].values()
        return payload

    given = {"trigger": "MAJOR_EVENT", "title": "博览会", "firstDay": TODAY.isoformat()}
    for refused in (hall.world.towns[0].principal(Role.INSPECTOR),):
        assert [e["code"] for e in (await act(DECLARE, refused, **given))["errors"]] == [
            "FORBIDDEN"
        ]
    session = (await act(DECLARE, **given))["session"]
    held = await act(
        HOLD,
        sessionId=session["id"],
        heldOn=TODAY.isoformat(),
        scope="会场",
        conclusions=["可控"],
        actions=[{"action": "加派人手", "responsible": "周示例", "dueOn": TODAY.isoformat()}],
    )
    early = await act(CLOSE, sessionId=session["id"])
    done = await act(FINISH, actionId=held["session"]["actions"][0]["id"], result="已加派")
    closed = await act(CLOSE, sessionId=session["id"])

    assert held["session"]["state"] == "ACTIONS_OPEN"
    assert [e["code"] for e in early["errors"]] == ["ACTIONS_OPEN"]
    assert done["action"]["doneOn"] == TODAY.isoformat()
    assert closed["session"]["state"] == "CLOSED"


async def test_pairs_are_read_across_and_cost_the_same_for_many(
    hall: Hall, execute: Any, statements: list[str]
) -> None:
    town, costs = hall.world.towns[0].principal(), []
    span = {"since": TODAY.isoformat(), "until": TODAY.isoformat()}
    for more in (1, 4):
        for number in range(more):
            given = {"title": f"业务{number}", "safetyTitle": f"安全{number}"}
            made = (await execute(town, PLAN, {"input": given}))["data"]["planWork"]
            await execute(town, ADVANCE, {"input": {"workId": made["work"]["id"]}})
        statements.clear()
        found = await execute(hall.world.committee(), READ, span)
        assert found["errors"] == []
        costs.append(len(statements))

    assert costs[0] == costs[1]
    assert all(not edge["node"]["paired"] for edge in found["data"]["workItems"]["edges"])
    rates = [one["pairedRate"]["value"] for one in found["data"]["assessmentCounts"]]
    assert sorted(rates, key=str) == [0.0, None, None]
