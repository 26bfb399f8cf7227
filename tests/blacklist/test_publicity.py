"""A penalty decision becomes public by itself, and leaves when the penalty is annulled."""

from datetime import date, timedelta

import pytest

from service.blacklist import publicity
from service.blacklist.commands import Proposal, propose
from service.blacklist.records import BlacklistCase
from service.blacklist.rules import PublicationClass
from service.cases import decisions
from service.cases.rules import State
from service.ids import new_id
from service.outbox import Event, OutboxEvent
from service.powers import commands as powers
from service.powers.rules import Power
from service.storage import store
from tenants.records import Body
from tenants.wall import tenant_transaction
from tests.cases.conftest import Court
from tests.conftest import Work, World
from tests.inspections.conftest import TODAY, appoint, open_shop


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
    assert (await court.due(penalty))["WITHDRAW"].met_on is None
    await work()
    (gone,) = await made(court)
    assert (gone.state, gone.reason) == ("WITHDRAWN", "处罚决定被撤销")
    # The penalty's own clock of three working days stops once the feed holds the name no more.
    assert (await court.due(penalty))["WITHDRAW"].met_on == TODAY
    assert await confirmations(court) == 1


async def confirmations(court: Court) -> int:
    async with tenant_transaction(court.world.department_scope(), read_only=True):
        return await OutboxEvent.filter(
            district_id=court.world.district_id, event="cases.withdrawal_confirmed"
        ).count()


async def test_a_penalty_annulled_before_its_publicity_opened_is_never_public(
    court: Court, work: Work
) -> None:
    penalty = await court.at(State.PUBLISHED)
    await court.do(decisions.annul, court.body, penalty.id, "复议撤销")
    await work()

    assert await made(court) == []
    assert (await court.due(penalty))["WITHDRAW"].met_on == TODAY
    assert await confirmations(court) == 1


@pytest.mark.parametrize(
    ("group", "begins", "published", "state"),
    [
        ("fire.", TODAY - timedelta(days=9), TODAY - timedelta(days=9), "PUBLISHED"),
        ("gas.", TODAY - timedelta(days=9), TODAY - timedelta(days=9), "PROPOSED"),
        ("fire.", TODAY + timedelta(days=1), TODAY - timedelta(days=9), "PROPOSED"),
        ("fire.", TODAY - timedelta(days=9), TODAY + timedelta(days=1), "PROPOSED"),
    ],
    ids=["held", "other items", "begins later", "published later"],
)
async def test_publicity_opens_by_the_power_that_held_for_the_item_on_the_day(
    court: Court, work: Work, group: str, begins: date, published: date, state: str
) -> None:
    penalty = await court.at(State.PUBLISHED)
    owner = court.world.towns[court.town].owner
    async with tenant_transaction(court.world.towns[court.town].scope()):
        await Body.filter(id=court.body).update(can_penalise=True)
        await powers.grant(
            owner, court.body, Power.PENALISE, item_group=group, basis="赋权目录",
            document="演府发1号", valid_from=begins, published_on=published,
        )  # fmt: skip
    await work()

    (case,) = await made(court)
    assert (case.state, case.penalty_number) == (state, penalty.decision_number)


async def test_a_listing_that_rests_on_an_annulled_penalty_falls_with_it(
    court: Court, work: Work
) -> None:
    penalty = await court.at(State.PUBLISHED)
    await work()
    proposal = Proposal(
        court.shop.enterprise_id, court.body, PublicationClass.SERIOUS_DISHONESTY,
        "拒不整改", "安全生产法", penalty.decision_number, TODAY,
    )  # fmt: skip
    town = court.world.towns[court.town]
    async with tenant_transaction(town.scope()):
        listed = await propose(town.owner, proposal)

    await court.do(decisions.annul, court.body, penalty.id, "复议撤销")
    await work()

    states = {row.id: (row.state, row.reason) for row in await made(court)}
    assert states.pop(listed.id) == ("REJECTED", "处罚决定被撤销")
    assert list(states.values()) == [("WITHDRAWN", "处罚决定被撤销")]
