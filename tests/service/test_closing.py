"""What an act leaves behind goes with its COMMIT: all of it or nothing, in no extra round trip."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import asyncpg.pgproto.pgproto
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import audit, clock, closing, idempotency, outbox
from tenants import wall
from tenants.scope import Owner
from tenants.wall import current, tenant_transaction, text
from tests.work import round_trips


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return round_trips(monkeypatch)


async def act(town: Any, key: str = "key", detail: str = "") -> bool:
    """An act with everything that acts leave behind; whether its key was new."""
    claim = idempotency.claim(town.owner, "account:one", key, "0" * 64)
    async with tenant_transaction(town.scope(), first=claim, keep=closing.statement):
        if await idempotency.kept(town.owner, "account:one", key, "0" * 64) is not None:
            return False
        await audit.record("test.acted", town.owner, "Thing", "1", detail=detail)
        await outbox.emit("test.acted", town.owner, {"detail": detail})
        await idempotency.answer(town.owner, "account:one", key, "{}")
        return True


async def left_behind(town: Any) -> tuple[int, int, int]:
    async with tenant_transaction(town.scope(), read_only=True):
        (found,) = await current().fetch(
            "select (select count(*) from audit_entries where act = 'test.acted') as entries,"
            " (select count(*) from outbox_events where event = 'test.acted') as events,"
            " (select count(*) from idempotency_keys where response is not null) as answers"
        )
        assert (await audit.verify(town.owner)).broken_at is None
    return found["entries"], found["events"], found["answers"]


async def test_an_act_without_rows_of_its_own_takes_two_round_trips(
    world: Any, trips: list[str]
) -> None:
    await act(world.towns[0], "warm")
    trips.clear()

    assert await act(world.towns[0])

    assert [sent.split(";")[0].split()[0] for sent in trips] == ["BEGIN", "select"]
    assert trips[0].count(";") == 2
    assert trips[1].endswith(";COMMIT;")
    assert await left_behind(world.towns[0]) == (2, 2, 2)


async def test_a_key_is_taken_once_however_many_ask_at_once(world: Any) -> None:
    done = await asyncio.gather(*(act(world.towns[0]) for _ in range(8)))

    assert sorted(done) == [False] * 7 + [True]
    assert await left_behind(world.towns[0]) == (1, 1, 1)


@pytest.mark.parametrize("key", ["'); drop table x; --", "\\'\\", "$1", "安商'\"\n", "%s{0}"])
async def test_a_key_is_kept_to_the_letter(world: Any, key: str) -> None:
    assert await act(world.towns[0], key, detail=key)
    assert not await act(world.towns[0], key, detail=key)

    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        row = await idempotency.IdempotencyKey.get(principal="account:one")
        event = await outbox.OutboxEvent.get(event="test.acted")
    assert row.key == key
    assert event.payload == {"detail": key}


async def test_a_key_that_no_database_keeps_is_refused_and_leaves_the_connection_usable(
    world: Any,
) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await act(world.towns[0], "nul \0 within")

    assert await left_behind(world.towns[0]) == (0, 0, 0)
    assert await act(world.towns[0])


async def test_what_cannot_be_left_behind_takes_the_act_with_it(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    here, elsewhere = world.towns[:2]

    async def trespass() -> None:
        async with tenant_transaction(here.scope(), keep=closing.statement):
            await audit.record("test.acted", here.owner, "Thing", "1")
            await outbox.emit("test.acted", elsewhere.owner, {})

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await trespass()

    assert await left_behind(here) == await left_behind(elsewhere) == (0, 0, 0)
    assert await act(here)
    assert not [one for one in caplog.records if "active transaction" in one.getMessage()]


async def test_at_another_desk_an_act_leaves_what_belongs_there(world: Any) -> None:
    town = world.towns[0]

    async with tenant_transaction(town.scope(), keep=closing.statement):
        await audit.record("test.acted", town.owner, "Thing", "1")
        async with wall.platform_desk() as desk:
            assert desk.held == []
        await outbox.emit("test.acted", town.owner, {})

    assert await left_behind(town) == (1, 1, 0)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_text_is_sent_as_digits(given: str) -> None:
    digits = text(given).removeprefix("convert_from(decode('").removesuffix("','hex'),'UTF8')")

    assert bytes.fromhex(digits).decode() == given
    assert not set(digits) - set("0123456789abcdef")


def test_ids_of_the_driver_are_written_as_others() -> None:
    plain, at = UUID(int=7), clock.now()
    drivers = asyncpg.pgproto.pgproto.UUID(str(plain))

    mine, theirs = (
        closing.statement([closing.Noted(Owner(kind, kind), at, "a", "b", "c", "{}")])
        for kind in (plain, drivers)
    )

    assert mine == theirs
