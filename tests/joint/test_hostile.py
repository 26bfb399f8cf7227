"""Hostile journeys of joint enforcement: races, repeats, losses and strangers, through GraphQL.

After each: a clear refusal, nothing lost, nothing double.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from strawberry import relay

from service import clock
from service.administration.moving import move_to_district
from service.joint import solving
from service.joint.planning.model import Plan
from service.joint.records import JointVisit
from tenants.directory import department_scope
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.joint.conftest import monday
from tests.joint.test_api import APPROVE, PLAN, PUBLISH, REQUEST, ask, published, solved

OBJECT = """mutation($input: ObjectToJointPlanInput!) { act: objectToJointPlan(input: $input) {
  objection { id } errors { code message path } } }"""
RULE = """mutation($input: RuleOnObjectionInput!) { act: ruleOnObjection(input: $input) {
  ruling { decision } errors { code message path } } }"""
WITHDRAW = """mutation($input: WithdrawInspectionDemandInput!) {
  act: withdrawInspectionDemand(input: $input) { demand { id state } errors { code message } } }"""
DISMISS = """mutation($input: DismissOfficerInput!) { act: dismissOfficer(input: $input) {
  officer { active } errors { code message } } }"""
CLOSE = """mutation($input: ClosePremisesInput!) { act: closePremises(input: $input) {
  errors { code message } } }"""
REFUSE = """mutation($input: RefuseWithoutCodeInput!) { act: refuseWithoutCode(input: $input) {
  refusal { whoCame reason refusedAt } errors { code message path } } }"""
RATE = """mutation($input: RateJointVisitInput!) { act: rateJointVisit(input: $input) {
  visit { id } errors { code message path } } }"""
COMPLETE = """mutation($input: CompleteJointVisitInput!) { act: completeJointVisit(input: $input) {
  visit { state } errors { code message } } }"""
CODE = "query($id: ID!) { visitCode(visitId: $id) { code } }"
CHECK = """mutation($input: CheckVisitCodeInput!) { act: checkVisitCode(input: $input) {
  verdict visit { id } errors { code message } } }"""


async def act(execute: Any, who: Principal, document: str, **input: Any) -> Any:
    return (await ask(execute, who, document, input=input))["act"]


async def approve(execute: Any, stage: Any, plan: str) -> None:
    for line in ("fire", "gas"):
        await ask(execute, stage.world.department(line), APPROVE, input={"planId": plan})


async def publish(execute: Any, stage: Any, plan: str) -> Any:
    data = await ask(execute, stage.world.department("fire"), PUBLISH, input={"planId": plan})
    return data["publishJointPlan"]


async def counted(stage: Any) -> dict[str, int]:
    """What a refused act must leave as it was."""
    (row,) = await stage.fetch(
        "select (select count(*) from premises_reservations) as places,"
        " (select count(*) from officer_reservations) as officers,"
        " (select coalesce(sum(reserved), 0) from frequency_budgets) as reserved,"
        " (select count(*) from joint_visits where state = 'PUBLISHED') as announced"
    )
    return {key: int(value) for key, value in row.items()}


NOTHING = {"places": 0, "officers": 0, "reserved": 0, "announced": 0}


async def test_two_bodies_object_at_once_and_both_are_heard(
    stage: Any, execute: Any, work: Any
) -> None:
    plan = await solved(stage, execute, work)
    visit = (await ask(execute, stage.world.department("fire"), PLAN, id=plan))["jointPlan"][
        "visits"
    ]["edges"][0]["node"]["id"]
    wanted = {"planId": plan, "visitId": visit, "reason": "时间不合适"}

    fire, gas, again = await asyncio.gather(
        act(execute, stage.world.department("fire"), OBJECT, **wanted),
        act(execute, stage.world.department("gas"), OBJECT, **wanted),
        act(execute, stage.world.department("gas"), OBJECT, **wanted),
    )

    assert fire["errors"] == []
    assert sorted(len(one["errors"]) for one in (gas, again)) == [0, 1]
    (twice,) = [one["errors"][0] for one in (gas, again) if one["errors"]]
    assert (twice["code"], twice["message"]) == (
        "CONFLICT",
        "your body has objected to this already",
    )
    assert (await stage.fetch("select count(*) as n from plan_objections"))[0]["n"] == 2
    refused = await publish(execute, stage, plan)
    assert "2 objections to rule on" in refused["errors"][0]["message"]
    assert await counted(stage) == NOTHING


async def test_an_objection_comes_before_publication_or_not_at_all(
    stage: Any, execute: Any, work: Any
) -> None:
    plan = await solved(stage, execute, work)
    await approve(execute, stage, plan)
    lead = await ask(execute, stage.world.department("fire"), PLAN, id=plan)
    body = lead["jointPlan"]["leadBodyIds"][0]
    line = next(k for k, v in stage.world.departments.items() if str(v) == body)

    objected, done = await asyncio.gather(
        act(execute, stage.world.department(line), OBJECT, planId=plan, reason="时间不合适"),
        publish(execute, stage, plan),
    )

    # Whoever was first wins, the other is told; never are both done.
    assert (objected["errors"] == []) != (done["errors"] == [])
    assert (await counted(stage) == NOTHING) == (objected["errors"] == [])


async def test_a_plan_asked_for_twice_is_one_with_a_key_and_two_versions_without(
    stage: Any, execute: Any, work: Any
) -> None:
    wanted = {"firstDay": monday().isoformat(), "lastDay": monday().isoformat(), "iterations": 1}
    office = stage.world.committee()
    once = await asyncio.gather(
        *(ask(execute, office, REQUEST, input={**wanted, "idempotencyKey": "k"}) for _ in "12"),
        return_exceptions=True,
    )
    repeat = await ask(execute, office, REQUEST, input={**wanted, "idempotencyKey": "k"})
    free = await asyncio.gather(*(ask(execute, office, REQUEST, input=wanted) for _ in range(3)))

    plans = {one["requestJointPlan"]["plan"]["id"] for one in once if isinstance(one, dict)}
    assert plans == {repeat["requestJointPlan"]["plan"]["id"]}
    assert all(one["requestJointPlan"]["errors"] == [] for one in free)
    assert sorted(one["requestJointPlan"]["plan"]["version"] for one in free) == [2, 3, 4]
    await work()
    rows = await stage.fetch("select version, state from joint_plans order by version")
    assert [(r["version"], r["state"]) for r in rows] == [(n, "SOLVED") for n in (1, 2, 3, 4)]


async def test_a_plan_published_twice_at_once_is_published_once(
    stage: Any, execute: Any, work: Any
) -> None:
    plan = await solved(stage, execute, work)
    await approve(execute, stage, plan)

    both = await asyncio.gather(publish(execute, stage, plan), publish(execute, stage, plan))

    assert both == [{"plan": {"state": "PUBLISHED"}, "errors": []}] * 2
    (visit,) = await stage.visits()
    held = {"officers": len(visit.officer_ids), "places": 2, "reserved": 3, "announced": 1}
    assert await counted(stage) == held
    told = await stage.fetch(
        "select count(*) as n from audit_entries where act = 'joint.plan_published'"
        " and tenant_id = $1",
        stage.world.office.tenant_id,
    )
    assert told[0]["n"] == 1


async def test_a_worker_lost_between_solving_and_commit_leaves_the_next_to_do_it_all(
    stage: Any, execute: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.demand(0, "fire")
    office = stage.world.committee()
    wanted = {"firstDay": monday().isoformat(), "lastDay": monday().isoformat(), "iterations": 1}
    asked = await ask(execute, office, REQUEST, input=wanted)
    plan = UUID(relay.GlobalID.from_id(asked["requestJointPlan"]["plan"]["id"]).node_id)
    tell = solving._tell

    async def lost(*_: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(solving, "_tell", lost)
    with pytest.raises(asyncio.CancelledError):
        await solving.solve_plan(stage.world.district_id, plan)
    assert await stage.fetch("select 1 from joint_visits") == []
    assert await stage.fetch("select state, visit_id from inspection_demands") == [
        {"state": "SUBMITTED", "visit_id": None}
    ]

    monkeypatch.setattr(solving, "_tell", tell)
    await work()
    await solving.solve_plan(stage.world.district_id, plan)

    assert len(await stage.visits()) == 1
    assert await stage.fetch("select state from joint_plans") == [{"state": "SOLVED"}]
    assert await stage.fetch("select distinct state from inspection_demands") == [
        {"state": "MATCHED"}
    ]


async def test_a_plan_that_breaks_a_rule_is_not_kept_whatever_it_broke(
    stage: Any, execute: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.demand(0, "fire")

    async def foreign(*_: Any) -> Plan:
        return Plan((), (), None)

    monkeypatch.setattr(solving, "_in_child", foreign)
    plan = await stage.plan(work)

    assert plan.state == "FAILED"
    assert "the plan breaks" in plan.failure
    assert await stage.visits() == []
    assert await stage.fetch("select state from inspection_demands") == [{"state": "SUBMITTED"}]


async def test_premises_that_closed_while_the_plan_waits_stop_it_whole(
    stage: Any, execute: Any, work: Any
) -> None:
    plan = await solved(stage, execute, work)
    await approve(execute, stage, plan)
    place = str(relay.GlobalID("Premises", str(stage.premises[0].id)))
    closed = await act(
        execute, stage.world.towns[0].principal(), CLOSE, premisesId=place, reason="已搬迁"
    )
    assert closed["errors"] == []

    refused = await publish(execute, stage, plan)

    assert refused["errors"][0]["code"] == "CONFLICT"
    assert "do not trade any more" in refused["errors"][0]["message"]
    assert await counted(stage) == NOTHING


async def test_a_demand_withdrawn_while_the_plan_is_solved_is_not_served(
    stage: Any, execute: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver = solving._in_child

    async def meanwhile(*given: Any) -> Plan:
        plan = await solver(*given)
        gas = stage.world.departments["gas"]
        (row,) = await stage.fetch("select id from inspection_demands where body_id = $1", gas)
        wanted = {"demandId": str(relay.GlobalID("InspectionDemand", str(row["id"])))}
        taken = await act(
            execute, stage.world.department("gas"), WITHDRAW, **wanted, reason="企业已停业"
        )
        assert taken["errors"] == []
        return plan

    monkeypatch.setattr(solving, "_in_child", meanwhile)
    plan = await solved(stage, execute, work)
    await approve(execute, stage, plan)
    done = await publish(execute, stage, plan)

    assert done["errors"] == []
    rows = await stage.fetch("select state, visit_id from inspection_demands order by state")
    assert [row["state"] for row in rows] == ["CODED", "WITHDRAWN"]
    assert rows[1]["visit_id"] is None
    (visit,) = await stage.visits()
    assert len(visit.demand_ids) == 1
    assert (await counted(stage))["reserved"] == 2  # the body's own line and that of all


async def test_an_officer_dismissed_after_the_approval_stops_publication_with_the_reason(
    stage: Any, execute: Any, work: Any
) -> None:
    plan = await solved(stage, execute, work)
    await approve(execute, stage, plan)
    (visit,) = await stage.visits()
    (row,) = await stage.fetch(
        "select o.id, b.line from officers o join bodies b on b.id = o.body_id where o.id = $1",
        UUID(visit.officer_ids[0]),
    )
    officer = str(relay.GlobalID("Officer", str(row["id"])))
    gone = await act(
        execute, stage.world.department(row["line"]), DISMISS, officerId=officer, reason="辞职"
    )
    assert gone == {"officer": {"active": False}, "errors": []}

    refused = await publish(execute, stage, plan)

    assert refused["errors"][0]["code"] == "CONFLICT"
    assert "left office or has no valid card" in refused["errors"][0]["message"]
    assert await counted(stage) == NOTHING
    # The next plan serves the same demands with others.
    again = await stage.plan(work)
    (visit,) = await stage.visits(again)
    assert str(row["id"]) not in visit.officer_ids
    assert len(visit.demand_ids) == 2


async def on_its_day(stage: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[JointVisit, Principal]:
    """The announced visit on the morning of its day, and the enterprise it goes to."""
    (visit,) = await stage.visits()
    morning = datetime(visit.day.year, visit.day.month, visit.day.day, 1, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: morning)
    scope = stage.world.towns[0].scope("account:boss")
    return visit, Principal(
        "account:boss", Role.ENTERPRISE, scope, "企业", enterprise_id=visit.enterprise_id
    )


def stranger(stage: Any) -> Principal:
    """Another enterprise of the same town."""
    scope = stage.world.towns[0].scope("account:other")
    other = stage.premises[1].enterprise_id
    return Principal("account:other", Role.ENTERPRISE, scope, "另一企业", enterprise_id=other)


async def test_an_enterprise_that_refuses_twice_refused_once(
    stage: Any, execute: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await published(stage, execute, work)
    visit, boss = await on_its_day(stage, monkeypatch)
    wanted = {
        "premisesId": str(relay.GlobalID("Premises", str(visit.premises_id))),
        "visitId": str(relay.GlobalID("JointVisit", str(visit.id))),
        "whoCame": "两名自称执法人员",
        "reason": "未出示执法码",
    }

    first, second = await asyncio.gather(
        act(execute, boss, REFUSE, **wanted), act(execute, boss, REFUSE, **wanted)
    )
    other = await act(execute, stranger(stage), REFUSE, **wanted)

    assert first == second
    assert first["errors"] == []
    assert other["errors"][0]["code"] == "NOT_FOUND"
    assert (await stage.fetch("select count(*) as n from visit_refusals"))[0]["n"] == 1


async def test_nobody_else_rates_a_visit_and_its_enterprise_does_once(
    stage: Any, execute: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await published(stage, execute, work)
    visit, boss = await on_its_day(stage, monkeypatch)
    wanted = {"visitId": str(relay.GlobalID("JointVisit", str(visit.id)))}
    marks = {"lawful": 5, "courteous": 4, "useful": 3}
    early = await act(execute, boss, RATE, **wanted, **marks)
    lead = next(k for k, v in stage.world.departments.items() if v == visit.lead_body_id)
    await act(execute, stage.world.department(lead), COMPLETE, **wanted)

    other = await act(execute, stranger(stage), RATE, **wanted, **marks)
    officer = await act(execute, stage.world.department(lead), RATE, **wanted, **marks)
    both = await asyncio.gather(
        act(execute, boss, RATE, **wanted, **marks), act(execute, boss, RATE, **wanted, **marks)
    )

    assert early["errors"][0]["code"] == "CONFLICT"
    assert other["errors"][0]["code"] == "NOT_FOUND"
    assert officer["errors"][0]["code"] == "FORBIDDEN"
    codes = sorted([error["code"] for error in one["errors"]] for one in both)
    assert codes == [[], ["CONFLICT"]]
    assert (await stage.fetch("select count(*) as n from visit_ratings"))[0]["n"] == 1


async def test_the_committee_of_another_district_rules_on_nothing_here(
    stage: Any, execute: Any, work: Any, make_world: Any
) -> None:
    elsewhere = await make_world(towns=1)
    plan = await solved(stage, execute, work)
    (visit,) = await stage.visits()
    line = next(k for k, v in stage.world.departments.items() if v == visit.lead_body_id)
    made = await act(
        execute, stage.world.department(line), OBJECT, planId=plan, reason="时间不合适"
    )
    wanted = {"objectionId": made["objection"]["id"], "decision": "DISMISSED", "reason": "专委意见"}

    foreign = await act(execute, elsewhere.committee(), RULE, **wanted)
    department = await act(execute, stage.world.department("fire"), RULE, **wanted)
    own = await asyncio.gather(
        act(execute, stage.world.committee(), RULE, **wanted),
        act(execute, stage.world.committee(), RULE, **wanted),
    )

    assert foreign["errors"][0]["code"] == "NOT_FOUND"
    assert department["errors"][0]["code"] == "FORBIDDEN"
    assert sorted([e["code"] for e in one["errors"]] for one in own) == [[], ["CONFLICT"]]
    assert (await stage.fetch("select count(*) as n from plan_rulings"))[0]["n"] == 1


async def test_a_code_holds_while_the_visit_does_and_not_after_it(
    stage: Any, execute: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await published(stage, execute, work)
    visit, boss = await on_its_day(stage, monkeypatch)
    wanted = {"visitId": str(relay.GlobalID("JointVisit", str(visit.id)))}
    lead = next(k for k, v in stage.world.departments.items() if v == visit.lead_body_id)
    code = (await ask(execute, stage.world.department(lead), CODE, id=wanted["visitId"]))[
        "visitCode"
    ]["code"]

    first = await act(execute, boss, CHECK, code=code)
    second = await act(execute, boss, CHECK, code=code)
    stolen = await act(execute, stranger(stage), CHECK, code=code)
    await act(execute, stage.world.department(lead), COMPLETE, **wanted)
    late = await act(execute, boss, CHECK, code=code)
    refused = await execute(stage.world.department(lead), CODE, {"id": wanted["visitId"]})

    assert first == second
    assert first["verdict"] == "VALID"
    assert (stolen["verdict"], stolen["visit"]) == ("NOT_OURS", None)
    assert (late["verdict"], late["visit"]) == ("WITHDRAWN", None)
    assert "shows no code" in refused["errors"][0]["message"]


async def test_nobody_is_sent_into_a_town_that_moved_while_the_plan_waits(
    stage: Any, execute: Any, work: Any, make_world: Any
) -> None:
    elsewhere = await make_world(towns=1)
    await stage.demand(2, "gas")
    plan = await solved(stage, execute, work)
    await approve(execute, stage, plan)
    gone, stays = stage.world.towns
    await move_to_district(gone.code, elsewhere.code)

    # The department signs in anew and sees the towns of today.
    fire = stage.world.department("fire")
    scope = await department_scope(stage.world.district_id, fire.key)
    data = await ask(execute, replace(fire, scope=scope), PUBLISH, input={"planId": plan})
    done = data["publishJointPlan"]

    # What is left of the plan stands; nobody is sent into the town that left.
    assert done == {"plan": {"state": "PUBLISHED"}, "errors": []}
    (announced,) = await stage.fetch("select * from joint_visits where state = 'PUBLISHED'")
    assert announced["tenant_id"] == stays.owner.tenant_id
    async with tenant_transaction(stage.world.department_scope(), read_only=True) as transaction:
        rows = await transaction.fetch(
            "select state from inspection_demands where tenant_id = $1", gone.owner.tenant_id
        )
    assert [row["state"] for row in rows] == ["MATCHED", "MATCHED"]
