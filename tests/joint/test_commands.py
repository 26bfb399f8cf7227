"""Demands of several bodies become one plan, approved, reserved, announced and settled."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.errors import Conflict, Forbidden, Invalid
from service.joint import commands
from service.joint.records import JointPlan, JointVisit
from service.joint.reserving import ReservationRefused, reserve
from service.joint.rules import DemandKind
from service.joint.urgent import fit_urgent
from tenants.wall import tenant_transaction
from tests.joint.conftest import monday


async def three_demands(stage: Any) -> None:
    for line in ("fire", "gas", "market"):
        await stage.demand(0, line)


async def published(stage: Any, work: Any) -> tuple[JointPlan, JointVisit]:
    await three_demands(stage)
    plan = await stage.plan(work)
    await stage.approve(plan)
    plan = await stage.publish(plan)
    (visit,) = await stage.visits(plan)
    return plan, visit


async def test_three_bodies_come_in_one_visit_with_a_proof(stage: Any, work: Any) -> None:
    await three_demands(stage)
    await stage.demand(2, "fire")

    plan = await stage.plan(work)

    assert plan.state == "SOLVED"
    assert plan.certificate["visits"] == plan.certificate["visits_lower_bound"] == 2
    assert plan.certificate["mandatory_unserved"] == 0
    assert plan.burden["separate_visits"] == 4
    assert plan.burden["spared"] == 0.5
    visits = await stage.visits(plan)
    assert sorted(len(visit.demand_ids) for visit in visits) == [1, 3]
    assert {visit.tenant_id for visit in visits} == {
        town.owner.tenant_id for town in stage.world.towns
    }
    assert any("join: 3 demands in one visit" in visit.explanation for visit in visits)


async def test_a_plan_is_published_only_after_every_lead_body_approved(
    stage: Any, work: Any
) -> None:
    await three_demands(stage)
    plan = await stage.plan(work)

    with pytest.raises(Conflict, match="have not approved"):
        await stage.publish(plan)
    await stage.approve(plan)
    plan = await stage.publish(plan)

    assert plan.state == "PUBLISHED"
    (visit,) = await stage.visits(plan)
    assert visit.state == "PUBLISHED"
    assert len(visit.code) == 20
    states = await stage.fetch("select distinct state from inspection_demands")
    assert [row["state"] for row in states] == ["CODED"]


async def test_two_officers_of_a_body_approve_at_once(stage: Any, work: Any) -> None:
    await three_demands(stage)
    plan = await stage.plan(work)
    pressed = asyncio.Event()

    async def second() -> None:
        await pressed.wait()
        await stage.approve(plan)

    other = asyncio.create_task(second())
    async with tenant_transaction(stage.world.department_scope()):
        for body in plan.lead_bodies:
            await commands.approve_plan(stage.world.office, UUID(body), plan.id)
        pressed.set()
        await asyncio.sleep(0.3)
    await other

    given = await stage.fetch("select body_id from joint_plan_approvals")
    entries = await stage.fetch("select 1 from audit_entries where act = 'joint.plan_approved'")
    assert len(entries) == len(given) == len(plan.lead_bodies)


async def test_a_body_without_visits_has_nothing_to_approve(stage: Any, work: Any) -> None:
    await three_demands(stage)
    plan = await stage.plan(work)

    async with tenant_transaction(stage.world.department_scope()):
        with pytest.raises(Conflict, match="leads no visit"):
            await commands.approve_plan(
                stage.world.office, stage.world.departments["urban"], plan.id
            )


async def test_publishing_reserves_and_the_ledger_follows_the_visit(stage: Any, work: Any) -> None:
    _, visit = await published(stage, work)

    lines = await stage.fetch("select body, cap, reserved, used from frequency_budgets")
    assert sorted((line["reserved"], line["used"]) for line in lines) == [(1, 0)] * 4
    assert {line["cap"] for line in lines if line["body"] == "ALL"} == {4}

    async with tenant_transaction(stage.world.department_scope()):
        await commands.release_visit(visit.lead_body_id, visit.id, "企业停业装修")

    lines = await stage.fetch("select reserved, used from frequency_budgets")
    assert {(line["reserved"], line["used"]) for line in lines} == {(0, 0)}
    assert await stage.fetch("select 1 from premises_reservations") == []
    assert await stage.fetch("select 1 from officer_reservations") == []
    states = await stage.fetch("select distinct state from inspection_demands")
    assert [row["state"] for row in states] == ["RELEASED"]


async def test_a_released_demand_is_planned_again(stage: Any, work: Any) -> None:
    _, visit = await published(stage, work)
    async with tenant_transaction(stage.world.department_scope()):
        await commands.release_visit(visit.lead_body_id, visit.id, "企业停业装修")

    again = await stage.plan(work)

    (other,) = await stage.visits(again)
    assert sorted(other.demand_ids) == sorted(visit.demand_ids)


async def test_a_visit_that_took_place_uses_the_cap(
    stage: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, visit = await published(stage, work)
    async with tenant_transaction(stage.world.department_scope()):
        with pytest.raises(Conflict, match="yet to come"):
            await commands.complete_visit(visit.lead_body_id, visit.id)
    later = clock.now() + timedelta(days=60)
    monkeypatch.setattr(clock, "now", lambda: later)

    async with tenant_transaction(stage.world.department_scope()):
        done = await commands.complete_visit(visit.lead_body_id, visit.id)
    async with tenant_transaction(stage.world.department_scope()):
        with pytest.raises(Conflict, match="cannot end again"):
            await commands.complete_visit(visit.lead_body_id, visit.id)

    assert done.state == "DONE"
    lines = await stage.fetch("select reserved, used from frequency_budgets")
    assert {(line["reserved"], line["used"]) for line in lines} == {(0, 1)}


async def test_only_the_lead_body_ends_a_visit(stage: Any, work: Any) -> None:
    _, visit = await published(stage, work)
    other = next(b for b in stage.world.departments.values() if b != visit.lead_body_id)

    async with tenant_transaction(stage.world.department_scope()):
        with pytest.raises(Forbidden):
            await commands.release_visit(other, visit.id, "企业停业装修")


async def test_a_new_plan_keeps_notified_visits_and_their_gap(stage: Any, work: Any) -> None:
    _, visit = await published(stage, work)
    await stage.demand(0, "fire", items=["fire.pumps"])
    await stage.demand(1, "fire")

    again = await stage.plan(work)

    assert (again.state, again.failure) == ("SOLVED", "")
    visits = await stage.visits(again)
    same = [v for v in visits if v.premises_id == visit.premises_id]
    assert all(abs((v.day - visit.day).days) >= 14 for v in same)
    assert any(v.premises_id == stage.premises[1].id for v in visits)
    await stage.approve(again)
    assert (await stage.publish(again)).state == "PUBLISHED"


async def test_an_officer_who_left_spoils_neither_the_next_plan_nor_an_urgent_visit(
    stage: Any, work: Any
) -> None:
    _, visit = await published(stage, work)
    ids = [UUID(o) for o in visit.officer_ids]
    await stage.fetch(
        "update officers set active = false, left_on = current_date where id = any ($1)", ids
    )
    await stage.demand(1, "fire")
    urgent = await stage.demand(
        2, "fire", kind=DemandKind.CLUE, exemption_reason="12350举报", release_on=visit.day
    )

    async with tenant_transaction(stage.world.department_scope()):
        fitted = await fit_urgent(stage.world.departments["fire"], urgent.id)
    again = await stage.plan(work)

    assert (again.state, again.failure) == ("SOLVED", "")
    fresh = [*await stage.visits(again), fitted.visit]
    assert len(fresh) == 2
    assert not {o for v in fresh for o in v.officer_ids} & set(visit.officer_ids)


SPOILS = {
    "left office": (
        "update officers set active = false, left_on = current_date where id = $1 returning 1",
        "left office",
    ),
    "card ended": (
        "update officers set card_valid_to = '2020-01-01' where id = $1 returning 1",
        "no valid card",
    ),
    "on leave": (
        "insert into officer_absences (id, tenant_id, district_id, officer_id, kind, first_day,"
        " last_day, entered_at) select gen_random_uuid(), tenant_id, district_id, id, 'LEAVE',"
        " $2, $2, now() from officers where id = $1 returning 1",
        "on leave",
    ),
    "closed for good": (
        "update premises set status = 'CLOSED' where id = $1 returning 1",
        "do not trade",
    ),
    "quiet day": (
        "insert into quiet_days (id, tenant_id, district_id, first_day, last_day, reason,"
        " entered_at) values (gen_random_uuid(), $1, $3, $2, $2, '高考', now()) returning 1",
        "nobody is to inspect",
    ),
}


@pytest.mark.parametrize("spoil", SPOILS)
async def test_a_plan_that_no_longer_fits_is_refused_whole_with_the_reason(
    stage: Any, work: Any, spoil: str
) -> None:
    await stage.demand(0, "fire")
    await stage.demand(2, "gas")
    plan = await stage.plan(work)
    await stage.approve(plan)
    visit, _ = await stage.visits(plan)
    statement, words = SPOILS[spoil]
    subject = {"closed for good": visit.premises_id, "quiet day": stage.world.office.tenant_id}
    values = [subject.get(spoil, UUID(visit.officer_ids[0])), visit.day, stage.world.district_id]
    wanted = sum(f"${number}" in statement for number in (1, 2, 3))
    await stage.fetch(statement, *values[:wanted])

    with pytest.raises(ReservationRefused, match=words):
        await stage.publish(plan)

    assert {v.state for v in await stage.visits(plan)} == {"PLANNED"}
    assert await stage.fetch("select 1 from premises_reservations") == []
    assert await stage.fetch("select 1 from budget_entries") == []


async def test_a_plan_for_days_without_work_or_with_a_wild_seed_is_refused(stage: Any) -> None:
    saturday = monday() + timedelta(days=5)
    async with tenant_transaction(stage.world.department_scope()):
        with pytest.raises(Invalid, match="nobody works"):
            await commands.request_plan(
                stage.world.office, saturday, saturday, commands.Budget(iterations=1)
            )
        with pytest.raises(Invalid, match="seed"):
            await commands.request_plan(
                stage.world.office, monday(), monday(), commands.Budget(iterations=1, seed=-1)
            )

    assert await stage.fetch("select 1 from joint_plans") == []


async def test_an_old_version_cannot_be_published(stage: Any, work: Any) -> None:
    await three_demands(stage)
    old = await stage.plan(work)
    new = await stage.plan(work)
    await stage.approve(old)

    with pytest.raises(Conflict, match="newer plan"):
        await stage.publish(old)

    assert (old.version, new.version) == (1, 2)
    assert await stage.fetch("select 1 from premises_reservations") == []


async def test_refused_reservations_change_nothing_and_show_no_foreign_row(
    stage: Any, work: Any
) -> None:
    _, visit = await published(stage, work)
    await stage.demand(1, "fire")
    plan = await stage.plan(work)
    (fresh,) = [v for v in await stage.visits(plan) if v.state == "PLANNED"]
    before = await stage.fetch("select count(*) as n from officer_reservations")

    async with tenant_transaction(stage.world.department_scope()) as transaction:
        await transaction.fetch(
            "update joint_visits set day = $2, start_minute = $3, officer_ids = $4::jsonb"
            " where id = $1 returning id",
            fresh.id,
            visit.day,
            visit.start_minute,
            json.dumps(visit.officer_ids),
        )
        (clash,) = await JointVisit.filter(id=fresh.id)
        with pytest.raises(ReservationRefused) as refused:
            await reserve([clash])

    ((_, why),) = refused.value.reasons
    assert why == "an officer of the team is at another visit at that time"
    assert str(visit.id) not in refused.value.message
    assert "Key" not in refused.value.message
    after = await stage.fetch("select count(*) as n from officer_reservations")
    assert after == before


async def test_reserving_twice_is_reserving_once(stage: Any, work: Any) -> None:
    _, visit = await published(stage, work)

    async with tenant_transaction(stage.world.department_scope()):
        await reserve([visit])

    lines = await stage.fetch("select reserved from frequency_budgets")
    assert {line["reserved"] for line in lines} == {1}


async def test_exempt_demands_need_a_reason_and_no_cap(stage: Any, work: Any) -> None:
    with pytest.raises(Invalid, match="recorded reason"):
        await stage.demand(0, "fire", kind=DemandKind.CLUE)
    demand = await stage.demand(
        0, "fire", kind=DemandKind.CLUE, exemption_reason="12350举报", mandatory=False
    )
    assert demand.mandatory

    plan = await stage.plan(work)
    await stage.approve(plan)
    await stage.publish(plan)

    assert await stage.fetch("select 1 from frequency_budgets") == []
    rows = await stage.fetch("select exempt from premises_reservations")
    assert rows == [{"exempt": True}]


async def test_somebody_without_a_body_has_no_demand(stage: Any) -> None:
    async with tenant_transaction(stage.world.committee().scope):
        with pytest.raises(Forbidden, match="enforcement body"):
            await commands.submit_demand(None, stage.premises[0].id, None)  # type: ignore[arg-type]


async def test_a_plan_without_demands_is_empty_and_proven(stage: Any, work: Any) -> None:
    plan = await stage.plan(work)

    assert plan.state == "SOLVED"
    assert plan.certificate["visits"] == 0
    assert await stage.visits(plan) == []


async def test_a_cancelled_job_leaves_no_plan(stage: Any, work: Any) -> None:
    await three_demands(stage)
    async with tenant_transaction(stage.world.department_scope()) as transaction:
        day = clock.legal_day(clock.now()) + timedelta(days=7)
        plan, job = await commands.request_plan(
            stage.world.office, day, day + timedelta(days=20), commands.Budget(seconds=30)
        )
        await transaction.fetch(
            "update jobs set cancel_requested = true where id = $1 returning id", job.id
        )

    await work()

    (row,) = await stage.fetch("select state from joint_plans where id = $1", plan.id)
    (task,) = await stage.fetch("select state from jobs where id = $1", job.id)
    assert (row["state"], task["state"]) == ("CANCELLED", "CANCELLED")
    assert await stage.visits() == []
