"""Inspections of joint visits: opened by the plan, and their outcome ends the visit."""

from datetime import timedelta
from typing import Any

import pytest

from service import clock
from service.inspections import joint_visits
from service.inspections.commands import cancel
from service.inspections.records import Inspection
from service.joint.records import JointVisit
from tenants.wall import tenant_transaction
from tests.joint.conftest import stage

__all__ = ["stage"]


async def opened(stage: Any, visit: JointVisit) -> list[Inspection]:
    """The inspections of a joint visit."""
    async with tenant_transaction(stage.world.department_scope(), read_only=True):
        return await Inspection.filter(joint_visit_id=visit.id).order_by("id")


async def again(stage: Any, visit: JointVisit) -> JointVisit:
    """The visit as it stands."""
    async with tenant_transaction(stage.world.department_scope(), read_only=True):
        return await JointVisit.get(id=visit.id)


async def test_a_published_plan_opens_one_inspection_a_body_and_no_second(
    stage: Any, work: Any
) -> None:
    await stage.demand(0, "fire", items=["fire.exits"])
    await stage.demand(0, "gas", items=["gas.exits", "pumps"])
    plan, visits = await stage.published(work)

    assert "inspections.open_plan" in await work()
    await joint_visits.open_plan(stage.world.office, plan.id)

    made = [row for visit in visits for row in await opened(stage, visit)]
    assert sorted((row.body_id, tuple(row.items)) for row in made) == sorted(
        [
            (stage.world.departments["fire"], ("fire.exits",)),
            (stage.world.departments["gas"], ("gas.exits", "pumps")),
        ]
    )
    assert {row.planned_on for row in made} == {visit.day for visit in visits}
    assert {row.tenant_id for row in made} == {stage.world.towns[0].owner.tenant_id}


async def test_the_record_of_the_lead_body_completes_the_visit(
    stage: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.demand(0, "fire")
    _, (visit,) = await stage.published(work)
    await work()
    (row,) = await opened(stage, visit)
    async with tenant_transaction(stage.world.department_scope()):
        await Inspection.filter(id=row.id).update(recorded_at=clock.now())

    await joint_visits.settle_visit(row.owner, row.id)
    early = await again(stage, visit)
    later = clock.now() + timedelta(days=60)
    monkeypatch.setattr(clock, "now", lambda: later)
    await joint_visits.settle_visit(row.owner, row.id)
    await joint_visits.settle_visit(row.owner, row.id)

    assert early.state == "PUBLISHED"
    assert (await again(stage, visit)).state == "DONE"


async def test_a_visit_that_every_body_gave_up_is_released(stage: Any, work: Any) -> None:
    await stage.demand(0, "fire")
    await stage.demand(0, "gas")
    _, visits = await stage.published(work)
    await work()

    states = []
    for visit in visits:
        for row in await opened(stage, visit):
            async with tenant_transaction(stage.world.department_scope()):
                await cancel(row.body_id, row.id, "企业停业整改")
            assert "inspections.settle_visit" in await work()
        states.append((await again(stage, visit)).state)

    assert set(states) == {"RELEASED"}
