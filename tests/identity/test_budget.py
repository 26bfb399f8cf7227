"""Budgets of applications are spent exactly, over all processes together."""

import asyncio
import secrets
import time

import pytest
import structlog
from redis.exceptions import ConnectionError as Unreachable

from service.identity import budget
from service.identity.budget import BudgetExhausted, Budgets
from service.settings import settings


def another_process() -> Budgets:
    return Budgets(settings().redis_url, settings().queue_namespace)


async def spent(one: Budgets, who: str, cost: int, per_hour: int = 1000) -> int | None:
    try:
        return (await one.spend(who, "town", cost, per_hour)).remaining
    except BudgetExhausted:
        return None


@pytest.mark.parametrize(("attempts", "cost", "fit"), [(40, 100, 10), (90, 37, 27), (30, 1000, 1)])
async def test_no_point_is_spent_twice_however_many_ask_at_once(
    attempts: int, cost: int, fit: int
) -> None:
    processes, who = [another_process() for _ in range(4)], secrets.token_hex(8)

    left = await asyncio.gather(*(spent(processes[i % 4], who, cost) for i in range(attempts)))

    paid = sorted((one for one in left if one is not None), reverse=True)
    assert len(paid) == fit
    # Some points grow back while the test runs, three a second.
    assert all(0 <= got - (1000 - (i + 1) * cost) <= 60 for i, got in enumerate(paid))


async def test_a_crowd_that_asks_again_and_again_takes_what_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(budget, "TIMEOUT_SECONDS", 60.0)  # Redis may be slow, and is not away
    one, who, held = another_process(), secrets.token_hex(8), 1_000
    one._take.registered_client.connection_pool.timeout = 0.01  # nobody waits for a connection
    taken, asked = 0, iter(range(3_000))
    begun = time.monotonic()

    async def spender() -> None:
        nonlocal taken
        for _ in asked:
            paid = await spent(one, who, 1, held) is not None
            taken += paid

    with structlog.testing.capture_logs() as logged:
        await asyncio.gather(*(spender() for _ in range(256)))

    assert logged == []  # nobody was left waiting, and counted alone
    assert held <= taken <= held + held * (time.monotonic() - begun) / 3600 + 1


async def test_towns_and_applications_have_buckets_of_their_own() -> None:
    one, who = another_process(), secrets.token_hex(8)
    await one.spend(who, "town", 1000, 1000)

    assert await spent(one, who, 500) is None
    assert (await one.spend(who, "other", 500, 1000)).remaining == 500
    assert await spent(one, who + "x", 500) == 500


async def test_a_refusal_says_how_long_to_wait_and_takes_nothing() -> None:
    one, who = another_process(), secrets.token_hex(8)
    await one.spend(who, "town", 3500, 3600)

    with pytest.raises(BudgetExhausted) as refused:
        await one.spend(who, "town", 160, 3600)

    assert 50 <= refused.value.left.retry_seconds <= 60
    assert 100 <= refused.value.left.remaining <= 110
    assert (await one.spend(who, "town", 90, 3600)).remaining <= 20


async def test_points_grow_back_evenly() -> None:
    one, who = another_process(), secrets.token_hex(8)
    await one.spend(who, "town", 36_000, 36_000)

    assert await spent(one, who, 10, 36_000) is None
    await asyncio.sleep(1.2)
    assert await spent(one, who, 10, 36_000) is not None


async def test_without_redis_each_process_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    one, who = another_process(), secrets.token_hex(8)

    async def unreachable(**_: object) -> None:
        raise Unreachable

    monkeypatch.setattr(one, "_take", unreachable)

    assert [await spent(one, who, 400) for _ in range(3)] == [600, 200, None]
