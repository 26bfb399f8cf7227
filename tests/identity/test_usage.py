"""What an application used is counted exactly, and seen by itself and by each town of its own."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from service import clock
from service.errors import Invalid
from service.identity import oauth, queries, usage
from service.identity.budget import BudgetExhausted, Budgets
from service.identity.records import AppUsage
from service.settings import settings
from tenants.principal import Principal
from tenants.wall import tenant_transaction
from tests.conftest import Execute, World

Make = Callable[..., Any]
FIGURES = "total { requests points refused } days { day requests points refused }"
MINE = f"query Mine {{ app {{ name usage {{ {FIGURES} operations {{ operation requests }} }} }} }}"
GRANTS = f"""query Grants($from: Date, $to: Date) {{ appGrants(first: 5) {{ edges {{ node {{
  tenantId usage(from: $from, to: $to) {{ {FIGURES} operations {{ operation requests points }} }}
}} }} }} }}"""
LIST = "query List { enterprises(first: 3) { edges { node { name } } } }"


@pytest.fixture(autouse=True)
async def counters_of_this_test(environment: None) -> AsyncIterator[None]:
    """Redis counts for this test alone."""
    redis = Redis.from_url(settings().redis_url)
    async for key in redis.scan_iter(f"{settings().queue_namespace}:usage:*"):
        await redis.delete(key)
    yield
    await redis.aclose()


@pytest.fixture
def app_in(world: World, register: Make, grant: Make) -> Any:
    """An application that so many towns have let in, as its token makes it."""

    async def make(towns: int) -> Principal:
        app, secret = await register("register:read")
        for town in world.towns[:towns]:
            await grant(app, town.owner)
        issued = await oauth.issue_app_token(app.client_id, secret, None, "192.0.2.31")
        return await queries.authenticate(issued.token)

    return make


async def grants_of(execute: Execute, principal: Principal, **span: Any) -> list[Any]:
    answer = await execute(principal, GRANTS, span)
    assert answer["errors"] == []
    return [edge["node"] for edge in answer["data"]["appGrants"]["edges"]]


async def test_what_was_asked_is_counted_by_day_and_operation_for_town_and_application(
    world: World, execute: Execute, app_in: Any
) -> None:
    app = await app_in(1)
    for _ in range(3):
        assert (await execute(app, LIST))["errors"] == []
    await execute(app, "{ me { name } }")
    await usage.flush()

    (town,) = await grants_of(execute, world.towns[0].principal())
    other = await grants_of(execute, world.towns[1].principal())
    own = (await execute(app, MINE))["data"]["app"]["usage"]

    today = clock.legal_day(clock.now()).isoformat()
    # One question costs 1 + 3 edges × (edge + node + name).
    assert town["usage"]["total"] == {"requests": 4, "points": "32", "refused": 0}
    assert town["usage"]["days"] == [{"day": today, **town["usage"]["total"]}]
    assert town["usage"]["operations"] == [
        {"operation": "List", "requests": 3, "points": "30"},
        {"operation": "", "requests": 1, "points": "2"},
    ]
    assert other == []
    assert own["total"] == town["usage"]["total"]


async def test_a_request_of_several_towns_counts_in_each_and_once_for_the_application(
    world: World, execute: Execute, app_in: Any
) -> None:
    app = await app_in(2)
    await execute(app, LIST)
    await execute(app, LIST)
    await usage.flush()

    seen = [(await grants_of(execute, town.principal()))[0]["usage"] for town in world.towns]
    own = (await execute(app, MINE))["data"]["app"]["usage"]
    by_town = await grants_of(execute, app)

    assert [one["total"]["requests"] for one in seen] == [2, 2]
    assert own["total"] == {"requests": 2, "points": "20", "refused": 0}
    assert sorted(one["usage"]["total"]["requests"] for one in by_town) == [2, 2]
    assert len({one["tenantId"] for one in by_town}) == 2


async def test_a_refusal_is_counted_once_and_costs_nothing(
    world: World, execute: Execute, app_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSHANG_APP_POINTS_PER_HOUR", "25")
    settings.cache_clear()
    app = await app_in(1)

    codes = [
        [error["extensions"]["code"] for error in (await execute(app, LIST))["errors"]]
        for _ in range(4)
    ]
    await usage.flush()

    (town,) = await grants_of(execute, world.towns[0].principal())
    assert codes == [[], [], ["BUDGET_EXHAUSTED"], ["BUDGET_EXHAUSTED"]]
    assert town["usage"]["total"] == {"requests": 2, "points": "20", "refused": 2}


async def test_copying_twice_or_at_once_changes_nothing(
    world: World, execute: Execute, app_in: Any
) -> None:
    app = await app_in(1)
    await execute(app, LIST)

    await asyncio.gather(usage.flush(), usage.flush(), usage.flush())
    again = await usage.flush()

    (town,) = await grants_of(execute, world.towns[0].principal())
    assert again == 0
    assert town["usage"]["total"] == {"requests": 1, "points": "10", "refused": 0}


async def test_counters_that_redis_forgot_are_added_to_those_that_were_copied(
    world: World, execute: Execute, app_in: Any
) -> None:
    app = await app_in(1)
    await execute(app, LIST)
    await usage.flush()
    redis = Redis.from_url(settings().redis_url)
    async for key in redis.scan_iter(f"{settings().queue_namespace}:usage:*"):
        await redis.delete(key)
    await redis.aclose()

    await execute(app, LIST)
    await usage.flush()

    (town,) = await grants_of(execute, world.towns[0].principal())
    assert town["usage"]["total"]["requests"] == 2


async def test_no_request_is_lost_however_many_processes_count(
    world: World, execute: Execute, app_in: Any
) -> None:
    app = await app_in(1)
    town = str(world.towns[0].owner.tenant_id)
    processes = [Budgets(settings().redis_url, settings().queue_namespace) for _ in range(3)]

    async def ask(number: int) -> bool:
        try:
            await processes[number % 3].spend(app.key, town, 100, 2000, f"Op{number % 5}")
        except BudgetExhausted:
            return False
        return True

    paid = sum(await asyncio.gather(*(ask(number) for number in range(60))))
    await usage.flush()

    (seen,) = await grants_of(execute, world.towns[0].principal())
    total = seen["usage"]["total"]
    assert (total["requests"], total["refused"]) == (paid, 60 - paid)
    assert total["points"] == str(100 * paid)
    assert 20 <= paid < 30


async def test_names_without_end_are_counted_together(
    world: World, execute: Execute, app_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "MOST_OPERATIONS", 5)
    app = await app_in(1)
    budgets = Budgets(settings().redis_url, settings().queue_namespace)
    town = str(world.towns[0].owner.tenant_id)

    for _ in range(40):
        await budgets.spend(app.key, town, 1, 1000, f"O{secrets.token_hex(4)}")
    await usage.flush()

    (seen,) = await grants_of(execute, world.towns[0].principal())
    names = [one["operation"] for one in seen["usage"]["operations"]]
    assert "*" in names
    assert len(names) <= 8
    assert seen["usage"]["total"]["requests"] == 40


async def test_old_figures_go_after_their_time(
    world: World, execute: Execute, app_in: Any, later: Callable[[timedelta], None]
) -> None:
    app = await app_in(1)
    await execute(app, LIST)
    await usage.flush()
    scope = world.towns[0].scope()

    later(timedelta(days=399))
    await usage.purge()
    async with tenant_transaction(scope, read_only=True):
        kept = await AppUsage.all().count()
    later(timedelta(days=2))
    await usage.purge()

    async with tenant_transaction(scope, read_only=True):
        assert (kept, await AppUsage.all().count()) == (1, 0)


@pytest.mark.parametrize(
    "span", [("2026-03-02", "2026-03-01"), ("2026-01-01", "2026-04-03")], ids=["none", "long"]
)
async def test_a_span_that_is_none_or_too_long_is_refused(
    world: World, execute: Execute, app_in: Any, span: tuple[str, str]
) -> None:
    await app_in(1)

    answer = await execute(world.towns[0].principal(), GRANTS, {"from": span[0], "to": span[1]})

    assert {error["extensions"]["code"] for error in answer["errors"]} == {"INVALID"}
    assert Invalid.code == "INVALID"


async def test_people_have_no_application(world: World, execute: Execute) -> None:
    answer = await execute(world.towns[0].principal(), MINE)

    assert answer == {"data": {"app": None}, "errors": []}
