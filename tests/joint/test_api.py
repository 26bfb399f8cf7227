"""Joint enforcement through the schema, by each role that has a part in it."""

from datetime import timedelta
from typing import Any

from strawberry import relay

from service.register.records import Premises
from tenants.principal import Principal
from tenants.rights import Role
from tests.joint.conftest import monday

SUBMIT = """
mutation Submit($input: SubmitInspectionDemandInput!) {
  submitInspectionDemand(input: $input) {
    demand { id state kind mandatory }
    errors { code message path }
  }
}
"""
REQUEST = """
mutation Request($input: RequestJointPlanInput!) {
  requestJointPlan(input: $input) { plan { id state version } job { id state } errors { code } }
}
"""
PLAN = """
query Plan($id: ID!) {
  jointPlan(id: $id) {
    state leadBodyIds planSha256
    certificate { visits visitsLowerBound gap mandatoryUnserved mandatoryUnservedBound }
    burden { jointVisits separateVisits spared }
    visits(first: 10) {
      edges { node { id state code explanation explanationZh demands { kind bodyId } } }
    }
    unserved { unserved }
  }
}
"""
APPROVE = """
mutation Approve($input: ApproveJointPlanInput!) {
  approveJointPlan(input: $input) { plan { state } errors { code message } }
}
"""
PUBLISH = """
mutation Publish($input: PublishJointPlanInput!) {
  publishJointPlan(input: $input) { plan { state } errors { code message } }
}
"""
CALENDAR = """
query Calendar($id: ID!, $year: Int!) {
  enterpriseCalendar(enterpriseId: $id) { edges { node { id code day demands { kind } } } }
  enterpriseCalendarFile(enterpriseId: $id)
  frequencyBudgets(enterpriseId: $id, year: $year) { bodyId cap reserved used }
}
"""
RELEASE = """
mutation Release($input: ReleaseJointVisitInput!) {
  releaseJointVisit(input: $input) { visit { state } errors { code message } }
}
"""


def demand(premises: Premises, **changes: Any) -> dict[str, Any]:
    return {
        "premisesId": str(relay.GlobalID("Premises", str(premises.id))),
        "kind": "ROUTINE",
        "items": ["exits"],
        "releaseOn": monday().isoformat(),
        "dueOn": (monday() + timedelta(days=20)).isoformat(),
        "minutes": 40,
        "risk": 3,
        "mandatory": True,
        "basis": "安全生产法第六十五条",
        **changes,
    }


async def ask(execute: Any, principal: Principal, document: str, **variables: Any) -> Any:
    answer = await execute(principal, document, variables)
    assert answer["errors"] == []
    return answer["data"]


async def solved(stage: Any, execute: Any, work: Any) -> str:
    """Demands of two departments, and the id of the plan that serves both."""
    for line in ("fire", "gas"):
        department = stage.world.department(line)
        data = await ask(execute, department, SUBMIT, input=demand(stage.premises[0]))
        assert data["submitInspectionDemand"]["errors"] == []
    wanted = {
        "firstDay": monday().isoformat(),
        "lastDay": (monday() + timedelta(days=18)).isoformat(),
        "iterations": 5,
    }
    data = await ask(execute, stage.world.committee(), REQUEST, input=wanted)
    assert data["requestJointPlan"]["errors"] == []
    assert data["requestJointPlan"]["job"]["state"] == "QUEUED"
    assert "joint.solve" in await work()
    return str(data["requestJointPlan"]["plan"]["id"])


async def published(stage: Any, execute: Any, work: Any) -> str:
    plan = await solved(stage, execute, work)
    for line in ("fire", "gas"):
        await ask(execute, stage.world.department(line), APPROVE, input={"planId": plan})
    data = await ask(execute, stage.world.department("fire"), PUBLISH, input={"planId": plan})
    assert data["publishJointPlan"] == {"plan": {"state": "PUBLISHED"}, "errors": []}
    return plan


async def test_a_plan_shows_its_proof_its_merger_and_what_it_spares(
    stage: Any, execute: Any, work: Any
) -> None:
    plan = await solved(stage, execute, work)

    shown = (await ask(execute, stage.world.committee(), PLAN, id=plan))["jointPlan"]

    assert shown["state"] == "SOLVED"
    assert shown["certificate"] == {
        "visits": 1,
        "visitsLowerBound": 1,
        "gap": 0.0,
        "mandatoryUnserved": 0,
        "mandatoryUnservedBound": 0,
    }
    assert shown["burden"] == {"jointVisits": 1, "separateVisits": 2, "spared": 0.5}
    (edge,) = shown["visits"]["edges"]
    assert edge["node"]["code"] is None
    assert len(edge["node"]["demands"]) == 2
    assert "2 demands in one visit" in edge["node"]["explanation"]
    assert "牵头" in edge["node"]["explanationZh"]
    assert edge["node"]["explanationZh"].endswith("2项需求合并为一次检查")
    assert shown["unserved"] == []


