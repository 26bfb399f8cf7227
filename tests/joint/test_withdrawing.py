"""A demand is taken back before and after it is booked; the caps hold what still takes place."""

from typing import Any
from uuid import UUID

import pytest

from service.errors import Conflict, Forbidden
from service.joint.records import JointVisit
from service.joint.withdrawing import withdraw_demand
from tenants.wall import tenant_transaction


async def withdraw(stage: Any, line: str, demand_id: UUID, reason: str = "企业已停业") -> Any:
    async with tenant_transaction(stage.world.department_scope()):
        return await withdraw_demand(stage.world.departments[line], demand_id, reason)


async def reserved(stage: Any) -> dict[str, int]:
    """What the ledger holds by line, after it was compared with the sum of its entries."""
    rows = await stage.fetch(
        "select b.body, b.reserved, (select coalesce(sum(e.reserved_change), 0) from budget_entries"
        " e where e.body = b.body and e.enterprise_id = b.enterprise_id) as entered"
        " from frequency_budgets b where b.reserved > 0 or true"
    )
    assert all(row["reserved"] == row["entered"] for row in rows)
    return {row["body"]: row["reserved"] for row in rows if row["reserved"]}


async def test_what_is_not_booked_is_planned_no_more(stage: Any, work: Any) -> None:
    kept = await stage.demand(0, "fire")
    gone = await stage.demand(0, "gas")
    plan = await stage.plan(work)

    with pytest.raises(Forbidden):
        await withdraw(stage, "market", gone.id)
    first = await withdraw(stage, "gas", gone.id)
    again = await withdraw(stage, "gas", gone.id, "再点一次")

    assert (first.state, again.withdrawn_reason) == ("WITHDRAWN", "企业已停业")
    # The plan that was solved with it is published without it.
    await stage.approve(plan)
    await stage.publish(plan)
    (visit,) = await stage.visits(plan)
    assert visit.demand_ids == [str(kept.id)]
    assert sorted(await reserved(stage)) == sorted(["ALL", str(kept.body_id)])


async def test_a_booked_visit_goes_on_for_the_others(stage: Any, work: Any) -> None:
    lead = await stage.demand(0, "fire", risk=4)
    other = await stage.demand(0, "gas")
    await stage.demand(0, "gas", items=["gas.pumps"])
    _, (visit,) = await stage.published(work)
    assert visit.lead_body_id == lead.body_id

    await withdraw(stage, "gas", other.id)
    assert len(await reserved(stage)) == 3
    await withdraw(stage, "fire", lead.id)

    (after,) = await stage.visits()
    gas = stage.world.departments["gas"]
    assert (after.state, after.lead_body_id, after.sequence) == ("PUBLISHED", gas, 2)
    assert len(after.demand_ids) == 1
    assert await reserved(stage) == {"ALL": 1, str(gas): 1}
    held = await stage.fetch("select item from premises_reservations order by item")
    assert [row["item"] for row in held] == ["*", "gas.pumps"]


async def test_the_last_demand_releases_the_visit_and_its_officers(stage: Any, work: Any) -> None:
    only = await stage.demand(0, "fire")
    await stage.published(work)

    await withdraw(stage, "fire", only.id)
    await work()

    (visit,) = await stage.visits()
    assert visit.state == "RELEASED"
    assert await reserved(stage) == {}
    assert await stage.fetch("select 1 from premises_reservations") == []
    assert await stage.fetch("select 1 from officer_reservations") == []


async def test_who_stands_at_the_door_is_not_called_back(stage: Any, work: Any) -> None:
    demand = await stage.demand(0, "fire")
    _, (visit,) = await stage.published(work)
    async with tenant_transaction(stage.world.department_scope()):
        await JointVisit.filter(id=visit.id).update(arrived_at=visit.created_at)

    with pytest.raises(Conflict, match="arrived"):
        await withdraw(stage, "fire", demand.id)

    rows = await stage.fetch("select state from inspection_demands")
    assert rows == [{"state": "CODED"}]
    assert sum((await reserved(stage)).values()) == 2


async def test_a_town_withdraws_from_a_visit_of_the_departments(
    stage: Any, work: Any, execute: Any
) -> None:
    from strawberry import relay

    from service.joint.commands import submit_demand
    from service.joint.rules import DemandKind, DemandTerms
    from tests.joint.conftest import monday, publish_items

    town = stage.world.towns[0]
    await publish_items(town.owner, {"town": town.body_id})
    await stage.demand(0, "fire", risk=4)
    terms = DemandTerms(DemandKind.ROUTINE, ["exits"], monday(), monday(), 30, 1, True, "条例")
    async with tenant_transaction(town.scope()):
        demand = await submit_demand(town.body_id, stage.premises[0].id, terms, skill="fire")
    _, (visit,) = await stage.published(work)
    assert len(visit.demand_ids) == 2

    answer = await execute(
        town.principal(),
        """mutation W($input: WithdrawInspectionDemandInput!) { withdrawInspectionDemand(
            input: $input) { job { id } errors { code message } } }""",
        {
            "input": {
                "demandId": str(relay.GlobalID("InspectionDemand", str(demand.id))),
                "reason": "已转为指导",
            }
        },
    )
    assert answer["errors"] == []
    assert answer["data"]["withdrawInspectionDemand"]["errors"] == []
    assert "joint.book" in await work()

    (after,) = await stage.visits()
    assert (after.state, len(after.demand_ids)) == ("PUBLISHED", 1)
