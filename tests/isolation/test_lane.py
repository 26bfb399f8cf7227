"""The fast lane is behind the same wall: it reads, it reads its own, and it keeps nothing."""

import asyncio
import itertools
import random
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from service.database import credentials
from service.register.commands import enrol_enterprise
from service.settings import settings
from tenants import lane
from tenants.scope import Scope
from tenants.wall import tenant_transaction
from tests.conftest import MakeWorld, Town, World

NAMES = lane.entering("(select coalesce(string_agg(name, ',' order by id), '') from enterprises)")
SCOPE_LEFT = "select coalesce(current_setting('app.scope', true), '')"


@pytest.fixture
async def shops(world: World) -> World:
    """A town with one enterprise, and another."""
    for number, town in enumerate(world.towns):
        async with tenant_transaction(town.scope()):
            await enrol_enterprise(town.owner, name=f"{number}号店", alternate_id=f"旧照{number}")
    return world


@pytest.fixture
async def narrow(database: None) -> Any:
    """A lane of one connection, so that every statement meets what the last one left."""
    made = lane.Lane(credentials(settings().database_url), 1)
    yield made
    await made.close()


async def test_each_scope_reads_its_own_over_one_connection(
    shops: World, narrow: lane.Lane
) -> None:
    ours, theirs = shops.towns

    assert await narrow.answer(ours.scope(), NAMES, []) == "0号店"
    assert await narrow.answer(theirs.scope(), NAMES, []) == "1号店"
    assert await narrow.answer(shops.committee().scope, NAMES, []) == "0号店,1号店"
    assert await narrow.answer(Scope("nobody"), NAMES, []) == ""


async def test_no_scope_stays_on_the_connection(shops: World, narrow: lane.Lane) -> None:
    await narrow.answer(shops.towns[0].scope(), NAMES, [])

    (connection,) = narrow._idle
    assert await connection.fetchval(SCOPE_LEFT) == ""
    assert await connection.fetchval("select count(*) from enterprises") == 0


async def test_a_forged_claim_shows_nothing(
    shops: World, narrow: lane.Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = lane.claim(shops.towns[0].scope())
    for forged in ("", "v1", genuine[:-1] + "0", genuine.replace("v1|", "v1|9", 1)):
        monkeypatch.setattr(lane, "claim", lambda scope, text=forged: text)
        assert await narrow.answer(shops.towns[0].scope(), NAMES, []) == ""


async def test_nothing_can_be_written(shops: World, narrow: lane.Lane) -> None:
    owner = shops.towns[0].owner
    write = lane.entering(
        f"app.append_audit('{owner.tenant_id}', '{owner.district_id}', now(), 'x', 'x', 'x', 'x')"
    )

    with pytest.raises(lane.NotAnswered) as refused:
        await narrow.answer(shops.towns[0].scope(), write, [])

    assert "read-only" in str(refused.value.__cause__)


async def test_one_statement_is_one_snapshot(narrow: lane.Lane, world: World) -> None:
    level = lane.entering("current_setting('transaction_isolation')")

    assert await narrow.answer(world.towns[0].scope(), level, []) == "repeatable read"


async def test_a_slow_statement_ends_in_the_database(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lane.SESSION, "statement_timeout", "60")
    hasty = lane.Lane(credentials(settings().database_url), 1)
    try:
        with pytest.raises(lane.TooSlow):
            slow = lane.entering("(select pg_sleep(30)::text)")
            await asyncio.wait_for(hasty.answer(world.towns[0].scope(), slow, []), 10)
        assert await hasty.answer(world.towns[0].scope(), NAMES, []) == ""
    finally:
        await hasty.close()


async def test_many_at_once_and_some_cancelled_each_see_their_own(shops: World) -> None:
    crowd = lane.Lane(credentials(settings().database_url), 4)
    wait = lane.entering(
        "(select concat(pg_sleep(0.001), coalesce(string_agg(name, ','), '')) from enterprises)"
    )

    async def ask(number: int) -> str:
        return str(await crowd.answer(shops.towns[number % 2].scope(), wait, []))

    try:
        tasks = [asyncio.create_task(ask(number)) for number in range(300)]
        for task in random.Random(1).sample(tasks, 60):
            await asyncio.sleep(0)
            task.cancel()
        done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 60)
        for number, shown in enumerate(done):
            assert isinstance(shown, asyncio.CancelledError) or shown == f"{number % 2}号店"
        assert sum(isinstance(one, str) for one in done) >= 240
        again = await asyncio.wait_for(asyncio.gather(*map(ask, range(8))), 20)
        assert again == ["0号店", "1号店"] * 4
    finally:
        await crowd.close()