async def test_targets_that_contradict_are_named_in_both_languages(
    stage: Any, execute: Any
) -> None:
    document = """{ policyCheck(coverage: 1, bySpecial: true) {
      targets { english } conflict { english chinese } } }"""

    data = await ask(execute, stage.world.committee(), document)

    assert len(data["policyCheck"]["targets"]) == 5
    conflict = data["policyCheck"]["conflict"]
    assert [one["english"].split(" (")[0] for one in conflict] == [
        "every premises gets 1 inspections in half a year",
        "special inspections may not cover everybody",
    ]
    assert "第二十七条" in conflict[1]["chinese"]


async def test_a_town_sees_only_its_own_visits_of_the_plan(
    stage: Any, execute: Any, work: Any
) -> None:
    plan = await solved(stage, execute, work)

    own, other = stage.world.towns
    mine = await ask(execute, own.principal(), PLAN, id=plan)
    theirs = await ask(execute, other.principal(), PLAN, id=plan)

    assert len(mine["jointPlan"]["visits"]["edges"]) == 1
    assert theirs["jointPlan"]["visits"]["edges"] == []


async def test_a_committee_asks_for_plans_but_never_for_inspections(
    stage: Any, execute: Any
) -> None:
    data = await ask(execute, stage.world.committee(), SUBMIT, input=demand(stage.premises[0]))

    assert data["submitInspectionDemand"]["demand"] is None
    assert [e["code"] for e in data["submitInspectionDemand"]["errors"]] == ["FORBIDDEN"]


async def test_a_town_cannot_demand_in_another_town(stage: Any, execute: Any) -> None:
    stranger = stage.world.towns[1].principal()

    data = await ask(execute, stranger, SUBMIT, input=demand(stage.premises[0]))

    assert [e["code"] for e in data["submitInspectionDemand"]["errors"]] == ["NOT_FOUND"]


async def test_bad_terms_come_back_as_data(stage: Any, execute: Any) -> None:
    fire = stage.world.department("fire")

    data = await ask(execute, fire, SUBMIT, input=demand(stage.premises[0], kind="CLUE"))

    (error,) = data["submitInspectionDemand"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "exemptionReason"])


async def test_publishing_needs_the_approval_of_the_lead_body(
    stage: Any, execute: Any, work: Any
) -> None:
    plan = await solved(stage, execute, work)

    data = await ask(execute, stage.world.department("fire"), PUBLISH, input={"planId": plan})

    (error,) = data["publishJointPlan"]["errors"]
    assert error["code"] == "CONFLICT"
    assert "have not approved" in error["message"]


async def test_an_enterprise_reads_its_calendar_and_nobody_elses(
    stage: Any, execute: Any, work: Any
) -> None:
    await published(stage, execute, work)
    mine, other = stage.premises[0], stage.premises[1]
    scope = stage.world.towns[0].scope("account:boss")
    boss = Principal(
        "account:boss", Role.ENTERPRISE, scope, "企业", enterprise_id=mine.enterprise_id
    )
    own = str(relay.GlobalID("Enterprise", str(mine.enterprise_id)))
    foreign = str(relay.GlobalID("Enterprise", str(other.enterprise_id)))

    seen = await ask(execute, boss, CALENDAR, id=own, year=monday().year)
    hidden = await ask(execute, boss, CALENDAR, id=foreign, year=monday().year)

    (edge,) = seen["enterpriseCalendar"]["edges"]
    assert len(edge["node"]["code"]) == 20
    assert "BEGIN:VEVENT" in seen["enterpriseCalendarFile"]
    assert {line["reserved"] for line in seen["frequencyBudgets"]} == {1}
    assert hidden["enterpriseCalendar"]["edges"] == []
    assert "VEVENT" not in hidden["enterpriseCalendarFile"]
    assert hidden["frequencyBudgets"] == []


async def test_the_lead_body_releases_a_visit(stage: Any, execute: Any, work: Any) -> None:
    plan = await published(stage, execute, work)
    shown = (await ask(execute, stage.world.committee(), PLAN, id=plan))["jointPlan"]
    (lead,) = shown["leadBodyIds"]
    line = next(k for k, v in stage.world.departments.items() if str(v) == lead)
    visit = shown["visits"]["edges"][0]["node"]["id"]
    wanted = {"visitId": visit, "reason": "企业停业装修"}

    data = await ask(execute, stage.world.department("urban"), RELEASE, input=wanted)
    assert [e["code"] for e in data["releaseJointVisit"]["errors"]] == ["FORBIDDEN"]
    data = await ask(execute, stage.world.department(line), RELEASE, input=wanted)

    assert data["releaseJointVisit"] == {"visit": {"state": "RELEASED"}, "errors": []}
