"""A penalty decision becomes public by itself, and leaves when the penalty is annulled."""

import pytest

from service.blacklist import publicity
from service.blacklist.records import BlacklistCase
from service.cases import decisions
from service.cases.rules import State
from service.ids import new_id
from service.outbox import Event, OutboxEvent
from service.storage import store
from tenants.records import Body
from tenants.wall import tenant_transaction
from tests.cases.conftest import Court
from tests.conftest import Work, World
from tests.inspections.conftest import appoint, open_shop


@pytest.fixture
async def court(world: World) -> Court:
    await store().create_buckets()
    shop = await open_shop(world, name=f"安商{new_id().hex}")
    return Court(world, shop, await appoint(world))


async def made(court: Court) -> list[BlacklistCase]:
    async with tenant_transaction(court.world.department_scope(), read_only=True):
        return await BlacklistCase.filter(district_id=court.world.district_id)


async def test_a_penalty_handed_over_is_published_once_and_withdrawn_when_annulled(
    court: Court, work: Work
) -> None:
    async with tenant_transaction(court.world.towns[court.town].scope()):
        await Body.filter(id=court.body).update(can_penalise=True)
    penalty = await court.at(State.PUBLISHED)
    await work()

    (case,) = await made(court)
    assert (case.publication, case.state) == ("PENALTY_PUBLICITY", "PUBLISHED")
    assert (case.penalty_number, case.penalty) == (penalty.decision_number, "罚款（1万元）")
    assert penalty.act not in case.cause

    async with tenant_transaction(court.world.department_scope(), read_only=True):
        row = await OutboxEvent.filter(
            district_id=court.world.district_id, event="cases.decision_published"
        ).get()
    assert (
        await publicity.open_from(Event(row.id, row.event, row.owner, row.payload, row.created_at))
        is None
    )
    assert len(await made(court)) == 1

    await court.do(decisions.annul, court.body, penalty.id, "复议撤销")
    await work()
    (gone,) = await made(court)
    assert (gone.state, gone.reason) == ("WITHDRAWN", "处罚决定被撤销")
