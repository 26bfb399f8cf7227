"""Demands that come later join what is booked; urgent ones are fitted in with the fewest moves."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from strawberry import relay

from service import clock
from service.errors import Conflict, Forbidden
from service.joint import commands, intake, urgent
from service.joint.records import InspectionDemand, JointVisit
from service.joint.reserving import reserve
from service.joint.rules import DemandKind, DemandTerms
from tenants.wall import tenant_transaction
from tests.joint.conftest import monday, publish_items

CLUE = {"kind": DemandKind.CLUE, "exemption_reason": "12350举报", "mandatory": True}


async def offers(stage: Any, demand: InspectionDemand) -> list[intake.Offer]:
    async with tenant_transaction(stage.world.department_scope(), read_only=True):
        return await intake.offers_for(await InspectionDemand.get(id=demand.id))


async def join(stage: Any, line: str, demand: InspectionDemand, visit: JointVisit) -> JointVisit:
    async with tenant_transaction(stage.world.department_scope()):
        return await intake.join_visit(stage.world.departments[line], demand.id, visit.id)


async def fit(stage: Any, line: str, demand: InspectionDemand) -> urgent.FittedIn:
    async with tenant_transaction(stage.world.department_scope()):
        return await urgent.fit_urgent(stage.world.departments[line], demand.id)


async def test_a_late_demand_is_offered_the_visit_already_booked_and_joins_it(
    stage: Any, work: Any
) -> None:
    await stage.demand(0, "fire")
    await stage.demand(0, "gas")
    _, (visit,) = await stage.published(work)
    late = await stage.demand(0, "gas", items=["gas.pumps"], minutes=50)
    elsewhere = await stage.demand(1, "gas")

    (offer,) = await offers(stage, late)
    assert (offer.visit.id, offer.minutes) == (visit.id, 95)
    assert await offers(stage, elsewhere) == []
    joined = await join(stage, "gas", late, visit)

    assert (joined.day, joined.start_minute) == (visit.day, visit.start_minute)
    assert joined.officer_ids == visit.officer_ids
    assert (joined.minutes, joined.sequence) == (95, 1)
    assert str(late.id) in joined.demand_ids
    lines = await stage.fetch("select body, reserved from frequency_budgets")
    assert {line["reserved"] for line in lines} == {1}
    rows = await stage.fetch("select item from premises_reservations order by item")
    assert [row["item"] for row in rows] == ["*", "fire.exits", "gas.exits", "gas.pumps"]
    spans = await stage.fetch("select ends_at - starts_at as span from officer_reservations")
    assert {row["span"] for row in spans} == {timedelta(minutes=95)}


async def test_a_joint_visit_takes_a_further_body_along_and_its_cap_is_counted(
    stage: Any, work: Any
) -> None:
    await stage.demand(0, "fire")
    await stage.demand(0, "gas")
    await stage.demand(1, "market")
    _, visits = await stage.published(work)
    visit = next(v for v in visits if len(v.demand_ids) == 2)
    market = await stage.demand(0, "market")

    # Nobody in the team masters the market's work.
    assert await offers(stage, market) == []
    with pytest.raises(Conflict, match="masters market"):
        await join(stage, "market", market, visit)

    lines = await stage.fetch(
        "select 1 from frequency_budgets where enterprise_id = $1", visit.enterprise_id
    )
    assert len(lines) == 3


async def test_a_body_joins_with_its_own_demands_only(stage: Any, work: Any) -> None:
    await stage.demand(0, "fire")
    _, (visit,) = await stage.published(work)
    late = await stage.demand(0, "fire", items=["fire.pumps"])

    with pytest.raises(Forbidden):
        await join(stage, "gas", late, visit)


async def test_an_urgent_demand_gets_a_visit_at_once_and_moves_nobody_if_it_can(
    stage: Any, work: Any
) -> None:
    await stage.demand(0, "gas")
    _, (booked,) = await stage.published(work)
    clue = await stage.demand(2, "fire", **CLUE)

    fitted = await fit(stage, "fire", clue)

    assert fitted.moves == []
    visit = fitted.visit
    assert (visit.state, visit.origin, visit.plan_id) == ("PUBLISHED", "URGENT", None)
    assert visit.day == monday()
    assert len(visit.code) == 20
    assert len(visit.officer_ids) >= 2
    (row,) = await stage.fetch(
        "select state, visit_id from inspection_demands where id = $1", clue.id
    )
    assert row == {"state": "CODED", "visit_id": visit.id}
    assert len(await stage.fetch("select 1 from officer_reservations")) == 4
    (still,) = [v for v in await stage.visits() if v.id == booked.id]
    assert (still.day, still.start_minute) == (booked.day, booked.start_minute)


async def crowd(stage: Any, day_offset: int = 0) -> list[JointVisit]:
    """Every officer of the fire department is at a long visit that could be another day."""
    officers, others = await stage.officers("fire"), await stage.officers("market")
    made = []
    async with tenant_transaction(stage.world.department_scope()):
        for place, team in ((0, officers[:2]), (1, [officers[2], others[0]])):
            premises = stage.premises[place]
            demand = await InspectionDemand.filter(
                premises_id=premises.id, state="SUBMITTED"
            ).first()
            assert demand is not None
            visit = await JointVisit.create(
                tenant_id=premises.tenant_id,
                district_id=premises.district_id,
                plan_id=UUID(int=7),
                premises_id=premises.id,
                enterprise_id=premises.enterprise_id,
                day=monday() + timedelta(days=day_offset),
                start_minute=600,
                minutes=240,
                lead_body_id=demand.body_id,
                officer_ids=[str(o) for o in team],
                demand_ids=[str(demand.id)],
                state="PUBLISHED",
                created_at=clock.now(),
            )
            await InspectionDemand.filter(id=demand.id).update(state="CODED", visit_id=visit.id)
            made.append(visit)
        await reserve(made)
    return made


async def test_when_everybody_is_busy_one_announced_visit_makes_room(stage: Any) -> None:
    for place in (0, 1):
        await stage.demand(place, "fire", minutes=240)
    booked = await crowd(stage)
    clue = await stage.demand(2, "fire", **CLUE, minutes=300, release_on=monday(), due_on=monday())

    fitted = await fit(stage, "fire", clue)

    assert fitted.visit.day == monday()
    (move,) = fitted.moves
    assert move.visit_id in {visit.id for visit in booked}
    assert move.from_day == monday()
    assert move.to_day > monday()
    (moved,) = [v for v in await stage.visits() if v.id == move.visit_id]
    assert (moved.day, moved.sequence) == (move.to_day, 1)
    overlaps = await stage.fetch(
        "select 1 from officer_reservations a join officer_reservations b"
        " on a.officer_id = b.officer_id and a.id < b.id"
        " and tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)"
    )
    assert overlaps == []
    entries = await stage.fetch("select 1 from audit_entries where act = 'joint.visit_moved'")
    assert len(entries) == 1


async def test_visits_within_the_notice_stay_and_the_refusal_changes_nothing(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (0, 1):
        await stage.demand(place, "fire", minutes=240)
    await crowd(stage)
    clue = await stage.demand(2, "fire", **CLUE, minutes=300, release_on=monday(), due_on=monday())
    before = await stage.fetch("select day, start_minute, state from joint_visits order by id")
    eve = clock.now() + (monday() - timedelta(days=2) - clock.legal_day(clock.now()))
    monkeypatch.setattr(clock, "now", lambda: eve)

    with pytest.raises(Conflict, match="no team can come"):
        await fit(stage, "fire", clue)

    after = await stage.fetch("select day, start_minute, state from joint_visits order by id")
    assert after == before
    (row,) = await stage.fetch("select state from inspection_demands where id = $1", clue.id)
    assert row == {"state": "SUBMITTED"}


async def test_what_is_not_exempt_waits_for_the_plan(stage: Any) -> None:
    demand = await stage.demand(0, "fire")

    with pytest.raises(Conflict, match="only exempt kinds"):
        await fit(stage, "fire", demand)


async def test_urgent_demands_at_the_same_moment_share_no_officer(stage: Any) -> None:
    clues = [
        await stage.demand(place, "fire", **CLUE, release_on=monday(), due_on=monday())
        for place in range(4)
    ]

    async def one(demand: InspectionDemand) -> bool:
        try:
            await fit(stage, "fire", demand)
        except Conflict:
            return False
        return True

    done = await asyncio.gather(*(one(clue) for clue in clues))

    assert sum(done) >= 3
    visits = await stage.visits()
    assert len(visits) == sum(done)
    for visit in visits:
        for other in visits:
            if visit.id < other.id and set(visit.officer_ids) & set(other.officer_ids):
                first, second = sorted((visit, other), key=lambda v: v.start_minute)
                assert first.start_minute + first.minutes < second.start_minute


async def test_a_town_has_the_districts_desk_book_for_it(
    stage: Any, work: Any, execute: Any
) -> None:
    town = stage.world.towns[0]
    await publish_items(town.owner, {"fire": town.body_id})
    async with tenant_transaction(town.scope()):
        clue = await commands.submit_demand(
            town.body_id,
            stage.premises[0].id,
            DemandTerms(
                DemandKind.CLUE,
                ["fire.exits"],
                monday(),
                monday() + timedelta(days=5),
                45,
                4,
                True,
                "第二十九条",
                "12350举报",
            ),
            skill="fire",
        )
    document = """mutation Fit($input: FitUrgentDemandInput!) {
      fitUrgentDemand(input: $input) { visit { id } job { id state } errors { code message } }
    }"""
    answer = await execute(
        town.principal(),
        document,
        {"input": {"demandId": str(relay.GlobalID("InspectionDemand", str(clue.id)))}},
    )

    assert answer["errors"] == []
    assert answer["data"]["fitUrgentDemand"]["job"]["state"] == "QUEUED"
    assert "joint.book" in await work()
    (job,) = await stage.fetch("select state, message from jobs where kind = 'joint.book'")
    # The town's body has no officer, so nobody could lead: the job says so.
    assert job["state"] == "FAILED"
    assert "no team can come" in job["message"]
