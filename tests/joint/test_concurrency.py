"""Many schedulers at once: not one overlap, and the ledger is conserved to the visit.

The same attempts made by reading first and writing then do overlap, so the test can see it.
"""

import asyncio
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.ids import new_id
from service.joint import reserving
from service.joint.ledger import settle_ledger
from service.joint.records import InspectionDemand, JointVisit, PremisesReservation
from service.joint.reserving import ReservationRefused, reserve
from service.joint.rules import VISIT_ITEM, reserved_days
from tenants.records import owned
from tenants.wall import tenant_transaction
from tests.joint.conftest import LINES, monday

RIVALS = 16
ATTEMPTS = 25
"""Visits that each rival tries to reserve, one after another."""

OVERLAPS = """
select count(*) as n from premises_reservations a join premises_reservations b
    on a.premises_id = b.premises_id and a.item = b.item and a.id < b.id
    and daterange(a.first_day, a.last_day, '[]') && daterange(b.first_day, b.last_day, '[]')"""
DOUBLE_BOOKED = """
select count(*) as n from officer_reservations a join officer_reservations b
    on a.officer_id = b.officer_id and a.id < b.id
    and tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)"""
LEDGER = """
select b.cap, b.reserved, b.used, (select count(*) from joint_visits v
    where v.enterprise_id = b.enterprise_id and v.state <> 'RELEASED'
    and extract(year from v.day) = b.year
    and (b.body = 'ALL' or v.lead_body_id::text = b.body)) as held
from frequency_budgets b"""


async def draft(stage: Any, random: Random, officers: list[UUID]) -> JointVisit:
    """A visit of one random department to random premises, not reserved yet."""
    premises = random.choice(stage.premises)
    line = random.choice(LINES)
    now = clock.now()
    demand = await InspectionDemand.create(
        id=new_id(),
        **owned(premises.owner),
        premises_id=premises.id,
        enterprise_id=premises.enterprise_id,
        body_id=stage.world.departments[line],
        kind="ROUTINE",
        items=[random.choice(("exits", "pumps"))],
        skill=line,
        release_on=monday(),
        due_on=monday(),
        minutes=60,
        risk=1,
        mandatory=True,
        basis="-",
        state="RESERVED",
        submitted_by="test",
        created_at=now,
    )
    return await JointVisit.create(
        id=new_id(),
        **owned(premises.owner),
        plan_id=new_id(),
        premises_id=premises.id,
        enterprise_id=premises.enterprise_id,
        day=monday() + timedelta(days=random.randrange(60)),
        start_minute=random.choice((540, 570, 600)),
        minutes=60,
        lead_body_id=stage.world.departments[line],
        officer_ids=[str(o) for o in random.sample(officers, 2)],
        demand_ids=[str(demand.id)],
        state="PLANNED",
        created_at=now,
    )


async def rival(stage: Any, seed: int, officers: list[UUID]) -> tuple[int, int]:
    """Reserve, and now and then release, in transactions of its own."""
    random, won, refused = Random(seed), 0, 0
    for _ in range(ATTEMPTS):
        try:
            async with tenant_transaction(stage.world.department_scope()):
                visit = await draft(stage, random, officers)
                await asyncio.sleep(0)
                await reserve([visit])
                await JointVisit.filter(id=visit.id).update(state="PUBLISHED")
                won += 1
        except ReservationRefused:
            refused += 1
            continue
        if random.random() < 0.3:
            async with tenant_transaction(stage.world.department_scope()):
                await settle_ledger(visit, took_place=False)
                await JointVisit.filter(id=visit.id).update(state="RELEASED")
    return won, refused


@pytest.mark.parametrize("most_locks", [1000, 0])
async def test_rival_schedulers_never_double_book_and_conserve_the_ledger(
    stage: Any, monkeypatch: pytest.MonkeyPatch, most_locks: int
) -> None:
    monkeypatch.setattr(reserving, "MOST_LOCKS", most_locks)
    rows = await stage.fetch("select id from officers order by id")
    officers = [row["id"] for row in rows]

    outcomes = await asyncio.gather(*(rival(stage, seed, officers) for seed in range(RIVALS)))

    assert sum(won + refused for won, refused in outcomes) == RIVALS * ATTEMPTS
    assert min(sum(won for won, _ in outcomes), sum(refused for _, refused in outcomes)) > 10
    assert await stage.fetch(OVERLAPS) == [{"n": 0}]
    assert await stage.fetch(DOUBLE_BOOKED) == [{"n": 0}]
    lines = await stage.fetch(LEDGER)
    assert lines != []
    assert all(line["reserved"] + line["used"] == line["held"] for line in lines)
    assert all(line["held"] <= line["cap"] for line in lines)


async def naive(stage: Any, seed: int) -> None:
    """Look for an overlap, then write; its rows are exempt, so the database does not judge."""
    random = Random(seed)
    for _ in range(ATTEMPTS):
        async with tenant_transaction(stage.world.department_scope()):
            visit = await draft(stage, random, [new_id(), new_id()])
            first, last = reserved_days(visit.day, 14)
            taken = await PremisesReservation.filter(
                premises_id=visit.premises_id, first_day__lte=last, last_day__gte=first
            ).exists()
            await asyncio.sleep(0.002)
            if not taken:
                await PremisesReservation.create(
                    id=new_id(),
                    **owned(visit.owner),
                    premises_id=visit.premises_id,
                    visit_id=visit.id,
                    item=VISIT_ITEM,
                    first_day=first,
                    last_day=last,
                    exempt=True,
                )


async def test_reading_first_and_writing_then_does_double_book(stage: Any) -> None:
    await asyncio.gather(*(naive(stage, seed) for seed in range(RIVALS)))

    (overlaps,) = await stage.fetch(OVERLAPS)
    assert overlaps["n"] > 0
