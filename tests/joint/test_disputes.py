"""A lead body objects, the committee rules, and publication follows the ruling."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.errors import Conflict, Forbidden, Invalid
from service.joint import commands, disputes
from service.joint.recognising import recognise_result
from service.joint.records import JointPlan, JointVisit, PlanObjection
from service.joint.rules import Decision, DemandKind
from service.joint.urgent import fit_urgent
from tenants.wall import tenant_transaction


async def planned(stage: Any, work: Any) -> tuple[JointPlan, JointVisit]:
    """Fire and gas come together; fire, with the larger risk, leads."""
    await stage.demand(0, "fire", risk=4)
    await stage.demand(0, "gas")
    plan = await stage.plan(work)
    (visit,) = await stage.visits(plan)
    return plan, visit


async def objected(stage: Any, plan: JointPlan, line: str, visit: UUID | None) -> PlanObjection:
    async with tenant_transaction(stage.world.department_scope()):
        return await disputes.object_to_plan(
            stage.world.office, stage.world.departments[line], plan.id, visit, "应由燃气部门牵头"
        )


async def ruled(
    stage: Any, objection: PlanObjection, decision: Decision, lead: UUID | None = None
) -> None:
    async with tenant_transaction(stage.world.committee().scope):
        await disputes.rule_on_objection(
            stage.world.office, objection.id, decision, "专委协调意见", lead
        )


async def test_a_disputed_plan_waits_for_the_committee(stage: Any, work: Any) -> None:
    plan, visit = await planned(stage, work)
    await stage.approve(plan)
    await objected(stage, plan, "gas", visit.id)

    with pytest.raises(Conflict, match="1 objections to rule on"):
        await stage.publish(plan)

    assert await stage.fetch("select 1 from premises_reservations") == []


async def test_the_committee_names_the_lead_and_publication_follows(stage: Any, work: Any) -> None:
    plan, visit = await planned(stage, work)
    gas = stage.world.departments["gas"]
    assert visit.lead_body_id == stage.world.departments["fire"]
    await stage.approve(plan)
    objection = await objected(stage, plan, "gas", visit.id)
    await ruled(stage, objection, Decision.LEAD_CHANGED, gas)

    assert (await stage.publish(plan)).state == "PUBLISHED"

    (visit,) = await stage.visits(plan)
    assert visit.lead_body_id == gas
    # A later plan takes the named lead as it is.
    await stage.demand(1, "fire")
    again = await stage.plan(work)
    assert (again.state, again.failure) == ("SOLVED", "")


async def test_a_ruling_stands_for_the_approval_of_the_body_that_objected(
    stage: Any, work: Any
) -> None:
    plan, visit = await planned(stage, work)
    objection = await objected(stage, plan, "fire", None)
    await ruled(stage, objection, Decision.DISMISSED)

    assert (await stage.publish(plan)).state == "PUBLISHED"

    (visit,) = await stage.visits(plan)
    assert visit.lead_body_id == stage.world.departments["fire"]


async def test_a_dropped_visit_is_not_announced_and_its_demands_wait(stage: Any, work: Any) -> None:
    await planned(stage, work)
    await stage.demand(1, "fire")
    plan = await stage.plan(work)
    await stage.approve(plan)
    first, second = await stage.visits(plan)
    dropped = first if len(first.demand_ids) == 2 else second
    objection = await objected(stage, plan, "gas", dropped.id)
    await ruled(stage, objection, Decision.VISIT_DROPPED)

    await stage.publish(plan)

    states = {v.id: v.state for v in await stage.visits(plan)}
    assert sorted(states.values()) == ["PUBLISHED", "RELEASED"]
    assert states[dropped.id] == "RELEASED"
    waiting = await stage.fetch(
        "select unserved_reason from inspection_demands where state = 'SUBMITTED'"
    )
    assert waiting == [{"unserved_reason": "DISPUTED"}] * 2


async def test_a_returned_plan_can_be_neither_approved_nor_published(stage: Any, work: Any) -> None:
    plan, _ = await planned(stage, work)
    objection = await objected(stage, plan, "fire", None)
    await ruled(stage, objection, Decision.RETURNED)

    with pytest.raises(Conflict, match="RETURNED"):
        await stage.approve(plan)
    with pytest.raises(Conflict, match="RETURNED"):
        await stage.publish(plan)


async def test_only_the_committee_rules_and_only_once(stage: Any, work: Any) -> None:
    plan, visit = await planned(stage, work)
    objection = await objected(stage, plan, "gas", visit.id)
    town = stage.world.towns[0]

    async with tenant_transaction(town.scope()):
        with pytest.raises(Forbidden, match="the committee rules"):
            await disputes.rule_on_objection(
                town.owner, objection.id, Decision.DISMISSED, "专委协调意见", None
            )
    await ruled(stage, objection, Decision.DISMISSED)
    with pytest.raises(Conflict, match="settled already"):
        await ruled(stage, objection, Decision.RETURNED)

    rows = await stage.fetch("select decision from plan_rulings")
    assert rows == [{"decision": "DISMISSED"}]


async def test_a_lead_is_named_among_the_bodies_that_come(stage: Any, work: Any) -> None:
    plan, visit = await planned(stage, work)
    objection = await objected(stage, plan, "gas", visit.id)

    with pytest.raises(Invalid, match="no demand in the visit"):
        await ruled(stage, objection, Decision.LEAD_CHANGED, stage.world.departments["market"])
    with pytest.raises(Invalid, match="LEAD_CHANGED and only then"):
        await ruled(stage, objection, Decision.LEAD_CHANGED)

    assert await stage.fetch("select 1 from plan_rulings") == []


async def test_a_body_without_a_part_does_not_object(stage: Any, work: Any) -> None:
    plan, visit = await planned(stage, work)

    with pytest.raises(Invalid, match="no demand in this visit"):
        await objected(stage, plan, "market", visit.id)
    with pytest.raises(Invalid, match="leads no visit"):
        await objected(stage, plan, "gas", None)
    assert await stage.fetch("select 1 from plan_objections") == []


async def test_a_result_is_recognised_and_nobody_comes_again(
    stage: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.demand(0, "fire", items=["exits"])
    _, (visit,) = await stage.published(work)
    later = clock.now() + timedelta(days=45)
    monkeypatch.setattr(clock, "now", lambda: later)
    async with tenant_transaction(stage.world.department_scope()):
        await commands.complete_visit(visit.lead_body_id, visit.id)
    due = visit.day + timedelta(days=30)
    terms = {"release_on": visit.day, "due_on": max(due, clock.legal_day(later))}
    same = await stage.demand(0, "gas", items=["exits"], interval_days=60, **terms)
    other = await stage.demand(0, "gas", items=["pumps"], interval_days=60, **terms)
    gas = stage.world.departments["gas"]

    async with tenant_transaction(stage.world.department_scope()):
        with pytest.raises(Conflict, match="did not look at pumps"):
            await recognise_result(gas, other.id, visit.id, "结果互认")
        with pytest.raises(Forbidden):
            await recognise_result(stage.world.departments["market"], same.id, visit.id, "结果互认")
        await recognise_result(gas, same.id, visit.id, "结果互认")
        with pytest.raises(Conflict, match="RECOGNISED"):
            await recognise_result(gas, same.id, visit.id, "结果互认")

    rows = await stage.fetch(
        "select state, recognised_visit_id from inspection_demands where id = $1", same.id
    )
    assert rows == [{"state": "RECOGNISED", "recognised_visit_id": visit.id}]


async def test_a_demand_recognised_after_planning_leaves_its_visit(
    stage: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clue = await stage.demand(
        0, "fire", items=["exits"], kind=DemandKind.CLUE, exemption_reason="12350举报"
    )
    async with tenant_transaction(stage.world.department_scope()):
        done = (await fit_urgent(clue.body_id, clue.id)).visit
    later = clock.now() + timedelta(days=20)
    monkeypatch.setattr(clock, "now", lambda: later)
    async with tenant_transaction(stage.world.department_scope()):
        await commands.complete_visit(done.lead_body_id, done.id)
    await stage.demand(0, "market", risk=3)
    same = await stage.demand(0, "gas", items=["exits"], interval_days=90)
    plan = await stage.plan(work)
    (draft,) = await stage.visits(plan)
    assert len(draft.demand_ids) == 2

    async with tenant_transaction(stage.world.department_scope()):
        gas = stage.world.departments["gas"]
        await recognise_result(gas, same.id, done.id, "结果互认")
    await stage.approve(plan)
    await stage.publish(plan)

    (visit,) = await stage.visits(plan)
    assert visit.state == "PUBLISHED"
    assert len(visit.demand_ids) == 1
    assert str(same.id) not in visit.demand_ids
