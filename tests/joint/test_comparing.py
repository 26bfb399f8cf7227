"""Two plan versions side by side: what moved, and why."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from strawberry import relay

from service.joint.comparing import Cause, Change, compare, difference, pair_up
from service.joint.records import JointVisit
from tenants.wall import tenant_transaction

PLACE = UUID(int=1)
DAY = date(2026, 9, 1)


def visit(*demands: str, day: int = 0, team: tuple[str, ...] = ("a", "b")) -> JointVisit:
    return JointVisit(
        id=uuid4(),
        premises_id=PLACE,
        day=DAY + timedelta(days=day),
        start_minute=540,
        officer_ids=list(team),
        demand_ids=list(demands),
    )


def test_visits_are_paired_by_the_demands_they_have_in_common() -> None:
    old = [visit("1", "2"), visit("3", day=20)]
    new = [visit("3", day=5), visit("1", "2", "4", day=21)]

    pairs = {(a.demand_ids[0], b.demand_ids[0]) for a, b in pair_up(old, new) if a and b}

    assert pairs == {("1", "1"), ("3", "3")}


def test_each_kind_of_difference_has_its_cause() -> None:
    known, waiting = {"1", "2"}, {"1"}

    def of(before: Any, after: Any) -> Any:
        found = difference(before, after, known, waiting)
        return found and (found.change, found.cause)

    assert of(visit("1"), visit("1")) is None
    assert of(visit("1"), visit("1", day=3)) == (Change.MOVED, Cause.OTHER_VISITS)
    assert of(visit("1"), visit("1", "9")) == (Change.DEMANDS_CHANGED, Cause.NEW_DEMAND)
    assert of(visit("1", "2"), visit("1")) == (Change.DEMANDS_CHANGED, Cause.DEMAND_SETTLED)
    assert of(visit("1"), visit("1", team=("a", "c"))) == (Change.TEAM_CHANGED, Cause.OTHER_VISITS)
    assert of(None, visit("9")) == (Change.ADDED, Cause.NEW_DEMAND)
    assert of(visit("1"), None) == (Change.DROPPED, Cause.DEMAND_LEFT_OUT)


async def test_a_new_demand_shows_as_the_cause_of_what_it_changed(
    stage: Any, work: Any, execute: Any
) -> None:
    await stage.demand(0, "fire")
    first = await stage.plan(work)
    await stage.demand(0, "gas")
    await stage.demand(1, "market")
    second = await stage.plan(work)

    async with tenant_transaction(stage.world.department_scope(), read_only=True):
        found = await compare(first.id, second.id)
    answer = await execute(
        stage.world.committee(),
        """query($a: ID!, $b: ID!) { jointPlanComparison(before: $a, after: $b) {
             unchanged counts { change visits }
             differences { change cause words after { day } } } }""",
        {k: str(relay.GlobalID("JointPlan", str(p.id))) for k, p in (("a", first), ("b", second))},
    )

    assert {d.cause for d in found.shown} == {Cause.NEW_DEMAND}
    assert found.counts[Change.ADDED] == 1
    assert len(found.shown) == 2
    assert answer["errors"] == []
    shown = answer["data"]["jointPlanComparison"]
    assert {d["cause"] for d in shown["differences"]} == {"NEW_DEMAND"}
    assert sum(c["visits"] for c in shown["counts"]) == 2
