"""Attempts are counted exactly, over all processes together."""

import asyncio
import secrets

import pytest

from service.identity.rate_limit import RateLimiter, limiter
from service.identity.rules import RateLimited, RateRule
from service.settings import settings

TEN = RateRule("ten", 10, 60)


def another_process() -> RateLimiter:
    return RateLimiter(settings().redis_url, settings().queue_namespace)


async def passed(one: RateLimiter, rule: RateRule, key: str) -> bool:
    try:
        await one.hit([(rule, key)])
    except RateLimited:
        return False
    return True


@pytest.mark.parametrize("attempts", [11, 40, 200])
async def test_exactly_ten_of_many_concurrent_attempts_pass(attempts: int) -> None:
    processes = [another_process() for _ in range(4)]
    key = secrets.token_hex(8)

    results = await asyncio.gather(*(passed(processes[i % 4], TEN, key) for i in range(attempts)))

    assert sum(results) == 10


async def test_keys_and_rules_are_counted_apart() -> None:
    one, key = another_process(), secrets.token_hex(8)
    for _ in range(10):
        await one.hit([(TEN, key)])

    assert not await passed(one, TEN, key)
    assert await passed(one, TEN, key + "x")
    assert await passed(one, RateRule("other", 10, 60), key)


async def test_the_window_moves_so_that_no_moment_lets_twice_the_amount_through() -> None:
    one, key, rule = another_process(), secrets.token_hex(8), RateRule("two", 2, 2)
    await one.hit([(rule, key)])
    await asyncio.sleep(1.2)
    await one.hit([(rule, key)])

    assert not await passed(one, rule, key)
    await asyncio.sleep(1.2)
    assert await passed(one, rule, key)
    assert not await passed(one, rule, key)


async def test_a_refusal_says_when_to_come_back_and_counts_nothing_more() -> None:
    one, key = another_process(), secrets.token_hex(8)
    full, after = RateRule("full", 1, 50), RateRule("after", 1, 50)
    await one.hit([(full, key)])

    with pytest.raises(RateLimited) as caught:
        await one.hit([(full, key), (after, key)])

    assert 40 <= caught.value.retry_after_seconds <= 50
    assert caught.value.code == "RATE_LIMITED"
    assert await passed(one, after, key)


async def test_forgetting_starts_the_count_again() -> None:
    one, key = another_process(), secrets.token_hex(8)
    for _ in range(10):
        await one.hit([(TEN, key)])

    await one.forget(TEN, key)

    assert [await passed(one, TEN, key) for _ in range(11)] == [True] * 10 + [False]


async def test_without_redis_each_process_counts_for_itself() -> None:
    lonely = RateLimiter("redis://127.0.0.1:1/0", "nowhere")

    results = await asyncio.gather(*(passed(lonely, TEN, "k") for _ in range(30)))
    await lonely.forget(TEN, "k")

    assert sum(results) == 10
    assert await passed(lonely, TEN, "k")


async def test_redis_learns_neither_login_nor_address() -> None:
    from redis.asyncio import from_url

    await another_process().hit([(TEN, "zhang.wei|192.0.2.99")])

    async with from_url(settings().redis_url) as redis:
        keys = [key async for key in redis.scan_iter(match="*limits*")]
    assert keys
    assert not [key for key in keys if b"zhang" in key or b"192.0.2.99" in key]


async def test_one_limiter_serves_the_process() -> None:
    assert limiter() is limiter()