BUT_ONE = (
    "(select coalesce(string_agg(name, ',' order by id), '') from enterprises where id <> $2::uuid)"
)
NOBODY = UUID(int=0)


async def test_a_value_that_cannot_be_sent_leaves_no_old_snapshot(
    world: World, narrow: lane.Lane
) -> None:
    town = world.towns[0]
    with pytest.raises(lane.NotAnswered):  # the statement is prepared, its value is none
        await narrow.answer(town.scope(), lane.entering(BUT_ONE), ["no uuid"])

    async with tenant_transaction(town.scope()):
        await enrol_enterprise(town.owner, name="新店", alternate_id="旧照0")

    assert await narrow.answer(town.scope(), NAMES, []) == "新店"


async def disturb(crowd: lane.Lane, scope: Scope, number: int) -> None:
    """A question that ends between its preparation and its answer, or a little before or after."""
    fresh = lane.entering(f"{BUT_ONE} /* {number} */")  # prepared anew each time
    asking = asyncio.create_task(crowd.answer(scope, fresh, ["no uuid" if number % 3 else NOBODY]))
    if number % 3 == 0:
        for _ in range(number % 7):
            await asyncio.sleep(0)
        asking.cancel()
    with suppress(asyncio.CancelledError, lane.NotAnswered):
        await asking


async def test_answers_hold_what_was_committed_before_they_were_asked_for(
    make_world: MakeWorld,
) -> None:
    world = await make_world(6)
    crowd = lane.Lane(credentials(settings().database_url), 4)
    question = lane.entering(BUT_ONE)
    wide = world.committee().scope
    enrolled: dict[UUID, list[str]] = {town.owner.tenant_id: [] for town in world.towns}

    async def of_town(town: Town) -> None:
        shown = await crowd.answer(town.scope(), question, [NOBODY])
        assert shown == ",".join(enrolled[town.owner.tenant_id])

    async def of_all() -> None:
        shown = await crowd.answer(wide, question, [NOBODY])
        assert sorted(shown.split(",")) == sorted(itertools.chain(*enrolled.values()))

    try:
        for number in range(60):
            town = world.towns[number % 6]
            noise = [
                disturb(crowd, one, 10 * number + at)
                for at, one in enumerate([wide, town.scope()] * 3)
            ]
            await asyncio.gather(*noise)
            async with tenant_transaction(town.scope()):
                await enrol_enterprise(town.owner, name=f"{number}号店", alternate_id=f"{number}")
            enrolled[town.owner.tenant_id].append(f"{number}号店")
            await asyncio.gather(*map(of_town, world.towns), of_all(), of_all())
    finally:
        await crowd.close()


async def test_a_connection_that_broke_while_idle_is_replaced(
    shops: World, narrow: lane.Lane
) -> None:
    town = shops.towns[0]
    await narrow.answer(town.scope(), NAMES, [])
    narrow._idle[0].terminate()

    assert await narrow.answer(town.scope(), NAMES, []) == "0号店"


@pytest.mark.parametrize("seed", range(3))
async def test_a_lane_of_two_is_whole_again_whatever_was_cancelled_when(
    shops: World, seed: int
) -> None:
    """Also for who is cancelled at the very moment that a connection is handed over."""
    chance, pair = random.Random(seed), lane.Lane(credentials(settings().database_url), 2)
    town = shops.towns[0]

    async def ask() -> Any:
        return await pair.answer(town.scope(), NAMES, [])

    try:
        for _ in range(40):
            asked = [asyncio.create_task(ask()) for _ in range(6)]
            for _ in range(chance.randrange(30)):
                await asyncio.sleep(0)
            for one in chance.sample(asked, 3):
                one.cancel()
            done = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 60)
            assert {one for one in done if isinstance(one, str)} <= {"0号店"}
            assert not [one for one in done if isinstance(one, lane.NotAnswered)]
        assert not pair._waiting
        assert pair._taken == len(pair._idle) <= 2
    finally:
        await pair.close()
